"""E7, E8: how a worker looks after many operations without an end at the same time. On the real parts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.use_cases.steps.acquirer_options import AcquirerOptions
from oneclick.use_cases.upkeep.resolve_operations import ResolveOperations
from oneclick.vault.keyring import Keyring
from support.bench import ONE_CLICK, Bench, Choice, bench
from support.wire import until

TYPED = Choice(remember=False)
PATIENT = AcquirerOptions(acquirer_id="123456", deadline_s=20)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path, ONE_CLICK, deadline_s=0.4) as running:
        yield replace(running, resolving=ResolveOperations(pool, running.link, running.clock, PATIENT))


async def in_doubt(shop: Bench, count: int) -> list[OrderId]:
    """Orders whose payments have lost their answers."""
    await shop.acquirer.misbehave(fault="no_answer", count=count, mtis=["0200"])
    paid = await asyncio.gather(*(shop.paid(TYPED, customer_number=None) for _ in range(count)))
    return [order_id for order_id, _ in paid]


async def states(shop: Bench) -> dict[str, int]:
    return dict(await shop.rows("SELECT state, count(*) FROM operation GROUP BY state"))


async def test_e8_a_reversal_that_is_not_answered_holds_up_no_other(shop: Bench) -> None:
    """E8: its hand is busy till its deadline; the others take what is due, in this round and in the next ones."""
    await in_doubt(shop, 30)
    await shop.acquirer.misbehave(fault="delay", seconds=6, count=1, mtis=["0420"])
    async with asyncio.timeout(5):
        taken = [await shop.resolving(), await shop.resolving()]
        while sum(taken) < 30:
            taken.append(await shop.resolving())
        while await states(shop) != {"declined": 29, "unknown": 1}:  # noqa: ASYNC110  # a row gives no sign
            await asyncio.sleep(0.05)
    assert taken[0] == 20
    await shop.resolving.drain(20)
    assert await states(shop) == {"declined": 30}


async def test_e8_no_more_than_twenty_are_looked_after_at_once(shop: Bench) -> None:
    """A bound on everything: who finds the task pool full waits for the first task that ends."""
    await in_doubt(shop, 25)
    await shop.acquirer.misbehave(fault="delay", seconds=1.0, count=20, mtis=["0420"])
    assert await shop.resolving() == 20
    await until(lambda: shop.link.in_flight == 20)
    assert 1 <= await shop.resolving() <= 5
    assert shop.link.in_flight <= 20
    await shop.resolving.drain(20)
    while await shop.resolve():
        pass
    assert await states(shop) == {"declined": 25}


async def test_e8_an_error_with_one_operation_is_its_own(shop: Bench) -> None:
    """E8: it is due again after its lease; the others are resolved."""
    await in_doubt(shop, 3)
    await shop.do(
        "UPDATE operation SET amount_minor = 10 ^ 13 WHERE billnumber = (SELECT min(billnumber) FROM operation)"
    )
    assert await shop.resolve() == 3
    assert await states(shop) == {"declined": 2, "unknown": 1}


async def test_e7_a_payment_is_reversed_under_the_acquirer_id_that_it_was_sent_with(shop: Bench) -> None:
    """E7, ISO fields 32 and 90: the same bytes each time, also when the setting has changed in between."""
    (order_id,) = await in_doubt(shop, 1)
    changed = replace(PATIENT, acquirer_id="654321")
    later = replace(shop, resolving=ResolveOperations(shop.pool, shop.link, shop.clock, changed))
    assert await later.resolve() == 1
    assert await shop.state(order_id) == "Declined"
    assert [state for state, _, _ in await shop.live(order_id)] == ["reversed"]
    # One that was sent before the id was written down is told of with today's.
    (before,) = await in_doubt(shop, 1)
    await shop.do("UPDATE operation SET acquirer_id = NULL")
    assert await shop.resolve() == 1
    assert [state for state, _, _ in await shop.live(before)] == ["reversed"]
