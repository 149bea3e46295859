"""Trace numbers: each process takes blocks of them, so that processes need no common counter on the payment path.

A (terminal, day, STAN) is never given out twice, whatever processes start, stop or die: a block that was taken is used
by its taker or by nobody. Source: docs/protocol/acquirer.md (session); docs/decisions/0003-stan-blocks.md.
"""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from oneclick.database.pool import Pool

STAN_MAX = 999_999
BLOCK_SIZE = 1_000

# The next block of a terminal that has one left today. Locks one terminal's row for the statement.
TAKE_BLOCK = """
WITH chosen AS (
    SELECT terminal_id, CASE WHEN day = %(day)s THEN stan_next ELSE 1 END AS first
    FROM terminal
    WHERE terminal_id = ANY(%(terminals)s) AND (day < %(day)s OR (day = %(day)s AND stan_next <= %(last)s))
    ORDER BY stan_next, terminal_id LIMIT 1 FOR UPDATE
)
UPDATE terminal SET day = %(day)s, stan_next = least(first + %(size)s, %(last)s + 1)
FROM chosen WHERE terminal.terminal_id = chosen.terminal_id
RETURNING terminal.terminal_id, first, stan_next
"""

# Terminals that the database hasn't met yet.
ADD_TERMINALS = """
INSERT INTO terminal (terminal_id, day, stan_next) SELECT unnest(%s::text[]), %s, 1 ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Trace:
    """A terminal and a STAN that name one message of a day."""

    terminal_id: str
    stan: int

    def rrn(self, at: datetime) -> str:
        """The retrieval reference number of a message sent at that moment: year's digit, day, hour, STAN (DE37)."""
        return f"{at:%y%j%H}"[1:] + f"{self.stan:06}"


class StanBlocks:
    """Gives out trace numbers of this process's blocks. One instance a process."""

    def __init__(self, pool: Pool, terminals: tuple[str, ...]) -> None:
        self._pool = pool
        self._terminals = list(terminals)
        self._lock = asyncio.Lock()
        self._terminal_id = ""
        self._day = date.min
        self._next = self._end = 0

    async def take(self, now: datetime) -> Trace | None:
        """The next trace number for a message sent at ``now`` (UTC); None when all terminals are used up today.

        Asks the database once in 1,000 times.
        """
        async with self._lock:
            if (self._next >= self._end or self._day != now.date()) and not await self._refill(now.date()):
                return None
            trace = Trace(self._terminal_id, self._next)
            self._next += 1
            return trace

    async def _refill(self, day: date) -> bool:
        values = {"day": day, "terminals": self._terminals, "size": BLOCK_SIZE, "last": STAN_MAX}
        async with self._pool.connection() as connection:
            await connection.execute(ADD_TERMINALS, (self._terminals, day))
            row = await (await connection.execute(TAKE_BLOCK, values)).fetchone()
        if row is None:
            return False
        self._day = day
        self._terminal_id, self._next, self._end = row
        return True
