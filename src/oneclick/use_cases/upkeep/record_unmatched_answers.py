"""Records answers of the acquirer that nobody waited for: late, twice, for nobody. They change nothing (E7)."""

import structlog

from oneclick.acquirer.in_flight import UnmatchedAnswer
from oneclick.clock import Clock
from oneclick.database.pool import Pool
from oneclick.database.unmatched_answers import put_unmatched_answer
from oneclick.payments.response_codes import APPROVED
from oneclick.use_cases.steps.task_pool import TaskPool

_log = structlog.get_logger()

_TASKS_MAX = 100


class RecordUnmatchedAnswers:
    """Recorder of unmatched answers, which the link calls. One instance a process."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._tasks = TaskPool("unmatched answer not recorded", _TASKS_MAX)

    def __call__(self, answer: UnmatchedAnswer) -> None:
        """Writes an unmatched answer soon; a flood of them is logged only. Never waits, never raises."""
        # An approval that comes too late is reversed; one that comes after that must be looked at by a person.
        log = _log.error if answer.response_code == APPROVED else _log.warning
        log("unmatched answer", kind=answer.kind, mti=answer.mti, terminal=answer.terminal_id, stan=answer.stan)
        if not self._tasks.is_full:
            self._tasks.start(self._write(answer))

    async def _write(self, answer: UnmatchedAnswer) -> None:
        async with self._pool.connection() as connection:
            await put_unmatched_answer(
                connection,
                {
                    "received_at": self._clock.now(),
                    "reason": answer.kind,
                    "mti": answer.mti,
                    "terminal_id": answer.terminal_id,
                    "stan": answer.stan,
                    "rrn": answer.rrn,
                    "response_code": answer.response_code,
                    "authorisation_id": answer.authorisation_id,
                },
            )
