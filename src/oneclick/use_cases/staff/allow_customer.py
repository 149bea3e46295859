"""Lets a customer take part again: ends an opt-out, a suspicion or a block."""

from oneclick.clock import Clock
from oneclick.database.customers import admit_customer, lock_customer
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import list_cards
from oneclick.one_click.statuses import CUSTOMER_LIFE, FOLLOW_CARDS, CustomerStatus, status_by_cards
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.steps.customer_ref import CustomerRef, resolve_customer_ref


class AllowCustomer:
    """Lifts a customer's status that was set for a reason."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, ref: CustomerRef) -> CustomerStatus | Refused:
        """Ends an opt-out, a suspicion or a block; the cards that are left say what the customer is. Source: C1, C3.

        A customer with none of them stays as it is. Cards that are blocked as stolen stay blocked.
        """
        async with self._pool.connection() as connection, connection.transaction():
            found = await resolve_customer_ref(connection, ref)
            if isinstance(found, Refused):
                return found
            status = await lock_customer(connection, found.customer)
            if status is None:
                return Refused(Reason.CUSTOMER_UNKNOWN)
            if status in FOLLOW_CARDS:
                return status
            to = status_by_cards([card.status for card in await list_cards(connection, found.customer)])
            move = CUSTOMER_LIFE.find(status, to, ref.actor)
            if move is None:
                return Refused(Reason.STATUS_NOT_MOVABLE)
            await admit_customer(connection, found.customer, move, self._clock.now())
            return move.to
