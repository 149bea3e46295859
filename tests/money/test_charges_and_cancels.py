"""E4, E5: charges, cancels and refunds, whole, on the real database, wire and acquirer's ledger."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oneclick.acquirer.messages import Answer
from oneclick.database.pool import Pool
from oneclick.ids import OperationId, OrderId
from oneclick.outcome import Reason, Refused
from oneclick.payments.charges_and_cancels import plan_cancel, plan_charge
from oneclick.payments.lives import OperationState
from oneclick.use_cases.steps.authentication import Credentials
from oneclick.use_cases.steps.operation_run import OperationRequest, OperationResult, Planner, write_operation
from oneclick.use_cases.upkeep.resolve_operations import is_an_end
from oneclick.vault.keyring import Keyring
from support.bench import ONE_CLICK, Bench, Choice, bench, rub
from support.rows import MERCHANT_ID

SHOP = (
    ONE_CLICK
    + """
[web_services]
login = "shop_login"
password = "shop_pass1"
[limits]
day = "100000.00"
[notifications]
url = "https://shop.example/push"
cancels = true
"""
)
CREDENTIALS = Credentials(merchant_id=MERCHANT_ID, login="shop_login", password="shop_pass1")
THOUSAND = rub("1000.00")


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path, SHOP, deadline_s=0.5) as running:
        yield running


def asked(order_id: OrderId, amount: str | None = None, **changes: Any) -> OperationRequest:  # noqa: ANN401
    values: dict[str, Any] = {
        "credentials": CREDENTIALS,
        "billnumber": order_id.billnumber,
        "amount_text": amount,
        "currency": "RUB" if amount else None,
        "external_refund_id": None,
        "client_ip": "192.0.2.9",
    }
    return OperationRequest(**values | changes)


async def said(shop: Bench, planner: Planner, order_id: OrderId, amount: str | None = None, **more: Any) -> str:  # noqa: ANN401
    """The answer: AS code or reason, and the order's state after it."""
    told = await shop.runner.carry_out(asked(order_id, amount, **more), planner)
    if isinstance(told, Refused):
        return told.reason
    return f"{told.operation.as_code} {told.order.state}"


async def paid(shop: Bench, *, two_stage: bool = False) -> OrderId:
    order_id, _ = await shop.paid(Choice(remember=False), amount=THOUSAND, two_stage=two_stage)
    assert await shop.state(order_id) == ("Delayed" if two_stage else "Approved")
    return order_id


async def test_e4_a_two_stage_payment_is_authorised_then_charged_in_full(shop: Bench) -> None:
    """E4: 0100, then 0220."""
    order_id = await paid(shop, two_stage=True)
    assert await shop.live(order_id) == [("authorised", 0, 0)]
    assert await said(shop, plan_charge, order_id) == "AS000 Approved"
    assert await shop.live(order_id) == [("captured", 100_000, 0)]
    assert await shop.operations(order_id) == [
        ("payment", "authorisation", "approved", 100_000),
        ("charge", "completion", "approved", 100_000),
    ]


async def test_e4_a_part_is_charged_and_the_rest_released(shop: Bench) -> None:
    """E4: PartialDelayed; a second charge of another amount is refused, the same one is the same."""
    order_id = await paid(shop, two_stage=True)
    assert await said(shop, plan_charge, order_id, "1000.01") == Reason.AMOUNT_ABOVE_REST
    assert await said(shop, plan_charge, order_id, "400.00") == "AS000 PartialDelayed"
    assert await said(shop, plan_charge, order_id, "400.00") == "AS000 PartialDelayed"
    assert await said(shop, plan_charge, order_id, "600.00") == Reason.NOT_CHARGEABLE
    assert await shop.live(order_id) == [("captured", 40_000, 0)]
    assert await said(shop, plan_cancel, order_id, "400.01") == Reason.AMOUNT_ABOVE_REST
    assert await said(shop, plan_cancel, order_id) == "AS000 Canceled"
    assert await shop.live(order_id) == [("refunded", 40_000, 40_000)]


