"""The commands by themselves, on settings from the environment: an installation without the demo."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from support.demo_stack import CARD, call, clean_environment, eventually, md5_checkvalue, oneclick

pytestmark = pytest.mark.xdist_group("own stack")

MERCHANT = """
merchant_id = 77
name = "Лавка"
secret_word_file = "secret.txt"
[one_click]
enabled = true
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(folder: Path, database_url: str) -> dict[str, str]:
    port, iso_port = _free_port(), _free_port()
    return {
        "ONECLICK_DATABASE_URL": database_url,
        "ONECLICK_KEY_FILE": str(folder / "keys.json"),
        "ONECLICK_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ONECLICK_LISTEN_PORT": str(port),
        "ONECLICK_ACQUIRER_HOST": "127.0.0.1",
        "ONECLICK_ACQUIRER_PORT": str(iso_port),
        "ONECLICK_ACQUIRER_MAC_KEY_FILE": str(folder / "mac.key"),
        "ONECLICK_ACQUIRER_ID": "1",
        "ONECLICK_ACQUIRER_TERMINALS": "OCTEST01",
        "ONECLICK_SIMULATOR_ISO_PORT": str(iso_port),
        "ONECLICK_SIMULATOR_CONTROL_PORT": str(_free_port()),
        "ONECLICK_SIMULATOR_LEDGER_FILE": str(folder / "ledger.sqlite"),
        "ONECLICK_SIMULATOR_MAC_KEY_FILE": str(folder / "mac.key"),
    }


@contextmanager
def _running(command: str, settings: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command as a process; ended by SIGTERM, which must end it cleanly."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "oneclick", command], env=clean_environment(settings), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


def _is_up(url: str, part: str) -> bool:
    try:
        return bool(json.loads(call(f"{url}/health").body).get(part))
    except OSError:
        return False


def test_payments_are_refused_at_once_while_the_acquirer_is_away(tmp_path: Path, postgres_url: str) -> None:
    """Nothing is written, nothing waits; the same order is paid as soon as the acquirer is back."""
    database_url = postgres_url.replace("/postgres?", "/commands?")
    assert oneclick("keys", "generate", str(tmp_path / "keys.json")).returncode == 0
    for name, text in {"mac.key": "ab" * 32, "secret.txt": "words\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "merchant.toml").write_text(MERCHANT)
    settings = _settings(tmp_path, database_url)
    url = settings["ONECLICK_PUBLIC_URL"]
    _create_database(postgres_url)
    migrated = oneclick("migrate", **settings)
    assert (migrated.returncode, migrated.stderr) == (0, "")
    applied = oneclick("merchant", "apply", str(tmp_path / "merchant.toml"), **settings)
    assert (applied.stdout, applied.stderr) == ("Merchant 77 is created.\n", "")
    with ExitStack() as stack:
        stack.enter_context(_running("serve", settings, tmp_path / "serve.log"))
        eventually("the gateway", 30, lambda: _is_up(url, "database"))
        assert call(f"{url}/health").status == 503
        second = oneclick("serve", **settings)
        assert (second.returncode, "is taken" in second.stderr) == (2, True)
        fields = {"Merchant_ID": "77", "OrderNumber": "1", "OrderAmount": "5", "OrderCurrency": "RUB"}
        signed = {**fields, "CustomerNumber": "c", "Checkvalue": md5_checkvalue("words", "77;1;5;RUB;c")}
        link = call(f"{url}/pay/order.cfm", signed).location
        refused = call(link, CARD | {"Language": "EN"})
        assert refused.status == 503
        assert "Nothing was charged: please try again in a minute" in refused.body
        assert 'value="4111 1111 1111 1111"' in refused.body
        stack.enter_context(_running("simulate-acquirer", settings, tmp_path / "simulator.log"))
        eventually("the acquirer", 40, lambda: _is_up(url, "acquirer"))
        paid = call(link, CARD)
        assert paid.status == 303
        assert re.search(r'class="Info1_result">Оплачено<', call(url + paid.location).body)
        stack.enter_context(_running("work", settings, tmp_path / "work.log"))
        eventually("the worker", 20, lambda: "worker started" in (tmp_path / "work.log").read_text())
    shown = oneclick("merchant", "show", "77", **settings)
    assert json.loads(shown.stdout)["name_and_place"] == "Lavka"
    for line in (tmp_path / "serve.log").read_text().splitlines():
        assert json.loads(line)["event"]


def _create_database(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE commands")


def test_a_database_that_is_away_is_said_so(tmp_path: Path) -> None:
    """One line, no traceback, from each command that needs it."""
    away = _settings(tmp_path, f"postgresql://nobody@127.0.0.1:{_free_port()}/none")
    for command in (["migrate"], ["merchant", "show", "1"]):
        refused = oneclick(*command, **away)
        assert refused.returncode == 2
        assert "the database can't be reached" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("merchant_id = 1", "secret_word"),
        ("merchant_id = 'x'\nname='a'\nsecret_word='s3cr3t'", "merchant_id"),
        ("merchant_id = 1\nname='a'\nsecret_word='s3cr3t'\nsecretword='x'", "secretword"),
        ("merchant_id = 1\nname='a'\nsecret_word='s3cr3t'\ncurrency='DOGE'", "currency"),
        ("merchant_id = 1\nname='a'\nsecret_word='s3cr3t'\ncurrency='BGN'", "this currency was withdrawn"),
        ("not toml", "not TOML"),
    ],
)
def test_a_wrong_merchant_file_is_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    """The message names the key and never shows a value."""
    no_demo = oneclick("merchant", "apply", "-", "--demo", str(tmp_path), text=text)
    assert no_demo.returncode == 2
    assert "no demo in" in no_demo.stderr
    (tmp_path / "settings.json").write_text(json.dumps(_settings(tmp_path, "postgresql://nowhere.invalid/none")))
    refused = oneclick("merchant", "apply", "-", "--demo", str(tmp_path), text=text)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert "s3cr3t" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_missing_wrong_and_unknown_settings_are_named_without_their_values(tmp_path: Path) -> None:
    refused = oneclick("serve", ONECLICK_PUBLIC_URL="not a url", ONECLICK_TYPO="1")
    assert refused.returncode == 2
    for name in ("ONECLICK_DATABASE_URL", "ONECLICK_KEY_FILE", "ONECLICK_PUBLIC_URL", "ONECLICK_TYPO"):
        assert name in refused.stderr
    assert "not a url" not in refused.stderr
    generated = oneclick("keys", "generate", str(tmp_path / "keys.json"))
    assert generated.returncode == 0
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert oneclick("keys", "generate", str(tmp_path / "keys.json")).returncode == 2
