"""Shows a customer to merchants and operators."""

from dataclasses import dataclass

from oneclick.clock import Clock
from oneclick.database.customers import CustomerRow, OwnLimit, find_customer, find_limit
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import CardRow, card_history
from oneclick.limits.counters import Counter, turnover
from oneclick.limits.verdict import Limits
from oneclick.limits.windows import Period
from oneclick.money import Money
from oneclick.outcome import Reason, Refused
from oneclick.time_zones import zone_of
from oneclick.use_cases.steps.customer_ref import CustomerRef, limits_at, resolve_customer_ref


@dataclass(frozen=True, kw_only=True)
class ShownCustomer:
    """A customer as merchants and operators may see it (F2): cards by their merchant mask (B9).

    Turnover and limits are those at the merchant; ``own_limit`` is None where the merchant's limits hold.
    """

    customer: CustomerRow
    cards: list[CardRow]
    turnover: dict[Period, Money]
    limits: Limits
    own_limit: OwnLimit | None
    currency: str


class ShowCustomer:
    """Reads one customer."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, ref: CustomerRef) -> ShownCustomer | Refused:
        """The customer with cards, turnover today and this week, and limits. Source: docs/rules.md F2."""
        async with self._pool.connection() as connection:
            found = await resolve_customer_ref(connection, ref)
            if isinstance(found, Refused):
                return found
            merchant, customer = found.merchant, found.customer
            row = await find_customer(connection, customer)
            if row is None:
                return Refused(Reason.CUSTOMER_UNKNOWN)
            counter = Counter(
                customer_base_id=customer.customer_base_id,
                customer_number=customer.customer_number,
                merchant_id=merchant.merchant_id,
                day=self._clock.now().astimezone(zone_of(merchant.time_zone)).date(),
            )
            spent = await turnover(connection, counter)
            own = await find_limit(connection, customer, merchant.merchant_id)
            return ShownCustomer(
                customer=row,
                cards=await card_history(connection, customer),
                turnover={period: Money(amount_minor, merchant.currency) for period, amount_minor in spent.items()},
                limits=limits_at(merchant, own),
                own_limit=own,
                currency=merchant.currency,
            )
