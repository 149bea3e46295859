"""The messages of the link as frozen values, and how each becomes fields and comes back. Pure.

Payments, answers and network management; what follows a payment is in ``later_messages``. The only place of the gateway
that puts clear card digits into a message: they live in local names and in the bytes that are returned, nowhere else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message, Tag, reject
from oneclick.card import CardNumber, Cvc2, EntryMode, Expiry
from oneclick.card_clear import clear
from oneclick.ids import STAN_MAX
from oneclick.money import AMOUNT_MINOR_MAX, Money


class Mti(StrEnum):
    """The types of messages. Source: acquirer.md, Messages."""

    AUTHORISATION = "0100"
    AUTHORISATION_ANSWER = "0110"
    PURCHASE = "0200"
    PURCHASE_ANSWER = "0210"
    COMPLETION = "0220"
    COMPLETION_ANSWER = "0230"
    REVERSAL = "0420"
    REVERSAL_ANSWER = "0430"
    NETWORK = "0800"
    NETWORK_ANSWER = "0810"


# Who asks with the one is answered with the other. A refund is a 0200, too: its processing code tells.
ANSWER_OF: Mapping[str, Mti] = {
    Mti.AUTHORISATION: Mti.AUTHORISATION_ANSWER,
    Mti.PURCHASE: Mti.PURCHASE_ANSWER,
    Mti.COMPLETION: Mti.COMPLETION_ANSWER,
    Mti.REVERSAL: Mti.REVERSAL_ANSWER,
}
_ANSWERS = frozenset(ANSWER_OF.values())


class Use(StrEnum):
    """The use that a payment makes of a kept card (DE48, tag SC)."""

    FIRST = "F"
    LATER = "L"


class NetworkFunction(StrEnum):
    """The function of a network management message: ISO field 70."""

    SIGN_ON = "001"
    SIGN_OFF = "002"
    ECHO = "301"


_FUNCTIONS = frozenset(function.value for function in NetworkFunction)
PURCHASE_CODE = "000000"  # DE3: goods and services, no account chosen
_PIN_CAPABILITY = "2"  # the last digit of DE22: no PIN can be entered
E_COMMERCE = "59"  # DE25
_INITIATED_BY_CUSTOMER = "C"
_TERMINAL = re.compile(r"[!-~]{8}")


@dataclass(frozen=True)
class Trace:
    """The tie of answer and request: STAN, transmission time as ``MMDDhhmmss`` UTC, and terminal (DE11, 7, 41)."""

    stan: int
    transmission: str
    terminal_id: str

    @classmethod
    def at(cls, moment: datetime, stan: int, terminal_id: str) -> Self:
        """The trace of a message sent at the moment, in UTC; raises ``WireError`` when a part doesn't fit."""
        if moment.utcoffset() != timedelta(0) or not 1 <= stan <= STAN_MAX or not _TERMINAL.fullmatch(terminal_id):
            reject("a trace has a wrong STAN, terminal or time")
        return cls(stan, f"{moment:%m%d%H%M%S}", terminal_id)

    @classmethod
    def of(cls, message: Message) -> Self:
        """The trace of a received message; raises ``WireError`` if it has none."""
        return cls(int(message.require(11)), message.require(7), message.require(41))

    @property
    def fields(self) -> dict[int, str]:
        """Fields 7, 11 and 41."""
        return {7: self.transmission, 11: f"{self.stan:06}", 41: self.terminal_id}


@dataclass(frozen=True)
class AnswerKey:
    """The key of an answer: its type, its trace and, when a reversal is partial, its replacement amounts (DE95).

    The type is in it since a reversal has the trace of its original, whose own answer may still come.
    """

    mti: str
    trace: Trace
    replacement: str | None = None

    @classmethod
    def of(cls, message: Message) -> Self:
        """The key of a received answer; raises ``WireError`` if it has no trace."""
        replacement = message.fields.get(95) if message.mti == Mti.REVERSAL_ANSWER else None
        return cls(message.mti, Trace.of(message), replacement)


