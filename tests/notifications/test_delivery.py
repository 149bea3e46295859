"""F1; P 4.2: notifications are delivered by the retry plan, on the real database to a real listener."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from oneclick.clock import FixedClock
from oneclick.database.pool import Pool
from oneclick.notifications.sender import Addresses, NotificationSender
from oneclick.payments.lives import OrderState
from oneclick.use_cases.upkeep.deliver_notifications import DeliverNotifications
from oneclick.vault.keyring import Keyring
from support.rows import NOW, ORDER, put_merchant, put_payment, put_payments

DUE = NOW + timedelta(seconds=2)
LOOPBACK = Addresses((ipaddress.ip_network("127.0.0.1/32"),))


@dataclass
class Shop:
    """A merchant's server that answers as it is told to."""

    status: int = 200
    text: str = '<?xml version="1.0"?><pushpaymentresult firstcode="0" secondcode="0"/>'
    port: int = 0
    packets: list[dict[str, str]] = field(default_factory=list)
    slow_for: str = ""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        self.packets.append(dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)))
        if self.packets[-1]["ordernumber"] == self.slow_for:
            await self.goes_on.wait()
        return web.Response(text=self.text, status=self.status)


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    shop = Shop()
    application = web.Application()
    application.router.add_post("/push", shop.receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shop.port = runner.addresses[0][1]
    try:
        yield shop
    finally:
        await runner.cleanup()


@dataclass
class RunningDemo:
    """A shop, its merchant in the database, a worker, and the clock between them."""

    shop: Shop
    pool: Pool
    clock: FixedClock
    deliver: DeliverNotifications

    async def rows(self) -> list[tuple[object, ...]]:
        async with self.pool.connection() as connection:
            statement = "SELECT state, attempts, due_at, finished_at, last_answer FROM notification ORDER BY billnumber"
            return await (await connection.execute(statement)).fetchall()

    async def states(self, *wanted: str) -> None:
        """Waits till the notifications are in these states."""
        while [row[0] for row in await self.rows()] != list(wanted):  # noqa: ASYNC110  # a row gives no sign
            await asyncio.sleep(0.01)

    async def at(self, moment: datetime) -> int:
        self.clock.moment = moment
        taken = await self.deliver()
        await self.deliver.drain(10)
        return taken


@pytest.fixture
async def stack(pool: Pool, keyring: Keyring) -> AsyncIterator[RunningDemo]:
    async with open_shop() as shop, NotificationSender(LOOPBACK, 5.0) as sender:
        await put_merchant(pool, keyring, f'[notifications]\nurl = "http://127.0.0.1:{shop.port}/push"')
        clock = FixedClock(DUE)
        yield RunningDemo(shop, pool, clock, DeliverNotifications(pool, keyring, sender, clock, test_mode=True))


async def test_a_payment_is_told_once(stack: RunningDemo) -> None:
    """F1; P 4.2: delivered when the merchant takes it, and never sent again."""
    order_id = await put_payment(stack.pool)
    assert await stack.at(DUE - timedelta(microseconds=1)) == 0
    assert await stack.at(DUE) == 1
    assert await stack.at(DUE + timedelta(days=1)) == 0
    (packet,) = stack.shop.packets
    assert (packet["ordernumber"], packet["billnumber"]) == ("A-1", f"{order_id.billnumber}.1")
    assert (packet["orderstate"], packet["responsecode"], packet["testmode"]) == ("Approved", "AS000", "1")
    assert (packet["amount"], packet["meannumber"]) == ("100.50", "411111******1111")
    assert packet["packetdate"] == "15.07.2031 12:00:02"
    assert len(packet["checkvalue"]) == 32
    assert await stack.rows() == [("delivered", 1, DUE + timedelta(seconds=90), DUE, "HTTP 200, codes 0/0")]


async def test_a_decline_is_told_too(stack: RunningDemo) -> None:
    """P 4.2."""
    await put_payment(stack.pool, state=OrderState.DECLINED)
    assert await stack.at(DUE) == 1
    (packet,) = stack.shop.packets
    assert (packet["orderstate"], packet["responsecode"]) == ("Declined", "AS100")


async def test_no_answer_is_repeated_a_minute_later(stack: RunningDemo) -> None:
    """P 4.2: with a fresh packetdate."""
    await put_payment(stack.pool)
    stack.shop.status, stack.shop.text = 503, "down"
    assert await stack.at(DUE) == 1
    assert await stack.rows() == [("due", 1, DUE + timedelta(minutes=1), None, "HTTP 503")]
    assert await stack.at(DUE + timedelta(seconds=59)) == 0
    stack.shop.status, stack.shop.text = 200, ""
    assert await stack.at(DUE + timedelta(minutes=1)) == 1
    assert [packet["packetdate"] for packet in stack.shop.packets] == ["15.07.2031 12:00:02", "15.07.2031 12:01:02"]
    assert [row[:2] for row in await stack.rows()] == [("delivered", 2)]


async def test_a_refusal_is_not_repeated(stack: RunningDemo) -> None:
    """P 4.2: an answer with an error code serves for diagnosis."""
    await put_payment(stack.pool)
    stack.shop.text = "<pushpaymentresult firstcode='9' secondcode='7'/>"
    assert await stack.at(DUE) == 1
    assert await stack.at(DUE + timedelta(days=1)) == 0
    assert len(stack.shop.packets) == 1
    assert await stack.rows() == [("refused", 1, DUE + timedelta(seconds=90), DUE, "HTTP 200, codes 9/7")]


async def test_it_gives_up_after_eight_repeats(stack: RunningDemo) -> None:
    """P 4.2: by 1, 2, 5, 10, 20, 40, 60, 90 minutes; the row stays, as abandoned."""
    await put_payment(stack.pool)
    stack.shop.status = 500
    stack.shop.text = ""
    moment = DUE
    for minutes in (1, 2, 5, 10, 20, 40, 60, 90):
        assert await stack.at(moment) == 1
        assert [row[2] for row in await stack.rows()] == [moment + timedelta(minutes=minutes)]
        moment += timedelta(minutes=minutes)
        assert await stack.at(moment - timedelta(microseconds=1)) == 0
    assert await stack.at(moment) == 1
    assert [(row[0], row[1], row[3]) for row in await stack.rows()] == [("abandoned", 9, moment)]
    assert await stack.at(moment + timedelta(days=9)) == 0
    assert len(stack.shop.packets) == 9


async def test_a_refused_address_is_not_called_and_the_plan_goes_on(stack: RunningDemo, keyring: Keyring) -> None:
    """F1: private addresses are refused, and the record says so."""
    await put_payment(stack.pool)
    async with NotificationSender(Addresses(()), 5.0) as sender:
        inward = DeliverNotifications(stack.pool, keyring, sender, stack.clock, test_mode=True)
        assert await inward() == 1
        await inward.drain(10)
    assert stack.shop.packets == []
    assert [(row[0], row[4]) for row in await stack.rows()] == [("due", "the address may not be called")]


async def test_rounds_take_twenty_at_most(stack: RunningDemo) -> None:
    """House rule 12: a bound on everything; each payment is told once."""
    order_ids = await put_payments(stack.pool, 25)
    assert [await stack.at(DUE), await stack.at(DUE), await stack.at(DUE)] == [20, 5, 0]
    assert {packet["billnumber"] for packet in stack.shop.packets} == {f"{one.billnumber}.1" for one in order_ids}
    assert len(stack.shop.packets) == 25


async def test_a_shop_that_answers_slowly_holds_up_no_other_notification(stack: RunningDemo) -> None:
    """House rule 12: rounds begin what is due, and don't wait for its end."""
    await put_payments(stack.pool, 2)
    stack.clock.moment, stack.shop.slow_for = DUE, "A-0"
    async with asyncio.timeout(4):
        assert await stack.deliver() == 2
        await stack.states("due", "delivered")
        await put_payment(stack.pool, replace(ORDER, order_number="A-2"))
        assert await stack.deliver() == 1
        await stack.states("due", "delivered", "delivered")
    stack.shop.goes_on.set()
    await stack.deliver.drain(10)
    await stack.states("delivered", "delivered", "delivered")


async def test_a_merchant_whose_secret_does_not_open_does_not_hold_up_the_others(stack: RunningDemo) -> None:
    """F1: one broken row does not end the round; it stays due."""
    await put_payments(stack.pool, 2)
    async with stack.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO merchant SELECT 7, customer_base_id, name, currency, time_zone, language, 'broken'::bytea,"
            " signature_public_key, signature_required, signature_delimited, one_click_enabled, one_click_mode,"
            " consent_preselected, guest_orders, web_login, web_password_hash, notification_url, return_ok, return_no,"
            " limit_day_minor, limit_week_minor, mcc, name_and_place FROM merchant"
        )
        await connection.execute("UPDATE payment_order SET merchant_id = 7 WHERE order_number = 'A-0'")
    assert await stack.at(DUE) == 2
    assert [packet["ordernumber"] for packet in stack.shop.packets] == ["A-1"]
    broken, told = await stack.rows()
    assert broken[:2] == ("due", 1)
    assert told[0] == "delivered"
