"""B16, B17, B18: attempts of one payer, one after the other. By whole payments on the real database and wire."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.use_cases.payer.pay import Paid
from oneclick.use_cases.payer.retry_order import RetryOrder
from oneclick.use_cases.payer.show_order import Stage
from oneclick.vault.keyring import Keyring
from support.bench import ATTEMPTS_MAX, DECLINES, ONE_CLICK, Bench, Choice, bench, rub

DECLINED = Choice(DECLINES, remember=False)
APPROVED = Choice(remember=False)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path, ONE_CLICK) as running:
        yield running


@pytest.fixture
def retry(shop: Bench) -> RetryOrder:
    return RetryOrder(shop.pool, shop.clock, ATTEMPTS_MAX)


async def pay(shop: Bench, order_id: OrderId, choice: Choice = DECLINED) -> None:
    assert await shop.pay(order_id, choice.instrument, "192.0.2.7") is Paid.DONE


@pytest.mark.parametrize("customer", ["client-42", None])
async def test_b17_a_repeated_retry_opens_no_second_attempt(
    shop: Bench, retry: RetryOrder, customer: str | None
) -> None:
    """B17: the same form posted again, by a reload or a second click, finds the attempt that it made."""
    first = await shop.order(customer_number=customer)
    await pay(shop, first)
    second = await retry(first)
    assert second != first
    assert await retry(first) == second  # not paid yet
    await pay(shop, second)
    assert [await retry(first) for _ in range(3)] == [second] * 3
    third = await retry(second)
    assert third not in {first, second}
    await pay(shop, third, APPROVED)
    assert {await retry(each) for each in (first, second, third)} == {third}
    assert await shop.asked_acquirer() == 3


async def test_b17_retries_at_once_pay_once(shop: Bench, retry: RetryOrder) -> None:
    """B17: a double click without scripts, at the moment when the first one's payment is already declined too."""

    async def click(order_id: OrderId) -> None:
        await shop.pay(await retry(order_id), DECLINED.instrument, "192.0.2.7")

    order_id = await shop.order()
    await pay(shop, order_id)
    for asked in (2, 3, 4):
        await asyncio.gather(*(click(order_id) for _ in range(8)))
        assert await shop.asked_acquirer() == asked
        order_id = (await shop.shown(order_id)).order.order_id


async def test_b18_an_earlier_attempts_page_tells_of_the_newest(shop: Bench, retry: RetryOrder) -> None:
    """B17, B18: nobody reads "it failed, try again" while a later attempt is with the bank, or paid."""
    first = await shop.order()
    await pay(shop, first)
    second = await retry(first)
    shown = await shop.shown(first)
    assert (shown.order.order_id, shown.stage) == (second, Stage.PAYABLE)
    await pay(shop, second)
    third = await retry(second)
    await shop.acquirer.misbehave(fault="delay", seconds=0.5, count=1)
    paying = asyncio.create_task(pay(shop, third, APPROVED))
    while not await shop.operations(third):  # noqa: ASYNC110  # a row gives no sign
        await asyncio.sleep(0.01)
    assert [(await shop.shown(each)).stage for each in (first, second)] == [Stage.CHECKING] * 2
    await paying
    for each in (first, second, third):
        shown = await shop.shown(each)
        assert (shown.order.order_id, shown.stage, shown.retryable) == (third, Stage.APPROVED, False)


async def test_b17_e3_the_order_that_the_shop_opens_anew_is_the_payers_too(shop: Bench, retry: RetryOrder) -> None:
    """B17, B18, E3: whether the page or the shop opened the next attempt, a repeated form makes no other one."""
    first = await shop.order(order_number="anew")
    await pay(shop, first)
    anew = await shop.order(order_number="anew")
    assert await retry(first) == anew
    await pay(shop, anew)
    assert await retry(first) == anew
    third = await retry(anew)
    await pay(shop, third, APPROVED)
    for each in (first, anew, third):
        shown = await shop.shown(each)
        assert (shown.order.order_id, shown.stage) == (third, Stage.APPROVED)
    assert await shop.asked_acquirer() == 3


@pytest.mark.parametrize(
    "change",
    [{"customer_number": "somebody else"}, {"customer_number": None}, {"amount": rub("7.77")}, {"two_stage": True}],
)
async def test_b16_e3_somebody_elses_order_is_no_attempt_of_this_payer(
    shop: Bench, retry: RetryOrder, change: dict[str, Any]
) -> None:
    """A9, B16: nor is it while the number is held, nor does its page show at the old address."""
    first = await shop.order(order_number="theirs")
    await pay(shop, first)
    theirs = await shop.order(order_number="theirs", **change)
    assert await retry(first) == first
    assert (await shop.shown(first)).order.order_id == first
    await pay(shop, theirs)
    assert await retry(first) not in {first, theirs}  # the number is free again


async def test_c5_an_old_link_follows_no_order_that_is_opened_after_its_time(shop: Bench, retry: RetryOrder) -> None:
    """B16, E2: days later the shop opens the number again: the old link shows its own end, and no wallet."""
    first = await shop.order(order_number="later")
    await pay(shop, first)
    shop.clock.moment += timedelta(minutes=30)
    later = await shop.order(order_number="later")
    assert later != first
    assert await retry(first) == first
    assert (await shop.shown(first)).stage is Stage.DECLINED


async def test_b16_the_last_attempt_is_the_end(shop: Bench, retry: RetryOrder) -> None:
    """B16: so many attempts, or the time is over: each page tells of the newest, and opens no other."""
    newest = first = await shop.order()
    for _ in range(ATTEMPTS_MAX):
        newest = await retry(newest)
        await pay(shop, newest)
    assert await shop.asked_acquirer() == ATTEMPTS_MAX
    assert (await retry(newest), await retry(first)) == (newest, newest)
    assert (await shop.shown(first)).retryable is False
    late = await shop.order()
    await pay(shop, late)
    shop.clock.moment += timedelta(minutes=30)
    assert await retry(late) == late
    assert (await shop.shown(late)).retryable is False
