"""Operations: the intent before the acquirer is asked, the outcome after it (E7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import class_row

from oneclick.database.pool import Connection
from oneclick.ids import PAYMENT_NUMBER, OperationId, OrderId
from oneclick.payments.lives import OperationMessage, OperationState


@dataclass(frozen=True, kw_only=True)
class PaymentIntent:
    """A payment about to be sent to the acquirer."""

    order_id: OrderId
    saved_card_id: UUID | None
    brand: str
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: str
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
    """How a payment ended, or that its answer was lost (``unknown``: no codes, no authorisation)."""

    state: OperationState
    answered_at: datetime | None
    response_code: str | None
    as_code: str | None
    authorisation_id: str | None
    limit_opens_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentRow:
    """An operation as it stands."""

    state: str
    brand: str
    card_mask: str
    card_expiry: str
    cardholder: str
    entry_mode: str
    remember: bool
    kept_card_id: UUID | None
    as_code: str | None
    authorisation_id: str | None
    sent_at: datetime
    answered_at: datetime | None
    limit_opens_at: datetime | None


# The intent, if the order can still be paid and no payment was begun on it: the primary key lets one through, however
# many come at once (docs/rules.md B17). Shares the order's row lock, so that its time can't end in between.
BEGIN = """
WITH payable AS (
    SELECT amount_minor, currency FROM payment_order
    WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND state = 'In Process' AND expires_at > %(sent_at)s
    FOR NO KEY UPDATE
)
INSERT INTO operation (customer_base_id, billnumber, operation_number, state, amount_minor, currency, saved_card_id,
    brand, card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, acquirer_id,
    client_ip, sent_at, turnover_on, kind, message, due_at)
SELECT %(base)s, %(bill)s, %(number)s, 'sent', amount_minor, currency, %(saved_card_id)s,
    %(brand)s, %(card_mask)s, %(card_expiry)s, %(cardholder)s, %(entry_mode)s, %(remember)s, %(terminal_id)s, %(stan)s,
    %(rrn)s, %(acquirer_id)s, %(client_ip)s, %(sent_at)s, %(turnover_on)s, 'payment', %(message)s, %(due_at)s
FROM payable
ON CONFLICT DO NOTHING
"""

# The outcome of an operation. Locks its order, then it, as BEGIN does: a click that comes at the same moment waits for
# the one and would hold the other. An operation that has ended, or was taken over, is not touched.
FINISH = """
WITH held AS MATERIALIZED (
    SELECT customer_base_id, billnumber FROM payment_order
    WHERE customer_base_id = %(base)s AND billnumber = %(bill)s FOR NO KEY UPDATE
)
UPDATE operation SET state = %(state)s, answered_at = %(answered_at)s, response_code = %(response_code)s,
    as_code = %(as_code)s, authorisation_id = %(authorisation_id)s, limit_opens_at = %(limit_opens_at)s,
    due_at = CASE WHEN %(state)s IN ('unknown', 'reversing') THEN %(at)s ELSE due_at END
FROM held
WHERE operation.customer_base_id = held.customer_base_id AND operation.billnumber = held.billnumber
AND operation_number = %(number)s AND state = ANY(%(open_states)s)
"""

# A payment that was declined while its approval stood is reversed. Locks it.
END_REVERSING = """
UPDATE operation SET state = 'declined'
WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s AND state = 'reversing'
"""

# The card that was kept with a payment. Locks the operation.
KEPT_CARD = """
UPDATE operation SET kept_card_id = %s WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s
"""

# The payment of an order, if one was begun. No lock.
FIND = """
SELECT state, brand, card_mask, card_expiry, cardholder, entry_mode, remember, kept_card_id, as_code, authorisation_id,
    sent_at, answered_at, limit_opens_at
FROM operation WHERE customer_base_id = %s AND billnumber = %s AND operation_number = %s
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
    open_states: Sequence[OperationState],
    at: datetime,
) -> bool:
    """Writes the outcome; False if the operation isn't in one of these states any more.

    What a worker has to look after from now on, unknown or reversing, is due at ``at``.
    """
    values = vars(outcome) | {
        "base": key.order_id.customer_base_id,
        "bill": key.order_id.billnumber,
        "number": key.number,
        "open_states": list(open_states),
        "at": at,
    }
    cursor = await connection.execute(FINISH, values)
    return cursor.rowcount == 1


async def end_reversing(connection: Connection, key: OperationId) -> bool:
    """The acquirer has reversed the approval of a declined payment; False if the payment isn't such a one."""
    cursor = await connection.execute(
        END_REVERSING, (key.order_id.customer_base_id, key.order_id.billnumber, key.number)
    )
    return cursor.rowcount == 1


async def note_kept_card(connection: Connection, order_id: OrderId, card_id: UUID) -> None:
    """Notes which card was kept with the payment."""
    await connection.execute(KEPT_CARD, (card_id, order_id.customer_base_id, order_id.billnumber, PAYMENT_NUMBER))


async def find_payment(connection: Connection, order_id: OrderId) -> PaymentRow | None:
    """The payment that was begun on the order, or None."""
    async with connection.cursor(row_factory=class_row(PaymentRow)) as cursor:
        await cursor.execute(FIND, (order_id.customer_base_id, order_id.billnumber, PAYMENT_NUMBER))
        return await cursor.fetchone()
