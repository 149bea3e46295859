"""The vault's own table: keep a card, open it for an authorisation.

Callers hold the customer's row lock while they keep a card: two payments of one customer take turns, so one number
never becomes two entries (B11).
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from oneclick.database.pool import Connection
from oneclick.vault.envelope import CardData, Place, SealedCard, fingerprint, open_card, seal_card
from oneclick.vault.keyring import Keyring

# The entry of the same number, if the customer has one.
FIND_BY_FINGERPRINT = """
SELECT card_id FROM vault_card
WHERE customer_base_id = %s AND customer_number = %s AND fingerprint = %s
"""

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
SELECT key_version, wrapped_key, ciphertext, network_transaction_id
FROM vault_card JOIN stored_card USING (customer_base_id, card_id, customer_number)
WHERE customer_base_id = %s AND customer_number = %s AND card_id = %s AND status = 'Member'
"""


@dataclass(frozen=True)
class VaultRow:
    """A sealed card with its place, and the scheme's id of the payment that it was kept with."""

    place: Place
    sealed: SealedCard
    network_transaction_id: str | None


async def keep(
    connection: Connection, keyring: Keyring, customer_base_id: int, customer_number: str, card: CardData
) -> UUID:
    """Seals a card and stores it; returns the card's id: the old one if the number was there already.

    Runs in the caller's transaction, under the customer's row lock. Source: docs/rules.md B4, B11, B12.
    """
    print_ = fingerprint(keyring, customer_base_id, card.number)
    cursor = await connection.execute(FIND_BY_FINGERPRINT, (customer_base_id, customer_number, print_))
    found = await cursor.fetchone()
    card_id: UUID = found[0] if found else uuid4()
    place = Place(customer_base_id, customer_number, card_id, keyring.card_key_version)
    sealed = seal_card(keyring, card, place)
    values = (customer_base_id, card_id, customer_number, print_)
    await connection.execute(PUT, (*values, place.key_version, sealed.wrapped_key, sealed.ciphertext))
    return card_id


async def find_sealed(
    connection: Connection, customer_base_id: int, customer_number: str, card_id: UUID
) -> VaultRow | None:
    """The customer's card, still sealed, or None."""
    cursor = await connection.execute(FIND, (customer_base_id, customer_number, card_id))
    row = await cursor.fetchone()
    if row is None:
        return None
    key_version, wrapped_key, ciphertext, network_transaction_id = row
    place = Place(customer_base_id, customer_number, card_id, key_version)
    return VaultRow(place, SealedCard(wrapped_key, ciphertext), network_transaction_id)


def open_for_authorisation(keyring: Keyring, row: VaultRow) -> CardData:
    """The card in clear types, for one authorisation. Raises ``VaultError``."""
    return open_card(keyring, row.sealed, row.place)
