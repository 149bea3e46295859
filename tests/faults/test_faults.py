"""A short run of the fault test, in real processes: no money is lost. ``make faults`` runs longer ones."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("faults")

_TESTS = Path(__file__).resolve().parents[1]
# A run measures how soon a restarted gateway takes payments; beside other tests it may take longer.
_WITHIN_S = "10"


def test_e8_b17_d4_no_money_is_lost_under_faults_and_kills() -> None:
    """E7, E8, B17, D3, D4, F1: 150 payers, 6 kills of every kind; database, ledger, shops and payers agree."""
    arguments = ("--seed", "20311", "--payments", "150", "--kills", "6", "--within", _WITHIN_S)
    done = subprocess.run(  # noqa: S603
        (sys.executable, "-m", "faults", *arguments),
        cwd=_TESTS,
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Differences: 0. Seed: 20311." in done.stdout
    assert "Payers that gave up: 0." in done.stdout
    for part in ("serve", "worker", "database", "simulator"):
        assert f"│ {part} " in done.stdout
    for state in ("Approved", "Canceled", "PartialCanceled", "Delayed", "Declined"):
        assert f"│ {state} " in done.stdout
    assert "ended by a worker" in done.stdout
