"""Customers: their statuses, their payments' dates, their own limits. Their cards are ``stored_cards``'."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from oneclick.database.pool import Connection
from oneclick.ids import CustomerId
from oneclick.one_click.statuses import Actor, CustomerStatus

# A customer with its row locked till the transaction ends.
LOCK = "SELECT status FROM customer WHERE customer_base_id = %s AND customer_number = %s FOR UPDATE"

# The same for a customer who may not be there yet.
MEET = """
INSERT INTO customer (customer_base_id, customer_number, status) VALUES (%s, %s, 'New')
ON CONFLICT (customer_base_id, customer_number) DO UPDATE SET status = customer.status
RETURNING status
"""

# A customer who may not be there yet; one who is isn't locked.
ADD = """
INSERT INTO customer (customer_base_id, customer_number, status) VALUES (%s, %s, 'New') ON CONFLICT DO NOTHING
"""

# The customer after a successful payment: known at least, and as before. Locks the customer's row.
PAID = """
INSERT INTO customer (customer_base_id, customer_number, status, first_payment_at, last_payment_at)
VALUES (%(base)s, %(number)s, 'New', %(at)s, %(at)s)
ON CONFLICT (customer_base_id, customer_number) DO UPDATE SET
    first_payment_at = coalesce(customer.first_payment_at, %(at)s), last_payment_at = %(at)s
RETURNING status
"""

# A customer's new status, and who moved it. Runs under the row's lock.
SET_STATUS = """
UPDATE customer SET status = %(status)s, status_at = %(at)s, status_by = %(actor)s
WHERE customer_base_id = %(base)s AND customer_number = %(number)s
"""

# The customers with these cards, and one more, in an order that everybody locks them in.
LOCK_HOLDERS = """
SELECT customer_number, status FROM customer
WHERE customer_base_id = %(base)s AND customer_number = ANY(%(numbers)s)
ORDER BY customer_number FOR UPDATE
"""

# Customers with a card whose last day is over. Locks their rows; passes over those that are just being worked on.
TAKE_TO_AGE = """
SELECT customer_base_id, customer_number, status FROM customer
WHERE (customer_base_id, customer_number) IN (
    SELECT customer_base_id, customer_number FROM stored_card WHERE status = 'Member' AND expires_on < %s
    ORDER BY expires_on LIMIT %s
)
FOR UPDATE SKIP LOCKED
"""

# When a customer paid, and what moved the status. No lock.
FIND = """
SELECT status, first_payment_at, last_payment_at, status_at, status_by
FROM customer WHERE customer_base_id = %s AND customer_number = %s
"""

# A customer's own limits at a merchant, new or in place of others (docs/rules.md D1).
PUT_LIMIT = """
INSERT INTO customer_limit (customer_base_id, customer_number, merchant_id, limit_day_minor, limit_week_minor)
VALUES (%(base)s, %(number)s, %(merchant_id)s, %(day)s, %(week)s)
ON CONFLICT (customer_base_id, customer_number, merchant_id)
DO UPDATE SET limit_day_minor = excluded.limit_day_minor, limit_week_minor = excluded.limit_week_minor
"""

# The merchant's limits hold again.
CLEAR_LIMIT = "DELETE FROM customer_limit WHERE customer_base_id = %s AND customer_number = %s AND merchant_id = %s"

# A customer's own limits. No lock.
FIND_LIMIT = """
SELECT limit_day_minor, limit_week_minor FROM customer_limit
WHERE customer_base_id = %s AND customer_number = %s AND merchant_id = %s
"""


@dataclass(frozen=True, kw_only=True)
class CustomerRow:
    """A customer as known; ``status_at`` and ``status_by`` are None till something moves the first status."""

    status: str
    first_payment_at: datetime | None
    last_payment_at: datetime | None
    status_at: datetime | None
    status_by: str | None


@dataclass(frozen=True)
class OwnLimit:
    """A customer's own limits at a merchant, in minor units of its currency; None is the merchant's."""

    day_minor: int | None
    week_minor: int | None


async def lock_customer(connection: Connection, customer: CustomerId) -> CustomerStatus | None:
    """The customer's status, None if there is no such customer. Takes the customer's row lock."""
    cursor = await connection.execute(LOCK, (customer.customer_base_id, customer.customer_number))
    row = await cursor.fetchone()
    return CustomerStatus(row[0]) if row else None


async def meet_customer(connection: Connection, customer: CustomerId) -> CustomerStatus:
    """The customer's status, of a new one too. Takes the customer's row lock."""
    cursor = await connection.execute(MEET, (customer.customer_base_id, customer.customer_number))
    (status,) = await cursor.fetchone() or ()
    return CustomerStatus(status)


async def add_customer(connection: Connection, customer: CustomerId) -> None:
    """Adds a customer who isn't known yet. Locks nobody who is."""
    await connection.execute(ADD, (customer.customer_base_id, customer.customer_number))


