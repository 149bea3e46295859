"""Operations: the intent before the acquirer is asked, the outcome after it (E7); all operations of an order."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from oneclick.card import Brand, EntryMode
from oneclick.database.moves import pairs, word, words
from oneclick.database.pool import Connection
from oneclick.database.rows import columns, rows_of
from oneclick.ids import PAYMENT_NUMBER, OperationId, OrderId
from oneclick.life_cycle import Move
from oneclick.money import Money
from oneclick.payments.charges_and_cancels import Operation, Plan
from oneclick.payments.lives import (
    FOR_A_WORKER,
    OPERATION_LIFE,
    OperationKind,
    OperationMessage,
    OperationState,
    OrderState,
)


@dataclass(frozen=True, kw_only=True)
class PaymentIntent:
    """A payment about to be sent to the acquirer."""

    order_id: OrderId
    saved_card_id: UUID | None
    brand: Brand
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: EntryMode
    remember: bool
    terminal_id: str
    stan: int
    rrn: str
    acquirer_id: str
    client_ip: str
    sent_at: datetime
    turnover_on: date | None
    message: OperationMessage
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class OperationOutcome:
    """The end of an operation, or the loss of its answer (to *unknown*: no codes, no authorisation)."""

    move: Move[OperationState]
    answered_at: datetime | None
    response_code: str | None
    as_code: str | None
    authorisation_id: str | None
    limit_opens_at: datetime | None = None

    @property
    def state(self) -> OperationState:
        """The state that it moves the operation to."""
        return self.move.to


@dataclass(frozen=True, kw_only=True)
class PaymentRow:
    """The payment of an order, as its payer's page needs it."""

    state: OperationState
    brand: Brand
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: EntryMode
    remember: bool
    kept_card_id: UUID | None
    as_code: str | None
    authorisation_id: str | None
    sent_at: datetime
    answered_at: datetime | None
    limit_opens_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OperationRow:
    """An operation with all that may be told of it; card data by its merchant mask (B9)."""

    operation_number: int
    kind: OperationKind
    message: OperationMessage
    state: OperationState
    amount_minor: int
    currency: str
    brand: Brand
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: EntryMode
    saved_card_id: UUID | None
    kept_card_id: UUID | None
    terminal_id: str
    stan: int
    rrn: str
    acquirer_id: str | None
    client_ip: str
    sent_at: datetime
    answered_at: datetime | None
    response_code: str | None
    as_code: str | None
    authorisation_id: str | None
    external_refund_id: str | None
    turnover_on: date | None
    attempts: int
    due_at: datetime | None

    @property
    def amount(self) -> Money:
        """The operation's amount."""
        return Money(self.amount_minor, self.currency)

    @property
    def facts(self) -> Operation:
        """The operation as the rules know it."""
        return Operation(
            number=self.operation_number,
            kind=self.kind,
            message=self.message,
            state=self.state,
            amount_minor=self.amount_minor,
            external_refund_id=self.external_refund_id,
            sent_at=self.sent_at,
            ended_at=self.answered_at,
            was_in_doubt=self.attempts > 0,
        )


@dataclass(frozen=True, kw_only=True)
class OperationIntent:
    """A charge or a cancel about to be sent to the acquirer."""

    order_id: OrderId
    number: int
    plan: Plan
    external_refund_id: str | None
    terminal_id: str
    stan: int
    rrn: str
    client_ip: str
    sent_at: datetime
    due_at: datetime


# Ends of an operation: those of a message that was sent, and those of one whose answer was lost.
ENDS = (
    *OPERATION_LIFE.moves(
        (OperationState.SENT,),
        (OperationState.APPROVED, OperationState.DECLINED, OperationState.UNKNOWN, OperationState.REVERSING),
    ),
    *OPERATION_LIFE.moves((OperationState.UNKNOWN,), (OperationState.APPROVED, OperationState.DECLINED)),
)
REVERSED = OPERATION_LIFE.move(OperationState.REVERSING, OperationState.DECLINED)

