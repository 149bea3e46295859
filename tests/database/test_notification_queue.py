"""F1: notifications as rows with a due time, taken by workers side by side."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from oneclick.database.notifications import DueNotification, Settlement, settle, take_due
from oneclick.database.pool import Pool
from oneclick.payments.lives import NOTIFICATION_LIFE, NotificationState
from oneclick.vault.keyring import Keyring
from support.rows import MERCHANT_ID, NOW, ORDER, put_merchant, put_payment, put_payments

WITH_ADDRESS = '[notifications]\nurl = "http://127.0.0.1:9000/push"'
SOON = NOW + timedelta(seconds=2)
LEASE = timedelta(seconds=90)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring) -> Pool:
    await put_merchant(pool, keyring, WITH_ADDRESS)
    return pool


async def taken(pool: Pool, rows_max: int = 20, after: timedelta = timedelta()) -> list[DueNotification]:
    async with pool.connection() as connection:
        return await take_due(connection, SOON + after, SOON + after + LEASE, rows_max)


async def settled(
    pool: Pool, due: DueNotification, state: NotificationState, again_after: timedelta | None = None
) -> None:
    move = NOTIFICATION_LIFE.move(NotificationState.DUE, state)
    settlement = Settlement(move=move, due_at=SOON + again_after if again_after else None, answer="HTTP 200")
    async with pool.connection() as connection:
        await settle(connection, due, settlement, SOON)


async def row(pool: Pool) -> tuple[object, ...] | None:
    async with pool.connection() as connection:
        statement = "SELECT state, attempts, due_at, finished_at, last_answer FROM notification"
        return await (await connection.execute(statement)).fetchone()


async def test_a_notification_holds_all_that_is_told(shop: Pool) -> None:
    """F1; P 4.2: order, operation, card and merchant in one read."""
    order_id = await put_payment(shop, replace(ORDER, parameters={"Firstname": "Anna"}))
    (due,) = await taken(shop)
    assert due.order_id == order_id
    assert (due.attempts, due.created_at, due.merchant_id) == (1, SOON, MERCHANT_ID)
    assert (due.order_number, due.order_amount, due.amount) == ("A-1", ORDER.amount, ORDER.amount)
    assert (due.order_state, due.as_code, due.authorisation_id) == ("Approved", "AS000", "123456")
    assert (due.card_mask, due.card_expiry, due.cardholder) == ("411111******1111", "07/31", "A PAYER")
    assert (due.parameters, due.language) == ({"Firstname": "Anna"}, "EN")
    assert due.notification_url == "http://127.0.0.1:9000/push"
    assert "secret_word" not in repr(due)


async def test_a_merchant_without_an_address_gets_no_row(pool: Pool, keyring: Keyring) -> None:
    """F1: nothing is queued for nobody."""
    await put_merchant(pool, keyring)
    await put_payment(pool)
    assert await row(pool) is None


async def test_nothing_is_taken_before_it_is_due(shop: Pool) -> None:
    """F1: due at the moment of its payment's answer."""
    await put_payment(shop)
    assert await taken(shop, after=-timedelta(microseconds=1)) == []
    assert len(await taken(shop)) == 1


async def test_workers_side_by_side_take_each_row_once(shop: Pool) -> None:
    """F1: none twice, none forgotten, none more than asked for."""
    expected = set(await put_payments(shop, 40))
    rounds = await asyncio.gather(*(taken(shop, 7) for _ in range(4)))
    while (one := await taken(shop, 7)) != []:
        rounds.append(one)
    assert max(len(one) for one in rounds) <= 7
    order_ids = [due.order_id for one in rounds for due in one]
    assert len(order_ids) == 40
    assert set(order_ids) == expected
    assert {due.attempts for one in rounds for due in one} == {1}


async def test_the_bound_holds_whatever_plan_the_database_chooses(shop: Pool) -> None:
    """F1, house rule 12: also with fresh statistics and joins by loops."""
    await put_payments(shop, 30)
    async with shop.connection() as connection, connection.transaction():
        await connection.execute("ANALYZE")
        await connection.execute("SET LOCAL enable_hashjoin = off")
        await connection.execute("SET LOCAL enable_mergejoin = off")
        await connection.execute("SET LOCAL enable_hashagg = off")
        await connection.execute("SET LOCAL enable_sort = off")
        await connection.execute("SET LOCAL enable_material = off")
        assert len(await take_due(connection, SOON, SOON + LEASE, 5)) == 5


async def test_a_worker_that_dies_loses_nothing(shop: Pool) -> None:
    """F1: its lease lapses, and another worker takes the row up again."""
    await put_payment(shop)
    assert [due.attempts for due in await taken(shop)] == [1]
    assert await taken(shop, after=LEASE - timedelta(microseconds=1)) == []
    assert [due.attempts for due in await taken(shop, after=LEASE)] == [2]


@pytest.mark.parametrize("state", [NotificationState.DELIVERED, NotificationState.REFUSED, NotificationState.ABANDONED])
async def test_what_is_settled_is_not_taken_again(shop: Pool, state: NotificationState) -> None:
    """F1: and a late word on it changes nothing."""
    await put_payment(shop)
    (due,) = await taken(shop)
    await settled(shop, due, state)
    assert await row(shop) == (state, 1, SOON + LEASE, SOON, "HTTP 200")
    assert await taken(shop, after=timedelta(days=1)) == []
    await settled(shop, due, NotificationState.DUE, timedelta(minutes=1))
    assert await row(shop) == (state, 1, SOON + LEASE, SOON, "HTTP 200")


async def test_what_is_put_off_is_taken_again_when_its_time_comes(shop: Pool) -> None:
    """F1; P 4.2: the retry plan."""
    await put_payment(shop)
    (due,) = await taken(shop)
    await settled(shop, due, NotificationState.DUE, timedelta(minutes=1))
    assert await row(shop) == ("due", 1, SOON + timedelta(minutes=1), None, "HTTP 200")
    assert await taken(shop, after=timedelta(seconds=59)) == []
    assert [due.attempts for due in await taken(shop, after=timedelta(minutes=1))] == [2]


async def test_a9_a_settlement_touches_its_own_row_alone(shop: Pool) -> None:
    """A9: base, billnumber and operation together name a notification."""
    await put_payments(shop, 2)
    first, second = await taken(shop)
    await settled(shop, first, NotificationState.DELIVERED)
    await settled(shop, replace(second, customer_base_id=second.customer_base_id + 1), NotificationState.REFUSED)
    async with shop.connection() as connection:
        rows = await (await connection.execute("SELECT billnumber, state FROM notification")).fetchall()
    assert dict(rows) == {first.billnumber: "delivered", second.billnumber: "due"}
