"""Nobody outside the protocol's rooms names one of its numbers: the core speaks reasons (docs/decisions/0017)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "oneclick"
ASSIST, SERVICES = SOURCE / "assist", SOURCE / "web" / "services"
NAMES = {"FirstCode", "SecondCode"}
PAIR_OR_AS_CODE = re.compile(r"[1-9][0-9]?\.(0|[1-9][0-9]{0,2})|AS[0-9]{3}")


@cache
def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def outside(*rooms: Path) -> Iterator[tuple[str, ast.AST]]:
    """Each node of each module that stands in none of the rooms, with its module's path."""
    for path, tree in modules().items():
        if not any(path.is_relative_to(room) for room in rooms):
            yield from ((str(path.relative_to(SOURCE)), node) for node in ast.walk(tree))


def names(node: ast.AST) -> set[str]:
    """What a node imports, reads or takes from a module."""
    if isinstance(node, ast.ImportFrom):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    return {node.id} if isinstance(node, ast.Name) else set()


def test_the_codes_stand_where_they_are_looked_for() -> None:
    """The other tests here would pass on nothing."""
    found = {path for path, node in outside() if names(node) >= NAMES}
    assert found == {
        "assist/order_request.py", "assist/refusal_texts.py",
        "web/services/money.py", "web/services/order.py", "web/services/state.py",
    }  # fmt: skip
    assert all(PAIR_OR_AS_CODE.fullmatch(text) for text in ("7.158", "10.0", "AS101"))


def test_the_protocols_codes_are_named_in_its_rooms_alone() -> None:
    """One table a door turns a reason into codes: elsewhere nobody needs their names."""
    assert sorted({path for path, node in outside(ASSIST, SERVICES) if NAMES & names(node)}) == []


def test_pairs_of_codes_are_made_in_its_rooms_alone() -> None:
    """Who wants a pair takes it from the table, by a reason."""
    made = {
        path for path, node in outside(ASSIST, SERVICES) if isinstance(node, ast.Call) and "Codes" in names(node.func)
    }
    assert sorted(made) == []


def test_no_code_is_written_as_a_text_outside_its_room() -> None:
    """Neither ``7.158`` nor an AS code."""
    written = {
        f"{path}: {node.value}"
        for path, node in outside(ASSIST)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PAIR_OR_AS_CODE.fullmatch(node.value)
    }
    assert sorted(written) == []
