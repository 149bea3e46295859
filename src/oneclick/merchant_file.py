"""The merchant file: one merchant's settings in TOML, checked whole before anything is written.

Unknown keys are errors: a misspelt setting must not be lost in silence.
Source: docs/rules.md A1 to A9, B1, B13, D1, D5.
"""
# ruff: noqa: RUF001  # Cyrillic letters and their Latin ones

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from oneclick.errors import SettingsError
from oneclick.input_errors import what_to_do
from oneclick.invisible import INVISIBLE
from oneclick.money import PAYABLE, WITHDRAWN, Money
from oneclick.secret_files import read_secret_file
from oneclick.time_zones import TIME_ZONES
from oneclick.web_address import is_web_address

_KEY_BITS_MIN = 1024
_NAME_AND_PLACE_MAX = 40
# Letter by letter, much as in machine-readable passports (ICAO 9303); dashes become the one that ASCII has.
_LATIN = dict(zip("абвгдеёзийклмнопрстуфыэіґў–—", "abvgdeeziiklmnoprstufyeigu--", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "iu", "я": "ia",
    "ї": "i", "є": "ie",
}  # fmt: skip
_LATIN_OF = str.maketrans(_LATIN | {sign.upper(): text.capitalize() for sign, text in _LATIN.items()})
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f-\x9f{INVISIBLE}]")


def _name(name: str) -> str:
    if _UNSEEN.search(name) or not any(sign.isalnum() for sign in name):
        message = "a name that can be read: a letter or a digit at least, and no character that nobody sees"
        raise ValueError(message)
    return name


def _latin(name: str) -> str:
    """The name in printable ASCII; empty if a letter has no place in it."""
    spelled = unicodedata.normalize("NFC", name).translate(_LATIN_OF)
    plain = unicodedata.normalize("NFKD", spelled.upper() if name.isupper() else spelled)
    lost = any(sign.isalpha() and not sign.isascii() for sign in plain)
    return "" if lost else " ".join(plain.encode("ascii", "ignore").decode().split())


def _currency(code: str) -> str:
    if code in WITHDRAWN:
        message = "this currency was withdrawn and takes no new orders: name the one that took its place"
        raise ValueError(message)
    if code not in PAYABLE:
        message = "not a currency that people pay in by ISO 4217, e.g. RUB"
        raise ValueError(message)
    return code


def _time_zone(name: str) -> str:
    if name not in TIME_ZONES:
        message = "not a time zone, e.g. Europe/Moscow"
        raise ValueError(message)
    return name


def _url(url: str) -> str:
    if not is_web_address(url) or "#" in url:
        message = "an address that begins with http:// or https://"
        raise ValueError(message)
    return url


def _public_key(pem: str) -> str:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < _KEY_BITS_MIN:
        message = "an RSA public key of 1024 bits or more, in PEM"
        raise ValueError(message)
    return pem


def _login(login: str) -> str:
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9_]{8,20}", login):
        message = "8 to 20 Latin letters, digits and underscores, with at least one letter"
        raise ValueError(message)
    return login


def _frame_ancestor(origin: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.\-]{1,200}(:[0-9]{1,5})?", origin):
        message = "an origin such as https://shop.example: scheme, host in small letters, port, nothing more"
        raise ValueError(message)
    return origin


Url = Annotated[str, Field(max_length=256), AfterValidator(_url)]
FrameAncestor = Annotated[str, AfterValidator(_frame_ancestor)]
LimitText = Annotated[str, Field(pattern=r"^[0-9]{1,13}(\.[0-9]{1,3})?$")]


def _secret_text(path: Path) -> str:
    try:
        return read_secret_file(path).decode().strip()
    except UnicodeDecodeError:
        message = f"merchant file: {path} is not a text in UTF-8: save it as such"
        raise SettingsError(message) from None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class OneClickPart(_Part):
    """``[one_click]``: how the merchant takes part, off unless switched on (A1).

    A card is offered from so many successful payments on; a customer holds so many cards at most (B13).
    """

    enabled: bool = False
    mode: Literal["standard", "stored-only", "store-only"] = "standard"
    consent_preselected: bool = True
    guest_orders: bool = False
    offer_after_payments: Annotated[int, Field(ge=1, le=100)] = 1
    cards_max: Annotated[int, Field(ge=1, le=100)] = 10


class WebServicesPart(_Part):
    """``[web_services]``: who may ask for orders' states (P 0.4)."""

    login: Annotated[str, AfterValidator(_login)]
    password: Annotated[SecretStr, Field(min_length=8, max_length=64)]


