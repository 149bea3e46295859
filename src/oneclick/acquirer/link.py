"""The gateway's end of the acquirer link: the only module of this room that touches the network.

Keeps one connection open and signed on, in the background, and carries payments over it. It decides nothing about a
payment: it says what the acquirer answered, that nothing was sent, or that nobody knows.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import structlog

from oneclick.acquirer.messages import Answer, Purchase, Trace
from oneclick.acquirer.session import (
    Answered,
    Drops,
    Event,
    NotTaken,
    Session,
    SessionOptions,
    State,
    network_stans,
)
from oneclick.clock import Clock
from oneclick.errors import SettingsError

MAC_KEY_BYTES_MIN = 16
_READ_BYTES = 65536

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: whom we trust, and our client certificate with its key."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """Where the acquirer is, and the link's bounds in seconds, messages and bytes.

    Raises ``SettingsError`` when the MAC key is shorter than 16 bytes.
    """

    host: str
    port: int
    mac_key: bytes = field(repr=False)
    network_terminal_id: str = "NETMGMT1"
    in_flight_max: int = 1000
    frame_bytes_max: int = 4096
    send_buffer_bytes: int = 65536
    write_buffer_bytes_max: int = 262_144
    connect_timeout_s: float = 10.0
    sign_on_timeout_s: float = 10.0
    write_timeout_s: float = 5.0
    stop_timeout_s: float = 5.0
    echo_silence_s: float = 60.0
    reconnect_pause_first_s: float = 0.5
    reconnect_pause_max_s: float = 30.0
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        if len(self.mac_key) < MAC_KEY_BYTES_MIN:
            message = f"the acquirer link's MAC key is shorter than {MAC_KEY_BYTES_MIN} bytes"
            raise SettingsError(message)


class Unknown(StrEnum):
    """Why nobody knows what became of a payment."""

    TIMED_OUT = "no answer in time"
    CONNECTION_LOST = "connection lost"


@dataclass(frozen=True)
class NoAnswer:
    """The payment may have reached the acquirer: its outcome is unknown, never declined (E7)."""

    why: Unknown


@dataclass(frozen=True)
class NotSent:
    """Nothing of the payment reached the wire: it can't have been approved."""

    why: NotTaken


class _Connection:
    """One open connection: its session, its writer, and who waits for which answer."""

    def __init__(self, session: Session, writer: asyncio.StreamWriter) -> None:
        self.session = session
        self.writer = writer
        self.waiting: dict[Trace, asyncio.Future[Answer | None]] = {}

    @property
    def is_up(self) -> bool:
        return self.session.state is State.UP and not self.writer.is_closing()

    async def flush(self, timeout_s: float) -> None:
        """Waits until the wire takes what was written; gives the connection up if that takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.writer.drain()
        except (OSError, TimeoutError):
            self.close()

    def close(self) -> None:
        """Ends the connection at once: what isn't written yet is thrown away, and nobody waits any longer."""
        self.session.lose()
        self.writer.transport.abort()
        for future in self.waiting.values():
            if not future.done():
                future.set_result(None)

    async def end(self, timeout_s: float) -> None:
        """Closes, and waits until the socket is gone."""
        self.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.writer.wait_closed()


