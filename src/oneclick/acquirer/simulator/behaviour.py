"""The simulator's misbehaviour on request: faults that strike messages or connections, counted or by chance.

No I/O. Source: acquirer.md, Faults.
"""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oneclick.errors import OneClickError

ACTIVE_MAX = 100
DELAY_MAX_S = 3600.0
_GARBAGE_BYTES = 40


class BehaviourError(OneClickError):
    """The error of a fault that can't be ordered; the text says what is wrong with which name."""


class Fault(StrEnum):
    """The ways in which a message or a connection can go wrong."""

    DELAY = "delay"
    NO_ANSWER = "no_answer"
    ANSWER_TWICE = "answer_twice"
    DROP_BEFORE_PROCESSING = "drop_before_processing"
    DROP_AFTER_PROCESSING = "drop_after_processing"
    GARBAGE = "garbage"
    WRONG_MAC = "wrong_mac"
    CLOSE = "close"
    REFUSE_CONNECTION = "refuse_connection"


class Struck(StrEnum):
    """The messages that a fault may be limited to. All but network management, when it isn't."""

    AUTHORISATION = "0100"
    PURCHASE = "0200"
    COMPLETION = "0220"
    REVERSAL = "0420"
    NETWORK = "0800"


_FINANCIAL = frozenset(Struck) - {Struck.NETWORK}


class FaultOrder(BaseModel):
    """A fault as ``POST /behaviour`` takes it: for the next ``count`` messages or for a ``share`` of them.

    With neither it strikes all, with both a share until it has struck so many. ``seed`` makes its chance repeatable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    fault: Fault
    seconds: Annotated[float, Field(gt=0, le=DELAY_MAX_S, allow_inf_nan=False)] | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    seed: int | None = None
    mtis: Annotated[frozenset[Struck], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.fault is Fault.DELAY) is (self.seconds is None):
            message = "seconds belong to delay, and delay needs them"
            raise ValueError(message)
        if self.fault is Fault.REFUSE_CONNECTION and self.mtis is not None:
            message = "mtis don't go with refuse_connection, which strikes connections"
            raise ValueError(message)
        return self

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Reads the fault in a JSON body. Raises ``BehaviourError``, whose text says what is wrong."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            lines = (f"{_place(item['loc'])}{item['msg']}" for item in error.errors(include_url=False))
            message = "; ".join(lines)
        raise BehaviourError(message)


def _place(place: tuple[int | str, ...]) -> str:
    return f"{place[0]}: " if place else ""


@dataclass(frozen=True)
class Strike:
    """A fault that has struck a message, with what it needs: seconds of a delay, bytes of garbage."""

    fault: Fault
    delay_s: float
    garbage: bytes = field(repr=False)


class _Active:
    """A fault that was ordered: its chance, and how often it has struck."""

    def __init__(self, order: FaultOrder) -> None:
        self.order = order
        self.chance = random.Random(order.seed)  # noqa: S311  # repeatable on purpose
        self.struck = 0

    @property
    def is_over(self) -> bool:
        return self.order.count is not None and self.struck >= self.order.count

    def strikes(self) -> bool:
        if self.order.share is not None and self.chance.random() >= self.order.share:
            return False
        self.struck += 1
        return True

    def concerns(self, mti: str) -> bool:
        return self.order.fault is not Fault.REFUSE_CONNECTION and mti in (self.order.mtis or _FINANCIAL)


class Behaviour:
    """The faults that are active, in the order in which they were asked for; each message is struck by one at most."""

    def __init__(self) -> None:
        self._active: list[_Active] = []

    def add(self, order: FaultOrder) -> None:
        """Adds a fault, from the next message on. Raises ``BehaviourError`` when too many are active."""
        if len(self._active) >= ACTIVE_MAX:
            message = f"{ACTIVE_MAX} faults are active: end them first"
            raise BehaviourError(message)
        self._active.append(_Active(order))

    def clear(self) -> None:
        """Ends all faults."""
        self._active.clear()

    def list(self) -> list[dict[str, object]]:
        """The active faults as they were ordered, and how often each has struck."""
        return [
            active.order.model_dump(mode="json", exclude_none=True) | {"struck": active.struck}
            for active in self._active
        ]

    def strike(self, mti: str) -> Strike | None:
        """The fault that strikes this message, if one does: the first whose chance says so."""
        active = next((active for active in self._active if active.concerns(mti) and active.strikes()), None)
        if active is None:
            return None
        self._forget_what_is_over()
        fault = active.order.fault
        garbage = active.chance.randbytes(_GARBAGE_BYTES) if fault is Fault.GARBAGE else b""
        return Strike(fault, active.order.seconds or 0.0, garbage)

    def refuses_connection(self) -> bool:
        """True if the connection that comes now is to be refused."""
        refuses = any(active.order.fault is Fault.REFUSE_CONNECTION and active.strikes() for active in self._active)
        self._forget_what_is_over()
        return refuses

    def _forget_what_is_over(self) -> None:
        self._active = [active for active in self._active if not active.is_over]
