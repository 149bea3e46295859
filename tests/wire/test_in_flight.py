"""What waits for an answer, and what an answer is that nobody waits for. Source: acquirer.md, Session."""

from oneclick.acquirer.in_flight import InFlight, NotTaken, UnmatchedKind
from support.wire import Choice, purchase, reversal

FIRST, SECOND, THIRD = (purchase(Choice(stan=stan)).answer_key for stan in (1, 2, 3))


def test_an_answer_that_is_waited_for_is_not_unmatched() -> None:
    in_flight = InFlight(2)
    in_flight.add(FIRST)
    assert in_flight.answer(FIRST) is None
    assert len(in_flight) == 0


def test_an_answer_that_is_not_waited_for_has_a_kind() -> None:
    in_flight = InFlight(2)
    in_flight.add(FIRST)
    in_flight.add(SECOND)
    in_flight.answer(FIRST)
    in_flight.give_up(SECOND)
    kinds = [in_flight.answer(key) for key in (FIRST, SECOND, THIRD, SECOND)]
    assert kinds == [UnmatchedKind.TWICE, UnmatchedKind.LATE, UnmatchedKind.UNKNOWN_TRACE, UnmatchedKind.LATE]


def test_what_was_given_up_may_be_asked_again() -> None:
    in_flight = InFlight(1)
    key = reversal().answer_key
    in_flight.add(key)
    in_flight.give_up(key)
    assert in_flight.refusal(key) is None
    in_flight.add(key)
    assert in_flight.answer(key) is None
    assert in_flight.answer(key) is UnmatchedKind.TWICE


def test_what_was_answered_is_not_given_up() -> None:
    in_flight = InFlight(1)
    in_flight.add(FIRST)
    in_flight.answer(FIRST)
    in_flight.give_up(FIRST)
    assert in_flight.answer(FIRST) is UnmatchedKind.TWICE


def test_messages_in_flight_are_bounded_and_each_is_there_once() -> None:
    in_flight = InFlight(2)
    in_flight.add(FIRST)
    assert in_flight.refusal(FIRST) is NotTaken.TWICE
    assert in_flight.refusal(SECOND) is None
    in_flight.add(SECOND)
    assert in_flight.refusal(THIRD) is NotTaken.FULL


def test_only_so_many_of_the_past_are_remembered() -> None:
    in_flight = InFlight(10, remembered_max=2)
    for key in (FIRST, SECOND, THIRD):
        in_flight.add(key)
        in_flight.give_up(key)
    kinds = [in_flight.answer(key) for key in (FIRST, SECOND, THIRD)]
    assert kinds == [UnmatchedKind.UNKNOWN_TRACE, UnmatchedKind.LATE, UnmatchedKind.LATE]


def test_what_was_given_up_last_is_remembered_longest() -> None:
    in_flight = InFlight(10, remembered_max=2)
    for key in (FIRST, SECOND, FIRST, THIRD):
        in_flight.add(key)
        in_flight.give_up(key)
    assert [in_flight.answer(key) for key in (FIRST, SECOND)] == [UnmatchedKind.LATE, UnmatchedKind.UNKNOWN_TRACE]
