"""The life tables govern (E1): the statements make the tables' moves and no others, and a table without one is seen."""

import ast
import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

import oneclick
from oneclick import database, limits, vault
from oneclick.acquirer.session import SESSION_LIFE
from oneclick.life_cycle import Life
from oneclick.limits.windows import Period
from oneclick.one_click.statuses import CARD_LIFE, CUSTOMER_LIFE, Actor, CardStatus, CustomerStatus
from oneclick.payments.lives import (
    NOTIFICATION_LIFE,
    OPERATION_LIFE,
    ORDER_LIFE,
    NotificationState,
    OperationKind,
    OperationMessage,
    OperationState,
    OrderState,
)

SOURCE = Path(oneclick.__file__).parent
NOW = datetime(2031, 7, 15, 12, tzinfo=UTC)
CARD = UUID("00000000-0000-4000-8000-000000000001")


class Lived(NamedTuple):
    """A table of the database whose rows have a life."""

    table: str
    column: str
    life: Life[Any]
    actors: tuple[str | None, ...] = (None,)


LIVED = (
    Lived("payment_order", "state", ORDER_LIFE),
    Lived("operation", "state", OPERATION_LIFE),
    Lived("notification", "state", NOTIFICATION_LIFE),
    Lived("customer", "status", CUSTOMER_LIFE, tuple(Actor)),
    Lived("stored_card", "status", CARD_LIFE, tuple(Actor)),
)
WORDS: set[str] = {
    word.value
    for words in (
        OrderState,
        OperationState,
        OperationKind,
        OperationMessage,
        NotificationState,
        CustomerStatus,
        CardStatus,
        Actor,
        Period,
    )
    for word in words
}
# One row of each table; the state that is asked about is put into its place.
ROWS = """
INSERT INTO payment_order (customer_base_id, billnumber, merchant_id, order_number, amount_minor, currency, state,
    customer_number, language, parameters, created_at, expires_at)
OVERRIDING SYSTEM VALUE VALUES (1, 500000000000001, 1, 'A', 100, 'RUB', 'In Process', 'c', 'EN', '{}',
    '2031-07-15 11:00Z', '2031-07-15 11:30Z');
INSERT INTO customer (customer_base_id, customer_number, status) VALUES (1, 'c', 'New');
INSERT INTO stored_card (customer_base_id, card_id, customer_number, status, brand, card_mask, expires_on, kept_at,
    last_payment_at, payments)
VALUES (1, '00000000-0000-4000-8000-000000000001', 'c', 'Member', 'VISA', '411111******1111', '2030-07-31',
    '2029-07-15 11:00Z', '2029-07-15 11:00Z', 1);
"""
OPERATION = """
INSERT INTO operation (customer_base_id, billnumber, operation_number, kind, message, state, amount_minor, currency,
    brand, card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, client_ip, sent_at, due_at)
VALUES (1, 500000000000001, 1, 'payment', 'purchase', 'sent', 100, 'RUB', 'VISA', '411111******1111', '07/31',
    'A PAYER', '01', false, 'OC000001', 1, '119612000001', '192.0.2.7', '2031-07-15 11:10Z', '2031-07-15 11:11Z');
INSERT INTO notification (customer_base_id, billnumber, operation_number, state, created_at, due_at)
VALUES (1, 500000000000001, 1, 'due', '2031-07-15 11:10Z', '2031-07-15 11:10Z');
"""
PUT = {
    "payment_order": "UPDATE payment_order SET state = %(state)s",
    "operation": "UPDATE operation SET state = %(state)s",
    "notification": "UPDATE notification SET state = %(state)s",
    "customer": "UPDATE customer SET status = %(state)s",
    "stored_card": """UPDATE stored_card SET status = %(state)s,
        deleted_at = CASE WHEN %(state)s = 'Deleted' THEN last_payment_at END,
        deleted_by = CASE WHEN %(state)s = 'Deleted' THEN 'payer' END""",
}
# The values of every statement's parameters, by the names that statements use for them.
VALUES: dict[str, Any] = {
    "base": 1, "bill": 500_000_000_000_001, "number": 1, "at": NOW, "now": NOW, "sent_at": NOW, "due_at": NOW,
    "leased_till": NOW, "rows_max": 10, "answered_at": NOW, "response_code": "00", "as_code": "AS000",
    "authorisation_id": "123456", "limit_opens_at": None, "answer": "HTTP 200", "card_id": CARD, "card_ids": [CARD],
    "today": date(2031, 7, 15), "brand": "VISA", "mask": "411111******1111", "expires_on": date(2033, 7, 31),
    "network_transaction_id": None, "kept_card_id": CARD,
}  # fmt: skip


