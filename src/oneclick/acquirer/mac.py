"""The message authentication code: HMAC-SHA-256 cut to 8 bytes, the last bytes of each message (DE128). Pure."""

import hmac

from oneclick.acquirer import fields

MAC_BYTES = 8
_EMPTY = "0" * 2 * MAC_BYTES


def seal(message: fields.Message, mac_key: bytes) -> bytes:
    """The message's bytes with DE128 filled in; raises ``WireError`` if a field doesn't fit the table.

    Source: acquirer.md, MAC; ISO field 128.
    """
    unsigned = fields.encode(fields.Message(message.mti, {**message.fields, fields.MAC: _EMPTY}))[:-MAC_BYTES]
    return unsigned + _code(unsigned, mac_key)


def holds(received: bytes, mac_key: bytes) -> bool:
    """True if the last 8 bytes are the right MAC over all before them. Takes constant time."""
    return hmac.compare_digest(received[-MAC_BYTES:], _code(received[:-MAC_BYTES], mac_key))


def _code(unsigned: bytes, mac_key: bytes) -> bytes:
    return hmac.digest(mac_key, unsigned, "sha256")[:MAC_BYTES]
