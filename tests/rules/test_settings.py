"""The settings: each wrong name is told, no value is shown, secrets lie in files of their owner alone."""

import ipaddress
import json
from pathlib import Path

import pytest

from oneclick.demo.settings import ShopSettings, SimulatorSettings
from oneclick.errors import SettingsError
from oneclick.secret_files import read_mac_key, read_secret_file
from oneclick.settings import SETTINGS_FILE, Settings, read_environment

LEAST = {
    "ONECLICK_DATABASE_URL": "postgresql://user:pass-word-1@db/oneclick",
    "ONECLICK_KEY_FILE": "/keys/keys.json",
    "ONECLICK_PUBLIC_URL": "https://pay.example",
    "ONECLICK_ACQUIRER_HOST": "127.0.0.1",
    "ONECLICK_ACQUIRER_PORT": "8583",
    "ONECLICK_ACQUIRER_MAC_KEY_FILE": "/keys/mac.hex",
    "ONECLICK_ACQUIRER_ID": "123456",
    "ONECLICK_ACQUIRER_TERMINALS": "OC000001,OC000002",
}
_HUNDRED_AND_ONE = ",".join(f"OC{number:06}" for number in range(101))
WRONG = {
    "DATABASE_CONNECTIONS_MAX": ["0", "201", "v4lue", ""],
    "PUBLIC_URL": ["v4lue", "https://v4lue/path", "https://v4lue?x", "ftp://v4lue", "https://"],
    "LISTEN_PORT": ["0", "65536", "v4lue", "-1", "80.5"],
    "WEB_PROCESSES": ["0", "65"],
    "TEST_MODE": ["v4lue", "2"],
    "ORDER_LIFETIME_S": ["59", "86401", "v4lue"],
    "ORDER_ATTEMPTS_MAX": ["0", "101", "v4lue"],
    "PAGE_REQUESTS_PER_ADDRESS_PER_MINUTE_MAX": ["0", "1000001", "v4lue"],
    "PAGE_REQUESTS_PER_ORDER_PER_MINUTE_MAX": ["0", "1000001", "v4lue"],
    "SERVICE_REQUESTS_PER_ADDRESS_PER_MINUTE_MAX": ["0", "1000001", "v4lue"],
    "ACQUIRER_PORT": ["v4lue", "70000"],
    "ACQUIRER_ID": ["v4lue", "", "1" * 12],
    "ACQUIRER_TERMINALS": [
        "",
        "V4LUE",
        "v4luev4l",
        "OC000001,OC000001",
        "OC000001,",
        "OC000001, OC000002",
        _HUNDRED_AND_ONE,
    ],
    "AUTHORISATION_DEADLINE_S": ["0", "-1", "101", "v4lue", "nan"],
    "NOTIFICATION_ALLOWED_NETWORKS": ["v4lue", "10.0.0.1/8", "127.0.0.0/8,v4lue"],
    "NOTIFICATION_POLL_S": ["0", "61", "v4lue"],
}


def test_the_least_settings_are_read_with_the_defaults_of_the_rules() -> None:
    """E2: an order lives 30 minutes; no secret has a default."""
    settings = Settings.read(LEAST)
    assert settings.order_lifetime_s == 1800
    assert settings.order_attempts_max == 10
    assert settings.page_requests_per_address_per_minute_max == 300
    assert settings.page_requests_per_order_per_minute_max == 120
    assert settings.service_requests_per_address_per_minute_max == 6000
    assert settings.acquirer_terminals == ("OC000001", "OC000002")
    assert settings.authorisation_deadline_s == 30.0
    assert settings.notification_allowed_networks == ()
    assert settings.test_mode is False
    assert settings.key_file == Path("/keys/keys.json")
    assert settings.database_url.get_secret_value() == LEAST["ONECLICK_DATABASE_URL"]


def test_secrets_do_not_show_in_the_settings() -> None:
    """House rule 7."""
    assert "pass-word-1" not in f"{Settings.read(LEAST)!r} {Settings.read(LEAST)}"


@pytest.mark.parametrize("name", LEAST)
def test_each_missing_setting_is_named(name: str) -> None:
    """Secrets have no default, nor has what only the operator can know."""
    with pytest.raises(SettingsError, match=rf"(?m)^  {name}: ") as refused:
        Settings.read({other: value for other, value in LEAST.items() if other != name})
    assert str(refused.value).count("\n") == 1


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, many in WRONG.items() for value in many])
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    """errors.py: messages hold names, never the value that was wrong."""
    with pytest.raises(SettingsError, match=rf"(?m)^  ONECLICK_{name}: ") as refused:
        Settings.read(LEAST | {f"ONECLICK_{name}": value})
    said = str(refused.value).lower()
    assert "v4lue" not in said
    assert "10.0.0.1" not in said
    assert refused.value.__cause__ is None


