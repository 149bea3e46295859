"""Files on operators' disks: those of an earlier version are read, a damaged one is refused and says what to do."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.demo.secrets import DemoSecrets
from oneclick.demo.settings import ShopSettings, SimulatorSettings
from oneclick.errors import SettingsError
from oneclick.ids import OrderId
from oneclick.merchant_file import MerchantFile
from oneclick.secret_files import read_mac_key
from oneclick.settings import Settings, read_environment
from oneclick.use_cases.steps.merchant_terms import secret_word_of, v2_key_of
from oneclick.vault.envelope import Place, SealedCard, fingerprint, open_card
from oneclick.vault.keyring import Keyring
from oneclick.web.cfsid import CfsidCodec
from support.demo_stack import clean_environment

FOLDER = Path(__file__).parents[1] / "files_of_before"

# Sealed and signed by that version under the keys of keys.json.
CARD = CardData(CardNumber("4111111111111111"), Expiry(2031, 12), "A PAYER")
PLACE = Place(123456, "client-42", UUID("0b0e5a44-7c3d-4f5e-9f64-3a1d1f0c9a11"), 1)
SEALED = SealedCard(
    bytes.fromhex(
        "82775b07143a976a4d3511d6c956caeb2e65a2e3aad60c62a345db87bf8001f0c43c5c6c0b0648c9569bf9ad883bfb5e2eb2f1bf7720c3162868"
        "7d41"
    ),
    bytes.fromhex(
        "eafb287d32a505b0b1309a047529f839f633e7bdef30823d5d3895ecc0f6697afabb685d6396ddb5c65f246dcc3cdcb301d4f8813e8c71c28b43"
        "0dad3071f2a627f826b5"
    ),
)
FINGERPRINT = bytes.fromhex("f5dcee7edaa0a44da0e54f7f65a4fc68ee2e83e334fd558a3874d4076df6f0d2")
SECRET_WORD = bytes.fromhex(
    "26c07ba1675572cc051bf176f79cf4b4a9e0d28bb746f668b81e00f853fd08913e41a3fe7b63fbeb13b056938390"
)
V2_KEY = bytes.fromhex(
    "03633a1bc0979016f91e7d65061865c8abf481e5b033d4d5a8067e28120ab4767a76c05ab086abfdc72f7e93f356d93bb8ae0803195cc368b356"
    "c3bfb5d5234ecbc2573e"
)
CFSID = "000000000001e2400011c37937e08001cb33c64559a9d0fa202aef4fe71ecfba4d80414a"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files in a folder of their own, each its owner's alone."""
    for sample in FOLDER.iterdir():
        copy = tmp_path / sample.name
        copy.touch(mode=0o600)
        copy.write_bytes(sample.read_bytes().replace(b"{folder}", str(tmp_path).encode()))
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    """The settings of the operator's file."""
    pairs = (line.partition("=") for line in (folder / "oneclick.env").read_text().splitlines())
    return {name: value for name, _, value in pairs}


def merchant(folder: Path) -> MerchantFile:
    return MerchantFile.read((folder / "bookshop.toml").read_text(), folder)


def test_b4_a_key_file_of_before_opens_what_was_sealed_before(folder: Path) -> None:
    """B4, B11, P 1.1: cards, fingerprints, secret words and payment links."""
    keyring = Keyring.read(folder / "keys.json")
    assert open_card(keyring, SEALED, PLACE) == CARD
    assert fingerprint(keyring, PLACE.customer_base_id, CARD.number) == FINGERPRINT
    assert secret_word_of(123456, SECRET_WORD, keyring) == "a word from a file"
    assert v2_key_of(123456, V2_KEY, keyring) == "k" * 40
    assert CfsidCodec(keyring.link_key).read(CFSID) == OrderId(123456, 5_000_000_000_000_001)


