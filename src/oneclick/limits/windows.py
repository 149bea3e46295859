"""The windows that turnover is counted in: days and weeks of the merchant's calendar. Pure.

Source: docs/rules.md D3.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum


class Period(StrEnum):
    """The length of a window."""

    DAY = "day"
    WEEK = "week"


def starts_on(period: Period, day: date) -> date:
    """The first day of the window that holds the day; weeks start on Monday (D3)."""
    return day if period is Period.DAY else day - timedelta(days=day.weekday())


def opens_at(period: Period, day: date, time_zone: tzinfo) -> datetime:
    """The moment when the next window begins: a midnight at the merchant's, in UTC."""
    next_first = starts_on(period, day) + timedelta(days=1 if period is Period.DAY else 7)
    return datetime.combine(next_first, time.min, time_zone).astimezone(UTC)
