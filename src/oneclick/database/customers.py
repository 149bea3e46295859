"""Customers and what may be shown of their stored cards; the secrets are the vault's."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from oneclick.card import Brand
from oneclick.database.orders import OrderId
from oneclick.database.pool import Connection
from oneclick.one_click.offer import StoredCard

# The cards of a customer, the last used first. No lock.
LIST_CARDS = """
SELECT card_id, brand, card_mask, expires_on, last_payment_at
FROM stored_card WHERE customer_base_id = %s AND customer_number = %s AND status = 'Member'
ORDER BY last_payment_at DESC LIMIT 100
"""

# The customer after a successful payment. Locks the customer's row till the transaction ends.
PAID = """
INSERT INTO customer (customer_base_id, customer_number, status, first_payment_at, last_payment_at)
VALUES (%(base)s, %(number)s, %(status)s, %(at)s, %(at)s)
ON CONFLICT (customer_base_id, customer_number) DO UPDATE SET
    status = CASE WHEN customer.status = 'Member' THEN 'Member' ELSE excluded.status END, last_payment_at = %(at)s
"""

# A kept card, new or the same again with its new expiry (docs/rules.md B11).
KEEP_CARD = """
INSERT INTO stored_card (customer_base_id, card_id, customer_number, status, brand, card_mask, expires_on, kept_at,
    last_payment_at, payments, network_transaction_id)
VALUES (%(base)s, %(card_id)s, %(number)s, 'Member', %(brand)s, %(mask)s, %(expires_on)s, %(at)s, %(at)s, 1,
    %(network_transaction_id)s)
ON CONFLICT (customer_base_id, card_id) DO UPDATE SET
    status = 'Member', expires_on = excluded.expires_on, last_payment_at = excluded.last_payment_at,
    payments = stored_card.payments + 1,
    network_transaction_id = coalesce(excluded.network_transaction_id, stored_card.network_transaction_id)
"""

# A stored card was paid with: it becomes the one that is offered first.
USED_CARD = """
UPDATE stored_card SET last_payment_at = %(at)s, payments = payments + 1
WHERE customer_base_id = %(base)s AND card_id = %(card_id)s
"""

# The consent under which a card was kept (docs/rules.md C6).
CONSENT = """
INSERT INTO consent (customer_base_id, billnumber, customer_number, card_id, text, language, preselected, given_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class CustomerId:
    """What names a customer: its base, then the merchant's number."""

    customer_base_id: int
    customer_number: str


@dataclass(frozen=True, kw_only=True)
class KeptCard:
    """What is shown of a card that is kept."""

    card_id: UUID
    brand: Brand
    card_mask: str
    expires_on: date
    network_transaction_id: str | None


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """Who agreed to what: the text as shown, its language, and whether "yes" was selected beforehand (C6)."""

    customer_number: str
    card_id: UUID
    text: str
    language: str
    preselected: bool


async def list_cards(connection: Connection, customer_base_id: int, customer_number: str) -> list[StoredCard]:
    """The customer's cards, the last used first; at most 100."""
    cursor = await connection.execute(LIST_CARDS, (customer_base_id, customer_number))
    return [
        StoredCard(card_id, Brand(brand), mask, expires_on, last_payment_at)
        for card_id, brand, mask, expires_on, last_payment_at in await cursor.fetchall()
    ]


async def customer_paid(connection: Connection, customer: CustomerId, status: str, at: datetime) -> None:
    """Notes a successful payment. Takes the customer's row lock; a Member stays one."""
    await connection.execute(
        PAID, {"base": customer.customer_base_id, "number": customer.customer_number, "status": status, "at": at}
    )


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


async def put_consent(connection: Connection, order_id: OrderId, consent: GivenConsent, at: datetime) -> None:
    """Records the consent under which the card was kept."""
    await connection.execute(
        CONSENT,
        (
            order_id.customer_base_id,
            order_id.billnumber,
            consent.customer_number,
            consent.card_id,
            consent.text,
            consent.language,
            consent.preselected,
            at,
        ),
    )


async def card_used(connection: Connection, customer_base_id: int, card_id: UUID, at: datetime) -> None:
    """Notes a successful payment with a stored card."""
    await connection.execute(USED_CARD, {"base": customer_base_id, "card_id": card_id, "at": at})
