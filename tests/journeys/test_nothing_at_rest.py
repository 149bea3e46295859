"""After payments with typed and stored cards, no file of the demo holds a card number or a CVC2."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from oneclick.acquirer.fields import Tag
from support.demo_stack import CARD, RunningDemo, call, fresh, running_demo, saved_card_of

pytestmark = pytest.mark.xdist_group("own stack")

NUMBERS = ("4111111111111111", "5555555555554444", "4000000000009995", "378282246310005", "4000000000000127")
DECLINED = ("4000000000009995", "4000000000000127")  # the page comes back at once, with what was typed


def _forms(text: str) -> set[bytes]:
    """A text as it could lie in a file: plain, spaced, hyphened, UTF-16, hexadecimal, base64 at any alignment."""
    plain = text.encode()
    groups = [text[n : n + 4] for n in range(0, len(text), 4)]
    forms = {plain, " ".join(groups).encode(), "-".join(groups).encode(), "+".join(groups).encode()}
    forms |= {"%20".join(groups).encode(), text.encode("utf-16-le"), text.encode("utf-16-be")}
    forms |= {plain.hex().encode(), plain.hex().upper().encode()}
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + plain + b"\0" * 3)
        # Only the characters that the text alone decides.
        first = -(-lead * 8 // 6)
        forms.add(encoded[first : (lead + len(plain)) * 8 // 6])
    return forms


def _holders(folder: Path, forms: set[bytes]) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [f"{path.relative_to(folder)}" for form in forms if form in content]
    return found


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    """A search that can't find anything would prove nothing: each form is found in a file that holds it."""
    number = NUMBERS[0]
    for position, form in enumerate(sorted(_forms(number))):
        (tmp_path / "file").write_bytes(b"before" * position + form + b"after")
        assert _holders(tmp_path, {form}) == ["file"]
    wrapped = base64.b64encode(b"x" + number.encode() + b"yz")
    (tmp_path / "file").write_bytes(wrapped)
    assert _holders(tmp_path, _forms(number)) == ["file"]


@pytest.fixture
def stack(demo_folder: Path) -> Iterator[RunningDemo]:
    """A demo of its own: other tests write card numbers where shops write texts, and these are kept by design."""
    with running_demo(demo_folder) as running:
        yield running


def test_b4_no_card_number_and_no_cvc2_lies_in_any_file_after_paying(stack: RunningDemo) -> None:
    """B4: the database's files, its WAL, the logs, the ledger, everything below the demo's folder.

    The CVC2s are looked for next to their names, in the same spellings as the number, as the wire has them, and as
    whole values of columns: three digits alone stand everywhere.
    """
    customer = fresh("rest")
    cvc2 = "846"
    for number in NUMBERS:
        code = f"{cvc2}1" if number.startswith("37") else cvc2
        reply = call(stack.opened(customer), CARD | {"CardNumber": number, "CVC2": code, "Remember": "1"})
        assert reply.status == (200 if number in DECLINED else 303)
    wrong = CARD | {"CardNumber": NUMBERS[0], "CVC2": "9", "Expiry": "99/99"}
    assert call(stack.opened(customer) + "&SavedCard=new", wrong).status == 422
    link = stack.opened(customer)
    card_id = saved_card_of(call(link).body)
    assert call(link, {"SavedCard": card_id, "CVC2": "8461"}).status == 303
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        kept = connection.execute("SELECT count(*) FROM vault_card WHERE customer_number = %s", (customer,)).fetchone()
        connection.execute("CHECKPOINT")  # everything that was committed now lies in the tables' files as well
    assert kept == (3,)
    forms = set().union(*(_forms(number) for number in NUMBERS))
    assert _holders(stack.folder, forms) == []
    assert _holders(stack.folder.parent, forms) == []
    digits = (cvc2, f"{cvc2}1", " ".join(cvc2))
    signs = ("=", '": "', "': '", ": ", '": ')
    named = {f"{name}{sign}{code}" for name in ("CVC2", "cvc2") for sign in signs for code in digits}
    named |= {f"{Tag.CVC2}{len(code):03}{code}" for code in digits[:2]}  # as it stands in the ISO field 48
    assert _holders(stack.folder, set().union(*(_forms(text) for text in named))) == []
    assert not _columns_holding(stack, cvc2)


def test_b4_the_processes_that_see_a_cvc2_dump_no_core(stack: RunningDemo) -> None:
    """B4: the gateway's processes and the simulator have no core limit; others of their user can't look in."""
    commands = [f"serve --demo {stack.folder}", f"simulate-acquirer --demo {stack.folder}"]
    found = [p for p in psutil.process_iter(["cmdline"]) if any(command in _line(p) for command in commands)]
    first = {process.pid for process in found if process.ppid() == stack.process.pid and "serve" in _line(process)}
    seeing = [process for process in found if process.pid not in first]  # its children serve
    assert len(seeing) == 2
    for process in seeing:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0", limits)
    code = (
        "import oneclick.core_dumps as c, ctypes; c.forbid_core_dumps(); print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "0\n"  # noqa: S603


def _line(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])


def _columns_holding(stack: RunningDemo, cvc2: str) -> list[str]:
    """Columns in which a value is the CVC2 itself: a dump of every table, read cell by cell."""
    found = []
    with psycopg.connect(stack.database_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names from the catalogue
            names = [column.name for column in cursor.description or ()]
            for row in cursor:
                found += [f"{table}.{name}" for name, cell in zip(names, row, strict=True) if _is_cvc2(cell, cvc2)]
    return found


def _is_cvc2(cell: object, cvc2: str) -> bool:
    return str(cell) in (cvc2, f"{cvc2}1") and not isinstance(cell, int)
