"""Notifications as rows with a due time: written with the payment's outcome, taken by workers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oneclick.card import Brand
from oneclick.database.moves import pairs, word
from oneclick.database.pool import Connection
from oneclick.database.rows import rows_of
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.life_cycle import Move
from oneclick.money import Money
from oneclick.payments.lives import NOTIFICATION_LIFE, NotificationState, OperationKind, OrderState


@dataclass(frozen=True, kw_only=True)
class DueNotification:
    """All that is sent to the merchant, and where to; ``attempts`` counts this one too."""

    customer_base_id: int
    billnumber: int
    operation_number: int
    attempts: int
    created_at: datetime
    merchant_id: int
    secret_word_sealed: bytes = field(repr=False)
    notification_url: str | None
    order_number: str
    order_amount_minor: int
    order_currency: str
    order_state: OrderState
    order_created_at: datetime
    language: Language
    parameters: dict[str, Any]
    amount_minor: int
    currency: str
    kind: OperationKind
    brand: Brand
    card_mask: str
    card_expiry: str
    cardholder: str
    as_code: str | None
    authorisation_id: str | None
    rrn: str
    client_ip: str
    answered_at: datetime

    @property
    def order_id(self) -> OrderId:
        """The order that it tells of."""
        return OrderId(self.customer_base_id, self.billnumber)

    @property
    def order_amount(self) -> Money:
        """The order's amount."""
        return Money(self.order_amount_minor, self.order_currency)

    @property
    def amount(self) -> Money:
        """The operation's amount."""
        return Money(self.amount_minor, self.currency)


ATTEMPTED = NOTIFICATION_LIFE.moves(
    (NotificationState.DUE,),
    (NotificationState.DUE, NotificationState.DELIVERED, NotificationState.REFUSED, NotificationState.ABANDONED),
)

# A notification of a finished payment, due at once; none for a merchant without an address.
INSERT = f"""
INSERT INTO notification (customer_base_id, billnumber, operation_number, state, created_at, due_at)
SELECT %(base)s, %(bill)s, %(number)s, {word(NotificationState.DUE)}, %(at)s, %(at)s
FROM merchant WHERE merchant_id = %(merchant_id)s AND notification_url IS NOT NULL
"""

# Takes due notifications: each is put off by the lease first, so that a worker that dies loses nothing, and another
# one takes it up again. Locks the taken rows; passes over rows that another worker is taking.
TAKE_DUE = f"""
WITH chosen AS MATERIALIZED (
    SELECT customer_base_id, billnumber, operation_number FROM notification
    WHERE state = {word(NotificationState.DUE)} AND due_at <= %(now)s
    ORDER BY due_at LIMIT %(rows_max)s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE notification SET attempts = attempts + 1, due_at = %(leased_till)s
    FROM chosen WHERE notification.customer_base_id = chosen.customer_base_id
    AND notification.billnumber = chosen.billnumber AND notification.operation_number = chosen.operation_number
    RETURNING notification.customer_base_id, notification.billnumber, notification.operation_number, attempts,
        created_at
)
SELECT taken.customer_base_id, billnumber, operation_number, taken.attempts, taken.created_at, merchant_id,
    secret_word_sealed, notification_url, order_number, payment_order.amount_minor AS order_amount_minor,
    payment_order.currency AS order_currency, payment_order.state AS order_state,
    payment_order.created_at AS order_created_at, payment_order.language, parameters, operation.amount_minor,
    operation.currency, kind, brand, card_mask, card_expiry, cardholder, as_code, authorisation_id, rrn, client_ip,
    answered_at
FROM taken
JOIN operation USING (customer_base_id, billnumber, operation_number)
JOIN payment_order USING (customer_base_id, billnumber)
JOIN merchant USING (merchant_id)
"""

# What became of an attempt. A notification that ended meanwhile is not touched.
SETTLE = f"""
UPDATE notification SET state = %(to)s, due_at = coalesce(%(due_at)s, due_at), last_answer = %(answer)s,
    finished_at = CASE WHEN %(to)s = {word(NotificationState.DUE)} THEN NULL ELSE %(now)s END
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND operation_number = %(number)s
AND state = %(origin)s AND (state, %(to)s) IN {pairs(ATTEMPTED)}
"""


async def insert_notification(
    connection: Connection, order_id: OrderId, operation_number: int, merchant_id: int, at: datetime
) -> None:
    """Writes a notification that is due at once, if the merchant has an address for it."""
    await connection.execute(
        INSERT,
        {
            "base": order_id.customer_base_id,
            "bill": order_id.billnumber,
            "number": operation_number,
            "merchant_id": merchant_id,
            "at": at,
        },
    )


# The notifications of an order, oldest first. No lock.
LIST = """
SELECT operation_number, state, attempts, created_at, due_at, finished_at, last_answer FROM notification
WHERE customer_base_id = %s AND billnumber = %s ORDER BY operation_number LIMIT 1000
"""


@dataclass(frozen=True, kw_only=True)
class NotificationRow:
    """How telling the merchant of an operation went."""

    operation_number: int
    state: NotificationState
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    last_answer: str | None


async def list_notifications(connection: Connection, order_id: OrderId) -> list[NotificationRow]:
    """The notifications of an order's operations; at most 1,000."""
    async with connection.cursor(row_factory=rows_of(NotificationRow)) as cursor:
        await cursor.execute(LIST, (order_id.customer_base_id, order_id.billnumber))
        return await cursor.fetchall()


async def take_due(
    connection: Connection, now: datetime, leased_till: datetime, rows_max: int
) -> list[DueNotification]:
    """Takes at most ``rows_max`` due notifications for oneself till ``leased_till``."""
    async with connection.cursor(row_factory=rows_of(DueNotification)) as cursor:
        await cursor.execute(TAKE_DUE, {"now": now, "leased_till": leased_till, "rows_max": rows_max})
        return await cursor.fetchall()


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """The end of an attempt: the move, a new due time if it is to be repeated, the merchant's answer in a few words."""

    move: Move[NotificationState]
    due_at: datetime | None
    answer: str


async def settle(connection: Connection, due: DueNotification, settlement: Settlement, now: datetime) -> None:
    """Writes what an attempt came to."""
    await connection.execute(
        SETTLE,
        {
            "base": due.customer_base_id,
            "bill": due.billnumber,
            "number": due.operation_number,
            "origin": settlement.move.origin,
            "to": settlement.move.to,
            "due_at": settlement.due_at,
            "answer": settlement.answer,
            "now": now,
        },
    )
