"""Lets a payer try again after a decline: a new attempt with a billnumber of its own (B16, E3)."""

from oneclick.clock import Clock
from oneclick.database.orders import chain_of, retry_order
from oneclick.database.pool import Pool
from oneclick.ids import OrderId


class RetryOrder:
    """Opens the next attempt of a declined order."""

    def __init__(self, pool: Pool, clock: Clock, attempts_max: int) -> None:
        self._pool = pool
        self._clock = clock
        self._attempts_max = attempts_max

    async def __call__(self, order_id: OrderId) -> OrderId:
        """The attempt to go on with; the newest one if there can't be another. One commit.

        An attempt is repeated once: a double click, a reload, a second tab go on with the repetition that is there, and
        pay nothing twice (B17). So they do with the order that the shop has opened anew meanwhile, for the same
        customer and the same amount.
        """
        async with self._pool.connection() as connection:
            if (await chain_of(connection, order_id)).attempts < self._attempts_max:
                attempt = await retry_order(connection, order_id, self._clock.now())
                if attempt is not None:
                    return attempt
            return (await chain_of(connection, order_id)).newest