# The intent, if the order can still be paid and no payment was begun on it: the primary key lets one through, however
# many come at once (docs/rules.md B17). Shares the order's row lock, so that its time can't end in between.
BEGIN = f"""
WITH payable AS (
    SELECT amount_minor, currency FROM payment_order
    WHERE customer_base_id = %(base)s AND billnumber = %(bill)s
    AND state = {word(OrderState.IN_PROCESS)} AND expires_at > %(sent_at)s
    FOR NO KEY UPDATE
)
INSERT INTO operation (customer_base_id, billnumber, operation_number, state, amount_minor, currency, saved_card_id,
    brand, card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, acquirer_id,
    client_ip, sent_at, turnover_on, kind, message, due_at)
SELECT %(base)s, %(bill)s, %(number)s, {word(OperationState.SENT)}, amount_minor, currency, %(saved_card_id)s,
    %(brand)s, %(card_mask)s, %(card_expiry)s, %(cardholder)s, %(entry_mode)s, %(remember)s, %(terminal_id)s, %(stan)s,
    %(rrn)s, %(acquirer_id)s, %(client_ip)s, %(sent_at)s, %(turnover_on)s, {word(OperationKind.PAYMENT)},
    %(message)s, %(due_at)s
FROM payable
ON CONFLICT DO NOTHING
"""

# The outcome of an operation. Locks its order, then it, as BEGIN does: a click that comes at the same moment waits for
# the one and would hold the other. An operation that has ended, or was taken over, is not touched.
FINISH = f"""
WITH held AS MATERIALIZED (
    SELECT customer_base_id, billnumber FROM payment_order
    WHERE customer_base_id = %(base)s AND billnumber = %(bill)s FOR NO KEY UPDATE
)
UPDATE operation SET state = %(to)s, answered_at = %(answered_at)s, response_code = %(response_code)s,
    as_code = %(as_code)s, authorisation_id = %(authorisation_id)s, limit_opens_at = %(limit_opens_at)s,
    due_at = CASE WHEN %(to)s IN {words(FOR_A_WORKER)} THEN %(at)s ELSE due_at END
FROM held
WHERE operation.customer_base_id = held.customer_base_id AND operation.billnumber = held.billnumber
AND operation_number = %(number)s AND state = %(origin)s AND (state, %(to)s) IN {pairs(ENDS)}
"""

# A payment that was declined while its approval stood is reversed. Locks it.
END_REVERSING = f"""
UPDATE operation SET state = {word(REVERSED.to)}
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND operation_number = %(number)s
AND state = {word(REVERSED.origin)}
"""

# The card that was kept with a payment. Locks the operation.
KEPT_CARD = """
UPDATE operation SET kept_card_id = %s WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s
"""

# The payment of an order, if one was begun. No lock.
FIND = f"""
SELECT {columns(PaymentRow)} FROM operation WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s
"""


# An order takes no more operations than are read.
OPERATIONS_MAX = 1_000

# All operations of an order, the payment first. No lock: who plans another one holds the order's row.
LIST = f"""
SELECT {columns(OperationRow)} FROM operation WHERE customer_base_id = %(base)s AND billnumber = %(bill)s
ORDER BY operation_number LIMIT {OPERATIONS_MAX}
"""

# A charge or a cancel, with its payment's card. Runs under the order's row lock.
INSERT = f"""
INSERT INTO operation (customer_base_id, billnumber, operation_number, kind, message, state, amount_minor, currency,
    saved_card_id, brand, card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, acquirer_id,
    client_ip, sent_at, due_at, external_refund_id)
SELECT customer_base_id, billnumber, %(number)s, %(kind)s, %(message)s, {word(OperationState.SENT)},
    %(amount_minor)s, currency,
    saved_card_id, brand, card_mask, card_expiry, cardholder, entry_mode, false, %(terminal_id)s, %(stan)s, %(rrn)s,
    acquirer_id, %(client_ip)s, %(sent_at)s, %(due_at)s, %(external_refund_id)s
FROM operation WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND operation_number = {PAYMENT_NUMBER}
"""


