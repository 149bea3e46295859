"""Dates as the protocol writes them: ``DD.MM.YYYY HH:MM:SS`` in GMT (P 0.4)."""

from datetime import UTC, datetime


def protocol_date(moment: datetime) -> str:
    """A moment as the protocol writes it."""
    return moment.astimezone(UTC).strftime("%d.%m.%Y %H:%M:%S")