def statements() -> dict[str, str]:
    """Every statement of the product, by its module and name."""
    found: dict[str, str] = {}
    for room in (database, limits, vault):
        for info in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            if info.ispkg:
                continue
            module = importlib.import_module(info.name)
            found |= {
                f"{info.name}.{name}": value
                for name, value in vars(module).items()
                if name.isupper() and isinstance(value, str) and re.search(r"\b(UPDATE|INSERT|DELETE|SELECT)\b", value)
            }
    return found


def writers(lived: Lived) -> dict[str, str]:
    """The statements that write the state of a row that is there already."""
    pattern = re.compile(
        rf"UPDATE {lived.table}\b(?!\.)[^;]*?\bSET\b[^;]*?\b{lived.column} = "
        rf"|INSERT INTO {lived.table}\b[^;]*?DO UPDATE SET[^;]*?\b{lived.column} = ",
        re.DOTALL,
    )
    return {name: text for name, text in statements().items() if pattern.search(text)}


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a migrated database of this module."""
    from support.database import database_named  # noqa: PLC0415

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE lives TEMPLATE template_oneclick")
        with psycopg.connect(database_named(postgres_url, "lives")) as opened:
            yield opened
        connection.execute("DROP DATABASE lives WITH (FORCE)")


def moves_made(connection: psycopg.Connection[Any], lived: Lived, statement: str) -> set[tuple[str, str, str | None]]:
    """The moves that a statement makes on a row, tried in each state, for each end and each actor."""
    named = "%(to)s" in statement
    ends: tuple[str | None, ...] = lived.life.states if named else (None,)
    actors = lived.actors if "%(actor)s" in statement else (None,)
    made: set[tuple[str, str, str | None]] = set()
    for state, to, actor in product(lived.life.states, ends, actors):
        values = VALUES | {"origin": state, "to": to, "actor": actor, "state": to}
        if lived.table in {"customer", "stored_card"}:
            values["number"] = "c"
        with connection.transaction(force_rollback=True):
            connection.execute(ROWS)
            if lived.table in {"operation", "notification"}:
                connection.execute(OPERATION)
            connection.execute(PUT[lived.table], {"state": state})
            touched = connection.execute(statement, values).rowcount
            (after,) = connection.execute(f"SELECT {lived.column} FROM {lived.table}").fetchone() or ("",)  # noqa: S608
        if after != state or (named and to == state and touched == 1):
            made.add((state, after, actor))
    return made


@pytest.mark.parametrize("lived", LIVED, ids=lambda lived: lived.table)
def test_e1_the_statements_make_the_moves_of_the_table_and_no_others(
    server: psycopg.Connection[Any], lived: Lived
) -> None:
    """E1, C1, C2: tried on PostgreSQL, in each state, to each end, for each actor."""
    found = writers(lived)
    assert found
    made = set().union(*(moves_made(server, lived, statement) for statement in found.values()))
    # A statement that names no actor is the system's own.
    made = {(origin, to, actor or lived.actors[0]) for origin, to, actor in made}
    table = {(move.origin, move.to, move.actor) for move in lived.life}
    assert made - table == set(), "a statement makes moves that the table hasn't got"
    assert table - made == set(), "the table has moves that no statement makes"


def test_e1_no_statement_is_passed_over(server: psycopg.Connection[Any]) -> None:
    """E1: each statement that updates a lived table is known as a writer, or leaves the state alone."""
    for lived in LIVED:
        known = writers(lived)
        for name, text in statements().items():
            assignments = re.search(rf"(?:UPDATE {lived.table}\b|INSERT INTO {lived.table}\b).*", text, re.DOTALL)
            if assignments and name not in known:
                assert not re.search(rf"(?:SET|,)\s*{lived.column} = ", assignments[0]), name
    functions = server.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace").fetchall()
    assert functions == [], "SQL functions have come: derive their moves here, too"


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_e1_no_statement_spells_a_word_of_a_table_by_itself(file: Path) -> None:
    """E1: SQL's literals come from the enums, so that a state can't be misspelled, nor outlive its table."""
    if "migrations" in file.parts or "simulator" in file.parts or "demo" in file.parts:
        return  # history as it was; the demo's own programs, which share no table with the gateway
    for node in ast.walk(ast.parse(file.read_text())):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\b(SELECT|UPDATE|INSERT INTO|DELETE FROM)\b", node.value)
        ):
            spelled = {word for word in re.findall(r"'([^']*)'", node.value) if word in WORDS}
            assert spelled == set(), f"line {node.lineno}"


# A table as it stands in the source, and the modules whose import makes its moves.
TABLES: dict[str, tuple[str, Life[Any], tuple[str, ...]]] = {
    "ORDER_LIFE": ("payments/lives.py", ORDER_LIFE, ("oneclick.database.orders",)),
    "OPERATION_LIFE": (
        "payments/lives.py",
        OPERATION_LIFE,
        ("oneclick.database.operations", "oneclick.database.due_operations"),
    ),
    "NOTIFICATION_LIFE": ("payments/lives.py", NOTIFICATION_LIFE, ("oneclick.database.notifications",)),
    "CUSTOMER_LIFE": ("one_click/statuses.py", CUSTOMER_LIFE, ("oneclick.database.customers",)),
    "CARD_LIFE": ("one_click/statuses.py", CARD_LIFE, ("oneclick.database.stored_cards",)),
    "SESSION_LIFE": ("acquirer/session.py", SESSION_LIFE, ("oneclick.acquirer.session",)),
}


def without(source: str, name: str, origin: StrEnum, to: StrEnum) -> str:
    """The module's text with one move taken out of its table."""
    tree = ast.parse(source)
    (table,) = (
        node.value.args[0]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.targets[0]) == name
    )
    assert isinstance(table, ast.Dict)
    here, there = (f"{type(state).__name__}.{state.name}" for state in (origin, to))
    (row,) = (row for key, row in zip(table.keys, table.values, strict=True) if key and ast.unparse(key) == here)
    if isinstance(row, ast.Dict):
        place = [ast.unparse(key) for key in row.keys if key].index(there)
        del row.keys[place], row.values[place]
    else:
        assert isinstance(row, ast.Set)
        del row.elts[[ast.unparse(element) for element in row.elts].index(there)]
        if not row.elts:
            table.values[table.values.index(row)] = ast.parse("set()", mode="eval").body
    return ast.unparse(ast.fix_missing_locations(tree))


