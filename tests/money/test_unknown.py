"""E7, E8, E2: payments whose answer was lost, whose process died, whose time ended. On the real parts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from oneclick.acquirer.messages import Answer
from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.use_cases.payer.pay import Paid, TypedCard
from oneclick.use_cases.payer.show_order import Stage
from oneclick.use_cases.steps.payment_outcome import PaymentEnd, write_outcome
from oneclick.use_cases.upkeep.expire_orders import ExpireOrders
from oneclick.use_cases.upkeep.resolve_operations import pause_after
from oneclick.vault.keyring import Keyring
from support.bench import NOW, ONE_CLICK, Bench, Choice, bench, rub

SHOP = ONE_CLICK + '[limits]\nday = "100000.00"\n[notifications]\nurl = "https://shop.example/push"\n'
TYPED = Choice(remember=False)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path, SHOP, deadline_s=0.4) as running:
        yield running


async def in_doubt(shop: Bench, fault: str, **changes: object) -> OrderId:
    """An order whose payment has lost its answer."""
    await shop.acquirer.misbehave(fault=fault, count=1)
    order_id, paid = await shop.paid(TYPED, **changes)
    assert paid is Paid.DONE
    shown = await shop.shown(order_id)
    assert (shown.order.state, shown.payment and shown.payment.state) == ("In Process", "unknown")
    assert await shop.link.wait_up(5)
    return order_id


FAULTS = ["no_answer", "drop_before_processing", "drop_after_processing", "garbage", "wrong_mac", "close"]


@pytest.mark.parametrize("two_stage", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
async def test_e7_a_payment_in_doubt_is_reversed_and_only_then_declined(
    shop: Bench, fault: str, *, two_stage: bool
) -> None:
    """E7, D3: whether the acquirer had processed it or not; the amount is given back and the shop is told once."""
    order_id = await in_doubt(shop, fault, two_stage=two_stage)
    assert await shop.turnover() == (10_050, 10_050)
    assert await shop.resolve() == 1
    shown = await shop.shown(order_id)
    assert (shown.order.state, shown.payment and shown.payment.as_code) == ("Declined", "AS998")
    assert {state for state, _, _ in await shop.live(order_id)} <= {"reversed"}
    assert await shop.turnover() == (0, 0)
    assert await shop.rows("SELECT count(*) FROM notification") == [(1,)]
    assert await shop.resolve() == 0


async def test_e7_a_reversal_is_repeated_till_it_is_confirmed(shop: Bench) -> None:
    """E7: with growing pauses, without an end; a worker that dies in between loses nothing."""
    order_id = await in_doubt(shop, "drop_after_processing")
    for attempt in range(1, 4):
        await shop.acquirer.misbehave(fault="no_answer", count=1)
        assert await shop.resolve() == 1
        ((state, attempts, due_at),) = await shop.rows("SELECT state, attempts, due_at FROM operation")
        assert (state, attempts, due_at) == ("unknown", attempt, shop.clock.now() + pause_after(attempt))
        assert await shop.resolve() == 0  # not due yet
        shop.clock.moment = due_at
    assert await shop.resolve() == 1
    assert await shop.state(order_id) == "Declined"
    assert [state for state, _, _ in await shop.live(order_id)] == ["reversed"]


def test_e7_pauses_grow_up_to_a_minute_and_never_end() -> None:
    """E7."""
    assert [pause_after(attempt).total_seconds() for attempt in (1, 2, 3, 4, 5, 6, 7, 8, 1000)] == [
        1, 2, 4, 8, 16, 32, 60, 60, 60,
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["08", "10", "11", "16", "68", "85", "87"])
async def test_e7_an_approval_of_a_kind_that_isnt_taken_leaves_no_money_blocked(shop: Bench, code: str) -> None:
    """E7, D3: approved in part, or against a document: declined at once, and reversed till the acquirer confirms."""
    order_id = await shop.order(customer_number=None)
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    instrument = TYPED.instrument
    assert isinstance(instrument, TypedCard)
    paying = asyncio.create_task(shop.pay(order_id, instrument, "192.0.2.7"))
    while not await shop.acquirer.ledger():  # noqa: ASYNC110  # a row gives no sign
        await asyncio.sleep(0.01)
    order = (await shop.shown(order_id)).order
    end = PaymentEnd(
        order=order,
        card=instrument.data,
        saved_card_id=None,
        consent=None,
        cards_max=10,
        counter=None,
    )
    (entry,) = await shop.acquirer.ledger()
    answer = Answer(
        response_code=code,
        authorisation_id=entry["authorisation_id"],
        rrn="",
        network_transaction_id=None,
        cvc2_result="M",
    )
    async with shop.pool.connection() as connection, connection.transaction():
        outcome = await write_outcome(connection, shop.keyring, end, answer, shop.clock.now())
    assert outcome is not None
    assert (outcome.state, outcome.as_code) == ("reversing", "AS998")
    assert await paying is Paid.DONE  # its answer is lost: what was written stays
    shown = await shop.shown(order_id)
    assert (shown.order.state, shown.stage) == ("Declined", Stage.DECLINED)
    assert [state for state, _, _ in await shop.live(order_id)] == ["captured"]
    assert await shop.resolve() == 1
    assert [state for state, _, _ in await shop.live(order_id)] == ["reversed"]
    assert [row[2] for row in await shop.operations(order_id)] == ["declined"]
    assert await shop.rows("SELECT count(*) FROM notification") == [(1,)]


async def test_e8_a_payment_whose_process_died_is_taken_over_and_reversed(shop: Bench) -> None:
    """E8: an intent that nobody finishes is due within a minute; before that it is left to its process."""
    order_id = await shop.order()
    await shop.acquirer.misbehave(fault="delay", seconds=30, count=1)
    dying = asyncio.create_task(shop.pay(order_id, TYPED.instrument, "192.0.2.7"))
    while not await shop.operations(order_id):  # noqa: ASYNC110  # a row gives no sign
        await asyncio.sleep(0.01)
    for task in asyncio.all_tasks():
        if task is dying or "_finish" in repr(task.get_coro()):
            task.cancel()
    await asyncio.wait({dying})
    assert (await shop.operations(order_id))[0][2] == "sent"
    assert await shop.resolve() == 0
    shop.clock.moment += timedelta(seconds=60)
    assert await shop.resolve() == 1
    assert await shop.state(order_id) == "Declined"


async def test_e8_several_workers_do_nothing_twice(shop: Bench) -> None:
    """E8: SKIP LOCKED and the lease: each payment in doubt is reversed by one of them."""
    for _ in range(6):
        await in_doubt(shop, "drop_after_processing")
    rounds = await asyncio.gather(*(shop.resolve() for _ in range(4)))
    assert sum(rounds) == 6
    assert await shop.rows("SELECT state, count(*), max(attempts) FROM operation GROUP BY state") == [
        ("declined", 6, 1)
    ]


async def test_e2_an_order_whose_time_is_over_is_closed_once(shop: Bench) -> None:
    """E2: by several workers side by side; one that is being paid, or in doubt, is left."""
    for _ in range(5):
        await shop.order()
    doubtful = await in_doubt(shop, "drop_before_processing")
    alive = await shop.order(expires_at=NOW + timedelta(hours=2))
    shop.clock.moment += timedelta(minutes=31)
    expire = ExpireOrders(shop.pool, shop.clock)
    rounds = await asyncio.gather(*(expire() for _ in range(3)))
    assert sum(rounds) == 5
    assert await expire() == 0
    assert await shop.rows("SELECT state, count(*) FROM payment_order GROUP BY state ORDER BY state") == [
        ("In Process", 2),
        ("Timeout", 5),
    ]
    assert await shop.resolve() == 1
    assert (await shop.state(doubtful), await shop.state(alive)) == ("Declined", "In Process")


async def test_e2_a_payment_in_flight_when_its_time_ends_decides(shop: Bench) -> None:
    """E2: begun in time, answered after it: approved; the order isn't closed under it."""
    order_id = await shop.order(amount=rub("10.00"))
    await shop.acquirer.misbehave(fault="delay", seconds=0.2, count=1)
    paying = asyncio.create_task(shop.pay(order_id, TYPED.instrument, "192.0.2.7"))
    while not await shop.operations(order_id):  # noqa: ASYNC110  # a row gives no sign
        await asyncio.sleep(0.01)
    shop.clock.moment += timedelta(minutes=31)
    assert await ExpireOrders(shop.pool, shop.clock)() == 0
    assert await paying is Paid.DONE
    assert await shop.state(order_id) == "Approved"


async def test_e7_an_intent_that_was_held_up_is_not_sent_any_more(shop: Bench) -> None:
    """E7, E8: after ten seconds a worker may be reversing it: it is declined, and the acquirer never hears of it."""
    order_id = await shop.order()
    async with shop.pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM payment_order FOR UPDATE")  # holds the intent up
        paying = asyncio.create_task(shop.pay(order_id, TYPED.instrument, "192.0.2.7"))
        await asyncio.sleep(0.2)
        shop.clock.moment += timedelta(seconds=11)
    assert await paying is Paid.DONE
    shown = await shop.shown(order_id)
    assert (shown.order.state, shown.payment and shown.payment.as_code) == ("Declined", "AS998")
    assert await shop.asked_acquirer() == 0
    assert await shop.turnover() == (0, 0)
