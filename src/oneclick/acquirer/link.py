"""The gateway's end of the acquirer link: asks the acquirer, and waits for its answer.

Keeps its lines open and signed on, in the background, and carries messages over them. It decides nothing about a
payment: it says what the acquirer answered, that nothing was sent, or that nobody knows.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import structlog

from oneclick.acquirer.in_flight import InFlight, NotTaken, UnmatchedAnswer, UnmatchedCounts, UnmatchedKind
from oneclick.acquirer.line import Line, LineConnection, LineListener
from oneclick.acquirer.link_options import LinkOptions, TlsFiles
from oneclick.acquirer.messages import Answer, AnswerKey
from oneclick.acquirer.session import AcquirerRequest, AnswerReceived, Event, LinkMemory, network_stans
from oneclick.clock import Clock

__all__ = ["Link", "LinkOptions", "NoAnswer", "NotSent", "OnUnmatched", "TlsFiles", "Unknown"]

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

OnUnmatched = Callable[[UnmatchedAnswer], None]


class Unknown(StrEnum):
    """The reason why nobody knows what became of a message."""

    TIMED_OUT = "no answer in time"
    CONNECTION_LOST = "connection lost"


@dataclass(frozen=True)
class NoAnswer:
    """The message may have reached the acquirer: its outcome is unknown, never declined (E7)."""

    why: Unknown


@dataclass(frozen=True)
class NotSent:
    """Nothing of the message reached the wire: the acquirer can't have acted on it."""

    why: NotTaken


@dataclass(frozen=True)
class _Waiting:
    """Who waits for an answer, and the connection that the message went out on; None in the future: it is lost."""

    connection: LineConnection
    future: asyncio.Future[Answer | None]


class Link:
    """The acquirer link of one process. ``start`` it once, ``stop`` it once. Source: acquirer.md, Session.

    ``on_unmatched`` is told of each frame that answers nobody, in the event loop: it must not block. What it raises is
    logged and passed over.
    """

    def __init__(self, options: LinkOptions, clock: Clock, on_unmatched: OnUnmatched | None = None) -> None:
        self._options = options
        self._on_unmatched = on_unmatched
        self._memory = LinkMemory(InFlight(options.in_flight_max), UnmatchedCounts(), network_stans())
        self._waiting: dict[AnswerKey, _Waiting] = {}
        listener = LineListener(self._heard, self._tell, self._lost)
        self._lines = [Line(options, clock, self._memory, listener) for _ in range(2 if options.standby else 1)]
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._is_stopping = False

    @property
    def is_up(self) -> bool:
        """True while a message would be taken: connected, signed on, not stopping."""
        return not self._is_stopping and self.lines_up > 0

    @property
    def lines_up(self) -> int:
        """The number of lines that are signed on: 2 at best with a standby, else 1."""
        return sum(line.is_up for line in self._lines)

    @property
    def unmatched(self) -> UnmatchedCounts:
        """The counts of received frames that answered nobody."""
        return self._memory.unmatched

    @property
    def in_flight(self) -> int:
        """The number of messages that wait for their answer."""
        return len(self._waiting)

    async def start(self) -> None:
        """Begins to connect the lines, in the background: ``wait_up`` tells when the link is up.

        Raises ``SettingsError`` when the TLS files can't be read.
        """
        tls = None if self._options.tls is None else self._options.tls.context()
        self._tasks = {asyncio.create_task(line.run(tls), name="acquirer line") for line in self._lines}

    async def wait_up(self, timeout_s: float) -> bool:
        """Waits until the link is up; gives whether it is, after ``timeout_s`` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wait_for(lambda: self.is_up)
        return self.is_up

    async def stop(self) -> None:
        """Takes no more messages, waits for those in flight, signs off and closes: ``stop_timeout_s`` at most.

        Messages that are still in flight then get ``NoAnswer``.
        """
        self._is_stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._options.stop_timeout_s):
                await self._wait_for(lambda: self.in_flight == 0)
                await asyncio.gather(*(line.sign_off() for line in self._lines))
                await self._wait_for(lambda: all(line.connection is None for line in self._lines))
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = set()

    async def ask(self, message: AcquirerRequest, deadline_s: float) -> Answer | NoAnswer | NotSent:
        """Sends a message and waits ``deadline_s`` seconds at most for its answer.

        It never queues: while the link is down or full the message is refused at once. It is never sent twice: who
        wants to repeat it asks again. A cancelled caller leaves nothing behind; what the acquirer did is unknown then,
        too. Source: acquirer.md, Session.
        """
        connection = self._choose()
        if isinstance(connection, NotTaken):
            return NotSent(connection)
        sent = connection.session.send(message)
        if isinstance(sent, NotTaken):
            return NotSent(sent)
        key, loop = message.answer_key, asyncio.get_running_loop()
        asked_s = loop.time()
        future: asyncio.Future[Answer | None] = loop.create_future()
        self._waiting[key] = _Waiting(connection, future)
        try:
            async with asyncio.timeout(deadline_s):
                connection.write(sent)
                del sent  # the clear digits live no longer than this
                await connection.flush(self._options.write_timeout_s)
                await future
        except TimeoutError:
            if not future.done() or future.cancelled():  # else the answer came at the last moment
                if connection.session.heard_s < asked_s:
                    self._make_standby(connection)  # it may be dead: the next messages take the other one
                return NoAnswer(Unknown.TIMED_OUT)
        finally:
            self._memory.in_flight.give_up(key)
            del self._waiting[key]
            self._tell()
        answer = future.result()
        return NoAnswer(Unknown.CONNECTION_LOST) if answer is None else answer

    def _choose(self) -> LineConnection | NotTaken:
        """The connection that carries the next message: the first that is up and whose other end keeps up."""
        if self._is_stopping:
            return NotTaken.DOWN
        up = [line.connection for line in self._lines if line.connection is not None and line.is_up]
        if not up:
            return NotTaken.DOWN
        return next((connection for connection in up if connection.has_room), NotTaken.FULL)

    def _heard(self, event: Event) -> None:
        if isinstance(event, AnswerReceived):
            waiting = self._waiting.get(event.key)
            if waiting is not None and not waiting.future.done():
                waiting.future.set_result(event.answer)
                return
            # Its asker has given up in this very turn of the loop.
            event = UnmatchedAnswer.of_answer(UnmatchedKind.LATE, event.key, event.answer)
            self._memory.unmatched[event.kind] += 1
        ids = {} if event.stan is None else {"stan": event.stan, "terminal": event.terminal_id, "mti": event.mti}
        _log.warning("acquirer_frame_dropped", why=event.kind.value, response_code=event.response_code, **ids)
        if self._on_unmatched is None:
            return
        try:
            self._on_unmatched(event)
        except Exception as error:  # noqa: BLE001  # who records a late answer must not end the connection
            _log.error("acquirer_unmatched_answer_not_recorded", error=type(error).__name__)

    def _lost(self, connection: LineConnection) -> None:
        """Nobody waits any longer for what went out on a connection that has ended.

        When its line is up again it is the standby, so that a line that flaps carries nothing.
        """
        self._make_standby(connection)
        for waiting in self._waiting.values():
            if waiting.connection is connection and not waiting.future.done():
                waiting.future.set_result(None)

    def _make_standby(self, connection: LineConnection) -> None:
        """The connection's line goes last."""
        self._lines.sort(key=lambda line: line.connection is connection)

    async def _wait_for(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._changed.wait()

    def _tell(self) -> None:
        """Wakes those who wait for the link to change, once."""
        self._changed.set()
        self._changed = asyncio.Event()
