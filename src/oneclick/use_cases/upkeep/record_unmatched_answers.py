"""Records answers of the acquirer that nobody waited for: late, twice, for nobody. They change nothing (E7)."""

import asyncio

import structlog

from oneclick.acquirer.in_flight import Stray
from oneclick.clock import Clock
from oneclick.database.followups import put_stray
from oneclick.database.pool import Pool

_log = structlog.get_logger()

_WAITING_MAX = 100
_APPROVED = "00"


class RecordStrays:
    """What the link tells such answers to. One instance a process."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._waiting: set[asyncio.Task[None]] = set()

    def __call__(self, stray: Stray) -> None:
        """Writes it soon; a flood of them is logged only. Never waits, never raises."""
        # An approval that comes too late is reversed; one that comes after that must be looked at by a person.
        log = _log.error if stray.response_code == _APPROVED else _log.warning
        log("stray answer", kind=stray.kind, mti=stray.mti, terminal=stray.terminal_id, stan=stray.stan)
        if len(self._waiting) >= _WAITING_MAX:
            return
        task = asyncio.create_task(self._write(stray))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _write(self, stray: Stray) -> None:
        try:
            async with self._pool.connection() as connection:
                await put_stray(
                    connection,
                    {
                        "received_at": self._clock.now(),
                        "reason": stray.kind,
                        "mti": stray.mti,
                        "terminal_id": stray.terminal_id,
                        "stan": stray.stan,
                        "rrn": stray.rrn,
                        "response_code": stray.response_code,
                        "authorisation_id": stray.authorisation_id,
                    },
                )
        except Exception as error:  # noqa: BLE001  # a record that can't be made must not hurt the link
            _log.error("stray answer not recorded", error=type(error).__name__)
