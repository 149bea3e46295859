"""Orders signed by SignatureV2 and by the old forms, as docs/protocol tells it, and what the gateway says to them."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from oneclick.assist.codes import Codes
from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.assist.order_signature import SigningTerms, check_signature
from support.rows import MERCHANT_ID, WORD

NOW = datetime(2025, 11, 24, 16, 0, 0, tzinfo=UTC)
STAMP = 1764000000
V2_KEY = "correct-horse-battery-staple-2031"
ORDER = {"Merchant_ID": str(MERCHANT_ID), "OrderNumber": "A-1", "OrderAmount": "100.50", "OrderCurrency": "RUB"}
CUSTOMER = ORDER | {"CustomerNumber": "client-42"}
X = f"{MERCHANT_ID};A-1;100.50;RUB"
RSA_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505  # the protocol's length (P 2.3)
TERMS = SigningTerms(
    secret_word=WORD, public_key=RSA_KEY.public_key(), delimited=True, required=False, v2_key=V2_KEY, old_forms=True
)
LOCKED_OUT = replace(TERMS, old_forms=False)


def v2_text(fields: Mapping[str, str], stamp: int | str = STAMP) -> str:
    """docs/protocol/connect.md, written anew."""
    encoded = {name.lower(): quote(re.sub("\r\n?", "\n", value), safe="") for name, value in fields.items()}
    return f"oneclick-v2\n{stamp}\n" + "&".join(f"{name}={encoded[name]}" for name in sorted(encoded))


def v2(fields: Mapping[str, str], stamp: int | str = STAMP, key: str = V2_KEY) -> str:
    return f"{stamp}.{hmac.new(key.encode(), v2_text(fields, stamp).encode(), hashlib.sha256).hexdigest()}"


def signed(fields: Mapping[str, str], stamp: int = STAMP) -> dict[str, str]:
    return {**fields, "SignatureV2": v2(fields, stamp)}


def by_word(text: str) -> dict[str, str]:
    """P 2.2, written anew."""
    inner = "".join(hashlib.md5(part.encode(), usedforsecurity=False).hexdigest() for part in (WORD, text)).upper()
    return {"Checkvalue": hashlib.md5(inner.encode(), usedforsecurity=False).hexdigest().upper()}


def by_key(text: str) -> dict[str, str]:
    raw = RSA_KEY.sign(text.encode(), padding.PKCS1v15(), hashes.MD5())  # noqa: S303  # P 2.3
    return {"Signature": base64.b64encode(raw).decode()}


def request(fields: Mapping[str, str]) -> OrderRequest:
    read = read_order_request(fields.items())
    assert isinstance(read, OrderRequest), read
    return read


def verdict(
    fields: Mapping[str, str], terms: SigningTerms = TERMS, *, takes_part: bool = True, now: datetime = NOW
) -> str:
    """The codes of the reading, or the reason of the signature's refusal."""
    read = read_order_request(fields.items())
    if isinstance(read, Codes):
        return f"unread {read}"
    refused = check_signature(read, terms, takes_part=takes_part, now=now)
    return refused.reason if refused is not None else "right"
