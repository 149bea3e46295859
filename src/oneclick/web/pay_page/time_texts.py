"""Moments as payers read them: the clock and the calendar of the merchant's time zone, named. Pure.

Source: docs/rules.md D2, E2.
"""

from datetime import datetime

from babel.dates import format_datetime, get_timezone_gmt, get_timezone_location

from oneclick.languages import LOCALES, Language, marked, translated
from oneclick.time_zones import zone_of

_LOCAL_TIME = marked("%(city)s time")
# A zone by its own name, where that reads better than its city.
_ZONES = {"Europe/Moscow": marked("Moscow time")}


def clock_text(moment: datetime, now: datetime, time_zone: str, language: Language) -> str:
    """``14:35``; with its day, ``25 November, 00:05``, where that isn't today's."""
    zone = zone_of(time_zone)
    local = moment.astimezone(zone)
    if local.date() != now.astimezone(zone).date():
        return day_text(moment, time_zone, language)
    return str(format_datetime(local, "HH:mm", locale=LOCALES[language]))


def day_text(moment: datetime, time_zone: str, language: Language) -> str:
    """The day and time: ``25 November, 00:00``."""
    return str(format_datetime(moment.astimezone(zone_of(time_zone)), "d MMMM, HH:mm", locale=LOCALES[language]))


def zone_text(moment: datetime, time_zone: str, language: Language) -> str:
    """Whose clock it is, to stand after a time: ``Moscow time``; ``UTC+03:00`` for a zone of no city."""
    if time_zone in _ZONES:
        return translated(_ZONES[time_zone], language)
    zone = zone_of(time_zone)
    if "/" not in time_zone or time_zone.startswith("Etc/"):
        return (
            str(get_timezone_gmt(moment.astimezone(zone), locale="en_GB")).replace("GMT", "UTC").removesuffix("+00:00")
        )
    city = get_timezone_location(zone, locale=LOCALES[language], return_city=True)
    return translated(_LOCAL_TIME, language) % {"city": city}
