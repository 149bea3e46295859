"""Looks after operations without an end, till they have one (E7, E8).

A payment whose answer was lost, or whose process died, is reversed till the acquirer confirms, and only then declined.
One that was declined although the acquirer approved it (B19) is reversed in the same way.
A charge or a cancel is repeated, with the same bytes, till the acquirer answers. Pauses grow; there is no last attempt.
"""

from datetime import datetime, timedelta

import structlog

from oneclick.acquirer.link import Link, NotSent
from oneclick.acquirer.messages import Answer
from oneclick.assist.as_codes import SYSTEM_ERROR
from oneclick.clock import Clock
from oneclick.database.due_operations import DueOperation, put_off, take_due_operations
from oneclick.database.notifications import insert_notification
from oneclick.database.operations import OperationOutcome, end_reversing, finish_operation, list_operations
from oneclick.database.orders import find_order, finish_order
from oneclick.database.pool import Connection, Pool
from oneclick.ids import PAYMENT_NUMBER, OperationId
from oneclick.limits.counters import give_back
from oneclick.payments.lives import OPERATION_LIFE, ORDER_LIFE, OperationState, OrderState
from oneclick.payments.response_codes import APPROVED, MALFORMED, is_trouble
from oneclick.use_cases.steps.acquirer_options import AcquirerOptions
from oneclick.use_cases.steps.operation_run import ask, later_message, write_operation
from oneclick.use_cases.steps.payer_facts import counter_of
from oneclick.use_cases.steps.task_pool import TaskPool

_log = structlog.get_logger()

_TASKS_MAX = 20
_LINK_DOWN_PAUSE = timedelta(seconds=1)
_PAUSE_MAX_S = 60


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 seconds and so on, a minute at most, and no end (E7)."""
    return timedelta(seconds=min(2 ** min(attempts - 1, 16), _PAUSE_MAX_S))


class ResolveOperations:
    """Rounds that take what is due, and begin it. Several workers may run side by side.

    One instance a process; ``drain`` before the process ends.
    """

    def __init__(self, pool: Pool, link: Link, clock: Clock, options: AcquirerOptions) -> None:
        self._pool = pool
        self._link = link
        self._clock = clock
        self._options = options
        self._tasks = TaskPool("operation not resolved", _TASKS_MAX)

    async def __call__(self) -> int:
        """Takes due operations, as many as the pool of 20 tasks has room for, and begins to resolve them; their number.

        It doesn't wait for their ends: an answer that doesn't come holds up its own operation alone. Each is put off
        first by longer than an answer can take: a worker that dies loses nothing. While the link is down nothing is
        taken. Source: docs/rules.md E7, E8.
        """
        room = await self._tasks.room()
        if not self._link.is_up:
            return 0
        now = self._clock.now()
        lease = timedelta(seconds=self._options.deadline_s + 15)
        async with self._pool.connection() as connection:
            taken = await take_due_operations(connection, now, now + lease, room)
        for one in taken:
            self._tasks.start(self._resolve(one))
        return len(taken)

    async def drain(self, timeout_s: float) -> None:
        """Waits for the operations that are being resolved, ``timeout_s`` seconds at most."""
        await self._tasks.drain(timeout_s)

    async def _resolve(self, taken: DueOperation) -> None:
        key = taken.key
        is_payment = key.number == PAYMENT_NUMBER
        async with self._pool.connection() as connection:
            message = await later_message(connection, key, self._options.acquirer_id)
        reply = await ask(self._link, message, self._options.deadline_s)
        now = self._clock.now()
        if isinstance(reply, Answer) and is_an_end(reply.response_code, is_payment=is_payment):
            async with self._pool.connection() as connection, connection.transaction():
                if is_payment:
                    await _write_reversed(connection, key, now)
                else:
                    await write_operation(connection, key, reply, OperationState.UNKNOWN, now)
            return
        pause = _LINK_DOWN_PAUSE if isinstance(reply, NotSent) else pause_after(taken.attempts)
        _log.warning(
            "operation still open",
            billnumber=key.order_id.billnumber,
            operation=key.number,
            attempts=taken.attempts,
            response_code=reply.response_code if isinstance(reply, Answer) else None,
        )
        async with self._pool.connection() as connection:
            await put_off(connection, key, now + pause)


def is_an_end(response_code: str, *, is_payment: bool) -> bool:
    """A reversal ends by a yes alone. A repeated charge or refund ends by anything but the acquirer's own trouble.

    A repetition that is called malformed says nothing of the first attempt, which may have been carried out.
    """
    if is_payment:
        return response_code == APPROVED
    return not is_trouble(response_code) and response_code != MALFORMED


async def _write_reversed(connection: Connection, key: OperationId, at: datetime) -> None:
    """The acquirer has confirmed: the payment is declined, its amount is given back, the shop is told (D3, E7).

    If it was declined before, all that is done already. Locks the order, the operation, then the counters; runs in the
    caller's transaction.
    """
    if await end_reversing(connection, key):
        _log.info("declined payment reversed", billnumber=key.order_id.billnumber)
        return
    outcome = OperationOutcome(
        move=OPERATION_LIFE.move(OperationState.UNKNOWN, OperationState.DECLINED),
        answered_at=at,
        response_code=None,
        as_code=SYSTEM_ERROR,
        authorisation_id=None,
    )
    if not await finish_operation(connection, key, outcome, at):
        return
    move = ORDER_LIFE.move(OrderState.IN_PROCESS, OrderState.DECLINED)
    await finish_order(connection, key.order_id, move)
    found = await find_order(connection, key.order_id)
    (payment, *_) = await list_operations(connection, key.order_id)
    if found is None:
        return
    counter = counter_of(found.order, payment.turnover_on) if payment.turnover_on is not None else None
    if counter is not None:
        await give_back(connection, counter, payment.amount_minor)
    await insert_notification(connection, key.order_id, PAYMENT_NUMBER, found.order.merchant_id, at)
    _log.info("payment reversed", billnumber=key.order_id.billnumber)