def test_every_setting_of_before_is_read_and_means_the_same(folder: Path) -> None:
    """The names in operators' files: each of them, in each form that was allowed."""
    settings = Settings.read(environment(folder))
    read = {name: value for name, value in settings.model_dump().items() if name != "database_url"}
    assert settings.database_url.get_secret_value() == "postgresql://oneclick:p%40ss@127.0.0.1:5432/oneclick"
    assert read == {
        "database_connections_max": 12,
        "key_file": folder / "keys.json",
        "public_url": "https://pay.example",
        "trusted_proxy_networks": (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("10.1.0.0/16")),
        "listen_host": "0.0.0.0",  # noqa: S104  # nothing listens there
        "listen_port": 8080,
        "web_processes": 4,
        "test_mode": True,
        "order_lifetime_s": 900,
        "order_attempts_max": 5,
        "page_requests_per_address_per_minute_max": 600,
        "page_requests_per_order_per_minute_max": 60,
        "service_requests_per_address_per_minute_max": 9000,
        "acquirer_host": "acquirer.example",
        "acquirer_port": 8583,
        "acquirer_mac_key_file": folder / "acquirer-mac.key",
        "acquirer_id": "123456",
        "acquirer_terminals": ("TERM0001", "TERM0002"),
        "acquirer_in_flight_max": 500,
        "acquirer_standby": False,
        "acquirer_tls_ca_file": Path("/etc/oneclick/ca.pem"),
        "acquirer_tls_certificate_file": Path("/etc/oneclick/gateway.pem"),
        "acquirer_tls_key_file": Path("/etc/oneclick/gateway.key"),
        "authorisation_deadline_s": 25.5,
        "notification_allowed_networks": (ipaddress.ip_network("192.168.7.0/24"),),
        "notification_poll_s": 2.0,
    }
    assert SimulatorSettings.read(environment(folder)).model_dump() == {
        "iso_port": 8583,
        "control_port": 8584,
        "ledger_file": folder / "acquirer-ledger.sqlite",
        "mac_key_file": folder / "acquirer-mac.key",
    }


