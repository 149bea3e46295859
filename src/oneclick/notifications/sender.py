"""Sends notifications by HTTP, and never inward: private addresses and unusual ports are refused.

The address is judged after its name was resolved, and the connection goes to the judged address, so that a name can't
turn to another one in between. Redirects are not followed. Source: P 4.2 (ports); docs/rules.md F1; SECURITY.md.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from oneclick.notifications.plan import Reply, Verdict, read_reply

PORTS = frozenset({80, 443, 8080, 8443})
_ANSWER_BYTES_MAX = 64 * 1024

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Addresses:
    """Which addresses may be called: public ones on the protocol's ports, and the networks that the settings allow."""

    allowed_networks: tuple[Network, ...]

    def may_call(self, address: str, port: int) -> bool:
        """Whether an IP address and port may be called."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if any(ip.version == network.version and ip in network for network in self.allowed_networks):
            return True
        return ip.is_global and not ip.is_multicast and port in PORTS


class _JudgedResolver(AbstractResolver):
    """Resolves names, and gives back only the addresses that may be called."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [result for result in found if self._addresses.may_call(result["host"], port)]
        if not allowed:
            message = "the address may not be called"
            raise OSError(message)
        return allowed

    async def close(self) -> None:
        await self._inner.close()


class NotificationSender:
    """One HTTP client for a worker. Open it as an async context."""

    def __init__(self, addresses: Addresses, timeout_s: float = 30.0) -> None:
        self._addresses = addresses
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=min(10.0, timeout_s))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(resolver=_JudgedResolver(self._addresses), limit=20, use_dns_cache=False)
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, body: bytes) -> Reply:
        """Posts a form; never raises for what the other side does. A refused address is no answer, and says so."""
        if self._session is None:
            message = "the sender is not open"
            raise RuntimeError(message)
        if not self._may_be_tried(url):
            return Reply(Verdict.NO_ANSWER, "the address may not be called")
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                return read_reply(response.status, await response.content.read(_ANSWER_BYTES_MAX))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Reply(Verdict.NO_ANSWER, type(error).__name__)

    def _may_be_tried(self, url: str) -> bool:
        """The resolver judges names; an address written out never reaches it, so it is judged here."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not host:
            return False
        return self._addresses.may_call(host, port) if _is_ip_address(host) else True


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
