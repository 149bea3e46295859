"""How busy others keep the machine: a time that was measured beside them says little about the gateway."""

from contextlib import suppress
from typing import NamedTuple

import psutil


class _Spent(NamedTuple):
    """Seconds of processors since some moment."""

    elapsed: float
    busy: float
    ours: float


class Effort:
    """Begins to count when it is made."""

    def __init__(self) -> None:
        self._begun = _spent()

    def others_share(self) -> float:
        """Which share of the machine's processors programs other than this one and its children took, from 0 to 1."""
        now, begun = _spent(), self._begun
        elapsed = now.elapsed - begun.elapsed
        others = (now.busy - begun.busy) - max(now.ours - begun.ours, 0.0)
        return min(max(others / elapsed, 0.0), 1.0) if elapsed > 0 else 0.0


def _spent() -> _Spent:
    machine = psutil.cpu_times()
    elapsed = sum(machine[:8])  # without guests, which user holds already
    idle = machine.idle + getattr(machine, "iowait", 0.0)
    ours = 0.0
    us = psutil.Process()
    for process in (us, *us.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            ours += times.user + times.system
    return _Spent(elapsed, elapsed - idle, ours)
