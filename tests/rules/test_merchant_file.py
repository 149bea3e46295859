"""The merchant file: read whole or refused, and never shown. Rules A1 to A3, A7, A9, B1, B13, B15, D1, D5."""
# ruff: noqa: RUF001  # Russian names are Russian letters

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oneclick.errors import SettingsError
from oneclick.merchant_file import MerchantFile

EXAMPLE = """
merchant_id = 123456
name = "Bookshop"
secret_word = "word-v4lue"            # or secret_word_file
currency = "RUB"
time_zone = "Europe/Moscow"
language = "RU"
[one_click]
enabled = true
mode = "standard"
consent_preselected = true
guest_orders = false
[web_services]
login = "shop_login"
password = "shop_pass1"
[notifications]
url = "http://127.0.0.1:9000/push"
[returns]
ok = "http://127.0.0.1:9000/ok"
no = "http://127.0.0.1:9000/no"
[limits]                       # of a customer's turnover
day = "50000.00"
week = "100000.00"
"""
KEY_32 = "v4lue-" + "k" * 26
LEAST = 'merchant_id = 1\nname = "Shop"\nsecret_word = "word-v4lue"\n'
NOWHERE = Path("/nonexistent")


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read(text: str, folder: Path = NOWHERE) -> MerchantFile:
    return MerchantFile.read(text, folder)


def test_the_example_of_the_manual_is_read() -> None:
    """The merchant file as it is told to operators."""
    file = read(EXAMPLE)
    assert file.model_dump(exclude={"secret_word", "web_services"}) == {
        "merchant_id": 123456,
        "name": "Bookshop",
        "currency": "RUB",
        "time_zone": "Europe/Moscow",
        "language": "RU",
        "customer_base": None,
        "takes_cards": True,
        "one_click": {
            "enabled": True, "mode": "standard", "consent_preselected": True, "guest_orders": False,
            "offer_after_payments": 1, "cards_max": 10,
        },
        "notifications": {"url": "http://127.0.0.1:9000/push", "charges": False, "cancels": False},
        "returns": {"ok": "http://127.0.0.1:9000/ok", "no": "http://127.0.0.1:9000/no"},
        "limits": {"day": "50000.00", "week": "100000.00"},
        "signature": {
            "required": False, "delimited": True, "public_key": None, "v2_key": None, "old_forms": True
        },
        "acquirer": {"mcc": "5999", "name_and_place": None},
        "page": {"frame_ancestors": []},
    }  # fmt: skip
    assert file.secret_word.get_secret_value() == "word-v4lue"
    assert file.web_services is not None
    assert file.web_services.login == "shop_login"
    assert file.web_services.password.get_secret_value() == "shop_pass1"
    assert file.name_and_place == "Bookshop"


def test_a1_one_click_is_off_unless_the_file_switches_it_on() -> None:
    """A1, A3, A5, B1, B13: the defaults of a file that says nothing."""
    file = read(LEAST)
    assert file.one_click.model_dump() == {
        "enabled": False, "mode": "standard", "consent_preselected": True, "guest_orders": False,
        "offer_after_payments": 1, "cards_max": 10,
    }  # fmt: skip
    assert (file.currency, file.time_zone, file.language) == ("RUB", "Europe/Moscow", "RU")
    assert (file.web_services, file.notifications, file.limits.day, file.returns.ok) == (None, None, None, None)


