"""The expected "no", as a value: a rule answers ``Refused`` with its reason, which each door says in its words."""

from dataclasses import dataclass
from enum import StrEnum, auto


class Reason(StrEnum):
    """Why something is refused: a closed list, in the field's terms. No protocol's number, no text."""

    # of a request, before anybody knows what it asks for
    REQUEST_UNREADABLE = auto()
    REQUEST_TOO_LARGE = auto()
    REQUESTS_TOO_OFTEN = auto()
    PAGE_UNKNOWN = auto()
    INTERNAL_ERROR = auto()
    # of who asks
    MERCHANT_UNKNOWN = auto()
    LOGIN_WRONG = auto()
    SIGNATURE_WRONG = auto()
    SIGNED_POINTS_AMBIGUOUS = auto()
    SIGNED_PREPAYMENT_AMBIGUOUS = auto()
    # of a customer
    CUSTOMER_REQUIRED = auto()
    CUSTOMER_UNKNOWN = auto()
    CUSTOMER_NUMBER_MALFORMED = auto()
    STATUS_NOT_MOVABLE = auto()
    LIMIT_MALFORMED = auto()
    LIMIT_REACHED = auto()
    # of an order
    ORDER_UNKNOWN = auto()
    ORDER_NUMBER_TAKEN = auto()
    ORDER_OVER = auto()
    # of an amount
    AMOUNT_MALFORMED = auto()
    AMOUNT_OUT_OF_BOUNDS = auto()
    AMOUNT_ABOVE_REST = auto()
    CURRENCY_MISMATCH = auto()
    CURRENCY_NOT_PAYABLE = auto()
    # of a card
    CARD_UNAVAILABLE = auto()
    CARD_EXPIRED = auto()
    CARD_NUMBER_MALFORMED = auto()
    EXPIRY_MALFORMED = auto()
    CARDHOLDER_MALFORMED = auto()
    CVC2_MALFORMED = auto()
    # of a charge or a cancel
    NOT_CHARGEABLE = auto()
    NOT_CANCELABLE = auto()
    OPERATION_IN_PROGRESS = auto()
    OPERATIONS_TOO_MANY = auto()
    REFUND_ID_TAKEN = auto()
    ACQUIRER_UNAVAILABLE = auto()


@dataclass(frozen=True)
class Refused:
    """A refusal: our own no, with its reason."""

    reason: Reason
