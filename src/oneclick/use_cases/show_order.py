"""What a payer sees of an order: can it be paid, with which cards, or how did its payment end."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from zoneinfo import ZoneInfo

from oneclick.clock import Clock
from oneclick.database.customers import list_cards
from oneclick.database.merchants import MerchantRow
from oneclick.database.operations import OperationRow, find_payment
from oneclick.database.orders import OrderId, OrderRow, expire_order, find_order_and_merchant
from oneclick.database.pool import Pool
from oneclick.one_click.offer import Offer, offer_for
from oneclick.payments.life import OperationState
from oneclick.use_cases.merchant_terms import one_click_terms


class Stage(Enum):
    """Where a payer stands."""

    PAYABLE = auto()
    CHECKING = auto()
    APPROVED = auto()
    DECLINED = auto()
    EXPIRED = auto()


@dataclass(frozen=True)
class ShownOrder:
    """An order for the payer's eyes. ``offer`` is empty unless it can be paid; ``retryable`` is for a declined one.

    ``today`` is the day at the merchant's: cards expire by it.
    """

    order: OrderRow
    merchant: MerchantRow
    payment: OperationRow | None
    stage: Stage
    offer: Offer
    retryable: bool
    today: date


class ShowOrder:
    """Reads an order; closes it when its time is over and nobody began to pay (E2)."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, order_id: OrderId) -> ShownOrder | None:
        """The order, or None if there is none. Source: docs/rules.md B1, B5, B18, E2."""
        now = self._clock.now()
        async with self._pool.connection() as connection:
            found = await find_order_and_merchant(connection, order_id)
            if found is None:
                return None
            order, merchant = found
            payment = await find_payment(connection, order_id)
            over = order.expires_at <= now
            stage = _stage(payment, over=over)
            if stage is Stage.EXPIRED:
                await expire_order(connection, order_id, now)
            cards = []
            if stage is Stage.PAYABLE and order.customer_number is not None:
                cards = await list_cards(connection, order.customer_base_id, order.customer_number)
        today = now.astimezone(ZoneInfo(merchant.time_zone)).date()
        offer = offer_for(one_click_terms(merchant), order.customer_number, cards, today)
        retryable = stage is Stage.DECLINED and not over
        return ShownOrder(order, merchant, payment, stage, offer, retryable, today)


def _stage(payment: OperationRow | None, *, over: bool) -> Stage:
    if payment is None:
        return Stage.EXPIRED if over else Stage.PAYABLE
    return {
        OperationState.APPROVED: Stage.APPROVED,
        OperationState.DECLINED: Stage.DECLINED,
        OperationState.SENT: Stage.CHECKING,
        OperationState.UNKNOWN: Stage.CHECKING,
    }[OperationState(payment.state)]
