"""The lives of an order and of an operation, as tables (E1). The database's CHECKs hold the same words.

Source: docs/rules.md E1, E2, E4, E5, E7; P 6.1, 6.2. The diagram in docs/protocol/lives.md is made of these tables.
"""

from enum import StrEnum
from typing import TypeVar

from oneclick.errors import MoveError


class OrderState(StrEnum):
    """States of an order, in the protocol's words (P 6.1)."""

    IN_PROCESS = "In Process"
    APPROVED = "Approved"
    DELAYED = "Delayed"
    PARTIAL_DELAYED = "PartialDelayed"
    CANCELED = "Canceled"
    PARTIAL_CANCELED = "PartialCanceled"
    DECLINED = "Declined"
    TIMEOUT = "Timeout"


class OperationKind(StrEnum):
    """What an operation does for its order (P 6.2)."""

    PAYMENT = "payment"
    CHARGE = "charge"
    CANCEL = "cancel"

    @property
    def operation_type(self) -> int:
        """The protocol's ``operationtype``."""
        return {OperationKind.PAYMENT: 100, OperationKind.CHARGE: 200, OperationKind.CANCEL: 300}[self]


class OperationMessage(StrEnum):
    """Which message tells the acquirer of an operation (E4, E5)."""

    PURCHASE = "purchase"
    AUTHORISATION = "authorisation"
    COMPLETION = "completion"
    REVERSAL = "reversal"
    REFUND = "refund"


class OperationState(StrEnum):
    """States of an operation.

    ``unknown`` has lost its answer: it is neither approved nor declined (E7). A payment is then reversed till the
    acquirer confirms; a charge or a cancel is repeated till it answers. ``reversing`` is a payment that is declined for
    all the world, while an approval that the gateway didn't take is reversed: of another kind (E7), or given when the
    card was locked already (B19).
    """

    SENT = "sent"
    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    REVERSING = "reversing"


ORDER_MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.IN_PROCESS: frozenset(
        {OrderState.APPROVED, OrderState.DELAYED, OrderState.DECLINED, OrderState.TIMEOUT}
    ),
    OrderState.DELAYED: frozenset({OrderState.APPROVED, OrderState.PARTIAL_DELAYED, OrderState.CANCELED}),
    OrderState.APPROVED: frozenset({OrderState.CANCELED, OrderState.PARTIAL_CANCELED}),
    OrderState.PARTIAL_DELAYED: frozenset({OrderState.CANCELED, OrderState.PARTIAL_CANCELED}),
    OrderState.PARTIAL_CANCELED: frozenset({OrderState.CANCELED, OrderState.PARTIAL_CANCELED}),
    OrderState.CANCELED: frozenset(),
    OrderState.DECLINED: frozenset(),
    OrderState.TIMEOUT: frozenset(),
}

OPERATION_MOVES: dict[OperationState, frozenset[OperationState]] = {
    OperationState.SENT: frozenset(
        {OperationState.APPROVED, OperationState.DECLINED, OperationState.UNKNOWN, OperationState.REVERSING}
    ),
    OperationState.UNKNOWN: frozenset({OperationState.APPROVED, OperationState.DECLINED}),
    OperationState.APPROVED: frozenset(),
    OperationState.DECLINED: frozenset(),
    OperationState.REVERSING: frozenset({OperationState.DECLINED}),
}

# An order in one of these states keeps its OrderNumber to itself; after another state, the number may come again (E3).
HOLDS_ITS_NUMBER = (
    OrderState.IN_PROCESS,
    OrderState.APPROVED,
    OrderState.DELAYED,
    OrderState.PARTIAL_DELAYED,
    OrderState.PARTIAL_CANCELED,
)
# What nobody can tell the end of yet: a worker looks after it.
OPEN = (OperationState.SENT, OperationState.UNKNOWN)

State = TypeVar("State", OrderState, OperationState)


def moved(moves: dict[State, frozenset[State]], state: State, to: State) -> State:
    """The new state. Raises ``MoveError`` if the table has no such move."""
    if to not in moves[state]:
        message = f"no move from {state} to {to}"
        raise MoveError(message)
    return to


def diagram(moves: dict[State, frozenset[State]]) -> str:
    """The table as a Mermaid state diagram, in the order of the states."""
    states = list(moves)
    names = {state: "".join(part.capitalize() for part in state.split()) if " " in state else state for state in states}
    lines: list[str] = [f"    {names[state]}: {state}" for state in states if names[state] != state]
    lines += [f"    [*] --> {names[states[0]]}"]
    for state in states:
        lines += [f"    {names[state]} --> {names[to]}" for to in states if to in moves[state]]
        if not moves[state]:
            lines.append(f"    {names[state]} --> [*]")
    return "\n".join(["stateDiagram-v2", *lines])
