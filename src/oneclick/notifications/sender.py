"""Sends notifications by HTTP, and never inward: private addresses and unusual ports are refused.

The address is judged when its connection is made, after its name was resolved, so that a name can't turn to another one
in between. Redirects are not followed. Source: P 4.2 (ports); docs/rules.md F1; SECURITY.md.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp.connector import AddrInfoType

from oneclick.networks import Network
from oneclick.notifications.plan import DeliveryVerdict, MerchantReply, read_reply

PORTS = frozenset({80, 443, 8080, 8443})
_ANSWER_BYTES_MAX = 64 * 1024
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True)
class Addresses:
    """The addresses that may be called: public ones on the protocol's ports, and networks that the settings allow."""

    allowed_networks: tuple[Network, ...]

    def may_call(self, address: str, port: int) -> bool:
        """True if the port of that IP address may be called."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            ip = _carried(ip)
        if any(ip.version == network.version and ip in network for network in self.allowed_networks):
            return True
        return ip.is_global and not (ip.is_multicast or _is_site_local(ip)) and port in PORTS


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address within an IPv6 one: mapped, 6to4, NAT64 (RFC 6052) or the old compatible form; else itself."""
    carried = ip.ipv4_mapped or ip.sixtofour
    if carried is None and (ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1)):
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return carried or ip


def _is_site_local(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local


class _ForbiddenError(OSError):
    """An address that may not be called."""


class NotificationSender:
    """One HTTP client for a worker. Open it as an async context."""

    def __init__(self, addresses: Addresses, timeout_s: float = 30.0) -> None:
        self._addresses = addresses
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(10.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=20, use_dns_cache=False, socket_factory=self._judged_socket)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=self._timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, body: bytes) -> MerchantReply:
        """Posts a form; never raises for what the other side does. A refused address is no answer, and says so."""
        if self._session is None:
            message = "the sender is not open"
            raise RuntimeError(message)
        if not url.startswith(("http://", "https://")):
            return MerchantReply(DeliveryVerdict.NO_ANSWER, "not an address")
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                return read_reply(response.status, await _read(response.content))
        except aiohttp.ClientConnectorError as error:
            forbidden = isinstance(error.os_error, _ForbiddenError)
            return MerchantReply(
                DeliveryVerdict.NO_ANSWER, "the address may not be called" if forbidden else type(error).__name__
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return MerchantReply(DeliveryVerdict.NO_ANSWER, type(error).__name__)

    def _judged_socket(self, address: AddrInfoType) -> socket.socket:
        """Every connection comes through here, after its name was resolved and however its address was spelled."""
        family, kind, protocol, _, place = address
        if not self._addresses.may_call(str(place[0]), int(place[1])):
            raise _ForbiddenError
        return socket.socket(family, kind, protocol)


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The answer to its end, or to the bound."""
    body = bytearray()
    while len(body) < _ANSWER_BYTES_MAX and (piece := await content.read(_ANSWER_BYTES_MAX - len(body))):
        body += piece
    return bytes(body)
