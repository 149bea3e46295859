"""The verdict on a payment: does it fit into its customer's limits? Pure.

Source: docs/rules.md D1, D2, D5.
"""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from oneclick.limits.windows import Period, opens_at


@dataclass(frozen=True)
class Limits:
    """The most that a customer may pay at a merchant, in minor units of its currency; None is no limit."""

    day_minor: int | None
    week_minor: int | None

    @property
    def any_is_set(self) -> bool:
        """True if there is a limit at all."""
        return self.day_minor is not None or self.week_minor is not None

    def of(self, period: Period) -> int | None:
        """The limit of a period."""
        return self.day_minor if period is Period.DAY else self.week_minor


@dataclass(frozen=True)
class LimitReached:
    """The verdict that a payment doesn't fit. ``opens_at`` is when the same amount will; None if it never can."""

    opens_at: datetime | None


def judge(
    limits: Limits, totals_minor: dict[Period, int], amount_minor: int, day: date, time_zone: tzinfo
) -> LimitReached | None:
    """The verdict on a payment of that day; the totals include it. None: it fits into each window (D2)."""
    exceeded = {
        period: limit for period in Period if (limit := limits.of(period)) is not None and totals_minor[period] > limit
    }
    if not exceeded:
        return None
    if any(amount_minor > limit for limit in exceeded.values()):
        return LimitReached(opens_at=None)
    return LimitReached(max(opens_at(period, day, time_zone) for period in exceeded))
