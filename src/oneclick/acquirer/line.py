"""One line to the acquirer: a connection that is made, signed on, kept alive, and made again when it is lost.

A link has one or two lines. A line moves bytes and moments between its socket and its session; who waits for which
answer, the link knows.
"""

import asyncio
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import structlog

from oneclick.acquirer.link_options import LinkOptions
from oneclick.acquirer.session import Event, LinkMemory, Session, SessionOptions, SessionState
from oneclick.clock import Clock

_READ_BYTES = 65536

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class LineConnection:
    """One open connection: its session and its writer."""

    def __init__(self, session: Session, writer: asyncio.StreamWriter, write_buffer_bytes_max: int) -> None:
        self.session = session
        self._writer = writer
        self._write_buffer_bytes_max = write_buffer_bytes_max

    @property
    def is_up(self) -> bool:
        """True while the connection is signed on and open."""
        return self.session.state is SessionState.UP and not self._writer.is_closing()

    @property
    def has_room(self) -> bool:
        """True while the acquirer keeps up with reading: what is written now would otherwise only queue."""
        return self._writer.transport.get_write_buffer_size() < self._write_buffer_bytes_max

    def write(self, data: bytes) -> None:
        """Begins to send a message; ``flush`` says when the wire has taken it."""
        self._writer.write(data)

    async def flush(self, timeout_s: float) -> None:
        """Waits until the wire takes what was written; gives the connection up if that takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._writer.drain()
        except (OSError, TimeoutError):
            self.close()

    def close(self) -> None:
        """Ends the connection at once: what isn't written yet is thrown away."""
        self.session.lose()
        self._writer.transport.abort()

    async def end(self, timeout_s: float) -> None:
        """Closes the connection, and waits until its socket is gone."""
        self.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._writer.wait_closed()


@dataclass(frozen=True)
class LineListener:
    """The link as its line knows it: told of frames that came, of up or down, and of a connection that has ended."""

    heard: Callable[[Event], None]
    changed: Callable[[], None]
    lost: Callable[[LineConnection], None]


class Line:
    """Keeps one connection to the acquirer up. ``run`` it in a task, till that is cancelled."""

    def __init__(self, options: LinkOptions, clock: Clock, memory: LinkMemory, listener: LineListener) -> None:
        self._options = options
        self._clock = clock
        self._memory = memory
        self._listener = listener
        self._is_leaving = False
        self.connection: LineConnection | None = None

    @property
    def is_up(self) -> bool:
        """True while the line is connected and signed on."""
        return self.connection is not None and self.connection.is_up

    async def run(self, tls: ssl.SSLContext | None) -> None:
        """Connects again and again, with pauses that grow up to their bound; a sign-on makes them short again."""
        options = self._options
        pauses = self._pauses()
        while not self._is_leaving:
            try:
                async with asyncio.timeout(options.connect_timeout_s):
                    reader, writer = await asyncio.open_connection(options.host, options.port, ssl=tls)
            except (OSError, TimeoutError):
                _log.warning("acquirer_unreachable")
            else:
                if await self._serve(reader, writer):
                    pauses = self._pauses()
            await asyncio.sleep(next(pauses))

    async def sign_off(self) -> None:
        """Takes leave of the acquirer, and makes no new connection; ``lost`` is told when the connection has ended."""
        self._is_leaving = True
        connection = self.connection
        if connection is None:
            return
        if connection.is_up:
            await self._write(connection, connection.session.sign_off(self._clock.now()))
        else:
            connection.close()  # it never signed on: nobody waits for our leave

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One connection from sign-on to its end; gives whether the sign-on succeeded."""
        session = Session(self._session_options(), self._memory)
        connection = LineConnection(session, writer, self._options.write_buffer_bytes_max)
        self.connection = connection
        was_up = False
        try:
            self._bound_buffers(writer)
            await self._write(connection, session.sign_on(self._now_s(), self._clock.now()))
            while session.state not in {SessionState.LOST, SessionState.SIGNED_OFF}:
                data = await self._read(reader, session.due_s)
                if data == b"":
                    break
                await self._take(connection, data)
                if session.state is SessionState.UP and not was_up:
                    was_up = True
                    _log.info("acquirer_signed_on")
                self._listener.changed()
        except OSError:
            pass  # the connection has ended: the same as its orderly end
        except Exception as error:  # noqa: BLE001  # whatever fails here, the line must come up again
            _log.error("acquirer_connection_failed", error=type(error).__name__)  # no traceback: its frames hold data
        finally:
            _log.info("acquirer_connection_ended", was_up=was_up)
            connection.close()
            self._listener.lost(connection)
            self.connection = None
            self._listener.changed()
            await connection.end(self._options.write_timeout_s)
        return was_up

    async def _take(self, connection: LineConnection, data: bytes | None) -> None:
        """Gives the session what came, or wakes it when nothing did."""
        if data is None:
            await self._write(connection, connection.session.wake(self._now_s(), self._clock.now()))
            return
        for event in connection.session.receive_data(data, self._now_s()):
            self._listener.heard(event)

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

    async def _write(self, connection: LineConnection, data: bytes) -> None:
        if data:
            connection.write(data)
            await connection.flush(self._options.write_timeout_s)

    def _pauses(self) -> Iterator[float]:
        return reconnect_pauses(
            self._options.reconnect_pause_first_s,
            self._options.reconnect_pause_max_s,
            random.Random(),  # noqa: S311
        )

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _session_options(self) -> SessionOptions:
        options = self._options
        return SessionOptions(
            mac_key=options.mac_key,
            network_terminal_id=options.network_terminal_id,
            frame_bytes_max=options.frame_bytes_max,
            echo_silence_s=options.echo_silence_s,
            sign_on_timeout_s=options.sign_on_timeout_s,
        )


def reconnect_pauses(first_s: float, max_s: float, chance: random.Random) -> Iterator[float]:
    """The pauses between two connections, in seconds: doubling up to ``max_s``, of each by chance half to all.

    So that the processes of a gateway don't all come back at once.
    """
    pause_s = first_s
    while True:
        yield pause_s * chance.uniform(0.5, 1.0)
        pause_s = min(2 * pause_s, max_s)
