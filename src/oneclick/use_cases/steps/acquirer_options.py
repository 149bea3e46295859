"""Options of asking the acquirer, for all use cases that do: who we are, and how long it may take (E7, E8)."""

from dataclasses import dataclass
from datetime import timedelta

from oneclick.errors import SettingsError

# An intent is sent within this time or never: later, a worker may have reversed it already.
SENT_WITHIN_S = 10.0
_MARGIN_S = 15.0
# B4: so long a CVC2 is held in memory at most; the authorisation's answer, or the end of its waiting, comes before.
CVC2_LIVES_MAX_S = 120.0


@dataclass(frozen=True, kw_only=True)
class AcquirerOptions:
    """Our id at the acquirer (ISO field 32), and how long an answer is waited for.

    Raises ``SettingsError`` when a CVC2 would be held for longer than 120 s meanwhile (B4).
    """

    acquirer_id: str
    deadline_s: float

    def __post_init__(self) -> None:
        longest_s = CVC2_LIVES_MAX_S - SENT_WITHIN_S
        if self.deadline_s > longest_s:
            message = f"the authorisation deadline is longer than {longest_s:g} s: a CVC2 would be held for too long"
            raise SettingsError(message)

    @property
    def taken_over_after(self) -> timedelta:
        """When a worker takes over an operation that has no end: surely after its own process gave it up (E8)."""
        return timedelta(seconds=SENT_WITHIN_S + self.deadline_s + _MARGIN_S)
