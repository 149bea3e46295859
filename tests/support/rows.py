"""Rows that database tests start from: a merchant from its file, an order, a payment begun and ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oneclick.card import Brand, EntryMode
from oneclick.database.notifications import insert_notification
from oneclick.database.operations import OperationOutcome, PaymentIntent, begin_payment, finish_operation
from oneclick.database.orders import NewOrder, finish_order, insert_order
from oneclick.database.pool import Connection, Pool
from oneclick.ids import OperationId, OrderId
from oneclick.languages import Language
from oneclick.merchant_file import MerchantFile
from oneclick.money import Money
from oneclick.passwords import Passwords
from oneclick.payments.lives import OPERATION_LIFE, ORDER_LIFE, OperationMessage, OperationState, OrderState
from oneclick.use_cases.staff.apply_merchant import ApplyMerchant
from oneclick.vault.keyring import Keyring

MERCHANT_ID = 123456
WORD = "a secret word"
NOW = datetime(2031, 7, 15, 12, 0, 0, tzinfo=UTC)
ORDER = NewOrder(
    customer_base_id=MERCHANT_ID,
    merchant_id=MERCHANT_ID,
    order_number="A-1",
    amount=Money(10050, "RUB"),
    customer_number="client-42",
    language=Language.EN,
    parameters={},
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
    two_stage=False,
)


async def put_merchant(pool: Pool, keyring: Keyring, more: str = "") -> None:
    """The shop of the tests, by its file; ``more`` are further tables of it."""
    text = f'merchant_id = {MERCHANT_ID}\nname = "Bookshop"\nsecret_word = "{WORD}"\n{more}'
    await ApplyMerchant(pool, keyring, Passwords())(MerchantFile.read(text, Path("/nonexistent")))


async def put_order(pool: Pool, order: NewOrder = ORDER) -> OrderId:
    """A new order in process."""
    async with pool.connection() as connection:
        order_id = await insert_order(connection, order)
    assert order_id is not None
    return order_id


def intent(order_id: OrderId, *, stan: int = 1, sent_at: datetime = NOW) -> PaymentIntent:
    """A payment with a test card."""
    return PaymentIntent(
        order_id=order_id,
        saved_card_id=None,
        brand=Brand.VISA,
        card_mask="411111******1111",
        card_expiry="07/31",
        cardholder="A PAYER",
        entry_mode=EntryMode.TYPED,
        remember=False,
        terminal_id="OC000001",
        stan=stan,
        rrn=f"119612{stan:06}",
        acquirer_id="123456",
        client_ip="192.0.2.7",
        sent_at=sent_at,
        turnover_on=None,
        message=OperationMessage.PURCHASE,
        due_at=sent_at + timedelta(seconds=55),
    )


def outcome(
    state: OperationState = OperationState.APPROVED, origin: OperationState = OperationState.SENT
) -> OperationOutcome:
    """How it ended, two seconds later."""
    approved = state is OperationState.APPROVED
    return OperationOutcome(
        move=OPERATION_LIFE.move(origin, state),
        answered_at=NOW + timedelta(seconds=2),
        response_code="00" if approved else "05",
        as_code="AS000" if approved else "AS100",
        authorisation_id="123456" if approved else None,
    )


async def put_payment(pool: Pool, order: NewOrder = ORDER, state: OrderState = OrderState.APPROVED) -> OrderId:
    """A paid or declined order, and its notification if the merchant has an address."""
    order_id = await put_order(pool, order)
    operation_state = OperationState.APPROVED if state is OrderState.APPROVED else OperationState.DECLINED
    async with pool.connection() as connection, connection.transaction():
        assert await begin_payment(connection, intent(order_id))
        assert await finish_payment(connection, order_id, outcome(operation_state))
        await finish_order(connection, order_id, ORDER_LIFE.move(OrderState.IN_PROCESS, state))
        await insert_notification(connection, order_id, 1, order.merchant_id, outcome().answered_at or NOW)
    return order_id


async def put_payments(pool: Pool, count: int) -> list[OrderId]:
    """So many paid orders."""
    return [await put_payment(pool, replace(ORDER, order_number=f"A-{number}")) for number in range(count)]


async def finish_payment(connection: Connection, order_id: OrderId, ended: OperationOutcome) -> bool:
    """Ends a payment that was sent."""
    return await finish_operation(connection, OperationId(order_id), ended, NOW)
