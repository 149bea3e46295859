"""ARCHITECTURE.md leads to what is there: each rule to the code that holds it, each path to a file."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "oneclick"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
RULES = (ROOT / "docs" / "rules.md").read_text()
NO_ROOMS = {"locale", "__pycache__"}  # folders of src/oneclick that hold no code


def rule_numbers(text: str) -> list[str]:
    """The rules that docs/rules.md has."""
    return re.findall(r"^- \*\*([A-F][0-9]+)\*\* ", text, re.MULTILINE)


def rows(text: str) -> list[tuple[list[str], str]]:
    """The rows of the table of rules: the rules' numbers, and where they are held."""
    _, _, table = text.partition("\n| Rule | Place |\n|---|---|\n")
    lines = table.partition("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(re.split(r",\s*", rules), places) for rules, places in cells]


def wrong_rules(text: str, rules: list[str]) -> list[str]:
    """Rules that the table lacks, has twice, or has though there are none."""
    listed = [rule for numbers, _ in rows(text) for rule in numbers]
    return sorted({rule for rule in {*rules, *listed} if listed.count(rule) != 1 or rule not in rules})


@cache
def names_in(path: Path) -> frozenset[str]:
    """What a module defines: functions, classes, constants; a class's own with the class before a point."""
    return frozenset(_defined(ast.parse(path.read_text()).body))


def _defined(body: list[ast.stmt], before: str = "") -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield before + name
            case ast.ClassDef(name=name):
                yield before + name
                yield from _defined(node.body, f"{before}{name}.")
            case ast.Assign(targets=targets):
                yield from (before + target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield before + name


def wrong_places(places: str) -> list[str]:
    """What a cell names that isn't there. Of each place, what is in a file, and the file: names first, then ``of``."""
    wrong = []
    for place in places.split(";"):
        *names, file = re.findall(r"`([^`]+)`", place) or [""]
        if not file.endswith(".py") or not names or f" of `{file}`" not in place:
            wrong.append(f"no name of a file: {place.strip()}")
        elif not (SOURCE / file).is_file():
            wrong.append(f"no such file: {file}")
        else:
            wrong += [f"no {name} of {file}" for name in names if name not in names_in(SOURCE / file)]
    return wrong


def wrong_paths(text: str) -> list[str]:
    """Source paths in backticks that lead nowhere, and names that aren't in the file beside them."""
    paths = re.findall(r"`([\w./-]+\.py)`", text)
    named = re.findall(r"`(\w[\w.]*)` (?:\(|in |of )`([\w./-]+\.py)`", text)
    return [path for path in paths if not (SOURCE / path).is_file()] + [
        f"no {name} of {path}"
        for name, path in named
        if (SOURCE / path).is_file() and name not in names_in(SOURCE / path)
    ]


def drawn(text: str) -> dict[str, bool]:
    """The folders and files that the tree draws, by path: whether they exist. A deeper line is in the one above it."""
    tree = text.partition("```text\nsrc/oneclick/\n")[2].partition("```")[0]
    root, room, found = SOURCE, SOURCE, dict[str, bool]()
    for line in tree.splitlines():
        if line.startswith("tests/"):
            root = room = ROOT / "tests"
            continue
        indent = len(line) - len(line.lstrip(" *"))
        words = re.findall(r"(?<![\w./])([\w/]+(?:\.py|/))(?![\w.])", line)
        if indent == 2 and words:
            room = root / words[0] if words[0].endswith("/") else root
        for word in words:
            folders = (root if indent == 2 else room, room, root, room / words[0])
            places = [folder / word for folder in folders]
            there = next((place for place in places if place.exists()), None)
            found[str((there or places[0]).relative_to(ROOT))] = there is not None
    return found


def test_every_rule_has_its_row_and_every_row_its_rules() -> None:
    """Each rule of docs/rules.md stands in one row, and no other does."""
    rules = rule_numbers(RULES)
    assert {"A1", "B19", "C6", "D5", "E8", "F3"} <= set(rules)
    assert wrong_rules(ARCHITECTURE, rules) == []


@pytest.mark.parametrize("places", [pytest.param(places, id=rules[0]) for rules, places in rows(ARCHITECTURE)])
def test_a_row_leads_to_names_that_are_there(places: str) -> None:
    """Functions, statements, tables: each is defined in the file that the row names."""
    assert wrong_places(places) == []


def test_every_source_path_of_the_document_is_there() -> None:
    """And so is each name that stands with its file."""
    assert len(re.findall(r"\.py`", ARCHITECTURE)) > 50
    assert wrong_paths(ARCHITECTURE) == []


def test_the_tree_draws_what_is_there_and_every_room() -> None:
    """Each folder and file of the drawing exists, and each folder of the package is drawn."""
    found = drawn(ARCHITECTURE)
    assert [path for path, exists in found.items() if not exists] == []
    rooms = {entry.name for entry in SOURCE.iterdir() if entry.is_dir()} - NO_ROOMS
    assert {f"src/oneclick/{room}" for room in rooms} <= set(found)
    assert "tests/house" in found


TABLE = "\n| Rule | Place |\n|---|---|\n"
HELD = "`FIND`, `keep` of `vault/store.py`; `Pay._finish` of `use_cases/payer/pay.py`; `LinkOptions.host` of `{}`"


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("| A1, A2 | x |\n| B1 | x |", []),
        ("| A1 | x |\n| B1 | x |", ["A2"]),
        ("| A1, A2 | x |\n| B1, A1 | x |", ["A1"]),
        ("| A1, A2 | x |\n| B1, B2 | x |", ["B2"]),
        ("", ["A1", "A2", "B1"]),
    ],
)
def test_a_rule_without_its_one_row_is_found(table: str, wrong: list[str]) -> None:
    """The check can fail."""
    rules = rule_numbers("- **A1** One.\n- **A2** Two. (S)\n- **B1** Three **B9**.\n")
    assert wrong_rules(f"Text\n{TABLE}{table}\n\n| C1 | not of the table |\n", rules) == wrong


