"""Customers: their statuses, their payments' dates, their own limits. Their cards are ``stored_cards``'."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from oneclick.database.moves import pairs, word
from oneclick.database.pool import Connection
from oneclick.database.rows import rows_of
from oneclick.errors import MoveError
from oneclick.ids import CustomerId
from oneclick.life_cycle import Move
from oneclick.one_click.statuses import CUSTOMER_LIFE, Actor, CardStatus, CustomerStatus

# A customer with its row locked till the transaction ends.
LOCK = "SELECT status FROM customer WHERE customer_base_id = %s AND customer_number = %s FOR UPDATE"

# The same for a customer who may not be there yet.
MEET = f"""
INSERT INTO customer (customer_base_id, customer_number, status)
VALUES (%(base)s, %(number)s, {word(CustomerStatus.NEW)})
ON CONFLICT (customer_base_id, customer_number) DO UPDATE SET status = customer.status
RETURNING status
"""

# A customer who may not be there yet; one who is isn't locked.
ADD = f"""
INSERT INTO customer (customer_base_id, customer_number, status)
VALUES (%(base)s, %(number)s, {word(CustomerStatus.NEW)})
ON CONFLICT DO NOTHING
"""

# The customer after a successful payment: known at least, and as before. Locks the customer's row.
PAID = f"""
INSERT INTO customer (customer_base_id, customer_number, status, first_payment_at, last_payment_at)
VALUES (%(base)s, %(number)s, {word(CustomerStatus.NEW)}, %(at)s, %(at)s)
ON CONFLICT (customer_base_id, customer_number) DO UPDATE SET
    first_payment_at = coalesce(customer.first_payment_at, %(at)s), last_payment_at = %(at)s
RETURNING status
"""

# Moves that follow from payments, deletions and dates; that opt out; that let in again; that a stolen card makes.
CARDS_FOLLOWED = (
    *CUSTOMER_LIFE.moves((CustomerStatus.NEW,), (CustomerStatus.MEMBER,), (Actor.SYSTEM,)),
    *CUSTOMER_LIFE.moves((CustomerStatus.MEMBER,), (CustomerStatus.NEW, CustomerStatus.NOT_ACTIVE), (Actor.SYSTEM,)),
    *CUSTOMER_LIFE.moves((CustomerStatus.NOT_ACTIVE,), (CustomerStatus.NEW, CustomerStatus.MEMBER), (Actor.SYSTEM,)),
)
DENIED = CUSTOMER_LIFE.moves(
    (
        CustomerStatus.NEW,
        CustomerStatus.MEMBER,
        CustomerStatus.NOT_ACTIVE,
        CustomerStatus.SUSPICIOUS,
        CustomerStatus.FRAUD,
    ),
    (CustomerStatus.DENY,),
    (Actor.MERCHANT, Actor.OPERATOR),
)
LET_IN = (
    *CUSTOMER_LIFE.moves((CustomerStatus.DENY,), (CustomerStatus.NEW,), (Actor.MERCHANT, Actor.OPERATOR)),
    *CUSTOMER_LIFE.moves(
        (CustomerStatus.SUSPICIOUS,),
        (CustomerStatus.NEW, CustomerStatus.MEMBER, CustomerStatus.NOT_ACTIVE),
        (Actor.MERCHANT, Actor.OPERATOR),
    ),
    *CUSTOMER_LIFE.moves(
        (CustomerStatus.FRAUD,),
        (CustomerStatus.NEW, CustomerStatus.MEMBER, CustomerStatus.NOT_ACTIVE),
        (Actor.OPERATOR,),
    ),
)
CARD_STOLEN = (
    *CUSTOMER_LIFE.moves(
        (CustomerStatus.NEW, CustomerStatus.MEMBER, CustomerStatus.NOT_ACTIVE),
        (CustomerStatus.SUSPICIOUS, CustomerStatus.FRAUD),
        (Actor.SYSTEM,),
    ),
    *CUSTOMER_LIFE.moves((CustomerStatus.SUSPICIOUS,), (CustomerStatus.FRAUD,), (Actor.SYSTEM,)),
)


def _set_status(moves: Iterable[Move[CustomerStatus]]) -> str:
    return f"""
