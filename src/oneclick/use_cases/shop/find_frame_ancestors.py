"""Tells who may show a merchant's pages in a frame, where no order of it is known yet."""

import psycopg

from oneclick.database.merchants import find_merchant
from oneclick.database.pool import Pool


class FindFrameAncestors:
    """Answers for the page of a refused order."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, merchant_id: int) -> tuple[str, ...]:
        """The merchant's origins; none if there is no such merchant, or nobody can say. Source: docs/rules.md B15."""
        try:
            async with self._pool.connection() as connection:
                merchant = await find_merchant(connection, merchant_id)
        except psycopg.Error:  # the page says why an order can't be paid, and needs nothing for it
            return ()
        return tuple(merchant.frame_ancestors) if merchant is not None else ()
