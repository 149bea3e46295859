"""E1, E4, E5: what may follow a payment, and how often. Pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.outcome import Reason, Refused
from oneclick.payments.charges_and_cancels import (
    REPEATED_WITHIN,
    Operation,
    Plan,
    Repeated,
    Wish,
    plan_cancel,
    plan_charge,
    returned_minor,
    state_after,
    taken_minor,
)
from oneclick.payments.lives import ORDER_LIFE, OperationKind, OperationMessage, OperationState, OrderState

NOON = datetime(2031, 7, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LATER = NOON + REPEATED_WITHIN
PURCHASE = Operation(
    number=1,
    kind=OperationKind.PAYMENT,
    message=OperationMessage.PURCHASE,
    state=OperationState.APPROVED,
    amount_minor=1000,
    external_refund_id=None,
    sent_at=NOON,
)
UNPAID = [OrderState.IN_PROCESS, OrderState.DECLINED, OrderState.TIMEOUT]


def operation(message: OperationMessage, **changes: object) -> Operation:
    kinds = {
        OperationMessage.COMPLETION: OperationKind.CHARGE,
        OperationMessage.REVERSAL: OperationKind.CANCEL,
        OperationMessage.REFUND: OperationKind.CANCEL,
    }
    values = vars(PURCHASE) | {"message": message, "kind": kinds.get(message, OperationKind.PAYMENT)} | changes
    return Operation(**values)


AUTHORISATION = operation(OperationMessage.AUTHORISATION)


def charge(amount_minor: int = 1000, **changes: object) -> Operation:
    return operation(OperationMessage.COMPLETION, number=2, amount_minor=amount_minor, **changes)


def refund(amount_minor: int, **changes: object) -> Operation:
    return operation(OperationMessage.REFUND, **{"number": 3, "amount_minor": amount_minor} | changes)


def wish(amount_minor: int | None = None, refund_id: str | None = None, at: datetime = LATER) -> Wish:
    return Wish(amount_minor=amount_minor, external_refund_id=refund_id, at=at)


def said(result: Plan | Repeated | Refused) -> str:
    """A plan as its message and amount, a repetition as its operation, a refusal as its reason."""
    if isinstance(result, Plan):
        return f"{result.message} {result.amount_minor}"
    return f"operation {result.number}" if isinstance(result, Repeated) else result.reason


@pytest.mark.parametrize(
    ("amount_minor", "expected"),
    [
        (None, "completion 1000"),
        (1000, "completion 1000"),
        (1, "completion 1"),
        (1001, Reason.AMOUNT_ABOVE_REST),
        (0, Reason.AMOUNT_ABOVE_REST),
    ],
)
def test_e4_a_delayed_order_is_charged_in_full_or_in_part(amount_minor: int | None, expected: str) -> None:
    """E4: never more than was authorised."""
    assert said(plan_charge(OrderState.DELAYED, [AUTHORISATION], wish(amount_minor))) == expected


@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.DELAYED])
def test_e4_nothing_else_is_charged(state: OrderState) -> None:
    """E4: a one-stage order was charged when it was paid."""
    payment = PURCHASE if state is OrderState.APPROVED else AUTHORISATION
    assert said(plan_charge(state, [payment], wish())) == Reason.NOT_CHARGEABLE
    assert said(plan_charge(state, [], wish())) == Reason.NOT_CHARGEABLE


@pytest.mark.parametrize("state", [OperationState.SENT, OperationState.UNKNOWN, OperationState.APPROVED])
def test_e4_a_charge_asked_for_twice_is_done_once(state: OperationState) -> None:
    """E4: the same amount is the same charge, whenever it comes; another one is refused."""
    made = [AUTHORISATION, charge(600, state=state)]
    order = OrderState.PARTIAL_DELAYED if state is OperationState.APPROVED else OrderState.DELAYED
    assert said(plan_charge(order, made, wish(600))) == "operation 2"
    assert said(plan_charge(order, made, wish(601))) == Reason.NOT_CHARGEABLE
    assert said(plan_charge(order, made, wish())) == Reason.NOT_CHARGEABLE


def test_e4_a_declined_charge_can_be_tried_again() -> None:
    """E4."""
    made = [AUTHORISATION, charge(600, state=OperationState.DECLINED)]
    assert said(plan_charge(OrderState.DELAYED, made, wish(600))) == "completion 600"


@pytest.mark.parametrize("state", [OperationState.SENT, OperationState.UNKNOWN])
def test_e5_while_one_operation_is_under_way_no_other_one_begins(state: OperationState) -> None:
    """E5: a charge against a cancel, and the other way round; a payment in doubt."""
    reversal = operation(OperationMessage.REVERSAL, number=2, state=state)
    assert said(plan_charge(OrderState.DELAYED, [AUTHORISATION, reversal], wish())) == Reason.OPERATION_IN_PROGRESS
    assert (
        said(plan_cancel(OrderState.DELAYED, [AUTHORISATION, charge(state=state)], wish()))
        == Reason.OPERATION_IN_PROGRESS
    )
    assert (
        said(plan_cancel(OrderState.APPROVED, [PURCHASE, refund(400, state=state)], wish(500)))
        == Reason.OPERATION_IN_PROGRESS
    )
    in_doubt = operation(OperationMessage.PURCHASE, state=state)
    assert said(plan_cancel(OrderState.IN_PROCESS, [in_doubt], wish())) == Reason.OPERATION_IN_PROGRESS


@pytest.mark.parametrize(
    ("amount_minor", "expected"),
    [
        (None, "reversal 1000"),
        (1000, "reversal 1000"),
        (999, Reason.NOT_CANCELABLE),
        (1001, Reason.AMOUNT_ABOVE_REST),
        (0, Reason.AMOUNT_ABOVE_REST),
    ],
)
def test_e5_before_the_charge_a_cancel_is_a_reversal_of_all(amount_minor: int | None, expected: str) -> None:
    """E5, P 5.8: a partial cancel of two stages is possible after the charge alone."""
    assert said(plan_cancel(OrderState.DELAYED, [AUTHORISATION], wish(amount_minor))) == expected


@pytest.mark.parametrize(
    ("state", "operations", "rest_minor"),
    [
        (OrderState.APPROVED, [PURCHASE], 1000),
        (OrderState.APPROVED, [AUTHORISATION, charge()], 1000),
        (OrderState.PARTIAL_DELAYED, [AUTHORISATION, charge(600)], 600),
        (OrderState.PARTIAL_CANCELED, [PURCHASE, refund(300)], 700),
        (OrderState.PARTIAL_CANCELED, [AUTHORISATION, charge(600), refund(100), refund(50)], 450),
        (OrderState.PARTIAL_CANCELED, [PURCHASE, refund(300), refund(500, state=OperationState.DECLINED)], 700),
    ],
)
def test_e5_after_it_was_taken_money_is_refunded_up_to_what_is_left(
    state: OrderState, operations: list[Operation], rest_minor: int
) -> None:
    """E5: in full or in part; the sums never exceed what was taken."""
    assert said(plan_cancel(state, operations, wish())) == f"refund {rest_minor}"
    assert said(plan_cancel(state, operations, wish(rest_minor))) == f"refund {rest_minor}"
    assert said(plan_cancel(state, operations, wish(1))) == "refund 1"
    assert said(plan_cancel(state, operations, wish(rest_minor + 1))) == Reason.AMOUNT_ABOVE_REST


@pytest.mark.parametrize("state", UNPAID)
def test_e5_what_was_not_paid_cannot_be_cancelled(state: OrderState) -> None:
    """E5: 15/308."""
    declined = operation(OperationMessage.PURCHASE, state=OperationState.DECLINED)
    for operations in [], [declined]:
        assert said(plan_cancel(state, operations, wish())) == Reason.NOT_CANCELABLE


def test_e5_a_refund_with_an_id_is_done_once_whenever_it_comes_again() -> None:
    """E5, P 5.8: Externalrefundid is unique within the order; the same one with another amount is 11/216."""
    made = [PURCHASE, refund(300, external_refund_id="refund-0001")]
    for again in wish(300, "refund-0001"), wish(None, "refund-0001"):
        assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, again)) == "operation 3"
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(301, "refund-0001"))) == Reason.REFUND_ID_TAKEN
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(300, "refund-0002"))) == "refund 300"


def test_e5_the_same_partial_refund_within_a_minute_is_a_repetition() -> None:
    """E5: clients repeat a request within a moment; later it is another refund. Another amount always is."""
    made = [PURCHASE, refund(300)]
    soon = NOON + REPEATED_WITHIN - TICK
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(300, at=soon))) == "operation 3"
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(300, at=NOON + REPEATED_WITHIN))) == "refund 300"
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(301, at=soon))) == "refund 301"
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, made, wish(at=soon))) == "refund 700"


def test_e5_cancelling_all_again_answers_the_cancel_that_was_made() -> None:
    """E5: whenever it comes, also while it is under way."""
    done = [PURCHASE, refund(300), refund(700, number=4)]
    assert said(plan_cancel(OrderState.CANCELED, done, wish())) == "operation 4"
    under_way = [PURCHASE, refund(300), refund(700, number=4, state=OperationState.SENT)]
    assert said(plan_cancel(OrderState.PARTIAL_CANCELED, under_way, wish())) == "operation 4"
    reversed_ = [AUTHORISATION, operation(OperationMessage.REVERSAL, number=2)]
    assert said(plan_cancel(OrderState.CANCELED, reversed_, wish())) == "operation 2"
    assert said(plan_cancel(OrderState.CANCELED, reversed_, wish(1))) == Reason.NOT_CANCELABLE


@pytest.mark.parametrize(
    ("operations", "state"),
    [
        ([PURCHASE], OrderState.APPROVED),
        ([AUTHORISATION], OrderState.DELAYED),
        ([AUTHORISATION, charge(600, state=OperationState.DECLINED)], OrderState.DELAYED),
        ([AUTHORISATION, operation(OperationMessage.REVERSAL, number=2)], OrderState.CANCELED),
        ([AUTHORISATION, charge()], OrderState.APPROVED),
        ([AUTHORISATION, charge(600)], OrderState.PARTIAL_DELAYED),
        ([AUTHORISATION, charge(600), refund(100)], OrderState.PARTIAL_CANCELED),
        ([AUTHORISATION, charge(600), refund(100), refund(500, number=4)], OrderState.CANCELED),
        ([PURCHASE, refund(1000, state=OperationState.DECLINED)], OrderState.APPROVED),
        ([PURCHASE, refund(999)], OrderState.PARTIAL_CANCELED),
        ([PURCHASE, refund(1000)], OrderState.CANCELED),
    ],
)
def test_e1_the_state_of_a_paid_order_follows_from_its_operations(
    operations: list[Operation], state: OrderState
) -> None:
    """E1, P 6.1: declined operations count for nothing."""
    assert state_after(operations) is state


@given(
    two_stage=st.booleans(),
    wishes=st.lists(st.tuples(st.sampled_from(["charge", "cancel"]), st.none() | st.integers(-5, 1200), st.booleans())),
)
def test_e5_whatever_is_asked_for_the_sums_and_the_states_stay_right(
    two_stage: bool,  # noqa: FBT001
    wishes: list[tuple[str, int | None, bool]],
) -> None:
    """E1, E5: any sequence of requests: never more taken than paid, never more given back than taken, legal moves."""
    operations = [AUTHORISATION if two_stage else PURCHASE]
    state = state_after(operations)
    at = NOON
    for verb, amount_minor, approved in wishes:
        at += REPEATED_WITHIN
        planner = plan_charge if verb == "charge" else plan_cancel
        plan = planner(state, operations, wish(amount_minor, at=at))
        if not isinstance(plan, Plan):
            continue
        made = Operation(
            number=len(operations) + 1,
            kind=plan.kind,
            message=plan.message,
            state=OperationState.APPROVED if approved else OperationState.DECLINED,
            amount_minor=plan.amount_minor,
            external_refund_id=None,
            sent_at=at,
        )
        operations.append(made)
        assert 0 < plan.amount_minor <= 1000
        after = state_after(operations)
        assert after is state or ORDER_LIFE.find(state, after)
        assert after is not state or not approved or after is OrderState.PARTIAL_CANCELED
        state = after
        assert returned_minor(operations) <= taken_minor(operations) <= 1000