class NotificationsPart(_Part):
    """``[notifications]``: where results are sent; those of payments always, of charges and cancels if wished."""

    url: Url
    charges: bool = False
    cancels: bool = False


class ReturnsPart(_Part):
    """``[returns]``: where payers go back to when the order names no address."""

    ok: Url | None = None
    no: Url | None = None


class LimitsPart(_Part):
    """``[limits]``: a customer's turnover in the merchant's own currency (D1, D5)."""

    day: LimitText | None = None
    week: LimitText | None = None


class SignaturePart(_Part):
    """``[signature]``: how orders are signed, beyond what One Click asks for (P 2.4, 2.5).

    ``v2_key`` (or ``v2_key_file``, mode 0600) lets the merchant sign by ``SignatureV2``; with ``old_forms`` off,
    nothing else counts (A7).
    """

    required: bool = False
    delimited: bool = True
    public_key: Annotated[str, AfterValidator(_public_key)] | None = None
    v2_key: Annotated[SecretStr, Field(min_length=32, max_length=128)] | None = None
    old_forms: bool = True

    @model_validator(mode="after")
    def _one_form_is_left(self) -> Self:
        if not self.old_forms and self.v2_key is None:
            message = "old_forms can only be false beside a v2_key"
            raise ValueError(message)
        return self


class PagePart(_Part):
    """``[page]``: the origins that may show the payment page in a frame; nobody, if there are none (B15)."""

    frame_ancestors: Annotated[list[FrameAncestor], Field(max_length=10)] = []


class AcquirerPart(_Part):
    """``[acquirer]``: what the bank is told (ISO fields 18 and 43)."""

    mcc: Annotated[str, Field(pattern=r"^[0-9]{4}$")] = "5999"
    name_and_place: Annotated[str, Field(pattern=r"^[ -~]{1,40}$")] | None = None


class MerchantFile(_Part):
    """A whole merchant file. Either ``secret_word`` or ``secret_word_file`` (mode 0600) must be there.

    ``customer_base`` names the merchant whose customers and cards are shared; None is a base of one's own (A9).
    """

    merchant_id: Annotated[int, Field(ge=1, le=2_147_483_647)]
    name: Annotated[str, Field(max_length=100), AfterValidator(_name)]
    secret_word: Annotated[SecretStr, Field(min_length=1, max_length=128)]
    currency: Annotated[str, AfterValidator(_currency)] = "RUB"
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Europe/Moscow"
    language: Literal["RU", "EN"] = "RU"
    customer_base: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    takes_cards: bool = True
    one_click: OneClickPart = OneClickPart()
    web_services: WebServicesPart | None = None
    notifications: NotificationsPart | None = None
    returns: ReturnsPart = ReturnsPart()
    limits: LimitsPart = LimitsPart()
    signature: SignaturePart = SignaturePart()
    acquirer: AcquirerPart = AcquirerPart()
    page: PagePart = PagePart()

    @model_validator(mode="after")
    def _one_click_takes_cards(self) -> Self:
        if self.one_click.enabled and not self.takes_cards:
            message = "One Click is for cards only: it can't be enabled where takes_cards is false"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _limits_fit_the_currency(self) -> Self:
        for text in (self.limits.day, self.limits.week):
            if text is not None and Money.read(text, self.currency) is None:
                message = "a limit has more decimals than the currency"
                raise ValueError(message)
        return self

    @property
    def name_and_place(self) -> str:
        """The text on a card statement: as set, else the name in Latin letters, else the merchant's number."""
        latin = _latin(self.name)[:_NAME_AND_PLACE_MAX].rstrip()
        return self.acquirer.name_and_place or latin or f"MERCHANT {self.merchant_id}"

    @classmethod
    def read(cls, text: str, folder: Path) -> Self:
        """Reads a merchant file's text; ``secret_word_file`` is looked for from ``folder``.

        Raises ``SettingsError`` that names each wrong key, and never shows a value.
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message = f"merchant file: not TOML, correct it there: {error}"
            raise SettingsError(message) from None
        except (ValueError, RecursionError):  # a number too long, or too many brackets
            message = "merchant file: not TOML: shorten its longest number, or take brackets away"
            raise SettingsError(message) from None
        for part, name in ((content, "secret_word"), (content.get("signature"), "v2_key")):
            if isinstance(part, dict) and isinstance(part.get(f"{name}_file"), str) and name not in part:
                part[name] = _secret_text(folder / part.pop(f"{name}_file"))
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            lines = (
                f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {what_to_do(item)}"
                for item in error.errors()
            )
            message = "merchant file:\n  " + "\n  ".join(lines)
            raise SettingsError(message) from None
