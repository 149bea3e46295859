"""Erases a stored card that its payer doesn't want kept any longer."""

from uuid import UUID

from oneclick.clock import Clock
from oneclick.database.customers import follow_cards, lock_customer
from oneclick.database.operations import find_payment
from oneclick.database.orders import find_order
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import Withdrawal, deleted_since, list_cards
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.one_click.consent import withdrawal_text
from oneclick.one_click.eligibility import refuse_order
from oneclick.one_click.offer import offer_for
from oneclick.one_click.statuses import Actor, move_by_cards
from oneclick.outcome import Reason, Refused
from oneclick.time_zones import zone_of
from oneclick.use_cases.steps.card_erasure import erase_card
from oneclick.use_cases.steps.merchant_terms import one_click_terms
from oneclick.use_cases.steps.payer_facts import customer_of, payer_of


class DeleteOwnCard:
    """Deletes a card from the payment page."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def __call__(self, order_id: OrderId, card_id: UUID, language: Language) -> Refused | None:
        """Erases the card and records the withdrawal; None when it is done. One commit. Source: B7, B8, C5, C6.

        Only from an order that can be paid, and only a card that its page shows: a link of an order that has ended
        can't reach the wallet. It is done, too, if the card was deleted since the order was opened: a second click, or
        another tab.
        """
        now = self._clock.now()
        async with self._pool.connection() as connection, connection.transaction():
            # 1. may it, from this order
            facts = await find_order(connection, order_id)
            if facts is None:
                return Refused(Reason.ORDER_UNKNOWN)
            order = facts.order
            refused = refuse_order(order.state, order.expires_at, now)
            if refused is not None:
                return refused
            if await find_payment(connection, order_id) is not None:
                return Refused(Reason.ORDER_OVER)
            customer = customer_of(order)
            if customer is None:
                return Refused(Reason.CARD_UNAVAILABLE)
            # 2. the card, under the customer's lock
            status = await lock_customer(connection, customer)
            cards = await list_cards(connection, customer)
            today = now.astimezone(zone_of(facts.merchant.time_zone)).date()
            card = offer_for(one_click_terms(facts.merchant), payer_of(facts), cards, today).find(str(card_id))
            if status is None or card is None:
                gone = card_id in await deleted_since(connection, customer, order.created_at)
                return None if gone else Refused(Reason.CARD_UNAVAILABLE)
            # 3. the end of it; COMMIT
            withdrawal = Withdrawal(
                actor=Actor.PAYER,
                at=now,
                billnumber=order_id.billnumber,
                text=withdrawal_text(language),
                language=language,
            )
            await erase_card(connection, customer, card, withdrawal)
            move = move_by_cards(status, [other.status for other in cards if other is not card])
            if move is not None:
                await follow_cards(connection, customer, move, now)
        return None
