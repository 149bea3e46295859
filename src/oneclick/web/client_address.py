"""The payer's address: the connection's, or what a trusted proxy says of it. Recorded with each payment (P 4.2)."""

import ipaddress

from starlette.requests import Request

from oneclick.networks import Network


class ClientAddress:
    """Reads the payer's address. ``X-Forwarded-For`` is believed as far as trusted proxies wrote it, and no further."""

    def __init__(self, trusted_proxies: tuple[Network, ...]) -> None:
        self._trusted = trusted_proxies

    def __call__(self, request: Request) -> str:
        """The address nearest to us that is no trusted proxy; empty if the connection has none."""
        # A proxy may add a line of its own below the one that the client sent.
        lines = ",".join(request.headers.getlist("x-forwarded-for"))
        hops = [part.strip() for part in lines.split(",") if part.strip()]
        address = request.client.host if request.client else ""
        while hops and self._is_trusted(address):
            address = hops.pop()
        return address.partition("%")[0] if _ip(address) else ""

    def _is_trusted(self, address: str) -> bool:
        ip = _ip(address)
        return ip is not None and any(ip.version == net.version and ip in net for net in self._trusted)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address without its zone (``%eth0``): any text at all may stand there."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