class Link:
    """The acquirer link of one process. ``start`` it once, ``stop`` it once. Source: acquirer.md, Session."""

    def __init__(self, options: LinkOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._drops = Drops()
        self._stans = network_stans()
        self._connection: _Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._is_stopping = False

    @property
    def is_up(self) -> bool:
        """Whether a payment would be taken now: connected, signed on, not stopping."""
        return not self._is_stopping and self._connection is not None and self._connection.is_up

    @property
    def drops(self) -> Drops:
        """Counts of received frames that were dropped since the start."""
        return self._drops

    @property
    def in_flight(self) -> int:
        """How many payments wait for their answer."""
        return 0 if self._connection is None else len(self._connection.waiting)

    async def start(self) -> None:
        """Begins to connect, in the background: ``wait_up`` tells when the link is up.

        Raises ``SettingsError`` when the TLS files can't be read.
        """
        tls = None if self._options.tls is None else _tls_context(self._options.tls)
        self._task = asyncio.create_task(self._run(tls), name="acquirer link")

    async def wait_up(self, timeout_s: float) -> bool:
        """Waits until the link is up; gives whether it is, after ``timeout_s`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wait_for(lambda: self.is_up)
        return self.is_up

    async def stop(self) -> None:
        """Takes no more payments, waits for those in flight, signs off and closes: ``stop_timeout_s`` at most.

        Payments that are still in flight then get ``NoAnswer``.
        """
        self._is_stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._options.stop_timeout_s):
                await self._wait_for(lambda: self.in_flight == 0)
                await self._sign_off()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def purchase(self, purchase: Purchase, deadline_s: float) -> Answer | NoAnswer | NotSent:
        """Sends a payment and waits ``deadline_s`` seconds at most for its answer.

        It never queues: while the link is down or full it is refused at once. A cancelled caller leaves nothing
        behind; what the acquirer did is unknown then, too. Source: acquirer.md, Session and Time.
        """
        connection = self._connection
        if connection is None or not self.is_up:
            return NotSent(NotTaken.DOWN)
        if connection.writer.transport.get_write_buffer_size() >= self._options.write_buffer_bytes_max:
            return NotSent(NotTaken.FULL)  # the acquirer doesn't keep up: what we wrote now would only queue
        sent = connection.session.send(purchase)
        if isinstance(sent, NotTaken):
            return NotSent(sent)
        trace = purchase.trace
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        connection.waiting[trace] = future
        try:
            async with asyncio.timeout(deadline_s):
                connection.writer.write(sent)
                del sent  # the clear digits live no longer than this
                await connection.flush(self._options.write_timeout_s)
                await future
        except TimeoutError:
            if not future.done() or future.cancelled():  # else the answer came at the last moment
                return NoAnswer(Unknown.TIMED_OUT)
        finally:
            connection.session.forget(trace)
            del connection.waiting[trace]
            self._tell()
        answer = future.result()
        return NoAnswer(Unknown.CONNECTION_LOST) if answer is None else answer

    async def _run(self, tls: ssl.SSLContext | None) -> None:
        """Connects again and again, with pauses that double up to their bound; a sign-on makes them short again."""
        options = self._options
        pause_s = options.reconnect_pause_first_s
        while True:
            try:
                async with asyncio.timeout(options.connect_timeout_s):
                    reader, writer = await asyncio.open_connection(options.host, options.port, ssl=tls)
            except (OSError, TimeoutError):
                _log.warning("acquirer_unreachable", pause_s=pause_s)
            else:
                if await self._serve(reader, writer):
                    pause_s = options.reconnect_pause_first_s
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, options.reconnect_pause_max_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One connection from sign-on to its end; gives whether the sign-on succeeded."""
        session = Session(self._session_options(), self._stans, self._drops)
        connection = _Connection(session, writer)
        self._bound_buffers(writer)
        self._connection = connection
        was_up = False
        try:
            await self._write(connection, session.sign_on(self._now_s(), self._clock.now()))
            while session.state not in {State.LOST, State.SIGNED_OFF}:
                data = await self._read(reader, session.due_s)
                if data is None:
                    await self._write(connection, session.wake(self._now_s(), self._clock.now()))
                elif not data:
                    break
                else:
                    self._handle(connection, session.receive_data(data, self._now_s()))
                if session.state is State.UP and not was_up:
                    was_up = True
                    _log.info("acquirer_signed_on")
                self._tell()
        except OSError:
            pass  # the connection has ended: the same as its orderly end
        except Exception as error:  # noqa: BLE001  # whatever fails here, the link must come up again
            _log.error("acquirer_connection_failed", error=type(error).__name__)  # no traceback: its frames hold data
        finally:
            _log.info("acquirer_connection_ended", was_up=was_up, in_flight=len(connection.waiting))
            self._connection = None
            await connection.end(self._options.write_timeout_s)
            self._tell()
        return was_up

    def _bound_buffers(self, writer: asyncio.StreamWriter) -> None:
        """So that an acquirer that reads no more is noticed: the system's own buffer would take megabytes."""
        options = self._options
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.send_buffer_bytes)
        high = options.write_buffer_bytes_max
        writer.transport.set_write_buffer_limits(high=high, low=high * 3 // 4)

    async def _read(self, reader: asyncio.StreamReader, due_s: float | None) -> bytes | None:
        """What comes next, empty at the end of the stream, or None when ``due_s`` comes first."""
        try:
            async with asyncio.timeout_at(due_s):
                return await reader.read(_READ_BYTES)
        except TimeoutError:
            return None

    def _handle(self, connection: _Connection, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Answered):
                future = connection.waiting.get(event.trace)
                if future is not None and not future.done():
                    future.set_result(event.answer)
                continue
            ids = {} if event.trace is None else {"stan": event.trace.stan, "terminal": event.trace.terminal_id}
            code = None if event.answer is None else event.answer.response_code
            _log.warning("acquirer_frame_dropped", why=event.why.value, response_code=code, **ids)

    async def _sign_off(self) -> None:
        connection = self._connection
        if connection is not None and connection.is_up:
            await self._write(connection, connection.session.sign_off(self._clock.now()))
            await self._wait_for(lambda: self._connection is None)

    async def _write(self, connection: _Connection, data: bytes) -> None:
        if data:
            connection.writer.write(data)
            await connection.flush(self._options.write_timeout_s)

    async def _wait_for(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._changed.wait()

    def _tell(self) -> None:
        """Wakes those who wait for the link to change, once."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _session_options(self) -> SessionOptions:
        options = self._options
        return SessionOptions(
            mac_key=options.mac_key,
            network_terminal_id=options.network_terminal_id,
            in_flight_max=options.in_flight_max,
            frame_bytes_max=options.frame_bytes_max,
            echo_silence_s=options.echo_silence_s,
            sign_on_timeout_s=options.sign_on_timeout_s,
        )


def _tls_context(files: TlsFiles) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.ca)
        context.load_cert_chain(files.certificate, files.key)
    except OSError:
        message = "the acquirer link's TLS files can't be read: check the CA, certificate and key paths"
        raise SettingsError(message) from None
    return context
