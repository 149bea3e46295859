"""A charge or a cancel from the merchant's request to the acquirer's answer: what both use cases share.

1. who asks, and which order
2. under the order's lock: the plan (pure), the intent; COMMIT
3. ask the acquirer: no database connection is held
4. write the outcome; COMMIT

A lost answer leaves the operation *unknown*; a worker repeats its message till the acquirer answers (E7).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from oneclick.acquirer.later_messages import Completion, LaterMessage, Original, Refund, Reversal
from oneclick.acquirer.link import Link, NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import Answer
from oneclick.assist.as_codes import as_code
from oneclick.clock import Clock
from oneclick.database.merchants import MerchantRow
from oneclick.database.notifications import insert_notification
from oneclick.database.operations import (
    OPERATIONS_MAX,
    OperationIntent,
    OperationOutcome,
    OperationRow,
    finish_operation,
    insert_operation,
    list_operations,
)
from oneclick.database.orders import OrderRow, find_order, lock_order, move_order
from oneclick.database.pool import Connection, Pool
from oneclick.database.stan_blocks import StanBlocks
from oneclick.ids import OperationId, OrderId
from oneclick.limits.counters import give_back
from oneclick.money import Money
from oneclick.outcome import Reason, Refused
from oneclick.passwords import Passwords
from oneclick.payments.charges_and_cancels import Operation, Plan, Repeated, Wish, state_after
from oneclick.payments.lives import (
    OPEN,
    OPERATION_LIFE,
    ORDER_LIFE,
    OperationKind,
    OperationMessage,
    OperationState,
    OrderState,
)
from oneclick.payments.response_codes import APPROVED, is_trouble
from oneclick.use_cases.steps.acquirer_options import SENT_WITHIN_S, AcquirerOptions
from oneclick.use_cases.steps.authentication import Credentials, authenticated
from oneclick.use_cases.steps.merchant_terms import card_acceptor_id
from oneclick.use_cases.steps.payer_facts import counter_of
from oneclick.use_cases.steps.task_pool import TaskPool

_log = structlog.get_logger()

# Who repeats a request that is under way waits this long for its end, and is then told that it is in process.
_REPEATED_WAITS_S = 5.0
_LOOKS_EVERY_S = 0.2

Planner = Callable[[OrderState, Sequence[Operation], Wish], Plan | Repeated | Refused]


@dataclass(frozen=True, kw_only=True)
class OperationDependencies:
    """Dependencies of a charge or a cancel."""

    pool: Pool
    passwords: Passwords
    link: Link
    stans: StanBlocks
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class OperationRequest:
    """A merchant's request; amount and currency come both or not at all."""

    credentials: Credentials
    billnumber: int
    amount_text: str | None
    currency: str | None
    external_refund_id: str | None
    client_ip: str


@dataclass(frozen=True)
class OperationResult:
    """The order and the operation as they stand, and the moment of the answer."""

    order: OrderRow
    operation: OperationRow
    packet_at: datetime


