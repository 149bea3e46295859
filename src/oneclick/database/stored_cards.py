"""Stored cards as far as they may be shown, and what their payers agreed to. The secrets are the vault's."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from oneclick.card import Brand
from oneclick.database.moves import pairs, word, words
from oneclick.database.pool import Connection
from oneclick.database.rows import rows_of
from oneclick.errors import MoveError
from oneclick.ids import CustomerId, OrderId
from oneclick.life_cycle import Move
from oneclick.one_click.consent import Consent
from oneclick.one_click.offer import StoredCard
from oneclick.one_click.statuses import CARD_LIFE, Actor, CardStatus

# A card's life beside being kept: its date passes, it comes re-issued, it is reported stolen, it is deleted.
EXPIRED = CARD_LIFE.move(CardStatus.MEMBER, CardStatus.EXPIRED, Actor.SYSTEM)
REISSUED = CARD_LIFE.move(CardStatus.EXPIRED, CardStatus.MEMBER, Actor.SYSTEM)
BLOCKS = CARD_LIFE.moves((CardStatus.MEMBER, CardStatus.EXPIRED), (CardStatus.FRAUD,), (Actor.SYSTEM,))
DELETIONS = CARD_LIFE.moves(
    (CardStatus.MEMBER, CardStatus.EXPIRED, CardStatus.FRAUD),
    (CardStatus.DELETED,),
    (Actor.PAYER, Actor.MERCHANT, Actor.OPERATOR),
)

# The cards that a customer holds, the last used first; deleted ones only when asked for. No lock.
LIST_CARDS = f"""
SELECT card_id, status, brand, card_mask, expires_on, last_payment_at, payments
FROM stored_card WHERE customer_base_id = %s AND customer_number = %s AND status <> {word(CardStatus.DELETED)}
ORDER BY last_payment_at DESC LIMIT 100
"""

# A customer's cards that were deleted since a moment. No lock.
DELETED_SINCE = f"""
SELECT card_id FROM stored_card
WHERE customer_base_id = %s AND customer_number = %s AND status = {word(CardStatus.DELETED)} AND deleted_at >= %s
"""

# A kept card, new or the same again with its new expiry (docs/rules.md B11).
KEEP_CARD = f"""
INSERT INTO stored_card (customer_base_id, card_id, customer_number, status, brand, card_mask, expires_on, kept_at,
    last_payment_at, payments, network_transaction_id)
VALUES (%(base)s, %(card_id)s, %(number)s, {word(CardStatus.MEMBER)}, %(brand)s, %(mask)s, %(expires_on)s,
    %(at)s, %(at)s, 1, %(network_transaction_id)s)
ON CONFLICT (customer_base_id, card_id) DO UPDATE SET
    status = CASE stored_card.status WHEN {word(REISSUED.origin)} THEN {word(REISSUED.to)}
        ELSE stored_card.status END,
    expires_on = excluded.expires_on, last_payment_at = excluded.last_payment_at,
    payments = stored_card.payments + 1,
    network_transaction_id = coalesce(excluded.network_transaction_id, stored_card.network_transaction_id)
"""

# A stored card was paid with: it becomes the one that is offered first.
USED_CARD = """
UPDATE stored_card SET last_payment_at = %(at)s, payments = payments + 1
WHERE customer_base_id = %(base)s AND card_id = %(card_id)s
"""

# A card's end: mask and dates stay, and who ended it. The card schemes' id of its first payment goes (C5).
DELETE_CARD = f"""
UPDATE stored_card SET status = %(to)s, deleted_at = %(at)s, deleted_by = %(actor)s, network_transaction_id = NULL
WHERE customer_base_id = %(base)s AND card_id = %(card_id)s AND status = %(origin)s
AND (status, %(to)s, %(actor)s) IN {pairs(DELETIONS)}
"""

# A consent taken back (docs/rules.md C6).
WITHDRAWAL = """
INSERT INTO withdrawal (customer_base_id, card_id, customer_number, withdrawn_by, withdrawn_at, billnumber, text,
    language)
