"""What the wire's tests are made of: a payment, an acquirer with a link to it, and peers that speak raw bytes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp

from oneclick.acquirer import fields
from oneclick.acquirer.framing import frame
from oneclick.acquirer.later_messages import Completion, Original, Refund, Reversal
from oneclick.acquirer.link import Link, LinkOptions, OnUnmatched
from oneclick.acquirer.messages import (
    NetworkFunction,
    NetworkManagement,
    Purchase,
    StoredCredential,
    Use,
    read_network_management,
    write_network_management,
)
from oneclick.acquirer.simulator import SimulatorOptions, run_simulator
from oneclick.card import CardNumber, Cvc2, EntryMode, Expiry
from oneclick.clock import FixedClock
from oneclick.money import Money

MAC_KEY = b"0123456789abcdef"
MOMENT = datetime(2031, 7, 5, 9, 8, 7, tzinfo=UTC)
MOSCOW = timezone(timedelta(hours=3))
APPROVES = "4111111111111111"
NEVER_ANSWERS = "4000000000003220"
ANSWERS_LATE = "4000000000003063"
PATIENCE_S = 10.0
_EXPIRY = Expiry(2031, 12)
_KEPT = StoredCredential(Use.FIRST)
_AMOUNT = Money(123450, "RUB")

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What differs between the payments of the tests."""

    number: str = APPROVES
    cvc2: str = "123"
    expiry: Expiry = _EXPIRY
    stan: int = 42
    entry_mode: EntryMode = EntryMode.TYPED
    kept: StoredCredential | None = _KEPT
    amount: Money = _AMOUNT
    two_stage: bool = False


TWO_STAGE = Choice(two_stage=True)


def purchase(choice: Choice | None = None) -> Purchase:
    """A payment of a book, or what is chosen."""
    choice = choice or Choice()
    return Purchase(
        terminal_id="OC000001",
        stan=choice.stan,
        transmitted_at=MOMENT,
        local_time=MOMENT.astimezone(MOSCOW),
        rrn=f"118600{choice.stan:06}",
        amount=choice.amount,
        card_number=CardNumber(choice.number),
        expiry=choice.expiry,
        cvc2=Cvc2(choice.cvc2),
        entry_mode=choice.entry_mode,
        stored_credential=choice.kept,
        billnumber="500000000000001",
        acquirer_id="12345",
        card_acceptor_id="MERCHANT0000001",
        name_and_place="BOOKS MOSCOW RU",
        mcc="5942",
        two_stage=choice.two_stage,
    )


def original(choice: Choice | None = None, authorisation_id: str | None = None) -> Original:
    """The payment as its later messages name it."""
    return Original.of(purchase(choice), authorisation_id)


def completion(amount_minor: int = 123450, stan: int = 43, of: Original | None = None) -> Completion:
    """The charge of a two-stage payment, sent a minute later from another terminal."""
    return Completion(
        original=of or original(TWO_STAGE),
        terminal_id="OC000002",
        stan=stan,
        transmitted_at=MOMENT + timedelta(minutes=1),
        amount_minor=amount_minor,
    )


def refund(amount_minor: int = 123450, stan: int = 44, of: Original | None = None) -> Refund:
    """Money back of a payment, sent two minutes later from another terminal."""
    return Refund(
        original=of or original(),
        terminal_id="OC000002",
        stan=stan,
        transmitted_at=MOMENT + timedelta(minutes=2),
        amount_minor=amount_minor,
    )


def reversal(replacement_minor: int | None = None, of: Original | None = None) -> Reversal:
    """The payment taken back, or lowered."""
    return Reversal(original=of or original(), replacement_minor=replacement_minor)


