"""The gateway as payers' browsers and shops' servers see it: addresses, forms, signatures. By the protocol alone."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin

import aiohttp

from faults.plan import Merchant

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
_SERVER_ERROR = 500
_UNAVAILABLE = 503
_REPEATED_FOR_S = 40.0
_PAUSE_MAX_S = 1.0

Seen = TypeVar("Seen")


class BrokenError(Exception):
    """No answer, or one that says nothing: the asker doesn't know what became of its request."""


@dataclass(frozen=True)
class Reply:
    """An answer; ``location`` is complete, empty without a redirect."""

    status: int
    location: str
    body: str


def amount_text(amount_minor: int) -> str:
    """As the protocol writes it."""
    return f"{amount_minor // 100}.{amount_minor % 100:02}"


def checkvalue(secret_word: str, signed: str) -> str:
    """The protocol's checkvalue, computed here once more, apart from the gateway's code."""
    parts = "".join(hashlib.md5(text.encode()).hexdigest() for text in (secret_word, signed))  # noqa: S324
    return hashlib.md5(parts.upper().encode()).hexdigest().upper()  # noqa: S324


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An order that a shop opens."""

    merchant: Merchant
    number: str
    amount_minor: int
    customer: str
    two_stage: bool

    def form(self) -> dict[str, str]:
        """The signed request."""
        names = {
            "Merchant_ID": str(self.merchant.merchant_id),
            "OrderNumber": self.number,
            "OrderAmount": amount_text(self.amount_minor),
            "OrderCurrency": "RUB",
            "CustomerNumber": self.customer,
        }
        value = checkvalue(self.merchant.secret_word, ";".join(names.values()))
        return names | {"Checkvalue": value, "Delay": str(int(self.two_stage)), "Language": "EN"}


class Gateway:
    """An HTTP client that follows no redirect and keeps no cookie. Every request is bounded in time."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def ask(self, path: str, form: Mapping[str, str] | None = None) -> Reply:
        """GET, or POST when there is a form. Raises ``BrokenError``."""
        url = urljoin(self._url, path)
        method = "GET" if form is None else "POST"
        try:
            async with self._http.request(method, url, data=form, allow_redirects=False, timeout=_TIMEOUT) as answer:
                body = (await answer.content.read(256 * 1024)).decode(errors="replace")
                location = answer.headers.get("Location", "")
                reply = Reply(answer.status, urljoin(url, location) if location else "", body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise BrokenError from error
        if reply.status >= _SERVER_ERROR and reply.status != _UNAVAILABLE:
            raise BrokenError
        return reply

    async def open_order(self, wanted: Wanted) -> str:
        """The payment page's address; empty if the order is refused. Raises ``BrokenError``."""
        reply = await self.ask("/pay/order.cfm", wanted.form())
        if "pay.cfm?CFSID=" in reply.location:
            return reply.location
        if "ErrorID=" in reply.location:
            return ""
        raise BrokenError

    async def bill(self, link: str) -> str:
        """The order's billnumber."""
        for path in ("pay.cfm", "result.cfm"):
            reply = await self.ask(f"{_at(link, path)}&type=json")
            found = re.search(r'"billnumber":\s*"(\d+)"', reply.body)
            if found:
                return found[1]
        raise BrokenError

    async def result(self, link: str) -> str:
        """What the payer is told: approved, declined, checking, expired; or ``payable``, when nothing was begun."""
        reply = await self.ask(_at(link, "result.cfm"))
        if "/pay.cfm" in reply.location:
            return "payable"
        found = re.search(r'class="result (\w+)', reply.body)
        if found is None:
            raise BrokenError
        return found[1]

    async def money(self, path: str, form: Mapping[str, str]) -> dict[str, str]:
        """A charge's or a cancel's answer: its codes, and the fields of the operation if it isn't refused."""
        reply = await self.ask(path, {**form, "Format": "3"})
        codes = re.search(r'firstcode="(\d+)" secondcode="(\d+)"', reply.body)
        if codes is None:
            raise BrokenError
        fields = dict(re.findall(r"<(\w+)>([^<]*)</\1>", reply.body))
        return {"first": codes[1], "second": codes[2]} | fields

    async def is_well(self) -> bool:
        """Whether database and acquirer are there."""
        try:
            return (await self.ask("/health")).status == 200
        except BrokenError:
            return False


async def politely(do: Callable[[], Awaitable[Seen]], for_s: float = _REPEATED_FOR_S) -> Seen:
    """Repeats what breaks, with growing pauses, for so long. Raises ``BrokenError`` at the end."""
    until = asyncio.get_running_loop().time() + for_s
    pause_s = 0.05
    while True:
        try:
            return await do()
        except BrokenError:
            if asyncio.get_running_loop().time() > until:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _PAUSE_MAX_S)


def _at(link: str, page: str) -> str:
    return re.sub(r"/\w+\.cfm", f"/{page}", link)
