"""The worker's loop: calls a use case while there is work, then waits a little. An error ends a round, not the loop."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger()

_PAUSE_AFTER_ERROR_MAX_S = 30.0


async def run_loop(name: str, round_: Callable[[], Awaitable[int]], poll_s: float, stopping: asyncio.Event) -> None:
    """Repeats a round until ``stopping`` is set: at once while it finds work, else after ``poll_s``.

    After an error the pause doubles, up to 30 s. A round that has begun runs to its end.
    """
    pause_s = poll_s
    while not stopping.is_set():
        try:
            found = await round_()
            pause_s = 0.0 if found else poll_s
        except Exception as error:  # noqa: BLE001  # whatever fails, the next round must come
            pause_s = min(max(2 * pause_s, 1.0), _PAUSE_AFTER_ERROR_MAX_S)
            _log.error("round failed", loop=name, error=type(error).__name__, pause_s=pause_s)
        try:
            async with asyncio.timeout(pause_s):
                await stopping.wait()
        except TimeoutError:
            continue