def test_secrets_do_not_show_in_the_file() -> None:
    """House rule 7."""
    shown = f"{read(EXAMPLE)!r} {read(EXAMPLE)} {read(EXAMPLE).model_dump_json()}"
    assert "v4lue" not in shown
    assert "shop_pass1" not in shown


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("nmae", LEAST + 'nmae = "v4lue"'),
        ("one_click.enabeld", LEAST + "[one_click]\nenabeld = true"),
        ("limits.month", LEAST + '[limits]\nmonth = "1.00"'),
        ("extra", LEAST + "[extra]\nkey = 1"),
        ("merchant_id", LEAST.replace("= 1", '= "v4lue"')),
        ("merchant_id", LEAST.replace("= 1", "= 0")),
        ("merchant_id", LEAST.replace("= 1", "= 2147483648")),
        ("merchant_id", LEAST.replace("= 1", "= true")),
        ("merchant_id", LEAST.replace("= 1", "= 1.0")),
        ("merchant_id", LEAST.replace("merchant_id = 1\n", "")),
        ("name", LEAST.replace('"Shop"', '""')),
        ("name", LEAST.replace('"Shop"', '"v4lue\\n"')),
        ("name", LEAST.replace('"Shop"', f'"{"n" * 101}"')),
        *(("name", LEAST.replace('"Shop"', f'"{name}"')) for name in ("   ", "\u200b", "«!»", "\u3164", "a\u0085")),
        *(("name", LEAST.replace('"Shop"', f'"v4lue{sign}"')) for sign in "\u061c\u200b\u202e\u2066\ufeff"),
        ("secret_word", LEAST.replace('"word-v4lue"', '""')),
        ("secret_word", LEAST.replace('"word-v4lue"', "12345678")),
        ("secret_word", LEAST.replace('secret_word = "word-v4lue"\n', "")),
        ("currency", LEAST + 'currency = "v4lue"'),
        ("currency", LEAST + 'currency = "rub"'),
        *(("currency", f'{LEAST}currency = "{code}"') for code in ("BGN", "XXX", "XAU", "CLF", "UYW", "RUR", "")),
        ("time_zone", LEAST + 'time_zone = "Europe/V4lue"'),
        ("time_zone", LEAST + 'time_zone = "../v4lue"'),
        ("time_zone", LEAST + 'time_zone = ""'),
        ("time_zone", LEAST + 'time_zone = "Europe"'),
        ("language", LEAST + 'language = "v4lue"'),
        ("one_click.mode", LEAST + '[one_click]\nmode = "v4lue"'),
        ("one_click.enabled", LEAST + '[one_click]\nenabled = "v4lue"'),
        ("one_click.enabled", LEAST + "[one_click]\nenabled = 1"),
        ("web_services.password", LEAST + '[web_services]\nlogin = "shop_login"'),
        ("web_services.password", LEAST + '[web_services]\nlogin = "shop_login"\npassword = "v4lue"'),
        ("web_services.login", LEAST + '[web_services]\nlogin = "v4lue"\npassword = "v4lue-v4lue"'),
        ("web_services.login", LEAST + '[web_services]\nlogin = "12345678"\npassword = "v4lue-v4lue"'),
        ("notifications.url", LEAST + "[notifications]"),
        *(
            ("notifications.url", f'{LEAST}[notifications]\nurl = "{url}"')
            for url in [
                "v4lue",
                "ftp://v4lue/",
                "https://",
                "https:///v4lue",
                "http://v4lue:v4lue/",
                "http://v4lue:99999/",
                "http://[v4lue/",
                "http://v4lue/#part",
                "http://v4lue\\u2100.example/",
                "http://v4lue.example/\\r\\nX: y",
                "http://v4l ue.example/",
                f"http://v4lue.example/{'a' * 256}",
            ]
        ),
        ("returns.ok", LEAST + '[returns]\nok = "javascript:v4lue"'),
        ("limits.day", LEAST + '[limits]\nday = "-1.00"'),
        ("limits.day", LEAST + '[limits]\nday = "1,00"'),
        ("limits.day", LEAST + '[limits]\nday = "1.0000"'),
        ("file", LEAST + '[limits]\nday = "1.000"'),
        ("limits.week", LEAST + "[limits]\nweek = 100"),
        ("file", LEAST + 'currency = "JPY"\n[limits]\nday = "1.50"'),
        ("signature.public_key", LEAST + '[signature]\npublic_key = "v4lue"'),
        (
            "signature.public_key",
            f"{LEAST}[signature]\npublic_key = '''{pem(ec.derive_private_key(7, ec.SECP256R1()))}'''",
        ),
        ("signature.v2_key", f'{LEAST}[signature]\nv2_key = "{KEY_32[:31]}"'),
        ("signature.v2_key", f'{LEAST}[signature]\nv2_key = "{KEY_32 * 4}k"'),
        ("signature.v2_key", f"{LEAST}[signature]\nv2_key = {'1' * 32}"),
        ("signature.v2_key_file", f'{LEAST}[signature]\nv2_key = "{KEY_32}"\nv2_key_file = "v4lue"'),
        ("signature.v2_key_file", LEAST + "[signature]\nv2_key_file = 5"),
        ("signature", LEAST + "[signature]\nold_forms = false"),
        ("signature.old_forms", LEAST + '[signature]\nold_forms = "v4lue"'),
        ("signature", LEAST + 'signature = "v4lue"'),
        ("file", LEAST + "takes_cards = false\n[one_click]\nenabled = true"),
        ("takes_cards", LEAST + 'takes_cards = "v4lue"'),
        ("customer_base", LEAST + "customer_base = 0"),
        ("customer_base", LEAST + "customer_base = 2147483648"),
        ("customer_base", LEAST + 'customer_base = "v4lue"'),
        ("one_click.offer_after_payments", LEAST + "[one_click]\noffer_after_payments = 0"),
        ("one_click.offer_after_payments", LEAST + "[one_click]\noffer_after_payments = 101"),
        ("one_click.offer_after_payments", LEAST + "[one_click]\noffer_after_payments = true"),
        ("one_click.cards_max", LEAST + "[one_click]\ncards_max = 0"),
        ("one_click.cards_max", LEAST + "[one_click]\ncards_max = 101"),
        ("one_click.cards_max", LEAST + '[one_click]\ncards_max = "v4lue"'),
        ("page.frame_ancestors", LEAST + '[page]\nframe_ancestors = "https://v4lue.example"'),
        ("page.frame_ancestors", f"{LEAST}[page]\nframe_ancestors = {['https://v4lue.example'] * 11}"),
        *(
            ("page.frame_ancestors.0", f'{LEAST}[page]\nframe_ancestors = ["{origin}"]')
            for origin in [
                "",
                "*",
                "v4lue.example",
                "https://*.v4lue.example",
                "https://v4lue.example/",
                "https://v4lue.example:",
                "https://v4lue.example:443/a",
                "https://V4LUE.example",
                "https://v4lue.example; script-src *",
                "https://v4lue.example https://v4lue.example",
                "https://v4lue.example\\n",
                "ftp://v4lue.example",
                "data:v4lue",
                "'self'",
            ]
        ),
        ("acquirer.mcc", LEAST + '[acquirer]\nmcc = "v4lue"'),
        ("acquirer.name_and_place", LEAST + f'[acquirer]\nname_and_place = "{"n" * 41}"'),
        ("acquirer.name_and_place", LEAST + '[acquirer]\nname_and_place = "\\u0416v4lue"'),
    ],
    ids=lambda text: text.strip().rpartition("\n")[2][:60],
)
def test_a_wrong_or_unknown_key_is_named_and_its_value_is_not_shown(place: str, text: str) -> None:
    """A misspelt setting must not be lost in silence; messages hold names, never values."""
    with pytest.raises(SettingsError, match=rf"(?m)^merchant file:\n  {place}: ") as refused:
        read(text)
    assert "v4lue" not in str(refused.value).lower()
    assert str(refused.value).count("\n") == 1
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    ["merchant_id = ", 'name = "v4lue', "v4lue", LEAST + LEAST, "a = 1\x00v4lue", f"merchant_id = {'9' * 5000}"],
    ids=lambda text: ascii(text[-20:]),
)
def test_what_is_no_toml_is_told_without_its_text(text: str) -> None:
    """Whatever an operator hands over, the answer is a clear message."""
    with pytest.raises(SettingsError, match=r"^merchant file: ") as refused:
        read(text)
    assert "v4lue" not in str(refused.value)