async def begin_payment(connection: Connection, intent: PaymentIntent) -> bool:
    """Writes the intent; False if the order is not payable or a payment was begun before."""
    cursor = await connection.execute(
        BEGIN,
        {
            "base": intent.order_id.customer_base_id,
            "bill": intent.order_id.billnumber,
            "number": PAYMENT_NUMBER,
            "saved_card_id": intent.saved_card_id,
            "brand": intent.brand,
            "card_mask": intent.card_mask,
            "card_expiry": intent.card_expiry,
            "cardholder": intent.cardholder,
            "entry_mode": intent.entry_mode,
            "remember": intent.remember,
            "terminal_id": intent.terminal_id,
            "stan": intent.stan,
            "rrn": intent.rrn,
            "acquirer_id": intent.acquirer_id,
            "client_ip": intent.client_ip,
            "sent_at": intent.sent_at,
            "turnover_on": intent.turnover_on,
            "message": intent.message,
            "due_at": intent.due_at,
        },
    )
    return cursor.rowcount == 1


async def finish_operation(
    connection: Connection,
    key: OperationId,
    outcome: OperationOutcome,
    at: datetime,
) -> bool:
    """Writes the outcome; False if the operation isn't in the state any more that its move begins at.

    What a worker has to look after from now on, unknown or reversing, is due at ``at``.
    """
    values = {
        "origin": outcome.move.origin,
        "to": outcome.move.to,
        "answered_at": outcome.answered_at,
        "response_code": outcome.response_code,
        "as_code": outcome.as_code,
        "authorisation_id": outcome.authorisation_id,
        "limit_opens_at": outcome.limit_opens_at,
        "base": key.order_id.customer_base_id,
        "bill": key.order_id.billnumber,
        "number": key.number,
        "at": at,
    }
    cursor = await connection.execute(FINISH, values)
    return cursor.rowcount == 1


async def end_reversing(connection: Connection, key: OperationId) -> bool:
    """The acquirer has reversed the approval of a declined payment; False if the payment isn't such a one."""
    cursor = await connection.execute(
        END_REVERSING,
        {"base": key.order_id.customer_base_id, "bill": key.order_id.billnumber, "number": key.number},
    )
    return cursor.rowcount == 1


async def note_kept_card(connection: Connection, order_id: OrderId, card_id: UUID) -> None:
    """Notes which card was kept with the payment."""
    await connection.execute(KEPT_CARD, (card_id, order_id.customer_base_id, order_id.billnumber, PAYMENT_NUMBER))


async def find_payment(connection: Connection, order_id: OrderId) -> PaymentRow | None:
    """The payment that was begun on the order, or None."""
    async with connection.cursor(row_factory=rows_of(PaymentRow)) as cursor:
        await cursor.execute(FIND, (order_id.customer_base_id, order_id.billnumber, PAYMENT_NUMBER))
        return await cursor.fetchone()


async def list_operations(connection: Connection, order_id: OrderId) -> list[OperationRow]:
    """All operations of an order, the payment first; at most 1,000."""
    async with connection.cursor(row_factory=rows_of(OperationRow)) as cursor:
        await cursor.execute(LIST, {"base": order_id.customer_base_id, "bill": order_id.billnumber})
        return await cursor.fetchall()


async def insert_operation(connection: Connection, intent: OperationIntent) -> None:
    """Writes the intent of a charge or a cancel. Runs under the order's row lock."""
    values = vars(intent) | {
        "base": intent.order_id.customer_base_id,
        "bill": intent.order_id.billnumber,
        "kind": intent.plan.kind,
        "message": intent.plan.message,
        "amount_minor": intent.plan.amount_minor,
    }
    await connection.execute(INSERT, {name: values[name] for name in _INSERTED})


_INSERTED = (
    "base", "bill", "number", "kind", "message", "amount_minor", "terminal_id", "stan", "rrn", "client_ip", "sent_at",
    "due_at", "external_refund_id",
)  # fmt: skip
