"""Sets a customer's own limits, or takes them away: exceptions from the merchant's."""

from oneclick.database.customers import OwnLimit, clear_limit, put_limit
from oneclick.database.pool import Pool
from oneclick.limits.verdict import Limits
from oneclick.money import Money
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.steps.customer_ref import CustomerRef, limits_at, resolve_customer_ref


class LimitCustomer:
    """Writes a customer's limits at one merchant."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, ref: CustomerRef, day: str | None, week: str | None) -> Limits | Refused:
        """Sets limits in the merchant's currency, as in ``500.00``; a window left out has the merchant's limit.

        Both left out: the merchant's hold again. Returns the limits that hold now. One commit. Source: D1, D5.
        """
        async with self._pool.connection() as connection, connection.transaction():
            found = await resolve_customer_ref(connection, ref)
            if isinstance(found, Refused):
                return found
            merchant = found.merchant
            if day is None and week is None:
                await clear_limit(connection, found.customer, merchant.merchant_id)
                return limits_at(merchant, None)
            read = [Money.read(text, merchant.currency) if text is not None else None for text in (day, week)]
            if any(text is not None and money is None for text, money in zip((day, week), read, strict=True)):
                return Refused(Reason.LIMIT_MALFORMED)
            own = OwnLimit(*(money.amount_minor if money else None for money in read))
            await put_limit(connection, found.customer, merchant.merchant_id, own)
            return limits_at(merchant, own)
