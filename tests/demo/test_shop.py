"""The demo shop over HTTP on a real port: sign-in, buying, whose order it is, what a notification changes."""

import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from oneclick.demo.shop import ShopOptions, create_shop
from oneclick.demo.shop.protocol import checkvalue

SECRET = "secret"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Peer:
    """A host at the gateway's address that says the same bytes to every question, and keeps the questions."""

    port: int
    says: bytes = b""
    asked: str = ""

    def knows(self, number: str, amount: str, state: str) -> None:
        """From now on it says this of an order, rightly signed."""
        value = checkvalue(SECRET, f"123456{number}{amount}RUB{state}")
        self.says = (
            f'<?xml version="1.0" encoding="UTF-8"?><result firstcode="0" secondcode="0"><order>'
            f"<ordernumber>{number}</ordernumber><orderamount>{amount}</orderamount><ordercurrency>RUB</ordercurrency>"
            f"<orderstate>{state}</orderstate><checkvalue>{value}</checkvalue></order></result>"
        ).encode()

    async def handle(self, request: web.Request) -> web.Response:
        self.asked = f"{request.method} {request.path_qs} {(await request.read()).decode()}"
        return web.Response(body=self.says, content_type="text/xml")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    host = Peer(free_port())
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", host.port).start()
    yield host
    await runner.cleanup()


@pytest.fixture
def options(tmp_path: Path, peer: Peer) -> ShopOptions:
    port = free_port()
    return ShopOptions(
        port=port,
        shop_url=f"http://127.0.0.1:{port}",
        gateway_url=f"http://127.0.0.1:{peer.port}",
        merchant_id="123456",
        secret_word=SECRET,
        login="shop_login",
        password="shop_pass1",
        data_file=tmp_path / "shop.sqlite3",
    )


