"""The lives of an order and of an operation, as tables (E1). The database's CHECKs hold the same words.

Source: docs/rules.md E1, E2, E7; P 6.1, 6.2.
"""

from enum import StrEnum
from typing import TypeVar

from oneclick.errors import MoveError


class OrderState(StrEnum):
    """States of an order, in the protocol's words (P 6.1)."""

    IN_PROCESS = "In Process"
    APPROVED = "Approved"
    DECLINED = "Declined"
    TIMEOUT = "Timeout"


class OperationState(StrEnum):
    """States of an operation. ``unknown`` is a payment whose answer was lost: neither approved nor declined (E7)."""

    SENT = "sent"
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"


ORDER_MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.IN_PROCESS: frozenset({OrderState.APPROVED, OrderState.DECLINED, OrderState.TIMEOUT}),
    OrderState.APPROVED: frozenset(),
    OrderState.DECLINED: frozenset(),
    OrderState.TIMEOUT: frozenset(),
}

OPERATION_MOVES: dict[OperationState, frozenset[OperationState]] = {
    OperationState.SENT: frozenset({OperationState.APPROVED, OperationState.DECLINED, OperationState.UNKNOWN}),
    OperationState.APPROVED: frozenset(),
    OperationState.DECLINED: frozenset(),
    OperationState.UNKNOWN: frozenset(),
}

# An order in one of these states keeps its OrderNumber to itself; after another state, the number may come again (E3).
HOLDS_ITS_NUMBER = (OrderState.IN_PROCESS, OrderState.APPROVED)

State = TypeVar("State", OrderState, OperationState)


def moved(moves: dict[State, frozenset[State]], state: State, to: State) -> State:
    """The new state. Raises ``MoveError`` if the table has no such move."""
    if to not in moves[state]:
        message = f"no move from {state} to {to}"
        raise MoveError(message)
    return to
