"""One connection to the acquirer as a state machine: bytes and moments in, events and bytes out.

Pure: it opens no socket and asks no clock. ``link`` does both and holds one session for each connection. Time for
silence comes as seconds that never run backwards, time for messages as UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from oneclick.acquirer import fields, mac
from oneclick.acquirer.framing import FrameBuffer, frame
from oneclick.acquirer.messages import (
    STAN_MAX,
    Answer,
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

APPROVED = "00"
ECHOES_MISSED_MAX = 3


class State(StrEnum):
    """Where a connection stands. Only ``UP`` carries payments; ``LOST`` asks the link to reconnect."""

    CONNECTED = "connected"
    SIGNING_ON = "signing on"
    UP = "up"
    SIGNING_OFF = "signing off"
    SIGNED_OFF = "signed off"
    LOST = "lost"


MOVES: Mapping[State, frozenset[State]] = {
    State.CONNECTED: frozenset({State.SIGNING_ON, State.LOST}),
    State.SIGNING_ON: frozenset({State.UP, State.LOST}),
    State.UP: frozenset({State.SIGNING_OFF, State.LOST}),
    State.SIGNING_OFF: frozenset({State.SIGNED_OFF, State.LOST}),
    State.SIGNED_OFF: frozenset(),
    State.LOST: frozenset(),
}


class Why(StrEnum):
    """Why a received frame was dropped."""

    WRONG_MAC = "wrong MAC"
    GARBAGE = "garbage"
    UNMATCHED = "unmatched"


@dataclass
class Drops:
    """How many received frames were dropped, by reason. Outlives the connections."""

    wrong_mac: int = 0
    garbage: int = 0
    unmatched: int = 0

    def count(self, why: Why) -> None:
        """Adds one."""
        match why:
            case Why.WRONG_MAC:
                self.wrong_mac += 1
            case Why.GARBAGE:
                self.garbage += 1
            case Why.UNMATCHED:
                self.unmatched += 1


@dataclass(frozen=True)
class Answered:
    """A payment that is in flight got its answer."""

    trace: Trace
    answer: Answer


@dataclass(frozen=True)
class Dropped:
    """A frame was passed over. An unmatched one has its trace, and its answer if it was a payment's: it came late."""

    why: Why
    trace: Trace | None = None
    answer: Answer | None = None


Event = Answered | Dropped


class NotTaken(StrEnum):
    """Why a session doesn't take a payment: nothing of it goes to the wire."""

    DOWN = "link down"
    FULL = "too many in flight"
    TWICE = "same trace in flight"


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """What a session is told: its key, its own terminal, and its bounds in messages, bytes and seconds."""

    mac_key: bytes = field(repr=False)
    network_terminal_id: str
    in_flight_max: int
    frame_bytes_max: int
    echo_silence_s: float
    sign_on_timeout_s: float


def network_stans() -> Iterator[int]:
    """The trace numbers of our own terminal: 1 to 999999 and round again. Outlives the connections."""
    while True:
        yield from range(1, STAN_MAX + 1)


