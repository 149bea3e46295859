"""Lets a payer try again after a decline: a new attempt with a billnumber of its own (B16, E3)."""

from oneclick.clock import Clock
from oneclick.database.orders import OrderId, find_holder, find_order_and_merchant, retry_order
from oneclick.database.pool import Pool


class RetryOrder:
    """Opens the next attempt of a declined order."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, order_id: OrderId) -> OrderId:
        """The attempt to go on with; the same one again if there can't be another. One commit.

        Another attempt may hold the order's number already (a second tab). It is gone on with only if it belongs to
        the same customer and asks for the same amount: the shop may have given the number to somebody else since.
        Of two guests nobody can say that they are the same.
        """
        async with self._pool.connection() as connection:
            attempt = await retry_order(connection, order_id, self._clock.now())
            if attempt is not None:
                return attempt
            found = await find_order_and_merchant(connection, order_id)
            if found is None:
                return order_id
            order, _ = found
            holder = await find_holder(connection, order.customer_base_id, order.merchant_id, order.order_number)
            goes_on = holder and order.customer_number is not None and holder.asks_the_same_as(order)
            return holder.order_id if holder and goes_on else order_id
