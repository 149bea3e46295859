"""The hot path's budget: statements, commits, connections, as PostgreSQL itself counts them."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from oneclick.database.pool import new_pool
from oneclick.use_cases.payer.pay import Paid
from oneclick.vault.keyring import Keyring
from support.bench import ONE_CLICK, Bench, Choice, bench

PAYMENTS = 200
CONNECTIONS = 4
DELAY_S = 2.0
# Words that begin a transaction or end it; the check of a pooled connection; all else is a statement of the payment.
FRAME = re.compile(r"BEGIN|COMMIT|ROLLBACK|$")


class ServerLog:
    """What the server was asked, in its own words: its log with every statement."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin = path.stat().st_size

    def statements(self) -> list[str]:
        """The statements since the beginning, by their first words."""
        text = self._path.read_bytes()[self._begin :].decode()
        found = re.findall(r"LOG:  (?:statement|execute [^:]*): *(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        return [" ".join(statement.split()) for statement in found]


@contextmanager
def logged(database_url: str) -> Iterator[ServerLog]:
    """The server's log of the connections to this database that are made in the context."""
    name = re.search(r"/(test_\w+)\?", database_url)
    assert name is not None
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        connection.execute(f"ALTER DATABASE {name[1]} SET log_statement = 'all'")
    yield ServerLog(Path(row[0]) / "log")


async def spent(shop: Bench, log: ServerLog, choice: Choice) -> tuple[int, int]:
    """Statements and commits of one payment; the order is there already."""
    order_id = await shop.order()
    before = len(log.statements())
    assert await shop.pay(order_id, choice.instrument, "192.0.2.7") is Paid.DONE
    made = log.statements()[before:]
    inside, commits = False, 0
    statements = [text for text in made if not FRAME.match(text)]
    for text in made:
        if text.startswith("BEGIN"):
            inside = True
        elif text.startswith("COMMIT"):
            inside = False
            commits += 1
        elif not inside and re.match(r"INSERT|UPDATE|DELETE|WITH", text):
            commits += 1
    return len(statements), commits


async def test_a_payment_takes_so_many_statements_and_two_commits(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    """E7: the intent and the outcome are the only commits. A change of these numbers is a change of the hot path."""
    with logged(database_url) as log:
        async with new_pool(database_url, 1) as pool, bench(pool, keyring, tmp_path, ONE_CLICK) as shop:
            await shop.paid(Choice(remember=False))  # takes the block of trace numbers
            budgets = {"typed and kept": await spent(shop, log, Choice())}
            (stored,) = await shop.cards()
            budgets["stored"] = await spent(shop, log, Choice(saved=stored))
            budgets["typed, not kept"] = await spent(shop, log, Choice(remember=False))
    assert budgets == {
        "typed and kept": (16, 2),
        "stored": (12, 2),
        "typed, not kept": (10, 2),
    }


async def test_no_connection_is_held_while_the_acquirer_is_asked(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    """With 4 connections and answers that take 2 s, 200 payments at once all finish in about 2 to 4 s."""
    async with (
        new_pool(database_url, CONNECTIONS) as pool,
        bench(pool, keyring, tmp_path, ONE_CLICK, deadline_s=20) as shop,
    ):
        orders = [await shop.order(customer_number=f"c-{number}") for number in range(PAYMENTS)]
        await shop.acquirer.misbehave(fault="delay", seconds=DELAY_S, count=PAYMENTS)
        begun = time.monotonic()
        paying = asyncio.gather(
            *(shop.pay(order_id, Choice(remember=False).instrument, "192.0.2.7") for order_id in orders)
        )
        # How many payments wait for the acquirer at a moment when no connection is in use: the most that was seen.
        waiting_max = 0
        while not paying.done():
            if pool.get_stats()["pool_available"] == CONNECTIONS:
                waiting_max = max(waiting_max, shop.link.in_flight)
            await asyncio.sleep(0.01)
        ends = await paying
        took_s = time.monotonic() - begun
        approved = await shop.rows("SELECT count(*) FROM payment_order WHERE state = 'Approved'")
    assert waiting_max == PAYMENTS
    assert set(ends) == {Paid.DONE}
    assert approved == [(PAYMENTS,)]
    assert DELAY_S <= took_s < 2 * DELAY_S, took_s