async def customer_paid(connection: Connection, customer: CustomerId, at: datetime) -> CustomerStatus:
    """Notes a successful payment; the status, of a new customer too. Takes the customer's row lock."""
    values = {"base": customer.customer_base_id, "number": customer.customer_number, "at": at}
    (status,) = await (await connection.execute(PAID, values)).fetchone() or ()
    return CustomerStatus(status)


async def set_status(
    connection: Connection, customer: CustomerId, status: CustomerStatus, actor: Actor, at: datetime
) -> None:
    """Writes a status that the table of moves allows. Runs under the customer's row lock."""
    await connection.execute(
        SET_STATUS,
        {
            "base": customer.customer_base_id,
            "number": customer.customer_number,
            "status": status,
            "actor": actor,
            "at": at,
        },
    )


async def lock_holders(
    connection: Connection, customer_base_id: int, numbers: list[str]
) -> list[tuple[CustomerId, CustomerStatus]]:
    """The customers with these numbers and their statuses. Takes their row locks."""
    cursor = await connection.execute(LOCK_HOLDERS, {"base": customer_base_id, "numbers": numbers})
    return [
        (CustomerId(customer_base_id, number), CustomerStatus(status)) for number, status in await cursor.fetchall()
    ]


async def take_to_age(connection: Connection, today: date, rows_max: int) -> list[tuple[CustomerId, CustomerStatus]]:
    """Customers with cards past their last day, at most as many as cards are looked at. Takes their row locks."""
    cursor = await connection.execute(TAKE_TO_AGE, (today, rows_max))
    return [(CustomerId(base, number), CustomerStatus(status)) for base, number, status in await cursor.fetchall()]


async def find_customer(connection: Connection, customer: CustomerId) -> CustomerRow | None:
    """The customer as known, or None."""
    async with connection.cursor(row_factory=class_row(CustomerRow)) as cursor:
        await cursor.execute(FIND, (customer.customer_base_id, customer.customer_number))
        return await cursor.fetchone()


async def put_limit(connection: Connection, customer: CustomerId, merchant_id: int, limit: OwnLimit) -> None:
    """Sets a customer's own limits at a merchant."""
    await connection.execute(
        PUT_LIMIT,
        {
            "base": customer.customer_base_id,
            "number": customer.customer_number,
            "merchant_id": merchant_id,
            "day": limit.day_minor,
            "week": limit.week_minor,
        },
    )


async def clear_limit(connection: Connection, customer: CustomerId, merchant_id: int) -> bool:
    """Takes a customer's own limits away; False if there were none."""
    values = (customer.customer_base_id, customer.customer_number, merchant_id)
    return (await connection.execute(CLEAR_LIMIT, values)).rowcount == 1


async def find_limit(connection: Connection, customer: CustomerId, merchant_id: int) -> OwnLimit | None:
    """A customer's own limits at a merchant, or None."""
    values = (customer.customer_base_id, customer.customer_number, merchant_id)
    row = await (await connection.execute(FIND_LIMIT, values)).fetchone()
    return OwnLimit(*row) if row else None
