"""The shop's memory: customers, sessions and orders in one SQLite file, readable by its owner only.

The statements are short and local, so they run in the event loop. The file holds no card and no secret of the gateway.
"""

import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from oneclick.demo.shop.books import CURRENCY, Book
from oneclick.demo.shop.orders import Order

ORDERS_SHOWN_MAX = 50

_TABLES = """
CREATE TABLE IF NOT EXISTS customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers,
    book_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    ordered_at TEXT NOT NULL,
    notified_at TEXT,
    notified_state TEXT,
    asked_at TEXT,
    asked_state TEXT
);
"""
_ORDER = "SELECT id, customer_id, book_id, amount, currency, notified_state, asked_state FROM orders"

# The order's own customer only: another's order isn't there.
_OWN_ORDER = f"{_ORDER} WHERE id = ? AND customer_id = ?"
_ANY_ORDER = f"{_ORDER} WHERE id = ?"
_OWN_ORDERS = f"{_ORDER} WHERE customer_id = ? ORDER BY id DESC LIMIT ?"

# A doubled notification changes nothing, a late decline of an earlier attempt doesn't undo a payment, and news make the
# shop ask again.
_NOTIFIED = """
UPDATE orders SET notified_at = :now, notified_state = :state, asked_state = NULL
WHERE id = :id AND notified_state IS NOT :state
  AND NOT (notified_state IS 'Approved' AND :state IN ('Declined', 'Timeout', 'In Process'))
"""
_ASKED = "UPDATE orders SET asked_at = :now, asked_state = :state WHERE id = :id"


def _number(order_id: int) -> str:
    return f"BOOK-{order_id:06}"


def _id(number: str) -> int:
    """The key of an order number, 0 (no order) for a text that is none."""
    digits = number.removeprefix("BOOK-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 18  # noqa: PLR2004  # fits SQLite's integer
    return int(digits) if is_number and _number(int(digits)) == number else 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """An open shop file. Every change is committed before its method returns."""

    def __init__(self, file: Path) -> None:
        file.touch(mode=0o600)
        file.chmod(0o600)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Closes the shop's file."""
        self._database.close()

    def sign_in(self, name: str) -> str:
        """A new session id for the customer of that name, who is entered if new."""
        self._database.execute("INSERT INTO customers (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
        session_id = secrets.token_urlsafe(32)
        self._database.execute(
            "INSERT INTO sessions (id, customer_id) SELECT ?, id FROM customers WHERE name = ?", (session_id, name)
        )
        return session_id

    def sign_out(self, session_id: str) -> None:
        """Forgets a session."""
        self._database.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def customer(self, session_id: str) -> tuple[int, str] | None:
        """The key and name of the customer who signed in, if any."""
        row: tuple[int, str] | None = self._database.execute(
            "SELECT c.id, c.name FROM sessions s JOIN customers c ON c.id = s.customer_id WHERE s.id = ?", (session_id,)
        ).fetchone()
        return row

    def place_order(self, customer_id: int, book: Book) -> Order:
        """Writes a new order. Its number is never given twice."""
        cursor = self._database.execute(
            "INSERT INTO orders (customer_id, book_id, amount, currency, ordered_at) VALUES (?, ?, ?, ?, ?)",
            (customer_id, book.id, book.amount, CURRENCY, _now()),
        )
        return self._orders(_ANY_ORDER, cursor.lastrowid)[0]

    def own_order(self, customer_id: int, number: str) -> Order | None:
        """The customer's order of that number, if there is one."""
        return next(iter(self._orders(_OWN_ORDER, _id(number), customer_id)), None)

    def any_order(self, number: str) -> Order | None:
        """The order of that number, whoever's: for the gateway's notifications only."""
        return next(iter(self._orders(_ANY_ORDER, _id(number))), None)

    def own_orders(self, customer_id: int) -> list[Order]:
        """The customer's newest orders."""
        return self._orders(_OWN_ORDERS, customer_id, ORDERS_SHOWN_MAX)

    def notified(self, order: Order, state: str) -> None:
        """Writes down the state that the gateway told by itself."""
        self._database.execute(_NOTIFIED, {"now": _now(), "state": state, "id": _id(order.number)})

    def asked(self, order: Order, state: str | None) -> None:
        """Writes down the state that the gateway answered with; None forgets it."""
        self._database.execute(_ASKED, {"now": _now(), "state": state, "id": _id(order.number)})

    def _orders(self, statement: str, *values: int | None) -> list[Order]:
        return [
            Order(_number(row[0]), f"reader-{row[1]}", *row[2:])
            for row in self._database.execute(statement, values).fetchall()
        ]