class Session:
    """One connection, from the first byte to the last. Source: acquirer.md, Session."""

    def __init__(self, options: SessionOptions, stans: Iterator[int], drops: Drops) -> None:
        self._options = options
        self._stans = stans
        self._drops = drops
        self._buffer = FrameBuffer(options.frame_bytes_max)
        self._payments: set[Trace] = set()
        self._network: dict[Trace, NetworkFunction] = {}
        self._echoes_unanswered = 0
        self._quiet_since_s = 0.0
        self.state = State.CONNECTED

    @property
    def in_flight(self) -> int:
        """How many payments wait for their answer."""
        return len(self._payments)

    @property
    def due_s(self) -> float | None:
        """When ``wake`` has something to do, if nothing is received before; None while it never has."""
        match self.state:
            case State.SIGNING_ON:
                return self._quiet_since_s + self._options.sign_on_timeout_s
            case State.UP:
                return self._quiet_since_s + self._options.echo_silence_s
            case _:
                return None

    def sign_on(self, now_s: float, at: datetime) -> bytes:
        """The bytes that open the session; raises ``MoveError`` if it is open already."""
        self._move(State.SIGNING_ON)
        self._quiet_since_s = now_s
        return self._ask(NetworkFunction.SIGN_ON, at)

    def sign_off(self, at: datetime) -> bytes:
        """The bytes that end the session; payments in flight may still be answered. Raises ``MoveError`` if not up."""
        self._move(State.SIGNING_OFF)
        return self._ask(NetworkFunction.SIGN_OFF, at)

    def send(self, purchase: Purchase) -> bytes | NotTaken:
        """The bytes of a payment, which is in flight from now until ``forget``; or why it isn't taken.

        The bytes hold clear card digits: write them and drop them.
        """
        if self.state is not State.UP:
            return NotTaken.DOWN
        if len(self._payments) >= self._options.in_flight_max:
            return NotTaken.FULL
        if purchase.trace in self._payments:
            return NotTaken.TWICE
        sent = frame(write_purchase(purchase, self._options.mac_key))
        self._payments.add(purchase.trace)
        return sent

    def forget(self, trace: Trace) -> None:
        """A payment no longer waits: an answer from now on is a late one."""
        self._payments.discard(trace)

    def wake(self, now_s: float, at: datetime) -> bytes:
        """What is due: an echo after silence, or nothing. The state is ``LOST`` when the other end is given up.

        That is after three echoes without any sign of life, or when the sign-on isn't answered in time.
        """
        if self.due_s is None or now_s < self.due_s:
            return b""
        if self.state is State.SIGNING_ON or self._echoes_unanswered >= ECHOES_MISSED_MAX:
            self._move(State.LOST)
            return b""
        self._echoes_unanswered += 1
        self._quiet_since_s = now_s
        return self._ask(NetworkFunction.ECHO, at)

    def receive_data(self, data: bytes, now_s: float) -> list[Event]:
        """What these bytes complete. A frame over its bound makes the state ``LOST``: the stream has lost its order."""
        events = [self._receive(message, now_s) for message in self._buffer.feed(data)]
        if self._buffer.is_broken:
            events.append(self._drop(Why.GARBAGE))
            self.lose()
        return [event for event in events if event is not None]

    def lose(self) -> None:
        """The connection has ended, however it was."""
        if State.LOST in MOVES[self.state]:
            self._move(State.LOST)

    def _receive(self, received: bytes, now_s: float) -> Event | None:
        if not mac.holds(received, self._options.mac_key):
            return self._drop(Why.WRONG_MAC)
        try:
            message = fields.decode(received)
            trace = Trace.of(message)
            if message.mti == Mti.NETWORK_ANSWER:
                said: Answer | NetworkManagement = read_network_management(message)
            else:
                said = read_answer(message)
        except WireError:
            return self._drop(Why.GARBAGE)
        self._quiet_since_s = now_s
        self._echoes_unanswered = 0
        if isinstance(said, NetworkManagement):
            return self._receive_network(said)
        if trace not in self._payments:
            return self._drop(Why.UNMATCHED, trace, said)
        self._payments.discard(trace)
        return Answered(trace, said)

    def _receive_network(self, said: NetworkManagement) -> Event | None:
        if self._network.get(said.trace) is not said.function:
            return self._drop(Why.UNMATCHED, said.trace)
        del self._network[said.trace]
        if self.state is State.SIGNING_ON and said.function is NetworkFunction.SIGN_ON:
            self._move(State.UP if said.response_code == APPROVED else State.LOST)
        elif self.state is State.SIGNING_OFF and said.function is NetworkFunction.SIGN_OFF:
            self._move(State.SIGNED_OFF)
        return None

    def _ask(self, function: NetworkFunction, at: datetime) -> bytes:
        trace = Trace.at(at, next(self._stans), self._options.network_terminal_id)
        if self._echoes_unanswered == 1:
            self._network.clear()  # the first echo after a sign of life: what was asked before is settled
        self._network[trace] = function
        return frame(write_network_management(NetworkManagement(trace, function), self._options.mac_key))

    def _drop(self, why: Why, trace: Trace | None = None, answer: Answer | None = None) -> Dropped:
        self._drops.count(why)
        return Dropped(why, trace, answer)

    def _move(self, to: State) -> None:
        if to not in MOVES[self.state]:
            message = f"a session that is {self.state} can't become {to}"
            raise MoveError(message)
        self.state = to
