"""The last step of a payment: what the acquirer said becomes rows, all of them or none.

A part of ``pay`` that its recovery shares; it commits nothing itself.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from oneclick.acquirer.link import NoAnswer, NotSent
from oneclick.acquirer.messages import Answer
from oneclick.database.customers import (
    CustomerId,
    GivenConsent,
    KeptCard,
    card_used,
    customer_paid,
    put_consent,
    put_kept_card,
)
from oneclick.database.notifications import insert_notification
from oneclick.database.operations import PAYMENT_NUMBER, OperationOutcome, finish_payment
from oneclick.database.orders import OrderRow, finish_order
from oneclick.database.pool import Connection
from oneclick.languages import Language
from oneclick.one_click.consent import consent_text
from oneclick.payments.life import OPERATION_MOVES, ORDER_MOVES, OperationState, OrderState, moved
from oneclick.payments.response_codes import APPROVED, SYSTEM_ERROR, as_code
from oneclick.vault.envelope import CardData
from oneclick.vault.keyring import Keyring
from oneclick.vault.store import keep

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PaymentEnd:
    """What the outcome needs to know of its payment. ``consent_language`` is None when no card is to be kept."""

    order: OrderRow
    card: CardData
    saved_card_id: UUID | None
    consent_language: Language | None
    consent_preselected: bool


async def write_outcome(
    connection: Connection, keyring: Keyring, end: PaymentEnd, reply: Answer | NoAnswer | NotSent, at: datetime
) -> OperationOutcome | None:
    """Writes the outcome of a payment that was sent; None if it had one. Runs in the caller's transaction.

    Locks the operation, the order, then the customer. Source: docs/rules.md B3, C6, E7, F1.
    """
    outcome = _outcome(reply, at)
    order_id = end.order.order_id
    if not await finish_payment(connection, order_id, outcome):
        return None
    if outcome.state is OperationState.UNKNOWN:
        return outcome
    approved = outcome.state is OperationState.APPROVED
    state = moved(ORDER_MOVES, OrderState(end.order.state), OrderState.APPROVED if approved else OrderState.DECLINED)
    if not await finish_order(connection, order_id, state):
        _log.error("order and payment disagree", billnumber=order_id.billnumber, payment=outcome.state)
    if approved and end.order.customer_number is not None and isinstance(reply, Answer):
        customer = CustomerId(end.order.customer_base_id, end.order.customer_number)
        await _note_customer(connection, keyring, customer, end, reply, at)
    await insert_notification(connection, order_id, PAYMENT_NUMBER, end.order.merchant_id, at)
    return outcome


def _outcome(reply: Answer | NoAnswer | NotSent, at: datetime) -> OperationOutcome:
    """E7: no answer is *unknown*, never declined; what never reached the wire can't have been approved."""
    if isinstance(reply, NoAnswer):
        state, code, authorisation_id, response_code = OperationState.UNKNOWN, None, None, None
    elif isinstance(reply, NotSent):
        state, code, authorisation_id, response_code = OperationState.DECLINED, SYSTEM_ERROR, None, None
    else:
        response_code = reply.response_code
        code = as_code(response_code)
        state = OperationState.APPROVED if code == APPROVED else OperationState.DECLINED
        authorisation_id = reply.authorisation_id
    return OperationOutcome(
        state=moved(OPERATION_MOVES, OperationState.SENT, state),
        answered_at=None if isinstance(reply, NoAnswer) else at,
        response_code=response_code,
        as_code=code,
        authorisation_id=authorisation_id,
    )


async def _note_customer(  # noqa: PLR0913, PLR0917  # the shell's hands are full at the end of a payment
    connection: Connection, keyring: Keyring, customer: CustomerId, end: PaymentEnd, answer: Answer, at: datetime
) -> None:
    """The customer after an approval: the card kept, used, or neither (B2, B3, B11)."""
    keeps = end.consent_language is not None
    is_member = keeps or end.saved_card_id is not None
    await customer_paid(connection, customer, "Member" if is_member else "New", at)  # locks the customer's row
    if end.saved_card_id is not None:
        await card_used(connection, customer.customer_base_id, end.saved_card_id, at)
    if end.consent_language is None:
        return
    card_id = await keep(connection, keyring, customer.customer_base_id, customer.customer_number, end.card)
    kept = KeptCard(
        card_id=card_id,
        brand=end.card.number.brand,
        card_mask=end.card.number.merchant_mask,
        expires_on=end.card.expiry.last_day,
        network_transaction_id=answer.network_transaction_id,
    )
    await put_kept_card(connection, customer, kept, at)
    consent = GivenConsent(
        customer_number=customer.customer_number,
        card_id=card_id,
        text=consent_text(end.consent_language),
        language=end.consent_language,
        preselected=end.consent_preselected,
    )
    await put_consent(connection, end.order.order_id, consent, at)
