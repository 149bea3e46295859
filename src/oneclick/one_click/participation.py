"""The customers that take part in One Click: the merchant's terms against an order's CustomerNumber. Pure.

Source: docs/rules.md A1 to A5.
"""

from dataclasses import dataclass
from enum import StrEnum

from oneclick.outcome import Reason, Refused


class Mode(StrEnum):
    """The modes of a taking-part merchant: what it does with cards (A3)."""

    STANDARD = "standard"
    STORED_ONLY = "stored-only"
    STORE_ONLY = "store-only"


@dataclass(frozen=True, kw_only=True)
class OneClickTerms:
    """A merchant's One Click settings. Off unless the operator switched it on (A1).

    ``offer_after_payments``: a card is offered from so many successful payments on; ``cards_max``: so many cards a
    customer may hold (B13).
    """

    enabled: bool
    mode: Mode
    consent_preselected: bool
    guest_orders: bool
    offer_after_payments: int = 1
    cards_max: int = 10


def taking_part(terms: OneClickTerms, customer_number: str | None) -> str | Refused | None:
    """The customer that the order belongs to, or None for a plain payment.

    A merchant that doesn't take part has no customers (A1). A taking-part merchant's order without a CustomerNumber
    is refused, unless guests may pay (A5).
    """
    if not terms.enabled:
        return None
    if customer_number is None and not terms.guest_orders:
        return Refused(Reason.CUSTOMER_REQUIRED)
    return customer_number
