"""Plans of what may follow a payment: a charge, a cancel, a refund. Pure: reads an order's operations, answers a plan.

The sums never exceed what was paid, and nothing is done twice: a request that was made before answers its operation.
Source: docs/rules.md E4, E5; P 5.4, 5.8, 6.1; docs/decisions/0012-repeated-requests.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import OPEN, OperationKind, OperationMessage, OperationState, OrderState

# Clients repeat a request when its answer is slow. The same one within this time after its end is the same request.
REPEATED_WITHIN = timedelta(seconds=60)
# Whoever asked for one that was in doubt was told "in process", or nothing: it may ask for its end much later.
REPEATED_AFTER_DOUBT = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation as the plans know it. ``was_in_doubt``: a worker had to find out how it ended."""

    number: int
    kind: OperationKind
    message: OperationMessage
    state: OperationState
    amount_minor: int
    external_refund_id: str | None
    sent_at: datetime
    ended_at: datetime | None = None
    was_in_doubt: bool = False


@dataclass(frozen=True)
class Plan:
    """A new operation: its message and amount in minor units."""

    kind: OperationKind
    message: OperationMessage
    amount_minor: int


@dataclass(frozen=True)
class Repeated:
    """The request was made before: the number of its operation."""

    number: int


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A merchant's request for a charge or a cancel; no amount is all of it."""

    amount_minor: int | None
    external_refund_id: str | None = None
    at: datetime


def plan_charge(state: OrderState, operations: Sequence[Operation], wish: Wish) -> Plan | Repeated | Refused:
    """The charge of a delayed order, in full or in part; what isn't charged is released. Source: E4, P 5.4."""
    if not operations:
        return Refused(Reason.NOT_CHARGEABLE)
    payment, charges = operations[0], [op for op in operations if op.kind is OperationKind.CHARGE]
    amount_minor = payment.amount_minor if wish.amount_minor is None else wish.amount_minor
    for charge in charges:
        if charge.state is not OperationState.DECLINED:
            return Repeated(charge.number) if charge.amount_minor == amount_minor else Refused(Reason.NOT_CHARGEABLE)
    if any(op.state in OPEN for op in operations):
        return Refused(Reason.OPERATION_IN_PROGRESS)
    if state is not OrderState.DELAYED:
        return Refused(Reason.NOT_CHARGEABLE)
    if not 0 < amount_minor <= payment.amount_minor:
        return Refused(Reason.AMOUNT_ABOVE_REST)
    return Plan(OperationKind.CHARGE, OperationMessage.COMPLETION, amount_minor)


def plan_cancel(state: OrderState, operations: Sequence[Operation], wish: Wish) -> Plan | Repeated | Refused:
    """A reversal before the money was taken, in full alone; a refund after it, as far as it goes. Source: E5, P 5.8."""
    if not operations:
        return Refused(Reason.NOT_CANCELABLE)
    repeated = _repeated_cancel(state, operations, wish)
    if repeated is not None:
        return repeated
    if any(op.state in OPEN for op in operations):
        return Refused(Reason.OPERATION_IN_PROGRESS)
    if state is OrderState.DELAYED:
        held_minor = operations[0].amount_minor
        if wish.amount_minor is not None and wish.amount_minor != held_minor:
            return Refused(Reason.NOT_CANCELABLE if 0 < wish.amount_minor < held_minor else Reason.AMOUNT_ABOVE_REST)
        return Plan(OperationKind.CANCEL, OperationMessage.REVERSAL, held_minor)
    if state not in {OrderState.APPROVED, OrderState.PARTIAL_DELAYED, OrderState.PARTIAL_CANCELED}:
        return Refused(Reason.NOT_CANCELABLE)
    rest_minor = _rest_minor(operations)
    amount_minor = rest_minor if wish.amount_minor is None else wish.amount_minor
    if not 0 < amount_minor <= rest_minor:
        return Refused(Reason.AMOUNT_ABOVE_REST)
    return Plan(OperationKind.CANCEL, OperationMessage.REFUND, amount_minor)


def state_after(operations: Sequence[Operation]) -> OrderState:
    """The state of a paid order whose operations are these, none of them open (P 6.1)."""
    payment = operations[0]
    approved = [op for op in operations if op.state is OperationState.APPROVED]
    if any(op.message is OperationMessage.REVERSAL for op in approved):
        return OrderState.CANCELED
    taken, returned = taken_minor(operations), returned_minor(operations)
    if returned:
        return OrderState.CANCELED if returned == taken else OrderState.PARTIAL_CANCELED
    if taken == 0:
        return OrderState.DELAYED
    return OrderState.APPROVED if taken == payment.amount_minor else OrderState.PARTIAL_DELAYED


def taken_minor(operations: Sequence[Operation]) -> int:
    """The amount taken from the card, in minor units: the charge of two stages, else the payment."""
    approved = [op for op in operations if op.state is OperationState.APPROVED]
    charged = [op.amount_minor for op in approved if op.kind is OperationKind.CHARGE]
    purchased = [op.amount_minor for op in approved if op.message is OperationMessage.PURCHASE]
    return sum(charged or purchased)


def returned_minor(operations: Sequence[Operation]) -> int:
    """The amount given back of it by refunds, in minor units."""
    return sum(
        op.amount_minor
        for op in operations
        if op.message is OperationMessage.REFUND and op.state is OperationState.APPROVED
    )


def _repeated_cancel(state: OrderState, operations: Sequence[Operation], wish: Wish) -> Repeated | Refused | None:
    if wish.external_refund_id is not None:
        named = next((op for op in operations if op.external_refund_id == wish.external_refund_id), None)
        if named is None:
            return None
        same = wish.amount_minor in {None, named.amount_minor}
        return Repeated(named.number) if same else Refused(Reason.REFUND_ID_TAKEN)
    cancels = [op for op in operations if op.kind is OperationKind.CANCEL and op.state is not OperationState.DECLINED]
    if wish.amount_minor is not None:
        equal = (op for op in reversed(cancels) if op.external_refund_id is None and _is_repeated(op, wish))
        return next((Repeated(op.number) for op in equal), None)
    if not cancels or cancels[-1].external_refund_id is not None:
        return None
    # All of it is asked for: the last cancel was that if it left, or leaves, nothing.
    last = cancels[-1]
    is_open = last.state in OPEN
    left_minor = _rest_minor(operations) - (last.amount_minor if is_open else 0)
    was_all = state is OrderState.CANCELED or (is_open and left_minor == 0)
    return Repeated(last.number) if was_all else None


def _is_repeated(op: Operation, wish: Wish) -> bool:
    """Whether the wish is that operation again: under way, or over since less than a minute (a day after doubt)."""
    if op.amount_minor != wish.amount_minor:
        return False
    within = REPEATED_AFTER_DOUBT if op.was_in_doubt else REPEATED_WITHIN
    return op.state in OPEN or wish.at - (op.ended_at or op.sent_at) < within


def _rest_minor(operations: Sequence[Operation]) -> int:
    """What can still be given back, or released; minor units."""
    if operations[0].message is OperationMessage.AUTHORISATION and taken_minor(operations) == 0:
        return operations[0].amount_minor
    return taken_minor(operations) - returned_minor(operations)
