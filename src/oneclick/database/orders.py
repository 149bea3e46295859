"""Orders: opened by the shop, shown on the page, asked for by the shop."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from oneclick.database.merchants import MERCHANT_NAMES, MerchantRow
from oneclick.database.moves import pairs, word, words
from oneclick.database.pool import Connection
from oneclick.database.rows import columns, row_maker, rows_of
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.life_cycle import Move
from oneclick.money import Money
from oneclick.one_click.statuses import CustomerStatus
from oneclick.payments.lives import HOLDS_ITS_NUMBER, ORDER_LIFE, OrderState


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """A new order, before it has a billnumber."""

    customer_base_id: int
    merchant_id: int
    order_number: str
    amount: Money
    customer_number: str | None
    language: Language
    parameters: dict[str, str]
    created_at: datetime
    expires_at: datetime
    two_stage: bool


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """An order as it stands."""

    customer_base_id: int
    billnumber: int
    merchant_id: int
    order_number: str
    amount_minor: int
    currency: str
    state: OrderState
    customer_number: str | None
    language: Language
    parameters: dict[str, str]
    created_at: datetime
    expires_at: datetime
    two_stage: bool

    @property
    def order_id(self) -> OrderId:
        """The order's key."""
        return OrderId(self.customer_base_id, self.billnumber)

    @property
    def amount(self) -> Money:
        """The order's amount."""
        return Money(self.amount_minor, self.currency)

    def asks_the_same_as(self, other: "OrderRow | NewOrder") -> bool:
        """True if both orders ask the same customer for the same amount, in as many stages (E3)."""
        return (
            self.amount == other.amount
            and self.customer_number == other.customer_number
            and self.two_stage == other.two_stage
        )


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """An order with all that decides on its payment; the status is None for a guest or before the first payment.

    Limits are in minor units of the merchant's currency, None is no limit (D1).
    """

    order: OrderRow
    merchant: MerchantRow
    customer_status: CustomerStatus | None
    limit_day_minor: int | None
    limit_week_minor: int | None


# A payment's end moves its order; then charges and cancels move it on; time ends what nobody began to pay.
PAYMENT_ENDED = ORDER_LIFE.moves(
    (OrderState.IN_PROCESS,), (OrderState.APPROVED, OrderState.DELAYED, OrderState.DECLINED)
)
MONEY_MOVED = (
    *ORDER_LIFE.moves((OrderState.DELAYED,), (OrderState.APPROVED, OrderState.PARTIAL_DELAYED, OrderState.CANCELED)),
    *ORDER_LIFE.moves(
        (OrderState.APPROVED, OrderState.PARTIAL_DELAYED, OrderState.PARTIAL_CANCELED),
        (OrderState.CANCELED, OrderState.PARTIAL_CANCELED),
    ),
)
TIMED_OUT = ORDER_LIFE.move(OrderState.IN_PROCESS, OrderState.TIMEOUT)

_NAMES = tuple(column.name for column in fields(OrderRow))
_make_order, _make_merchant = row_maker(OrderRow), row_maker(MerchantRow)
ORDER_COLUMNS = columns(OrderRow)
# The same words as in the index that lets one order hold a number.
_HOLDS = f"state IN {words(HOLDS_ITS_NUMBER)}"

# A new order, unless its number is held by another (docs/rules.md E3).
INSERT = f"""
INSERT INTO payment_order (customer_base_id, merchant_id, order_number, amount_minor, currency, state,
    customer_number, language, parameters, created_at, expires_at, two_stage)
VALUES (%s, %s, %s, %s, %s, {word(OrderState.IN_PROCESS)}, %s, %s, %s, %s, %s, %s)
ON CONFLICT (customer_base_id, merchant_id, order_number) WHERE {_HOLDS} DO NOTHING
RETURNING billnumber
"""

