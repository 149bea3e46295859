"""No (terminal, STAN) twice in a day, whatever processes start, stop or die. Source: docs/protocol/acquirer.md."""

import asyncio
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import psycopg

from oneclick.acquirer.fields import check
from oneclick.database.pool import Pool, new_pool
from oneclick.database.stan_blocks import BLOCK_SIZE, TERMINALS_MAX, StanBlocks, TraceNumber, forget_days
from oneclick.ids import STAN_MAX

TODAY = datetime(2031, 7, 15, 23, 59, 59, tzinfo=UTC)
TOMORROW = TODAY + timedelta(seconds=1)
YEARS_AHEAD = TODAY + timedelta(days=3_650)
TERMINALS = ("OC000001", "OC000002")


async def take(blocks: StanBlocks, count: int, now: datetime = TODAY) -> list[TraceNumber]:
    taken = [await blocks.take(now) for _ in range(count)]
    return [trace for trace in taken if trace is not None]


async def given_out(pool: Pool, now: datetime = TODAY) -> dict[str, int]:
    statement = "SELECT terminal_id, stan_next FROM terminal WHERE day = %s"
    async with pool.connection() as connection:
        return dict(await (await connection.execute(statement, (now.date(),))).fetchall())


async def days(pool: Pool) -> list[tuple[date, int]]:
    async with pool.connection() as connection:
        rows = await connection.execute("SELECT day, count(*) FROM terminal GROUP BY day ORDER BY day")
        return [(day, count) for day, count in await rows.fetchall()]


async def use_up(pool: Pool, left: int) -> None:
    """As if the day had been busy: so many numbers are left at each terminal."""
    async with pool.connection() as connection:
        for ordinal, terminal_id in enumerate(TERMINALS):
            await connection.execute(
                "INSERT INTO terminal (terminal_id, day, ordinal, stan_next) VALUES (%s, %s, %s, %s)",
                (terminal_id, TODAY.date(), ordinal, STAN_MAX + 1 - left),
            )


def first_terminals(*stans: int) -> list[TraceNumber]:
    return [TraceNumber("OC000001", stan, 0) for stan in stans]


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
    assert traces == first_terminals(*range(1, BLOCK_SIZE + 2))
    assert await given_out(pool) == {"OC000001": 2 * BLOCK_SIZE + 1}


async def test_a_new_day_starts_anew(pool: Pool) -> None:
    """ISO field 11: unique within a day (UTC); what is left of yesterday's block is not used."""
    blocks = StanBlocks(pool, TERMINALS[:1])
    assert await take(blocks, 3) == first_terminals(1, 2, 3)
    assert await take(blocks, 2, TOMORROW) == first_terminals(1, 2)
    assert await take(StanBlocks(pool, TERMINALS[:1]), 1, TOMORROW) == first_terminals(1001)


async def test_at_midnight_clocks_that_differ_by_seconds_refuse_nothing_and_waste_nothing(pool: Pool) -> None:
    """ISO field 11: a day goes on beside the next one, between processes and within one, till nobody is in it."""
    ahead, behind = StanBlocks(pool, TERMINALS[:1]), StanBlocks(pool, TERMINALS[:1])
    today = await take(behind, 1)
    assert await take(ahead, 1, TOMORROW) == first_terminals(1)
    today += await take(behind, BLOCK_SIZE + 10)
    assert today == first_terminals(*range(1, BLOCK_SIZE + 12))
    turns = [trace for _ in range(5) for now in (TODAY, TOMORROW) for trace in await take(behind, 1, now)]
    assert turns == [trace for stan in range(5) for trace in first_terminals(BLOCK_SIZE + 12 + stan, 1001 + stan)]
    assert await given_out(pool) == {"OC000001": 2 * BLOCK_SIZE + 1}


async def test_a_process_with_a_wrong_clock_stops_nobody(pool: Pool) -> None:
    """E7: years ahead or behind; the day that it has met early goes on where it stood when it really comes."""
    wrong = StanBlocks(pool, TERMINALS)
    assert len(await take(wrong, BLOCK_SIZE + 1, YEARS_AHEAD)) == BLOCK_SIZE + 1
    for now in (TODAY, TOMORROW, TODAY - timedelta(days=400)):
        assert await take(StanBlocks(pool, TERMINALS), 1, now) == first_terminals(1)
    assert await take(wrong, 1) == [TraceNumber("OC000002", 1, 1)]
    assert {trace.stan for trace in await take(StanBlocks(pool, TERMINALS), 1, YEARS_AHEAD)} == {1001}


