"""Waiting for something to become true, within a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(what: str, within_s: float, look: Callable[[], Awaitable[bool]], every_s: float = 0.1) -> None:
    """Looks again and again. Raises ``RuntimeError`` that names ``what`` if it doesn't come in time."""
    end = time.monotonic() + within_s
    while not await look():
        if time.monotonic() > end:
            message = f"not within {within_s:g} s: {what}"
            raise RuntimeError(message)
        await asyncio.sleep(every_s)
