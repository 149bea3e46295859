"""An order's row as the words of the rules: who pays, and within which limits. Shared by the payer's use cases."""

from datetime import date

from oneclick.database.orders import OrderFacts, OrderRow
from oneclick.ids import CustomerId
from oneclick.limits.counters import Counter
from oneclick.limits.verdict import Limits
from oneclick.one_click.eligibility import Payer


def payer_of(facts: OrderFacts) -> Payer:
    """The payer of the order: a guest, or a customer with the status as known (C1)."""
    return Payer(facts.order.customer_number, facts.customer_status)


def customer_of(order: OrderRow) -> CustomerId | None:
    """The order's customer, None for a guest."""
    return CustomerId(order.customer_base_id, order.customer_number) if order.customer_number is not None else None


def limits_of(facts: OrderFacts) -> Limits:
    """The customer's limits at the order's merchant (D1)."""
    return Limits(facts.limit_day_minor, facts.limit_week_minor)


def counter_of(order: OrderRow, day: date) -> Counter | None:
    """Where a payment of that day counts; None for a guest, who has no turnover."""
    if order.customer_number is None:
        return None
    return Counter(
        customer_base_id=order.customer_base_id,
        customer_number=order.customer_number,
        merchant_id=order.merchant_id,
        day=day,
    )
