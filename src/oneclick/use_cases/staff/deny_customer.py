"""Opts a customer out of One Click, by the merchant's or the operator's hand."""

from oneclick.clock import Clock
from oneclick.database.customers import deny_customer, meet_customer
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import Withdrawal, list_cards
from oneclick.one_click.statuses import CUSTOMER_LIFE, CustomerStatus
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.steps.card_erasure import erase_card
from oneclick.use_cases.steps.customer_ref import CustomerRef, resolve_customer_ref


class DenyCustomer:
    """Erases all cards and ends the offers."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, ref: CustomerRef) -> CustomerStatus | Refused:
        """Opts the customer out: erases all cards and ends the offers. Done twice, it is done. Source: C3, C5."""
        async with self._pool.connection() as connection, connection.transaction():
            found = await resolve_customer_ref(connection, ref)
            if isinstance(found, Refused):
                return found
            status = await meet_customer(connection, found.customer)
            if status is CustomerStatus.DENY:
                return status
            move = CUSTOMER_LIFE.find(status, CustomerStatus.DENY, ref.actor)
            if move is None:
                return Refused(Reason.STATUS_NOT_MOVABLE)
            now = self._clock.now()
            for card in await list_cards(connection, found.customer):
                await erase_card(connection, found.customer, card, Withdrawal(actor=ref.actor, at=now))
            await deny_customer(connection, found.customer, move, now)
            return move.to
