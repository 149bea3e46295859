"""B4: a CVC2 lives in memory until the authorisation answer, 120 seconds at most. On the real parts, in one process."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import CoroutineType
from urllib.parse import urlencode

import psycopg
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

from oneclick.acquirer.fields import Tag, encode_private
from oneclick.card import Cvc2
from oneclick.card_clear import clear
from oneclick.database.pool import Pool
from oneclick.errors import SettingsError
from oneclick.ids import OrderId
from oneclick.use_cases.payer.retry_order import RetryOrder
from oneclick.use_cases.steps.acquirer_options import CVC2_LIVES_MAX_S, AcquirerOptions
from oneclick.vault.keyring import Keyring
from oneclick.web.answers import Answers
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.pay_page.routes import PayerUseCases, PayPage
from oneclick.web.rendering import Renderer
from support.bench import ATTEMPTS_MAX, VISA, Bench, Choice, bench
from support.wire import PATIENCE_S

REMEMBER = {"CardNumber": VISA, "Expiry": "12/31", "CardHolder": "A PAYER", "Remember": "1"}
BEFORE_IT = ("CVC2=", encode_private({Tag.CVC2: "000"}).removesuffix("000"))


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path) as running:
        yield running


def holders(cvc2: int) -> list[str]:
    """The objects of this process that refer to the CVC2's text: typed, in a posted form, or in a message's bytes.

    Suspended coroutines are among them, with all their names; those of the acquirer's simulator don't count. The CVC2
    is given as a number, so that nobody here holds it.
    """
    found, seen = list[str](), set[int]()
    for tracked in gc.get_objects():
        inside = [] if _is_of_simulator(tracked) else [tracked]
        while inside:
            holder = inside.pop()
            parts = gc.get_referents(holder)
            found += [type(holder).__name__ for part in parts if isinstance(part, str | bytes) and _shows(part, cvc2)]
            small = [part for part in parts if isinstance(part, tuple | dict) and not gc.is_tracked(part)]
            inside += [part for part in small if id(part) not in seen]
            seen.update(map(id, small))
    return found


def _shows(part: str | bytes, cvc2: int) -> bool:
    """Whether a text is the CVC2, or a form's or a message's bytes with it."""
    text = part if isinstance(part, str) else part.decode("latin-1")
    return text == f"{cvc2:03}" or any(before in text and f"{before}{cvc2:03}" in text for before in BEFORE_IT)


def _is_of_simulator(holder: object) -> bool:
    code = getattr(holder, "cr_code", None) if isinstance(holder, CoroutineType) else None
    return code is not None and "simulator" in Path(code.co_filename).parts


def unused_cvc2() -> int:
    """A CVC2 that stands nowhere in this process yet."""
    return next(cvc2 for cvc2 in range(321, 987) if not holders(cvc2))


async def until(holds: Callable[[], bool]) -> None:
    """Waits till something holds, 10 s at most."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  # it gives no sign
            await asyncio.sleep(0.01)


async def post(shop: Bench, order_id: OrderId, cvc2: int, fields: dict[str, str]) -> int:
    """A payer's form comes in at the real door, without a server before it; gives the HTTP status of the answer."""
    use_cases = PayerUseCases(
        shop.show, shop.pay, RetryOrder(shop.pool, shop.clock, ATTEMPTS_MAX), shop.delete_own_card
    )
    cfsids = CfsidCodec(shop.keyring.link_key)
    site = Starlette(routes=PayPage(use_cases, cfsids, Answers(Renderer(https=False)), ClientAddress(())).routes())
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/pay/pay.cfm",
        "query_string": urlencode({"CFSID": cfsids.write(order_id)}).encode(),
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "client": ("192.0.2.7", 50_000),
    }
    statuses = list[int]()

    async def receive() -> Message:
        return {"type": "http.request", "body": urlencode(fields | {"CVC2": f"{cvc2:03}"}).encode()}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await site(scope, receive, send)
    return statuses[0]


