"""Closes orders whose time is over and that nobody began to pay (E2)."""

from oneclick.clock import Clock
from oneclick.database.orders import expire_due_orders
from oneclick.database.pool import Pool

_ROWS_MAX = 100


class ExpireOrders:
    """One round. Several workers may run side by side."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self) -> int:
        """Closes at most 100 orders; returns how many were looked at. One commit. Source: docs/rules.md E2.

        An order with a payment that has no end yet is left: the payment decides.
        """
        async with self._pool.connection() as connection, connection.transaction():
            return await expire_due_orders(connection, self._clock.now(), _ROWS_MAX)
