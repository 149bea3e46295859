"""What an answer lets a browser do, pinned: the headers of every kind of answer, and every script with its hash."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from oneclick.app import build_gateway
from oneclick.clock import SystemClock
from oneclick.database.orders import NewOrder
from oneclick.database.pool import Pool
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.money import Money
from oneclick.payments.lives import OrderState
from oneclick.settings import Settings
from oneclick.vault.keyring import Keyring
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.rendering import STATIC_FOLDER
from support.rows import MERCHANT_ID, NOW, put_merchant, put_order, put_payment

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs" / "operations" / "scripts.md"

EVERY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "strict-transport-security": "max-age=31536000",
}
NOT_KEPT = {"cache-control": "no-store"}
KEPT = {"cache-control": "public, max-age=31536000, immutable"}
HTML = {"content-type": "text/html; charset=utf-8"}
XML = {"content-type": "text/xml; charset=utf-8"}
JSON = {"content-type": "application/json"}


def policy(frame_ancestors: str = "'none'", form_action: str = "'self'") -> dict[str, str]:
    """The Content-Security-Policy of a page."""
    return {
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"base-uri 'none'; frame-ancestors {frame_ancestors}; form-action {form_action}"
    }


TO_SHOPS = "'self' https: http:"
PAGE = HTML | NOT_KEPT | policy()
FRAMES = '[page]\nframe_ancestors = ["https://shop.example", "http://m.shop.example:8080"]\n'


@dataclass(frozen=True)
class Answer:
    """What came out of the gateway."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def pinned(self) -> dict[str, str]:
        """All headers but those that only say how long, how old or how often."""
        uninteresting = {"content-length", "etag", "last-modified", "accept-ranges", "retry-after"}
        return {name: value for name, value in self.headers.items() if name not in uninteresting}


@dataclass(frozen=True)
class Gateway:
    """The whole gateway in this process, as the composition root builds it: HTTPS, and a real database if it runs."""

    site: ASGIApp
    cfsids: CfsidCodec

    async def ask(  # noqa: PLR0913, PLR0917  # a request has these parts
        self, method: str, path: str, query: str = "", body: bytes = b"", kind: str = "", etag: str = ""
    ) -> Answer:
        headers = {"content-type": kind, "if-none-match": etag}
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
            "client": ("192.0.2.7", 1),
            "server": ("pay.test", 443),
            "scheme": "https",
            "root_path": "",
        }
        sent: list[Message] = []

        bodies = [body]

        async def receive() -> Message:
            if not bodies:
                await asyncio.Event().wait()  # the client stays
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.site(scope, receive, send)
        start, *parts = sent
        names = [name.decode() for name, _ in start["headers"]]
        assert len(names) == len(set(names)), "a header twice"
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

    def of(self, order_id: OrderId) -> str:
        """The query that names an order."""
        return f"CFSID={self.cfsids.write(order_id)}"


def _gateway(keyring: Keyring, folder: Path, database_url: str, **more: object) -> Gateway:
    mac_key = folder / "mac.key"
    mac_key.write_text("ab" * 32)
    mac_key.chmod(0o600)
    values = {
        "database_url": database_url,
        "key_file": folder / "keys.json",
        "public_url": "https://pay.test",
        "acquirer_host": "127.0.0.1",
        "acquirer_port": 1,  # nobody is there: no test here pays
        "acquirer_mac_key_file": mac_key,
        "acquirer_id": "1",
        "acquirer_terminals": "OCTEST01",
    }
    return Gateway(build_gateway(Settings.model_validate(values | more)), CfsidCodec(keyring.link_key))


@pytest.fixture
def closed(keyring: Keyring, tmp_path: Path) -> Gateway:
    """A gateway that hasn't been started: whatever needs the database fails."""
    return _gateway(keyring, tmp_path, "postgresql://nobody@127.0.0.1:1/none")


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[None]:
    """The gateway's lifespan."""
    site: Any = gateway.site
    app = site._site  # noqa: SLF001  # what the guard guards
    async with app.router.lifespan_context(app):
        yield


