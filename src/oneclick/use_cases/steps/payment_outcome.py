"""The last step of a payment: what the acquirer said becomes rows, all of them or none.

A part of ``pay`` that its recovery shares; it commits nothing itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from oneclick.acquirer.link import NoAnswer, NotSent
from oneclick.acquirer.messages import Answer
from oneclick.assist.as_codes import SYSTEM_ERROR, WRONG_CARD_DETAILS, as_code
from oneclick.card import CardData
from oneclick.database.customers import add_customer, customer_paid, follow_cards, lock_holders, report_stolen_card
from oneclick.database.notifications import insert_notification
from oneclick.database.operations import OperationOutcome, finish_operation, note_kept_card
from oneclick.database.orders import OrderRow, finish_order
from oneclick.database.pool import Connection
from oneclick.database.stored_cards import (
    GivenConsent,
    KeptCard,
    block_cards,
    card_used,
    put_consent,
    put_kept_card,
)
from oneclick.ids import PAYMENT_NUMBER, CustomerId, OperationId
from oneclick.limits.counters import Counter, give_back
from oneclick.one_click.consent import Consent
from oneclick.one_click.statuses import (
    CUSTOMER_LIFE,
    LEFT_OUT,
    Actor,
    CardStatus,
    CustomerStatus,
    move_by_cards,
)
from oneclick.payments.lives import OPERATION_LIFE, ORDER_LIFE, OperationState, OrderState
from oneclick.payments.response_codes import APPROVED, is_stolen_card, is_wrong_cvc2, may_hold_money
from oneclick.use_cases.steps.payer_facts import customer_of
from oneclick.vault.guesses import guessed_meanwhile, note_wrong_cvc2
from oneclick.vault.keyring import Keyring
from oneclick.vault.store import find_same_number, keep

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PaymentEnd:
    """The end of a payment, as far as it is known beforehand.

    ``consent`` is None when no card is to be kept; ``counter`` when the amount was reserved in no turnover.
    """

    order: OrderRow
    card: CardData
    saved_card_id: UUID | None
    consent: Consent | None
    cards_max: int
    counter: Counter | None


@dataclass(frozen=True)
class DeclinedHere:
    """A payment that is declined without asking the acquirer: why, and when a limit that stood against it opens."""

    as_code: str
    limit_opens_at: datetime | None = None


AcquirerReply = Answer | NoAnswer | NotSent | DeclinedHere


async def write_outcome(
    connection: Connection, keyring: Keyring, end: PaymentEnd, reply: AcquirerReply, at: datetime
) -> OperationOutcome | None:
    """Writes the outcome of a payment that was begun; None if it had one. Runs in the caller's transaction.

    Locks the card's turn, the order, the operation, the counters, then customers.
    Source: docs/rules.md B3, B19, C4, C6, D3, E7, F1.
    """
    outcome = _outcome(reply, at)
    order_id = end.order.order_id
    if isinstance(reply, Answer) and await guessed_meanwhile(connection, keyring, end.card.number, at):
        outcome = _like_a_wrong_guess(outcome)
    if not await finish_operation(connection, OperationId(order_id), outcome, at):
        return None
    if outcome.state is OperationState.UNKNOWN:
        return outcome
    approved = outcome.state is OperationState.APPROVED
    paid = OrderState.DELAYED if end.order.two_stage else OrderState.APPROVED
    move = ORDER_LIFE.move(end.order.state, paid if approved else OrderState.DECLINED)
    if not await finish_order(connection, order_id, move):
        _log.error("order and payment disagree", billnumber=order_id.billnumber, payment=outcome.state)
    if not approved and end.counter is not None:
        await give_back(connection, end.counter, end.order.amount_minor)
    if isinstance(reply, Answer):
        await _note_answer(connection, keyring, _AnsweredPayment(end, reply, at), approved=approved)
    await insert_notification(connection, order_id, PAYMENT_NUMBER, end.order.merchant_id, at)
    return outcome


def _outcome(reply: AcquirerReply, at: datetime) -> OperationOutcome:
    """E7: no answer is *unknown*, never declined; what never reached the wire can't have been approved."""
    answer = reply if isinstance(reply, Answer) else None
    if isinstance(reply, NoAnswer):
        state, code = OperationState.UNKNOWN, None
    elif isinstance(reply, NotSent):
        state, code = OperationState.DECLINED, SYSTEM_ERROR
    elif isinstance(reply, DeclinedHere):
        state, code = OperationState.DECLINED, reply.as_code
    else:
        code, state = as_code(reply.response_code), OperationState.DECLINED
        if reply.response_code == APPROVED:
            state = OperationState.APPROVED
        elif may_hold_money(reply.response_code):
            state = OperationState.REVERSING
    return OperationOutcome(
        move=OPERATION_LIFE.move(OperationState.SENT, state),
        answered_at=None if isinstance(reply, NoAnswer) else at,
        response_code=answer.response_code if answer else None,
        as_code=code,
        authorisation_id=answer.authorisation_id if answer and state is not OperationState.REVERSING else None,
        limit_opens_at=reply.limit_opens_at if isinstance(reply, DeclinedHere) else None,
    )


