"""One connection to the acquirer as a state machine: bytes and moments in, events and bytes out.

Pure: it opens no socket and asks no clock. ``line`` does both and holds one session for each connection. Time for
silence comes as seconds that never run backwards, time for messages as UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from oneclick.acquirer import fields, mac
from oneclick.acquirer.framing import FrameBuffer, frame
from oneclick.acquirer.in_flight import InFlight, NotTaken, UnmatchedAnswer, UnmatchedCounts, UnmatchedKind
from oneclick.acquirer.later_messages import LaterMessage, write_later_message
from oneclick.acquirer.messages import (
    Answer,
    AnswerKey,
    Mti,
    NetworkFunction,
    NetworkManagement,
    Purchase,
    Trace,
    read_answer,
    read_network_management,
    write_network_management,
    write_purchase,
)
from oneclick.errors import MoveError, WireError
from oneclick.ids import STAN_MAX
from oneclick.life_cycle import Life, Move
from oneclick.payments.response_codes import APPROVED

ECHOES_MISSED_MAX = 3


class SessionState(StrEnum):
    """The state of a connection. Only ``UP`` carries messages; ``LOST`` asks the link to reconnect."""

    CONNECTED = "connected"
    SIGNING_ON = "signing on"
    UP = "up"
    SIGNING_OFF = "signing off"
    SIGNED_OFF = "signed off"
    LOST = "lost"


SESSION_LIFE = Life[SessionState](
    {
        SessionState.CONNECTED: {SessionState.SIGNING_ON, SessionState.LOST},
        SessionState.SIGNING_ON: {SessionState.UP, SessionState.LOST},
        SessionState.UP: {SessionState.SIGNING_OFF, SessionState.LOST},
        SessionState.SIGNING_OFF: {SessionState.SIGNED_OFF, SessionState.LOST},
        SessionState.SIGNED_OFF: set(),
        SessionState.LOST: set(),
    }
)
_SIGNING_ON = SESSION_LIFE.move(SessionState.CONNECTED, SessionState.SIGNING_ON)
_SIGNED_ON = SESSION_LIFE.move(SessionState.SIGNING_ON, SessionState.UP)
_SIGNING_OFF = SESSION_LIFE.move(SessionState.UP, SessionState.SIGNING_OFF)
_SIGNED_OFF = SESSION_LIFE.move(SessionState.SIGNING_OFF, SessionState.SIGNED_OFF)
_LOSSES = {
    move.origin: move
    for move in SESSION_LIFE.moves(
        (SessionState.CONNECTED, SessionState.SIGNING_ON, SessionState.UP, SessionState.SIGNING_OFF),
        (SessionState.LOST,),
    )
}

AcquirerRequest = Purchase | LaterMessage


@dataclass(frozen=True)
class AnswerReceived:
    """The event that a message in flight got its answer."""

    key: AnswerKey
    answer: Answer


Event = AnswerReceived | UnmatchedAnswer


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The options of a session: its key, its own terminal, and its bounds in bytes and seconds."""

    mac_key: bytes = field(repr=False)
    network_terminal_id: str
    frame_bytes_max: int
    echo_silence_s: float
    sign_on_timeout_s: float


@dataclass(frozen=True)
class LinkMemory:
    """The memory that a link's connections share and that outlives them: messages in flight, counts, trace numbers."""

    in_flight: InFlight
    unmatched: UnmatchedCounts
    stans: Iterator[int]


def network_stans() -> Iterator[int]:
    """The trace numbers of our own terminal: 1 to 999999 and round again."""
    while True:
        yield from range(1, STAN_MAX + 1)


