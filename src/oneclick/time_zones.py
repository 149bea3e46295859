"""Time zones by their IANA names, from the pinned data of the package ``tzdata``. No I/O but for reading that package.

``zoneinfo`` alone asks the machine's own files first: a machine without them knows no Moscow, and one with old files
has old rules. So nobody else makes a zone. Source: docs/rules.md D3; docs/decisions/0016-currencies-and-time-zones.md.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo  # noqa: TID251  # here alone

from oneclick.errors import SettingsError

_DATA = files("tzdata")

# "Factory" stands in the data for a clock that nobody has set.
TIME_ZONES = frozenset(_DATA.joinpath("zones").read_text(encoding="ascii").split()) - {"Factory"}


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, the same object each time.

    Raises ``SettingsError`` for a name that isn't one of ``TIME_ZONES``; no other name ever becomes a path.
    """
    if name not in TIME_ZONES:
        message = "a merchant's time zone isn't known: apply its file with one such as Europe/Moscow"
        raise SettingsError(message)
    with _DATA.joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
