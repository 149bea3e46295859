"""Texts of a refused order's page: to the payer in plain words, to the shop in the protocol's. Pure.

Composed of a text for the first code and a name for the second. Sources: P 6.5, P 6.6, P 12.8.
"""

from dataclasses import dataclass
from enum import Enum, auto

from oneclick.assist.codes import Codes, FirstCode, SecondCode
from oneclick.languages import Language, marked, translated


class Refusing(Enum):
    """The refused thing: a shop's order, a payer's form, or the address of a payer's page."""

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
    FirstCode.MANDATORY_MISSING: _Kind(**_MALFORMED, error=marked("A mandatory parameter is missing")),
    FirstCode.FORMAT: _Kind(**_MALFORMED, error=marked("A parameter has a wrong format")),
    FirstCode.VALUE: _Kind(**_MALFORMED, error=marked("A parameter has a wrong value")),
    FirstCode.AUTHENTICATION: _Kind(
        title=marked("We can't be sure that the shop sent this order"),
        explanation=marked("Orders like this aren't paid, so that nobody can change the amount. Nothing was charged."),
        error=marked("The signature or the password is wrong"),
    ),
    FirstCode.ABSENT: _Kind(
        title=marked("We can't find this order"),
        explanation=marked("The link may be incomplete or out of date."),
        error=marked("There is no such object"),
    ),
    FirstCode.DUPLICATE: _Kind(
        title=marked("We have had this order before"),
        explanation=marked("The shop has already used this order number. It may be paid already."),
        advice=marked("Don't pay again: look at the order in the shop first, and tell the shop the code %(code)s."),
        error=marked("There is such an object already"),
    ),
    FirstCode.LOCKED: _Kind(
        title=marked("This order is busy"),
        explanation=marked("Another operation on it hasn't ended yet."),
        error=marked("The object is locked"),
    ),
    FirstCode.PROHIBITED_OBJECT: _Kind(**_NOT_ALLOWED, error=marked("The object is prohibited")),
    FirstCode.PROHIBITED_OPERATION: _Kind(**_NOT_ALLOWED, error=marked("The operation is prohibited")),
    FirstCode.TIMED_OUT: _Kind(
        title=marked("The time to pay has run out"),
        explanation=marked("This order can't be paid any more. Nothing was charged."),
        advice=marked("Return to the shop and place the order again."),
        error=marked("The operation has timed out"),
    ),
    FirstCode.LIMITS: _OVER_LIMIT,
    FirstCode.INTERNAL: _OUR_FAULT,
}
# Pairs that say something else than their first code.
_PAIRS: dict[Codes, _Kind] = {
    Codes(FirstCode.ABSENT, SecondCode.NOTHING_MORE): _NO_PAGE,
    Codes(FirstCode.LIMITS, SecondCode.REQUEST_RATE): _TOO_OFTEN,
}

# A parameter goes by its protocol name in every language, an object by a word.
_PARAMETERS: dict[int, str] = {
    SecondCode.MERCHANT_ID: "Merchant_ID",
    SecondCode.FORMAT: "Format",
    SecondCode.CURRENCY: "OrderCurrency",
    SecondCode.CARD_NUMBER: "CardNumber",
    SecondCode.ORDERNUMBER: "OrderNumber",
    SecondCode.AMOUNT: "OrderAmount",
    SecondCode.DELAY: "Delay",
    SecondCode.COMMENT: "OrderComment",
    SecondCode.CARDHOLDER: "Cardholder",
    SecondCode.CVC2: "CVC2",
    SecondCode.CLIENTIP: "ClientIP",
    SecondCode.LASTNAME: "Lastname",
    SecondCode.FIRSTNAME: "Firstname",
    SecondCode.MIDDLENAME: "Middlename",
    SecondCode.EMAIL: "Email",
    SecondCode.ADDRESS: "Address",
    SecondCode.PHONE: "HomePhone, WorkPhone, MobilePhone",
    SecondCode.CITY: "City",
    SecondCode.STATE: "State",
    SecondCode.ZIP: "Zip",
    SecondCode.LANGUAGE: "Language",
    SecondCode.COUNTRY: "Country",
    SecondCode.LOGIN_OR_PASSWORD: "Login, Password",
    SecondCode.EXPIRY: "ExpireMonth, ExpireYear",
    SecondCode.URL: "URL_RETURN, URL_RETURN_OK, URL_RETURN_NO",
    SecondCode.CHECKVALUE: "Checkvalue, Signature",
    SecondCode.PAYMENTMODE: "PaymentMode",
    SecondCode.CHEQUE: "Cheque",
    SecondCode.TESTMODE: "TestMode",
}
_OBJECTS: dict[int, str] = {
    SecondCode.DOCUMENT_TOO_LARGE: marked("the request is too large"),
    SecondCode.REQUEST_RATE: marked("too many requests from this address"),
    SecondCode.MERCHANT: marked("merchant"),
    SecondCode.ORDER: marked("order"),
    SecondCode.CUSTOMER: marked("customer (CustomerNumber)"),
    SecondCode.CARD: marked("card"),
    SecondCode.LIMIT: marked("turnover of a customer"),
    SecondCode.PAYMENT_MEANS: marked("payment means"),
    SecondCode.PROCESSING: marked("acquirer"),
    SecondCode.OPERATION: marked("operation"),
    SecondCode.CHARGE: marked("charge"),
    SecondCode.CANCEL: marked("cancel"),
    SecondCode.RECURRING_PAYMENT: marked("recurring payment"),
}


def _about(second: int, language: Language) -> str:
    """What a second code names, or nothing if the code isn't in the tables."""
    if second in _OBJECTS:
        return translated(_OBJECTS[second], language)
    return _PARAMETERS.get(second, "")


def refusal_texts(codes: Codes, language: Language, refusing: Refusing = Refusing.ORDER) -> RefusalTexts:
    """The texts of a pair of codes; a pair that isn't in the tables gets a general text."""
    kind = _PAIRS.get(codes) or _KINDS.get(codes.first, _GENERAL)
    if refusing is not Refusing.ORDER:
        kind = _BROKEN_FORM if refusing is Refusing.FORM else _BROKEN_LINK
    error, about = translated(kind.error, language), _about(codes.second, language)
    return RefusalTexts(
        title=translated(kind.title, language),
        explanation=translated(kind.explanation, language),
        advice=translated(kind.advice, language) % {"code": str(codes)},
        for_shop=f"{error}: {about}." if about else f"{error}.",
    )
