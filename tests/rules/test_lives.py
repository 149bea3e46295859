"""E1: the lives of an order and of an operation are tables."""

from dataclasses import FrozenInstanceError, replace
from itertools import product
from pathlib import Path

import pytest

from oneclick.errors import MoveError
from oneclick.life_cycle import Move
from oneclick.one_click.statuses import CARD_LIFE, CUSTOMER_LIFE, Actor, CardStatus, CustomerStatus
from oneclick.payments.lives import (
    HOLDS_ITS_NUMBER,
    NOTIFICATION_LIFE,
    OPERATION_LIFE,
    ORDER_LIFE,
    NotificationState,
    OperationKind,
    OperationState,
    OrderState,
)

ORDER_ALLOWED = {
    ("In Process", "Approved"),
    ("In Process", "Delayed"),
    ("In Process", "Declined"),
    ("In Process", "Timeout"),
    ("Delayed", "Approved"),
    ("Delayed", "PartialDelayed"),
    ("Delayed", "Canceled"),
    ("Approved", "Canceled"),
    ("Approved", "PartialCanceled"),
    ("PartialDelayed", "Canceled"),
    ("PartialDelayed", "PartialCanceled"),
    ("PartialCanceled", "PartialCanceled"),
    ("PartialCanceled", "Canceled"),
}
OPERATION_ALLOWED = {
    ("sent", "approved"),
    ("sent", "declined"),
    ("sent", "unknown"),
    ("sent", "reversing"),
    ("reversing", "declined"),
    ("unknown", "approved"),
    ("unknown", "declined"),
}
DIAGRAMS = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "lives.md"


def test_e1_each_state_has_its_line_in_the_table() -> None:
    """E1: the tables are total."""
    assert set(ORDER_LIFE.states) == set(OrderState)
    assert set(OPERATION_LIFE.states) == set(OperationState)
    assert set(NOTIFICATION_LIFE.states) == set(NotificationState)
    assert set(CUSTOMER_LIFE.states) == set(CustomerStatus)
    assert set(CARD_LIFE.states) == set(CardStatus)


@pytest.mark.parametrize(("state", "to"), list(product(OrderState, OrderState)))
def test_e1_an_order_moves_only_by_the_table(state: OrderState, to: OrderState) -> None:
    """E1, E2; P 6.1: an order that ended never moves again."""
    if (state, to) in ORDER_ALLOWED:
        move = ORDER_LIFE.move(state, to)
        assert (move.origin, move.to, move.actor) == (state, to, None)
    else:
        with pytest.raises(MoveError, match=f"^no move from {state} to {to}$"):
            ORDER_LIFE.move(state, to)


@pytest.mark.parametrize(("state", "to"), list(product(OperationState, OperationState)))
def test_e1_an_operation_moves_only_by_the_table(state: OperationState, to: OperationState) -> None:
    """E1, E7: what was sent ends, or waits for its end; what waits for its end gets one."""
    if (state, to) in OPERATION_ALLOWED:
        move = OPERATION_LIFE.move(state, to)
        assert (move.origin, move.to, move.actor) == (state, to, None)
    else:
        with pytest.raises(MoveError, match=f"^no move from {state} to {to}$"):
            OPERATION_LIFE.move(state, to)


def test_e3_an_order_number_is_held_while_paying_and_for_ever_once_paid() -> None:
    """E3: after Declined, Timeout and Canceled the number may come again."""
    free = {OrderState.DECLINED, OrderState.TIMEOUT, OrderState.CANCELED}
    assert set(HOLDS_ITS_NUMBER) == set(OrderState) - free


def test_e1_the_diagrams_of_the_documents_are_those_of_the_tables() -> None:
    """E1: made by ``diagram``; when a table changes, put what this says into docs/protocol/lives.md."""
    text = DIAGRAMS.read_text(encoding="utf-8")
    for drawn in (ORDER_LIFE.diagram(), OPERATION_LIFE.diagram()):
        assert f"```mermaid\n{drawn}\n```" in text, drawn


def test_e1_a_move_comes_from_its_table_alone() -> None:
    """E1: nobody who writes a state can make one up, nor change one."""
    move = ORDER_LIFE.move(OrderState.IN_PROCESS, OrderState.APPROVED)
    with pytest.raises(TypeError, match=r"^only the table of a life makes a move$"):
        Move(OrderState.TIMEOUT, OrderState.APPROVED, None, object())
    with pytest.raises(TypeError, match="maker"):
        Move(OrderState.TIMEOUT, OrderState.APPROVED, None)  # type: ignore[call-arg]
    with pytest.raises((TypeError, ValueError)):
        replace(move, origin=OrderState.TIMEOUT)  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        move.to = OrderState.DELAYED  # type: ignore[misc]


def test_c1_a_move_belongs_to_those_who_may_make_it() -> None:
    """C1, C2: the operator lifts Fraud, the merchant doesn't; a deleted card is never deleted again."""
    move = CUSTOMER_LIFE.move(CustomerStatus.FRAUD, CustomerStatus.MEMBER, Actor.OPERATOR)
    assert move.actor is Actor.OPERATOR
    assert CUSTOMER_LIFE.find(CustomerStatus.FRAUD, CustomerStatus.MEMBER, Actor.MERCHANT) is None
    assert CUSTOMER_LIFE.find(CustomerStatus.FRAUD, CustomerStatus.MEMBER) is None
    with pytest.raises(MoveError, match=r"^no move from Deleted to Deleted by the payer$"):
        CARD_LIFE.move(CardStatus.DELETED, CardStatus.DELETED, Actor.PAYER)


def test_each_kind_of_operation_has_the_protocols_number() -> None:
    """P 6.2."""
    assert {kind.value: kind.operation_type for kind in OperationKind} == {"payment": 100, "charge": 200, "cancel": 300}
