"""How often one may ask: by the client's address, and by the order that a page names.

Each web process counts by itself, in memory: with N processes a client gets at most N times as much. So this bounds
damage (guessed CVC2 codes, flooded pages) and is no business limit; no database row is spent on a request.
"""

import ipaddress
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from starlette.requests import Request

from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.reading import Unreadable, one, read_query

ClockNs = Callable[[], int]

_WINDOW_NS = 60_000_000_000
_SECOND_NS = 1_000_000_000
_KEYS_MAX = 50_000  # less than 10 MB for each of the three bounds
_LOOKED_AT = 8
_dice = secrets.SystemRandom()


class RequestBound:
    """At most so many requests of one key in a window of one minute.

    A window is the same for all keys. It begins with the first request after the last one ended, and then all counts
    are forgotten; so 60 seconds across two windows may hold twice the maximum. What is refused isn't counted.

    When there are more keys than ``keys_max``, a new one takes the place of the one that has asked least among a few
    picked at random. A key that has asked n times is forgotten only if most others have asked as often: whoever wants
    to start afresh has to send about n times ``keys_max`` requests, from as many addresses, within the minute.
    """

    def __init__(self, requests_max: int, clock_ns: ClockNs, keys_max: int = _KEYS_MAX) -> None:
        self._requests_max = requests_max
        self._clock_ns = clock_ns
        self._keys_max = keys_max
        self._counts: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []  # the same keys, to pick from
        self._ends_ns: int | None = None

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._keys)

    def wait_s(self, key: Hashable) -> int:
        """0 if the request may pass, which counts it; else the whole seconds, 1 to 60, till the window ends."""
        now = self._clock_ns()
        if self._ends_ns is None or now >= self._ends_ns:
            self._counts, self._keys, self._ends_ns = {}, [], now + _WINDOW_NS
        count = self._counts.get(key, 0)
        if count >= self._requests_max:
            return -((now - self._ends_ns) // _SECOND_NS)
        if count == 0:
            self._take_place(key)
        self._counts[key] = count + 1
        return 0

    def _take_place(self, key: Hashable) -> None:
        if len(self._keys) < self._keys_max:
            self._keys.append(key)
            return
        places = _dice.sample(range(len(self._keys)), min(_LOOKED_AT, len(self._keys)))
        quietest = min(places, key=lambda place: self._counts[self._keys[place]])
        del self._counts[self._keys[quietest]]
        self._keys[quietest] = key


@dataclass(frozen=True)
class TooOften:
    """A request that is one too many: by which count, ``address`` or ``order``, and when it may come again."""

    bound: str
    retry_after_s: int


@dataclass(frozen=True, kw_only=True)
class BoundsOptions:
    """The most requests a minute: to the payer's pages by address and by order, to the services by address."""

    page_requests_per_address_max: int
    page_requests_per_order_max: int
    service_requests_per_address_max: int


class Bounds:
    """The bounds of the doors. One instance a process.

    ``clock_ns`` gives nanoseconds that never go back, such as ``time.monotonic_ns``.
    """

    def __init__(
        self, options: BoundsOptions, client_address: ClientAddress, cfsids: CfsidCodec, clock_ns: ClockNs
    ) -> None:
        self._client_address = client_address
        self._cfsids = cfsids
        self._pages_by_address = RequestBound(options.page_requests_per_address_max, clock_ns)
        self._pages_by_order = RequestBound(options.page_requests_per_order_max, clock_ns)
        self._services_by_address = RequestBound(options.service_requests_per_address_max, clock_ns)

    def service(self, request: Request) -> TooOften | None:
        """Counts what a shop's server asks; no body is read."""
        return self._by_address(self._services_by_address, request)

    def page(self, request: Request) -> TooOften | None:
        """Counts a browser's request; no body is read.

        An order counts if the address line names a real one: a forged name is turned away at no cost, and must not
        fill the memory.
        """
        too_often = self._by_address(self._pages_by_address, request)
        if too_often is not None:
            return too_often
        try:
            order_id = self._cfsids.read(one(read_query(request), "CFSID"))
        except Unreadable:
            return None  # the door says what is wrong with it
        wait_s = self._pages_by_order.wait_s(order_id) if order_id is not None else 0
        return TooOften("order", wait_s) if wait_s else None

    def _by_address(self, bound: RequestBound, request: Request) -> TooOften | None:
        wait_s = bound.wait_s(address_key(self._client_address(request)))
        return TooOften("address", wait_s) if wait_s else None


def address_key(address: str) -> str:
    """The key of a client's address: IPv6 by its /64, which is what one household gets. Unknown ones count together."""
    if not address:
        return ""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:  # IPv4 on a socket of both kinds
        return str(ip.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(ip), 64), strict=False))
