"""The simulator's reading of a payment and its writing of the answer. Pure; digits become secrets while it reads."""

from dataclasses import dataclass, field
from typing import Self

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message, Tag, reject
from oneclick.acquirer.messages import EntryMode, Mti, Trace
from oneclick.acquirer.simulator.ledger import Entry
from oneclick.card import CardNumber, Cvc2, Expiry
from oneclick.money import Money, alphabetic_currency

FORMAT_ERROR = "30"
_ENTRY_MODE_DIGITS = 2
_ENTRY_MODES = frozenset(mode.value for mode in EntryMode)
_MONTHS = range(1, 13)
_PAN_DIGITS_MIN = 12
_MANDATORY = (2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 32, 37, 41, 42, 43, 48, 49)


@dataclass(frozen=True, kw_only=True)
class PaymentRequest:
    """A 0200 as the acquirer reads it. ``card_number`` is None when the PAN's check digit is wrong."""

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


def write_answer(request: PaymentRequest, entry: Entry, mac_key: bytes) -> bytes:
    """The bytes of the 0210 that says what the ledger holds."""
    private = {Tag.BILLNUMBER: request.billnumber, Tag.CVC2_RESULT: entry.cvc2_result}
    if entry.network_transaction_id is not None and entry.authorisation_id is not None:
        private[Tag.NETWORK_TRANSACTION_ID] = entry.network_transaction_id
    texts = request.trace.fields | request.echoed | {39: entry.response_code, 48: fields.encode_private(private)}
    if entry.authorisation_id is not None:
        texts[38] = entry.authorisation_id
    return mac.seal(Message(Mti.PURCHASE_ANSWER, texts), mac_key)


def write_refusal(message: Message, response_code: str, mac_key: bytes) -> bytes:
    """The bytes of a 0210 to a payment that never came into the ledger; raises ``WireError`` if it has no trace."""
    texts = Trace.of(message).fields | {37: message.require(37), 39: response_code}
    return mac.seal(Message(Mti.PURCHASE_ANSWER, texts), mac_key)


def _cvc2(private: dict[Tag, str], card_number: CardNumber | None) -> Cvc2 | None:
    """The CVC2, or None when there is none or its length isn't the brand's."""
    if card_number is None or Tag.CVC2 not in private:
        return None
    return Cvc2.read(private[Tag.CVC2], card_number.brand.cvc2_digits)
