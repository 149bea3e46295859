"""Fields of an operation for shops: one table from a field's name to its text, and for each answer its names. Pure.

A further answer is a further tuple of names. Sources: P 4.2, 5.4, 5.8, 12.16.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from oneclick.assist.answer_texts import AnswerTexts, texts_of
from oneclick.assist.dates import protocol_date
from oneclick.card import Brand
from oneclick.languages import Language
from oneclick.money import Money
from oneclick.payments.lives import OperationKind


@dataclass(frozen=True, kw_only=True)
class OperationFacts:
    """An operation of an order as a shop is told of it: values only; the card by its merchant mask (B9).

    ``as_code`` is one of ``AS_CODES``; ``answered_at`` is None while the operation is open.
    """

    merchant_id: int
    order_number: str
    billnumber: int
    operation_number: int
    order_amount: Money
    order_state: str
    order_created_at: datetime
    parameters: Mapping[str, str]
    language: Language
    kind: OperationKind
    amount: Money
    brand: Brand
    card_mask: str
    card_expiry: str
    cardholder: str
    as_code: str
    authorisation_id: str | None
    rrn: str
    client_ip: str
    answered_at: datetime | None
    packet_at: datetime
    test_mode: bool

    @property
    def words(self) -> AnswerTexts:
        """The code's three texts, in the language."""
        return texts_of(self.as_code, self.language, self.kind)


_Text = Callable[[OperationFacts], str]


def _always(text: str) -> _Text:
    return lambda _: text


def _sent(name: str) -> _Text:
    """The text of a parameter of the payment request; empty if none came."""
    return lambda facts: facts.parameters.get(name, "")


# What the gateway doesn't know, or doesn't do: the issuer, 3-D Secure, tokens.
_UNKNOWN = (
    "alphaauthresult", "authrequired", "authresult", "bankcountry", "challenge", "checkvalue", "eci", "issuebank",
    "meansubtype", "processingname", "signature", "token", "version",
)  # fmt: skip

_TEXTS: Mapping[str, _Text] = {
    **dict.fromkeys(_UNKNOWN, _always("")),
    "amount": lambda facts: facts.amount.protocol_text,
    "approvalcode": lambda facts: facts.authorisation_id or "",
    "billnumber": lambda facts: f"{facts.billnumber}.{facts.operation_number}",
    "cardexpirationdate": lambda facts: facts.card_expiry,
    "cardholder": lambda facts: facts.cardholder,
    "clientip": lambda facts: facts.client_ip,
    "currency": lambda facts: facts.amount.currency,
    "customermessage": lambda facts: facts.words.customer_message,
    "email": _sent("Email"),
    "firstname": _sent("Firstname"),
    "ipaddress": lambda facts: facts.client_ip,
    "lastname": _sent("Lastname"),
    "meannumber": lambda facts: facts.card_mask,
    "meantype_id": lambda facts: str(facts.brand.mean_type_id),
    "meantypename": lambda facts: facts.brand.value,
    "merchant_id": lambda facts: str(facts.merchant_id),
    "message": lambda facts: facts.words.message,
    "middlename": _sent("Middlename"),
    "operationdate": lambda facts: protocol_date(facts.answered_at) if facts.answered_at else "",
    "operationtype": lambda facts: str(facts.kind.operation_type),
    "orderamount": lambda facts: facts.order_amount.protocol_text,
    "ordercomment": _sent("OrderComment"),
    "ordercurrency": lambda facts: facts.order_amount.currency,
    "orderdate": lambda facts: protocol_date(facts.order_created_at),
    "ordernumber": lambda facts: facts.order_number,
    "orderstate": lambda facts: facts.order_state,
    "packetdate": lambda facts: protocol_date(facts.packet_at),
    "protocolname": _always("NET"),
    "protocoltypename": _always("NET"),
    "rate": _always("1"),
    "recommendation": lambda facts: facts.words.recommendation,
    "responsecode": lambda facts: facts.as_code,
    "slipno": lambda facts: facts.rrn,
    "testmode": lambda facts: "1" if facts.test_mode else "0",
}

# A notification (P 4.2, 12.16); its checkvalue is filled in by who knows the secret word.
NOTIFICATION_FIELDS = (
    "merchant_id", "ordernumber", "billnumber", "testmode", "ordercomment", "orderamount", "ordercurrency", "amount",
    "currency", "rate", "firstname", "lastname", "middlename", "email", "clientip", "ipaddress", "meantype_id",
    "meantypename", "meansubtype", "meannumber", "cardholder", "cardexpirationdate", "issuebank", "bankcountry",
    "orderdate", "orderstate", "responsecode", "message", "customermessage", "recommendation", "approvalcode",
    "protocoltypename", "processingname", "operationtype", "operationdate", "authresult", "authrequired", "slipno",
    "packetdate", "signature", "checkvalue", "token", "version", "alphaauthresult", "challenge", "eci",
)  # fmt: skip
# The checkvalue of a notification is over these, without delimiters (P 4.2, 12.15).
NOTIFICATION_SIGNED_FIELDS = ("merchant_id", "ordernumber", "amount", "currency", "orderstate")
# An answer of charge.cfm, wscancel.cfm and cancel.cfm (P 5.4, 5.8).
SERVICE_FIELDS = (
    "ordernumber", "responsecode", "recommendation", "message", "ordercomment", "orderdate", "amount", "currency",
    "meantype_id", "meantypename", "meannumber", "lastname", "firstname", "middlename", "issuebank", "email",
    "bankcountry", "rate", "approvalcode", "meansubtype", "cardholder", "cardexpirationdate", "ipaddress",
    "protocolname", "testmode", "customermessage", "orderstate", "processingname", "operationtype", "billnumber",
    "orderamount", "ordercurrency", "slipno", "packetdate", "signature",
)  # fmt: skip


def operation_texts(facts: OperationFacts, names: Sequence[str]) -> dict[str, str]:
    """The named fields' texts, in their order. Raises ``KeyError`` on a name that the table hasn't."""
    return {name: _TEXTS[name](facts) for name in names}
