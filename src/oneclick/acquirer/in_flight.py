"""Which messages wait for an answer, over all connections of a link, and what an answer is that nobody waits for.

Pure: no socket, no clock. Bounded: so many in flight, and so many remembered of those that no longer are.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from oneclick.acquirer.messages import Answer, AnswerKey

REMEMBERED_MAX = 10_000


class NotTaken(StrEnum):
    """Why a message isn't taken: nothing of it goes to the wire."""

    DOWN = "link down"
    FULL = "too many in flight"
    TWICE = "same trace in flight"


class StrayKind(StrEnum):
    """Why a received frame answers nobody."""

    LATE = "late"  # its asker has given up
    TWICE = "twice"  # it was answered before
    UNMATCHED = "unmatched"  # it was never asked for, or longer ago than we remember
    WRONG_MAC = "wrong MAC"
    GARBAGE = "garbage"


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A received frame that answers nobody, with what it says; no card data.

    Of a frame with a wrong MAC, and of garbage, nothing is known: whatever it says, nobody vouches for it. Source:
    acquirer.md, Session.
    """

    kind: StrayKind
    mti: str | None = None
    stan: int | None = None
    terminal_id: str | None = None
    transmission: str | None = None
    rrn: str | None = None
    response_code: str | None = None
    authorisation_id: str | None = None

    @classmethod
    def of_answer(cls, kind: StrayKind, key: AnswerKey, answer: Answer) -> "Stray":
        """An answer that nobody waits for."""
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


# How many frames answered nobody, by kind, since the link's start.
Strays = Counter[StrayKind]


class InFlight:
    """The messages that wait for an answer. One instance a link: an answer may come on any of its connections."""

    def __init__(self, in_flight_max: int, remembered_max: int = REMEMBERED_MAX) -> None:
        self._in_flight_max = in_flight_max
        self._remembered_max = remembered_max
        self._waiting: set[AnswerKey] = set()
        self._past: dict[AnswerKey, StrayKind] = {}  # oldest first: what an answer would be, if one came now

    def __len__(self) -> int:
        return len(self._waiting)

    def refusal(self, key: AnswerKey) -> NotTaken | None:
        """Why a message isn't taken now; None if ``add`` may be called."""
        if len(self._waiting) >= self._in_flight_max:
            return NotTaken.FULL
        return NotTaken.TWICE if key in self._waiting else None

    def add(self, key: AnswerKey) -> None:
        """A message waits from now on. It may be the repetition of one that was given up."""
        self._past.pop(key, None)
        self._waiting.add(key)

    def answer(self, key: AnswerKey) -> StrayKind | None:
        """An answer has come: None if it was waited for, and then it no longer is; or what it is instead."""
        if key in self._waiting:
            self._end(key, StrayKind.TWICE)
            return None
        return self._past.get(key, StrayKind.UNMATCHED)

    def give_up(self, key: AnswerKey) -> None:
        """A message no longer waits: an answer from now on is a late one."""
        if key in self._waiting:
            self._end(key, StrayKind.LATE)

    def _end(self, key: AnswerKey, as_stray: StrayKind) -> None:
        self._waiting.discard(key)
        self._past[key] = as_stray
        while len(self._past) > self._remembered_max:
            del self._past[next(iter(self._past))]