VALUES (%(base)s, %(card_id)s, %(number)s, %(actor)s, %(at)s, %(billnumber)s, %(text)s, %(language)s)
"""

# Cards of a number that was reported stolen (docs/rules.md C4).
BLOCK_CARDS = f"""
UPDATE stored_card SET status = {word(CardStatus.FRAUD)}
WHERE customer_base_id = %(base)s AND card_id = ANY(%(card_ids)s)
AND status IN {words(move.origin for move in BLOCKS)}
"""

# A customer's cards past their last day.
AGE_CARDS = f"""
UPDATE stored_card SET status = {word(EXPIRED.to)}
WHERE customer_base_id = %(base)s AND customer_number = %(number)s AND status = {word(EXPIRED.origin)}
AND expires_on < %(today)s
"""

# A customer's cards, deleted ones too, the last used first. No lock.
CARD_HISTORY = """
SELECT card_id, status, brand, card_mask, expires_on, kept_at, last_payment_at, payments, deleted_at, deleted_by
FROM stored_card WHERE customer_base_id = %s AND customer_number = %s ORDER BY last_payment_at DESC LIMIT 200
"""

# The consent under which a card was kept (docs/rules.md C6).
CONSENT = """
INSERT INTO consent (customer_base_id, billnumber, customer_number, card_id, text, language, preselected, given_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, kw_only=True)
class KeptCard:
    """A kept card as far as it is shown."""

    card_id: UUID
    brand: Brand
    card_mask: str
    expires_on: date
    network_transaction_id: str | None


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """A consent with its customer and card (C6)."""

    customer_number: str
    card_id: UUID
    consent: Consent


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A consent taken back: by whom and when; by a payer also on which order, in answer to which question (C6)."""

    actor: Actor
    at: datetime
    billnumber: int | None = None
    text: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """All that may be told of a card, its end included (C5)."""

    card_id: UUID
    status: CardStatus
    brand: Brand
    card_mask: str
    expires_on: date
    kept_at: datetime
    last_payment_at: datetime
    payments: int
    deleted_at: datetime | None
    deleted_by: Actor | None


async def list_cards(connection: Connection, customer: CustomerId) -> list[StoredCard]:
    """The cards that the customer holds, the last used first; at most 100."""
    cursor = await connection.execute(LIST_CARDS, (customer.customer_base_id, customer.customer_number))
    return [
        StoredCard(card_id, CardStatus(status), Brand(brand), *rest)
        for card_id, status, brand, *rest in await cursor.fetchall()
    ]


async def deleted_since(connection: Connection, customer: CustomerId, moment: datetime) -> frozenset[UUID]:
    """The ids of the customer's cards that were deleted at that moment or later."""
    values = (customer.customer_base_id, customer.customer_number, moment)
    return frozenset(card_id for (card_id,) in await (await connection.execute(DELETED_SINCE, values)).fetchall())


async def delete_card(
    connection: Connection, customer_base_id: int, card_id: UUID, move: Move[CardStatus], at: datetime
) -> None:
    """Ends a card; its secrets are the vault's to erase. Runs under the customer's row lock.

    Raises ``MoveError`` if the card isn't any more in the status that the move begins at.
    """
    values = {
        "base": customer_base_id,
        "card_id": card_id,
        "origin": move.origin,
        "to": move.to,
        "actor": move.actor,
        "at": at,
    }
    if (await connection.execute(DELETE_CARD, values)).rowcount != 1:
        message = f"a card was not moved from {move.origin} to {move.to}"
        raise MoveError(message)


async def put_withdrawal(connection: Connection, customer: CustomerId, card_id: UUID, withdrawal: Withdrawal) -> None:
    """Records that the consent to keep a card was taken back."""
    await connection.execute(
        WITHDRAWAL,
        {"base": customer.customer_base_id, "number": customer.customer_number, "card_id": card_id} | vars(withdrawal),
    )


async def block_cards(connection: Connection, customer_base_id: int, card_ids: list[UUID]) -> None:
    """Blocks stolen cards. Runs under their customers' row locks."""
    await connection.execute(BLOCK_CARDS, {"base": customer_base_id, "card_ids": card_ids})


async def age_cards(connection: Connection, customer: CustomerId, today: date) -> None:
    """Marks the customer's cards that have expired. Runs under the customer's row lock."""
    await connection.execute(
        AGE_CARDS, {"base": customer.customer_base_id, "number": customer.customer_number, "today": today}
    )


async def card_history(connection: Connection, customer: CustomerId) -> list[CardRow]:
    """The customer's cards, deleted ones too, the last used first; at most 200."""
    async with connection.cursor(row_factory=rows_of(CardRow)) as cursor:
        await cursor.execute(CARD_HISTORY, (customer.customer_base_id, customer.customer_number))
        return await cursor.fetchall()


async def put_kept_card(connection: Connection, customer: CustomerId, card: KeptCard, at: datetime) -> None:
    """Shows a kept card from now on. Runs under the customer's row lock."""
    await connection.execute(
        KEEP_CARD,
        {
            "base": customer.customer_base_id,
            "number": customer.customer_number,
            "card_id": card.card_id,
            "brand": card.brand,
            "mask": card.card_mask,
            "expires_on": card.expires_on,
            "network_transaction_id": card.network_transaction_id,
            "at": at,
        },
    )


async def put_consent(connection: Connection, order_id: OrderId, given: GivenConsent, at: datetime) -> None:
    """Records the consent under which the card was kept."""
    await connection.execute(
        CONSENT,
        (
            order_id.customer_base_id,
            order_id.billnumber,
            given.customer_number,
            given.card_id,
            given.consent.text,
            given.consent.language,
            given.consent.preselected,
            at,
        ),
    )


async def card_used(connection: Connection, customer_base_id: int, card_id: UUID, at: datetime) -> None:
    """Notes a successful payment with a stored card."""
    await connection.execute(USED_CARD, {"base": customer_base_id, "card_id": card_id, "at": at})
