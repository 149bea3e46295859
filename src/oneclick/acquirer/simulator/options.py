"""The simulator's options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from oneclick.clock import Clock, SystemClock


def _tell_nobody(iso_port: int, control_port: int) -> None:
    """Nobody wants to know the ports."""


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """The simulator's ports (0: any free one), its file, its key, and its bounds in seconds and bytes.

    ``on_ready`` is called once with the actual ISO port and control port. ``late_answer_s`` is how long the card that
    answers late takes. The control port is always on loopback.
    """

    ledger_file: Path
    mac_key: bytes = field(repr=False)
    iso_port: int
    control_port: int
    iso_host: str = "127.0.0.1"
    on_ready: Callable[[int, int], None] = _tell_nobody
    clock: Clock = field(default_factory=SystemClock)
    late_answer_s: float = 45.0
    idle_timeout_s: float = 300.0
    write_timeout_s: float = 5.0
    connections_max: int = 64
    late_answers_max: int = 1000
    frame_bytes_max: int = 4096
