"""Options of asking the acquirer, for all use cases that do: who we are, and how long it may take (E7, E8)."""

from dataclasses import dataclass
from datetime import timedelta

# An intent is sent within this time or never: later, a worker may have reversed it already.
SENT_WITHIN_S = 10.0
_MARGIN_S = 15.0


@dataclass(frozen=True, kw_only=True)
class AcquirerOptions:
    """Our id at the acquirer (ISO field 32), and how long an answer is waited for."""

    acquirer_id: str
    deadline_s: float

    @property
    def taken_over_after(self) -> timedelta:
        """When a worker takes over an operation that has no end: surely after its own process gave it up (E8)."""
        return timedelta(seconds=SENT_WITHIN_S + self.deadline_s + _MARGIN_S)