def test_an_rsa_public_key_of_1024_bits_is_read() -> None:
    """P 2.3."""
    text = pem(rsa.generate_private_key(65537, 1024))  # noqa: S505  # the protocol's length
    assert read(f"{LEAST}[signature]\npublic_key = '''{text}'''").signature.public_key == text


@pytest.mark.parametrize("length", [32, 128])
def test_a7_a_key_for_v2_has_32_characters_or_more(length: int) -> None:
    """A7: with it the old forms may be locked out, or left."""
    key = "k" * length
    for line, old_forms in [("", True), ("old_forms = true\n", True), ("old_forms = false\n", False)]:
        signature = read(f'{LEAST}[signature]\nv2_key = "{key}"\n{line}').signature
        assert signature.v2_key is not None
        assert (signature.v2_key.get_secret_value(), signature.old_forms) == (key, old_forms)
        assert key not in repr(signature)


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> str:
    (folder / "key").write_bytes(content)
    (folder / "key").chmod(mode)
    return f'{LEAST}[signature]\nv2_key_file = "key"\nold_forms = false\n'


def test_a7_a_key_for_v2_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """A7: looked for from the merchant file's folder; white space around it isn't the key's."""
    signature = read(key_file(tmp_path, f" {KEY_32}\n".encode()), tmp_path).signature
    assert signature.v2_key is not None
    assert signature.v2_key.get_secret_value() == KEY_32


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (KEY_32.encode(), 0o640),
        (KEY_32.encode(), 0o604),
        (b"", 0o600),
        (KEY_32[:31].encode() + b" \n", 0o600),
        (KEY_32.encode() * 4 + b"k", 0o600),
        (KEY_32.encode() + b"\xff\xfe", 0o600),
    ],
)
def test_a7_a_key_file_that_is_open_to_others_or_holds_no_key_is_refused(
    tmp_path: Path, content: bytes, mode: int
) -> None:
    """SECURITY.md: mode 0600, as the secret word's; the message tells nothing of the key."""
    with pytest.raises(SettingsError) as refused:
        read(key_file(tmp_path, content, mode), tmp_path)
    assert "v4lue" not in str(refused.value)


def test_a7_a_key_file_must_be_there(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SettingsError, match=r"key can't be read: No such file"):
        read(f'{LEAST}[signature]\nv2_key_file = "key"\n', tmp_path)


