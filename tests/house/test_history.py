"""What readers of the history are promised: short subjects, and a changelog that has the version."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUBJECT_CHARS_MAX = 72
# The last commit before the rule was kept.
FROM = "528a91494b2e4030354638f8a1789b071bab1ad3"


def subjects() -> list[str]:
    """The first lines of the commits since ``FROM``, or a skipped test where there is no such history."""
    command = ["git", "-C", str(ROOT), "log", "--format=%s", f"{FROM}..HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"the history isn't here, as in an archive or a shallow clone: {error}")
    return done.stdout.splitlines()


def test_a_commits_subject_fits_a_line() -> None:
    """CONTRIBUTING.md, Commit."""
    assert [subject for subject in subjects() if len(subject) > SUBJECT_CHARS_MAX] == []


def test_the_version_has_its_notes_in_the_changelog() -> None:
    """CONTRIBUTING.md, How to release: below what comes next, newest first, each with its date."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})", heading) for heading in headings[1:]]
    assert headings[0] == "Unreleased"
    versions = [match[1] for match in released if match]
    assert len(versions) == len(released), headings
    assert versions[0] == version
