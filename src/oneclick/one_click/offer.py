"""The offer of the payment page: which stored cards, and whether to remember a new one. Pure.

Source: docs/rules.md A3, B1, B5, B6, B10, B12, B13, C3, C4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from oneclick.card import Brand, Expiry
from oneclick.one_click.eligibility import Payer, cards_too_many, is_offered, may_keep, may_pay_with_stored
from oneclick.one_click.participation import OneClickTerms
from oneclick.one_click.statuses import CardStatus


@dataclass(frozen=True)
class StoredCard:
    """A kept card as it may be shown; ``payments`` counts the successful ones."""

    card_id: UUID
    status: CardStatus
    brand: Brand
    card_mask: str
    expires_on: date
    last_payment_at: datetime
    payments: int

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
    """The cards that the page shows, and the offer to remember one.

    ``cards``: to pay with, the last used first. ``expired``: shown as such, never paid with (B10). ``remember``: the
    offer to keep the card that is typed, ``preselected`` its answer beforehand. ``held``: so many cards the customer
    has, shown or not; ``too_many``: so many of them must go before one with another number can be kept (B13).
    """

    cards: tuple[StoredCard, ...] = ()
    expired: tuple[StoredCard, ...] = ()
    remember: bool = False
    preselected: bool = False
    held: int = 0
    too_many: int = 0

    @property
    def full(self) -> bool:
        """True if no card is kept any more, but one with the number of a kept one, which it updates (B11, B13)."""
        return self.too_many > 0

    def find(self, card_id: str) -> StoredCard | None:
        """The shown card with that id, good or expired."""
        return next((card for card in (*self.cards, *self.expired) if str(card.card_id) == card_id), None)


NO_OFFER = Offer()


def offer_for(terms: OneClickTerms, payer: Payer, cards: Sequence[StoredCard], today: date) -> Offer:
    """The offer to a payer who holds these cards. A guest's is empty: nothing stored, nothing kept.

    A full wallet has none, unless it shows an expired card, which may come again with a new date (B11, B13). "Yes"
    isn't selected beforehand then: to most cards it would promise too much (B1).
    """
    shown = list(cards) if may_pay_with_stored(terms, payer) else []
    shown.sort(key=lambda card: card.last_payment_at, reverse=True)
    good = [card for card in shown if _is_good(card, today)]
    keeps = may_keep(terms, payer)
    expired = tuple(card for card in shown if _has_expired(card, today))
    too_many = cards_too_many(terms.cards_max, len(cards)) if keeps else 0
    return Offer(
        cards=tuple(card for card in good if is_offered(terms, card.status, card.payments)),
        expired=expired,
        remember=keeps and (too_many == 0 or bool(expired)),
        preselected=keeps and too_many == 0 and terms.consent_preselected,
        held=len(cards) if keeps else 0,
        too_many=too_many,
    )


def _is_good(card: StoredCard, today: date) -> bool:
    return card.status is CardStatus.MEMBER and not card.expiry.is_past(today)


def _has_expired(card: StoredCard, today: date) -> bool:
    """By its date: its status follows a little later."""
    return card.status in {CardStatus.MEMBER, CardStatus.EXPIRED} and card.expiry.is_past(today)
