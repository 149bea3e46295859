"""A customer whom a merchant or an operator speaks of: shared by the use cases that do something to one.

A customer belongs to a customer base: what is done at one merchant holds at all that share the base (A9), but for
limits and turnover, which are each merchant's own (D1).
"""

import re
from dataclasses import dataclass

from oneclick.database.customers import OwnLimit
from oneclick.database.merchants import MerchantRow, find_merchant
from oneclick.database.pool import Connection
from oneclick.ids import CustomerId
from oneclick.limits.verdict import Limits
from oneclick.one_click.statuses import Actor
from oneclick.outcome import Reason, Refused

# With invisible characters, which no order may carry any more (A4): who was let in with them must be found and erased.
_NUMBER = re.compile(r"""[^<>"'=/\\();#\x00-\x1f\x7f-\x9f]{1,32}""")


@dataclass(frozen=True)
class CustomerRef:
    """Which customer, of which merchant, and who asks."""

    merchant_id: int
    customer_number: str
    actor: Actor


@dataclass(frozen=True)
class CustomerAtMerchant:
    """The merchant, and what names the customer; whether the customer has ever been seen is another question."""

    merchant: MerchantRow
    customer: CustomerId


async def resolve_customer_ref(connection: Connection, ref: CustomerRef) -> CustomerAtMerchant | Refused:
    """The merchant and the customer that are meant. No lock."""
    if not _NUMBER.fullmatch(ref.customer_number) or ref.customer_number == "0":
        return Refused(Reason.CUSTOMER_NUMBER_MALFORMED)
    merchant = await find_merchant(connection, ref.merchant_id)
    if merchant is None:
        return Refused(Reason.MERCHANT_UNKNOWN)
    return CustomerAtMerchant(merchant, CustomerId(merchant.customer_base_id, ref.customer_number))


def limits_at(merchant: MerchantRow, own: OwnLimit | None) -> Limits:
    """The limits that hold for a customer: the customer's own, else the merchant's (D1)."""
    day, week = (own.day_minor, own.week_minor) if own else (None, None)
    return Limits(merchant.limit_day_minor if day is None else day, merchant.limit_week_minor if week is None else week)