def test_a_demos_folder_of_before_goes_on(folder: Path) -> None:
    """``make demo`` finds its data again: settings, keys, and what gateway and bookshop agreed on."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    secrets = DemoSecrets.of(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    shared = json.loads(before["merchant.json"])
    assert {"secret_word": secrets.secret_word, "login": secrets.login, "password": secrets.password} == shared
    assert Keyring.read(secrets.key_file).card_key_version == 1
    assert read_mac_key(secrets.mac_key_file).hex() == before["acquirer-mac.key"].decode()
    settings = read_environment(folder)
    assert Settings.read(settings).key_file == secrets.key_file
    assert SimulatorSettings.read(settings).mac_key_file == secrets.mac_key_file
    shop = ShopSettings.read(settings)
    assert (shop.port, shop.login, shop.data_file) == (8001, secrets.login, folder / "shop.sqlite")


def test_a_merchant_file_of_before_is_read_whole(folder: Path) -> None:
    """A1 to A9, B1, B13, B15, D1: every key that there was, with the files that it names."""
    file = merchant(folder)
    assert file.secret_word.get_secret_value() == "a word from a file"
    assert file.signature.v2_key is not None
    assert file.signature.v2_key.get_secret_value() == "k" * 40
    assert file.signature.public_key is not None
    assert file.signature.public_key.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert file.web_services is not None
    assert (file.web_services.login, file.web_services.password.get_secret_value()) == ("shop_login", "shop_pass1")
    read = file.model_dump(exclude={"secret_word": True, "web_services": True, "signature": {"v2_key", "public_key"}})
    assert read == {
        "merchant_id": 123456,
        "name": "Bookshop",
        "currency": "EUR",
        "time_zone": "Europe/Lisbon",
        "language": "EN",
        "customer_base": 654321,
        "takes_cards": True,
        "one_click": {
            "enabled": True, "mode": "stored-only", "consent_preselected": False, "guest_orders": True,
            "offer_after_payments": 2, "cards_max": 5,
        },
        "notifications": {"url": "https://shop.example/push", "charges": True, "cancels": True},
        "returns": {"ok": "https://shop.example/ok", "no": "https://shop.example/no"},
        "limits": {"day": "500.00", "week": "1000.50"},
        "signature": {"required": True, "delimited": False, "old_forms": False},
        "acquirer": {"mcc": "5942", "name_and_place": "BOOKSHOP                 LISBON       PT"},
        "page": {"frame_ancestors": ["https://shop.example"]},
    }  # fmt: skip


READERS: dict[str, Callable[[Path], object]] = {
    "keys.json": lambda folder: Keyring.read(folder / "keys.json"),
    "acquirer-mac.key": lambda folder: read_mac_key(folder / "acquirer-mac.key"),
    "secret.txt": merchant,
    "v2.key": merchant,
    "bookshop.toml": merchant,
    "settings.json": lambda folder: Settings.read(read_environment(folder)),
    "oneclick.env": lambda folder: Settings.read(environment(folder)),
    "merchant.json": DemoSecrets.of,
}
NO_KEYS = (
    "{file} is not a key file: put its copy back, since other keys open no card that is kept;"
    " a new installation makes one with 'oneclick keys generate FILE'"
)
NO_MAC = "{file} is not a MAC key: hexadecimal digits are needed, such as 'openssl rand -hex 32' makes"
NO_DEMO = "no demo in {folder}: start one with 'oneclick demo --data-dir {folder}'"
NO_UTF8 = "merchant file: {file} is not a text in UTF-8: save it as such"
DAMAGED = "{file} is damaged: remove it, and start the demo again"
NAMES = "is unknown; correct the name or take it out"
VALUES = "is missing; give it a value"
TOO_LONG = "merchant file: not TOML: shorten its longest number, or take brackets away"


def file_with(*lines: str) -> str:
    return "\n  ".join(["merchant file:", *lines])


def settings_with(*lines: str) -> str:
    return "\n  ".join(["settings:", *(f"ONECLICK_{line}" for line in lines)])


# File, what is replaced in it by what, and the sentence. Nothing replaced: the whole content.
DAMAGES: list[tuple[str, bytes, bytes, str]] = [
    ("keys.json", b'"link_key"', b'"linkkey"', NO_KEYS),
    ("keys.json", b"oneclick-keys-1", b"oneclick-keys-9", NO_KEYS),
    ("keys.json", b"\n}", b"", NO_KEYS),
    ("keys.json", b"", b"\xff\xfe", NO_KEYS),
    ("keys.json", b"", b"", NO_KEYS),
    ("acquirer-mac.key", b"", b"not hexadecimal", NO_MAC),
    ("acquirer-mac.key", b"", b"\xff\xfe", NO_MAC),
    ("secret.txt", b"word", b"w\xf6rd", NO_UTF8),
    ("v2.key", b"kkkk", b"\xff\xfe", NO_UTF8),
    ("bookshop.toml", b"merchant_id = 123456\n", b"", file_with(f"merchant_id: {VALUES}")),
    ("bookshop.toml", b"enabled =", b"enabeld =", file_with(f"one_click.enabeld: {NAMES}")),
    (
        "bookshop.toml",
        b"secret_word_file",
        b"secret_wordfile",
        file_with(f"secret_word: {VALUES}", f"secret_wordfile: {NAMES}"),
    ),
    ("bookshop.toml", b"123456", b"9" * 5000, TOO_LONG),
    ("settings.json", b"", b"{", NO_DEMO),
    ("settings.json", b"", b"", NO_DEMO),
    ("settings.json", b"", b"[]", NO_DEMO),
    ("settings.json", b"", b"\xff\xfe", NO_DEMO),
    ("settings.json", b'"8000"', b"8000", NO_DEMO),
    (
        "settings.json",
        b"ONECLICK_KEY_FILE",
        b"ONECLICK_KEYFILE",
        settings_with(f"KEY_FILE: {VALUES}", f"KEYFILE: {NAMES}"),
    ),
    ("oneclick.env", b"ONECLICK_ACQUIRER_ID=", b"ACQUIRER_ID=", settings_with(f"ACQUIRER_ID: {VALUES}")),
    ("oneclick.env", b"_STANDBY", b"_STAND_BY", settings_with(f"ACQUIRER_STAND_BY: {NAMES}")),
    ("merchant.json", b"", b"{", DAMAGED),
    ("merchant.json", b"", b"[]", DAMAGED),
    ("merchant.json", b"", b"\xff\xfe", DAMAGED),
    ("merchant.json", b'"login"', b'"user"', DAMAGED),
    ("merchant.json", b'"bookshop_ws"', b"7", DAMAGED),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"), DAMAGES, ids=[f"{name}-{new[:16]!r}" for name, _, new, _ in DAMAGES]
)
def test_a_damaged_file_is_refused_and_says_what_to_do(
    folder: Path, name: str, old: bytes, new: bytes, sentence: str
) -> None:
    """errors.py: which file or name, and what to do; nothing of its content, and nothing is written."""
    READERS[name](folder)
    content = (folder / name).read_bytes()
    assert old in content
    (folder / name).write_bytes(content.replace(old, new) if old else new)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SettingsError) as refused:
        READERS[name](folder)
    assert str(refused.value) == sentence.format(file=folder / name, folder=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_merchant_file_that_is_no_toml_says_where_to_correct_it(folder: Path) -> None:
    """The reason is the reader's own; the place is what an operator needs."""
    text = (folder / "bookshop.toml").read_text().replace('name = "Bookshop"', "name = Bookshop")
    with pytest.raises(SettingsError, match=r"^merchant file: not TOML, correct it there: .+ \(at line 2, column 8\)$"):
        MerchantFile.read(text, folder)