def test_an_unknown_setting_is_an_error() -> None:
    """A misspelt setting must not be lost in silence."""
    with pytest.raises(SettingsError, match=r"(?m)^  ONECLICK_KEYFILE: ") as refused:
        Settings.read(LEAST | {"ONECLICK_KEYFILE": "v4lue", "OTHER_NAME": "passed over"})
    assert "v4lue" not in str(refused.value)


def test_each_program_reads_its_own_names() -> None:
    """The gateway passes over the simulator's and the shop's names, and each of them over the gateway's."""
    simulator = {
        "ONECLICK_SIMULATOR_ISO_PORT": "1",
        "ONECLICK_SIMULATOR_CONTROL_PORT": "2",
        "ONECLICK_SIMULATOR_LEDGER_FILE": "l",
        "ONECLICK_SIMULATOR_MAC_KEY_FILE": "m",
    }
    assert Settings.read(LEAST | simulator | {"ONECLICK_SHOP_PORT": "x"}) == Settings.read(LEAST)
    assert SimulatorSettings.read(LEAST | simulator).control_port == 2
    with pytest.raises(SettingsError, match=r"ONECLICK_SHOP_SECRET_WORD: "):
        ShopSettings.read(LEAST)


def test_allowed_networks_are_read() -> None:
    """F1: the settings name the addresses that notifications may call."""
    settings = Settings.read(LEAST | {"ONECLICK_NOTIFICATION_ALLOWED_NETWORKS": "127.0.0.1/32, ::1,"})
    expected = (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("::1/128"))
    assert settings.notification_allowed_networks == expected


def test_a_demos_folder_holds_the_same_names(tmp_path: Path) -> None:
    """``--demo DIR`` works on a running demo; a folder without one is told."""
    (tmp_path / SETTINGS_FILE).write_text(json.dumps(LEAST))
    assert Settings.read(read_environment(tmp_path)) == Settings.read(LEAST)
    for content in (None, "not json"):
        (tmp_path / SETTINGS_FILE).unlink()
        if content is not None:
            (tmp_path / SETTINGS_FILE).write_text(content)
        with pytest.raises(SettingsError, match=r"^no demo in "):
            read_environment(tmp_path)
        (tmp_path / SETTINGS_FILE).touch()


def test_the_environment_gives_only_our_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is read."""
    monkeypatch.setenv("ONECLICK_KEY_FILE", "k")
    monkeypatch.setenv("ANOTHER", "x")
    environment = read_environment(None)
    assert environment["ONECLICK_KEY_FILE"] == "k"
    assert all(name.startswith("ONECLICK_") for name in environment)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o601, 0o777])
def test_a_secret_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    """B4; SECURITY.md: mode 0600."""
    path = tmp_path / "secret"
    path.write_bytes(b"a secret")
    path.chmod(mode)
    with pytest.raises(SettingsError, match=r"can be read by others: run 'chmod 600") as refused:
        read_secret_file(path)
    assert "a secret" not in str(refused.value)
    path.chmod(0o600)
    assert read_secret_file(path) == b"a secret"
    path.chmod(0o400)
    assert read_secret_file(path) == b"a secret"


def test_a_secret_file_that_is_missing_is_told(tmp_path: Path) -> None:
    """The message names the file and what is wrong with it."""
    with pytest.raises(SettingsError, match=r"none can't be read: No such file"):
        read_secret_file(tmp_path / "none")
    with pytest.raises(SettingsError, match=r"can"):
        read_secret_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"30313233343536373839616263646566\n", b"0123456789abcdef"),
        (b"not hexadecimal v4lue", None),
        (b"303", None),
        (b"\xff\xfe", None),
    ],
)
def test_a_mac_key_is_hexadecimal(tmp_path: Path, content: bytes, key: bytes | None) -> None:
    """acquirer.md, MAC; the key's text is never shown."""
    path = tmp_path / "mac.hex"
    path.write_bytes(content)
    path.chmod(0o600)
    if key is not None:
        assert read_mac_key(path) == key
        return
    with pytest.raises(SettingsError, match=r"is not a MAC key") as refused:
        read_mac_key(path)
    assert "v4lue" not in str(refused.value)
    assert refused.value.__cause__ is None
