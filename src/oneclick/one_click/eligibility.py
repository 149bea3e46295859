"""May this card pay this order, and may it be kept? Pure; asked before anything is written.

Source: docs/rules.md A3, B2, B3, B10, B14, E2.
"""

from datetime import date, datetime

from oneclick.card import Brand, Cvc2, Expiry
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.outcome import First, Refused, Second
from oneclick.payments.life import OrderState

NO_CARD = Refused(First.ABSENT, Second.CARD)
CARD_EXPIRED = Refused(First.VALUE, Second.EXPIRY)
WRONG_CVC2 = Refused(First.FORMAT, Second.CVC2)
ORDER_OVER = Refused(First.TIMED_OUT, Second.ORDER)


def refuse_order(state: OrderState, expires_at: datetime, now: datetime) -> Refused | None:
    """Refuses an order that is closed, or whose time is over (E2)."""
    return ORDER_OVER if state is not OrderState.IN_PROCESS or expires_at <= now else None


def refuse_card(brand: Brand, expiry: Expiry, cvc2: Cvc2, today: date) -> Refused | None:
    """Refuses an expired card (B10), or a CVC2 of the wrong length for its brand (B14)."""
    if expiry.is_past(today):
        return CARD_EXPIRED
    return WRONG_CVC2 if cvc2.digits != brand.cvc2_digits else None


def may_pay_with_stored(terms: OneClickTerms, customer_number: str | None) -> bool:
    """Whether stored cards count at all for this customer (A1, A3)."""
    return terms.enabled and customer_number is not None and terms.mode is not Mode.STORE_ONLY


def may_keep(terms: OneClickTerms, customer_number: str | None) -> bool:
    """Whether a card may be kept for this customer (A1, A3, A5)."""
    return terms.enabled and customer_number is not None and terms.mode is not Mode.STORED_ONLY