async def test_a_process_that_stops_loses_only_its_block(pool: Pool) -> None:
    """A block is used by its taker or by nobody."""
    await take(StanBlocks(pool, TERMINALS[:1]), 1)
    assert await take(StanBlocks(pool, TERMINALS[:1]), 1) == first_terminals(1001)


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


async def test_rrns_differ_over_all_terminals_of_a_day_and_over_days(pool: Pool) -> None:
    """ISO field 37, an12: year's digit, day of the year, the terminal's ordinal, STAN."""
    processes = [StanBlocks(pool, (terminal_id,)) for terminal_id in ("OC000002", "OC000001", "OC000003")]
    traces = [(now, trace) for now in (TODAY, TOMORROW) for one in processes for trace in await take(one, 3, now)]
    rrns = [trace.rrn(now) for now, trace in traces]
    assert rrns[:4] == ["119600000001", "119600000002", "119600000003", "119601000001"]
    assert len(set(rrns)) == 18
    for rrn in rrns:
        check(37, rrn)


async def test_processes_with_different_terminals_never_share_an_ordinal(pool: Pool) -> None:
    """ISO field 37: whichever meet a day first, and whichever come to it later; each gets its number at once."""
    lists = [(f"OC{number:06}", f"OC{(number + 1) % 20:06}") for number in range(20)]
    taken = await asyncio.gather(*(take(StanBlocks(pool, terminals), 1) for terminals in lists))
    assert [len(traces) for traces in taken] == [1] * 20
    async with pool.connection() as connection:
        rows = await (await connection.execute("SELECT terminal_id, ordinal FROM terminal")).fetchall()
    assert len({ordinal for _, ordinal in rows}) == len(rows)
    ordinals: dict[str, int] = dict(rows)
    assert all(trace.ordinal == ordinals[trace.terminal_id] for (trace,) in taken)


async def test_a_day_has_a_hundred_terminals_at_most(pool: Pool) -> None:
    """ISO field 37: two digits; those beyond give no numbers, and hold up no others."""
    names = tuple(f"OC{number:06}" for number in range(TERMINALS_MAX))
    assert await take(StanBlocks(pool, names), 1) == [TraceNumber("OC000000", 1, 0)]
    assert await take(StanBlocks(pool, ("LATECOME",)), 1) == []
    assert len(await take(StanBlocks(pool, (*names, "LATECOME")), 1)) == 1


async def test_days_that_are_long_over_are_forgotten_by_two_clocks(pool: Pool) -> None:
    """A bound on everything; a caller whose clock is years ahead deletes no day that can still be used.

    One whose clock is behind begins no day anew that was forgotten: its numbers are out.
    """
    today = datetime.now(UTC)
    for ago in (0, 29, -400):
        assert len(await take(StanBlocks(pool, TERMINALS), 1, today - timedelta(days=ago))) == 1
    old = "INSERT INTO terminal (terminal_id, day, ordinal, stan_next) VALUES (%s, current_date - %s::int, %s, 1000)"
    async with pool.connection() as connection:
        for ago in (31, 32, 400):
            for ordinal, terminal_id in enumerate(TERMINALS):
                await connection.execute(old, (terminal_id, ago, ordinal))
        assert await forget_days(connection, date(2000, 1, 1), 100) == 0
        assert [await forget_days(connection, today.date(), 4) for _ in range(3)] == [4, 2, 0]
        assert await forget_days(connection, date(3000, 1, 1), 100) == 0
    left = [today.date() - timedelta(days=ago) for ago in (29, 0, -400)]
    assert await days(pool) == [(day, 2) for day in left]
    for ago in (30, 31, 400):
        assert await take(StanBlocks(pool, TERMINALS), 1, today - timedelta(days=ago)) == []


async def test_a_database_that_is_away_keeps_nobody_waiting_in_a_queue(database_url: str) -> None:
    """A bound on every wait: many come for a number while one of them waits for a block."""
    async with new_pool(database_url, 1) as narrow:
        blocks = StanBlocks(narrow, TERMINALS)
        async with narrow.connection():
            begun = time.monotonic()
            taken = await asyncio.gather(*(blocks.take(TODAY) for _ in range(50)), return_exceptions=True)
            assert time.monotonic() - begun < 15
        assert all(one is None or isinstance(one, psycopg.OperationalError) for one in taken)
        assert await take(blocks, 1) == first_terminals(1)
