"""Reads a payment request: every parameter of P 1.2, validated by P 1.4. Pure.

Names are matched without regard to case; unknown ones are passed over; a known one that comes twice refuses the order.
Texts are cleaned of the characters that the protocol removes; a value that is part of the signed string is never
changed, but refused when wrong. Of the signatures only the shape of ``SignatureV2`` is read here; whether one is right
is ``order_signature``'s.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oneclick.assist.codes import Codes, FirstCode, SecondCode
from oneclick.invisible import INVISIBLE
from oneclick.money import AMOUNT_MINOR_MAX, PAYABLE, Money
from oneclick.outcome import Reason, Refused
from oneclick.web_address import is_web_address

MERCHANT_ID_MAX = 2_147_483_647
CUSTOMER_NUMBER = re.compile(rf"""[^<>"'=/\\();#\x00-\x1f\x7f-\x9f{INVISIBLE}]{{1,32}}""")
# Seconds since 1970, ten digits till 2286; HMAC-SHA-256. Source: docs/decisions/0008-signature-v2.md.
SIGNATURE_V2 = re.compile(r"([0-9]{10})\.([0-9A-Fa-f]{64})")

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ORDER_NUMBER = re.compile(rf"[^<>'\";\x00-\x1f\x7f-\x9f\ufffe\uffff{INVISIBLE}]{{1,128}}")  # U+FFFE, FFFF are no XML


_GENERAL = re.compile(r"""[<>"=';/()\\]|##""")
_MARKUP = re.compile(r"[<>=]")
_NOTHING = re.compile(r"(?!)")
_ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True)
class Parameter:
    """One parameter of the protocol: its second code, its length, what is cut out of it, what the rest must match."""

    name: str
    second: SecondCode
    characters_max: int
    removed: re.Pattern[str] = _GENERAL
    matches: re.Pattern[str] = _ANYTHING


def _exact(name: str, second: SecondCode, pattern: str) -> Parameter:
    return Parameter(name, second, 128, _NOTHING, re.compile(pattern))


def _person(name: str, second: SecondCode) -> Parameter:
    return Parameter(name, second, 70, _GENERAL, re.compile(r"[^0-9]*"))


def _phone(name: str, characters_max: int) -> Parameter:
    return Parameter(name, SecondCode.PHONE, characters_max, _GENERAL, re.compile(r"[0-9+\- ]*"))


def _url(name: str) -> Parameter:
    return Parameter(name, SecondCode.URL, 256, re.compile(r"[<>]|%3[CcEe]"))


_MEANS = (
    "CardPayment", "YMPayment", "WMPayment", "QIWIPayment", "QIWIMtsPayment", "QIWIMegafonPayment",
    "QIWIBeelinePayment", "AssistIDPayment", "ERIPPayment", "ApplePayPayment", "GooglePayPayment",
    "SamsungPayPayment", "MirPayPayment", "FastPayPayment",
)  # fmt: skip
_RECURRING = (
    _exact("RecurringMinAmount", SecondCode.AMOUNT, r"[0-9]{1,13}([.,][0-9]{1,2})?"),
    _exact("RecurringMaxAmount", SecondCode.AMOUNT, r"[0-9]{1,13}([.,][0-9]{1,2})?"),
    _exact("RecurringPeriod", SecondCode.NOTHING_MORE, r"[0-9]{1,3}"),
    _exact("RecurringCount", SecondCode.NOTHING_MORE, r"[0-9]{1,3}"),
    _exact("RecurringMaxDate", SecondCode.NOTHING_MORE, r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}"),
)
_PRESENCE = (
    "Shop", "registration_id", "DeviceUniqueID", "Device", "ApplicationName", "ApplicationVersion",
    "AssistSDKVersion", "Latitude", "Longitude", "OsLanguage", "MobileDevice",
)  # fmt: skip
_FISCAL = ("TaxationSystem", "FPMode", "TAX", "GenerateReceipt", "ReceiptLine")

# Read by name below, because they decide; each has its own rule.
_DECIDING = {
    "Merchant_ID": SecondCode.MERCHANT_ID,
    "OrderNumber": SecondCode.ORDERNUMBER,
    "OrderAmount": SecondCode.AMOUNT,
    "OrderCurrency": SecondCode.CURRENCY,
    "CustomerNumber": SecondCode.CUSTOMER,
    "Delay": SecondCode.DELAY,
    "Language": SecondCode.LANGUAGE,
    "Checkvalue": SecondCode.CHECKVALUE,
    "Signature": SecondCode.CHECKVALUE,
    "SignatureV2": SecondCode.CHECKVALUE,
    "RecurringIndicator": SecondCode.RECURRING_PAYMENT,
    "ChequeItems": SecondCode.CHEQUE,
    "Disable3DS": SecondCode.NOTHING_MORE,
    "Prepayment": SecondCode.AMOUNT,
    "OrderMaxPoints": SecondCode.AMOUNT,
}

