"""E1: the lives of an order and of an operation are tables."""

from itertools import product

import pytest

from oneclick.errors import MoveError
from oneclick.payments.life import (
    HOLDS_ITS_NUMBER,
    OPERATION_MOVES,
    ORDER_MOVES,
    OperationState,
    OrderState,
    moved,
)

ORDER_ALLOWED = {("In Process", "Approved"), ("In Process", "Declined"), ("In Process", "Timeout")}
OPERATION_ALLOWED = {("sent", "approved"), ("sent", "declined"), ("sent", "unknown")}


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
    """E1, E7: what was sent ends in one of three ways."""
    if (state, to) in OPERATION_ALLOWED:
        assert moved(OPERATION_MOVES, state, to) is to
    else:
        with pytest.raises(MoveError, match=f"^no move from {state} to {to}$"):
            moved(OPERATION_MOVES, state, to)


def test_e3_an_order_number_is_held_while_paying_and_for_ever_once_paid() -> None:
    """E3: after Declined and Timeout the number may come again."""
    assert set(HOLDS_ITS_NUMBER) == {OrderState.IN_PROCESS, OrderState.APPROVED}