class OperationRunner:
    """Carries out a plan. One instance a process; ``drain`` before the process ends."""

    def __init__(self, dependencies: OperationDependencies, options: AcquirerOptions) -> None:
        self._dependencies = dependencies
        self._options = options
        self._tasks = TaskPool("operation not finished")

    async def carry_out(self, request: OperationRequest, planner: Planner) -> OperationResult | Refused:
        """Carries an operation out in two commits, or in none if it is refused or was asked for before.

        Source: docs/rules.md E4, E5, E7.
        """
        # 1. who, and which order
        merchant = await authenticated(self._dependencies.pool, self._dependencies.passwords, request.credentials)
        if isinstance(merchant, Refused):
            return merchant
        order = await self._order(merchant, request.billnumber)
        if isinstance(order, Refused):
            return order
        if request.currency not in {None, order.currency}:
            return Refused(Reason.CURRENCY_MISMATCH)
        # 2. the plan and the intent; COMMIT
        begun = await self._begin(order, request, planner)
        if isinstance(begun, Refused):
            return begun
        if isinstance(begun, Repeated):
            return await self._repeated(OperationId(order.order_id, begun.number))
        # 3. and 4. run to their end, even if the merchant's program goes away
        key = OperationId(order.order_id, begun.number)
        await asyncio.shield(self._tasks.start(self._finish(key, begun.sent_at)))
        return await self._result(key)

    async def drain(self, timeout_s: float) -> None:
        """Waits for operations in flight, at most so many seconds."""
        await self._tasks.drain(timeout_s)

    async def _order(self, merchant: MerchantRow, billnumber: int) -> OrderRow | Refused:
        async with self._dependencies.pool.connection() as connection:
            found = await find_order(connection, OrderId(merchant.customer_base_id, billnumber))
        if found is None or found.order.merchant_id != merchant.merchant_id:
            return Refused(Reason.ORDER_UNKNOWN)
        return found.order

    async def _begin(
        self, order: OrderRow, request: OperationRequest, planner: Planner
    ) -> OperationIntent | Repeated | Refused:
        now = self._dependencies.clock.now()
        amount = Money.read(request.amount_text, order.currency) if request.amount_text is not None else None
        if request.amount_text is not None and amount is None:
            return Refused(Reason.AMOUNT_MALFORMED)
        wish = Wish(
            amount_minor=amount.amount_minor if amount else None,
            external_refund_id=request.external_refund_id,
            at=now,
        )
        # Taken before the lock: a pool that is used up must not wait for itself.
        trace = await self._dependencies.stans.take(now) if self._dependencies.link.is_up else None
        async with self._dependencies.pool.connection() as connection, connection.transaction():
            state = await lock_order(connection, order.order_id)
            operations = await list_operations(connection, order.order_id)
            if state is None:
                return Refused(Reason.ORDER_UNKNOWN)
            if len(operations) >= OPERATIONS_MAX:
                return Refused(Reason.OPERATIONS_TOO_MANY)
            plan = planner(state, [row.facts for row in operations], wish)
            if isinstance(plan, Repeated | Refused):
                return plan
            if trace is None:
                return Refused(Reason.ACQUIRER_UNAVAILABLE)
            intent = OperationIntent(
                order_id=order.order_id,
                number=operations[-1].operation_number + 1,
                plan=plan,
                external_refund_id=request.external_refund_id,
                terminal_id=trace.terminal_id,
                stan=trace.stan,
                rrn=trace.rrn(now),
                client_ip=request.client_ip,
                sent_at=now,
                due_at=now + self._options.taken_over_after,
            )
            await insert_operation(connection, intent)
            return intent

    async def _finish(self, key: OperationId, begun_at: datetime) -> None:
        pool = self._dependencies.pool
        async with pool.connection() as connection:
            message = await later_message(connection, key, self._options.acquirer_id)
        if (self._dependencies.clock.now() - begun_at).total_seconds() > SENT_WITHIN_S:
            return  # a worker may have sent it, and got its end: it is the worker's
        reply = await ask(self._dependencies.link, message, self._options.deadline_s)
        async with pool.connection() as connection, connection.transaction():
            await write_operation(connection, key, reply, OperationState.SENT, self._dependencies.clock.now())

    async def _repeated(self, key: OperationId) -> OperationResult:
        result = await self._result(key)
        for _ in range(round(_REPEATED_WAITS_S / _LOOKS_EVERY_S)):
            if result.operation.state not in OPEN:
                break
            await asyncio.sleep(_LOOKS_EVERY_S)
            result = await self._result(key)
        return result

    async def _result(self, key: OperationId) -> OperationResult:
        # The order last: an operation that is seen to have ended has moved it on.
        async with self._dependencies.pool.connection() as connection:
            operations = await list_operations(connection, key.order_id)
            found = await find_order(connection, key.order_id)
        operation = next(row for row in operations if row.operation_number == key.number)
        if found is None:
            message = "an order is gone"
            raise RuntimeError(message)
        return OperationResult(found.order, operation, self._dependencies.clock.now())


async def ask(link: Link, message: LaterMessage, deadline_s: float) -> Answer | NoAnswer | NotSent:
    """Asks the acquirer; whatever fails, the message may have gone out."""
    try:
        return await link.ask(message, deadline_s)
    except Exception as error:  # noqa: BLE001  # the message may have gone out
        _log.error("link failed", error=type(error).__name__)
        return NoAnswer(Unknown.CONNECTION_LOST)


