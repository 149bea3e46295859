"""The counters of turnover: one row for each customer, merchant and window. The only SQL that touches them.

A payment adds its amount before the acquirer is asked, and the verdict is read off the totals while their rows are
locked: so no number of parallel payments passes a limit, and none is refused while room is left (D4). Rows are always
locked in the order day, week.
"""

from dataclasses import dataclass
from datetime import date

from oneclick.database.moves import word
from oneclick.database.pool import Connection
from oneclick.limits.windows import Period, starts_on

# Adds an amount to the day and to the week. Locks both rows till the transaction ends: this customer's alone.
RESERVE = f"""
INSERT INTO turnover (customer_base_id, customer_number, merchant_id, period, starts_on, amount_minor)
VALUES (%(base)s, %(number)s, %(merchant_id)s, {word(Period.DAY)}, %(day)s, %(amount_minor)s),
    (%(base)s, %(number)s, %(merchant_id)s, {word(Period.WEEK)}, %(week)s, %(amount_minor)s)
ON CONFLICT (customer_base_id, customer_number, merchant_id, period, starts_on)
DO UPDATE SET amount_minor = turnover.amount_minor + excluded.amount_minor
RETURNING period, amount_minor
"""

# Takes an amount back from the windows that it was added to. Locks both rows.
GIVE_BACK = f"""
WITH counted AS (
    SELECT customer_base_id, customer_number, merchant_id, period, starts_on FROM turnover
    WHERE customer_base_id = %(base)s AND customer_number = %(number)s AND merchant_id = %(merchant_id)s
    AND (period, starts_on) IN (({word(Period.DAY)}, %(day)s), ({word(Period.WEEK)}, %(week)s))
    ORDER BY period FOR UPDATE
)
UPDATE turnover SET amount_minor = amount_minor - %(amount_minor)s FROM counted
WHERE turnover.customer_base_id = counted.customer_base_id AND turnover.customer_number = counted.customer_number
AND turnover.merchant_id = counted.merchant_id AND turnover.period = counted.period
AND turnover.starts_on = counted.starts_on
"""

# The turnover of a day and of its week. No lock.
FIND = f"""
SELECT period, amount_minor FROM turnover
WHERE customer_base_id = %(base)s AND customer_number = %(number)s AND merchant_id = %(merchant_id)s
AND (period, starts_on) IN (({word(Period.DAY)}, %(day)s), ({word(Period.WEEK)}, %(week)s))
"""


@dataclass(frozen=True, kw_only=True)
class Counter:
    """The counter of a payment: its customer's turnover at a merchant, on a day of the merchant's calendar."""

    customer_base_id: int
    customer_number: str
    merchant_id: int
    day: date

    def values(self, amount_minor: int = 0) -> dict[str, object]:
        """The statements' parameters."""
        return {
            "base": self.customer_base_id,
            "number": self.customer_number,
            "merchant_id": self.merchant_id,
            "day": starts_on(Period.DAY, self.day),
            "week": starts_on(Period.WEEK, self.day),
            "amount_minor": amount_minor,
        }


async def reserve(connection: Connection, counter: Counter, amount_minor: int) -> dict[Period, int]:
    """Adds the amount; gives the totals with it, in minor units. Runs in the caller's transaction. Source: D3, D4."""
    cursor = await connection.execute(RESERVE, counter.values(amount_minor))
    return {Period(period): total for period, total in await cursor.fetchall()}


async def give_back(connection: Connection, counter: Counter, amount_minor: int) -> None:
    """Takes the amount of a declined or reversed payment back. Runs in the caller's transaction. Source: D3."""
    await connection.execute(GIVE_BACK, counter.values(amount_minor))


async def turnover(connection: Connection, counter: Counter) -> dict[Period, int]:
    """The turnover of the day and of its week, in minor units."""
    cursor = await connection.execute(FIND, counter.values())
    found = {Period(period): total for period, total in await cursor.fetchall()}
    return {period: found.get(period, 0) for period in Period}
