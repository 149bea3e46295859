"""No (terminal, STAN) twice in a day, whatever processes start, stop or die. Source: docs/protocol/acquirer.md."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

from oneclick.database.pool import Pool
from oneclick.database.stan_blocks import BLOCK_SIZE, STAN_MAX, StanBlocks, Trace

TODAY = datetime(2031, 7, 15, 23, 59, 59, tzinfo=UTC)
TOMORROW = TODAY + timedelta(seconds=1)
TERMINALS = ("OC000001", "OC000002")


async def take(blocks: StanBlocks, count: int, now: datetime = TODAY) -> list[Trace]:
    taken = [await blocks.take(now) for _ in range(count)]
    return [trace for trace in taken if trace is not None]


async def given_out(pool: Pool) -> dict[str, int]:
    async with pool.connection() as connection:
        rows = await (await connection.execute("SELECT terminal_id, stan_next FROM terminal")).fetchall()
    return dict(rows)


async def use_up(pool: Pool, left: int) -> None:
    """As if the day had been busy: so many numbers are left at each terminal."""
    async with pool.connection() as connection:
        for terminal_id in TERMINALS:
            await connection.execute(
                "INSERT INTO terminal VALUES (%s, %s, %s)", (terminal_id, TODAY.date(), STAN_MAX + 1 - left)
            )


async def test_many_processes_side_by_side_never_give_out_a_number_twice(pool: Pool) -> None:
    """E7: a trace number names one message of a day."""
    processes = [StanBlocks(pool, TERMINALS) for _ in range(12)]
    tasks = [take(blocks, 1_250) for blocks in processes for _ in range(2)]
    traces = [trace for taken in await asyncio.gather(*tasks) for trace in taken]
    assert len(traces) == 30_000
    assert len(set(traces)) == 30_000
    assert {trace.terminal_id for trace in traces} == set(TERMINALS)
    assert min(trace.stan for trace in traces) == 1
    # 36 blocks were taken. Which terminal a block comes from may depend on who came first.
    given = await given_out(pool)
    assert sum(stan_next - 1 for stan_next in given.values()) == 36 * BLOCK_SIZE
    assert {(stan_next - 1) % BLOCK_SIZE for stan_next in given.values()} == {0}
    assert all(trace.stan < given[trace.terminal_id] for trace in traces)


async def test_the_database_is_asked_once_in_a_block(pool: Pool) -> None:
    """The hot path shares no counter."""
    traces = await take(StanBlocks(pool, TERMINALS[:1]), BLOCK_SIZE + 1)
    assert traces == [Trace("OC000001", stan) for stan in range(1, BLOCK_SIZE + 2)]
    assert await given_out(pool) == {"OC000001": 2 * BLOCK_SIZE + 1}


async def test_a_new_day_starts_anew(pool: Pool) -> None:
    """ISO field 11: unique within a day (UTC); what is left of yesterday's block is not used."""
    blocks = StanBlocks(pool, TERMINALS[:1])
    assert await take(blocks, 3) == [Trace("OC000001", stan) for stan in (1, 2, 3)]
    assert await take(blocks, 2, TOMORROW) == [Trace("OC000001", stan) for stan in (1, 2)]
    assert await take(StanBlocks(pool, TERMINALS[:1]), 1, TOMORROW) == [Trace("OC000001", 1001)]


async def test_a_process_whose_clock_is_behind_never_reuses_a_number(pool: Pool) -> None:
    """A day that others have left is not gone back to."""
    ahead, behind = StanBlocks(pool, TERMINALS[:1]), StanBlocks(pool, TERMINALS[:1])
    today = await take(behind, 1)
    await take(ahead, 1, TOMORROW)
    today += await take(behind, BLOCK_SIZE + 10)
    assert len(today) == len(set(today)) == BLOCK_SIZE
    assert await take(behind, 1, TOMORROW) == [Trace("OC000001", 1001)]


async def test_a_process_that_stops_loses_only_its_block(pool: Pool) -> None:
    """A block is used by its taker or by nobody."""
    await take(StanBlocks(pool, TERMINALS[:1]), 1)
    assert await take(StanBlocks(pool, TERMINALS[:1]), 1) == [Trace("OC000001", 1001)]


async def test_used_up_terminals_give_none_till_the_next_day(pool: Pool) -> None:
    """No number is better than one that was used; the last one is 999999."""
    await use_up(pool, 1_500)
    processes = [StanBlocks(pool, TERMINALS) for _ in range(2)]
    traces = [trace for taken in await asyncio.gather(*(take(one, 2_000) for one in processes)) for trace in taken]
    assert len(traces) == len(set(traces)) == 3_000
    assert Counter(trace.terminal_id for trace in traces) == dict.fromkeys(TERMINALS, 1_500)
    assert max(trace.stan for trace in traces) == STAN_MAX
    assert await take(processes[0], 1) == []
    assert await take(processes[0], 1, TOMORROW) != []