async def later_message(connection: Connection, key: OperationId, acquirer_id: str) -> LaterMessage:
    """The message about an operation to the acquirer, made of its rows: the same bytes each time. No lock.

    It names the payment's own acquirer id; ``acquirer_id`` is for payments that were sent before that was written down.
    A payment is told of by its reversal. No message carries a card: they name the payment (ISO field 90).
    """
    found = await find_order(connection, key.order_id)
    operations = await list_operations(connection, key.order_id)
    row = next((row for row in operations if row.operation_number == key.number), None)
    if found is None or row is None:
        error = "an operation is gone"
        raise RuntimeError(error)
    payment = operations[0]
    original = Original(
        two_stage=payment.message == OperationMessage.AUTHORISATION,
        terminal_id=payment.terminal_id,
        stan=payment.stan,
        transmitted_at=payment.sent_at,
        rrn=payment.rrn,
        amount=payment.amount,
        authorisation_id=payment.authorisation_id,
        billnumber=str(key.order_id.billnumber),
        acquirer_id=payment.acquirer_id or acquirer_id,
        card_acceptor_id=card_acceptor_id(found.merchant),
    )
    if row.kind == OperationKind.PAYMENT or row.message == OperationMessage.REVERSAL:
        return Reversal(original=original)
    kind = Completion if row.message == OperationMessage.COMPLETION else Refund
    return kind(
        original=original,
        terminal_id=row.terminal_id,
        stan=row.stan,
        transmitted_at=row.sent_at,
        amount_minor=row.amount_minor,
    )


async def write_operation(
    connection: Connection,
    key: OperationId,
    reply: Answer | NoAnswer | NotSent,
    origin: OperationState,
    at: datetime,
) -> OperationState | None:
    """Writes what became of a charge or a cancel; None if it isn't in the state ``origin`` any more.

    Locks the order, the operation, then the counters; runs in the caller's transaction. Source: D3, E4, E5, E7.
    """
    state = await lock_order(connection, key.order_id)
    outcome = _outcome(reply, origin, at)
    if outcome is None:
        return origin
    if state is None or not await finish_operation(connection, key, outcome, at):
        return None
    if outcome.state is not OperationState.UNKNOWN:
        await _move_on(connection, key, state, at)
    _log.info(
        "operation ended",
        billnumber=key.order_id.billnumber,
        operation=key.number,
        state=outcome.state,
        as_code=outcome.as_code,
    )
    return outcome.state


async def _move_on(connection: Connection, key: OperationId, state: OrderState, at: datetime) -> None:
    """An approved operation moves its order on, a declined one doesn't; the shop is told of both if it wishes."""
    found = await find_order(connection, key.order_id)
    operations = await list_operations(connection, key.order_id)
    if found is None:
        return
    row = next(row for row in operations if row.operation_number == key.number)
    if row.state == OperationState.APPROVED:
        move = ORDER_LIFE.move(state, state_after([row.facts for row in operations]))
        await move_order(connection, key.order_id, move)
        counter = counter_of(found.order, operations[0].turnover_on) if operations[0].turnover_on is not None else None
        if row.message == OperationMessage.REVERSAL and counter is not None:
            await give_back(connection, counter, operations[0].amount_minor)
    wanted = found.merchant.notify_charges if row.kind == OperationKind.CHARGE else found.merchant.notify_cancels
    if wanted:
        await insert_notification(connection, key.order_id, key.number, found.order.merchant_id, at)


def _outcome(reply: Answer | NoAnswer | NotSent, origin: OperationState, at: datetime) -> OperationOutcome | None:
    """What never reached the wire, or has lost its answer, is repeated by a worker: it isn't over (E7).

    So is what the acquirer's own trouble left open: the money of an earlier attempt may have moved. None if it was
    known to be open already.
    """
    if not isinstance(reply, Answer) or is_trouble(reply.response_code):
        if origin is OperationState.UNKNOWN:
            return None
        lost = OPERATION_LIFE.move(origin, OperationState.UNKNOWN)
        return OperationOutcome(move=lost, answered_at=None, response_code=None, as_code=None, authorisation_id=None)
    state = OperationState.APPROVED if reply.response_code == APPROVED else OperationState.DECLINED
    return OperationOutcome(
        move=OPERATION_LIFE.move(origin, state),
        answered_at=at,
        response_code=reply.response_code,
        as_code=as_code(reply.response_code),
        authorisation_id=reply.authorisation_id,
    )
