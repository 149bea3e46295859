"""E1: the lives of an order and of an operation are tables."""

from itertools import product
from pathlib import Path

import pytest

from oneclick.errors import MoveError
from oneclick.payments.life import (
    HOLDS_ITS_NUMBER,
    OPERATION_MOVES,
    ORDER_MOVES,
    OperationKind,
    OperationState,
    OrderState,
    diagram,
    moved,
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
    assert set(ORDER_MOVES) == set(OrderState)
    assert set(OPERATION_MOVES) == set(OperationState)


@pytest.mark.parametrize(("state", "to"), list(product(OrderState, OrderState)))
def test_e1_an_order_moves_only_by_the_table(state: OrderState, to: OrderState) -> None:
    """E1, E2; P 6.1: an order that ended never moves again."""
    if (state, to) in ORDER_ALLOWED:
        assert moved(ORDER_MOVES, state, to) is to
    else:
        with pytest.raises(MoveError, match=f"^no move from {state} to {to}$"):
            moved(ORDER_MOVES, state, to)


@pytest.mark.parametrize(("state", "to"), list(product(OperationState, OperationState)))
def test_e1_an_operation_moves_only_by_the_table(state: OperationState, to: OperationState) -> None:
    """E1, E7: what was sent ends, or waits for its end; what waits for its end gets one."""
    if (state, to) in OPERATION_ALLOWED:
        assert moved(OPERATION_MOVES, state, to) is to
    else:
        with pytest.raises(MoveError, match=f"^no move from {state} to {to}$"):
            moved(OPERATION_MOVES, state, to)


def test_e3_an_order_number_is_held_while_paying_and_for_ever_once_paid() -> None:
    """E3: after Declined, Timeout and Canceled the number may come again."""
    free = {OrderState.DECLINED, OrderState.TIMEOUT, OrderState.CANCELED}
    assert set(HOLDS_ITS_NUMBER) == set(OrderState) - free


def test_e1_the_diagrams_of_the_documents_are_those_of_the_tables() -> None:
    """E1: made by ``diagram``; when a table changes, put what this says into docs/protocol/lives.md."""
    text = DIAGRAMS.read_text(encoding="utf-8")
    for drawn in (diagram(ORDER_MOVES), diagram(OPERATION_MOVES)):
        assert f"```mermaid\n{drawn}\n```" in text, drawn


def test_each_kind_of_operation_has_the_protocols_number() -> None:
    """P 6.2."""
    assert {kind.value: kind.operation_type for kind in OperationKind} == {"payment": 100, "charge": 200, "cancel": 300}
