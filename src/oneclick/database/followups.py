"""The operations of an order: all of them, a new one after the payment, and those that have no end yet."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from oneclick.database.pool import Connection
from oneclick.ids import OperationId, OrderId
from oneclick.money import Money
from oneclick.payments.charges_and_cancels import Operation, Plan
from oneclick.payments.lives import OperationKind, OperationMessage, OperationState


@dataclass(frozen=True, kw_only=True)
class StoryRow:
    """An operation with all that may be told of it; card data by its merchant mask (B9)."""

    operation_number: int
    kind: str
    message: str
    state: str
    amount_minor: int
    currency: str
    brand: str
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: str
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
        """What it moves."""
        return Money(self.amount_minor, self.currency)

    @property
    def facts(self) -> Operation:
        """What the rules need to know of it."""
        return Operation(
            number=self.operation_number,
            kind=OperationKind(self.kind),
            message=OperationMessage(self.message),
            state=OperationState(self.state),
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


# An order takes no more operations than are read.
OPERATIONS_MAX = 1_000

_NAMES = ", ".join(StoryRow.__dataclass_fields__)

# All operations of an order, the payment first. No lock: who plans another one holds the order's row.
LIST = f"""
SELECT {_NAMES} FROM operation WHERE customer_base_id = %s AND billnumber = %s
ORDER BY operation_number LIMIT {OPERATIONS_MAX}
"""

# A charge or a cancel, with its payment's card. Runs under the order's row lock.
INSERT = """
INSERT INTO operation (customer_base_id, billnumber, operation_number, kind, message, state, amount_minor, currency,
    saved_card_id, brand, card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, acquirer_id,
    client_ip, sent_at, due_at, external_refund_id)
SELECT customer_base_id, billnumber, %(number)s, %(kind)s, %(message)s, 'sent', %(amount_minor)s, currency,
    saved_card_id, brand, card_mask, card_expiry, cardholder, entry_mode, false, %(terminal_id)s, %(stan)s, %(rrn)s,
    acquirer_id, %(client_ip)s, %(sent_at)s, %(due_at)s, %(external_refund_id)s
FROM operation WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND operation_number = 1
"""

# Takes operations that have no end and are due: each is put off by the lease first, so that a worker that dies loses
# nothing. Those that were tried often come last, so that they can't hold up the others. What nobody finished in time is
# unknown from now on. Locks the taken rows; passes over those that another worker is taking.
TAKE_DUE = """
WITH chosen AS MATERIALIZED (
    SELECT customer_base_id, billnumber, operation_number FROM operation
    WHERE state IN ('sent', 'unknown', 'reversing') AND due_at <= %(now)s
    ORDER BY attempts > 5, due_at LIMIT %(rows_max)s FOR UPDATE SKIP LOCKED
)
UPDATE operation SET state = CASE WHEN state = 'sent' THEN 'unknown' ELSE state END, attempts = attempts + 1,
    due_at = %(leased_till)s
FROM chosen WHERE operation.customer_base_id = chosen.customer_base_id AND operation.billnumber = chosen.billnumber
AND operation.operation_number = chosen.operation_number
RETURNING operation.customer_base_id, operation.billnumber, operation.operation_number, attempts
"""

# When to look after an operation again.
PUT_OFF = """
UPDATE operation SET due_at = %s
WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s AND state IN ('unknown', 'reversing')
"""

# An answer of the acquirer that changes nothing.
PUT = """
INSERT INTO unmatched_answer (received_at, reason, mti, terminal_id, stan, rrn, response_code, authorisation_id)
VALUES (%(received_at)s, %(reason)s, %(mti)s, %(terminal_id)s, %(stan)s, %(rrn)s, %(response_code)s,
    %(authorisation_id)s)
"""

# Old ones; passes over those that somebody else holds.
DELETE_OLD = """
DELETE FROM unmatched_answer WHERE (received_at, id) IN (
    SELECT received_at, id FROM unmatched_answer WHERE received_at < %s
    ORDER BY received_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True)
class DueOperation:
    """An operation that a worker has taken for a while; ``attempts`` counts this time too."""

    key: OperationId
    attempts: int


async def list_operations(connection: Connection, order_id: OrderId) -> list[StoryRow]:
    """All operations of an order, the payment first; at most 1,000."""
    async with connection.cursor(row_factory=class_row(StoryRow)) as cursor:
        await cursor.execute(LIST, (order_id.customer_base_id, order_id.billnumber))
        return await cursor.fetchall()


async def insert_operation(connection: Connection, followup: OperationIntent) -> None:
    """Writes the intent of a charge or a cancel. Runs under the order's row lock."""
    values = vars(followup) | {
        "base": followup.order_id.customer_base_id,
        "bill": followup.order_id.billnumber,
        "kind": followup.plan.kind,
        "message": followup.plan.message,
        "amount_minor": followup.plan.amount_minor,
    }
    await connection.execute(INSERT, {name: values[name] for name in _INSERTED})


_INSERTED = (
    "base", "bill", "number", "kind", "message", "amount_minor", "terminal_id", "stan", "rrn", "client_ip", "sent_at",
    "due_at", "external_refund_id",
)  # fmt: skip


async def take_due_operations(
    connection: Connection, now: datetime, leased_till: datetime, rows_max: int
) -> list[DueOperation]:
    """Takes at most ``rows_max`` operations without an end for oneself till ``leased_till``."""
    cursor = await connection.execute(TAKE_DUE, {"now": now, "leased_till": leased_till, "rows_max": rows_max})
    return [
        DueOperation(OperationId(OrderId(base, bill), number), attempts)
        for base, bill, number, attempts in await cursor.fetchall()
    ]


async def put_off(connection: Connection, key: OperationId, due_at: datetime) -> None:
    """Says when to look after an operation again, if it has no end meanwhile."""
    await connection.execute(PUT_OFF, (due_at, key.order_id.customer_base_id, key.order_id.billnumber, key.number))


async def put_unmatched_answer(connection: Connection, values: dict[str, Any]) -> None:
    """Records an answer that nobody waited for."""
    await connection.execute(PUT, values)


async def delete_old_unmatched_answers(connection: Connection, before: datetime, rows_max: int) -> int:
    """Deletes old records of such answers; returns how many, at most so many."""
    return (await connection.execute(DELETE_OLD, (before, rows_max))).rowcount