# Imports the modules with each text of a file in turn, in a process of its own, and tells how each import ended.
LOADER = """
import json, os, sys
import babel.support, cryptography.hazmat.primitives.asymmetric.rsa, iso8583, psycopg, psycopg_pool, structlog
for text in json.load(sys.stdin):
    with open(sys.argv[1], "w") as file:
        file.write(text)
    child = os.fork()
    if child == 0:
        try:
            for module in sys.argv[2:]:
                __import__(module)
            said = "loaded"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        os.write(1, (said + chr(10)).encode())
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize("name", TABLES)
def test_e1_a_table_that_lacks_a_move_keeps_the_gateway_from_starting(tmp_path: Path, name: str) -> None:
    """E1: whichever move goes from whichever table, the statements that make it can't even be loaded."""
    file, life, modules = TABLES[name]
    copy = tmp_path / "oneclick"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "demo", "static"))
    source = (SOURCE / file).read_text()
    moves = sorted({(move.origin, move.to) for move in life})
    texts = [ast.unparse(ast.parse(source)), *(without(source, name, origin, to) for origin, to in moves)]
    done = subprocess.run(  # noqa: S603  # this project's own code, changed
        [sys.executable, "-c", LOADER, str(copy / file), *modules],
        input=json.dumps(texts),
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    whole, *said = done.stdout.splitlines()
    assert whole == "loaded"
    expected = [f"MoveError: no move from {origin} to {to}" for origin, to in moves]
    assert [line.partition(" by the ")[0] for line in said] == expected
