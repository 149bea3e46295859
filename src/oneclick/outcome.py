"""The expected "no", as a value: a rule answers ``Refused`` with the protocol's pair of codes."""

from dataclasses import dataclass
from enum import IntEnum


class First(IntEnum):
    """What is wrong. Source: P 6.5."""

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


class Second(IntEnum):
    """What it is about. Source: P 6.6."""

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
class Refused:
    """A refusal with its protocol codes; ``str`` gives the ``ErrorID`` form ``7.158``.

    The gateway's own rules use the named codes; a number stands for one that was read from an address line.
    """

    first: First | int
    second: Second | int

    def __str__(self) -> str:
        return f"{int(self.first)}.{int(self.second)}"
