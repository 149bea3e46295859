"""Brings the catalogues up to date with the texts in the code and the templates: ``make messages``.

What is translated stays so, what is new waits for its translation, what is no longer used goes. The messages stand in
the order of the files that use them, without line numbers and dates: what didn't change is written as it was.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from oneclick.languages import CATALOGUES

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "marked": None}


def catalogues() -> list[Path]:
    """The file of each language that has one."""
    return sorted(CATALOGUES.glob("*/LC_MESSAGES/oneclick.po"))


def used_messages(sources: Path) -> Catalog:
    """Every message id of the Python and the templates in the folder, with the files that use it."""
    used = Catalog()
    for file, line, message, _comments, context in extract_from_dir(sources, METHODS, keywords=KEYWORDS):
        used.add(message, locations=[(file, line)], context=context)
    return used


def updated(catalogue: Path, used: Catalog) -> str:
    """What the file should hold; its head, up to the first empty line, is left alone."""
    old = catalogue.read_text(encoding="utf-8")
    merged = read_po(BytesIO(old.encode()), locale=catalogue.parts[-3], abort_invalid=True)
    merged.update(used, no_fuzzy_matching=True)
    messages = BytesIO()
    write_po(messages, merged, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    head, _, _ = old.partition("\n\n")
    return f"{head}\n\n{messages.getvalue().decode().strip()}\n"


def main() -> None:
    """Writes each catalogue, and says how many of its messages lack a translation."""
    used = used_messages(CATALOGUES.parent)
    for catalogue in catalogues():
        catalogue.write_text(updated(catalogue, used), encoding="utf-8")
        with catalogue.open("rb") as source:
            missing = [entry.id for entry in read_po(source) if entry.id and not entry.string]
        print(f"{catalogue.relative_to(CATALOGUES)}: {len(missing)} to translate", *missing, sep="\n  ")  # noqa: T201


if __name__ == "__main__":
    main()
