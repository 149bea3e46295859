"""The simulator's reading of a message and its writing of the answer. Pure; digits become secrets while it reads."""

from dataclasses import dataclass, field
from typing import Self

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message, Tag, reject
from oneclick.acquirer.later_messages import REFUND_CODE, read_original_data, read_replacement
from oneclick.acquirer.messages import ANSWER_OF, PURCHASE_CODE, Mti, Trace
from oneclick.acquirer.simulator.ledger import Entry, Movement, MovementKind
from oneclick.card import CardNumber, Cvc2, EntryMode, Expiry
from oneclick.money import Money, alphabetic_currency

FORMAT_ERROR = "30"
_ENTRY_MODE_DIGITS = 2
_ENTRY_MODES = frozenset(mode.value for mode in EntryMode)
_MONTHS = range(1, 13)
_PAN_DIGITS_MIN = 12
_MANDATORY = (2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 32, 37, 41, 42, 43, 48, 49)
_MANDATORY_LATER = (3, 4, 7, 11, 25, 32, 37, 41, 42, 48, 49, 90)
_CARD_DATA = frozenset({2, 14})
_PAYMENTS = frozenset({Mti.AUTHORISATION.value, Mti.PURCHASE.value})
_KINDS = {Mti.COMPLETION: MovementKind.COMPLETION, Mti.REVERSAL: MovementKind.REVERSAL}
_ACQUIRER_ID_DIGITS = 11
_REPLACEMENT = 95


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """A 0100 or 0200 as the acquirer reads it. ``card_number`` is None when the PAN's check digit is wrong."""

    trace: Trace
    mti: str
    processing_code: str
    rrn: str
    amount: Money
    card_number: CardNumber | None
    pan_last4: str
    expiry: Expiry
    cvc2: Cvc2 | None
    entry_mode: EntryMode
    billnumber: str
    stored_credential: str | None
    initiator: str | None
    network_transaction_id: str | None
    echoed: dict[int, str] = field(repr=False)

    @classmethod
    def read(cls, message: Message) -> Self:
        """Reads the message; raises ``WireError``, without data, when something is missing or makes no sense."""
        text = {number: message.require(number) for number in _MANDATORY}
        private = fields.decode_private(text[48])
        currency = alphabetic_currency(text[49])
        mode, month = text[22][:_ENTRY_MODE_DIGITS], int(text[14][2:])
        if currency is None or mode not in _ENTRY_MODES or month not in _MONTHS or Tag.BILLNUMBER not in private:
            reject("the payment makes no sense")
        card_number = CardNumber.read(text[2])
        return cls(
            trace=Trace.of(message),
            mti=message.mti,
            processing_code=text[3],
            rrn=text[37],
            amount=Money(int(text[4]), currency),
            card_number=card_number,
            pan_last4=text[2][-4:] if len(text[2]) >= _PAN_DIGITS_MIN else "",
            expiry=Expiry(2000 + int(text[14][:2]), month),
            cvc2=_cvc2(private, card_number),
            entry_mode=EntryMode(mode),
            billnumber=private[Tag.BILLNUMBER],
            stored_credential=private.get(Tag.STORED_CREDENTIAL),
            initiator=private.get(Tag.INITIATOR),
            network_transaction_id=private.get(Tag.NETWORK_TRANSACTION_ID),
            echoed={number: text[number] for number in (3, 4, 37, 42, 49)},
        )


def is_later_message(message: Message) -> bool:
    """True if the message is a completion, reversal or refund: a 0200 tells by its processing code."""
    return message.mti in _KINDS or (message.mti == Mti.PURCHASE and message.fields.get(3) == REFUND_CODE)


