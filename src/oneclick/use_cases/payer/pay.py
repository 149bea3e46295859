"""Pays an order with a card: the hot path, in numbered steps.

1. the order, its merchant, its customer and the chosen card -> facts
2. may this card pay this order -> stop with ``Refused`` (pure)
3. open the card, make the whole message; nothing is written yet
4. write the payment as sent, reserve its amount in the customer's limits; over a limit it is declined here;
   COMMIT: from here on the acquirer may have taken money
5. ask the acquirer: no database connection is held; for a locked card only time passes
6. write the outcome, keep the card, note the notification; COMMIT

No answer in time leaves the payment *unknown*: neither approved nor declined (E7). A payment that was begun runs to its
end, even if its payer goes away.
"""

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import Enum, auto
from uuid import UUID

import psycopg
import structlog

from oneclick.acquirer.link import Link, NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import Answer, Purchase, StoredCredential, Use
from oneclick.assist.as_codes import OVER_LIMIT, SYSTEM_ERROR, WRONG_CARD_DETAILS
from oneclick.card import CardData, Cvc2, EntryMode
from oneclick.clock import Clock
from oneclick.database.merchants import MerchantRow
from oneclick.database.operations import PaymentIntent, begin_payment
from oneclick.database.orders import OrderFacts, OrderRow, find_order
from oneclick.database.pool import Connection, Pool
from oneclick.database.stan_blocks import StanBlocks, TraceNumber
from oneclick.errors import VaultError
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.limits.counters import Counter, reserve
from oneclick.limits.verdict import judge
from oneclick.one_click.consent import Consent, consent_given
from oneclick.one_click.eligibility import is_offered, may_pay_with_stored, refuse_card, refuse_order
from oneclick.one_click.participation import OneClickTerms
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import OperationMessage
from oneclick.time_zones import zone_of
from oneclick.use_cases.steps.acquirer_options import CVC2_LIVES_MAX_S, SENT_WITHIN_S, AcquirerOptions
from oneclick.use_cases.steps.merchant_terms import card_acceptor_id, one_click_terms
from oneclick.use_cases.steps.payer_facts import counter_of, customer_of, limits_of, payer_of
from oneclick.use_cases.steps.payment_outcome import AcquirerReply, DeclinedHere, PaymentEnd, write_outcome
from oneclick.use_cases.steps.task_pool import TaskPool
from oneclick.vault.guesses import guessed_too_often
from oneclick.vault.keyring import Keyring
from oneclick.vault.store import VaultRow, find_sealed, open_for_authorisation

_log = structlog.get_logger()

# 0.2 s, doubling up to 20 s: 10 minutes in all.
_WRITE_AGAIN_AFTER_S = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, *(20.0 for _ in range(29)))

_ANSWER_TIME_S = 0.3  # an acquirer's usual one, till this process has seen its own


@dataclass(frozen=True)
class TypedCard:
    """A card typed into the full form, and the answer to the offer, if the page made one.

    ``preselected``: the page came with "yes" selected. ``language`` is the page's, where the payer chose it; None
    stands for the order's.
    """

    data: CardData
    cvc2: Cvc2
    remember: bool
    preselected: bool
    language: Language | None


@dataclass(frozen=True)
class SavedCard:
    """A stored card, chosen by its id, and the CVC2 that is asked each time (B14)."""

    card_id: UUID
    cvc2: Cvc2


class Paid(Enum):
    """How a request to pay ended; what became of the money is written in the order's payment."""

    DONE = auto()  # the acquirer answered, or its answer was lost: the result page tells
    BEGUN_BEFORE = auto()  # this order has its payment already: nothing was sent (B17)
    TRY_LATER = auto()  # nothing was written or sent


