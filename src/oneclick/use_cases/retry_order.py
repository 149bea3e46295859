"""Lets a payer try again after a decline: a new attempt with a billnumber of its own (B16, E3)."""

from oneclick.clock import Clock
from oneclick.database.orders import OrderId, OrderRow, count_attempts, find_holder, find_order, retry_order
from oneclick.database.pool import Pool


class RetryOrder:
    """Opens the next attempt of a declined order."""

    def __init__(self, pool: Pool, clock: Clock, attempts_max: int) -> None:
        self._pool = pool
        self._clock = clock
        self._attempts_max = attempts_max

    async def __call__(self, order_id: OrderId) -> OrderId:
        """The attempt to go on with; the same one again if there can't be another. One commit.

        Another attempt may hold the order's number already (a second tab, a double click). It is gone on with if it
        comes from the same first attempt, or belongs to the same customer and asks for the same amount: the shop may
        have given the number to somebody else since, and of two guests nobody can say that they are the same.
        """
        async with self._pool.connection() as connection:
            facts = await find_order(connection, order_id)
            if facts is None:
                return order_id
            order = facts.order
            if await count_attempts(connection, order) < self._attempts_max:
                attempt = await retry_order(connection, order_id, self._clock.now())
                if attempt is not None:
                    return attempt
            holder = await find_holder(connection, order.customer_base_id, order.merchant_id, order.order_number)
            return holder.order_id if holder and _goes_on(order, holder) else order_id


def _goes_on(order: OrderRow, holder: OrderRow) -> bool:
    if holder.first_billnumber == order.first_billnumber:
        return True
    return order.customer_number is not None and holder.asks_the_same_as(order)
