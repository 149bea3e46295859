"""A7, A6: orders that SignatureV2 opens on the real database, and the merchant file's key that they are signed with."""

from datetime import timedelta

import pytest

from oneclick.clock import FixedClock
from oneclick.database.orders import OrderRow, attempts, finish_order
from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import ORDER_LIFE, OrderState
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.use_cases.staff.apply_merchant import ShowMerchant
from oneclick.vault.keyring import Keyring
from support.rows import MERCHANT_ID, put_merchant
from support.signature_v2 import CUSTOMER, NOW, ORDER, STAMP, V2_KEY, X, by_word, request, signed, v2

V2_ONLY = f'[one_click]\nenabled = true\nguest_orders = true\n[signature]\nv2_key = "{V2_KEY}"\nold_forms = false\n'


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def open_order(pool: Pool, keyring: Keyring, clock: FixedClock) -> OpenOrder:
    await put_merchant(pool, keyring, V2_ONLY)
    return OpenOrder(pool, keyring, clock, 1800)


async def orders(pool: Pool) -> list[OrderRow]:
    async with pool.connection() as connection:
        period = (NOW - timedelta(days=1), NOW + timedelta(days=1))
        return await attempts(connection, MERCHANT_ID, MERCHANT_ID, "A-1", period)


async def test_a7_an_order_is_opened_by_v2_alone(pool: Pool, open_order: OpenOrder) -> None:
    """A6, A7: the merchant file's key, sealed in the row, is what the shop signs with."""
    order_id = await open_order(request(signed(CUSTOMER)))
    assert isinstance(order_id, OrderId)
    assert [(row.billnumber, row.customer_number) for row in await orders(pool)] == [(order_id.billnumber, "client-42")]
    assert isinstance(await open_order(request(signed(ORDER | {"OrderNumber": "A-2"}))), OrderId)


async def test_a7_where_the_old_forms_are_locked_out_nothing_else_opens_an_order(
    pool: Pool, open_order: OpenOrder
) -> None:
    """A7: 7/158, and no row."""
    for fields in (
        CUSTOMER | by_word(f"{X};client-42"),
        ORDER,
        ORDER | by_word(X),
        CUSTOMER | {"SignatureV2": v2(CUSTOMER | {"CustomerNumber": "client-43"})},
        CUSTOMER | {"SignatureV2": v2(CUSTOMER, STAMP - 1801)},
        CUSTOMER | {"SignatureV2": v2(CUSTOMER, STAMP + 301)},
    ):
        assert await open_order(request(fields)) == Refused(Reason.SIGNATURE_WRONG)
    assert await orders(pool) == []


async def test_a7_a_replay_within_its_time_opens_nothing_new_but_a_declined_orders_next_attempt(
    pool: Pool, open_order: OpenOrder, clock: FixedClock
) -> None:
    """A7, E3: the link goes on with its order, for 30 minutes."""
    first = await open_order(request(signed(CUSTOMER)))
    assert isinstance(first, OrderId)
    clock.moment += timedelta(minutes=29)
    assert await open_order(request(signed(CUSTOMER))) == first
    async with pool.connection() as connection:
        await finish_order(connection, first, ORDER_LIFE.move(OrderState.IN_PROCESS, OrderState.DECLINED))
    second = await open_order(request(signed(CUSTOMER)))
    assert isinstance(second, OrderId)
    assert second != first
    clock.moment += timedelta(minutes=1, seconds=1)
    assert await open_order(request(signed(CUSTOMER))) == Refused(Reason.SIGNATURE_WRONG)
    assert len(await orders(pool)) == 2


async def test_a7_the_key_is_changed_or_taken_away_by_the_merchant_file(
    pool: Pool, keyring: Keyring, open_order: OpenOrder
) -> None:
    """A7: from the next order on; a merchant without key has no v2."""
    other = V2_KEY[::-1]
    await put_merchant(pool, keyring, V2_ONLY.replace(V2_KEY, other))
    assert await open_order(request(signed(CUSTOMER))) == Refused(Reason.SIGNATURE_WRONG)
    assert isinstance(await open_order(request(CUSTOMER | {"SignatureV2": v2(CUSTOMER, key=other)})), OrderId)
    await put_merchant(pool, keyring, "[one_click]\nenabled = true")
    assert await open_order(request(CUSTOMER | {"SignatureV2": v2(CUSTOMER, key=other)})) == Refused(
        Reason.SIGNATURE_WRONG
    )
    assert isinstance(await open_order(request(CUSTOMER | by_word(f"{X};client-42"))), OrderId)


async def test_a7_the_key_stands_nowhere_in_clear(pool: Pool, open_order: OpenOrder) -> None:
    """SECURITY.md: neither in the merchant's row nor in what is shown of it."""
    assert isinstance(await open_order(request(signed(CUSTOMER))), OrderId)
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT * FROM merchant")).fetchone()
    assert row is not None
    held = [bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row]
    assert not [value for value in held if V2_KEY.encode() in value]
    shown = await ShowMerchant(pool)(MERCHANT_ID)
    assert shown is not None
    assert V2_KEY not in str(shown)
    assert "signature_v2_key_sealed" not in shown
    assert shown["signature_old_forms"] is False
