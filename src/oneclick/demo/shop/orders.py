"""An order of the shop, and when it counts as paid. Pure."""

from dataclasses import dataclass
from enum import StrEnum

APPROVED = "Approved"


class Status(StrEnum):
    """The states of an order that its reader is told. Values are also CSS classes."""

    PAID = "paid"
    WAITING = "waiting"
    CONFIRMING = "confirming"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELED = "canceled"


# What the gateway says of an order (its `orderstate`) -> what the reader is told. All others: waiting.
_SETTLED = {
    "Declined": Status.DECLINED,
    "Timeout": Status.EXPIRED,
    "Canceled": Status.CANCELED,
    "PartialCanceled": Status.CANCELED,
}


@dataclass(frozen=True)
class Order:
    """An order of one book for one customer, with the two facts that the gateway told about it."""

    number: str
    customer_number: str
    book_id: str
    amount: str
    currency: str
    notified_state: str | None
    asked_state: str | None

    @property
    def status(self) -> Status:
        """The order's status: paid if the gateway told so by itself and says so when asked; either alone won't do."""
        said = {self.asked_state, self.notified_state}
        if said == {APPROVED}:
            return Status.PAID
        waiting = Status.CONFIRMING if APPROVED in said else Status.WAITING
        return _SETTLED.get(self.asked_state or "", waiting)

    @property
    def is_final(self) -> bool:
        """True if asking for the order's state again would bring nothing new."""
        return self.status not in {Status.WAITING, Status.CONFIRMING}

    @property
    def can_be_paid(self) -> bool:
        """True if the order's page may lead to the payment page: not once money may have moved."""
        return self.asked_state in {None, "In Process", "Declined", "Timeout"} and self.notified_state != APPROVED