@pytest.mark.parametrize(
    ("asked", "status", "headers"),
    [
        (("GET", "/pay/body.cfm", "ErrorID=7.158"), 200, PAGE | {"errorid": "7.158"}),
        (("GET", "/pay/body.cfm", "Language=%FF"), 400, PAGE | {"errorid": "4.0"}),
        (("GET", "/pay/pay.cfm", "CFSID=none"), 404, PAGE | {"errorid": "10.201"}),
        (("POST", "/pay/pay.cfm", "CFSID=none"), 404, PAGE | {"errorid": "10.201"}),
        (("GET", "/pay/result.cfm"), 404, PAGE | {"errorid": "10.201"}),
        (("GET", "/nothing"), 404, PAGE | {"errorid": "10.0"}),
        (("GET", "/pay/pay.cfm/"), 404, PAGE | {"errorid": "10.0"}),
        (("GET", "/pay/static/nothing.js"), 404, PAGE | {"errorid": "10.0"}),
        (("GET", "/pay/static/../rendering.py"), 404, PAGE | {"errorid": "10.0"}),
        (("PUT", "/pay/pay.cfm"), 405, PAGE | {"errorid": "10.0"}),
        (("GET", "/orderstate/orderstate.cfm"), 405, PAGE | {"errorid": "10.0", "allow": "POST"}),
        (("POST", "/pay/static/page.js"), 405, PAGE | {"errorid": "10.0", "allow": "GET, HEAD"}),
        (("POST", "/pay/order.cfm", "", b"x" * 65_537), 413, PAGE | {"errorid": "4.2"}),
        (("POST", "/pay/order.cfm"), 302, NOT_KEPT | {"location": "https://pay.test/pay/body.cfm?ErrorID=3.100"}),
        (("POST", "/orderstate/orderstate.cfm"), 200, XML | NOT_KEPT),
        (("POST", "/orderstate/orderstate.cfm", "Format=5"), 400, JSON | NOT_KEPT),
        (("GET", "/health"), 503, JSON | NOT_KEPT),
        (("GET", "/pay/static/page.js"), 200, KEPT | {"content-type": "text/javascript; charset=utf-8"}),
        (("GET", "/pay/static/page.css"), 200, KEPT | {"content-type": "text/css; charset=utf-8"}),
        (("GET", "/pay/static/lock.svg"), 200, KEPT | {"content-type": "image/svg+xml"}),
    ],
    ids=lambda value: " ".join(map(str, value[:3]))[:60] if isinstance(value, tuple) else "",
)
async def test_an_answer_that_needs_no_order_has_these_headers_and_no_others(
    closed: Gateway, asked: tuple[Any, ...], status: int, headers: dict[str, str]
) -> None:
    """B15: a header that is added, lost or changed is seen here."""
    answer = await closed.ask(*asked)
    if status == 405 and asked[0] == "PUT":
        assert sorted(answer.headers.pop("allow").split(", ")) == ["GET", "HEAD"]
    assert (answer.status, answer.pinned) == (status, EVERY | headers)


async def test_a_failure_is_a_page_with_the_same_headers_and_no_word_of_its_cause(closed: Gateway) -> None:
    """B15, P 6.5: the database isn't open here, so the order that a right link names can't be read."""
    link = closed.of(OrderId(MERCHANT_ID, 5_000_000_000_000_001))
    for method, path in (("GET", "/pay/pay.cfm"), ("POST", "/pay/pay.cfm"), ("GET", "/pay/result.cfm")):
        answer = await closed.ask(method, path, f"{link}&action=delete")
        assert (answer.status, answer.pinned) == (500, EVERY | PAGE | {"errorid": "2.0"})
        assert not re.search(rb"Pool|Error|Traceback|\.py|psycopg", answer.body)


async def test_who_asks_too_often_is_told_so_with_the_same_headers(keyring: Keyring, tmp_path: Path) -> None:
    """B15, P 6.6: a page for a person, XML and JSON for a shop's server."""
    bounds = dict.fromkeys(
        ("page_requests_per_address_per_minute_max", "service_requests_per_address_per_minute_max"), 1
    )
    gateway = _gateway(keyring, tmp_path, "postgresql://nobody@127.0.0.1:1/none", **bounds)
    for method, path, query, headers in (
        ("GET", "/pay/body.cfm", "", PAGE | {"errorid": "17.3"}),
        ("POST", "/orderstate/orderstate.cfm", "", XML | NOT_KEPT),
        ("POST", "/orderstate/orderstate.cfm", "Format=5", JSON | NOT_KEPT),
        ("POST", "/pay/order.cfm", "", PAGE | {"errorid": "17.3"}),
    ):
        await gateway.ask(method, path, query)
        answer = await gateway.ask(method, path, query)
        assert (answer.status, answer.pinned) == (429, EVERY | headers)
        assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    "framed",
    [("", "'none'"), (FRAMES, "https://shop.example http://m.shop.example:8080")],
    ids=["no frames", "two origins"],
)
async def test_b15_the_pages_of_an_order_have_these_headers_and_no_others(
    pool: Pool, keyring: Keyring, database_url: str, tmp_path: Path, framed: tuple[str, str]
) -> None:
    """B15: nobody may frame a page but the merchant's own origins; a form leaves the gateway only on the way back."""
    merchant, frame_ancestors = framed
    one_click = (
        "[one_click]\nenabled = true\n[returns]\nok = 'https://shop.example/ok'\nno = 'https://shop.example/no'\n"
    )
    await put_merchant(pool, keyring, one_click + merchant)
    gateway = _gateway(keyring, tmp_path, database_url)
    stays = EVERY | HTML | NOT_KEPT | policy(frame_ancestors)
    leads_away = EVERY | HTML | NOT_KEPT | policy(frame_ancestors, TO_SHOPS)
    async with running(gateway):
        payable = gateway.of(await put_order(pool, _order("A-1")))
        paid = gateway.of(await put_payment(pool, _order("A-2")))
        declined = gateway.of(await put_payment(pool, _order("A-3"), OrderState.DECLINED))
        for asked, status, headers in (
            (("GET", "/pay/pay.cfm", payable), 200, stays),
            (("POST", "/pay/pay.cfm", payable, b"CVC2=1", "application/x-www-form-urlencoded"), 422, stays),
            (("GET", "/pay/result.cfm", paid), 200, leads_away),
            (("GET", "/pay/result.cfm", declined), 200, leads_away),
            (("GET", "/pay/pay.cfm", f"{payable}&type=json"), 200, EVERY | JSON | NOT_KEPT),
            (("GET", "/pay/result.cfm", f"{paid}&type=json"), 200, EVERY | JSON | NOT_KEPT),
            (("GET", "/pay/pay.cfm", paid), 303, EVERY | NOT_KEPT | {"location": f"/pay/result.cfm?{paid}"}),
            (("GET", "/pay/result.cfm", payable), 303, EVERY | NOT_KEPT | {"location": f"/pay/pay.cfm?{payable}"}),
        ):
            answer = await gateway.ask(*asked)
            errorid = {"errorid": "4.106, 4.142, 4.115"} if status == 422 else {}
            assert (answer.status, answer.pinned) == (status, headers | errorid), asked


