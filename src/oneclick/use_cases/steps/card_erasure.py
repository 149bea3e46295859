"""The end of a stored card, shared by those who may ask for it; it commits nothing itself."""

from oneclick.database.pool import Connection
from oneclick.database.stored_cards import Withdrawal, delete_card, put_withdrawal
from oneclick.ids import CustomerId
from oneclick.one_click.offer import StoredCard
from oneclick.one_click.statuses import CARD_LIFE, CardStatus
from oneclick.vault.erasure import erase_secrets


async def erase_card(connection: Connection, customer: CustomerId, card: StoredCard, withdrawal: Withdrawal) -> None:
    """Erases number, key and fingerprint; leaves mask, dates and who did it; records the withdrawn consent.

    Runs in the caller's transaction, under the customer's row lock. Raises ``MoveError`` for a card that is deleted.
    Source: docs/rules.md B7, C2, C5, C6.
    """
    move = CARD_LIFE.move(card.status, CardStatus.DELETED, withdrawal.actor)
    await erase_secrets(connection, customer.customer_base_id, card.card_id)
    await delete_card(connection, customer.customer_base_id, card.card_id, move, withdrawal.at)
    await put_withdrawal(connection, customer, card.card_id, withdrawal)
