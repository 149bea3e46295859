"""What the payment page offers: which stored cards, and whether to remember a new one. Pure.

Source: docs/rules.md A3, B1, B5, B6, B10.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from oneclick.card import Brand, Expiry
from oneclick.one_click.eligibility import may_keep, may_pay_with_stored
from oneclick.one_click.participation import OneClickTerms


@dataclass(frozen=True)
class StoredCard:
    """A kept card as it may be shown."""

    card_id: UUID
    brand: Brand
    card_mask: str
    expires_on: date
    last_payment_at: datetime

    @property
    def last4(self) -> str:
        """The four digits that a payer sees (B9)."""
        return self.card_mask[-4:]

    @property
    def expiry(self) -> Expiry:
        """The month through whose end the card is good."""
        return Expiry.of(self.expires_on)


@dataclass(frozen=True)
class Offer:
    """What the page shows: cards to pay with, the last used first, and the state of "remember this card"."""

    cards: tuple[StoredCard, ...]
    remember: bool
    preselected: bool


def offer_for(terms: OneClickTerms, customer_number: str | None, cards: Sequence[StoredCard], today: date) -> Offer:
    """The offer to a customer, or to a guest (None): nothing stored, nothing kept."""
    usable = [card for card in cards if not card.expiry.is_past(today)]
    usable.sort(key=lambda card: card.last_payment_at, reverse=True)
    remember = may_keep(terms, customer_number)
    return Offer(
        cards=tuple(usable) if may_pay_with_stored(terms, customer_number) else (),
        remember=remember,
        preselected=remember and terms.consent_preselected,
    )