async def test_e5_a_delayed_order_is_reversed_and_its_limit_given_back(shop: Bench) -> None:
    """E5, D3: 0420 before the charge; then nothing can be charged."""
    order_id = await paid(shop, two_stage=True)
    assert await shop.turnover() == (100_000, 100_000)
    assert await said(shop, plan_cancel, order_id, "999.99") == Reason.NOT_CANCELABLE
    assert await said(shop, plan_cancel, order_id) == "AS000 Canceled"
    assert await shop.live(order_id) == [("reversed", 0, 0)]
    assert await shop.turnover() == (0, 0)
    assert await said(shop, plan_charge, order_id) == Reason.NOT_CHARGEABLE
    assert await said(shop, plan_cancel, order_id) == "AS000 Canceled"  # asked twice, done once
    assert await shop.turnover() == (0, 0)


async def test_e5_taken_money_is_refunded_in_parts_up_to_all_of_it(shop: Bench) -> None:
    """E5, D3: refunds give no room back."""
    order_id = await paid(shop)
    assert await said(shop, plan_cancel, order_id, "300.00") == "AS000 PartialCanceled"
    assert await said(shop, plan_cancel, order_id, "700.01") == Reason.AMOUNT_ABOVE_REST
    assert await said(shop, plan_cancel, order_id, "200.00") == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", 100_000, 50_000)]
    assert await said(shop, plan_cancel, order_id) == "AS000 Canceled"
    assert await shop.live(order_id) == [("refunded", 100_000, 100_000)]
    assert await said(shop, plan_cancel, order_id, "0.01") == Reason.NOT_CANCELABLE
    assert await shop.turnover() == (100_000, 100_000)


async def test_e5_a_refund_with_an_id_is_done_once(shop: Bench) -> None:
    """E5, P 5.8: Externalrefundid, also long after; without one, the same request within a minute is the same."""
    order_id = await paid(shop)
    named = {"external_refund_id": "refund-0001"}
    for _ in range(3):
        assert await said(shop, plan_cancel, order_id, "100.00", **named) == "AS000 PartialCanceled"
    assert await said(shop, plan_cancel, order_id, "100.01", **named) == Reason.REFUND_ID_TAKEN
    for _ in range(3):
        assert await said(shop, plan_cancel, order_id, "50.00") == "AS000 PartialCanceled"
    shop.clock.moment += timedelta(minutes=2)
    assert await said(shop, plan_cancel, order_id, "100.00", **named) == "AS000 PartialCanceled"
    assert await said(shop, plan_cancel, order_id, "50.00") == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", 100_000, 20_000)]


async def test_e5_the_same_request_three_times_at_once_is_done_once(shop: Bench) -> None:
    """E5, P 12.11: clients repeat a request within 300 ms; all get the same answer."""
    order_id = await paid(shop)
    await shop.acquirer.misbehave(fault="delay", seconds=0.2, count=1)
    told = await asyncio.gather(*(said(shop, plan_cancel, order_id, "250.00") for _ in range(3)))
    assert told == ["AS000 PartialCanceled"] * 3
    assert await shop.live(order_id) == [("captured", 100_000, 25_000)]


async def test_e4_e5_a_charge_against_a_cancel_has_one_winner(shop: Bench) -> None:
    """E4, E5: of both at once one is done, the other is refused and does nothing."""
    for _ in range(5):
        order_id = await paid(shop, two_stage=True)
        await shop.acquirer.misbehave(fault="delay", seconds=0.2, count=1)  # so that they surely meet
        told = await asyncio.gather(said(shop, plan_charge, order_id), said(shop, plan_cancel, order_id))
        assert Reason.OPERATION_IN_PROGRESS in told
        state = await shop.state(order_id)
        assert state in {"Approved", "Canceled"}
        assert await shop.live(order_id) == [("captured", 100_000, 0) if state == "Approved" else ("reversed", 0, 0)]


