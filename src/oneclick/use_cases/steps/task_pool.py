"""Background tasks that run to their end, whoever goes away meanwhile: payments, operations, deliveries, records."""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import suppress

import structlog

_log = structlog.get_logger()


class TaskPool:
    """Tasks of one process, side by side; none waits for another. ``drain`` before the process ends.

    ``if_failed`` is the event that an error is logged as, by its name alone; whoever awaits the task gets the error.
    ``tasks_max`` bounds what ``room`` and ``is_full`` promise, which a caller asks before ``start``;
    without it, whoever starts the tasks has the bound.
    """

    def __init__(self, if_failed: str, tasks_max: int = sys.maxsize) -> None:
        self._if_failed = if_failed
        self._tasks_max = tasks_max
        self._running: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        """True if the task pool runs as many tasks as it may."""
        return len(self._running) >= self._tasks_max

    async def room(self) -> int:
        """The number of tasks that the task pool can still take; waits until it is one at least."""
        while self.is_full:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        return self._tasks_max - len(self._running)

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Starts a task in the task pool; ``drain`` waits for it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        return task

    async def drain(self, timeout_s: float) -> None:
        """Waits for the task pool's tasks, and for those that they start, ``timeout_s`` seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._running:
                    await asyncio.wait(self._running)

    def _end(self, task: asyncio.Task[None]) -> None:
        """Logs an error here: asyncio would print it with its text, which may hold data."""
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error(self._if_failed, error=type(error).__name__)
