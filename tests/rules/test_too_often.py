"""What a site answers to those who ask too often, and whom it leaves alone; with doors and a clock of the test."""

import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message
from structlog.testing import capture_logs

from oneclick.ids import OrderId
from oneclick.web.answers import Answers
from oneclick.web.bounds import Bounds, BoundsOptions
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.pay_page.pages import PAY, RESULT
from oneclick.web.rendering import Renderer
from oneclick.web.services.order import ORDER, REFUSAL
from oneclick.web.services.state import STATE
from oneclick.web.site import SiteOptions, build_site

MINUTE_NS = 60_000_000_000
PROXY, PAYER, ANOTHER = "10.0.0.1", "198.51.100.1", "198.51.100.2"
CFSIDS = CfsidCodec(b"a link key of thirty-two bytes..")
ORDERS = [CFSIDS.write(OrderId(1, billnumber)) for billnumber in (1, 2)]
OPTIONS = BoundsOptions(
    page_requests_per_address_max=4, page_requests_per_order_max=2, service_requests_per_address_max=3
)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: str
    was_read: bool


@dataclass
class _Visited:
    """A site whose doors answer well to everybody; ``served`` are the paths that reached a door."""

    now_ns: int = 5_000_000_000
    served: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        client_address = ClientAddress((ipaddress.ip_network(PROXY),))
        bounds = Bounds(OPTIONS, client_address, CFSIDS, lambda: self.now_ns)
        doors = [Route(path, self._door, methods=["GET", "POST"]) for path in (PAY, RESULT, REFUSAL, ORDER, STATE)]
        answers = Answers(Renderer(https=True))
        self._site = build_site(doors, self._health, answers, self._lifespan, SiteOptions(bounds=bounds, https=True))

    async def ask(
        self, path: str, query: str = "", body: bytes | None = None, *, payer: str = PAYER, **headers: str
    ) -> _Answer:
        """GET, or POST when there is a body, through the proxy."""
        sent: list[Message] = []
        was_read = False

        async def receive() -> Message:
            nonlocal was_read
            was_read = True
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        named = {"x-forwarded-for": payer} | {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "client": (PROXY, 1),
        }
        await self._site(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return _Answer(sent[0]["status"], told, b"".join(part["body"] for part in sent[1:]).decode(), was_read)

    async def _door(self, request: Request) -> Response:
        await request.body()
        self.served.append(request.url.path)
        return PlainTextResponse("well")

    async def _health(self) -> dict[str, bool]:
        return {"database": True}

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield


@pytest.mark.parametrize(
    ("paths", "allowed"),
    [((PAY, RESULT, REFUSAL), 4), ((ORDER, STATE), 3)],
)
async def test_bounds_count_the_doors_of_one_kind_together_and_by_address(paths: tuple[str, ...], allowed: int) -> None:
    """Pages by their setting, services by theirs; the body of what is refused stays unread; then it opens again."""
    visited = _Visited()
    for number in range(allowed):
        assert (await visited.ask(paths[number % len(paths)], body=b"a=1")).status == 200
    for path in paths:
        refused = await visited.ask(path, body=b"a=1")
        assert (refused.status, refused.headers["retry-after"], refused.was_read) == (429, "60", False)
        assert refused.headers["cache-control"] == "no-store"
    assert len(visited.served) == allowed
    assert (await visited.ask(paths[0], payer=ANOTHER)).status == 200
    visited.now_ns += MINUTE_NS - 1
    assert (await visited.ask(paths[0])).headers["retry-after"] == "1"
    visited.now_ns += 1
    assert (await visited.ask(paths[0])).status == 200


async def test_bounds_count_an_order_from_wherever_it_is_asked_for() -> None:
    """Whoever guesses the CVC2 of one order gains nothing by many addresses; another order isn't touched."""
    visited = _Visited()
    for payer in ("198.51.100.3", "198.51.100.4"):
        assert (await visited.ask(PAY, f"cfsid={ORDERS[0]}", payer=payer)).status == 200
    for path, body in ((PAY, b"CVC2=123"), (PAY, None), (RESULT, None)):
        refused = await visited.ask(path, f"Language=EN&CFSID={ORDERS[0]}", body, payer=ANOTHER)
        assert (refused.status, refused.was_read) == (429, False)
    assert (await visited.ask(PAY, f"CFSID={ORDERS[1]}", b"CVC2=123", payer=ANOTHER)).status == 200


@pytest.mark.parametrize(
    "query", ["", "CFSID=", f"CFSID={ORDERS[0][:32]}{'0' * 40}", f"CFSID=x&CFSID={ORDERS[0]}", "CFSID=%FF"]
)
async def test_bounds_count_a_forged_link_by_its_address_alone(query: str) -> None:
    """The door turns it away; it takes no place in the memory and nothing from the real order."""
    visited = _Visited()
    statuses = [(await visited.ask(PAY, query)).status for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert (await visited.ask(PAY, f"CFSID={ORDERS[0]}", payer=ANOTHER)).status == 200


async def test_bounds_leave_health_static_files_and_unknown_paths_uncounted() -> None:
    """A probe asks often; a page brings its files along."""
    visited = _Visited()
    for _ in range(20):
        assert (await visited.ask("/health")).status == 200
        assert (await visited.ask("/static/none")).status == 404
        assert (await visited.ask("/none")).status == 404
    assert (await visited.ask(PAY)).status == 200


async def test_bounds_answer_in_the_language_and_form_of_who_asks() -> None:
    """P 6.5, 6.6: 17.3. A page for people, in their language; orderstate speaks XML or JSON (P 12.10, 12.11)."""
    visited = _Visited()
    for _ in range(4):
        await visited.ask(PAY)
        await visited.ask(STATE)
    for wished, language in (("en", 'lang="en"'), ("ru", 'lang="ru"')):
        page = await visited.ask(PAY, accept_language=wished)
        assert (page.status, page.headers["errorid"]) == (429, "17.3")
        assert language in page.body
        assert "17.3" in page.body
    xml = await visited.ask(STATE, body=b"Format=3")
    assert (xml.status, xml.headers["content-type"]) == (429, "text/xml; charset=utf-8")
    assert xml.body.endswith('<result firstcode="17" secondcode="3" count="0"></result>')
    for query, kind in (("", "application/json; charset=utf-8"), ("format=5", "text/plain")):
        told = await visited.ask(STATE, query, b"{}", content_type=kind)
        assert (told.status, told.headers["retry-after"]) == (429, "60")
        assert json.loads(told.body) == {"firstcode": 17, "secondcode": 3}


async def test_bounds_log_the_path_and_which_bound_and_never_an_address() -> None:
    """An address is personal data."""
    visited = _Visited()
    with capture_logs() as logs:
        for _ in range(3):
            await visited.ask(PAY, f"CFSID={ORDERS[0]}")
        for _ in range(2):
            await visited.ask(PAY)
    refused = [line for line in logs if line["event"] == "request refused"]
    assert [(line["path"], line["bound"], line["code"]) for line in refused] == [
        (PAY, "order", "17.3"),
        (PAY, "address", "17.3"),
    ]
    for secret in (PAYER, PROXY, *ORDERS):
        assert secret not in str(logs)
