"""The lock of a card whose CVC2 somebody guesses. Pure. Source: docs/rules.md B19."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WRONG_MAX = 5
WITHIN = timedelta(hours=24)
LOCKED_FOR = timedelta(hours=24)


def is_locked(wrong_at: Sequence[datetime], now: datetime) -> bool:
    """True if the last five wrong CVC2 came within 24 hours, less than 24 hours ago.

    ``wrong_at`` are the moments of the last wrong ones, oldest first, at most five. What is refused by the lock isn't
    counted: nobody can prolong it.
    """
    if len(wrong_at) < WRONG_MAX:
        return False
    first, last = wrong_at[-WRONG_MAX], wrong_at[-1]
    return last - first < WITHIN and now < last + LOCKED_FOR
