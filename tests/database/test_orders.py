"""E2, E3: which order an order number opens, by the use case on the real database."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.clock import FixedClock
from oneclick.database.operations import begin_payment
from oneclick.database.orders import OrderRow, attempts, expire_order, find_order, finish_order, retry_order
from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import ORDER_LIFE, OperationState, OrderState
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.vault.keyring import Keyring
from support.rows import (
    MERCHANT_ID,
    NOW,
    ORDER,
    WORD,
    finish_payment,
    intent,
    outcome,
    put_merchant,
    put_order,
    put_payment,
)

ON = "[one_click]\nenabled = true"


def request(changes: dict[str, str] | None = None, *, signed: bool = True) -> OrderRequest:
    values = {
        "Merchant_ID": str(MERCHANT_ID),
        "OrderNumber": "A-1",
        "OrderAmount": "100.50",
        "OrderCurrency": "RUB",
        "CustomerNumber": "client-42",
    } | (changes or {})
    names = ("Merchant_ID", "OrderNumber", "OrderAmount", "OrderCurrency", "CustomerNumber")
    text = ";".join(values[name] for name in names if values[name])
    inner = "".join(hashlib.md5(part.encode(), usedforsecurity=False).hexdigest() for part in (WORD, text)).upper()
    checkvalue = hashlib.md5(inner.encode(), usedforsecurity=False).hexdigest().upper()
    read = read_order_request((values | ({"Checkvalue": checkvalue} if signed else {})).items())
    assert isinstance(read, OrderRequest), read
    return read


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def open_order(pool: Pool, keyring: Keyring, clock: FixedClock) -> OpenOrder:
    await put_merchant(pool, keyring, ON)
    return OpenOrder(pool, keyring, clock, 1800)


async def opened(open_order: OpenOrder, changes: dict[str, str] | None = None) -> OrderId:
    order_id = await open_order(request(changes))
    assert isinstance(order_id, OrderId), order_id
    return order_id


async def refusal(open_order: OpenOrder, order: OrderRequest) -> Reason:
    refused = await open_order(order)
    assert isinstance(refused, Refused), refused
    return refused.reason


async def all_orders(pool: Pool, number: str = "A-1") -> list[OrderRow]:
    async with pool.connection() as connection:
        period = (NOW - timedelta(days=1), NOW + timedelta(days=1))
        return await attempts(connection, MERCHANT_ID, MERCHANT_ID, number, period)


async def end(pool: Pool, order_id: OrderId, state: OrderState) -> None:
    async with pool.connection() as connection:
        await finish_order(connection, order_id, ORDER_LIFE.move(OrderState.IN_PROCESS, state))


async def test_an_order_is_a_row_in_process(pool: Pool, open_order: OpenOrder) -> None:
    """E2: it lives 30 minutes; P 12.7: it is there at once, with its billnumber."""
    order_id = await opened(open_order, {"Language": "EN", "OrderComment": "<b>Books</b>"})
    assert await all_orders(pool) == [
        OrderRow(
            customer_base_id=MERCHANT_ID,
            billnumber=order_id.billnumber,
            merchant_id=MERCHANT_ID,
            order_number="A-1",
            amount_minor=10050,
            currency="RUB",
            state=OrderState.IN_PROCESS,
            customer_number="client-42",
            language=Language.EN,
            parameters={"OrderComment": "bBooks/b"},
            created_at=NOW,
            expires_at=NOW + timedelta(minutes=30),
            two_stage=False,
        )
    ]
    assert len(str(order_id.billnumber)) == 16


async def test_e3_the_same_order_goes_on(pool: Pool, open_order: OpenOrder, clock: FixedClock) -> None:
    """E3: equal amount, currency and customer, however the amount is written, till its last second."""
    order_id = await opened(open_order)
    clock.moment += timedelta(minutes=29, seconds=59)
    assert await opened(open_order) == order_id
    assert await opened(open_order, {"OrderAmount": "100,5"}) == order_id
    assert len(await all_orders(pool)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"OrderAmount": "100.51"},
        {"OrderCurrency": "EUR"},
        {"CustomerNumber": "client-43"},
        {"CustomerNumber": "Client-42"},
    ],
)
async def test_e3_other_values_under_a_held_number_are_refused(
    pool: Pool, open_order: OpenOrder, other: dict[str, str]
) -> None:
    """E3: 11/201, and the order stays as it was."""
    await opened(open_order)
    before = await all_orders(pool)
    assert await refusal(open_order, request(other)) == Reason.ORDER_NUMBER_TAKEN
    assert await all_orders(pool) == before


async def test_e3_a_paid_order_keeps_its_number_for_ever(pool: Pool, open_order: OpenOrder, clock: FixedClock) -> None:
    """E3: 11/201 after Approved, also with equal values and long after."""
    await end(pool, await opened(open_order), OrderState.APPROVED)
    before = await all_orders(pool)
    clock.moment += timedelta(days=300)
    assert await refusal(open_order, request()) == Reason.ORDER_NUMBER_TAKEN
    assert await all_orders(pool) == before


async def test_e3_a_declined_order_makes_room_for_a_new_attempt(pool: Pool, open_order: OpenOrder) -> None:
    """E3: with a new billnumber, and other values if the shop says so."""
    first = await opened(open_order)
    await end(pool, first, OrderState.DECLINED)
    second = await opened(open_order, {"OrderAmount": "90.00"})
    assert second.billnumber > first.billnumber
    assert [(row.billnumber, row.state) for row in await all_orders(pool)] == [
        (second.billnumber, "In Process"),
        (first.billnumber, "Declined"),
    ]


async def test_e2_an_expired_order_is_closed_and_its_number_can_come_again(
    pool: Pool, open_order: OpenOrder, clock: FixedClock
) -> None:
    """E2, E3: Timeout from the very moment on which its time ends."""
    first = await opened(open_order)
    clock.moment += timedelta(minutes=30)
    second = await opened(open_order, {"CustomerNumber": "client-43"})
    assert [(row.billnumber, row.state) for row in await all_orders(pool)] == [
        (second.billnumber, "In Process"),
        (first.billnumber, "Timeout"),
    ]


async def test_e2_an_order_whose_payment_was_begun_does_not_expire(
    pool: Pool, open_order: OpenOrder, clock: FixedClock
) -> None:
    """E2, E7: a payment that is being checked holds the number, so nobody pays twice."""
    order_id = await opened(open_order)
    async with pool.connection() as connection:
        assert await begin_payment(connection, intent(order_id))
        assert await finish_payment(connection, order_id, outcome(OperationState.UNKNOWN))
    clock.moment += timedelta(hours=1)
    assert await refusal(open_order, request({"OrderAmount": "1.00"})) == Reason.ORDER_NUMBER_TAKEN
    assert await refusal(open_order, request()) == Reason.ORDER_NUMBER_TAKEN
    assert [row.state for row in await all_orders(pool)] == ["In Process"]


async def test_e2_an_order_does_not_expire_while_a_payment_is_being_begun(pool: Pool, open_order: OpenOrder) -> None:
    """E2, B17: the last second belongs to the payment: an order is never Timeout with a payment on it."""
    order_id = await opened(open_order)
    over = NOW + timedelta(minutes=30)
    async with pool.connection() as paying, pool.connection() as closing:
        async with paying.transaction():
            assert await begin_payment(paying, intent(order_id, sent_at=over - timedelta(milliseconds=1)))
            closes = asyncio.create_task(expire_order(closing, order_id, over))
            await asyncio.sleep(0.2)
        await closes
    assert [row.state for row in await all_orders(pool)] == ["In Process"]


async def test_e3_fifty_requests_at_once_open_one_order(pool: Pool, open_order: OpenOrder) -> None:
    """E3; P 12.11: clients repeat a request within milliseconds."""
    opened_ids = await asyncio.gather(*(open_order(request()) for _ in range(50)))
    (row,) = await all_orders(pool)
    assert set(opened_ids) == {row.order_id}


async def test_e3_fifty_requests_at_once_after_a_timeout_open_one_order(
    pool: Pool, open_order: OpenOrder, clock: FixedClock
) -> None:
    """E3: the expired one is closed once."""
    first = await opened(open_order)
    clock.moment += timedelta(hours=1)
    opened_ids = await asyncio.gather(*(open_order(request()) for _ in range(50)))
    rows = await all_orders(pool)
    assert [row.state for row in rows] == ["In Process", "Timeout"]
    assert set(opened_ids) == {rows[0].order_id}
    assert rows[1].order_id == first


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (request({"Merchant_ID": "7"}), Reason.MERCHANT_UNKNOWN),
        (request(signed=False), Reason.SIGNATURE_WRONG),
        (request({"CustomerNumber": ""}), Reason.CUSTOMER_REQUIRED),
        (request({"OrderAmount": "0.00"}), Reason.AMOUNT_OUT_OF_BOUNDS),
        (request({"OrderAmount": "1.50", "OrderCurrency": "JPY"}), Reason.AMOUNT_MALFORMED),
    ],
)
async def test_a_refused_order_leaves_no_row(
    pool: Pool, open_order: OpenOrder, order: OrderRequest, reason: Reason
) -> None:
    """A5, A6, E6: the reason, and nothing stored."""
    assert await refusal(open_order, order) is reason
    async with pool.connection() as connection:
        assert await (await connection.execute("SELECT count(*) FROM payment_order")).fetchone() == (0,)


async def test_a5_a_guests_order_has_no_customer(pool: Pool, keyring: Keyring, open_order: OpenOrder) -> None:
    """A5: where the merchant lets guests pay."""
    await put_merchant(pool, keyring, f"{ON}\nguest_orders = true")
    await opened(open_order, {"CustomerNumber": ""})
    assert [row.customer_number for row in await all_orders(pool)] == [None]


async def test_a1_a_merchant_that_is_switched_off_keeps_no_customer(
    pool: Pool, keyring: Keyring, open_order: OpenOrder
) -> None:
    """A1: the CustomerNumber of a plain order is not taken for one."""
    await put_merchant(pool, keyring)
    assert isinstance(await open_order(request(signed=False)), OrderId)
    assert [row.customer_number for row in await all_orders(pool)] == [None]


async def test_b16_a_declined_order_is_tried_again_within_its_time(pool: Pool, keyring: Keyring) -> None:
    """B16, E3: a new billnumber till the first one's time ends; one new attempt, however many ask."""
    await put_merchant(pool, keyring)
    declined = await put_payment(pool, state=OrderState.DECLINED)
    paid = await put_payment(pool, replace(ORDER, order_number="A-2"))
    waiting = await put_order(pool, replace(ORDER, order_number="A-3"))

    async def again(order_id: OrderId, minutes: int) -> OrderId | None:
        async with pool.connection() as connection:
            return await retry_order(connection, order_id, NOW + timedelta(minutes=minutes))

    assert await again(declined, 30) is await again(paid, 1) is await again(waiting, 1) is None
    assert await again(OrderId(MERCHANT_ID + 1, declined.billnumber), 1) is None
    tried = [order_id for order_id in await asyncio.gather(*(again(declined, 5) for _ in range(10))) if order_id]
    (row, _) = await all_orders(pool)
    assert tried == [row.order_id]
    assert (row.state, row.amount, row.expires_at) == ("In Process", ORDER.amount, ORDER.expires_at)


async def test_a9_an_order_is_found_only_within_its_customer_base(pool: Pool, keyring: Keyring) -> None:
    """A9."""
    await put_merchant(pool, keyring)
    order_id = await put_order(pool)
    stranger = OrderId(order_id.customer_base_id + 1, order_id.billnumber)
    async with pool.connection() as connection:
        assert await find_order(connection, stranger) is None
        await finish_order(connection, stranger, ORDER_LIFE.move(OrderState.IN_PROCESS, OrderState.APPROVED))
        await expire_order(connection, stranger, NOW + timedelta(days=1))
        found = await find_order(connection, order_id)
    assert found is not None
    assert (found.order.state, found.merchant.name) == ("In Process", "Bookshop")


async def test_e1_an_order_that_ended_is_not_moved_again(pool: Pool) -> None:
    """E1."""
    order_id = await put_order(pool)
    for state in (OrderState.DECLINED, OrderState.APPROVED, OrderState.TIMEOUT):
        await end(pool, order_id, state)
    async with pool.connection() as connection:
        await expire_order(connection, order_id, NOW + timedelta(days=1))
    assert [row.state for row in await all_orders(pool)] == ["Declined"]
