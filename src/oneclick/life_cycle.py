"""Life cycles as tables, and the only maker of a ``Move``: a state is written by whoever holds one (E1). Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from oneclick.errors import MoveError

State = TypeVar("State", bound=StrEnum)

_MAKER = object()


@dataclass(frozen=True)
class Move(Generic[State]):
    """A move from one state to another that a life cycle has; ``actor`` makes it, where the table names actors.

    Only ``Life`` makes one: raises ``TypeError`` in other hands.
    """

    origin: State
    to: State
    actor: str | None
    maker: InitVar[object]

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            message = "only the table of a life makes a move"
            raise TypeError(message)


class Life(Generic[State]):
    """A life cycle: for each state those that may follow, and for each of these who may move there, if it matters.

    ``table`` has a row for each state, the first one first. A row without actors is a collection of states.
    """

    def __init__(self, table: Mapping[State, Collection[State] | Mapping[State, Collection[str]]]) -> None:
        self._moves = {
            (origin, to, actor): Move(origin, to, actor, _MAKER)
            for origin, row in table.items()
            for to in row
            for actor in (row[to] if isinstance(row, Mapping) else (None,))
        }
        self.states = tuple(table)

    def __iter__(self) -> Iterator[Move[State]]:
        return iter(self._moves.values())

    def find(self, origin: State, to: State, actor: str | None = None) -> Move[State] | None:
        """The move, or None if the table hasn't got it."""
        return self._moves.get((origin, to, actor))

    def move(self, origin: State, to: State, actor: str | None = None) -> Move[State]:
        """The move. Raises ``MoveError`` if the table hasn't got it."""
        found = self.find(origin, to, actor)
        if found is None:
            message = f"no move from {origin} to {to}" + (f" by the {actor}" if actor else "")
            raise MoveError(message)
        return found

    def moves(
        self, origins: Collection[State], to: Collection[State], actors: Collection[str | None] = (None,)
    ) -> tuple[Move[State], ...]:
        """Each of these moves. Raises ``MoveError`` if the table lacks one."""
        return tuple(self.move(origin, end, actor) for origin in origins for end in to for actor in actors)

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, in the order of the states."""
        names = {
            state: "".join(part.capitalize() for part in state.split()) if " " in state else state
            for state in self.states
        }
        lines = [f"    {names[state]}: {state}" for state in self.states if names[state] != state]
        lines += [f"    [*] --> {names[self.states[0]]}"]
        for state in self.states:
            follow = {move.to for move in self if move.origin is state}
            lines += [f"    {names[state]} --> {names[to]}" for to in self.states if to in follow]
            if not follow:
                lines.append(f"    {names[state]} --> [*]")
        return "\n".join(["stateDiagram-v2", *lines])
