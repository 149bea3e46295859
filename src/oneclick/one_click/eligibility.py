"""The rules on a card: may it pay this order, and may it be kept? Pure; asked before anything is written.

Source: docs/rules.md A3, B2, B3, B10, B13, B14, C3, C4, E2.
"""

from dataclasses import dataclass
from datetime import date, datetime

from oneclick.card import Brand, Cvc2, Expiry
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.one_click.statuses import LEFT_OUT, CardStatus, CustomerStatus
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import OrderState


def refuse_order(state: OrderState, expires_at: datetime, now: datetime) -> Refused | None:
    """Refuses an order that is closed, or whose time is over (E2)."""
    over = state is not OrderState.IN_PROCESS or expires_at <= now
    return Refused(Reason.ORDER_OVER) if over else None


def refuse_card(brand: Brand, expiry: Expiry, cvc2: Cvc2, today: date) -> Refused | None:
    """Refuses an expired card (B10), or a CVC2 of the wrong length for its brand (B14)."""
    if expiry.is_past(today):
        return Refused(Reason.CARD_EXPIRED)
    return Refused(Reason.CVC2_MALFORMED) if cvc2.digits != brand.cvc2_digits else None


@dataclass(frozen=True)
class Payer:
    """The payer of an order: a guest (no number), or a customer, whose status is None before the first payment."""

    customer_number: str | None
    status: CustomerStatus | None

    @property
    def takes_part(self) -> bool:
        """True for a customer that is neither opted out nor blocked (A5, C3, C4)."""
        return self.customer_number is not None and self.status not in LEFT_OUT


def may_pay_with_stored(terms: OneClickTerms, payer: Payer) -> bool:
    """True if stored cards count at all for this payer (A1, A3, C3, C4)."""
    return terms.enabled and payer.takes_part and terms.mode is not Mode.STORE_ONLY


def is_offered(terms: OneClickTerms, status: CardStatus, payments: int) -> bool:
    """True if a stored card may be paid with after so many successful payments (B13, C4). Its date is judged apart."""
    return status in {CardStatus.MEMBER, CardStatus.EXPIRED} and payments >= terms.offer_after_payments


def is_offered_next_time(terms: OneClickTerms) -> bool:
    """True if a card that is kept now is one to pay with at the next order (A3, B13)."""
    return terms.mode is not Mode.STORE_ONLY and terms.offer_after_payments <= 1


def may_keep(terms: OneClickTerms, payer: Payer) -> bool:
    """True if a card may be kept for this payer (A1, A3, A5, C3, C4)."""
    return terms.enabled and payer.takes_part and terms.mode is not Mode.STORED_ONLY


def cards_too_many(cards_max: int, cards_held: int) -> int:
    """The number of cards that must go before a customer may hold another one; 0 where there is room (B13).

    Decided here alone: for the page's offer, and for the vault when it keeps a card.
    """
    return max(0, cards_held + 1 - cards_max)