@pytest.mark.parametrize(
    ("places", "wrong"),
    [
        (HELD.format("acquirer/link_options.py"), []),
        (HELD.format("acquirer/nowhere.py"), ["no such file: acquirer/nowhere.py"]),
        ("`keeps` of `vault/store.py`", ["no keeps of vault/store.py"]),
        ("`keep`, `host` of `vault/store.py`", ["no host of vault/store.py"]),
        ("`Pay.finish` of `use_cases/payer/pay.py`", ["no Pay.finish of use_cases/payer/pay.py"]),
        ("`_finish` of `use_cases/payer/pay.py`", ["no _finish of use_cases/payer/pay.py"]),
        ("`vault/store.py`", ["no name of a file: `vault/store.py`"]),
        ("`keep` of `vault/`", ["no name of a file: `keep` of `vault/`"]),
        ("`keep` `vault/store.py`", ["no name of a file: `keep` `vault/store.py`"]),
        ("the vault", ["no name of a file: the vault"]),
    ],
)
def test_a_place_that_is_not_there_is_found(places: str, wrong: list[str]) -> None:
    """The check can fail."""
    assert wrong_places(places) == wrong


def test_a_path_that_leads_nowhere_is_found() -> None:
    """The checks of the document's text and of its drawing can fail."""
    assert wrong_paths("`keep` (`vault/store.py`) and `card.py`") == []
    assert wrong_paths("`keep` (`vault/stored.py`), `keeps` (`vault/store.py`), `cards.py`") == [
        "vault/stored.py", "cards.py", "no keeps of vault/store.py",
    ]  # fmt: skip
    lines = [
        "src/oneclick/",
        "  web/  in",
        "    site.py  doors",
        "    nowhere/  not",
        "* vaults/  keys",
        "  card.py  no.py",
    ]
    tree = "```text\n" + "\n".join(lines) + "\n```"
    assert [path for path, exists in drawn(tree).items() if not exists] == [
        "src/oneclick/web/nowhere", "src/oneclick/vaults", "src/oneclick/no.py",
    ]  # fmt: skip
