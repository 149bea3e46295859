"""Lets a payer try again after a decline: a new attempt with a billnumber of its own (B16, E3)."""

from oneclick.clock import Clock
from oneclick.database.orders import OrderId, OrderRow, chain_of, find_holder, find_order, retry_order
from oneclick.database.pool import Pool


class RetryOrder:
    """Opens the next attempt of a declined order."""

    def __init__(self, pool: Pool, clock: Clock, attempts_max: int) -> None:
        self._pool = pool
        self._clock = clock
        self._attempts_max = attempts_max

    async def __call__(self, order_id: OrderId) -> OrderId:
        """The attempt to go on with; the newest one if there can't be another. One commit.

        An attempt is repeated once: a double click, a reload, a second tab go on with the repetition that is there, and
        pay nothing twice (B17). The shop may have opened the order anew meanwhile: that one is gone on with if it
        belongs to the same customer and asks for the same amount. Of two guests nobody can say that they are the same.
        """
        async with self._pool.connection() as connection:
            facts = await find_order(connection, order_id)
            if facts is None:
                return order_id
            order = facts.order
            chain = await chain_of(connection, order)
            if chain.attempts < self._attempts_max:
                attempt = await retry_order(connection, order_id, self._clock.now())
                if attempt is not None:
                    return attempt
            holder = await find_holder(connection, order.customer_base_id, order.merchant_id, order.order_number)
            if holder is not None and _goes_on(order, holder):
                return holder.order_id
            return (await chain_of(connection, order)).newest


def _goes_on(order: OrderRow, holder: OrderRow) -> bool:
    return order.customer_number is not None and holder.asks_the_same_as(order)
