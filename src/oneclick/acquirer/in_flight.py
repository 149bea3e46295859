"""The messages that wait for an answer, over all connections of a link, and the answers that nobody waits for.

Pure: no socket, no clock. Bounded: so many in flight, and so many remembered of those that no longer are.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from oneclick.acquirer.messages import Answer, AnswerKey

REMEMBERED_MAX = 10_000


class NotTaken(StrEnum):
    """The reason why a message isn't taken: nothing of it goes to the wire."""

    DOWN = "link down"
    FULL = "too many in flight"
    TWICE = "same trace in flight"


class UnmatchedKind(StrEnum):
    """The reason why a received frame answers nobody."""

    LATE = "late"  # its asker has given up
    TWICE = "twice"  # it was answered before
    UNKNOWN_TRACE = "unmatched"  # it was never asked for, or longer ago than we remember
    WRONG_MAC = "wrong MAC"
    GARBAGE = "garbage"


@dataclass(frozen=True, kw_only=True)
class UnmatchedAnswer:
    """A received frame that answers nobody, with what it says; no card data.

    Of a frame with a wrong MAC, and of garbage, nothing is known: whatever it says, nobody vouches for it. Source:
    acquirer.md, Session.
    """

    kind: UnmatchedKind
    mti: str | None = None
    stan: int | None = None
    terminal_id: str | None = None
    transmission: str | None = None
    rrn: str | None = None
    response_code: str | None = None
    authorisation_id: str | None = None

    @classmethod
    def of_answer(cls, kind: UnmatchedKind, key: AnswerKey, answer: Answer) -> "UnmatchedAnswer":
        """Makes an unmatched answer of an answer that nobody waits for."""
        return cls(
            kind=kind,
            mti=key.mti,
            stan=key.trace.stan,
            terminal_id=key.trace.terminal_id,
            transmission=key.trace.transmission,
            rrn=answer.rrn,
            response_code=answer.response_code,
            authorisation_id=answer.authorisation_id,
        )


# Frames that answered nobody, counted by kind, since the link's start.
UnmatchedCounts = Counter[UnmatchedKind]


class InFlight:
    """The messages that wait for an answer. One instance a link: an answer may come on any of its connections."""

    def __init__(self, in_flight_max: int, remembered_max: int = REMEMBERED_MAX) -> None:
        self._in_flight_max = in_flight_max
        self._remembered_max = remembered_max
        self._waiting: set[AnswerKey] = set()
        self._past: dict[AnswerKey, UnmatchedKind] = {}  # oldest first: what an answer would be, if one came now

    def __len__(self) -> int:
        return len(self._waiting)

    def refusal(self, key: AnswerKey) -> NotTaken | None:
        """The reason why a message isn't taken now; None if ``add`` may be called."""
        if len(self._waiting) >= self._in_flight_max:
            return NotTaken.FULL
        return NotTaken.TWICE if key in self._waiting else None

    def add(self, key: AnswerKey) -> None:
        """Lets a message wait from now on. It may be the repetition of one that was given up."""
        self._past.pop(key, None)
        self._waiting.add(key)

    def answer(self, key: AnswerKey) -> UnmatchedKind | None:
        """Takes an answer: None if it was waited for, and then it no longer is; else the kind of unmatched answer."""
        if key in self._waiting:
            self._end(key, UnmatchedKind.TWICE)
            return None
        return self._past.get(key, UnmatchedKind.UNKNOWN_TRACE)

    def give_up(self, key: AnswerKey) -> None:
        """Lets a message wait no longer: an answer from now on is a late one."""
        if key in self._waiting:
            self._end(key, UnmatchedKind.LATE)

    def _end(self, key: AnswerKey, as_unmatched: UnmatchedKind) -> None:
        self._waiting.discard(key)
        self._past[key] = as_unmatched
        while len(self._past) > self._remembered_max:
            del self._past[next(iter(self._past))]
