"""One connection as a state machine; moments are values. Source: acquirer.md, Session."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer import fields, mac
from oneclick.acquirer.framing import frame
from oneclick.acquirer.in_flight import InFlight, NotTaken, UnmatchedAnswer, UnmatchedCounts, UnmatchedKind
from oneclick.acquirer.messages import (
    Answer,
    NetworkFunction,
    NetworkManagement,
    Purchase,
    Trace,
    read_network_management,
    write_network_management,
)
from oneclick.acquirer.session import (
    SESSION_LIFE,
    AnswerReceived,
    LinkMemory,
    Session,
    SessionOptions,
    SessionState,
    network_stans,
)
from oneclick.errors import MoveError
from support.wire import MAC_KEY, MOMENT, Choice, purchase

OPTIONS = SessionOptions(
    mac_key=MAC_KEY,
    network_terminal_id="NETMGMT1",
    frame_bytes_max=500,
    echo_silence_s=60.0,
    sign_on_timeout_s=10.0,
)
APPROVAL = Answer(
    response_code="00", authorisation_id="654321", rrn="118600000042", network_transaction_id=None, cvc2_result=None
)


def answer_to(sent: bytes, response_code: str = "00") -> bytes:
    """What the other end says to a network management frame."""
    request = read_network_management(fields.decode(sent[2:]))
    answer = NetworkManagement(request.trace, request.function, response_code)
    return frame(write_network_management(answer, MAC_KEY))


def state_of(session: Session) -> SessionState:
    """The state, which a call may have changed."""
    return session.state


def function_of(sent: bytes) -> NetworkFunction:
    return read_network_management(fields.decode(sent[2:])).function


def approval_of(payment: Purchase) -> bytes:
    texts = payment.trace.fields | {37: payment.rrn, 38: "654321", 39: "00"}
    return frame(mac.seal(fields.Message("0210", texts), MAC_KEY))


def new_memory() -> LinkMemory:
    """A link's memory with room for two messages in flight."""
    return LinkMemory(InFlight(2), UnmatchedCounts(), network_stans())


def answer(kind: UnmatchedKind, trace: Trace | None = None, mti: str = "0210") -> UnmatchedAnswer:
    """What is said of an approval that nobody waits for."""
    trace = trace or purchase().trace
    return UnmatchedAnswer(
        kind=kind,
        mti=mti,
        stan=trace.stan,
        terminal_id=trace.terminal_id,
        transmission=trace.transmission,
        rrn="118600000042",
        response_code="00",
        authorisation_id="654321",
    )


def up(memory: LinkMemory | None = None) -> Session:
    """A session that signed on at 0 s."""
    session = Session(OPTIONS, memory or new_memory())
    assert session.receive_data(answer_to(session.sign_on(0.0, MOMENT)), 0.0) == []
    assert state_of(session) is SessionState.UP
    return session


def test_a_connection_begins_with_a_sign_on() -> None:
    session = Session(OPTIONS, new_memory())
    sent = session.sign_on(0.0, MOMENT)
    assert read_network_management(fields.decode(sent[2:])) == NetworkManagement(
        Trace(1, "0705090807", "NETMGMT1"), NetworkFunction.SIGN_ON
    )
    assert state_of(session) is SessionState.SIGNING_ON
    assert session.send(purchase()) is NotTaken.DOWN


def test_a_refused_sign_on_loses_the_connection() -> None:
    session = Session(OPTIONS, new_memory())
    session.receive_data(answer_to(session.sign_on(0.0, MOMENT), "91"), 0.0)
    assert state_of(session) is SessionState.LOST


def test_a_sign_on_without_answer_loses_the_connection_in_time() -> None:
    session = Session(OPTIONS, new_memory())
    session.sign_on(5.0, MOMENT)
    assert session.due_s == 15.0
    assert session.wake(14.9, MOMENT) == b""
    assert state_of(session) is SessionState.SIGNING_ON
    assert session.wake(15.0, MOMENT) == b""
    assert state_of(session) is SessionState.LOST
    assert session.due_s is None