# The order that holds a number. No lock.
FIND_HOLDER = f"""
SELECT {ORDER_COLUMNS} FROM payment_order
WHERE customer_base_id = %s AND merchant_id = %s AND order_number = %s AND {_HOLDS}
"""

# One order, its merchant, its customer's status and limits: the customer's own, else the merchant's. No lock.
FIND = f"""
SELECT {columns(OrderRow, "payment_order")}, {columns(MerchantRow, "merchant")}, customer.status,
    coalesce(customer_limit.limit_day_minor, merchant.limit_day_minor),
    coalesce(customer_limit.limit_week_minor, merchant.limit_week_minor)
FROM payment_order JOIN merchant USING (merchant_id)
LEFT JOIN customer ON customer.customer_base_id = payment_order.customer_base_id
    AND customer.customer_number = payment_order.customer_number
LEFT JOIN customer_limit ON customer_limit.customer_base_id = payment_order.customer_base_id
    AND customer_limit.customer_number = payment_order.customer_number
    AND customer_limit.merchant_id = payment_order.merchant_id
WHERE payment_order.customer_base_id = %s AND billnumber = %s
"""


# Whether a row is an attempt of an order's payer, under the same order number: a repetition, or the order that the shop
# opened anew for the same customer and amount while it could be paid. Of two guests nobody can say that they are one.
def _of_the_payer(row: str, order: str) -> str:
    return f"""(
    coalesce({row}.first_attempt, {row}.billnumber) = coalesce({order}.first_attempt, {order}.billnumber)
    OR ({row}.customer_number = {order}.customer_number AND {row}.amount_minor = {order}.amount_minor
        AND {row}.currency = {order}.currency AND {row}.two_stage = {order}.two_stage
        AND {row}.created_at < {order}.expires_at)
)"""


_UNDER_ITS_NUMBER = """later.customer_base_id = asked.customer_base_id AND later.merchant_id = asked.merchant_id
AND later.order_number = asked.order_number"""

# How many attempts a payer has made by repeating an order, and the newest attempt of all. No lock.
CHAIN = f"""
SELECT count(*) FILTER (WHERE coalesce(later.first_attempt, later.billnumber)
    = coalesce(asked.first_attempt, asked.billnumber)), max(later.billnumber)
FROM payment_order AS asked JOIN payment_order AS later ON {_UNDER_ITS_NUMBER} AND {_of_the_payer("later", "asked")}
WHERE asked.customer_base_id = %s AND asked.billnumber = %s
"""

# A declined attempt again, with a billnumber of its own, till the first one's time ends (docs/rules.md B16, E3). Of an
# attempt that was followed by another already there is no second repetition: a reload is no new try (B17).
RETRY = f"""
INSERT INTO payment_order (customer_base_id, merchant_id, order_number, amount_minor, currency, state,
    customer_number, language, parameters, created_at, expires_at, first_attempt, two_stage)
SELECT customer_base_id, merchant_id, order_number, amount_minor, currency, {word(OrderState.IN_PROCESS)},
    customer_number, language, parameters, %(now)s, expires_at, coalesce(first_attempt, billnumber), two_stage
FROM payment_order AS asked
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s
AND state = {word(OrderState.DECLINED)} AND expires_at > %(now)s
AND NOT EXISTS (
    SELECT FROM payment_order AS later
    WHERE {_UNDER_ITS_NUMBER} AND later.billnumber > asked.billnumber AND {_of_the_payer("later", "asked")}
)
ON CONFLICT (customer_base_id, merchant_id, order_number) WHERE {_HOLDS} DO NOTHING
RETURNING billnumber
"""

# Waits for a payment that is just being begun on the order: the next statement then sees it. Locks the order.
LOCK = "SELECT state FROM payment_order WHERE customer_base_id = %(base)s AND billnumber = %(bill)s FOR UPDATE"

