"""The rule for a web address: in a merchant's file, and in an order's return addresses. No I/O."""

import re
from urllib.parse import urlsplit

_UNFIT = re.compile(r"[\s\x00-\x1f\x7f\\]")


def is_web_address(text: str) -> bool:
    """True for a web address: it begins with http:// or https://, names a host, and any client can take it apart."""
    if _UNFIT.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
