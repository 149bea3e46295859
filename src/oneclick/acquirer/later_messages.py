"""The later messages about a payment: completion, reversal and refund, as frozen values and as bytes. Pure.

None of them carries a card's number or CVC2: of a card that isn't kept the gateway has neither. They name their
original instead, in each way that an acquirer may look for it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, NoReturn, Self

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message, Tag, reject
from oneclick.acquirer.messages import ANSWER_OF, E_COMMERCE, PURCHASE_CODE, AnswerKey, Mti, Purchase, Trace
from oneclick.money import AMOUNT_MINOR_MAX, Money

REFUND_CODE = "200000"  # DE3: money back, no account chosen
_NO_FORWARDER = "0" * 11
# DE95: the new amount, then a settlement amount and two fees, of which the link uses none.
_NOTHING_ELSE = "0" * 12 + "C00000000" * 2
_REPLACEMENT = re.compile(rf"([0-9]{{12}}){_NOTHING_ELSE}")
_ORIGINAL_DATA = re.compile(rf"([0-9]{{4}})([0-9]{{6}})([0-9]{{10}})([0-9]{{11}}){_NO_FORWARDER}")


@dataclass(frozen=True, kw_only=True)
class Original:
    """The payment that a later message is about, as it was sent.

    ``transmitted_at`` is any aware moment; ``authorisation_id`` is None while no answer is known. Raises ``WireError``,
    without data, when a part doesn't fit its field.
    """

    two_stage: bool
    terminal_id: str
    stan: int
    transmitted_at: datetime
    rrn: str
    amount: Money
    authorisation_id: str | None
    billnumber: str
    acquirer_id: str
    card_acceptor_id: str

    def __post_init__(self) -> None:
        _check_aware(self.transmitted_at)
        if not 1 <= self.amount.amount_minor <= AMOUNT_MINOR_MAX:
            reject("the original's amount is out of bounds")
        _check({**self.trace.fields, **self.texts})
        fields.encode_private({Tag.BILLNUMBER: self.billnumber})

    @classmethod
    def of(cls, purchase: Purchase, authorisation_id: str | None) -> Self:
        """The payment that was sent, with what is known of its answer."""
        return cls(
            two_stage=purchase.two_stage,
            terminal_id=purchase.terminal_id,
            stan=purchase.stan,
            transmitted_at=purchase.transmitted_at,
            rrn=purchase.rrn,
            amount=purchase.amount,
            authorisation_id=authorisation_id,
            billnumber=purchase.billnumber,
            acquirer_id=purchase.acquirer_id,
            card_acceptor_id=purchase.card_acceptor_id,
        )

    @property
    def mti(self) -> Mti:
        """The payment's type."""
        return Mti.AUTHORISATION if self.two_stage else Mti.PURCHASE

    @property
    def trace(self) -> Trace:
        """The trace that named the payment at the acquirer."""
        return Trace.at(self.transmitted_at.astimezone(UTC), self.stan, self.terminal_id)

    @property
    def texts(self) -> dict[int, str]:
        """The fields that every later message takes from its original."""
        trace = self.trace
        found_by = f"{self.mti}{trace.stan:06}{trace.transmission}{self.acquirer_id:0>11}{_NO_FORWARDER}"
        texts = {
            25: E_COMMERCE,
            32: self.acquirer_id,
            37: self.rrn,
            42: self.card_acceptor_id.ljust(15),
            49: self.amount.numeric_currency,
            90: found_by,
        }
        return texts if self.authorisation_id is None else texts | {38: self.authorisation_id}