@dataclass(frozen=True)
class _AnsweredPayment:
    """A payment that the acquirer answered."""

    end: PaymentEnd
    answer: Answer
    at: datetime


def _like_a_wrong_guess(outcome: OperationOutcome) -> OperationOutcome:
    """The card was locked while the payment was under way: its answer tells nothing of the CVC2 any more (B19).

    Neither does a bank's other no, which comes only after the right CVC2.
    """
    declined = outcome.state is OperationState.DECLINED
    state = OperationState.DECLINED if declined else OperationState.REVERSING
    return replace(
        outcome, move=OPERATION_LIFE.move(OperationState.SENT, state), as_code=WRONG_CARD_DETAILS, authorisation_id=None
    )


async def _note_answer(connection: Connection, keyring: Keyring, answered: _AnsweredPayment, *, approved: bool) -> None:
    """What an answer means beyond its payment: to the customer, to the card, to who guesses."""
    end, answer, at = answered.end, answered.answer, answered.at
    if is_wrong_cvc2(answer.response_code, answer.cvc2_result):
        await note_wrong_cvc2(connection, keyring, end.card.number, at)
    customer = customer_of(end.order)
    if is_stolen_card(answer.response_code):
        await _note_stolen(connection, keyring, customer, end, at)
    if customer is not None and approved:
        await _note_customer(connection, keyring, customer, answered)


async def _note_customer(
    connection: Connection, keyring: Keyring, customer: CustomerId, paid: _AnsweredPayment
) -> None:
    """The customer after an approval: the card kept, used, or neither (B2, B3, B11). Locks the customer's row."""
    end = paid.end
    status = await customer_paid(connection, customer, paid.at)
    if end.saved_card_id is not None:
        await card_used(connection, customer.customer_base_id, end.saved_card_id, paid.at)
    if end.consent is None or status in LEFT_OUT:  # opted out or blocked since the payer's "yes"
        return
    card_id = await keep(connection, keyring, customer, end.card, end.cards_max)
    if card_id is None:
        return
    await _show_kept(connection, customer, card_id, end.consent, paid)
    move = move_by_cards(status, [CardStatus.MEMBER])
    if move is not None:
        await follow_cards(connection, customer, move, paid.at)


async def _show_kept(
    connection: Connection, customer: CustomerId, card_id: UUID, consent: Consent, paid: _AnsweredPayment
) -> None:
    """What may be shown of a kept card, and the consent that it is kept by (C6)."""
    end = paid.end
    card = KeptCard(
        card_id=card_id,
        brand=end.card.number.brand,
        card_mask=end.card.number.merchant_mask,
        expires_on=end.card.expiry.last_day,
        network_transaction_id=paid.answer.network_transaction_id,
    )
    given = GivenConsent(customer_number=customer.customer_number, card_id=card_id, consent=consent)
    await put_kept_card(connection, customer, card, paid.at)
    await put_consent(connection, end.order.order_id, given, paid.at)
    await note_kept_card(connection, end.order.order_id, card_id)


async def _note_stolen(
    connection: Connection, keyring: Keyring, customer: CustomerId | None, end: PaymentEnd, at: datetime
) -> None:
    """C4: the card is blocked wherever it is kept in this base; who paid is Fraud, who else keeps it Suspicious."""
    base = end.order.customer_base_id
    same = await find_same_number(connection, keyring, base, end.card.number)
    numbers = {number for number, _ in same}
    if customer is not None:
        await add_customer(connection, customer)  # no lock yet: all are locked in one order
        numbers.add(customer.customer_number)
    for holder, status in await lock_holders(connection, base, sorted(numbers)):
        to = CustomerStatus.FRAUD if holder == customer else CustomerStatus.SUSPICIOUS
        move = CUSTOMER_LIFE.find(status, to, Actor.SYSTEM)
        if move is not None:
            await report_stolen_card(connection, holder, move, at)
    await block_cards(connection, base, [card_id for _, card_id in same])
