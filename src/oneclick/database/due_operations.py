"""Operations without an end that are due: a worker takes them, and puts them off."""

from dataclasses import dataclass
from datetime import datetime

from oneclick.database.moves import word, words
from oneclick.database.pool import Connection
from oneclick.ids import OperationId, OrderId
from oneclick.payments.lives import FOR_A_WORKER, OPEN, OPERATION_LIFE, OperationState

LOST = OPERATION_LIFE.move(OperationState.SENT, OperationState.UNKNOWN)

# Takes operations that have no end and are due: each is put off by the lease first, so that a worker that dies loses
# nothing. Those that were tried often come last, so that they can't hold up the others. What nobody finished in time is
# unknown from now on. Locks the taken rows; passes over those that another worker is taking.
TAKE_DUE = f"""
WITH chosen AS MATERIALIZED (
    SELECT customer_base_id, billnumber, operation_number FROM operation
    WHERE state IN {words((*OPEN, OperationState.REVERSING))} AND due_at <= %(now)s
    ORDER BY attempts > 5, due_at LIMIT %(rows_max)s FOR UPDATE SKIP LOCKED
)
UPDATE operation SET state = CASE state WHEN {word(LOST.origin)} THEN {word(LOST.to)} ELSE state END,
    attempts = attempts + 1,
    due_at = %(leased_till)s
FROM chosen WHERE operation.customer_base_id = chosen.customer_base_id AND operation.billnumber = chosen.billnumber
AND operation.operation_number = chosen.operation_number
RETURNING operation.customer_base_id, operation.billnumber, operation.operation_number, attempts
"""

# When to look after an operation again.
PUT_OFF = f"""
UPDATE operation SET due_at = %(due_at)s
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND operation_number = %(number)s
AND state IN {words(FOR_A_WORKER)}
"""


@dataclass(frozen=True)
class DueOperation:
    """An operation that a worker has taken for a while; ``attempts`` counts this time too."""

    key: OperationId
    attempts: int


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
    await connection.execute(
        PUT_OFF,
        {
            "base": key.order_id.customer_base_id,
            "bill": key.order_id.billnumber,
            "number": key.number,
            "due_at": due_at,
        },
    )