@dataclass(frozen=True, kw_only=True)
class PayDependencies:
    """Dependencies of a payment: the database pool, the vault's keys, the link, trace numbers, the clock."""

    pool: Pool
    keyring: Keyring
    link: Link
    stans: StanBlocks
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What step 1 found."""

    found: OrderFacts
    sealed: VaultRow | None
    now: datetime

    @property
    def order(self) -> OrderRow:
        return self.found.order

    @property
    def merchant(self) -> MerchantRow:
        return self.found.merchant

    @property
    def terms(self) -> OneClickTerms:
        return one_click_terms(self.found.merchant)

    @property
    def time_zone(self) -> tzinfo:
        return zone_of(self.merchant.time_zone)

    @property
    def local_time(self) -> datetime:
        return self.now.astimezone(self.time_zone)


class Pay:
    """The payment of an order, the hot path. One instance a process; ``drain`` before the process ends."""

    def __init__(self, dependencies: PayDependencies, options: AcquirerOptions) -> None:
        self._dependencies = dependencies
        self._options = options
        self._tasks = TaskPool("payment not finished")
        self._answer_times_s: deque[float] = deque([_ANSWER_TIME_S], maxlen=50)

    async def __call__(self, order_id: OrderId, instrument: TypedCard | SavedCard, client_ip: str) -> Paid | Refused:
        """Pays; commits the intent, then the outcome. Source: docs/rules.md B3, B5, B14, B17, B19, D2, D4, E7.

        A payment over a limit is declined and refused; one with a locked card is declined and done.
        """
        # Whatever holds this payment up, its CVC2 is gone in time (B4).
        forgetting = asyncio.get_running_loop().call_later(CVC2_LIVES_MAX_S, instrument.cvc2.forget)
        try:
            return await self._pay(order_id, instrument, client_ip)
        finally:
            forgetting.cancel()

    async def _pay(self, order_id: OrderId, instrument: TypedCard | SavedCard, client_ip: str) -> Paid | Refused:
        # 1. facts
        facts = await self._load(order_id, instrument)
        if isinstance(facts, Refused):
            return facts
        # 2. may it
        refused = refuse_order(facts.order.state, facts.order.expires_at, facts.now)
        if refused is not None:
            return refused
        card = self._open(facts, instrument)
        if card is None:
            return Refused(Reason.CARD_UNAVAILABLE)
        refused = refuse_card(card.number.brand, card.expiry, instrument.cvc2, facts.local_time.date())
        if refused is not None:
            return refused
        # 3. the message; while the link is down, payments are refused at once: they don't queue
        trace = await self._dependencies.stans.take(facts.now) if self._dependencies.link.is_up else None
        if trace is None:
            _log.warning("payment refused: no acquirer", billnumber=order_id.billnumber)
            return Paid.TRY_LATER
        consent = _consent(facts, instrument)
        purchase = self._purchase(facts, card, instrument.cvc2, trace, _credential(facts, consent))
        # 4. the intent, and what the limits and the lock say; COMMIT
        end = PaymentEnd(
            order=facts.order,
            card=card,
            saved_card_id=instrument.card_id if isinstance(instrument, SavedCard) else None,
            consent=consent,
            cards_max=facts.merchant.cards_max,
            counter=_counter(facts),
        )
        due_at = facts.now + self._options.taken_over_after
        begun = await self._begin(facts, _intent(facts, end, purchase, client_ip, due_at), end)
        if isinstance(begun, Paid | Refused):
            return begun
        # 5. and 6. run to their end, even if the payer goes away
        await asyncio.shield(self._tasks.start(self._finish(purchase, end, begun)))
        return Paid.DONE

    async def drain(self, timeout_s: float) -> None:
        """Waits for payments in flight, at most so many seconds."""
        await self._tasks.drain(timeout_s)

    async def _load(self, order_id: OrderId, instrument: TypedCard | SavedCard) -> _Facts | Refused:
        async with self._dependencies.pool.connection() as connection:
            found = await find_order(connection, order_id)
            if found is None:
                return Refused(Reason.ORDER_UNKNOWN)
            customer = customer_of(found.order)
            sealed = None
            if isinstance(instrument, SavedCard) and customer is not None:
                sealed = await find_sealed(connection, customer, instrument.card_id)
        return _Facts(found=found, sealed=sealed, now=self._dependencies.clock.now())

    def _open(self, facts: _Facts, instrument: TypedCard | SavedCard) -> CardData | None:
        """The card to pay with; None if a stored one is asked for that isn't offered to this customer."""
        if isinstance(instrument, TypedCard):
            return instrument.data
        sealed = facts.sealed
        if sealed is None or not may_pay_with_stored(facts.terms, payer_of(facts.found)):
            return None
        if not is_offered(facts.terms, sealed.status, sealed.payments):
            return None
        return open_for_authorisation(self._dependencies.keyring, sealed)

    def _purchase(
        self, facts: _Facts, card: CardData, cvc2: Cvc2, trace: TraceNumber, credential: StoredCredential | None
    ) -> Purchase:
        return Purchase(
            terminal_id=trace.terminal_id,
            stan=trace.stan,
            transmitted_at=facts.now,
            local_time=facts.local_time,
            rrn=trace.rrn(facts.now),
            amount=facts.order.amount,
            card_number=card.number,
            expiry=card.expiry,
            cvc2=cvc2,
            entry_mode=EntryMode.ON_FILE if facts.sealed else EntryMode.TYPED,
            stored_credential=credential,
            billnumber=str(facts.order.billnumber),
            acquirer_id=self._options.acquirer_id,
            card_acceptor_id=card_acceptor_id(facts.merchant),
            name_and_place=facts.merchant.name_and_place,
            mcc=facts.merchant.mcc,
            two_stage=facts.order.two_stage,
        )

    async def _begin(
        self, facts: _Facts, intent: PaymentIntent, end: PaymentEnd
    ) -> Paid | Refused | DeclinedHere | None:
        """Step 4; None if the acquirer may be asked, ``DeclinedHere`` if only time may pass instead (B19).

        What can't be checked is refused: nothing is sent then (D4).
        """
        keyring, order_id = self._dependencies.keyring, facts.order.order_id
        try:
            async with self._dependencies.pool.connection() as connection, connection.transaction():
                if not await begin_payment(connection, intent):
                    return Paid.BEGUN_BEFORE
                declined = await _declined_here(connection, keyring, facts, end)
                if declined is None or declined.as_code == WRONG_CARD_DETAILS:
                    return declined
                await write_outcome(connection, keyring, end, declined, facts.now)
        except psycopg.Error as error:
            _log.error("payment not begun", billnumber=order_id.billnumber, error=type(error).__name__)
            return Paid.TRY_LATER
        _log.info("payment declined here", billnumber=order_id.billnumber, as_code=declined.as_code)
        return Refused(Reason.LIMIT_REACHED)

    async def _finish(self, purchase: Purchase, end: PaymentEnd, locked: DeclinedHere | None) -> None:
        # 5. the acquirer
        asked = time.monotonic()
        late = (self._dependencies.clock.now() - purchase.transmitted_at).total_seconds() > SENT_WITHIN_S
        reply: AcquirerReply
        if late:
            reply = DeclinedHere(SYSTEM_ERROR)
        elif locked is not None:
            await asyncio.sleep(random.choice(self._answer_times_s))  # noqa: S311  # nothing is hidden by its chance
            reply = locked
        else:
            reply = await self._ask(purchase)
        purchase.cvc2.forget()  # lives till the answer: not while the outcome is written, nor in whoever waits (B4)
        if isinstance(reply, Answer):
            self._answer_times_s.append(time.monotonic() - asked)
        # 6. the outcome; COMMIT. An answer that is known must not be lost to a database that is away for a while:
        # the payer isn't kept waiting, and is told that the payment is being checked.
        if not await self._write(end, reply):
            self._tasks.start(self._write_again(end, reply))

    async def _ask(self, purchase: Purchase) -> Answer | NoAnswer | NotSent:
        try:
            return await self._dependencies.link.ask(purchase, self._options.deadline_s)
        except Exception as error:  # noqa: BLE001  # the message may have gone out
            _log.error("link failed", stan=purchase.stan, error=type(error).__name__)
            return NoAnswer(Unknown.CONNECTION_LOST)

    async def _write(self, end: PaymentEnd, reply: AcquirerReply) -> bool:
        """Writes the outcome; False if the database is away. Of an error its name is logged: its text may hold data."""
        try:
            async with self._dependencies.pool.connection() as connection, connection.transaction():
                outcome = await write_outcome(
                    connection, self._dependencies.keyring, end, reply, self._dependencies.clock.now()
                )
        except psycopg.Error as error:
            _log.error("outcome not written", billnumber=end.order.billnumber, error=type(error).__name__)
            return False
        except VaultError as error:
            if end.consent is None:
                raise
            # A card that can't be kept must not hold up the payment.
            _log.error("card not kept", billnumber=end.order.billnumber, error=type(error).__name__)
            return await self._write(replace(end, consent=None), reply)
        if outcome is not None:
            _log.info(
                "payment ended",
                billnumber=end.order.billnumber,
                state=outcome.state,
                as_code=outcome.as_code,
                response_code=outcome.response_code,
            )
        return True

    async def _write_again(self, end: PaymentEnd, reply: AcquirerReply) -> None:
        """Tries again with growing pauses, 10 minutes in all."""
        for pause_s in _WRITE_AGAIN_AFTER_S:
            await asyncio.sleep(pause_s)
            if await self._write(end, reply):
                return


