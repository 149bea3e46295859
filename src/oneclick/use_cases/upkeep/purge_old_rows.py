"""Deletes what is too old to matter: unmatched answers, wrong CVC2, days of trace numbers.

Each kind in rounds and transactions of its own, so that none holds up another, or anybody's locks.
"""

from datetime import timedelta

from oneclick.clock import Clock
from oneclick.database.pool import Pool
from oneclick.database.stan_blocks import forget_days
from oneclick.database.unmatched_answers import delete_old_unmatched_answers
from oneclick.vault.guesses import forget_old_guesses

_ROWS_MAX = 1_000
_UNMATCHED_KEPT = timedelta(days=30)


class PurgeOldRows:
    """Rounds that delete at most 1,000 rows; each returns how many. Several workers may run side by side."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def unmatched_answers(self) -> int:
        """Unmatched answers older than 30 days. One commit."""
        async with self._pool.connection() as connection:
            return await delete_old_unmatched_answers(connection, self._clock.now() - _UNMATCHED_KEPT, _ROWS_MAX)

    async def guesses(self) -> int:
        """Wrong CVC2 that can lock no card any more. One commit. Source: docs/rules.md B19."""
        async with self._pool.connection() as connection:
            return await forget_old_guesses(connection, self._clock.now(), _ROWS_MAX)

    async def days(self) -> int:
        """Counters of trace numbers of days that are over for a month. One commit."""
        async with self._pool.connection() as connection:
            return await forget_days(connection, self._clock.now().date(), _ROWS_MAX)
