"""The end of a card's secrets. Needs no key: who may erase a card need not be able to open one (C5)."""

from uuid import UUID

from oneclick.database.pool import Connection

# Number, key and fingerprint of a card are in this row and nowhere else. Locks it.
ERASE = "DELETE FROM vault_card WHERE customer_base_id = %s AND card_id = %s"


async def erase_secrets(connection: Connection, customer_base_id: int, card_id: UUID) -> None:
    """Erases number, data key and fingerprint. Runs in the caller's transaction. Source: docs/rules.md C5."""
    await connection.execute(ERASE, (customer_base_id, card_id))