@dataclass(frozen=True, kw_only=True)
class _Later:
    """A later message with a trace of its own; terminal and STAN are those of the process that sends it.

    ``transmitted_at`` is any aware moment. The amount is in the original's currency, and at most the original's. The
    same trace again is the same message again, which does nothing twice. Raises ``WireError``, without data.
    """

    mti: ClassVar[Mti]
    processing_code: ClassVar[str]

    original: Original
    terminal_id: str
    stan: int
    transmitted_at: datetime
    amount_minor: int

    def __post_init__(self) -> None:
        _check_aware(self.transmitted_at)
        if not 1 <= self.amount_minor <= self.original.amount.amount_minor:
            reject("the amount is out of bounds")
        if self.trace == self.original.trace:
            reject("the trace is the original's")
        _check(self.texts)

    @property
    def trace(self) -> Trace:
        """The trace that names the message at the acquirer."""
        return Trace.at(self.transmitted_at.astimezone(UTC), self.stan, self.terminal_id)

    @property
    def answer_key(self) -> AnswerKey:
        """The key that its answer is known by."""
        return AnswerKey(ANSWER_OF[self.mti], self.trace)

    @property
    def texts(self) -> dict[int, str]:
        """The fields of the message."""
        original = self.original
        private = {Tag.BILLNUMBER: original.billnumber, Tag.ORIGINAL_TERMINAL: original.terminal_id}
        amount = {3: self.processing_code, 4: f"{self.amount_minor:012}"}
        return self.trace.fields | original.texts | amount | {48: fields.encode_private(private)}


@dataclass(frozen=True, kw_only=True)
class Completion(_Later):
    """The charge of a two-stage payment (0220), in full or in part; what isn't taken is released."""

    mti: ClassVar[Mti] = Mti.COMPLETION
    processing_code: ClassVar[str] = PURCHASE_CODE

    def __post_init__(self) -> None:
        if not self.original.two_stage:
            reject("only a two-stage payment is completed")
        super().__post_init__()


@dataclass(frozen=True, kw_only=True)
class Refund(_Later):
    """Money back that was taken (0200, processing code 200000), in full or in part, once or in several refunds."""

    mti: ClassVar[Mti] = Mti.PURCHASE
    processing_code: ClassVar[str] = REFUND_CODE


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """Takes a payment back (0420): all of it, or down to ``replacement_minor``, which is then less than its amount.

    It has the trace of its original: whoever sends it, and however often, it is the same reversal. Raises
    ``WireError``, without data.
    """

    mti: ClassVar[Mti] = Mti.REVERSAL

    original: Original
    replacement_minor: int | None = None

    def __post_init__(self) -> None:
        replacement = self.replacement_minor
        if replacement is not None and not 1 <= replacement < self.original.amount.amount_minor:
            reject("the replacement amount is out of bounds")
        _check(self.texts)

    @property
    def trace(self) -> Trace:
        """The trace of the original."""
        return self.original.trace

    @property
    def answer_key(self) -> AnswerKey:
        """The key that its answer is known by."""
        return AnswerKey(ANSWER_OF[self.mti], self.trace, self.texts.get(95))

    @property
    def texts(self) -> dict[int, str]:
        """The fields of the message."""
        original = self.original
        amount = {3: PURCHASE_CODE, 4: f"{original.amount.amount_minor:012}"}
        private = {48: fields.encode_private({Tag.BILLNUMBER: original.billnumber})}
        texts = self.trace.fields | original.texts | amount | private
        if self.replacement_minor is None:
            return texts
        return texts | {95: f"{self.replacement_minor:012}{_NOTHING_ELSE}"}


LaterMessage = Completion | Reversal | Refund


def write_later_message(message: LaterMessage, mac_key: bytes) -> bytes:
    """The bytes of a 0220, 0420 or 0200, with its MAC."""
    return mac.seal(Message(message.mti, message.texts), mac_key)


@dataclass(frozen=True)
class OriginalData:
    """The original as field 90 names it: its type, STAN and time, and its acquirer's id in 11 digits."""

    mti: str
    stan: int
    transmission: str
    acquirer_id: str


def read_original_data(text: str) -> OriginalData:
    """Reads field 90; raises ``WireError``, without data."""
    match = _ORIGINAL_DATA.fullmatch(text)
    if match is None:
        _refuse(90)
    return OriginalData(match[1], int(match[2]), match[3], match[4])


def read_replacement(text: str) -> int:
    """The replacement amount in field 95, in minor units; raises ``WireError``, without data."""
    match = _REPLACEMENT.fullmatch(text)
    if match is None:
        _refuse(95)
    return int(match[1])


def _refuse(number: int) -> NoReturn:
    reject(f"DE{number} has a wrong form")


def _check_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        reject("the transmission time has no time zone")


def _check(texts: dict[int, str]) -> None:
    for number, text in texts.items():
        fields.check(number, text)