# Checked and stored as texts.
STORED = (
    Parameter("OrderComment", SecondCode.COMMENT, 4000, _MARKUP),
    _person("Lastname", SecondCode.LASTNAME),
    _person("Firstname", SecondCode.FIRSTNAME),
    _person("Middlename", SecondCode.MIDDLENAME),
    _exact("Email", SecondCode.EMAIL, r"[^@\s<>\"=';/()\\]+@[^@\s<>\"=';/()\\]+\.[^@\s<>\"=';/()\\]+"),
    Parameter("Address", SecondCode.ADDRESS, 256, _MARKUP),
    _phone("HomePhone", 64),
    _phone("WorkPhone", 20),
    _phone("MobilePhone", 20),
    _phone("Fax", 20),
    Parameter("Country", SecondCode.COUNTRY, 3),
    Parameter("State", SecondCode.STATE, 3),
    Parameter("City", SecondCode.CITY, 70),
    Parameter("Zip", SecondCode.ZIP, 25),
    _url("URL_RETURN"),
    _url("URL_RETURN_OK"),
    _url("URL_RETURN_NO"),
    *(_exact(name, SecondCode.PAYMENT_MEANS, r"[01]") for name in _MEANS),
    *_RECURRING,
    _exact("TestMode", SecondCode.TESTMODE, r"[01]"),
    _exact("PaymentMode", SecondCode.PAYMENTMODE, r"[0-9]{1,2}"),
    *(Parameter(name, SecondCode.NOTHING_MORE, 256) for name in _PRESENCE),
    *(Parameter(name, SecondCode.CHEQUE, 4000, _MARKUP) for name in _FISCAL),
    Parameter("ListParameters", SecondCode.NOTHING_MORE, 1024),
)

_SPELLINGS = {name.lower(): name for name in (*_DECIDING, *(parameter.name for parameter in STORED))}
_SECONDS = _DECIDING | {parameter.name: parameter.second for parameter in STORED}


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    """A well-formed request; empty and "0" rules are applied.

    ``raw`` holds every known parameter exactly as it came, by its right spelling: that is what signatures are over.
    """

    merchant_id: int
    order_number: str
    amount_text: str
    currency: str | None
    customer_number: str | None
    language: str | None
    two_stage: bool
    raw: Mapping[str, str]
    parameters: Mapping[str, str]

    def amount(self, merchant_currency: str) -> Money | Refused:
        """The amount in the order's currency, else the merchant's. Zero is a wrong value, decimals too many a format.

        Source: P 1.2, 1.4 (OrderAmount); D: at most what ISO field 4 holds; E6: no withdrawn currency.
        """
        currency = self.currency or merchant_currency
        if currency not in PAYABLE:
            return Refused(Reason.CURRENCY_NOT_PAYABLE)
        money = Money.read(self.amount_text, currency)
        if money is None:
            return Refused(Reason.AMOUNT_MALFORMED)
        if not 0 < money.amount_minor <= AMOUNT_MINOR_MAX:
            return Refused(Reason.AMOUNT_OUT_OF_BOUNDS)
        return money


def read_order_request(pairs: Iterable[tuple[str, str]]) -> OrderRequest | Codes:
    """The request in the name-value pairs of a form or query, or the first thing that is wrong with it."""
    values: dict[str, str] = {}
    for sent_name, value in pairs:
        name = _SPELLINGS.get(sent_name.lower())
        if name is None:
            continue
        if name in values:
            return Codes(FirstCode.FORMAT, _SECONDS[name])
        values[name] = value
    for check in _CHECKS:
        refused = check(values)
        if refused is not None:
            return refused
    return _clean(values)


def _merchant(values: Mapping[str, str]) -> Codes | None:
    text = values.get("Merchant_ID", "")
    if not text:
        return Codes(FirstCode.MANDATORY_MISSING, SecondCode.MERCHANT_ID)
    if not re.fullmatch(r"[0-9]{1,15}", text) or not 0 < int(text) <= MERCHANT_ID_MAX:
        return Codes(FirstCode.FORMAT, SecondCode.MERCHANT_ID)
    return None


def _order_number(values: Mapping[str, str]) -> Codes | None:
    text = values.get("OrderNumber", "")
    if not text:
        return Codes(FirstCode.MANDATORY_MISSING, SecondCode.ORDERNUMBER)
    return None if _ORDER_NUMBER.fullmatch(text) else Codes(FirstCode.FORMAT, SecondCode.ORDERNUMBER)


def _amount(values: Mapping[str, str]) -> Codes | None:
    text = values.get("OrderAmount", "")
    if not text:
        return Codes(FirstCode.MANDATORY_MISSING, SecondCode.AMOUNT)
    # The currency may not be known yet: KWD, of three decimals, stands for the shape; ``OrderRequest.amount`` decides.
    return None if Money.read(text, "KWD") else Codes(FirstCode.FORMAT, SecondCode.AMOUNT)


def _currency(values: Mapping[str, str]) -> Codes | None:
    text = values.get("OrderCurrency", "")
    if text and not re.fullmatch(r"[A-Z]{3}", text):
        return Codes(FirstCode.FORMAT, SecondCode.CURRENCY)
    return None if not text or text in PAYABLE else Codes(FirstCode.VALUE, SecondCode.CURRENCY)


