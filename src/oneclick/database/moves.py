"""Moves of a life as SQL: the pairs of states that a statement can make, and no others (E1)."""

from collections.abc import Iterable
from enum import StrEnum

from oneclick.life_cycle import Move, State


def word(state: StrEnum) -> str:
    """A state or another word of an enum as an SQL literal; none of them holds a quote."""
    return f"'{state.value}'"


def words(states: Iterable[StrEnum]) -> str:
    """States or other words of an enum as the list of an SQL ``IN``."""
    return f"({', '.join(word(state) for state in states)})"


def pairs(moves: Iterable[Move[State]]) -> str:
    """The moves as the list of an SQL ``IN``: origin, end, and the actor where the life has actors."""
    rows = ((move.origin, move.to, *((move.actor,) if move.actor else ())) for move in moves)
    return f"({', '.join('(' + ', '.join(repr(str(part)) for part in row) + ')' for row in rows)})"
