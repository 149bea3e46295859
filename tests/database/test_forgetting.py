"""Housekeeping holds up nobody: what is too old goes in small pieces, beside the locks of others. B19, E8."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from oneclick.card import CardNumber
from oneclick.database.customers import lock_holders
from oneclick.database.pool import Pool
from oneclick.use_cases.upkeep.age_cards import AgeCards
from oneclick.use_cases.upkeep.purge_old_rows import PurgeOldRows
from oneclick.vault.guesses import note_wrong_cvc2
from oneclick.vault.keyring import Keyring
from support.bench import CUSTOMER, NOW, STOLEN, WRONG, Bench, Choice, bench
from support.rows import MERCHANT_ID

UNMATCHED_ANSWERS = """
INSERT INTO unmatched_answer (received_at, reason)
SELECT %(at)s - interval '30 days' - make_interval(secs => number - 1), 'late'
FROM generate_series(1, %(count)s) AS number
"""
GUESSES = """
INSERT INTO wrong_cvc2 (card_print, wrong_at)
SELECT sha256(number::text::bytea), ARRAY[%(at)s - interval '25 hours'] FROM generate_series(1, %(count)s) AS number
"""


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path, deadline_s=2) as running:
        yield running


async def put(pool: Pool, statement: str, count: int) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, {"at": NOW, "count": count})


async def test_what_is_too_old_goes_a_thousand_rows_at_a_time(shop: Bench) -> None:
    """A bound on everything; the newest that is kept is 30 days old to the microsecond, a wrong CVC2 a day."""
    await put(shop.pool, UNMATCHED_ANSWERS, 2_501)
    await put(shop.pool, GUESSES, 1_001)
    purge = PurgeOldRows(shop.pool, shop.clock)
    assert [await purge.unmatched_answers() for _ in range(4)] == [1_000, 1_000, 500, 0]
    assert await shop.rows("SELECT received_at FROM unmatched_answer") == [(NOW - timedelta(days=30),)]
    assert [await purge.guesses() for _ in range(3)] == [1_000, 1, 0]
    assert await shop.rows("SELECT count(*) FROM wrong_cvc2") == [(0,)]


async def test_workers_that_forget_side_by_side_never_wait_for_each_other(shop: Bench) -> None:
    """Rows that somebody else holds are passed over."""
    await put(shop.pool, UNMATCHED_ANSWERS, 3_001)
    purge = PurgeOldRows(shop.pool, shop.clock)
    async with shop.pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM unmatched_answer ORDER BY received_at LIMIT 500 FOR UPDATE")
        async with asyncio.timeout(3):
            assert sum(await asyncio.gather(*(purge.unmatched_answers() for _ in range(3)))) == 2_500
    assert await purge.unmatched_answers() == 500


async def test_e8_forgetting_takes_no_round_from_resolving(shop: Bench) -> None:
    """E8: what somebody does with old unmatched delays no reversal."""
    await put(shop.pool, UNMATCHED_ANSWERS, 10)
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    order_id, _ = await shop.paid(Choice(remember=False))
    async with shop.pool.connection() as connection, connection.transaction():
        await connection.execute("LOCK TABLE unmatched_answer IN ACCESS EXCLUSIVE MODE")
        async with asyncio.timeout(3):
            assert await shop.resolve() == 1
    assert await shop.state(order_id) == "Declined"


async def test_b19_c2_c4_ageing_and_an_outcome_lock_in_no_circle(shop: Bench) -> None:
    """B19, C2, C4: an outcome holds a card's row of guesses, then its customer's; ageing takes the customers alone."""
    assert await shop.ended() == ("approved", "AS000")
    assert await shop.ended(Choice(STOLEN, cvc2=WRONG, remember=False), customer_number="x") == ("declined", "AS108")
    await shop.do("UPDATE stored_card SET expires_on = '2031-06-30'")
    shop.clock.moment += timedelta(hours=30)
    purge = PurgeOldRows(shop.pool, shop.clock)
    async with shop.pool.connection() as connection, connection.transaction():
        await note_wrong_cvc2(connection, shop.keyring, CardNumber(STOLEN), shop.clock.now())
        async with asyncio.timeout(3):
            assert await AgeCards(shop.pool, shop.clock)() == 1
            assert await purge.guesses() == 0
        assert len(await lock_holders(connection, MERCHANT_ID, [CUSTOMER])) == 1
    assert await shop.status() == "Not active"