def _customer(values: Mapping[str, str]) -> Codes | None:
    """A4: ``0`` and empty mean none; A8: a customer excludes the Recurring fields."""
    text = values.get("CustomerNumber", "")
    if text in ("", "0"):
        return None
    if not CUSTOMER_NUMBER.fullmatch(text):
        return Codes(FirstCode.FORMAT, SecondCode.CUSTOMER)
    recurring = any(values.get(parameter.name) for parameter in _RECURRING)
    if recurring or values.get("RecurringIndicator", "") not in ("", "0"):
        return Codes(FirstCode.VALUE, SecondCode.NOTHING_MORE)
    return None


def _choices(values: Mapping[str, str]) -> Codes | None:
    """Values of closed lists. Recurring payments are not offered: prohibited, not misunderstood."""
    if values.get("Delay", "") not in ("", "0", "1"):
        return Codes(FirstCode.VALUE, SecondCode.DELAY)
    if values.get("Language", "").upper() not in ("", "RU", "EN", "BY", "UK"):
        return Codes(FirstCode.VALUE, SecondCode.LANGUAGE)
    indicator = values.get("RecurringIndicator", "")
    if indicator not in ("", "0"):
        prohibited = FirstCode.PROHIBITED_OPERATION if indicator == "1" else FirstCode.VALUE
        return Codes(prohibited, SecondCode.RECURRING_PAYMENT)
    return None


def _means(values: Mapping[str, str]) -> Codes | None:
    """P 1.3: flags choose among the means; means that are not enabled are passed over; only cards are enabled (A2)."""
    flags = {name: values[name] for name in _MEANS if values.get(name)}
    if not set(flags.values()) <= {"0", "1"}:
        return Codes(FirstCode.FORMAT, SecondCode.PAYMENT_MEANS)
    only_others_chosen = "CardPayment" not in flags and "1" in flags.values()
    if flags.get("CardPayment") == "0" or only_others_chosen:
        return Codes(FirstCode.VALUE, SecondCode.PAYMENT_MEANS)
    return None


def _cheque(values: Mapping[str, str]) -> Codes | None:
    items = values.get("ChequeItems", "")
    if not items:
        return None
    try:
        json.loads(items)
    except (ValueError, RecursionError):
        return Codes(FirstCode.FORMAT, SecondCode.CHEQUE)
    return None


def _signed_options(values: Mapping[str, str]) -> Codes | None:
    """Optional fields of the signed string: their values may hold no separator."""
    patterns = {"Disable3DS": r"[01]?", "Prepayment": r"[0-9.,]{0,16}", "OrderMaxPoints": r"[0-9.,]{0,16}"}
    for name, pattern in patterns.items():
        if not re.fullmatch(pattern, values.get(name, "")):
            return Codes(FirstCode.FORMAT, _SECONDS[name])
    return None


def _signature_v2(values: Mapping[str, str]) -> Codes | None:
    """A7: an empty one counts as absent, as the others do (P 12.5)."""
    text = values.get("SignatureV2", "").strip()
    return None if not text or SIGNATURE_V2.fullmatch(text) else Codes(FirstCode.FORMAT, SecondCode.CHECKVALUE)


_CHECKS: tuple[Callable[[Mapping[str, str]], Codes | None], ...] = (
    _merchant, _order_number, _amount, _currency, _customer, _choices, _means, _cheque, _signed_options,
    _signature_v2,
)  # fmt: skip


def _clean(values: Mapping[str, str]) -> OrderRequest | Codes:
    """Stores the texts, cleaned by P 1.4; what is still wrong or too long refuses the order."""
    parameters: dict[str, str] = {}
    for parameter in STORED:
        value = values.get(parameter.name)
        if not value:
            continue
        cleaned = parameter.removed.sub("", _CONTROL.sub("", value))
        if parameter.removed.search(cleaned):  # what was cut out let the rest come together again
            return Codes(FirstCode.FORMAT, parameter.second)
        if parameter.second is SecondCode.URL:
            cleaned = cleaned.replace("&&", "&")
        # The length comes first: it bounds the work of the pattern.
        if len(cleaned) > parameter.characters_max or (cleaned and not parameter.matches.fullmatch(cleaned)):
            return Codes(FirstCode.FORMAT, parameter.second)
        if parameter.second is SecondCode.URL and cleaned and not is_web_address(cleaned):
            return Codes(FirstCode.FORMAT, parameter.second)
        parameters[parameter.name] = cleaned
    if values.get("ChequeItems"):
        parameters["ChequeItems"] = _CONTROL.sub("", values["ChequeItems"])
    customer = values.get("CustomerNumber", "")
    return OrderRequest(
        merchant_id=int(values["Merchant_ID"]),
        order_number=values["OrderNumber"],
        amount_text=values["OrderAmount"],
        currency=values.get("OrderCurrency") or None,
        customer_number=None if customer in ("", "0") else customer,
        language=values.get("Language", "").upper() or None,
        two_stage=values.get("Delay") == "1",
        raw=values,
        parameters=parameters,
    )
