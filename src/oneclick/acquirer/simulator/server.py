"""The acquirer's end of the wire: takes connections, judges payments, answers. Many messages in flight.

A payment is in the ledger before its answer is written, so an answer that is lost changes nothing.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message
from oneclick.acquirer.framing import FrameBuffer, frame
from oneclick.acquirer.messages import (
    PURCHASE_CODE,
    Mti,
    NetworkFunction,
    NetworkManagement,
    Use,
    read_network_management,
    write_network_management,
)
from oneclick.acquirer.simulator.cards import APPROVED, Answering, Verdict, judge
from oneclick.acquirer.simulator.ledger import Entry, Ledger, LedgerState
from oneclick.acquirer.simulator.options import SimulatorOptions
from oneclick.acquirer.simulator.requests import FORMAT_ERROR, PaymentRequest, write_answer, write_refusal
from oneclick.errors import WireError

INVALID_TRANSACTION = "12"
INVALID_AMOUNT = "13"
NOT_SIGNED_ON = "91"
_READ_BYTES = 65536
_USES = {Use.FIRST.value: "first", Use.LATER.value: "later"}

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass
class Counts:
    """Frames that were passed over since the start, by reason."""

    wrong_mac: int = 0
    garbage: int = 0
    too_many: int = 0


class _Connection:
    """One open connection: whether it is signed on, and the answers that go out on it later."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.is_signed_on = False
        self.late: set[asyncio.Task[None]] = set()


class IsoServer:
    """The ISO 8583 server of the simulator. Source: acquirer.md, Simulator."""

    def __init__(self, options: SimulatorOptions, ledger: Ledger) -> None:
        self._options = options
        self._ledger = ledger
        self._connections_open = 0
        self._late_answers = 0
        self.counts = Counts()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Listens while the context is open; gives the actual port."""
        connections: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self.serve(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(accept, self._options.iso_host, self._options.iso_port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            ending = list(connections)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await server.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it, it is idle too long, or its frames are out of order."""
        connection = _Connection(writer)
        self._connections_open += 1
        try:
            if self._connections_open <= self._options.connections_max:
                await self._converse(reader, connection)
        except (OSError, TimeoutError):
            pass  # the other end is gone or silent
        finally:
            self._connections_open -= 1
            for task in connection.late:
                task.cancel()
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        buffer = FrameBuffer(self._options.frame_bytes_max)
        while not buffer.is_broken:
            async with asyncio.timeout(self._options.idle_timeout_s):
                data = await reader.read(_READ_BYTES)
            if not data:
                return
            for received in buffer.feed(data):
                await self._receive(received, connection)
                await asyncio.sleep(0)  # others have their turn, however much has come at once
        self.counts.garbage += 1

    async def _receive(self, received: bytes, connection: _Connection) -> None:
        if not mac.holds(received, self._options.mac_key):
            self.counts.wrong_mac += 1
            _log.warning("simulator_frame_dropped", why="wrong MAC")
            return
        try:
            message = fields.decode(received)
            if message.mti == Mti.NETWORK:
                await self._write(connection, self._manage(read_network_management(message), connection))
            elif message.mti == Mti.PURCHASE:
                await self._pay(message, connection)
            else:
                self.counts.garbage += 1
        except WireError as error:
            self.counts.garbage += 1
            _log.warning("simulator_frame_dropped", why=str(error))

    def _manage(self, request: NetworkManagement, connection: _Connection) -> bytes:
        """The answer to a sign-on, sign-off or echo."""
        if request.function is not NetworkFunction.ECHO:
            connection.is_signed_on = request.function is NetworkFunction.SIGN_ON
        code = APPROVED if connection.is_signed_on or request.function is NetworkFunction.SIGN_OFF else NOT_SIGNED_ON
        answer = NetworkManagement(request.trace, request.function, code)
        return write_network_management(answer, self._options.mac_key)

    async def _pay(self, message: Message, connection: _Connection) -> None:
        """Judges a payment, or finds that it has been judged, and answers as its card does."""
        if not connection.is_signed_on:
            await self._write(connection, write_refusal(message, NOT_SIGNED_ON, self._options.mac_key))
            return
        try:
            request = PaymentRequest.read(message)
        except WireError:
            await self._write(connection, write_refusal(message, FORMAT_ERROR, self._options.mac_key))
            return
        if request.processing_code != PURCHASE_CODE or request.amount.amount_minor == 0:
            code = INVALID_AMOUNT if request.processing_code == PURCHASE_CODE else INVALID_TRANSACTION
            await self._write(connection, write_refusal(message, code, self._options.mac_key))
            return
        verdict = judge(request.card_number, request.expiry, request.cvc2, self._options.clock.now().date())
        entry = self._ledger.settle(request.trace, lambda: _entry(request, verdict))
        _log.info("simulator_payment", stan=entry.stan, terminal=entry.terminal, response_code=entry.response_code)
        answer = write_answer(request, entry, self._options.mac_key)
        match verdict.answering:
            case Answering.AT_ONCE:
                await self._write(connection, answer)
            case Answering.LATE:
                self._answer_late(connection, answer)
            case Answering.NEVER:
                pass

    def _answer_late(self, connection: _Connection, answer: bytes) -> None:
        """Leaves the answer for later; over the bound it is never given."""
        if self._late_answers >= self._options.late_answers_max:
            self.counts.too_many += 1
            return
        self._late_answers += 1
        task = asyncio.create_task(self._wait_and_write(connection, answer))
        connection.late.add(task)
        task.add_done_callback(connection.late.discard)
        task.add_done_callback(self._late_answer_done)

    def _late_answer_done(self, _: asyncio.Task[None]) -> None:
        self._late_answers -= 1

    async def _wait_and_write(self, connection: _Connection, answer: bytes) -> None:
        await asyncio.sleep(self._options.late_answer_s)
        with suppress(OSError, TimeoutError):
            await self._write(connection, answer)

    async def _write(self, connection: _Connection, message: bytes) -> None:
        connection.writer.write(frame(message))
        async with asyncio.timeout(self._options.write_timeout_s):
            await connection.writer.drain()


def _entry(request: PaymentRequest, verdict: Verdict) -> Entry:
    """What goes into the ledger: an approval gets its authorisation id here, and the id of a kept card's first use."""
    is_approved = verdict.response_code == APPROVED
    is_first = request.stored_credential == Use.FIRST
    return Entry(
        mti=request.mti,
        terminal=request.trace.terminal_id,
        stan=request.trace.stan,
        transmission=request.trace.transmission,
        rrn=request.rrn,
        billnumber=request.billnumber,
        pan_last4=request.pan_last4,
        amount_minor=request.amount.amount_minor,
        currency=request.amount.currency,
        response_code=verdict.response_code,
        authorisation_id=_digits(6) if is_approved else None,
        cvc2_result=verdict.cvc2_result,
        entry_mode=request.entry_mode.value,
        stored_credential=None if request.stored_credential is None else _USES[request.stored_credential],
        initiator=None if request.initiator is None else "customer",
        network_transaction_id=_digits(15) if is_first and is_approved else request.network_transaction_id,
        state=(LedgerState.CAPTURED if is_approved else LedgerState.DECLINED).value,
        captured_minor=request.amount.amount_minor if is_approved else 0,
        refunded_minor=0,
    )


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}}"