async def test_e4_two_charges_at_once_take_the_money_once(shop: Bench) -> None:
    """E4: of different amounts one is refused; of the same amount they are the same."""
    order_id = await paid(shop, two_stage=True)
    told = await asyncio.gather(
        said(shop, plan_charge, order_id, "400.00"), said(shop, plan_charge, order_id, "500.00")
    )
    assert sorted(told) == ["AS000 PartialDelayed", Reason.NOT_CHARGEABLE]
    assert len(await shop.operations(order_id)) == 2
    same = await paid(shop, two_stage=True)
    assert await asyncio.gather(*(said(shop, plan_charge, same) for _ in range(4))) == ["AS000 Approved"] * 4
    assert await shop.live(same) == [("captured", 100_000, 0)]


async def test_e5_refunds_at_once_never_exceed_what_was_paid(shop: Bench) -> None:
    """E5: ten different ones of 150.00 to 159.00 at once: one is under way at a time, and the sum stays right."""
    order_id = await paid(shop)
    for _ in range(3):
        await asyncio.gather(*(said(shop, plan_cancel, order_id, f"{150 + turn}.00") for turn in range(10)))
    refunds = [amount for _, message, state, amount in await shop.operations(order_id) if message == "refund"]
    ((_, captured, refunded),) = await shop.live(order_id)
    assert sum(refunds) == refunded <= captured == 100_000
    assert len(refunds) >= 3


@pytest.mark.parametrize("planner", [plan_charge, plan_cancel])
async def test_e5_foreign_orders_and_wrong_credentials_do_nothing(shop: Bench, planner: Planner) -> None:
    """E5, P 6.5: a number that isn't this shop's, a wrong password, another currency."""
    order_id = await paid(shop)
    stranger = OrderId(order_id.customer_base_id, order_id.billnumber + 1)
    assert await said(shop, planner, stranger) == Reason.ORDER_UNKNOWN
    wrong = Credentials(merchant_id=MERCHANT_ID, login="shop_login", password="shop_pass2")
    assert await said(shop, planner, order_id, credentials=wrong) == Reason.LOGIN_WRONG
    assert await said(shop, planner, order_id, "1.00", currency="USD") == Reason.CURRENCY_MISMATCH
    assert await said(shop, planner, order_id, "1.001") == Reason.AMOUNT_MALFORMED
    unpaid = await shop.order()
    assert await said(shop, planner, unpaid) == (
        Reason.NOT_CHARGEABLE if planner is plan_charge else Reason.NOT_CANCELABLE
    )
    assert len(await shop.operations(order_id)) == 1
    assert await shop.asked_acquirer() == 1


@pytest.mark.parametrize(
    "fault", ["no_answer", "drop_before_processing", "drop_after_processing", "garbage", "wrong_mac"]
)
async def test_e7_a_charge_without_an_answer_is_repeated_till_it_has_one(shop: Bench, fault: str) -> None:
    """E7: the shop is told AS300; a worker sends the same bytes again; the money is taken once."""
    order_id = await paid(shop, two_stage=True)
    await shop.acquirer.misbehave(fault=fault, count=1)
    told = await shop.runner.carry_out(asked(order_id, "400.00"), plan_charge)
    assert isinstance(told, OperationResult)
    assert (told.operation.state, told.operation.as_code, told.order.state) == ("unknown", None, "Delayed")
    assert await shop.link.wait_up(5)
    assert await shop.resolve() == 1
    assert await shop.state(order_id) == "PartialDelayed"
    assert await shop.live(order_id) == [("captured", 40_000, 0)]
    assert await shop.resolve() == 0


async def test_e7_a_refund_without_an_answer_is_repeated_and_done_once(shop: Bench) -> None:
    """E7, E5: also when its process dies before it has asked: the row alone is enough for a worker."""
    order_id = await paid(shop)
    await shop.acquirer.misbehave(fault="drop_after_processing", count=1)
    assert await said(shop, plan_cancel, order_id, "300.00") == "None Approved"
    assert await shop.link.wait_up(5)
    assert await shop.resolve() == 1
    assert await shop.live(order_id) == [("captured", 100_000, 30_000)]
    assert await shop.state(order_id) == "PartialCanceled"


