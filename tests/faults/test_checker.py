"""The checker can fail: each damage to a world where all is well is reported, by the checks that are for it alone."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from faults.checker import CHECKS, differences
from faults.damages import DAMAGES, operation_of
from faults.small_world import LOST, OVER_LIMIT, small_world
from faults.world import World

_TESTS = Path(__file__).resolve().parents[1]


def test_a_world_where_all_is_well_has_no_difference() -> None:
    assert differences(small_world()) == []


@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_seen_by_the_checks_that_are_for_it(name: str) -> None:
    damage, wanted = DAMAGES[name]
    world = small_world()
    damage(world)
    assert _seen(world) == wanted


def test_each_check_can_fail() -> None:
    """A check that can't fail is a defect: each one is among those that a damage is seen by."""
    seen = set().union(*(wanted for _, wanted in DAMAGES.values()))
    assert seen == {check.__name__ for check in CHECKS}


def test_a_limit_that_others_filled_for_a_while_is_a_good_refusal() -> None:
    """A payment that is declined later has counted till then."""
    world = small_world()
    world.merchants[0]["limit_day_minor"] = 100_000  # 50,000 were spent by then, 45,000 were refused
    assert _seen(world) == {"refused_only_when_full"}
    lost = operation_of(world, LOST)
    lost["answered_at"] += timedelta(minutes=10)
    lost["sent_at"] = operation_of(world, OVER_LIMIT)["sent_at"]
    assert "refused_only_when_full" not in _seen(world)


def test_the_checker_knows_nothing_of_the_gateway() -> None:
    """It is a second opinion: neither it nor what it imports is the gateway's code."""
    program = "import sys, faults.checker; print([name for name in sys.modules if name.startswith('oneclick')])"
    asked = [sys.executable, "-c", program]
    told = subprocess.run(asked, cwd=_TESTS, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    assert told.stdout == "[]\n"


def _seen(world: World) -> set[str]:
    return {difference.check for difference in differences(world)}