def test_an_echo_goes_out_after_sixty_seconds_of_silence() -> None:
    session = up()
    assert session.due_s == 60.0
    assert session.wake(59.9, MOMENT) == b""
    assert function_of(session.wake(60.0, MOMENT)) is NetworkFunction.ECHO
    assert session.due_s == 120.0


def test_anything_that_is_heard_puts_the_echo_off() -> None:
    session = up()
    session.send(purchase())
    session.receive_data(approval_of(purchase()), 30.0)
    assert session.due_s == 90.0


def test_a_frame_with_a_wrong_mac_is_no_sign_of_life() -> None:
    session = up()
    session.receive_data(frame(b"x" * 50), 30.0)
    assert session.due_s == 60.0


def test_three_missed_echoes_lose_the_connection() -> None:
    session = up()
    for echo in (60.0, 120.0, 180.0):
        assert function_of(session.wake(echo, MOMENT)) is NetworkFunction.ECHO
    assert state_of(session) is SessionState.UP
    assert session.wake(240.0, MOMENT) == b""
    assert state_of(session) is SessionState.LOST


def test_an_answered_echo_begins_the_count_anew() -> None:
    session = up()
    for start in (0.0, 300.0, 600.0):
        session.wake(start + 60.0, MOMENT)
        sent = session.wake(start + 120.0, MOMENT + timedelta(seconds=start))
        assert session.receive_data(answer_to(sent), start + 240.0) == []
    assert state_of(session) is SessionState.UP


def test_an_answer_is_matched_by_stan_time_and_terminal() -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    assert len(memory.in_flight) == 1
    assert session.receive_data(approval_of(purchase()), 1.0) == [AnswerReceived(purchase().answer_key, APPROVAL)]
    assert len(memory.in_flight) == 0


@pytest.mark.parametrize(
    "other",
    [Trace(43, "0705090807", "OC000001"), Trace(42, "0705090808", "OC000001"), Trace(42, "0705090807", "OC2     ")],
)
def test_an_answer_that_differs_in_one_of_them_is_dropped_and_counted(other: Trace) -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    message = fields.Message("0210", other.fields | {37: "118600000042", 38: "654321", 39: "00"})
    events = session.receive_data(frame(mac.seal(message, MAC_KEY)), 1.0)
    assert events == [answer(UnmatchedKind.UNKNOWN_TRACE, other)]
    assert len(memory.in_flight) == 1
    assert memory.unmatched == {UnmatchedKind.UNKNOWN_TRACE: 1}


def test_a_late_answer_is_recorded_and_changes_nothing() -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    memory.in_flight.give_up(purchase().answer_key)
    assert session.receive_data(approval_of(purchase()), 1.0) == [answer(UnmatchedKind.LATE)]
    assert memory.unmatched == {UnmatchedKind.LATE: 1}


def test_a_second_answer_is_dropped() -> None:
    session = up()
    session.send(purchase())
    events = session.receive_data(approval_of(purchase()) * 2, 1.0)
    assert events == [AnswerReceived(purchase().answer_key, APPROVAL), answer(UnmatchedKind.TWICE)]


def test_an_answer_to_an_echo_that_was_not_asked_is_dropped_and_counted() -> None:
    """Nor does it answer what was asked: a sign-on is answered by a sign-on, under its own trace."""
    memory = new_memory()
    session = Session(OPTIONS, memory)
    asked = read_network_management(fields.decode(session.sign_on(0.0, MOMENT)[2:]))
    for trace, function in (
        (replace(asked.trace, stan=asked.trace.stan + 1), NetworkFunction.SIGN_ON),
        (asked.trace, NetworkFunction.ECHO),
    ):
        answer = frame(write_network_management(NetworkManagement(trace, function, "00"), MAC_KEY))
        assert session.receive_data(answer, 1.0) == [
            UnmatchedAnswer(
                kind=UnmatchedKind.UNKNOWN_TRACE,
                mti="0810",
                stan=trace.stan,
                terminal_id="NETMGMT1",
                transmission="0705090807",
                response_code="00",
            )
        ]
    assert state_of(session) is SessionState.SIGNING_ON
    assert memory.unmatched == {UnmatchedKind.UNKNOWN_TRACE: 2}


