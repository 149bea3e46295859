"""The vault's own table: keep a card, open it for an authorisation.

Callers hold the customer's row lock while they keep a card: two payments of one customer take turns, so one number
never becomes two entries (B11).
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from oneclick.card import CardData, CardNumber
from oneclick.database.pool import Connection
from oneclick.ids import CustomerId
from oneclick.one_click.eligibility import cards_too_many
from oneclick.one_click.statuses import CardStatus
from oneclick.vault.envelope import Place, SealedCard, fingerprint, open_card, seal_card
from oneclick.vault.keyring import Keyring

# The entry of the same number and its status, if the customer has one, and how many entries there are.
FIND_BY_FINGERPRINT = """
SELECT min(card_id::text) FILTER (WHERE fingerprint = %(fingerprint)s),
    min(status) FILTER (WHERE fingerprint = %(fingerprint)s), count(*)
FROM vault_card JOIN stored_card USING (customer_base_id, card_id, customer_number)
WHERE customer_base_id = %(base)s AND customer_number = %(number)s
"""

# Every entry of a number in a customer base, whoever keeps it.
FIND_SAME_NUMBER = "SELECT customer_number, card_id FROM vault_card WHERE customer_base_id = %s AND fingerprint = %s"

# A new entry, or the same entry with fresh envelopes (a re-issued card with the same number).
PUT = """
INSERT INTO vault_card
    (customer_base_id, card_id, customer_number, fingerprint, key_version, wrapped_key, ciphertext)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (customer_base_id, card_id) DO UPDATE SET
    key_version = excluded.key_version, wrapped_key = excluded.wrapped_key, ciphertext = excluded.ciphertext
"""

# One sealed card of a customer: nobody else's, whatever id is asked for. No lock.
FIND = """
SELECT key_version, wrapped_key, ciphertext, network_transaction_id, status, payments
FROM vault_card JOIN stored_card USING (customer_base_id, card_id, customer_number)
WHERE customer_base_id = %s AND customer_number = %s AND card_id = %s
"""


@dataclass(frozen=True)
class VaultRow:
    """A sealed card with its place, the scheme's id of the payment that it was kept with, status and payments."""

    place: Place
    sealed: SealedCard
    network_transaction_id: str | None
    status: CardStatus
    payments: int


async def keep(
    connection: Connection, keyring: Keyring, customer: CustomerId, card: CardData, cards_max: int
) -> UUID | None:
    """Seals a card and stores it; returns the card's id: the old one if the number was there already.

    None if the customer holds ``cards_max`` others (B13), or the number is blocked as stolen (C4). Runs in the caller's
    transaction, under the customer's row lock. Source: docs/rules.md B4, B11, B12.
    """
    customer_base_id, customer_number = customer.customer_base_id, customer.customer_number
    number_fingerprint = fingerprint(keyring, customer_base_id, card.number)
    cursor = await connection.execute(
        FIND_BY_FINGERPRINT, {"fingerprint": number_fingerprint, "base": customer_base_id, "number": customer_number}
    )
    same, status, held = await cursor.fetchone() or (None, None, 0)
    if status == CardStatus.FRAUD or (same is None and cards_too_many(cards_max, held) > 0):
        return None
    card_id = UUID(same) if same else uuid4()
    place = Place(customer_base_id, customer_number, card_id, keyring.card_key_version)
    sealed = seal_card(keyring, card, place)
    values = (customer_base_id, card_id, customer_number, number_fingerprint)
    await connection.execute(PUT, (*values, place.key_version, sealed.wrapped_key, sealed.ciphertext))
    return card_id


async def find_same_number(
    connection: Connection, keyring: Keyring, customer_base_id: int, number: CardNumber
) -> list[tuple[str, UUID]]:
    """Customer number and card id of every entry of that number in the base. No lock. Source: docs/rules.md C4."""
    cursor = await connection.execute(
        FIND_SAME_NUMBER, (customer_base_id, fingerprint(keyring, customer_base_id, number))
    )
    return [(customer_number, card_id) for customer_number, card_id in await cursor.fetchall()]


async def find_sealed(connection: Connection, customer: CustomerId, card_id: UUID) -> VaultRow | None:
    """The customer's card, still sealed, or None."""
    cursor = await connection.execute(FIND, (customer.customer_base_id, customer.customer_number, card_id))
    row = await cursor.fetchone()
    if row is None:
        return None
    key_version, wrapped_key, ciphertext, network_transaction_id, status, payments = row
    place = Place(customer.customer_base_id, customer.customer_number, card_id, key_version)
    return VaultRow(place, SealedCard(wrapped_key, ciphertext), network_transaction_id, CardStatus(status), payments)


def open_for_authorisation(keyring: Keyring, row: VaultRow) -> CardData:
    """The card in clear types, for one authorisation. Raises ``VaultError``."""
    return open_card(keyring, row.sealed, row.place)
