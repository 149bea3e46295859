"""Every rule of the wallet has a test that names it, and no test names a rule that isn't there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROVEN = frozenset("ABCD")  # sections whose every rule has a test; of E and F parts are built


@cache
def rules() -> frozenset[str]:
    """The numbers in docs/rules.md."""
    found = re.findall(r"^- \*\*([A-F][0-9]+)\*\* ", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE)
    assert len(found) == len(set(found))
    return frozenset(found)


@cache
def proofs() -> dict[str, list[str]]:
    """The test functions that have a rule's number in their names, by rule: ``test_b16_…`` stands for B16."""
    by_rule: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for token in re.findall(r"(?<=_)[a-f][0-9]+(?=_|$)", node.name):
                    by_rule.setdefault(token.upper(), []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return by_rule


def test_the_rules_and_their_tests_are_found() -> None:
    """The other tests here would pass on nothing."""
    assert {"A1", "A9", "B1", "B18", "C6", "D5", "E8", "F3"} <= rules()
    assert "tests/house/test_house.py::test_b4_only_named_modules_may_see_clear_digits" in proofs()["B4"]


def test_every_rule_of_the_wallet_has_a_test_with_its_number() -> None:
    """``pytest -k "A1 or B7 or D4"`` runs the tests of these rules."""
    without = {rule for rule in rules() if rule[0] in PROVEN} - set(proofs())
    assert sorted(without, key=lambda rule: (rule[0], int(rule[1:]))) == []


def test_no_test_names_a_rule_that_is_not_there() -> None:
    """A rule that was renumbered or dropped takes its tests along."""
    unknown = {rule: names for rule, names in proofs().items() if rule not in rules()}
    assert unknown == {}