async def _declined_here(
    connection: Connection, keyring: Keyring, facts: _Facts, end: PaymentEnd
) -> DeclinedHere | None:
    """Reserves the amount in the customer's limits. Why the acquirer isn't asked, if it isn't (B19, D2, D5).

    The amount is given back with the outcome. The counters' rows stay locked till the transaction ends (D4).
    """
    limits, order = limits_of(facts.found), facts.order
    totals = await reserve(connection, end.counter, order.amount_minor) if end.counter else None
    if end.counter is None or totals is None:
        other_currency = order.currency != facts.merchant.currency
        if order.customer_number is not None and limits.any_is_set and other_currency:
            return DeclinedHere(OVER_LIMIT)
    elif reached := judge(limits, totals, order.amount_minor, end.counter.day, facts.time_zone):
        return DeclinedHere(OVER_LIMIT, reached.opens_at)
    # Last, so that a limit answers for a locked card as for any other.
    if await guessed_too_often(connection, keyring, end.card.number, facts.now):
        return DeclinedHere(WRONG_CARD_DETAILS)
    return None


def _counter(facts: _Facts) -> Counter | None:
    """Turnover is counted in the merchant's own currency (D5); None if this payment counts in none."""
    if facts.order.currency != facts.merchant.currency:
        return None
    return counter_of(facts.order, facts.local_time.date())


