"""TraceNumber numbers: each process takes blocks of them, so that processes need no common counter on the payment path.

A (terminal, day, STAN) is never given out twice, whatever processes start, stop or die, and whatever their clocks say:
a block that was taken is used by its taker or by nobody. Source: docs/protocol/acquirer.md (session, DE37);
docs/decisions/0003-stan-blocks.md.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg
import structlog

from oneclick.database.pool import Connection, Pool
from oneclick.ids import STAN_MAX

_log = structlog.get_logger()

TERMINALS_MAX = 100  # two digits of an RRN tell a day's terminals apart
BLOCK_SIZE = 1_000

# Others may take the last block of the terminal that was chosen.
_TRIES = 3
# Payments of two days stand beside each other around midnight.
_DAYS_HELD = 2
_WAIT_S = 5.0
_KEPT = timedelta(days=30)

# The next block of a terminal that has one left on that day. Locks one row for the statement.
TAKE_BLOCK = """
WITH chosen AS (
    SELECT terminal_id, stan_next AS first FROM terminal
    WHERE terminal_id = ANY(%(terminals)s) AND day = %(day)s AND stan_next <= %(last)s
    ORDER BY stan_next, terminal_id LIMIT 1 FOR UPDATE
)
UPDATE terminal SET stan_next = least(first + %(size)s, %(last)s + 1)
FROM chosen WHERE terminal.terminal_id = chosen.terminal_id AND day = %(day)s
RETURNING terminal.terminal_id, ordinal, first, stan_next
"""

# Who adds terminals to a day does so alone: the ordinals are counted. Nobody takes a block meanwhile.
LOCK = "LOCK TABLE terminal IN SHARE ROW EXCLUSIVE MODE"

# Terminals that haven't met the day yet, each with an ordinal that no other has on it. A day that may have been
# forgotten isn't begun anew.
ADD_TERMINALS = """
INSERT INTO terminal (terminal_id, day, ordinal, stan_next)
SELECT id, %(day)s, ordinal, 1 FROM (
    SELECT id, (SELECT coalesce(max(ordinal), -1) FROM terminal WHERE day = %(day)s)
        + row_number() OVER (ORDER BY id) AS ordinal
    FROM unnest(%(terminals)s::text[]) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM terminal WHERE terminal_id = id AND day = %(day)s)
    AND %(day)s > current_date - %(kept)s::interval
) AS unmet
WHERE ordinal < %(ordinals)s
"""

# Days that are long over by two clocks, the caller's and the database's: one wrong clock can't make a day begin anew.
FORGET_DAYS = """
DELETE FROM terminal WHERE (terminal_id, day) IN (
    SELECT terminal_id, day FROM terminal WHERE day < least(%(before)s, current_date - %(kept)s::interval)
    LIMIT %(rows_max)s FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True)
class TraceNumber:
    """A terminal and a STAN that name one message of a day; the terminal's ordinal on that day."""

    terminal_id: str
    stan: int
    ordinal: int

    def rrn(self, at: datetime) -> str:
        """The retrieval reference number of a message sent at that moment: unique for years over all terminals (DE37).

        The year's last digit, the day of the year, the terminal's ordinal, the STAN.
        """
        return f"{at:%y%j}"[1:] + f"{self.ordinal:02}{self.stan:06}"


class StanBlocks:
    """Gives out trace numbers of this process's blocks. One instance a process."""

    def __init__(self, pool: Pool, terminals: tuple[str, ...]) -> None:
        self._pool = pool
        self._terminals = list(terminals)
        self._lock = asyncio.Lock()
        self._blocks: dict[date, Iterator[TraceNumber]] = {}

    async def take(self, now: datetime) -> TraceNumber | None:
        """The next trace number for a message sent at ``now`` (UTC); None when all terminals are used up that day.

        Asks the database once in 1,000 times. None also if the database can't be asked, or keeps another caller waiting
        for too long.
        """
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._lock.acquire()
        except TimeoutError:
            return None
        try:
            return await self._next(now.date())
        except psycopg.Error as error:
            _log.error("no trace numbers", error=type(error).__name__)
            return None
        finally:
            self._lock.release()

    async def _next(self, day: date) -> TraceNumber | None:
        trace = next(self._blocks.get(day, iter(())), None)
        if trace is not None:
            return trace
        self._blocks[day] = await self._block(day)
        if len(self._blocks) > _DAYS_HELD:
            del self._blocks[next(iter(self._blocks))]
        return next(self._blocks[day], None)

    async def _block(self, day: date) -> Iterator[TraceNumber]:
        """A fresh block of the day; empty if there is none left."""
        asked = {
            "day": day,
            "terminals": self._terminals,
            "size": BLOCK_SIZE,
            "last": STAN_MAX,
            "ordinals": TERMINALS_MAX,
            "kept": _KEPT,
        }
        async with self._pool.connection() as connection:
            for _ in range(_TRIES):
                row = await (await connection.execute(TAKE_BLOCK, asked)).fetchone()
                if row is not None:
                    terminal_id, ordinal, first, end = row
                    return (TraceNumber(terminal_id, stan, ordinal) for stan in range(first, end))
                async with connection.transaction():
                    await connection.execute(LOCK)
                    await connection.execute(ADD_TERMINALS, asked)
        return iter(())


async def forget_days(connection: Connection, today: date, rows_max: int) -> int:
    """Deletes at most so many counters of days that are over for a month; returns how many."""
    values = {"before": today - _KEPT, "kept": _KEPT, "rows_max": rows_max}
    return (await connection.execute(FORGET_DAYS, values)).rowcount