@dataclass(frozen=True)
class StoredCredential:
    """The mark of a payment whose card will be kept (first use) or was kept (later use, with the first use's id).

    Source: acquirer.md, ISO field 48.
    """

    use: Use
    network_transaction_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """A payment (processing code 000000), checked when it is made: in one stage (0200), or the first of two (0100).

    ``transmitted_at`` is in UTC, ``local_time`` in the merchant's zone. ``stored_credential`` is None when the payer
    keeps no card. In two stages the amount is only held, until a ``Completion`` takes it. Raises ``WireError``, without
    data, when a part doesn't fit its field. Source: acquirer.md, Fields.
    """

    terminal_id: str
    stan: int
    transmitted_at: datetime
    local_time: datetime
    rrn: str
    amount: Money
    card_number: CardNumber
    expiry: Expiry
    cvc2: Cvc2
    entry_mode: EntryMode
    stored_credential: StoredCredential | None
    billnumber: str
    acquirer_id: str
    card_acceptor_id: str
    name_and_place: str
    mcc: str
    two_stage: bool = False

    def __post_init__(self) -> None:
        if self.local_time.tzinfo is None:
            reject("the local time has no time zone")
        if not 1 <= self.amount.amount_minor <= AMOUNT_MINOR_MAX:
            reject("the amount is out of bounds")
        for number, text in {**self.trace.fields, **_open_fields(self)}.items():
            fields.check(number, text)
        fields.encode_private(_open_private(self))

    @property
    def mti(self) -> Mti:
        """The message's type."""
        return Mti.AUTHORISATION if self.two_stage else Mti.PURCHASE

    @property
    def trace(self) -> Trace:
        """The trace that names the payment at the acquirer."""
        return Trace.at(self.transmitted_at, self.stan, self.terminal_id)

    @property
    def answer_key(self) -> AnswerKey:
        """The key that its answer is known by."""
        return AnswerKey(ANSWER_OF[self.mti], self.trace)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The acquirer's word: 0110, 0210, 0230 or 0430. Two-character ``response_code``; "00" is the only approval.

    The network transaction id and the CVC2's result ("M" or "N") come with the answer to a payment only.
    """

    response_code: str
    authorisation_id: str | None
    rrn: str
    network_transaction_id: str | None
    cvc2_result: str | None


@dataclass(frozen=True)
class NetworkManagement:
    """Sign-on, sign-off or echo: a request (0800), or an answer (0810) when it has a response code."""

    trace: Trace
    function: NetworkFunction
    response_code: str | None = None


def write_purchase(purchase: Purchase, mac_key: bytes) -> bytes:
    """The bytes of a 0100 or 0200, with its MAC. They hold clear card digits: write them to the wire and drop them."""
    private = {Tag.CVC2: clear(purchase.cvc2)} | _open_private(purchase)
    card = {2: clear(purchase.card_number), 48: fields.encode_private(private)}
    return mac.seal(Message(purchase.mti, purchase.trace.fields | _open_fields(purchase) | card), mac_key)


def read_answer(message: Message) -> Answer:
    """The answer in a 0110, 0210, 0230 or 0430; raises ``WireError`` if it is another message or a part is missing."""
    if message.mti not in _ANSWERS:
        reject("the message is no answer")
    private = fields.decode_private(message.fields.get(48, ""))
    return Answer(
        response_code=message.require(39),
        authorisation_id=message.fields.get(38),
        rrn=message.require(37),
        network_transaction_id=private.get(Tag.NETWORK_TRANSACTION_ID),
        cvc2_result=private.get(Tag.CVC2_RESULT),
    )


def write_network_management(message: NetworkManagement, mac_key: bytes) -> bytes:
    """The bytes of a 0800 or 0810, with its MAC; raises ``WireError`` when a part doesn't fit its field."""
    texts = message.trace.fields | {70: message.function.value}
    if message.response_code is None:
        return mac.seal(Message(Mti.NETWORK, texts), mac_key)
    return mac.seal(Message(Mti.NETWORK_ANSWER, texts | {39: message.response_code}), mac_key)


def read_network_management(message: Message) -> NetworkManagement:
    """The sign-on, sign-off or echo in a message; raises ``WireError`` if it is another one or a part is missing."""
    if message.mti not in {Mti.NETWORK, Mti.NETWORK_ANSWER} or message.require(70) not in _FUNCTIONS:
        reject("the message is no network management that we know")
    response_code = message.require(39) if message.mti == Mti.NETWORK_ANSWER else None
    return NetworkManagement(Trace.of(message), NetworkFunction(message.require(70)), response_code)


def _open_fields(purchase: Purchase) -> dict[int, str]:
    """The fields without card digits."""
    return {
        3: PURCHASE_CODE,
        4: f"{purchase.amount.amount_minor:012}",
        12: f"{purchase.local_time:%H%M%S}",
        13: f"{purchase.local_time:%m%d}",
        14: purchase.expiry.yymm,
        18: purchase.mcc,
        22: purchase.entry_mode + _PIN_CAPABILITY,
        25: E_COMMERCE,
        32: purchase.acquirer_id,
        37: purchase.rrn,
        42: purchase.card_acceptor_id.ljust(15),
        43: purchase.name_and_place.ljust(40),
        49: purchase.amount.numeric_currency,
    }


def _open_private(purchase: Purchase) -> dict[Tag, str]:
    """The private data without the CVC2."""
    values = {Tag.BILLNUMBER: purchase.billnumber}
    kept = purchase.stored_credential
    if kept is None:
        return values
    values |= {Tag.STORED_CREDENTIAL: kept.use.value, Tag.INITIATOR: _INITIATED_BY_CUSTOMER}
    if kept.network_transaction_id is not None:
        values[Tag.NETWORK_TRANSACTION_ID] = kept.network_transaction_id
    return values
