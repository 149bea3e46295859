"""B17, E7: one payment an order, whatever comes at once; its outcome is written once."""

import asyncio
from datetime import datetime, timedelta

import pytest

from oneclick.database.operations import begin_payment, find_payment
from oneclick.database.orders import expire_order
from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.payments.lives import OPERATION_LIFE, OperationState, OrderState
from support.rows import NOW, ORDER, finish_payment, intent, outcome, put_order

STILL_SENT = ("sent", None, None)


async def begun(pool: Pool, order_id: OrderId, stan: int = 1, sent_at: datetime = NOW) -> bool:
    async with pool.connection() as connection:
        return await begin_payment(connection, intent(order_id, stan=stan, sent_at=sent_at))


async def count(pool: Pool) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT count(*) FROM operation")).fetchone()
    assert row is not None
    return int(row[0])


async def stands(pool: Pool, order_id: OrderId) -> tuple[str, str | None, str | None]:
    async with pool.connection() as connection:
        payment = await find_payment(connection, order_id)
    assert payment is not None
    return payment.state, payment.as_code, payment.authorisation_id


async def test_b17_of_fifty_payments_at_once_exactly_one_is_begun(pool: Pool) -> None:
    """B17: double click, reload, two tabs, a repeated POST."""
    order_id = await put_order(pool)
    results = await asyncio.gather(*(begun(pool, order_id, stan) for stan in range(1, 51)))
    assert sorted(results) == [False] * 49 + [True]
    assert await count(pool) == 1
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT stan, amount_minor, currency, state FROM operation")).fetchone()
    assert row == (results.index(True) + 1, 10050, "RUB", "sent")


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.IN_PROCESS])
async def test_b17_nothing_is_begun_on_an_order_that_ended(pool: Pool, state: OrderState) -> None:
    """B17, E2: and no row is left."""
    order_id = await put_order(pool)
    async with pool.connection() as connection:
        await connection.execute("UPDATE payment_order SET state = %s", (state,))
    assert not await begun(pool, order_id)
    assert await count(pool) == 0


async def test_e2_nothing_is_begun_on_an_order_whose_time_is_over(pool: Pool) -> None:
    """E2: to the microsecond, though nobody has closed it yet."""
    order_id = await put_order(pool)
    assert not await begun(pool, order_id, sent_at=ORDER.expires_at)
    assert await count(pool) == 0
    assert await begun(pool, order_id, sent_at=ORDER.expires_at - timedelta(microseconds=1))


async def test_a9_nothing_is_begun_on_another_bases_order(pool: Pool) -> None:
    """A9: a billnumber alone names nothing."""
    order_id = await put_order(pool)
    assert not await begun(pool, OrderId(order_id.customer_base_id + 1, order_id.billnumber))
    assert await count(pool) == 0


async def test_e2_closing_and_paying_at_once_never_both_win(pool: Pool) -> None:
    """E2, B17: for each of many orders, either it was closed or its payment was begun."""
    for number in range(10):
        order_id = await put_order(pool, ORDER)

        async def close(order_id: OrderId = order_id) -> None:
            async with pool.connection() as connection:
                await expire_order(connection, order_id, ORDER.expires_at)

        last = ORDER.expires_at - timedelta(microseconds=1)
        paid, _ = await asyncio.gather(begun(pool, order_id, number + 1, last), close())
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE payment_order SET state = 'Declined' WHERE billnumber = %s AND state = 'In Process'",
                (order_id.billnumber,),
            )
        assert paid is (cursor.rowcount == 1)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (OperationState.APPROVED, ("approved", "AS000", "123456")),
        (OperationState.DECLINED, ("declined", "AS100", None)),
    ],
)
async def test_e7_an_outcome_is_written_once(
    pool: Pool, first: OperationState, then: tuple[str, str | None, str | None]
) -> None:
    """E7, E1: a second answer changes nothing, whatever it says."""
    order_id = await put_order(pool)
    assert await begun(pool, order_id)
    assert await stands(pool, order_id) == STILL_SENT
    async with pool.connection() as connection:
        assert await finish_payment(connection, order_id, outcome(first))
        for late in [move.to for move in OPERATION_LIFE if move.origin is OperationState.SENT]:
            assert not await finish_payment(connection, order_id, outcome(late))
    assert await stands(pool, order_id) == then


async def test_e7_of_two_outcomes_at_once_one_is_written(pool: Pool) -> None:
    """E7."""
    order_id = await put_order(pool)
    assert await begun(pool, order_id)

    async def finish(state: OperationState) -> bool:
        async with pool.connection() as connection:
            return await finish_payment(connection, order_id, outcome(state))

    ended = [OperationState.APPROVED, OperationState.DECLINED] * 10
    results = await asyncio.gather(*(finish(state) for state in ended))
    assert sum(results) == 1
    assert (await stands(pool, order_id))[0] == ended[results.index(True)]


async def test_e7_there_is_no_outcome_without_a_payment(pool: Pool) -> None:
    """E7: the intent comes first."""
    order_id = await put_order(pool)
    async with pool.connection() as connection:
        assert not await finish_payment(connection, order_id, outcome())
        assert await find_payment(connection, order_id) is None
    assert await count(pool) == 0