# A paid order goes on to another state (docs/rules.md E4, E5). Locks the order.
MOVE = f"""
UPDATE payment_order SET state = %(to)s
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s
AND state = %(origin)s AND (state, %(to)s) IN {pairs(MONEY_MOVED)}
"""

# Orders whose time is over, with no payment as far as is seen. Locks them; passes over those that are being paid.
TAKE_TO_EXPIRE = f"""
SELECT customer_base_id, billnumber FROM payment_order
WHERE state = {word(TIMED_OUT.origin)} AND expires_at <= %s AND NOT EXISTS (
    SELECT FROM operation WHERE operation.customer_base_id = payment_order.customer_base_id
    AND operation.billnumber = payment_order.billnumber
)
ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
"""

# An order by the number that people know it by: looked for in each customer base by its key. No lock.
FIND_BY_BILLNUMBER = f"""
SELECT {ORDER_COLUMNS} FROM payment_order
WHERE customer_base_id IN (SELECT customer_base_id FROM merchant) AND billnumber = %s
"""

# Closes an order whose time is over, if no payment was begun on it (docs/rules.md E2). Comes after LOCK, in its
# transaction: NOT EXISTS is judged as of the statement's begin, so it must begin with the lock held.
EXPIRE = f"""
UPDATE payment_order SET state = {word(TIMED_OUT.to)}
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s AND state = {word(TIMED_OUT.origin)}
AND expires_at <= %(now)s
AND NOT EXISTS (SELECT FROM operation WHERE customer_base_id = %(base)s AND billnumber = %(bill)s)
"""

# All attempts under one order number, begun in a period: first the one that holds the number, then newest first.
ATTEMPTS = f"""
SELECT {ORDER_COLUMNS} FROM payment_order
WHERE customer_base_id = %s AND merchant_id = %s AND order_number = %s AND created_at BETWEEN %s AND %s
ORDER BY {_HOLDS} DESC, billnumber DESC
LIMIT 50
"""

# The end of a payment: the order takes the state of its operation. Locks the order.
FINISH = f"""
UPDATE payment_order SET state = %(to)s
WHERE customer_base_id = %(base)s AND billnumber = %(bill)s
AND state = %(origin)s AND (state, %(to)s) IN {pairs(PAYMENT_ENDED)}
"""


async def insert_order(connection: Connection, order: NewOrder) -> OrderId | None:
    """The new order's id, or None if the number is held."""
    cursor = await connection.execute(
        INSERT,
        (
            order.customer_base_id,
            order.merchant_id,
            order.order_number,
            order.amount.amount_minor,
            order.amount.currency,
            order.customer_number,
            order.language,
            Jsonb(order.parameters),
            order.created_at,
            order.expires_at,
            order.two_stage,
        ),
    )
    row = await cursor.fetchone()
    return OrderId(order.customer_base_id, row[0]) if row else None


async def find_holder(
    connection: Connection, customer_base_id: int, merchant_id: int, order_number: str
) -> OrderRow | None:
    """The order that holds the number, or None."""
    return await _one(connection, FIND_HOLDER, (customer_base_id, merchant_id, order_number))


async def find_order(connection: Connection, order_id: OrderId) -> OrderFacts | None:
    """The order with its merchant and what is known of its customer, or None."""
    cursor = await connection.execute(FIND, (order_id.customer_base_id, order_id.billnumber))
    row = await cursor.fetchone()
    if row is None:
        return None
    order, rest = row[: len(_NAMES)], row[len(_NAMES) :]
    merchant, (status, day, week) = rest[: len(MERCHANT_NAMES)], rest[len(MERCHANT_NAMES) :]
    return OrderFacts(
        order=_make_order(dict(zip(_NAMES, order, strict=True))),
        merchant=_make_merchant(dict(zip(MERCHANT_NAMES, merchant, strict=True))),
        customer_status=CustomerStatus(status) if status else None,
        limit_day_minor=day,
        limit_week_minor=week,
    )


