"""So many pieces of work side by side; none waits for another to end."""

import asyncio
from collections.abc import Coroutine

import structlog

_log = structlog.get_logger()


class Hands:
    """What a worker's rounds begin, and don't wait for. ``drain`` before the process ends."""

    def __init__(self, hands_max: int, if_failed: str) -> None:
        self._hands_max = hands_max
        self._if_failed = if_failed
        self._running: set[asyncio.Task[None]] = set()

    async def free(self) -> int:
        """How many more pieces may be begun; waits till it is one at least."""
        if len(self._running) >= self._hands_max:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        return self._hands_max - len(self._running)

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Begins a piece of work. What it raises is logged in these words: its row is due again after its lease."""
        task = asyncio.create_task(self._do(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, timeout_s: float) -> None:
        """Waits for what was begun, at most so many seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)

    async def _do(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # whatever fails, the others go on
            _log.error(self._if_failed, error=type(error).__name__)
