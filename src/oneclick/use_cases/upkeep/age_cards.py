"""Marks stored cards whose last day is over, and customers who have no other."""

from datetime import timedelta

import structlog

from oneclick.clock import Clock
from oneclick.database.customers import follow_cards, take_to_age
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import age_cards, list_cards
from oneclick.one_click.statuses import move_by_cards

_log = structlog.get_logger()

_ROWS_MAX = 100
# The day that is over everywhere: the last time zone is twelve hours behind UTC. The page judges by its merchant's day.
_LAST_TIME_ZONE = timedelta(hours=12)


class AgeCards:
    """One round of ageing. Several workers may run side by side."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self) -> int:
        """Ages the cards of at most 100 customers; returns how many customers it was. One commit.

        Takes their rows, and passes over those that somebody else holds. Source: docs/rules.md C1, C2, B10.
        """
        now = self._clock.now()
        today = (now - _LAST_TIME_ZONE).date()
        async with self._pool.connection() as connection, connection.transaction():
            customers = await take_to_age(connection, today, _ROWS_MAX)
            for customer, status in customers:
                await age_cards(connection, customer, today)
                move = move_by_cards(status, [card.status for card in await list_cards(connection, customer)])
                if move is not None:
                    await follow_cards(connection, customer, move, now)
        if customers:
            _log.info("cards have expired", customers=len(customers))
        return len(customers)
