"""The processes of a run: each in a process group of its own, with a log, ended with the program whatever happens."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from faults.waiting import until

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_STOP_WITHIN_S = 25.0
_KILLED_WITHIN_S = 10.0


def dying_with_us(number: signal.Signals) -> Callable[[], None]:
    """What a new process does first: asks Linux to send it a signal when this program is gone."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)

    return ask


@dataclass
class Part:
    """A program that is started, killed and started again. ``options`` are those of ``subprocess.Popen``."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    end_signal: signal.Signals = signal.SIGTERM
    options: dict[str, Any] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it; doesn't wait until it is ready."""
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=dying_with_us(self.end_signal),
                **self.options,
            )
        finally:
            os.close(descriptor)

    @property
    def runs(self) -> bool:
        """Whether it has been started and hasn't ended."""
        return self.process is not None and self.process.returncode is None

    async def kill(self) -> None:
        """SIGKILL to it and to all that it started, at once; returns when all of them are gone."""
        if self.process is None or self.process.returncode is not None:
            return
        family: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            mother = psutil.Process(self.process.pid)
            family = [mother, *mother.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        await self.process.wait()

        async def are_gone() -> bool:
            return not any(_lives(member) for member in family)

        await until(f"the end of {self.name}", _KILLED_WITHIN_S, are_gone, 0.01)

    async def stop(self) -> None:
        """Asks it to end; kills it if that takes too long."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(self.end_signal)
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            await self.kill()


def _lives(process: psutil.Process) -> bool:
    """False also for one that is dead, and whose end nobody has asked for."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
