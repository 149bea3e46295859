"""Which string a payment request signs, and whether its ``Checkvalue`` and ``Signature`` are right. Pure.

Source: docs/rules.md A6, A7; P 2.1 to 2.5, 12.2 to 12.6; docs/decisions/0004-signed-strings.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from oneclick.outcome import First, Refused, Second
from oneclick.payments.order_request import OrderRequest
from oneclick.signature import checkvalue_holds, rsa_signature_holds

WRONG = Refused(First.AUTHENTICATION, Second.CHECKVALUE)


@dataclass(frozen=True)
class SigningTerms:
    """What a merchant signs with. ``delimited`` off is the old form without semicolons (P 2.5)."""

    secret_word: str = field(repr=False)
    public_key: RSAPublicKey | None
    delimited: bool
    required: bool


def check_signature(request: OrderRequest, terms: SigningTerms, *, takes_part: bool) -> Refused | None:
    """Refuses a request whose signature is missing where it must be, or wrong where it is.

    An order of a taking-part merchant with a CustomerNumber must be signed (A6). If both forms come, both must be
    right. An empty ``Signature`` or ``Checkvalue`` counts as absent (P 12.5).
    """
    with_customer = takes_part and request.customer_number is not None
    if takes_part and (ambiguous := _ambiguous(request)):
        return ambiguous
    received_checkvalue = request.raw.get("Checkvalue", "").strip()
    received_signature = request.raw.get("Signature", "").strip()
    if not received_checkvalue and not received_signature:
        return WRONG if with_customer or terms.required else None
    strings = list(_signed_strings(request, delimited=terms.delimited or with_customer, with_customer=with_customer))
    # Every form is tried whatever the first gave, so that the time tells nothing.
    holds = True
    if received_checkvalue:
        holds &= True in [checkvalue_holds(terms.secret_word, text, received_checkvalue) for text in strings]
    if received_signature:
        key = terms.public_key
        holds &= key is not None and True in [rsa_signature_holds(key, text, received_signature) for text in strings]
    return None if holds else WRONG


def _ambiguous(request: OrderRequest) -> Refused | None:
    """A7: the string joins values without names, so one value could pass for another.

    Without a customer, another optional value could be replayed as one: then a customer must be there. With
    OrderMaxPoints, which stands before the customer, the points could be: the two exclude each other. A prepayment of
    "1" would read like the flag Disable3DS: it must be written with its decimals.
    """
    others = [name for name in ("OrderMaxPoints", "Disable3DS", "Prepayment") if _optional(request, name)]
    if others and request.customer_number is None:
        return Refused(First.MANDATORY_MISSING, Second.CUSTOMER)
    if "OrderMaxPoints" in others:
        return Refused(First.VALUE, Second.NOTHING_MORE)
    if _optional(request, "Prepayment") == "1":
        return Refused(First.VALUE, Second.AMOUNT)
    return None


def _optional(request: OrderRequest, name: str) -> str:
    """An optional value as sent; "0" and empty are left out of the string (P 2.1, 12.4)."""
    value = request.raw.get(name, "")
    return "" if value == "0" else value


def _signed_strings(request: OrderRequest, *, delimited: bool, with_customer: bool) -> Iterator[str]:
    """The strings that may have been signed: one, or two where the currency was not sent (P 12.3).

    With a customer only the full form counts: without its delimiter, the customer could pass for the currency (A7).
    """
    separator = ";" if delimited else ""
    start = [request.raw["Merchant_ID"], request.raw["OrderNumber"], request.raw["OrderAmount"]]
    currency = request.raw.get("OrderCurrency", "")
    names = ("OrderMaxPoints", "CustomerNumber", "Disable3DS", "Prepayment")
    optional = [value for name in names if (value := _optional(request, name))]
    yield separator.join([*start, currency, *optional])
    if not currency and not with_customer:
        yield separator.join([*start, *optional])