def test_a_wrong_mac_drops_the_frame_and_is_counted() -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    changed = bytearray(approval_of(purchase()))
    changed[-1] ^= 1
    assert session.receive_data(bytes(changed), 1.0) == [UnmatchedAnswer(kind=UnmatchedKind.WRONG_MAC)]
    assert len(memory.in_flight) == 1
    assert memory.unmatched == {UnmatchedKind.WRONG_MAC: 1}


def test_garbage_with_a_right_mac_is_dropped_and_counted() -> None:
    memory = new_memory()
    session = up(memory)
    texts = purchase().trace.fields
    for message in (fields.Message("0210", texts), fields.Message("0200", texts), fields.Message("0800", texts)):
        assert session.receive_data(frame(mac.seal(message, MAC_KEY)), 1.0) == [
            UnmatchedAnswer(kind=UnmatchedKind.GARBAGE)
        ]
    assert memory.unmatched == {UnmatchedKind.GARBAGE: 3}


def test_a_frame_over_the_bound_loses_the_connection_after_what_came_before() -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    events = session.receive_data(approval_of(purchase()) + b"\xff\xff", 1.0)
    assert events == [AnswerReceived(purchase().answer_key, APPROVAL), UnmatchedAnswer(kind=UnmatchedKind.GARBAGE)]
    assert state_of(session) is SessionState.LOST
    assert memory.unmatched == {UnmatchedKind.GARBAGE: 1}


def test_payments_in_flight_are_bounded() -> None:
    memory = new_memory()
    session = up(memory)
    assert isinstance(session.send(purchase(Choice(stan=1))), bytes)
    assert isinstance(session.send(purchase(Choice(stan=2))), bytes)
    assert session.send(purchase(Choice(stan=3))) is NotTaken.FULL
    memory.in_flight.give_up(purchase(Choice(stan=1)).answer_key)
    assert isinstance(session.send(purchase(Choice(stan=3))), bytes)


def test_a_trace_is_in_flight_once() -> None:
    session = up()
    session.send(purchase())
    assert session.send(purchase()) is NotTaken.TWICE


def test_after_the_sign_off_no_payment_is_taken_but_answers_still_match() -> None:
    session = up()
    session.send(purchase())
    sent = session.sign_off(MOMENT)
    assert function_of(sent) is NetworkFunction.SIGN_OFF
    assert session.send(purchase(Choice(stan=1))) is NotTaken.DOWN
    assert session.due_s is None
    assert session.receive_data(approval_of(purchase()), 1.0) == [AnswerReceived(purchase().answer_key, APPROVAL)]
    session.receive_data(answer_to(sent), 1.0)
    assert state_of(session) is SessionState.SIGNED_OFF


def test_a_move_that_the_table_has_not_is_an_error() -> None:
    session = up()
    with pytest.raises(MoveError):
        session.sign_on(0.0, MOMENT)
    assert set(SESSION_LIFE.states) == set(SessionState)


def test_trace_numbers_of_our_own_terminal_go_round() -> None:
    stans = network_stans()
    numbers = [next(stans) for _ in range(1_000_000)]
    assert (numbers[0], numbers[-2], numbers[-1]) == (1, 999_999, 1)


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_no_bytes_upset_a_session(pieces: list[bytes]) -> None:
    memory = new_memory()
    session = up(memory)
    session.send(purchase())
    for piece in pieces:
        assert all(isinstance(event, UnmatchedAnswer) for event in session.receive_data(piece, 1.0))
    assert len(memory.in_flight) == 1
