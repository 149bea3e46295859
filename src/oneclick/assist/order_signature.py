"""Which string a payment request signs, and whether ``Checkvalue``, ``Signature`` and ``SignatureV2`` are right. Pure.

Source: docs/rules.md A6, A7; P 2.1 to 2.5, 12.2 to 12.6; docs/decisions/0004-signed-strings.md, 0008-signature-v2.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from oneclick.assist.order_request import SIGNATURE_V2, OrderRequest
from oneclick.assist.signature import checkvalue_holds, hmac_holds, rsa_signature_holds
from oneclick.outcome import Reason, Refused

# An order's default life: so long a shop's page may stand open. The rest is for clocks that differ.
V2_AGE_MAX = timedelta(minutes=30)
V2_AHEAD_MAX = timedelta(minutes=5)

_SIGNATURES = ("Checkvalue", "Signature", "SignatureV2")
_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, kw_only=True)
class SigningTerms:
    """The keys and forms by which a merchant signs. ``delimited`` off is the old form without semicolons (P 2.5).

    ``v2_key`` None: it doesn't sign by ``SignatureV2``. ``old_forms`` off: by nothing else (A7).
    """

    secret_word: str = field(repr=False)
    public_key: RSAPublicKey | None
    delimited: bool
    required: bool
    v2_key: str | None = field(repr=False)
    old_forms: bool


def check_signature(request: OrderRequest, terms: SigningTerms, *, takes_part: bool, now: datetime) -> Refused | None:
    """Refuses a request whose signature is missing where it must be, or wrong where it is.

    An order of a taking-part merchant with a CustomerNumber must be signed (A6). If several forms come, all must be
    right; an empty one counts as absent (P 12.5). Where the old forms are locked out, every order must be signed by v2,
    and the old ones say nothing, neither for it nor against it (A7). ``now`` judges the time stamp of v2.
    """
    v2 = _received(request, "SignatureV2")
    received_checkvalue = _received(request, "Checkvalue")
    received_signature = _received(request, "Signature")
    old = bool(received_checkvalue or received_signature)
    if not terms.old_forms or (v2 and not old):
        return None if _v2_holds(request, v2, terms.v2_key, now) else Refused(Reason.SIGNATURE_WRONG)
    # Beside v2, too: an old form that counts could be replayed without it.
    if takes_part and (ambiguous := _ambiguous(request)):
        return ambiguous
    with_customer = takes_part and request.customer_number is not None
    if not old:
        return Refused(Reason.SIGNATURE_WRONG) if with_customer or terms.required else None
    strings = list(_signed_strings(request, delimited=terms.delimited or with_customer, with_customer=with_customer))
    # Every form is tried whatever the first gave, so that the time tells nothing.
    holds = not v2 or _v2_holds(request, v2, terms.v2_key, now)
    if received_checkvalue:
        holds &= True in [checkvalue_holds(terms.secret_word, text, received_checkvalue) for text in strings]
    if received_signature:
        key = terms.public_key
        holds &= key is not None and True in [rsa_signature_holds(key, text, received_signature) for text in strings]
    return None if holds else Refused(Reason.SIGNATURE_WRONG)


def _received(request: OrderRequest, name: str) -> str:
    return request.raw.get(name, "").strip()


def _v2_holds(request: OrderRequest, received: str, key: str | None, now: datetime) -> bool:
    """Whether a ``SignatureV2`` is right and of this time, both bounds included. Constant time (A6)."""
    match = SIGNATURE_V2.fullmatch(received)
    if match is None or key is None:
        return False
    holds = hmac_holds(key, _v2_text(request, match[1]), match[2])
    age = now - datetime.fromtimestamp(int(match[1]), UTC)
    return holds and -V2_AHEAD_MAX <= age <= V2_AGE_MAX


def _v2_text(request: OrderRequest, signed_at: str) -> str:
    """Every known parameter that came, with its name: no value can pass for another, none be added or left out (A7).

    Unknown names decide nothing, and trackers add them to links: they are left out. Line ends count as one line feed,
    because browsers post all of them as CR LF.
    """
    fields = sorted(
        (name.lower(), quote(_LINE_END.sub("\n", value), safe=""))
        for name, value in request.raw.items()
        if name not in _SIGNATURES
    )
    return f"oneclick-v2\n{signed_at}\n" + "&".join(f"{name}={value}" for name, value in fields)


def _ambiguous(request: OrderRequest) -> Refused | None:
    """A7: the old string joins values without names, so one value could pass for another.

    Without a customer, another optional value could be replayed as one: then a customer must be there. With
    OrderMaxPoints, which stands before the customer, the points could be: the two exclude each other. A prepayment of
    "1" would read like the flag Disable3DS: it must be written with its decimals.
    """
    others = [name for name in ("OrderMaxPoints", "Disable3DS", "Prepayment") if _optional(request, name)]
    if others and request.customer_number is None:
        return Refused(Reason.CUSTOMER_REQUIRED)
    if "OrderMaxPoints" in others:
        return Refused(Reason.SIGNED_POINTS_AMBIGUOUS)
    if _optional(request, "Prepayment") == "1":
        return Refused(Reason.SIGNED_PREPAYMENT_AMBIGUOUS)
    return None


def _optional(request: OrderRequest, name: str) -> str:
    """An optional value as sent; "0" and empty are left out of the string (P 2.1, 12.4)."""
    value = request.raw.get(name, "")
    return "" if value == "0" else value


def _signed_strings(request: OrderRequest, *, delimited: bool, with_customer: bool) -> Iterator[str]:
    """The strings that may have been signed in the old forms: one, or two where the currency was not sent (P 12.3).

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