def _consent(facts: _Facts, instrument: TypedCard | SavedCard) -> Consent | None:
    """The payer's "yes", if there was one, and an offer to say it to (B2, B3)."""
    if isinstance(instrument, SavedCard) or not instrument.remember:
        return None
    language = instrument.language or facts.order.language
    return consent_given(facts.terms, payer_of(facts.found), language, preselected=instrument.preselected)


def _credential(facts: _Facts, consent: Consent | None) -> StoredCredential | None:
    """How the card schemes want a kept card to be marked: its first use, or a later one."""
    if facts.sealed is not None:
        return StoredCredential(Use.LATER, facts.sealed.network_transaction_id)
    return StoredCredential(Use.FIRST) if consent else None


def _intent(facts: _Facts, end: PaymentEnd, purchase: Purchase, client_ip: str, due_at: datetime) -> PaymentIntent:
    card = end.card
    return PaymentIntent(
        order_id=facts.order.order_id,
        saved_card_id=end.saved_card_id,
        brand=card.number.brand,
        card_mask=card.number.merchant_mask,
        card_expiry=card.expiry.mm_yy,
        cardholder=card.cardholder,
        entry_mode=purchase.entry_mode,
        remember=end.consent is not None,
        terminal_id=purchase.terminal_id,
        stan=purchase.stan,
        rrn=purchase.rrn,
        acquirer_id=purchase.acquirer_id,
        client_ip=client_ip,
        sent_at=facts.now,
        turnover_on=end.counter.day if end.counter else None,
        message=OperationMessage.AUTHORISATION if facts.order.two_stage else OperationMessage.PURCHASE,
        due_at=due_at,
    )
