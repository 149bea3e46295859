"""The CFSID: names an order in a payer's address line, and can't be guessed.

It is the order's id with a MAC over it, so that a forged one is turned away without asking the database, and the same
order always has the same link. Source: P 1.1, 12.8 (characters).
"""

import hashlib
import hmac
import re

from oneclick.ids import OrderId

_MAC_BYTES = 20
_SHAPE = re.compile(rf"[0-9a-f]{{{2 * (8 + 8 + _MAC_BYTES)}}}")


class CfsidCodec:
    """Makes and reads CFSIDs under the link key of 32 bytes."""

    def __init__(self, link_key: bytes) -> None:
        self._key = link_key

    def write(self, order_id: OrderId) -> str:
        """The CFSID of an order: hexadecimal digits only."""
        named = order_id.customer_base_id.to_bytes(8, "big") + order_id.billnumber.to_bytes(8, "big")
        return (named + self._mac(named)).hex()

    def read(self, text: str) -> OrderId | None:
        """The order that a CFSID names, or None for a forged or broken one. Constant time in the MAC."""
        if not _SHAPE.fullmatch(text):
            return None
        raw = bytes.fromhex(text)
        named, mac = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, self._mac(named)):
            return None
        return OrderId(int.from_bytes(named[:8], "big"), int.from_bytes(named[8:], "big"))

    def _mac(self, named: bytes) -> bytes:
        return hmac.digest(self._key, b"cfsid:" + named, hashlib.sha256)[:_MAC_BYTES]
