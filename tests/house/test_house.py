"""The house rules that a test can hold: sizes, links, and what no file of the repository may say."""

import ast
import configparser
import fnmatch
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 400
SAMPLES = {"files_of_before", "first_landing"}  # as the programs of then wrote them
# Joined here, so that this file doesn't hold what it looks for.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "conda" + ".anaconda", "reg" + "istry."]
INDEX_OPTIONS = ["--index" + "-url", "extra-index" + "-url", "INDEX" + "_URL", "index" + "_url", "find-links" + "="]
MACHINE_PATHS = [f"/{folder}/" for folder in ("work/main", "work/shared", "work/.library", "root", "Users")]
LEFT_FOR_LATER = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]


@cache
def files() -> tuple[Path, ...]:
    """The repository's files: all that .gitignore doesn't name."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    return tuple(_walk(ROOT, [*ignored, ".git"]))


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if any(fnmatch.fnmatch(entry.name, pattern) for pattern in ignored):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), ignored)
        else:
            yield Path(entry.path)


def lines_with(words: list[str]) -> list[str]:
    """Each place that holds one of the words."""
    sought = re.compile("|".join(re.escape(word) for word in words).encode())
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1)
        if sought.search(line)
    ]


def test_the_repository_is_looked_through() -> None:
    """The other tests here would pass on nothing."""
    names = {str(path.relative_to(ROOT)) for path in files()}
    assert {"Makefile", "pyproject.toml", "requirements.lock", "src/oneclick/app.py", "docs/rules.md"} <= names
    assert not any(".venv" in name or "__pycache__" in name for name in names)


def test_no_module_is_longer_than_400_lines() -> None:
    """House rule 10."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in files()
        if path.suffix == ".py" and (ROOT / "src") in path.parents
        if (count := path.read_bytes().count(b"\n")) > LINES_MAX
    }
    assert long == {}


@pytest.mark.parametrize("words", [REGISTRIES, INDEX_OPTIONS, MACHINE_PATHS], ids=["registries", "options", "paths"])
def test_nothing_names_a_package_registry_an_index_or_a_machines_path(words: list[str]) -> None:
    """The repository installs anywhere, from whatever index its user has."""
    assert lines_with(words) == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    """House rule 14: no futures."""
    assert lines_with(LEFT_FOR_LATER) == []


def test_files_are_written_as_the_editorconfig_says() -> None:
    """For editors that don't read it: ends of lines and files; tabs in the Makefile alone, where make wants them."""
    wrong = re.compile(rb"[ \t]+$|\r|[^\n]\Z", re.MULTILINE)
    texts = {path: path.read_bytes() for path in files() if path.suffix != ".png" and path.parent.name not in SAMPLES}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if wrong.search(text)] == []
    assert [path.name for path, text in texts.items() if b"\t" in text] == ["Makefile"]


def test_every_relative_link_of_a_document_points_to_a_file() -> None:
    """Documents are read by following them."""
    link = re.compile(r"\]\(\s*<?([^)>\s]+)")
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in files()
        if path.suffix == ".md"
        for target in link.findall(path.read_text())
        if not re.match(r"[a-z]+:|#", target)
        if not (path.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def test_b4_only_named_modules_may_see_clear_digits() -> None:
    """B4, house rule 1: the contract that guards card_clear is there, and names three modules."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    (guard,) = [
        section
        for section in contracts.values()
        if "oneclick.card_clear" in section.get("protected_modules", "").split()
    ]
    assert guard["type"] == "protected"
    assert sorted(guard["allowed_importers"].split()) == [
        "oneclick.acquirer.messages",
        "oneclick.vault.envelope",
        "oneclick.web.pay_page.form",
    ]


def test_no_function_is_longer_than_70_lines() -> None:
    """CONTRIBUTING: a function aims at 20 lines and stops at 70."""
    lengths = {
        f"{path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 1_000
    assert {name: length for name, length in lengths.items() if length > 70} == {}