async def test_b4_after_the_answer_nothing_in_memory_refers_to_the_cvc2(shop: Bench, database_url: str) -> None:
    """B4, E7: neither while the outcome is written, nor while it is tried again because the database is away."""
    cvc2, order_id = unused_cvc2(), await shop.order()
    await shop.acquirer.misbehave(fault="delay", seconds=1, count=1)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        paying = asyncio.create_task(post(shop, order_id, cvc2, REMEMBER))
        await until(lambda: shop.link.in_flight == 1)
        assert "Cvc2" in holders(cvc2)  # the search finds it where it is
        await other.execute("LOCK TABLE operation IN SHARE MODE")
        await until(lambda: shop.link.in_flight == 0)
        await asyncio.sleep(0.2)
        assert not paying.done()  # the outcome can't be written yet
        assert holders(cvc2) == []
        assert await paying == 303  # it gave up: the payment is being checked
        assert holders(cvc2) == []
        await other.rollback()
    await shop.pay.drain(PATIENCE_S)
    assert await shop.state(order_id) == "Approved"
    assert len(await shop.cards()) == 1


@pytest.mark.parametrize("fault", ["no_answer", "drop_after_processing"])
async def test_b4_a_payment_in_doubt_keeps_no_cvc2(pool: Pool, keyring: Keyring, tmp_path: Path, fault: str) -> None:
    """B4, E7: a lost answer ends its life as well; the payment is unknown, and reversed later without it."""
    async with bench(pool, keyring, tmp_path, deadline_s=0.4) as shop:
        cvc2, order_id = unused_cvc2(), await shop.order()
        await shop.acquirer.misbehave(fault=fault, count=1)
        assert await post(shop, order_id, cvc2, REMEMBER) == 303
        assert holders(cvc2) == []
        assert [row[2] for row in await shop.operations(order_id)] == ["unknown"]


async def test_b4_a_payment_that_is_not_begun_leaves_no_cvc2(shop: Bench) -> None:
    """B4: nothing is asked, so its life ends with the request."""
    cvc2, expired = unused_cvc2(), REMEMBER | {"Expiry": "01/31"}
    assert await post(shop, await shop.order(), cvc2, expired) == 422
    await shop.link.stop()
    assert await post(shop, await shop.order(), cvc2, REMEMBER) == 503
    assert holders(cvc2) == []


async def test_b4_a_payer_who_goes_away_leaves_the_cvc2_to_the_answer_alone(shop: Bench) -> None:
    """B4: his payment runs to its end without him."""
    cvc2, order_id = unused_cvc2(), await shop.order()
    await shop.acquirer.misbehave(fault="delay", seconds=1, count=1)
    paying = asyncio.create_task(post(shop, order_id, cvc2, REMEMBER))
    await until(lambda: shop.link.in_flight == 1)
    paying.cancel()
    await asyncio.wait({paying})
    assert "Cvc2" in holders(cvc2)
    await shop.pay.drain(PATIENCE_S)
    assert holders(cvc2) == []
    assert await shop.state(order_id) == "Approved"


async def test_b4_whatever_holds_a_payment_up_its_cvc2_is_gone_after_120_seconds(
    shop: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B4: the event loop's clock jumps; nothing of the payment has gone on yet."""
    instrument, order_id = Choice().instrument, await shop.order()
    await shop.acquirer.misbehave(fault="no_answer", count=1)
    loop = asyncio.get_running_loop()
    clock, begun_s, seen = loop.time, loop.time(), list[tuple[bool, int]]()
    paying = asyncio.create_task(shop.pay(order_id, instrument, "192.0.2.7"))
    await until(lambda: shop.link.in_flight == 1)
    for seconds in (CVC2_LIVES_MAX_S - 1, CVC2_LIVES_MAX_S + PATIENCE_S):
        loop.call_at(begun_s + seconds, lambda: seen.append((is_forgotten(instrument.cvc2), shop.link.in_flight)))
    monkeypatch.setattr(loop, "time", lambda: clock() + CVC2_LIVES_MAX_S + 2 * PATIENCE_S)
    await paying
    assert seen == [(False, 1), (True, 1)]


def is_forgotten(cvc2: Cvc2) -> bool:
    """Whether the code is gone from it."""
    try:
        clear(cvc2)
    except AttributeError:
        return True
    return False


def test_b4_an_answer_is_never_waited_for_longer_than_a_cvc2_may_live() -> None:
    """B4: 10 s till the message is sent, and the deadline: 120 s in all."""
    assert CVC2_LIVES_MAX_S == 120
    assert AcquirerOptions(acquirer_id="123456", deadline_s=110).deadline_s == 110
    with pytest.raises(SettingsError, match="longer than 110 s"):
        AcquirerOptions(acquirer_id="123456", deadline_s=110.5)