UPDATE customer SET status = %(to)s, status_at = %(at)s, status_by = %(actor)s
WHERE customer_base_id = %(base)s AND customer_number = %(number)s AND status = %(origin)s
AND (status, %(to)s, %(actor)s) IN {pairs(moves)}
"""


# A customer's new status, and who moved it. Each runs under the row's lock.
FOLLOW_CARDS = _set_status(CARDS_FOLLOWED)
DENY = _set_status(DENIED)
ADMIT = _set_status(LET_IN)
REPORT_STOLEN = _set_status(CARD_STOLEN)

# The customers with these cards, and one more, in an order that everybody locks them in.
LOCK_HOLDERS = """
SELECT customer_number, status FROM customer
WHERE customer_base_id = %(base)s AND customer_number = ANY(%(numbers)s)
ORDER BY customer_number FOR UPDATE
"""

# Customers with a card whose last day is over. Locks their rows; passes over those that are just being worked on.
TAKE_TO_AGE = f"""
SELECT customer_base_id, customer_number, status FROM customer
WHERE (customer_base_id, customer_number) IN (
    SELECT customer_base_id, customer_number FROM stored_card
    WHERE status = {word(CardStatus.MEMBER)} AND expires_on < %s
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

    status: CustomerStatus
    first_payment_at: datetime | None
    last_payment_at: datetime | None
    status_at: datetime | None
    status_by: Actor | None


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
    cursor = await connection.execute(MEET, _key(customer))
    (status,) = await cursor.fetchone() or ()
    return CustomerStatus(status)


async def add_customer(connection: Connection, customer: CustomerId) -> None:
    """Adds a customer who isn't known yet. Locks nobody who is."""
    await connection.execute(ADD, _key(customer))


async def customer_paid(connection: Connection, customer: CustomerId, at: datetime) -> CustomerStatus:
    """Notes a successful payment; the status, of a new customer too. Takes the customer's row lock."""
    values = _key(customer) | {"at": at}
    (status,) = await (await connection.execute(PAID, values)).fetchone() or ()
    return CustomerStatus(status)


async def follow_cards(connection: Connection, customer: CustomerId, move: Move[CustomerStatus], at: datetime) -> None:
    """Moves a customer to the status that the cards make. Runs under the customer's row lock."""
    await _move(connection, FOLLOW_CARDS, customer, move, at)


async def deny_customer(connection: Connection, customer: CustomerId, move: Move[CustomerStatus], at: datetime) -> None:
    """Opts a customer out. Runs under the customer's row lock."""
    await _move(connection, DENY, customer, move, at)


async def admit_customer(
    connection: Connection, customer: CustomerId, move: Move[CustomerStatus], at: datetime
) -> None:
    """Moves a customer out of an opt-out, a suspicion or a block. Runs under the customer's row lock."""
    await _move(connection, ADMIT, customer, move, at)


async def report_stolen_card(
    connection: Connection, customer: CustomerId, move: Move[CustomerStatus], at: datetime
) -> None:
    """Marks a customer with whose card something is wrong (C4). Runs under the customer's row lock."""
    await _move(connection, REPORT_STOLEN, customer, move, at)


async def _move(
    connection: Connection, statement: str, customer: CustomerId, move: Move[CustomerStatus], at: datetime
) -> None:
    """Raises ``MoveError`` if the row isn't in the state that the move begins at, or the statement hasn't got it."""
    values = {
        "base": customer.customer_base_id,
        "number": customer.customer_number,
        "origin": move.origin,
        "to": move.to,
        "actor": move.actor,
        "at": at,
    }
    if (await connection.execute(statement, values)).rowcount != 1:
        message = f"a customer was not moved from {move.origin} to {move.to}"
        raise MoveError(message)


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
    async with connection.cursor(row_factory=rows_of(CustomerRow)) as cursor:
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


def _key(customer: CustomerId) -> dict[str, object]:
    return {"base": customer.customer_base_id, "number": customer.customer_number}
