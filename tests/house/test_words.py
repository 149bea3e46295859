"""The words of the house: each public docstring opens with a noun of the glossary, and each class has its own name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "oneclick"
GLOSSARY = ROOT / "docs" / "glossary.md"
_OPENS_WRONG = re.compile(r"\W*(what|who|whether)\b", re.IGNORECASE)
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def headwords(glossary: str) -> list[str]:
    """The bold words that the entries begin with."""
    return re.findall(r"^- \*\*(.+?)\*\*", glossary, re.MULTILINE)


def nouns_in(glossary: str) -> set[str]:
    """The headwords, an entry's two apart, and their other names in Latin letters, such as ``COF``."""
    entries = re.findall(r"^- \*\*(.+?)\*\*(?: \((.+?)\))?:", glossary, re.MULTILINE)
    names = {name.strip("` ") for entry in entries for part in entry for name in re.split("[,;]", part)}
    return {name for name in names if re.fullmatch(r"[A-Za-z0-9][\w -]*", name, re.ASCII)}


def plural(noun: str) -> str:
    """The plain plural."""
    if re.search("[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search("(s|x|ch|sh)$", noun) else f"{noun}s"


@cache
def any_noun() -> re.Pattern[str]:
    """One of the glossary's nouns, as whole words, in the singular or plural."""
    nouns = nouns_in(GLOSSARY.read_text())
    either = "|".join(re.escape(form) for form in sorted(nouns | {plural(noun) for noun in nouns}, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def first_sentence(docstring: str) -> str:
    """The text up to the first full stop, or to the first empty line."""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s(?=\W*[A-Z0-9])", paragraph, maxsplit=1)[0]


def documented(node: _Documented, name: str) -> Iterator[tuple[str, str]]:
    """The docstrings of a module or class and of all that is public in it, by their names."""
    if text := ast.get_docstring(node):
        yield name, text
    if isinstance(node, ast.Module | ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, _Documented) and (not inner.name.startswith("_") or inner.name == "__call__"):
                yield from documented(
                    inner, f"{name}:{inner.name}" if isinstance(node, ast.Module) else f"{name}.{inner.name}"
                )


def faults_in(source: str, name: str) -> list[str]:
    """The docstrings of a module's text that open wrong, or without a noun."""
    found = []
    for place, text in documented(ast.parse(source), name):
        sentence = first_sentence(text)
        if _OPENS_WRONG.match(sentence):
            found.append(f"{place} opens with {sentence.split()[0]}: {sentence}")
        if not any_noun().search(sentence):
            found.append(f"{place} has no noun of the glossary: {sentence}")
    return found


def types_in(source: str) -> list[str]:
    """The names of the classes in a module's text and of its type aliases, without leading underscores."""
    tree = ast.parse(source)
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    targets = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    ]
    aliases = [target for target in targets if re.match(r"_*[A-Z][A-Za-z0-9]*[a-z]", target)]
    return [name.lstrip("_") for name in classes + aliases]


def named_twice(sources: dict[str, str]) -> dict[str, list[str]]:
    """The names that stand for two types, with their modules."""
    modules: dict[str, list[str]] = {}
    for module, source in sources.items():
        for name in types_in(source):
            modules.setdefault(name, []).append(module)
    return {name: where for name, where in modules.items() if len(where) > 1}


@cache
def sources() -> dict[str, str]:
    """The modules' texts by their paths."""
    return {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.py"))}


def test_the_glossary_and_the_modules_are_read() -> None:
    """The other tests here would pass on nothing."""
    nouns = nouns_in(GLOSSARY.read_text())
    assert {"Card", "Card-on-file", "COF", "CIT", "MIT", "billnumber", "Key-encryption key", "3-D Secure"} <= nouns
    assert {"app.py", "acquirer/link.py", "demo/shop/app.py", "database/migrations/env.py"} <= set(sources())
    assert [plural(noun) for noun in ("card", "currency", "day", "signed key", "ledger entry", "address")] == [
        "cards",
        "currencies",
        "days",
        "signed keys",
        "ledger entries",
        "addresses",
    ]


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    """A word is found where it is looked for, once."""
    keys = [re.sub(r"\W", "", word).lower() for word in headwords(GLOSSARY.read_text())]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("docstring", "faults"),
    [
        ("The order of a shop.", 0),
        ("Seals cards. What else?", 0),
        ("Two-line sentences are read whole, to the\nCVC2s at their end.", 0),
        ("A discard, a cardigan, a scorecard_id.", 1),
        ("It does its part. The card is in the second sentence.", 1),
        ("It does its part\n\nThe card is in the second paragraph.", 1),
        ("What a card is.", 1),
        ("``Who`` pays the order.", 1),
        ("whether it is so.", 2),
    ],
)
def test_a_docstring_that_opens_wrong_is_found(docstring: str, faults: int) -> None:
    """At a module, a class, a method, a property, a call and a coroutine; not at what is private."""
    text = f'"""{docstring}"""'
    source = f"""{text}
class Sealer:
    {text}
    def seal(self): {text}
    @property
    def mask(self): {text}
    def __call__(self): {text}
    def __init__(self): {text}
    def _hide(self): {text}
class _Private:
    {text}
    def seal(self): {text}
async def ask(): {text}
"""
    assert len(faults_in(source, "made_up")) == 6 * faults


def test_a_name_that_stands_for_two_types_is_found() -> None:
    """Two classes, also with an underscore before one; a class and an alias; not a constant or a variable."""
    modules = {
        "one": "class Plan: ...\nclass _Fault: ...\nclass Key: ...\nLIMITS = 1\n_log = 2",
        "two": "class _Plan: ...\nFault = Plan | None\nLIMITS = 1\n_log = 2",
        "three": "class Holder:\n    class Inner: ...\nInner: TypeAlias = int",
    }
    assert named_twice(modules) == {"Plan": ["one", "two"], "Fault": ["one", "two"], "Inner": ["three", "three"]}


def test_each_public_docstring_opens_with_a_noun_of_the_glossary() -> None:
    """Its first sentence holds one, and doesn't begin with What, Who or Whether."""
    faults = [fault for path, source in sources().items() for fault in faults_in(source, path)]
    assert faults == []


def test_no_name_stands_for_two_types() -> None:
    """A reader who has met the class once knows it everywhere."""
    assert named_twice(sources()) == {}
