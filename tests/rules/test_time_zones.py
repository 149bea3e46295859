"""D3: time zones have the rules of the pinned data, whatever files the machine has."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from oneclick.errors import SettingsError
from oneclick.languages import Language
from oneclick.merchant_file import MerchantFile
from oneclick.time_zones import TIME_ZONES, zone_of
from oneclick.web.pay_page.time_texts import clock_text, zone_text

NOON = datetime(2031, 7, 15, 12, tzinfo=UTC)
FILE = 'merchant_id = 123456\nname = "Shop"\nsecret_word = "a word"\ntime_zone = '
LONG = "Europe/" + "M" * 100_000

# One moment through all that makes or takes a zone; and what zoneinfo by itself says, to compare with.
SAYS = f"""
import json, zoneinfo
from datetime import date, datetime, UTC
from pathlib import Path
from oneclick.languages import Language
from oneclick.limits.windows import Period, opens_at
from oneclick.merchant_file import MerchantFile
from oneclick.time_zones import zone_of
from oneclick.web.pay_page.time_texts import clock_text, day_text, zone_text

noon = datetime(2031, 7, 15, 12, tzinfo=UTC)
moscow = MerchantFile.read({FILE + '"Europe/Moscow"'!r}, Path("/nonexistent")).time_zone
print(json.dumps({{
    "path": zoneinfo.TZPATH,
    "alone": str(zoneinfo.ZoneInfo("Europe/Moscow").utcoffset(noon)),
    "ours": str(zone_of(moscow).utcoffset(noon)),
    "clock": clock_text(noon, noon, moscow, Language.EN),
    "day": day_text(noon, moscow, Language.EN),
    "zone": zone_text(noon, "Etc/GMT-3", Language.EN),
    "opens": str(opens_at(Period.DAY, date(2031, 7, 15), zone_of(moscow))),
}}))
"""


def said(folder: Path) -> dict[str, object]:
    """What a fresh process says whose only files of time zones are in this folder."""
    environment = {"PATH": os.environ["PATH"], "PYTHONTZPATH": str(folder)}
    done = subprocess.run(  # noqa: S603  # our own text
        [sys.executable, "-W", "error", "-c", SAYS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


MOSCOW = {
    "ours": "3:00:00",
    "clock": "15:00",
    "day": "15 July, 15:00",
    "zone": "UTC+03:00",
    "opens": "2031-07-15 21:00:00+00:00",
}


def test_d3_moscow_is_known_where_the_machine_has_no_time_zones(tmp_path: Path) -> None:
    """D3: in a real process; an empty folder is all that the machine has."""
    assert said(tmp_path) == MOSCOW | {"path": [str(tmp_path)], "alone": "3:00:00"}


def test_d3_the_pinned_data_wins_against_other_files_of_the_machine(tmp_path: Path) -> None:
    """D3: in a real process; the files, which zoneinfo by itself believes, say that Moscow has Tokyo's time."""
    with as_file(files("tzdata") / "zoneinfo") as data:
        for name in ("Europe/Moscow", "Etc/GMT-3"):
            (tmp_path / name).parent.mkdir()
            shutil.copy(data / "Asia" / "Tokyo", tmp_path / name)
    assert said(tmp_path) == MOSCOW | {"path": [str(tmp_path)], "alone": "9:00:00"}


def test_d3_every_name_is_a_zone_and_the_same_object_each_time() -> None:
    """D3: also for Babel, in both languages."""
    assert len(TIME_ZONES) > 500
    assert {"Europe/Moscow", "Europe/Kyiv", "Europe/Kiev", "UTC", "Etc/GMT-3", "Etc/UTC", "GMT"} < TIME_ZONES
    for name in TIME_ZONES:
        zone = zone_of(name)
        assert zone_of(name) is zone
        assert zone.key == name
        offset = zone.utcoffset(NOON)
        assert offset is not None
        assert abs(offset) <= timedelta(hours=14)
        local = (NOON + offset).strftime("%H:%M")
        for language in Language:
            assert clock_text(NOON, NOON, name, language).endswith(local)
            assert zone_text(NOON, name, language).strip()
    assert zone_of("Etc/GMT-3").utcoffset(NOON) == timedelta(hours=3)
    assert zone_of("Europe/Moscow").utcoffset(datetime(2014, 7, 1, tzinfo=UTC)) == timedelta(hours=4)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", "/", "Europe", "Europe/", "/Europe/Moscow", "Europe//Moscow", "Europe/Moscow ", "Moscow"),
        *("europe/moscow", "Europe\\Moscow", "Europe/../Europe/Moscow", "../zones", "../../tzdata/zoneinfo/UTC"),
        *("/etc/localtime", "localtime", "posixrules", "posix/Europe/Moscow", "zone.tab", "tzdata.zi", "__init__.py"),
        *("Factory", "Europe/Moscow\0", "UTC\n", "UTC+3", "\N{CYRILLIC CAPITAL LETTER EM}SK", LONG),
    ],
    ids=lambda name: repr(name)[:40],
)
def test_d3_what_names_no_zone_is_refused_and_opens_no_file(name: str) -> None:
    """D3: in a merchant file and by itself; nothing is kept of it, and the value isn't shown."""
    kept = zone_of.cache_info().currsize
    assert name not in TIME_ZONES
    with pytest.raises(SettingsError, match=r"^a merchant's time zone isn't known: [ -~]+ Europe/Moscow$"):
        zone_of(name)
    with pytest.raises(SettingsError, match=r"^merchant file:\n  time_zone: .*, e\.g\. Europe/Moscow$"):
        MerchantFile.read(FILE + json.dumps(name), Path("/nonexistent"))
    assert zone_of.cache_info().currsize == kept
