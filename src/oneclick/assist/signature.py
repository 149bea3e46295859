"""How strings are signed: ``Checkvalue`` (salted MD5), ``Signature`` (MD5withRSA), and the project's own v2.

MD5 is the protocol's choice, not ours: shops that are connected today compute it. Only the forms live here; which
strings are signed is the business of the doors. Source: P 2.2, 2.3; docs/decisions/0008-signature-v2.md.
"""

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def _md5_hex(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def checkvalue(secret_word: str, signed: str) -> str:
    """The checkvalue: 32 upper-case hex digits over the salted string. Source: P 2.2."""
    return _md5_hex((_md5_hex(secret_word) + _md5_hex(signed)).upper()).upper()


def checkvalue_holds(secret_word: str, signed: str, received: str) -> bool:
    """True if a received checkvalue, in either case of letters, is the right one. Constant time (A6)."""
    return hmac.compare_digest(checkvalue(secret_word, signed).encode(), received.strip().upper().encode())


def rsa_signature_holds(public_key: RSAPublicKey, signed: str, received: str) -> bool:
    """True if a base64 MD5withRSA (PKCS#1 v1.5) signature is right; line breaks are passed over. Source: P 2.3."""
    try:
        raw = base64.b64decode("".join(received.split()), validate=True)
        public_key.verify(raw, signed.encode(), padding.PKCS1v15(), hashes.MD5())  # noqa: S303  # the protocol's hash
    except (binascii.Error, InvalidSignature, ValueError):
        return False
    return True


def hmac_hex(key: str, signed: str) -> str:
    """64 lower-case hex digits: HMAC-SHA-256 of a text, key and text in UTF-8. Source: docs/rules.md A7."""
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()


def hmac_holds(key: str, signed: str, received: str) -> bool:
    """True if a received signature, hex digits in either case, is the right one. Constant time (A6)."""
    return hmac.compare_digest(hmac_hex(key, signed).encode(), received.lower().encode())