def read_later_message(message: Message) -> Movement:
    """A 0220, 0420 or 0200 with processing code 200000, as a movement without an answer.

    Raises ``WireError``, without data, when something is missing or makes no sense.
    """
    text = {number: message.require(number) for number in _MANDATORY_LATER}
    private = fields.decode_private(text[48])
    if _CARD_DATA & message.fields.keys() or Tag.CVC2 in private:
        reject("a later message carries no card data")
    currency = alphabetic_currency(text[49])
    original, trace = read_original_data(text[90]), Trace.of(message)
    kind = _KINDS.get(Mti(message.mti), MovementKind.REFUND)
    if kind is MovementKind.REVERSAL:
        terminal: str | None = trace.terminal_id
        agrees = (trace.stan, trace.transmission) == (original.stan, original.transmission)
    else:
        terminal = private.get(Tag.ORIGINAL_TERMINAL)
        agrees = _REPLACEMENT not in message.fields
    agrees = agrees and text[3] == (REFUND_CODE if kind is MovementKind.REFUND else PURCHASE_CODE)
    agrees = agrees and original.acquirer_id == text[32].zfill(_ACQUIRER_ID_DIGITS) and original.mti in _PAYMENTS
    if not agrees or terminal is None or currency is None or Tag.BILLNUMBER not in private:
        reject("the later message makes no sense")
    return Movement(
        kind=kind.value,
        mti=message.mti,
        terminal=trace.terminal_id,
        stan=trace.stan,
        transmission=trace.transmission,
        original_mti=original.mti,
        original_terminal=terminal,
        original_stan=original.stan,
        original_transmission=original.transmission,
        rrn=text[37],
        billnumber=private[Tag.BILLNUMBER],
        amount_minor=int(text[4]),
        replacement_minor=_replacement(message),
        currency=currency,
        response_code="",
        authorisation_id=message.fields.get(38),
    )


def write_answer(request: PaymentRequest, entry: Entry, mac_key: bytes) -> bytes:
    """The bytes of the 0110 or 0210 that says what the ledger holds."""
    private = {Tag.BILLNUMBER: request.billnumber, Tag.CVC2_RESULT: entry.cvc2_result}
    if entry.network_transaction_id is not None and entry.authorisation_id is not None:
        private[Tag.NETWORK_TRANSACTION_ID] = entry.network_transaction_id
    texts = request.trace.fields | request.echoed | {39: entry.response_code, 48: fields.encode_private(private)}
    if entry.authorisation_id is not None:
        texts[38] = entry.authorisation_id
    return mac.seal(Message(ANSWER_OF[request.mti], texts), mac_key)


def write_later_message_answer(message: Message, movement: Movement, mac_key: bytes) -> bytes:
    """The bytes of the 0210, 0230 or 0430 that says what the ledger holds."""
    texts = {number: message.require(number) for number in (3, 4, 7, 11, 37, 41, 42, 49, 90)}
    texts |= {39: movement.response_code, 48: fields.encode_private({Tag.BILLNUMBER: movement.billnumber})}
    if movement.authorisation_id is not None:
        texts[38] = movement.authorisation_id
    return mac.seal(Message(ANSWER_OF[message.mti], texts | _replacement_echoed(message)), mac_key)


def write_refusal(message: Message, response_code: str, mac_key: bytes) -> bytes:
    """The bytes of an answer to what never came into the ledger; raises ``WireError`` if it has no trace."""
    texts = Trace.of(message).fields | {37: message.require(37), 39: response_code}
    return mac.seal(Message(ANSWER_OF[message.mti], texts | _replacement_echoed(message)), mac_key)


def _replacement(message: Message) -> int:
    """The new amount of a partial reversal, 0 if it is none; raises ``WireError`` when it is no amount."""
    if _REPLACEMENT not in message.fields:
        return 0
    replacement_minor = read_replacement(message.require(_REPLACEMENT))
    if replacement_minor == 0:
        reject("a reversal down to nothing is a full one, and has no DE95")
    return replacement_minor


def _replacement_echoed(message: Message) -> dict[int, str]:
    """DE95, which tells the answer to a partial reversal from that to another one."""
    return (
        {_REPLACEMENT: message.require(_REPLACEMENT)}
        if message.mti == Mti.REVERSAL and _REPLACEMENT in message.fields
        else {}
    )


def _cvc2(private: dict[Tag, str], card_number: CardNumber | None) -> Cvc2 | None:
    """The CVC2, or None when there is none or its length isn't the brand's."""
    if card_number is None or Tag.CVC2 not in private:
        return None
    return Cvc2.read(private[Tag.CVC2], card_number.brand.cvc2_digits)