async def test_e5_a_cancel_is_told_to_the_shop_that_wishes_it(shop: Bench) -> None:
    """P 4.2: a notification of its own for the cancel; none for the charge, which this shop doesn't wish."""
    order_id = await paid(shop, two_stage=True)
    await said(shop, plan_charge, order_id)
    await said(shop, plan_cancel, order_id, "10.00")
    numbers = "SELECT operation_number FROM notification WHERE billnumber = %s ORDER BY 1"
    assert await shop.rows(numbers, order_id.billnumber) == [(1,), (3,)]


async def test_e5_a_refund_that_was_in_doubt_is_not_paid_out_again(shop: Bench) -> None:
    """E5: whoever was told "in process" asks again after the worker has ended it, minutes or hours later."""
    order_id = await paid(shop)
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    assert await said(shop, plan_cancel, order_id, "300.00") == "None Approved"
    shop.clock.moment += timedelta(seconds=61)
    assert await shop.resolve() == 1
    for later in (0, 3600):
        shop.clock.moment += timedelta(seconds=later)
        assert await said(shop, plan_cancel, order_id, "300.00") == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", 100_000, 30_000)]


async def test_e5_a_delayed_repetition_is_known_behind_another_refund(shop: Bench) -> None:
    """E5: refunds of 100 and 50, then the first request once more, all within a minute: 150 go back."""
    order_id = await paid(shop)
    for amount in ("100.00", "50.00", "100.00"):
        assert await said(shop, plan_cancel, order_id, amount) == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", 100_000, 15_000)]


@pytest.mark.parametrize("code", ["91", "94", "96", "30"])
@pytest.mark.parametrize("message", ["completion", "refund", "reversal"])
async def test_e7_the_acquirers_own_trouble_is_no_end_of_a_repetition(shop: Bench, code: str, message: str) -> None:
    """E7: the first attempt was carried out and its answer lost; what the repetition is told says nothing of it."""
    two_stage = message != "refund"
    planner = plan_charge if message == "completion" else plan_cancel
    order_id = await paid(shop, two_stage=two_stage)
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    amount = None if message == "reversal" else "300.00"
    told = await shop.runner.carry_out(asked(order_id, amount), planner)
    assert isinstance(told, OperationResult)
    key = OperationId(order_id, told.operation.operation_number)
    answer = Answer(response_code=code, authorisation_id=None, rrn="", network_transaction_id=None, cvc2_result=None)
    assert is_an_end(answer.response_code, is_payment=False) is False
    async with shop.pool.connection() as connection, connection.transaction():
        if code != "30":
            await write_operation(connection, key, answer, OperationState.UNKNOWN, shop.clock.now())
    assert (await shop.operations(order_id))[-1][2] == "unknown"
    assert await shop.resolve() == 1
    assert (await shop.operations(order_id))[-1][2] == "approved"
    assert len(await shop.live(order_id)) == 1


async def test_e5_a_definite_no_to_a_charge_ends_it(shop: Bench) -> None:
    """E5: a code that says no is an end, whatever AS code it has: the order isn't held up, the shop is told."""
    order_id = await paid(shop, two_stage=True)
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    await shop.runner.carry_out(asked(order_id), plan_cancel)
    refused = Answer(response_code="58", authorisation_id=None, rrn="", network_transaction_id=None, cvc2_result=None)
    async with shop.pool.connection() as connection, connection.transaction():
        state = await write_operation(
            connection, OperationId(order_id, 2), refused, OperationState.UNKNOWN, shop.clock.now()
        )
    assert state is OperationState.DECLINED
    assert await shop.state(order_id) == "Delayed"
    assert await shop.rows("SELECT operation_number FROM notification ORDER BY 1") == [(1,), (2,)]
    assert await said(shop, plan_cancel, order_id) == "AS000 Canceled"