@dataclass(frozen=True)
class Running:
    """A simulator that runs: its two ports."""

    iso_port: int
    control_port: int

    async def get(self, path: str) -> tuple[int, str, Any]:
        """Status, text and, if it is JSON, value of a page of the control port."""
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{self.control_port}{path}") as got:
            is_json = got.content_type == "application/json"
            return got.status, await got.text(), await got.json() if is_json else None

    async def ledger(self) -> list[dict[str, Any]]:
        """The entries of ``GET /ledger``."""
        entries: list[dict[str, Any]] = (await self.get("/ledger"))[2]
        return entries

    async def movements(self) -> list[dict[str, Any]]:
        """The entries of ``GET /movements``."""
        movements: list[dict[str, Any]] = (await self.get("/movements"))[2]
        return movements

    async def misbehave(self, **order: Any) -> None:  # noqa: ANN401
        """Orders a fault by ``POST /behaviour``, which must take it."""
        status, answer = await self.behaviour("POST", order)
        assert (status, len(answer) > 0) == (200, True), answer

    async def behaviour(self, method: str, body: Any = None) -> tuple[int, Any]:  # noqa: ANN401
        """Status and value of an answer of ``/behaviour``."""
        url = f"http://127.0.0.1:{self.control_port}/behaviour"
        async with aiohttp.ClientSession() as client, client.request(method, url, json=body) as got:
            return got.status, await got.json()


@asynccontextmanager
async def simulator(folder: Path, iso_port: int = 0, **settings: Any) -> AsyncIterator[Running]:  # noqa: ANN401
    """A simulator with its ledger in the folder, until the context ends."""
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    options = SimulatorOptions(
        ledger_file=folder / "ledger.sqlite3",
        mac_key=MAC_KEY,
        iso_port=iso_port,
        control_port=0,
        on_ready=lambda iso, control: ready.set_result(Running(iso, control)),
        clock=FixedClock(MOMENT),
        late_answer_s=0.3,
    )
    program = asyncio.create_task(run_simulator(replace(options, **settings)))
    program.add_done_callback(lambda _: ready.cancel())
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait({ready})
        if ready.cancelled():
            await program
        yield ready.result()
    finally:
        program.cancel()
        with suppress(asyncio.CancelledError):
            await program


@asynccontextmanager
async def link_to(port: int, on_unmatched: OnUnmatched | None = None, **settings: Any) -> AsyncIterator[Link]:  # noqa: ANN401
    """A link to the port that has been started, until the context ends. It needn't be up."""
    options = LinkOptions(
        host="127.0.0.1",
        port=port,
        mac_key=MAC_KEY,
        stop_timeout_s=1.0,
        reconnect_pause_first_s=0.02,
        reconnect_pause_max_s=0.1,
    )
    link = Link(replace(options, **settings), FixedClock(MOMENT), on_unmatched)
    await link.start()
    try:
        yield link
    finally:
        await link.stop()


@asynccontextmanager
async def linked(folder: Path, **settings: Any) -> AsyncIterator[tuple[Link, Running]]:  # noqa: ANN401
    """A simulator and a link to it that is up."""
    async with simulator(folder) as running, link_to(running.iso_port, **settings) as link:
        assert await link.wait_up(PATIENCE_S)
        yield link, running


@asynccontextmanager
async def listening(accept: Accept, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP server that treats each connection as told; gives its port. Ends them all with the context."""
    tasks: set[asyncio.Task[None]] = set()

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await accept(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(treat(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def pass_on_to(port: int, bytes_at_once: int) -> Accept:
    """Treats a connection by passing its bytes on to the port, and back."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(bytes_at_once):
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        finally:
            far_writer.transport.abort()

    return accept


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next message of a stream, without its length."""
    length = int.from_bytes(await reader.readexactly(2), "big")
    return await reader.readexactly(length)


async def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds; fails after a while."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  # what is waited for gives no sign
            await asyncio.sleep(0.005)


def expect_bare(error: BaseException) -> None:
    """An error of the wire brings no other error along, which could hold the message."""
    assert error.__context__ is None
    assert error.__cause__ is None


async def answer_sign_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, code: str = "00") -> None:
    """Answers the link's sign-on."""
    assert await answer_network(reader, writer, code) is NetworkFunction.SIGN_ON


async def answer_network(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, code: str = "00"
) -> NetworkFunction:
    """Answers a network message of the link; gives its function."""
    asked = read_network_management(fields.decode(await read_frame(reader)))
    writer.write(frame(write_network_management(NetworkManagement(asked.trace, asked.function, code), MAC_KEY)))
    return asked.function
