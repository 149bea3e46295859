"""The end of a run as plain values: rows of the database, the acquirer's ledger, what the listener heard, the notes.

The checker's tests make such worlds by hand.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]

_STATEMENTS = {
    "orders": "SELECT customer_base_id, billnumber, merchant_id, order_number, amount_minor, currency, state,"
    " customer_number, created_at, expires_at, two_stage FROM payment_order ORDER BY billnumber",
    "operations": "SELECT billnumber, operation_number, kind, message, state, amount_minor, terminal_id, stan, rrn,"
    " sent_at, answered_at, as_code, attempts, remember, kept_card_id::text, external_refund_id, turnover_on, card_mask"
    " FROM operation ORDER BY billnumber, operation_number",
    "notifications": "SELECT billnumber, operation_number, state, attempts FROM notification",
    "turnover": "SELECT customer_base_id, customer_number, merchant_id, period, starts_on, amount_minor FROM turnover",
    "merchants": "SELECT merchant_id, customer_base_id, limit_day_minor, limit_week_minor, notify_charges,"
    " notify_cancels, notification_url FROM merchant",
    "cards": "SELECT customer_base_id, card_id::text, customer_number, status, card_mask FROM stored_card",
    "vault": "SELECT customer_base_id, card_id::text, customer_number FROM vault_card",
    "consents": "SELECT customer_base_id, billnumber, customer_number, card_id::text FROM consent",
    "unmatched": "SELECT reason, mti, stan, response_code FROM unmatched_answer",
}


@dataclass
class World:
    """All that the checker reads; ``told``, ``asked`` and ``again`` are people's notes."""

    orders: list[Row] = field(default_factory=list)
    operations: list[Row] = field(default_factory=list)
    notifications: list[Row] = field(default_factory=list)
    turnover: list[Row] = field(default_factory=list)
    merchants: list[Row] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)
    vault: list[Row] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    unmatched: list[Row] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)
    movements: list[Row] = field(default_factory=list)
    heard: list[Row] = field(default_factory=list)
    told: list[Row] = field(default_factory=list)
    asked: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    secret_words: dict[int, str] = field(default_factory=dict, repr=False)
    card_numbers: tuple[str, ...] = field(default=(), repr=False)
    logs: dict[str, str] = field(default_factory=dict, repr=False)

    def stories(self) -> dict[int, list[Row]]:
        """The operations of each order, the payment first."""
        found: dict[int, list[Row]] = {}
        for operation in sorted(self.operations, key=lambda row: int(row["operation_number"])):
            found.setdefault(operation["billnumber"], []).append(operation)
        return found

    def orders_by_bill(self) -> dict[int, Row]:
        """The orders by their billnumbers."""
        return {order["billnumber"]: order for order in self.orders}

    def entries_by_bill(self) -> dict[int, list[Row]]:
        """The acquirer's payments by the billnumber that they carried."""
        found: dict[int, list[Row]] = {}
        for entry in self.ledger:
            found.setdefault(int(entry["billnumber"]), []).append(entry)
        return found


def is_live(entry: Row) -> bool:
    """Whether the acquirer holds or has taken money by this payment, and hasn't given all of it back."""
    return entry["state"] in {"authorised", "captured"}


def approved(operations: list[Row], *messages: str) -> list[Row]:
    """The approved ones among these messages."""
    return [row for row in operations if row["state"] == "approved" and row["message"] in messages]


def total(rows: list[Row]) -> int:
    """The sum of their amounts, in minor units."""
    return sum(int(row["amount_minor"]) for row in rows)


def read_rows(database_url: str) -> dict[str, list[Row]]:
    """The rows of the database, by what they are, all of one moment."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: connection.execute(statement).fetchall() for name, statement in _STATEMENTS.items()}


def read_heard(file: Path) -> list[Row]:
    """What the listener stored."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
