"""P 0.4: dates as the protocol writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from oneclick.assist.dates import protocol_date

MOSCOW = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2031, 7, 5, 9, 8, 7, tzinfo=UTC), "05.07.2031 09:08:07"),
        (datetime(2031, 7, 5, 2, 59, 59, 999999, tzinfo=MOSCOW), "04.07.2031 23:59:59"),
        (datetime(2032, 1, 1, 2, 0, 0, tzinfo=MOSCOW), "31.12.2031 23:00:00"),
    ],
)
def test_a_date_is_written_in_gmt_day_first(moment: datetime, text: str) -> None:
    """P 0.4: whatever zone the moment came in; parts of a second are cut."""
    assert protocol_date(moment) == text
