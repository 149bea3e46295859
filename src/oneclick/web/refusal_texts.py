"""What a refused order says on its page: to the payer in plain words, to the shop in the protocol's.

Composed of a text for the first code and a name for the second. Sources: P 6.5, P 6.6, P 12.8.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from oneclick.languages import Language, marked, translated
from oneclick.outcome import First, Second


class Refusing(Enum):
    """What is refused: a shop's order, a payer's form, or the address of a payer's page."""

    ORDER = auto()
    FORM = auto()
    LINK = auto()


@dataclass(frozen=True, kw_only=True)
class RefusalTexts:
    """The texts of a refusal; ``for_shop`` is meant for the people who connect the shop."""

    title: str
    explanation: str
    advice: str
    for_shop: str


@dataclass(frozen=True, kw_only=True)
class RefusalPage:
    """Why an order can't be paid here: ``code`` as ``7.158``; ``order_url`` leads back to it."""

    template: ClassVar[str] = "refusal.html"

    language: Language
    code: str
    title: str
    explanation: str
    advice: str
    for_shop: str
    other_language_url: str | None
    order_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What a first code means: to the payer (title, explanation, advice) and to the shop (error)."""

    title: str
    explanation: str
    error: str
    advice: str = marked("Return to the shop and tell it the code %(code)s.")


_MALFORMED = {
    "title": marked("The shop sent an order with an error"),
    "explanation": marked("This order can't be paid as it is. Nothing was charged."),
}
_NOT_ALLOWED = {
    "title": marked("This payment isn't available"),
    "explanation": marked("The shop can't take this payment. Nothing was charged."),
}
_GENERAL = _Kind(
    title=marked("The payment page can't be opened"),
    explanation=marked("Something is wrong with this order."),
    error=marked("The request can't be served"),
)
_NO_PAGE = _Kind(
    title=marked("There is nothing at this address"),
    explanation=marked("The link may be incomplete or out of date."),
    error=marked("There is no such page, or no such method"),
)
_BROKEN_LINK = _Kind(
    title=marked("The payment page can't be opened"),
    explanation=marked("The link may be incomplete or out of date."),
    error=marked("A parameter has a wrong format"),
)
_BROKEN_FORM = _Kind(
    title=marked("The form arrived damaged"),
    explanation=marked("Nothing was charged."),
    advice=marked(
        "Go back to the payment and fill the form in again. If that doesn't help, tell the shop the code %(code)s."
    ),
    error=marked("A parameter has a wrong format"),
)
_OUR_FAULT = _Kind(
    title=marked("Something went wrong"),
    explanation=marked("The fault is ours, not yours."),
    advice=marked(
        "Before you pay again, see how the order stands. If that doesn't help, tell the shop the code %(code)s."
    ),
    error=marked("The request can't be served"),
)
_TOO_OFTEN = _Kind(
    title=marked("Too many requests at once"),
    explanation=marked("Your device or network has opened payment pages too often. Nothing was charged."),
    advice=marked("Wait a minute and try again. If that doesn't help, tell the shop the code %(code)s."),
    error=marked("A limit is exceeded"),
)
_OVER_LIMIT = _Kind(
    title=marked("The payment limit is reached"),
    explanation=marked("You have reached your payment limit at this shop. Nothing was charged."),
    advice=marked("Pay later, or ask the shop about the limit and tell it the code %(code)s."),
    error=marked("A limit is exceeded"),
)
_KINDS: dict[int, _Kind] = {
    First.MANDATORY_MISSING: _Kind(**_MALFORMED, error=marked("A mandatory parameter is missing")),
    First.FORMAT: _Kind(**_MALFORMED, error=marked("A parameter has a wrong format")),
    First.VALUE: _Kind(**_MALFORMED, error=marked("A parameter has a wrong value")),
    First.AUTHENTICATION: _Kind(
        title=marked("We can't be sure that the shop sent this order"),
        explanation=marked("Orders like this aren't paid, so that nobody can change the amount. Nothing was charged."),
        error=marked("The signature or the password is wrong"),
    ),
    First.ABSENT: _Kind(
        title=marked("We can't find this order"),
        explanation=marked("The link may be incomplete or out of date."),
        error=marked("There is no such object"),
    ),
    First.DUPLICATE: _Kind(
        title=marked("We have had this order before"),
        explanation=marked("The shop has already used this order number. It may be paid already."),
        advice=marked("Don't pay again: look at the order in the shop first, and tell the shop the code %(code)s."),
        error=marked("There is such an object already"),
    ),
    First.PROHIBITED_OBJECT: _Kind(**_NOT_ALLOWED, error=marked("The object is prohibited")),
    First.PROHIBITED_OPERATION: _Kind(**_NOT_ALLOWED, error=marked("The operation is prohibited")),
    First.TIMED_OUT: _Kind(
        title=marked("The time to pay has run out"),
        explanation=marked("This order can't be paid any more. Nothing was charged."),
        advice=marked("Return to the shop and place the order again."),
        error=marked("The operation has timed out"),
    ),
    First.LIMITS: _OVER_LIMIT,
    First.INTERNAL: _OUR_FAULT,
}
# Pairs that say something else than their first code.
_PAIRS: dict[tuple[int, int], _Kind] = {
    (First.ABSENT, Second.NOTHING_MORE): _NO_PAGE,
    (First.LIMITS, Second.REQUEST_RATE): _TOO_OFTEN,
}

# A parameter goes by its protocol name in every language, an object by a word.
_PARAMETERS: dict[int, str] = {
    Second.MERCHANT_ID: "Merchant_ID",
    Second.FORMAT: "Format",
    Second.CURRENCY: "OrderCurrency",
    Second.CARD_NUMBER: "CardNumber",
    Second.ORDERNUMBER: "OrderNumber",
    Second.AMOUNT: "OrderAmount",
    Second.DELAY: "Delay",
    Second.COMMENT: "OrderComment",
    Second.CARDHOLDER: "Cardholder",
    Second.CVC2: "CVC2",
    Second.CLIENTIP: "ClientIP",
    Second.LASTNAME: "Lastname",
    Second.FIRSTNAME: "Firstname",
    Second.MIDDLENAME: "Middlename",
    Second.EMAIL: "Email",
    Second.ADDRESS: "Address",
    Second.PHONE: "HomePhone, WorkPhone, MobilePhone",
    Second.CITY: "City",
    Second.STATE: "State",
    Second.ZIP: "Zip",
    Second.LANGUAGE: "Language",
    Second.COUNTRY: "Country",
    Second.LOGIN_OR_PASSWORD: "Login, Password",
    Second.EXPIRY: "ExpireMonth, ExpireYear",
    Second.URL: "URL_RETURN, URL_RETURN_OK, URL_RETURN_NO",
    Second.CHECKVALUE: "Checkvalue, Signature",
    Second.PAYMENTMODE: "PaymentMode",
    Second.CHEQUE: "Cheque",
    Second.TESTMODE: "TestMode",
}
_OBJECTS: dict[int, str] = {
    Second.DOCUMENT_TOO_LARGE: marked("the request is too large"),
    Second.REQUEST_RATE: marked("too many requests from this address"),
    Second.MERCHANT: marked("merchant"),
    Second.ORDER: marked("order"),
    Second.CUSTOMER: marked("customer (CustomerNumber)"),
    Second.CARD: marked("card"),
    Second.LIMIT: marked("turnover of a customer"),
    Second.PAYMENT_MEANS: marked("payment means"),
    Second.PROCESSING: marked("acquirer"),
    Second.OPERATION: marked("operation"),
    Second.CHARGE: marked("charge"),
    Second.CANCEL: marked("cancel"),
    Second.RECURRING_PAYMENT: marked("recurring payment"),
}


def _about(second: int, language: Language) -> str:
    """What a second code names, or nothing if the code isn't in the tables."""
    if second in _OBJECTS:
        return translated(_OBJECTS[second], language)
    return _PARAMETERS.get(second, "")


def refusal_texts(first: int, second: int, language: Language, refusing: Refusing = Refusing.ORDER) -> RefusalTexts:
    """The texts of a pair of codes; a pair that isn't in the tables gets a general text."""
    kind = _PAIRS.get((first, second)) or _KINDS.get(first, _GENERAL)
    if refusing is not Refusing.ORDER:
        kind = _BROKEN_FORM if refusing is Refusing.FORM else _BROKEN_LINK
    error, about = translated(kind.error, language), _about(second, language)
    return RefusalTexts(
        title=translated(kind.title, language),
        explanation=translated(kind.explanation, language),
        advice=translated(kind.advice, language) % {"code": f"{int(first)}.{int(second)}"},
        for_shop=f"{error}: {about}." if about else f"{error}.",
    )