class Session:
    """One connection, from the first byte to the last. Source: acquirer.md, Session."""

    def __init__(self, options: SessionOptions, memory: LinkMemory) -> None:
        self._options = options
        self._memory = memory
        self._buffer = FrameBuffer(options.frame_bytes_max)
        self._network: dict[Trace, NetworkFunction] = {}
        self._echoes_unanswered = 0
        self._quiet_since_s = 0.0
        self.heard_s = 0.0  # when a frame with a right MAC came last
        self.state = SessionState.CONNECTED

    @property
    def due_s(self) -> float | None:
        """The second at which ``wake`` is due if no message comes before; None while it never is."""
        match self.state:
            case SessionState.SIGNING_ON:
                return self._quiet_since_s + self._options.sign_on_timeout_s
            case SessionState.UP:
                return self._quiet_since_s + self._options.echo_silence_s
            case _:
                return None

    def sign_on(self, now_s: float, at: datetime) -> bytes:
        """The bytes that open the session; raises ``MoveError`` if it is open already."""
        self._move(_SIGNING_ON)
        self._quiet_since_s = now_s
        return self._ask(NetworkFunction.SIGN_ON, at)

    def sign_off(self, at: datetime) -> bytes:
        """The bytes that end the session; payments in flight may still be answered. Raises ``MoveError`` if not up."""
        self._move(_SIGNING_OFF)
        return self._ask(NetworkFunction.SIGN_OFF, at)

    def send(self, message: AcquirerRequest) -> bytes | NotTaken:
        """The bytes of a message, which is in flight from now on; or why it isn't taken.

        The bytes may hold clear card digits: write them and drop them.
        """
        if self.state is not SessionState.UP:
            return NotTaken.DOWN
        in_flight, key = self._memory.in_flight, message.answer_key
        refusal = in_flight.refusal(key)
        if refusal is not None:
            return refusal
        if isinstance(message, Purchase):
            sent = frame(write_purchase(message, self._options.mac_key))
        else:
            sent = frame(write_later_message(message, self._options.mac_key))
        in_flight.add(key)
        return sent

    def wake(self, now_s: float, at: datetime) -> bytes:
        """The message that is due, as bytes: an echo after silence, or nothing.

        The state is ``LOST`` when the other end is given up: after three echoes without any sign of life, or when the
        sign-on isn't answered in time.
        """
        if self.due_s is None or now_s < self.due_s:
            return b""
        if self.state is SessionState.SIGNING_ON or self._echoes_unanswered >= ECHOES_MISSED_MAX:
            self.lose()
            return b""
        self._echoes_unanswered += 1
        self._quiet_since_s = now_s
        return self._ask(NetworkFunction.ECHO, at)

    def receive_data(self, data: bytes, now_s: float) -> list[Event]:
        """The events of the frames that these bytes complete.

        A frame over its bound makes the state ``LOST``: the stream has lost its order.
        """
        events = [self._receive(message, now_s) for message in self._buffer.feed(data)]
        if self._buffer.is_broken:
            events.append(self._unmatched(UnmatchedAnswer(kind=UnmatchedKind.GARBAGE)))
            self.lose()
        return [event for event in events if event is not None]

    def lose(self) -> None:
        """Takes note that the connection has ended, however it was."""
        if self.state in _LOSSES:
            self._move(_LOSSES[self.state])

    def _receive(self, received: bytes, now_s: float) -> Event | None:
        if not mac.holds(received, self._options.mac_key):
            return self._unmatched(UnmatchedAnswer(kind=UnmatchedKind.WRONG_MAC))
        try:
            message = fields.decode(received)
            key = AnswerKey.of(message)
            if message.mti == Mti.NETWORK_ANSWER:
                said: Answer | NetworkManagement = read_network_management(message)
            else:
                said = read_answer(message)
        except WireError:
            return self._unmatched(UnmatchedAnswer(kind=UnmatchedKind.GARBAGE))
        self._quiet_since_s = self.heard_s = now_s
        self._echoes_unanswered = 0
        if isinstance(said, NetworkManagement):
            return self._receive_network(said)
        kind = self._memory.in_flight.answer(key)
        return (
            AnswerReceived(key, said) if kind is None else self._unmatched(UnmatchedAnswer.of_answer(kind, key, said))
        )

    def _receive_network(self, said: NetworkManagement) -> Event | None:
        if self._network.get(said.trace) is not said.function:
            trace = said.trace
            return self._unmatched(
                UnmatchedAnswer(
                    kind=UnmatchedKind.UNKNOWN_TRACE,
                    mti=Mti.NETWORK_ANSWER.value,
                    stan=trace.stan,
                    terminal_id=trace.terminal_id,
                    transmission=trace.transmission,
                    response_code=said.response_code,
                )
            )
        del self._network[said.trace]
        if self.state is SessionState.SIGNING_ON and said.function is NetworkFunction.SIGN_ON:
            if said.response_code == APPROVED:
                self._move(_SIGNED_ON)
            else:
                self.lose()
        elif self.state is SessionState.SIGNING_OFF and said.function is NetworkFunction.SIGN_OFF:
            self._move(_SIGNED_OFF)
        return None

    def _ask(self, function: NetworkFunction, at: datetime) -> bytes:
        trace = Trace.at(at, next(self._memory.stans), self._options.network_terminal_id)
        if self._echoes_unanswered == 1:
            self._network.clear()  # the first echo after a sign of life: what was asked before is settled
        self._network[trace] = function
        return frame(write_network_management(NetworkManagement(trace, function), self._options.mac_key))

    def _unmatched(self, answer: UnmatchedAnswer) -> UnmatchedAnswer:
        self._memory.unmatched[answer.kind] += 1
        return answer

    def _move(self, move: Move[SessionState]) -> None:
        if self.state is not move.origin:
            message = f"a session that is {self.state} can't become {move.to}"
            raise MoveError(message)
        self.state = move.to
