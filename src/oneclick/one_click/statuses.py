"""The statuses of customers and of stored cards, as tables: which moves there are, and who may make them. Pure.

Source: docs/rules.md C1, C2, C3, C4; P 3.8. The database's CHECKs hold the same words.
"""

from enum import StrEnum

from oneclick.life_cycle import Life, Move


class Actor(StrEnum):
    """The one who moves a status. ``system`` is what follows from a payment, a deletion or a date."""

    SYSTEM = "system"
    PAYER = "payer"
    MERCHANT = "merchant"
    OPERATOR = "operator"


class CustomerStatus(StrEnum):
    """Statuses of a customer (C1), in the protocol's words."""

    NEW = "New"
    MEMBER = "Member"
    NOT_ACTIVE = "Not active"
    DENY = "Deny"
    SUSPICIOUS = "Suspicious"
    FRAUD = "Fraud"


class CardStatus(StrEnum):
    """Statuses of a stored card (C2)."""

    MEMBER = "Member"
    EXPIRED = "Expired"
    FRAUD = "Fraud"
    DELETED = "Deleted"


_SYSTEM = frozenset({Actor.SYSTEM})
_BY_HAND = frozenset({Actor.MERCHANT, Actor.OPERATOR})
_OPERATOR = frozenset({Actor.OPERATOR})
_WHOEVER_ASKS = frozenset({Actor.PAYER, Actor.MERCHANT, Actor.OPERATOR})

# A stolen card doesn't move a customer out of Deny: lifting the one would end the other.
CUSTOMER_LIFE = Life[CustomerStatus](
    {
        CustomerStatus.NEW: {
            CustomerStatus.MEMBER: _SYSTEM,
            CustomerStatus.DENY: _BY_HAND,
            CustomerStatus.SUSPICIOUS: _SYSTEM,
            CustomerStatus.FRAUD: _SYSTEM,
        },
        CustomerStatus.MEMBER: {
            CustomerStatus.NEW: _SYSTEM,
            CustomerStatus.NOT_ACTIVE: _SYSTEM,
            CustomerStatus.DENY: _BY_HAND,
            CustomerStatus.SUSPICIOUS: _SYSTEM,
            CustomerStatus.FRAUD: _SYSTEM,
        },
        CustomerStatus.NOT_ACTIVE: {
            CustomerStatus.NEW: _SYSTEM,
            CustomerStatus.MEMBER: _SYSTEM,
            CustomerStatus.DENY: _BY_HAND,
            CustomerStatus.SUSPICIOUS: _SYSTEM,
            CustomerStatus.FRAUD: _SYSTEM,
        },
        CustomerStatus.DENY: {CustomerStatus.NEW: _BY_HAND},
        CustomerStatus.SUSPICIOUS: {
            CustomerStatus.NEW: _BY_HAND,
            CustomerStatus.MEMBER: _BY_HAND,
            CustomerStatus.NOT_ACTIVE: _BY_HAND,
            CustomerStatus.DENY: _BY_HAND,
            CustomerStatus.FRAUD: _SYSTEM,
        },
        CustomerStatus.FRAUD: {
            CustomerStatus.NEW: _OPERATOR,
            CustomerStatus.MEMBER: _OPERATOR,
            CustomerStatus.NOT_ACTIVE: _OPERATOR,
            CustomerStatus.DENY: _BY_HAND,
        },
    }
)

# A stolen card stays stolen, whatever becomes of its customer. A re-issued card makes an expired one good again (B11).
CARD_LIFE = Life[CardStatus](
    {
        CardStatus.MEMBER: {
            CardStatus.EXPIRED: _SYSTEM,
            CardStatus.FRAUD: _SYSTEM,
            CardStatus.DELETED: _WHOEVER_ASKS,
        },
        CardStatus.EXPIRED: {
            CardStatus.MEMBER: _SYSTEM,
            CardStatus.FRAUD: _SYSTEM,
            CardStatus.DELETED: _WHOEVER_ASKS,
        },
        CardStatus.FRAUD: {CardStatus.DELETED: _WHOEVER_ASKS},
        CardStatus.DELETED: {},
    }
)

# Statuses that follow from the cards; the others stay till somebody, or something, moves them.
FOLLOW_CARDS = frozenset({CustomerStatus.NEW, CustomerStatus.MEMBER, CustomerStatus.NOT_ACTIVE})
# A customer in one of these is offered nothing, pays with no stored card, and keeps none (C3, C4).
LEFT_OUT = frozenset({CustomerStatus.DENY, CustomerStatus.FRAUD})


def status_by_cards(cards: list[CardStatus]) -> CustomerStatus:
    """The customer status that the cards alone make (C1)."""
    if CardStatus.MEMBER in cards:
        return CustomerStatus.MEMBER
    held = {CardStatus.EXPIRED, CardStatus.FRAUD} & set(cards)
    return CustomerStatus.NOT_ACTIVE if held else CustomerStatus.NEW


def move_by_cards(status: CustomerStatus, cards: list[CardStatus]) -> Move[CustomerStatus] | None:
    """The move of a customer after something became of the cards; None where the status stays (C1).

    A status that was set for another reason stays.
    """
    to = status_by_cards(cards) if status in FOLLOW_CARDS else status
    return None if to is status else CUSTOMER_LIFE.move(status, to, Actor.SYSTEM)