@pytest.fixture
async def shop(options: ShopOptions) -> AsyncIterator[str]:
    runner = web.AppRunner(create_shop(options), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    yield options.shop_url
    await runner.cleanup()


class Reader:
    """A browser of one person: keeps cookies, follows nothing by itself."""

    def __init__(self, shop: str) -> None:
        self.shop = shop
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def get(self, path: str) -> tuple[int, str, str]:
        """Status, page and the Refresh header."""
        async with self.http.get(self.shop + path, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Refresh", "")

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Status and the Location header, or the page if there is none."""
        async with self.http.post(self.shop + path, data=fields, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def buy(self, book: str) -> dict[str, str]:
        """Buys a book; the query that the gateway would get."""
        status, location = await self.post("/buy", book=book)
        assert status == 303
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
async def reader(shop: str) -> AsyncIterator[Reader]:
    person = Reader(shop)
    yield person
    await person.http.close()


@pytest.fixture
async def stranger(shop: str) -> AsyncIterator[Reader]:
    person = Reader(shop)
    yield person
    await person.http.close()


async def push(reader: Reader, number: str, state: str = "Approved", **changed: str) -> str:
    """Posts a notification as the gateway would; fields changed after the signing come last."""
    fields = {
        "merchant_id": "123456",
        "ordernumber": number,
        "billnumber": "511111100096514.1",
        "amount": "720.10",
        "currency": "RUB",
        "orderstate": state,
        "packetdate": "23.11.2025 10:00:00",
        "checkvalue": checkvalue(SECRET, f"123456{number}720.10RUB{state}"),
    } | changed
    status, answer = await reader.post("/push", **fields)
    assert status == 200
    found = re.search(r'firstcode="(\d+)" secondcode="(\d+)"', answer)
    assert found
    return f"{found[1]}/{found[2]}"


def part(page: str, css_class: str) -> str:
    """The text of the first element of that class."""
    found = re.search(rf'class="{css_class}"[^>]*>([^<]*)<', page)
    assert found, css_class
    return found[1]


async def test_the_shelf_is_open_to_all_and_tells_the_test_cards(reader: Reader) -> None:
    status, page, _ = await reader.get("/")
    assert status == 200
    assert page.count('class="book"') == 6
    assert "4111 1111 1111 1111" in page
    assert "4000 0000 0000 9995" in page


async def test_the_same_name_is_the_same_customer(reader: Reader, stranger: Reader) -> None:
    assert await reader.post("/sign-in", name="  Анна   Ёлкина ") == (303, "/")
    assert "Анна Ёлкина" in (await reader.get("/"))[1]
    await stranger.post("/sign-in", name="Bob")
    assert (await reader.buy("tea"))["CustomerNumber"] == "reader-1"
    assert (await stranger.buy("tea"))["CustomerNumber"] == "reader-2"
    await stranger.post("/sign-in", name="Анна Ёлкина")
    assert (await stranger.buy("tea"))["CustomerNumber"] == "reader-1"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "a\u202eb"])
async def test_a_bad_name_does_not_sign_in(reader: Reader, name: str) -> None:
    status, page = await reader.post("/sign-in", name=name)
    assert status == 400
    assert 'id="bad-name"' in page
    assert await reader.post("/buy", book="tea") == (303, "/")


async def test_a_name_is_shown_as_text(reader: Reader) -> None:
    await reader.post("/sign-in", name="<script>alert(1)</script>")
    assert "<script>" not in (await reader.get("/"))[1]


async def test_buying_sends_the_browser_to_the_gateway_with_a_signed_order(
    reader: Reader, options: ShopOptions
) -> None:
    await reader.post("/sign-in", name="Anna")
    _, location = await reader.post("/buy", book="lighthouse")
    assert location.startswith(f"{options.gateway_url}/pay/order.cfm?")
    query = await reader.buy("lighthouse")
    assert (query["OrderNumber"], query["OrderAmount"], query["OrderCurrency"]) == ("BOOK-000002", "490.50", "RUB")
    assert query["Checkvalue"] == checkvalue(SECRET, "123456;BOOK-000002;490.50;RUB;reader-1")
    assert query["Language"] == "EN"


async def test_the_shop_speaks_russian_when_asked_to(reader: Reader) -> None:
    await reader.post("/sign-in", name="Anna")
    assert "Купить" in (await reader.get("/?lang=ru"))[1]
    query = await reader.buy("tea")
    assert (query["Language"], query["OrderComment"]) == ("RU", "Чай с астрономами")  # noqa: RUF001  # Russian
    assert part((await reader.get("/orders"))[1], "order-amount") == "720,10\N{NO-BREAK SPACE}₽"


async def test_without_signing_in_nothing_can_be_bought_or_seen(reader: Reader) -> None:
    assert await reader.post("/buy", book="tea") == (303, "/")
    for path in ("/orders", "/orders/BOOK-000001", "/ok?billnumber=1&ordernumber=BOOK-000001&"):
        assert (await reader.get(path))[0] == 303


async def test_a_book_that_is_not_sold_can_not_be_bought(reader: Reader) -> None:
    await reader.post("/sign-in", name="Anna")
    assert (await reader.post("/buy", book="bible"))[0] == 404
    assert (await reader.post("/buy"))[0] == 404
    assert 'class="no-orders"' in (await reader.get("/orders"))[1]


@pytest.mark.parametrize(
    "number",
    [
        "BOOK-000001",
        "BOOK-000002",
        "BOOK-1",
        "BOOK-",
        "BOOK-" + "9" * 40,
        "1",
        "%00",
        "BOOK-%D9%A0%D9%A0%D9%A0%D9%A0%D9%A0%D9%A1",
    ],
)
async def test_another_readers_order_is_not_there(reader: Reader, stranger: Reader, number: str) -> None:
    await reader.post("/sign-in", name="Anna")
    await reader.buy("tea")
    await stranger.post("/sign-in", name="Bob")
    for path in (f"/orders/{number}", f"/ok?ordernumber={number}", f"/no?ordernumber={number}"):
        status, page, _ = await stranger.get(path)
        assert status == 404
        assert 'class="not-found"' in page
    assert (await stranger.post(f"/orders/{number}/pay"))[0] == 404
    assert "BOOK-000001" not in (await stranger.get("/orders"))[1]


async def test_an_order_turns_to_paid_when_told_and_asked(reader: Reader, peer: Peer) -> None:
    await reader.post("/sign-in", name="Anna")
    number = (await reader.buy("tea"))["OrderNumber"]
    back = f"/ok?billnumber=5111111000965142&ordernumber={number}&"

    peer.knows(number, "720.10", "In Process")
    _, page, refresh = await reader.get(back)
    assert (part(page, "order-state"), part(page, "order-notified"), part(page, "order-asked"), refresh) == (
        "Waiting for payment",
        "no",
        "In Process",
        "2",
    )
    assert peer.asked == (
        f"POST /orderstate/orderstate.cfm Ordernumber={number}&Merchant_ID=123456&Login=shop_login"
        "&Password=shop_pass1&Format=3"
    )

    peer.knows(number, "720.10", "Approved")
    _, page, refresh = await reader.get(back)
    assert (part(page, "order-state"), part(page, "order-notified"), part(page, "order-asked"), refresh) == (
        "Being confirmed",
        "no",
        "Approved",
        "2",
    )
    assert "pay-again" not in page

    assert await push(reader, number) == "0/0"
    _, page, refresh = await reader.get(f"/orders/{number}")
    assert (part(page, "order-state"), part(page, "order-notified"), part(page, "order-asked"), refresh) == (
        "Paid",
        "yes",
        "Approved",
        "",
    )
    assert part((await reader.get("/orders"))[1], "order-state") == "Paid"


async def test_a_doubled_or_late_notification_changes_nothing(reader: Reader, peer: Peer) -> None:
    await reader.post("/sign-in", name="Anna")
    number = (await reader.buy("tea"))["OrderNumber"]
    peer.knows(number, "720.10", "Approved")
    assert await push(reader, number) == "0/0"
    paid = (await reader.get(f"/orders/{number}"))[1]
    assert part(paid, "order-state") == "Paid"
    peer.asked = ""
    assert [await push(reader, number), await push(reader, number, "Declined")] == ["0/0", "0/0"]
    assert (await reader.get(f"/orders/{number}"))[1] == paid
    assert peer.asked == ""


async def test_a_notification_that_is_not_right_changes_nothing(reader: Reader, peer: Peer) -> None:
    await reader.post("/sign-in", name="Anna")
    number = (await reader.buy("tea"))["OrderNumber"]
    peer.knows(number, "720.10", "Approved")
    assert await push(reader, number, checkvalue="0" * 32) == "9/7"
    assert await push(reader, number, amount="1.00") == "9/7"
    assert await push(reader, "BOOK-000009") == "13/0"
    cheap = checkvalue(SECRET, f"123456{number}1.00RUBApproved")
    assert await push(reader, number, amount="1.00", checkvalue=cheap) == "13/0"
    _, page, _ = await reader.get(f"/orders/{number}")
    assert (part(page, "order-state"), part(page, "order-notified")) == ("Being confirmed", "no")


async def test_a_declined_order_says_so_and_can_be_tried_again(reader: Reader, peer: Peer) -> None:
    await reader.post("/sign-in", name="Anna")
    first = await reader.buy("tea")
    peer.knows(first["OrderNumber"], "720.10", "Declined")
    assert await push(reader, first["OrderNumber"], "Declined") == "0/0"
    _, page, refresh = await reader.get(f"/no?ordernumber={first['OrderNumber']}")
    assert (part(page, "order-state"), refresh) == ("Declined", "")

    status, location = await reader.post(f"/orders/{first['OrderNumber']}/pay")
    assert status == 303
    again = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert again == first
    peer.knows(first["OrderNumber"], "720.10", "Approved")
    assert await push(reader, first["OrderNumber"]) == "0/0"
    assert part((await reader.get(f"/orders/{first['OrderNumber']}"))[1], "order-state") == "Paid"


@pytest.mark.parametrize("says", [b"", b"<result", b"x" * 1_000_000, b'<result firstcode="7" secondcode="141"/>'])
async def test_a_gateway_that_talks_nonsense_is_not_believed(reader: Reader, peer: Peer, says: bytes) -> None:
    await reader.post("/sign-in", name="Anna")
    number = (await reader.buy("tea"))["OrderNumber"]
    peer.says = says
    await push(reader, number)
    status, page, refresh = await reader.get(f"/orders/{number}")
    assert (status, part(page, "order-state"), refresh) == (200, "Being confirmed", "2")
    assert "order-unanswered" in page


async def test_bodies_are_bounded(reader: Reader) -> None:
    assert (await reader.post("/push", ordercomment="x" * 70_000))[0] == 413
    assert (await reader.post("/push", **{f"field{index}": "" for index in range(300)}))[0] == 400


async def test_whatever_the_shop_can_not_do_is_said_on_a_page_of_its_own(reader: Reader) -> None:
    """400, 405 and 413 too have the shop's look, its languages, and the way to the books."""
    too_long, too_many = {"name": "x" * 70_000}, {f"field{index}": "" for index in range(300)}
    for path, fields, status in (("/sign-in", too_long, 413), ("/sign-in", too_many, 400), ("/orders", {}, 405)):
        answered, page = await reader.post(path, **fields)
        assert answered == status
        assert part(page, "refused") == "The shop can't do that".replace("'", "&#39;")
        assert '<a href="/">Books</a>' in page
    async with reader.http.post(f"{reader.shop}/orders?lang=ru") as answer:
        assert sorted(answer.headers["Allow"].split(",")) == ["GET", "HEAD"]
        assert "Так не получится" in await answer.text()


async def test_every_page_forbids_scripts_and_allows_forms_to_the_gateway(reader: Reader, options: ShopOptions) -> None:
    for path in ("/", "/nowhere", "/static/shop.css"):
        async with reader.http.get(reader.shop + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'; style-src 'self'; img-src 'self';" in policy
            assert f"form-action 'self' {options.gateway_url}" in policy
            assert "<script" not in await answer.text()


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(reader: Reader) -> None:
    async with reader.http.post(f"{reader.shop}/sign-in", data={"name": "Anna"}, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Anna" not in cookie
    assert (await reader.post("/sign-out")) == (303, "/")
    assert (await reader.get("/orders"))[0] == 303


async def test_only_the_owner_reads_the_shops_file(shop: str, options: ShopOptions) -> None:
    assert shop
    assert stat.S_IMODE(options.data_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_shops_process_ends_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    port = free_port()
    program = (
        "from pathlib import Path\n"
        "from oneclick.demo.shop import ShopOptions, run_shop\n"
        f"run_shop(ShopOptions(port={port}, shop_url='http://127.0.0.1:{port}', gateway_url='http://127.0.0.1:1',"
        f" merchant_id='1', secret_word='s', login='l', password='p', data_file=Path({str(tmp_path / 'shop')!r})))\n"
    )
    with subprocess.Popen([sys.executable, "-W", "error", "-c", program], stderr=subprocess.PIPE) as process:  # noqa: S603
        for _ in range(200):
            with socket.socket() as probe:
                probe.settimeout(0.05)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=5)
    assert (process.returncode, errors) == (0, b"")
