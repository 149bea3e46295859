"""F1: notifications reach their merchant over real HTTP, and never reach inward."""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from oneclick.notifications.plan import DeliveryVerdict, MerchantReply
from oneclick.notifications.sender import Addresses, NotificationSender

LOOPBACK = Addresses((ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")))
PUBLIC_ONLY = Addresses(())
BODY = b"merchant_id=1&ordernumber=A-1"
ACCEPTED = '<?xml version="1.0"?><pushpaymentresult firstcode="0" secondcode="0"/>'
REFUSED = '<?xml version="1.0"?><pushpaymentresult firstcode="9" secondcode="7"/>'
MAY_NOT = "the address may not be called"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Shop:
    """A merchant's server: where it listens and what it was sent."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/push"


@asynccontextmanager
async def listening(answer: Answer, host: str = "127.0.0.1") -> AsyncIterator[Shop]:
    shop = Shop()

    async def receive(request: web.Request) -> web.StreamResponse:
        shop.bodies.append(await request.read())
        shop.headers.append(dict(request.headers))
        return await answer(request)

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", receive)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    shop.port = runner.addresses[0][1]
    try:
        yield shop
    finally:
        await runner.cleanup()


def saying(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:  # aiohttp wants a coroutine
        return web.Response(text=text, status=status, headers=headers)

    return answer


async def sent(url: str, addresses: Addresses = LOOPBACK, timeout_s: float = 5.0) -> MerchantReply:
    async with NotificationSender(addresses, timeout_s) as sender:
        return await sender.send(url, BODY)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (saying(ACCEPTED), MerchantReply(DeliveryVerdict.DELIVERED, "HTTP 200, codes 0/0")),
        (saying(""), MerchantReply(DeliveryVerdict.DELIVERED, "HTTP 200")),
        (saying(REFUSED), MerchantReply(DeliveryVerdict.REFUSED, "HTTP 200, codes 9/7")),
        (saying("wrong checkvalue", 400), MerchantReply(DeliveryVerdict.REFUSED, "HTTP 400")),
        (saying("down", 503), MerchantReply(DeliveryVerdict.NO_ANSWER, "HTTP 503")),
    ],
)
async def test_a_form_is_posted_once_and_the_answer_is_read(answer: Answer, reply: MerchantReply) -> None:
    """P 4.2."""
    async with listening(answer) as shop:
        assert await sent(shop.url) == reply
        assert shop.bodies == [BODY]
        assert shop.headers[0]["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8"


async def test_an_answer_that_comes_in_pieces_is_read_whole() -> None:
    """P 4.2: a refusal is not taken for a delivery because its code came in the second packet."""

    async def in_pieces(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(REFUSED[:30].encode())
        await asyncio.sleep(0.1)
        await response.write(REFUSED[30:].encode())
        return response

    async with listening(in_pieces) as shop:
        assert await sent(shop.url) == MerchantReply(DeliveryVerdict.REFUSED, "HTTP 200, codes 9/7")


async def test_an_endless_answer_is_read_to_its_bound() -> None:
    """House rule 12: 64 KiB are enough of any answer."""
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)
            written += 65_536

    async with listening(endless) as shop:
        assert (await sent(shop.url)).verdict is DeliveryVerdict.DELIVERED
    assert written < 64 * 1024 * 1024


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """SECURITY.md: a merchant's address can't hand the message on."""
    async with (
        listening(saying(ACCEPTED)) as other,
        listening(saying("", status, {"Location": other.url})) as shop,
    ):
        assert await sent(shop.url) == MerchantReply(DeliveryVerdict.NO_ANSWER, f"HTTP {status}")
        assert (len(shop.bodies), other.bodies) == (1, [])


async def test_a_slow_answer_ends_with_the_time_out() -> None:
    """P 4.2: the time-out of one try; as no answer, also when the answer drips."""

    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(10)
        return web.Response()

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    for answer in (silent, dripping):
        async with listening(answer) as shop:
            started = time.perf_counter()
            reply = await sent(shop.url, timeout_s=0.4)
            assert time.perf_counter() - started < 3.0
            assert reply.verdict is DeliveryVerdict.NO_ANSWER, answer


async def test_nobody_listening_is_no_answer() -> None:
    """P 4.2."""
    async with listening(saying(ACCEPTED)) as shop:
        url = shop.url
    assert await sent(url) == MerchantReply(DeliveryVerdict.NO_ANSWER, "ClientConnectorError")


async def test_a_connection_that_breaks_is_no_answer() -> None:
    """P 4.2."""

    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with listening(broken) as shop:
        assert (await sent(shop.url)).verdict is DeliveryVerdict.NO_ANSWER


async def test_cookies_of_one_merchant_are_not_kept() -> None:
    """House rule 12: the client keeps nothing of what merchants send."""
    async with listening(saying("", headers={"Set-Cookie": "a=1; Path=/"})) as shop:
        url = f"http://localhost:{shop.port}/push"
        async with NotificationSender(LOOPBACK, 5.0) as sender:
            for _ in range(2):
                assert (await sender.send(url, BODY)).verdict is DeliveryVerdict.DELIVERED
        assert ["Cookie" in headers for headers in shop.headers] == [False, False]


INWARD = [
    "127.0.0.1",
    "127.8.9.10",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "0.0.0.0",  # noqa: S104  # an address to call, not to listen on
    "[::]",
    "2130706433",  # 127.0.0.1 as one number
    "127.1",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.0.0.1",
    "127.0.0.1.",
    "LOCALHOST",
    "user@127.0.0.1",
    "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    "127\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}1",
    "\N{CIRCLED DIGIT ONE}27.0.0.1",
    "%31%32%37.0.0.1",
]


@pytest.mark.parametrize("host", INWARD)
async def test_no_spelling_of_a_loopback_address_is_called(host: str) -> None:
    """F1: refused unless the settings name the address; the listener hears nothing."""
    async with listening(saying(ACCEPTED)) as shop:
        reply = await sent(f"http://{host}:{shop.port}/push", PUBLIC_ONLY)
        assert shop.bodies == []
        assert reply.verdict is DeliveryVerdict.NO_ANSWER


async def test_a_loopback_listener_on_ipv6_is_not_called_either() -> None:
    """F1: nor is ::1."""
    async with listening(saying(ACCEPTED), "::1") as shop:
        assert await sent(f"http://[::1]:{shop.port}/push", PUBLIC_ONLY) == MerchantReply(
            DeliveryVerdict.NO_ANSWER, MAY_NOT
        )
        assert shop.bodies == []
        assert (await sent(f"http://[::1]:{shop.port}/push")).verdict is DeliveryVerdict.DELIVERED


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "0.0.0.0",  # noqa: S104  # an address to call, not to listen on
        "::",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
    ],
)
def test_private_addresses_may_not_be_called_on_any_port(address: str) -> None:
    """F1: also where an IPv6 address carries a private IPv4 one (mapped, NAT64, 6to4)."""
    assert [port for port in (80, 443, 8080, 8443, 5432) if PUBLIC_ONLY.may_call(address, port)] == []


TRIED = [1, 22, 25, 79, 80, 81, 443, 444, 5432, 8000, 8079, 8080, 8081, 8442, 8443, 8444, 9000, 65_535]


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_may_be_called_on_the_protocols_ports(address: str) -> None:
    """P 4.2: only 443, 8443, 80, 8080."""
    ports = [port for port in TRIED if PUBLIC_ONLY.may_call(address, port)]
    assert ports == [80, 443, 8080, 8443]


def test_what_the_settings_allow_may_be_called_on_any_port_and_nothing_else() -> None:
    """F1: the demo allows 127.0.0.1."""
    one = Addresses((ipaddress.ip_network("127.0.0.1/32"),))
    assert one.may_call("127.0.0.1", 9000)
    assert one.may_call("::ffff:127.0.0.1", 9000)
    assert not one.may_call("127.0.0.2", 80)
    assert not one.may_call("::1", 80)
    assert not one.may_call("93.184.216.34", 9000)


async def test_a_name_is_judged_by_its_address() -> None:
    """F1: localhost is called where its address is allowed, and only there."""
    async with listening(saying(ACCEPTED)) as shop:
        url = f"http://localhost:{shop.port}/push"
        assert (await sent(url)).verdict is DeliveryVerdict.DELIVERED
        assert (await sent(url, PUBLIC_ONLY)).verdict is DeliveryVerdict.NO_ANSWER
        assert shop.bodies == [BODY]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "push",
        "//127.0.0.1/push",
        "ftp://127.0.0.1/push",
        "file:///etc/hostname",
        "unix:///tmp/socket",
        "http://",
        "http:///push",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        f"http://{'a' * 300}.example/",
        "http://a b.example/",
        "http://.example/",
        "\ud800",
    ],
)
async def test_what_is_no_address_is_no_answer_and_no_error(url: str) -> None:
    """The sender never raises for what it is given."""
    assert (await sent(url)).verdict is DeliveryVerdict.NO_ANSWER
