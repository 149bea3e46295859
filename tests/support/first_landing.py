"""An installation of the first landing in a database, and the rooms of today's gateway around it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from oneclick.clock import FixedClock
from oneclick.database.migrate import migrate
from oneclick.database.pool import Pool
from oneclick.database.stan_blocks import StanBlocks
from oneclick.ids import OrderId
from oneclick.passwords import Passwords
from oneclick.use_cases.payer.delete_own_card import DeleteOwnCard
from oneclick.use_cases.payer.pay import Pay, PayDependencies
from oneclick.use_cases.payer.show_order import ShowOrder
from oneclick.use_cases.steps.acquirer_options import AcquirerOptions
from oneclick.use_cases.steps.operation_run import OperationDependencies, OperationRunner
from oneclick.use_cases.upkeep.resolve_operations import ResolveOperations
from oneclick.vault.keyring import Keyring
from support.bench import ATTEMPTS_MAX, Bench
from support.wire import linked

FOLDER = Path(__file__).parents[1] / "database" / "first_landing"
# Some minutes after the rows: what was open then is still in time.
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
# Those that gave out trace numbers that day; the rows say how far.
TERMINALS = ("OCDEMO01", "OCDEMO02", "OCDEMO03")
BOOKSHOP, CAFE, GALLERY = 123456, 77, 78
SECRET_WORDS = {
    BOOKSHOP: "a word of the lantern",
    CAFE: "a word of the cafe",
    GALLERY: "a word of the gallery",
}
LOGIN, PASSWORD = "bookshop_ws", "a1lantern5books"
READER, GUEST = "reader-1", "гость-7"
# What the acquirer was told: a deadline only bounds the tests.
_TERMS = AcquirerOptions(acquirer_id="123456", deadline_s=10)


def bill(number: int, base: int = BOOKSHOP) -> OrderId:
    """An order of the rows by the end of its billnumber."""
    return OrderId(base, 5_000_000_000_000_000 + number)


def land(database_url: str) -> None:
    """Puts a database back to the schema of the first landing, and its rows into it."""
    migrate(database_url, "base")
    migrate(database_url, "0001")
    with psycopg.connect(database_url) as connection:
        connection.execute((FOLDER / "rows.sql").read_bytes())


def keys_of_then(folder: Path) -> Keyring:
    """The key file of the first landing, read from a copy that is its owner's alone."""
    copy = folder / "keys.json"
    copy.touch(mode=0o600)
    copy.write_bytes((FOLDER / "keys.json").read_bytes())
    return Keyring.read(copy)


def put_ledger(folder: Path) -> None:
    """The simulator's file of the first landing, where a simulator that starts in the folder finds it."""
    ledger = sqlite3.connect(folder / "ledger.sqlite3")
    ledger.executescript((FOLDER / "acquirer_ledger.sql").read_text())
    ledger.close()


@asynccontextmanager
async def gateway_of_today(pool: Pool, folder: Path) -> AsyncIterator[Bench]:
    """Today's rooms on the rows, with today's simulator on its ledger, till the context ends."""
    keyring, clock = keys_of_then(folder), FixedClock(NOW)
    put_ledger(folder)
    async with linked(folder) as (link, acquirer):
        stans = StanBlocks(pool, TERMINALS)
        pay = Pay(PayDependencies(pool=pool, keyring=keyring, link=link, stans=stans, clock=clock), _TERMS)
        desk_rooms = OperationDependencies(pool=pool, passwords=Passwords(), link=link, stans=stans, clock=clock)
        yield Bench(
            pool=pool,
            keyring=keyring,
            clock=clock,
            link=link,
            acquirer=acquirer,
            pay=pay,
            show=ShowOrder(pool, clock, ATTEMPTS_MAX),
            delete_own_card=DeleteOwnCard(pool, clock),
            runner=OperationRunner(desk_rooms, _TERMS),
            resolving=ResolveOperations(pool, link, clock, _TERMS),
        )
        await pay.drain(_TERMS.deadline_s)
