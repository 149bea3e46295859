"""The stack's processes: started with their logs, waited for, and ended within bounds."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

READY_WITHIN_S = 60.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_STOP_WITHIN_S = 60.0


@asynccontextmanager
async def process_of_the_demo(folder: Path, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of the stack's processes, in a session of its own: Ctrl-C reaches only this one, which ends them in order."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "oneclick", name, "--demo", str(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            preexec_fn=_end_with_the_demo,
        )
    finally:
        os.close(descriptor)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()


def _end_with_the_demo() -> None:
    """Asks Linux to end this process when the one that started it is killed: nobody else would."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


async def all_answer(addresses: list[str]) -> bool:
    """True when each web address has answered well; False if one doesn't in time."""
    addresses = [*addresses]
    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with asyncio.timeout(READY_WITHIN_S), aiohttp.ClientSession(timeout=timeout) as session:
            while addresses:
                if await _is_up(session, addresses[0]):
                    addresses.pop(0)
                else:
                    await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def _is_up(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(address) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False