def test_a2_a_merchant_without_cards_is_read_while_one_click_is_off() -> None:
    """A2: with it on, the file is refused, and says why."""
    assert read(LEAST + "takes_cards = false").takes_cards is False
    assert read(LEAST + "takes_cards = true\n[one_click]\nenabled = true").one_click.enabled
    with pytest.raises(SettingsError, match="One Click is for cards only"):
        read(LEAST + "takes_cards = false\n[one_click]\nenabled = true")


@pytest.mark.parametrize("number", [1, 100])
def test_b13_the_bounds_of_offers_and_cards_are_read(number: int) -> None:
    """B13: from which payment on a card is offered, and how many are kept."""
    one_click = read(f"{LEAST}[one_click]\noffer_after_payments = {number}\ncards_max = {101 - number}").one_click
    assert (one_click.offer_after_payments, one_click.cards_max) == (number, 101 - number)


@pytest.mark.parametrize("base", [1, 2, 2147483647])
def test_a9_a_file_may_name_a_customer_base(base: int) -> None:
    """A9: its own or another merchant's; whether that one is there is for the database to say."""
    assert read(f"{LEAST}customer_base = {base}").customer_base == base


@pytest.mark.parametrize(
    "origins",
    [
        [],
        ["https://shop.example"],
        ["http://127.0.0.1:9000", "https://shop-2.example:8443"],
        [f"https://shop-{number}.example" for number in range(10)],
    ],
)
def test_b15_origins_that_may_frame_the_page_are_read(origins: list[str]) -> None:
    """B15: scheme, host and port; they go into a header as they are."""
    assert read(f"{LEAST}[page]\nframe_ancestors = {origins}").page.frame_ancestors == origins


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("Bookshop", None, "Bookshop"),
        ("Bookshop", "BOOKSHOP MOSCOW RU", "BOOKSHOP MOSCOW RU"),
        ("Caf\\u00e9", None, "Cafe"),
        ("ООО «Ромашка» — 24/7", None, "OOO Romashka - 24/7"),
        ("ЩУКА и Ёж", None, "ShchUKA i Ezh"),
        ("ЩУКА", None, "SHCHUKA"),
        ("Подъезд №\N{NO-BREAK SPACE}1", None, "Podezd No 1"),
        ("Крама «Ўсё»", None, "Krama Use"),
        ("\N{CJK UNIFIED IDEOGRAPH-66F8} 24/7", None, "MERCHANT 1"),
        ("Łódź", None, "MERCHANT 1"),
        ("ж" * 60, None, "zh" * 20),
        ("n" * 60, None, "n" * 40),
    ],
)
def test_the_card_statement_shows_a_name_in_latin_letters(name: str, place: str | None, expected: str) -> None:
    """ISO field 43: 40 printable ASCII characters; a name that would lose letters gives way to the number."""
    text = LEAST.replace('"Shop"', f'"{name}"')
    assert read(text if place is None else f'{text}[acquirer]\nname_and_place = "{place}"').name_and_place == expected


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> str:
    (folder / "word").write_bytes(content)
    (folder / "word").chmod(mode)
    return 'merchant_id = 1\nname = "Shop"\nsecret_word_file = "word"\n'


def test_a_secret_word_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Either secret_word or secret_word_file, looked for from the merchant file's folder."""
    assert read(secret_file(tmp_path, b"v4lue\n"), tmp_path).secret_word.get_secret_value() == "v4lue"


@pytest.mark.parametrize(
    ("content", "mode"),
    [(b"v4lue", 0o644), (b"", 0o600), (b" \n", 0o600), (b"v4lue\xff\xfe", 0o600), (b"v" * 129, 0o600)],
)
def test_a_secret_word_file_that_is_open_to_others_or_holds_no_word_is_refused(
    tmp_path: Path, content: bytes, mode: int
) -> None:
    """SECURITY.md: mode 0600; bytes that are no text must not turn into another word."""
    with pytest.raises(SettingsError) as refused:
        read(secret_file(tmp_path, content, mode), tmp_path)
    assert "v4lue" not in str(refused.value)


def test_a_secret_word_file_must_be_there(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SettingsError, match=r"word can't be read: No such file"):
        read('merchant_id = 1\nname = "Shop"\nsecret_word_file = "word"\n', tmp_path)


@pytest.mark.parametrize("line", ['secret_word_file = "word"\n', "secret_word_file = 5\n"])
def test_two_secret_words_or_a_name_that_is_no_text_are_refused(tmp_path: Path, line: str) -> None:
    """Either secret_word or secret_word_file: which of two is meant must not be guessed."""
    secret_file(tmp_path, b"another")
    with pytest.raises(SettingsError, match=r"secret_word_file"):
        read(LEAST + line, tmp_path)
