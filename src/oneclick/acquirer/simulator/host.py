"""The acquirer host: a message in, the answer out, and the ledger written in between. It knows no connection."""

import secrets
from dataclasses import dataclass, field

import structlog

from oneclick.acquirer.fields import Message
from oneclick.acquirer.messages import (
    PURCHASE_CODE,
    Mti,
    NetworkFunction,
    NetworkManagement,
    Use,
    write_network_management,
)
from oneclick.acquirer.simulator.cards import APPROVED, Answering, CardVerdict, judge
from oneclick.acquirer.simulator.ledger import Entry, Ledger, LedgerState
from oneclick.acquirer.simulator.movements import INVALID_AMOUNT, INVALID_TRANSACTION, decide
from oneclick.acquirer.simulator.requests import (
    FORMAT_ERROR,
    PaymentRequest,
    is_later_message,
    read_later_message,
    write_answer,
    write_later_message_answer,
    write_refusal,
)
from oneclick.clock import Clock
from oneclick.errors import WireError

NOT_SIGNED_ON = "91"
REVERSED_BEFORE = "05"  # for a payment whose reversal came first
_USES = {Use.FIRST.value: "first", Use.LATER.value: "later"}

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True)
class HostReply:
    """The answer's bytes, and when they go out."""

    data: bytes = field(repr=False)
    answering: Answering = Answering.AT_ONCE


class AcquirerHost:
    """The acquirer that judges each message. Source: acquirer.md, Simulator."""

    def __init__(self, ledger: Ledger, mac_key: bytes, clock: Clock) -> None:
        self._ledger = ledger
        self._mac_key = mac_key
        self._clock = clock

    def manage(self, request: NetworkManagement, *, is_signed_on: bool) -> HostReply:
        """The answer to a sign-on, sign-off or echo; ``is_signed_on``: once it has been dealt with."""
        code = APPROVED if is_signed_on or request.function is NetworkFunction.SIGN_OFF else NOT_SIGNED_ON
        answer = NetworkManagement(request.trace, request.function, code)
        return HostReply(write_network_management(answer, self._mac_key))

    def answer(self, message: Message, *, is_signed_on: bool) -> HostReply:
        """The answer to a financial message. Raises ``WireError`` if it can't have one, since it has no trace."""
        if not is_signed_on:
            return self._refuse(message, NOT_SIGNED_ON)
        try:
            return self._later_message(message) if is_later_message(message) else self._pay(message)
        except WireError:
            return self._refuse(message, FORMAT_ERROR)

    def _pay(self, message: Message) -> HostReply:
        """Judges a payment, or finds that it has been judged; it is answered as its card does."""
        request = PaymentRequest.read(message)
        if request.processing_code != PURCHASE_CODE:
            return self._refuse(message, INVALID_TRANSACTION)
        if request.amount.amount_minor == 0:
            return self._refuse(message, INVALID_AMOUNT)
        verdict = judge(request.card_number, request.expiry, request.cvc2, self._clock.now().date())
        entry = self._ledger.settle(
            request.trace, lambda is_reversed: _entry(request, verdict, is_reversed=is_reversed)
        )
        _log.info("simulator_payment", stan=entry.stan, terminal=entry.terminal, response_code=entry.response_code)
        return HostReply(write_answer(request, entry, self._mac_key), verdict.answering)

    def _later_message(self, message: Message) -> HostReply:
        """Decides on a completion, reversal or refund, or finds that it has been decided."""
        movement = self._ledger.move(read_later_message(message), decide)
        _log.info(
            "simulator_later_message",
            kind=movement.kind,
            stan=movement.stan,
            terminal=movement.terminal,
            response_code=movement.response_code,
        )
        return HostReply(write_later_message_answer(message, movement, self._mac_key))

    def _refuse(self, message: Message, response_code: str) -> HostReply:
        return HostReply(write_refusal(message, response_code, self._mac_key))


def _entry(request: PaymentRequest, verdict: CardVerdict, *, is_reversed: bool) -> Entry:
    """What goes into the ledger: an approval gets its authorisation id here, and the id of a kept card's first use.

    A payment that was reversed before it came is never approved.
    """
    is_approved = verdict.response_code == APPROVED and not is_reversed
    is_first = request.stored_credential == Use.FIRST
    approved_minor = request.amount.amount_minor if is_approved else 0
    is_captured = request.mti == Mti.PURCHASE
    approved = LedgerState.CAPTURED if is_captured else LedgerState.AUTHORISED
    return Entry(
        mti=request.mti,
        terminal=request.trace.terminal_id,
        stan=request.trace.stan,
        transmission=request.trace.transmission,
        rrn=request.rrn,
        billnumber=request.billnumber,
        pan_last4=request.pan_last4,
        amount_minor=request.amount.amount_minor,
        currency=request.amount.currency,
        response_code=REVERSED_BEFORE if is_reversed and verdict.response_code == APPROVED else verdict.response_code,
        authorisation_id=_digits(6) if is_approved else None,
        cvc2_result=verdict.cvc2_result,
        entry_mode=request.entry_mode.value,
        stored_credential=None if request.stored_credential is None else _USES[request.stored_credential],
        initiator=None if request.initiator is None else "customer",
        network_transaction_id=_digits(15) if is_first and is_approved else request.network_transaction_id,
        state=(approved if is_approved else LedgerState.DECLINED).value,
        authorised_minor=approved_minor,
        captured_minor=approved_minor if is_captured else 0,
        refunded_minor=0,
    )


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}}"
