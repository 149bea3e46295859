"""Erases a customer's card, by the merchant's or the operator's hand."""

from uuid import UUID

from oneclick.clock import Clock
from oneclick.database.customers import follow_cards, lock_customer
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import Withdrawal, list_cards
from oneclick.one_click.statuses import move_by_cards
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.steps.card_erasure import erase_card
from oneclick.use_cases.steps.customer_ref import CustomerRef, resolve_customer_ref


class DeleteCard:
    """Erases one card, whatever its status."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, ref: CustomerRef, card_id: UUID) -> Refused | None:
        """Erases a card of the customer; None when it is done. Source: C5, C6."""
        async with self._pool.connection() as connection, connection.transaction():
            found = await resolve_customer_ref(connection, ref)
            if isinstance(found, Refused):
                return found
            status = await lock_customer(connection, found.customer)
            cards = await list_cards(connection, found.customer)
            card = next((card for card in cards if card.card_id == card_id), None)
            if status is None or card is None:
                return Refused(Reason.CARD_UNAVAILABLE)
            now = self._clock.now()
            await erase_card(connection, found.customer, card, Withdrawal(actor=ref.actor, at=now))
            move = move_by_cards(status, [other.status for other in cards if other is not card])
            if move is not None:
                await follow_cards(connection, found.customer, move, now)
            return None
