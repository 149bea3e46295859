"""An order as its payer sees it: can it be paid, with which cards, or how did its payment end."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from uuid import UUID

from oneclick.clock import Clock
from oneclick.database.merchants import MerchantRow
from oneclick.database.operations import PaymentRow, find_payment
from oneclick.database.orders import OrderRow, chain_of, expire_order, find_order
from oneclick.database.pool import Connection, Pool
from oneclick.database.stored_cards import deleted_since, list_cards
from oneclick.ids import OrderId
from oneclick.one_click.offer import NO_OFFER, Offer, offer_for
from oneclick.one_click.participation import OneClickTerms
from oneclick.payments.lives import OperationState, OrderState
from oneclick.time_zones import zone_of
from oneclick.use_cases.steps.merchant_terms import one_click_terms
from oneclick.use_cases.steps.payer_facts import customer_of, payer_of

# The doors know the payment's row by this name: they import no statements.
ShownPayment = PaymentRow


class Stage(Enum):
    """Where a payer stands."""

    PAYABLE = auto()
    CHECKING = auto()
    APPROVED = auto()
    DECLINED = auto()
    CANCELED = auto()
    EXPIRED = auto()


@dataclass(frozen=True)
class ShownOrder:
    """An order for the payer's eyes. ``retryable`` is a declined one that may be tried again.

    ``terms`` are the merchant's; ``offer`` is empty unless the order can be paid, or tried again, and so is
    ``deleted``: the customer's cards that were deleted since the order was opened. ``now`` is the moment of all this,
    in UTC; ``today`` its day at the merchant's: cards expire by it.
    """

    order: OrderRow
    merchant: MerchantRow
    payment: ShownPayment | None
    stage: Stage
    terms: OneClickTerms
    offer: Offer
    deleted: frozenset[UUID]
    retryable: bool
    now: datetime
    today: date


class ShowOrder:
    """Reads an order; closes it when its time is over and nobody began to pay (E2)."""

    def __init__(self, pool: Pool, clock: Clock, attempts_max: int) -> None:
        self._pool = pool
        self._clock = clock
        self._attempts_max = attempts_max

    async def __call__(self, order_id: OrderId) -> ShownOrder | None:
        """The order, or None if there is none. Of a declined one that was tried again, the newest attempt.

        Who comes back to an earlier attempt's page must not read there that it failed, and may be tried again, while
        the later one is paid, or with the bank. Source: docs/rules.md B1, B5, B10, B16, B17, B18, E2.
        """
        now = self._clock.now()
        async with self._pool.connection() as connection:
            return await self._show(connection, order_id, now)

    async def _show(self, connection: Connection, order_id: OrderId, now: datetime) -> ShownOrder | None:
        facts = await find_order(connection, order_id)
        if facts is None:
            return None
        order, merchant = facts.order, facts.merchant
        payment = await find_payment(connection, order_id)
        over = order.expires_at <= now
        stage = _stage(order.state, payment, over=over)
        if stage is Stage.EXPIRED:
            await expire_order(connection, order_id, now)
        retryable = False
        if stage is Stage.DECLINED:
            chain = await chain_of(connection, order_id)
            if chain.newest != order_id:
                return await self._show(connection, chain.newest, now)
            retryable = not over and chain.attempts < self._attempts_max
        customer = customer_of(order)
        payable = stage is Stage.PAYABLE or retryable
        cards, deleted = [], frozenset[UUID]()
        if payable and customer is not None:
            cards = await list_cards(connection, customer)
            deleted = await deleted_since(connection, customer, order.created_at)
        today = now.astimezone(zone_of(merchant.time_zone)).date()
        terms = one_click_terms(merchant)
        offer = offer_for(terms, payer_of(facts), cards, today) if payable else NO_OFFER
        return ShownOrder(order, merchant, payment, stage, terms, offer, deleted, retryable, now, today)


def _stage(state: OrderState, payment: PaymentRow | None, *, over: bool) -> Stage:
    """Money that was given back in full is never shown as paid (E5)."""
    if state is OrderState.CANCELED:
        return Stage.CANCELED
    if payment is None:
        return Stage.EXPIRED if over else Stage.PAYABLE
    return {
        OperationState.APPROVED: Stage.APPROVED,
        OperationState.DECLINED: Stage.DECLINED,
        OperationState.REVERSING: Stage.DECLINED,
        OperationState.SENT: Stage.CHECKING,
        OperationState.UNKNOWN: Stage.CHECKING,
    }[payment.state]