SECRETS = ["keys.json", "acquirer-mac.key", "secret.txt", "v2.key", "merchant.json"]


@pytest.mark.parametrize("name", SECRETS)
def test_b4_a_file_that_others_may_read_says_which_command_mends_it(folder: Path, name: str) -> None:
    """B4, SECURITY.md: mode 0600."""
    (folder / name).chmod(0o640)
    with pytest.raises(SettingsError) as refused:
        READERS[name](folder)
    assert str(refused.value) == f"{folder / name} can be read by others: run 'chmod 600 {folder / name}'"


@pytest.mark.parametrize("name", SECRETS[:-1])
def test_a_file_that_is_gone_says_where_it_was_looked_for(folder: Path, name: str) -> None:
    """The demo makes its own anew; of an installation nothing is made by itself."""
    (folder / name).unlink()
    with pytest.raises(SettingsError) as refused:
        READERS[name](folder)
    wrong = "No such file or directory; check the path, and who may read it"
    assert str(refused.value) == f"{folder / name} can't be read: {wrong}"


@pytest.mark.parametrize("by_pipe", [False, True], ids=["by its name", "by a pipe"])
def test_a_merchant_file_that_is_not_utf8_is_refused_by_the_command(folder: Path, *, by_pipe: bool) -> None:
    """As text editors of old save it: one line, exit code 2, no traceback."""
    content = (folder / "bookshop.toml").read_bytes().replace(b"Bookshop", "Книги".encode("cp1251"))
    (folder / "bookshop.toml").write_bytes(content)
    name = "-" if by_pipe else str(folder / "bookshop.toml")
    refused = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "oneclick", "merchant", "apply", name, "--demo", str(folder)],
        input=content,
        capture_output=True,
        timeout=60,
        check=False,
        env=clean_environment({"COLUMNS": "500"}),
    )
    said = f"oneclick: {name} is not a text in UTF-8: save it as such\n"
    assert (refused.returncode, refused.stdout, refused.stderr.decode()) == (2, b"", said)
