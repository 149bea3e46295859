"""The acquirer's end of the wire: takes connections, hands messages to the host, answers, and misbehaves if asked.

A payment is in the ledger before its answer is written, so an answer that is lost changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message
from oneclick.acquirer.framing import FrameBuffer, frame
from oneclick.acquirer.messages import ANSWER_OF, Mti, NetworkFunction, read_network_management
from oneclick.acquirer.simulator.behaviour import Behaviour, Fault, Strike
from oneclick.acquirer.simulator.cards import Answering
from oneclick.acquirer.simulator.host import AcquirerHost, HostReply
from oneclick.acquirer.simulator.ledger import Ledger
from oneclick.acquirer.simulator.options import SimulatorOptions
from oneclick.errors import WireError

_READ_BYTES = 65536

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass
class Counts:
    """The numbers of frames that were passed over since the start, by reason."""

    wrong_mac: int = 0
    garbage: int = 0
    too_many: int = 0


class _Client:
    """One open connection: whether it is signed on, and the answers that go out on it later."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.is_signed_on = False
        self.late: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Ends it at once."""
        self.writer.transport.abort()


class IsoServer:
    """The ISO 8583 server of the simulator. Source: acquirer.md, Simulator."""

    def __init__(self, options: SimulatorOptions, ledger: Ledger) -> None:
        self._options = options
        self._host = AcquirerHost(ledger, options.mac_key, options.clock)
        self._connections: set[_Client] = set()
        self._late_answers = 0
        self.behaviour = Behaviour()
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

    def close_connections(self) -> None:
        """Ends the present connections at once; new ones may come."""
        for connection in self._connections:
            connection.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection, until either end closes it, it is idle too long, or its frames are out of order."""
        connection = _Client(writer)
        self._connections.add(connection)
        try:
            if len(self._connections) <= self._options.connections_max and not self.behaviour.refuses_connection():
                await self._converse(reader, connection)
        except (OSError, TimeoutError):
            pass  # the other end is gone or silent
        finally:
            self._connections.discard(connection)
            for task in connection.late:
                task.cancel()
            connection.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, connection: _Client) -> None:
        buffer = FrameBuffer(self._options.frame_bytes_max)
        while not buffer.is_broken:
            async with asyncio.timeout(self._options.idle_timeout_s):
                data = await reader.read(_READ_BYTES)
            if not data:
                return
            for received in buffer.feed(data):
                await self._receive(received, connection)
                if connection.writer.is_closing():
                    return
                await asyncio.sleep(0)  # others have their turn, however much has come at once
        self.counts.garbage += 1

    async def _receive(self, received: bytes, connection: _Client) -> None:
        if not mac.holds(received, self._options.mac_key):
            self.counts.wrong_mac += 1
            _log.warning("simulator_frame_dropped", why="wrong MAC")
            return
        try:
            message = fields.decode(received)
            if message.mti != Mti.NETWORK and message.mti not in ANSWER_OF:
                self.counts.garbage += 1
                return
            await self._treat(message, connection)
        except WireError as error:
            self.counts.garbage += 1
            _log.warning("simulator_frame_dropped", why=str(error))

    async def _treat(self, message: Message, connection: _Client) -> None:
        """Deals with a message as it should be, unless a fault strikes it. Raises ``WireError`` if it is garbage."""
        strike = self.behaviour.strike(message.mti)
        match None if strike is None else strike.fault:
            case Fault.CLOSE:
                connection.close()
                return
            case Fault.DROP_BEFORE_PROCESSING:
                return
        reply = self._reply(message, connection)
        if strike is None or reply.answering is not Answering.AT_ONCE:
            await self._send(connection, reply)
        else:
            await self._send_struck(connection, reply.data, strike)

    def _reply(self, message: Message, connection: _Client) -> HostReply:
        if message.mti != Mti.NETWORK:
            return self._host.answer(message, is_signed_on=connection.is_signed_on)
        request = read_network_management(message)
        if request.function is not NetworkFunction.ECHO:
            connection.is_signed_on = request.function is NetworkFunction.SIGN_ON
        return self._host.manage(request, is_signed_on=connection.is_signed_on)

    async def _send(self, connection: _Client, reply: HostReply) -> None:
        """Answers as the card does."""
        match reply.answering:
            case Answering.AT_ONCE:
                await self._write(connection, reply.data)
            case Answering.LATE:
                self._answer_late(connection, reply.data, self._options.late_answer_s)
            case Answering.NEVER:
                pass

    async def _send_struck(self, connection: _Client, answer: bytes, strike: Strike) -> None:
        """Answers as the fault has it; the ledger is written already."""
        match strike.fault:
            case Fault.DELAY:
                self._answer_late(connection, answer, strike.delay_s)
            case Fault.ANSWER_TWICE:
                await self._write(connection, answer)
                await self._write(connection, answer)
            case Fault.GARBAGE:
                await self._write(connection, strike.garbage)
            case Fault.WRONG_MAC:
                await self._write(connection, answer[:-1] + bytes([answer[-1] ^ 1]))
            case Fault.DROP_AFTER_PROCESSING:
                connection.close()
            case _:
                pass  # no answer

    def _answer_late(self, connection: _Client, answer: bytes, delay_s: float) -> None:
        """Leaves the answer for later; over the bound it is never given."""
        if self._late_answers >= self._options.late_answers_max:
            self.counts.too_many += 1
            return
        self._late_answers += 1
        task = asyncio.create_task(self._wait_and_write(connection, answer, delay_s))
        connection.late.add(task)
        task.add_done_callback(connection.late.discard)
        task.add_done_callback(self._late_answer_done)

    def _late_answer_done(self, _: asyncio.Task[None]) -> None:
        self._late_answers -= 1

    async def _wait_and_write(self, connection: _Client, answer: bytes, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        with suppress(OSError, TimeoutError):
            await self._write(connection, answer)

    async def _write(self, connection: _Client, message: bytes) -> None:
        connection.writer.write(frame(message))
        async with asyncio.timeout(self._options.write_timeout_s):
            await connection.writer.drain()
