"""The protocol's pairs of codes: what a refusal is called by shops, and the one table from our reasons to them. Pure.

What is wrong with a request's form is said in ``Codes`` at once, by the code that reads it. Source: P 6.5, 6.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from oneclick.outcome import Reason


class FirstCode(IntEnum):
    """The first code: what is wrong. Source: P 6.5."""

    SUCCESS = 0
    ERROR = 1
    INTERNAL = 2
    MANDATORY_MISSING = 3
    FORMAT = 4
    VALUE = 5
    AUTHENTICATION = 7
    ABSENT = 10
    DUPLICATE = 11
    LOCKED = 12
    PROHIBITED_OBJECT = 14
    PROHIBITED_OPERATION = 15
    TIMED_OUT = 16
    LIMITS = 17


class SecondCode(IntEnum):
    """The second code: what it is about. Source: P 6.6."""

    NOTHING_MORE = 0
    DOCUMENT_TOO_LARGE = 2
    REQUEST_RATE = 3
    MERCHANT_ID = 100
    FORMAT = 103
    CURRENCY = 105
    CARD_NUMBER = 106
    ORDERNUMBER = 107
    AMOUNT = 108
    DELAY = 109
    COMMENT = 110
    CARDHOLDER = 114
    CVC2 = 115
    CLIENTIP = 116
    LASTNAME = 117
    FIRSTNAME = 118
    MIDDLENAME = 119
    EMAIL = 120
    ADDRESS = 121
    PHONE = 122
    CITY = 123
    STATE = 124
    ZIP = 125
    LANGUAGE = 127
    COUNTRY = 128
    LOGIN_OR_PASSWORD = 141
    EXPIRY = 142
    URL = 154
    CHECKVALUE = 158
    PAYMENTMODE = 177
    CHEQUE = 179
    MERCHANT = 200
    ORDER = 201
    CUSTOMER = 202
    CARD = 203
    PROCESSING = 205
    LIMIT = 211
    TESTMODE = 212
    OPERATION = 216
    PAYMENT_MEANS = 218
    CHARGE = 307
    CANCEL = 308
    RECURRING_PAYMENT = 320


@dataclass(frozen=True)
class Codes:
    """The pair of codes that says a refusal; ``str`` gives the ``ErrorID`` form ``7.158``.

    The gateway's own refusals use the named codes; another number is one that was read from an address line.
    """

    first: int
    second: int

    def __str__(self) -> str:
        return f"{self.first:d}.{self.second:d}"


# How each reason is said.
CODES: Mapping[Reason, Codes] = {
    Reason.REQUEST_UNREADABLE: Codes(FirstCode.FORMAT, SecondCode.NOTHING_MORE),
    Reason.REQUEST_TOO_LARGE: Codes(FirstCode.FORMAT, SecondCode.DOCUMENT_TOO_LARGE),
    Reason.REQUESTS_TOO_OFTEN: Codes(FirstCode.LIMITS, SecondCode.REQUEST_RATE),
    Reason.PAGE_UNKNOWN: Codes(FirstCode.ABSENT, SecondCode.NOTHING_MORE),
    Reason.INTERNAL_ERROR: Codes(FirstCode.INTERNAL, SecondCode.NOTHING_MORE),
    Reason.MERCHANT_UNKNOWN: Codes(FirstCode.ABSENT, SecondCode.MERCHANT),
    Reason.LOGIN_WRONG: Codes(FirstCode.AUTHENTICATION, SecondCode.LOGIN_OR_PASSWORD),
    Reason.SIGNATURE_WRONG: Codes(FirstCode.AUTHENTICATION, SecondCode.CHECKVALUE),
    Reason.SIGNED_POINTS_AMBIGUOUS: Codes(FirstCode.VALUE, SecondCode.NOTHING_MORE),
    Reason.SIGNED_PREPAYMENT_AMBIGUOUS: Codes(FirstCode.VALUE, SecondCode.AMOUNT),
    Reason.CUSTOMER_REQUIRED: Codes(FirstCode.MANDATORY_MISSING, SecondCode.CUSTOMER),
    Reason.CUSTOMER_UNKNOWN: Codes(FirstCode.ABSENT, SecondCode.CUSTOMER),
    Reason.CUSTOMER_NUMBER_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.CUSTOMER),
    Reason.STATUS_NOT_MOVABLE: Codes(FirstCode.PROHIBITED_OPERATION, SecondCode.CUSTOMER),
    Reason.LIMIT_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.AMOUNT),
    Reason.LIMIT_REACHED: Codes(FirstCode.LIMITS, SecondCode.LIMIT),
    Reason.ORDER_UNKNOWN: Codes(FirstCode.ABSENT, SecondCode.ORDER),
    Reason.ORDER_NUMBER_TAKEN: Codes(FirstCode.DUPLICATE, SecondCode.ORDER),
    Reason.ORDER_OVER: Codes(FirstCode.TIMED_OUT, SecondCode.ORDER),
    Reason.AMOUNT_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.AMOUNT),
    Reason.AMOUNT_OUT_OF_BOUNDS: Codes(FirstCode.VALUE, SecondCode.AMOUNT),
    Reason.AMOUNT_ABOVE_REST: Codes(FirstCode.VALUE, SecondCode.AMOUNT),
    Reason.CURRENCY_MISMATCH: Codes(FirstCode.VALUE, SecondCode.CURRENCY),
    Reason.CURRENCY_NOT_PAYABLE: Codes(FirstCode.VALUE, SecondCode.CURRENCY),
    Reason.CARD_UNAVAILABLE: Codes(FirstCode.ABSENT, SecondCode.CARD),
    Reason.CARD_EXPIRED: Codes(FirstCode.VALUE, SecondCode.EXPIRY),
    Reason.CARD_NUMBER_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.CARD_NUMBER),
    Reason.EXPIRY_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.EXPIRY),
    Reason.CARDHOLDER_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.CARDHOLDER),
    Reason.CVC2_MALFORMED: Codes(FirstCode.FORMAT, SecondCode.CVC2),
    Reason.NOT_CHARGEABLE: Codes(FirstCode.PROHIBITED_OPERATION, SecondCode.CHARGE),
    Reason.NOT_CANCELABLE: Codes(FirstCode.PROHIBITED_OPERATION, SecondCode.CANCEL),
    Reason.OPERATION_IN_PROGRESS: Codes(FirstCode.LOCKED, SecondCode.ORDER),
    Reason.OPERATIONS_TOO_MANY: Codes(FirstCode.PROHIBITED_OPERATION, SecondCode.OPERATION),
    Reason.REFUND_ID_TAKEN: Codes(FirstCode.DUPLICATE, SecondCode.OPERATION),
    Reason.ACQUIRER_UNAVAILABLE: Codes(FirstCode.INTERNAL, SecondCode.PROCESSING),
}