async def test_b15_a_refused_order_is_shown_where_its_merchant_may_show_it(
    pool: Pool, keyring: Keyring, database_url: str, tmp_path: Path
) -> None:
    """B15: in a frame of the shop a refusal isn't blank; an address without a merchant that is there gets no frame."""
    await put_merchant(pool, keyring, FRAMES)
    gateway = _gateway(keyring, tmp_path, database_url)
    origins = "https://shop.example http://m.shop.example:8080"
    async with running(gateway):
        answer = await gateway.ask("GET", "/pay/order.cfm", f"Merchant_ID={MERCHANT_ID}&Language=EN")
        refusal = f"ErrorID=3.107&Language=EN&Merchant_ID={MERCHANT_ID}"
        assert answer.headers["location"] == f"https://pay.test/pay/body.cfm?{refusal}"
        for query, frame_ancestors in (
            (refusal, origins),
            ("ErrorID=3.107", "'none'"),
            (f"ErrorID=3.107&Merchant_ID={MERCHANT_ID + 1}", "'none'"),
            ("ErrorID=3.107&Merchant_ID=9999999999", "'none'"),
            ("ErrorID=3.107&Merchant_ID=%3B*", "'none'"),
        ):
            answer = await gateway.ask("GET", "/pay/body.cfm", query)
            expected = EVERY | HTML | NOT_KEPT | policy(frame_ancestors) | {"errorid": "3.107"}
            assert (answer.status, answer.pinned) == (200, expected), query
            assert (f"Merchant_ID={MERCHANT_ID}".encode() in answer.body) is (frame_ancestors == origins)


async def test_a_static_file_that_has_not_changed_is_still_kept(closed: Gateway) -> None:
    """B15: a 304 says what the 200 said, or a browser would load the file anew each time."""
    etag = (await closed.ask("GET", "/pay/static/page.css")).headers["etag"]
    answer = await closed.ask("GET", "/pay/static/page.css", etag=etag)
    assert (answer.status, answer.pinned) == (304, EVERY | KEPT)


def _order(number: str) -> NewOrder:
    now = SystemClock().now()
    return NewOrder(
        customer_base_id=MERCHANT_ID,
        merchant_id=MERCHANT_ID,
        order_number=number,
        two_stage=False,
        amount=Money(100, "RUB"),
        customer_number="c",
        language=Language.EN,
        parameters={},
        created_at=now,
        expires_at=NOW + timedelta(days=1),
    )


def test_no_policy_allows_what_is_inline_or_from_elsewhere() -> None:
    """B15: the policies that are pinned above, read as a hostile page would."""
    for form_action in ("'self'", TO_SHOPS):
        text = policy(form_action=form_action)["content-security-policy"]
        directives = dict(part.split(" ", 1) for part in text.split("; "))
        assert not re.search(r"unsafe-|data:|blob:|\*|nonce-|sha\d|wasm|report", text)
        sources = {name: value for name, value in directives.items() if name != "form-action"}
        assert set(sources.values()) <= {"'none'", "'self'"}
        assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"


def _line(name: str, purpose: str) -> str:
    return f"| {name} | {purpose} | {sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()} |"


def test_every_script_stands_in_the_list_with_its_purpose_and_its_hash() -> None:
    """PCI DSS 6.4.3: a script that was changed or added is read by a person before it is served."""
    rows = re.findall(r"^\| ([^|]+\.[a-z]+) \| ([^|]+) \| ([0-9a-f]+) \|$", LIST.read_text(), re.MULTILINE)
    listed = {name: (purpose, f"| {name} | {purpose} | {digest} |") for name, purpose, digest in rows}
    assert len(listed) == len(rows)
    scripts = {path.name for path in STATIC_FOLDER.rglob("*") if path.is_file() and path.suffix not in {".css", ".svg"}}
    now = {name: _line(name, listed.get(name, ("what it is for",))[0]) for name in sorted(scripts)}
    assert {name: line for name, (_, line) in listed.items()} == now, (
        f"read what changed, then put into {LIST.relative_to(ROOT)}:\n" + "\n".join(now.values())
    )