@dataclass(frozen=True)
class Chain:
    """The attempts of a payer under one order number: how many repetitions of an order, it included; the newest."""

    attempts: int
    newest: OrderId


async def chain_of(connection: Connection, order_id: OrderId) -> Chain:
    """The attempts of this order's payer, this one included (B16)."""
    row = await (await connection.execute(CHAIN, (order_id.customer_base_id, order_id.billnumber))).fetchone()
    attempts_made, newest = row or (0, None)
    return Chain(attempts_made, OrderId(order_id.customer_base_id, newest or order_id.billnumber))


async def retry_order(connection: Connection, order_id: OrderId, now: datetime) -> OrderId | None:
    """The next attempt of a declined order; one alone, however many ask at once.

    None if it isn't declined, was repeated before, its time is over, or its number is held.
    """
    values = {"base": order_id.customer_base_id, "bill": order_id.billnumber, "now": now}
    async with connection.transaction():
        await connection.execute(LOCK, values)  # who waited here sees the attempt that was made meanwhile
        row = await (await connection.execute(RETRY, values)).fetchone()
    return OrderId(order_id.customer_base_id, row[0]) if row else None


async def expire_order(connection: Connection, order_id: OrderId, now: datetime) -> None:
    """Closes the order if its time is over and no payment was begun on it."""
    values = {"base": order_id.customer_base_id, "bill": order_id.billnumber, "now": now}
    async with connection.transaction():
        await connection.execute(LOCK, values)
        await connection.execute(EXPIRE, values)


async def attempts(
    connection: Connection,
    customer_base_id: int,
    merchant_id: int,
    order_number: str,
    period: tuple[datetime, datetime],
) -> list[OrderRow]:
    """All attempts under an order number in a period, the deciding one first; at most 50."""
    async with connection.cursor(row_factory=rows_of(OrderRow)) as cursor:
        await cursor.execute(ATTEMPTS, (customer_base_id, merchant_id, order_number, *period))
        return await cursor.fetchall()


async def finish_order(connection: Connection, order_id: OrderId, move: Move[OrderState]) -> bool:
    """Moves the order to the state in which its payment ended; False if it wasn't in process any more."""
    return (await connection.execute(FINISH, _move_values(order_id, move))).rowcount == 1


async def lock_order(connection: Connection, order_id: OrderId) -> OrderState | None:
    """The order's state, None if there is none. Takes the order's row lock till the transaction ends."""
    values = {"base": order_id.customer_base_id, "bill": order_id.billnumber}
    row = await (await connection.execute(LOCK, values)).fetchone()
    return OrderState(row[0]) if row else None


async def move_order(connection: Connection, order_id: OrderId, move: Move[OrderState]) -> bool:
    """Moves a paid order on; False if it isn't any more in the state that the move begins at."""
    return (await connection.execute(MOVE, _move_values(order_id, move))).rowcount == 1


def _move_values(order_id: OrderId, move: Move[OrderState]) -> dict[str, object]:
    return {"base": order_id.customer_base_id, "bill": order_id.billnumber, "origin": move.origin, "to": move.to}


async def expire_due_orders(connection: Connection, now: datetime, rows_max: int) -> int:
    """Closes orders whose time is over and that nobody began to pay; at most so many. Runs in a transaction."""
    taken = await (await connection.execute(TAKE_TO_EXPIRE, (now, rows_max))).fetchall()
    for base, bill in taken:
        await connection.execute(EXPIRE, {"base": base, "bill": bill, "now": now})
    return len(taken)


async def find_by_billnumber(connection: Connection, billnumber: int) -> OrderRow | None:
    """The order with that billnumber, in whichever customer base."""
    return await _one(connection, FIND_BY_BILLNUMBER, (billnumber,))


async def _one(connection: Connection, statement: str, values: tuple[Any, ...]) -> OrderRow | None:
    async with connection.cursor(row_factory=rows_of(OrderRow)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchone()
