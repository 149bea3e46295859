"""The lives of an order and of an operation, as tables (E1).

The database's CHECKs hold the same words, and its statements make these moves and no others.

Source: docs/rules.md E1, E2, E4, E5, E7; P 6.1, 6.2. The diagram in docs/protocol/lives.md is made of these tables.
"""

from enum import StrEnum

from oneclick.life_cycle import Life


class OrderState(StrEnum):
    """States of an order, in the protocol's words (P 6.1)."""

    IN_PROCESS = "In Process"
    APPROVED = "Approved"
    DELAYED = "Delayed"
    PARTIAL_DELAYED = "PartialDelayed"
    CANCELED = "Canceled"
    PARTIAL_CANCELED = "PartialCanceled"
    DECLINED = "Declined"
    TIMEOUT = "Timeout"


class OperationKind(StrEnum):
    """Kinds of operations (P 6.2)."""

    PAYMENT = "payment"
    CHARGE = "charge"
    CANCEL = "cancel"

    @property
    def operation_type(self) -> int:
        """The protocol's ``operationtype``."""
        return {OperationKind.PAYMENT: 100, OperationKind.CHARGE: 200, OperationKind.CANCEL: 300}[self]


class OperationMessage(StrEnum):
    """Which message tells the acquirer of an operation (E4, E5)."""

    PURCHASE = "purchase"
    AUTHORISATION = "authorisation"
    COMPLETION = "completion"
    REVERSAL = "reversal"
    REFUND = "refund"


class OperationState(StrEnum):
    """States of an operation.

    ``unknown`` has lost its answer: it is neither approved nor declined (E7). A payment is then reversed till the
    acquirer confirms; a charge or a cancel is repeated till it answers. ``reversing`` is a payment that is declined for
    all the world, while an approval that the gateway didn't take is reversed: of another kind (E7), or given when the
    card was locked already (B19).
    """

    SENT = "sent"
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    REVERSING = "reversing"


class NotificationState(StrEnum):
    """States of a notification: ``due`` until the merchant has it, refuses it, or is given up (P 4.2)."""

    DUE = "due"
    DELIVERED = "delivered"
    REFUSED = "refused"
    ABANDONED = "abandoned"


ORDER_LIFE = Life[OrderState](
    {
        OrderState.IN_PROCESS: {OrderState.APPROVED, OrderState.DELAYED, OrderState.DECLINED, OrderState.TIMEOUT},
        OrderState.DELAYED: {OrderState.APPROVED, OrderState.PARTIAL_DELAYED, OrderState.CANCELED},
        OrderState.APPROVED: {OrderState.CANCELED, OrderState.PARTIAL_CANCELED},
        OrderState.PARTIAL_DELAYED: {OrderState.CANCELED, OrderState.PARTIAL_CANCELED},
        OrderState.PARTIAL_CANCELED: {OrderState.CANCELED, OrderState.PARTIAL_CANCELED},
        OrderState.CANCELED: set(),
        OrderState.DECLINED: set(),
        OrderState.TIMEOUT: set(),
    }
)

OPERATION_LIFE = Life[OperationState](
    {
        OperationState.SENT: {
            OperationState.APPROVED,
            OperationState.DECLINED,
            OperationState.UNKNOWN,
            OperationState.REVERSING,
        },
        OperationState.UNKNOWN: {OperationState.APPROVED, OperationState.DECLINED},
        OperationState.APPROVED: set(),
        OperationState.DECLINED: set(),
        OperationState.REVERSING: {OperationState.DECLINED},
    }
)

NOTIFICATION_LIFE = Life[NotificationState](
    {
        NotificationState.DUE: {
            NotificationState.DUE,
            NotificationState.DELIVERED,
            NotificationState.REFUSED,
            NotificationState.ABANDONED,
        },
        NotificationState.DELIVERED: set(),
        NotificationState.REFUSED: set(),
        NotificationState.ABANDONED: set(),
    }
)

# An order in one of these states keeps its OrderNumber to itself; after another state, the number may come again (E3).
HOLDS_ITS_NUMBER = (
    OrderState.IN_PROCESS,
    OrderState.APPROVED,
    OrderState.DELAYED,
    OrderState.PARTIAL_DELAYED,
    OrderState.PARTIAL_CANCELED,
)
# What nobody can tell the end of yet: a worker looks after it.
OPEN = (OperationState.SENT, OperationState.UNKNOWN)
# What a worker has to ask the acquirer about again: a lost answer, an approval that must go.
FOR_A_WORKER = (OperationState.UNKNOWN, OperationState.REVERSING)
