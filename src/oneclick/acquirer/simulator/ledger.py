"""The acquirer's memory: each payment that it judged, in a file of its own.

It never holds a PAN or a CVC2, only the last four digits. Calls take a fraction of a millisecond and run in the event
loop: this is a test twin, not a bank.
"""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Self

from oneclick.acquirer.messages import Trace


class LedgerState(StrEnum):
    """What became of a payment at the acquirer."""

    CAPTURED = "captured"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row: the request's open parts and what was answered. Amounts are in minor units."""

    mti: str
    terminal: str
    stan: int
    transmission: str
    rrn: str
    billnumber: str
    pan_last4: str
    amount_minor: int
    currency: str
    response_code: str
    authorisation_id: str | None
    cvc2_result: str
    entry_mode: str
    stored_credential: str | None
    initiator: str | None
    network_transaction_id: str | None
    state: str
    captured_minor: int
    refunded_minor: int

    @classmethod
    def of_row(cls, row: sqlite3.Row) -> Self:
        """The entry in a row of the table."""
        return cls(**{column.name: row[column.name] for column in fields(cls)})


# The same STAN, time and terminal is the same payment: it can't come in twice.
_CREATE = """
CREATE TABLE IF NOT EXISTS ledger (
    number INTEGER PRIMARY KEY,
    mti TEXT NOT NULL,
    terminal TEXT NOT NULL,
    stan INTEGER NOT NULL,
    transmission TEXT NOT NULL,
    rrn TEXT NOT NULL,
    billnumber TEXT NOT NULL,
    pan_last4 TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    response_code TEXT NOT NULL,
    authorisation_id TEXT,
    cvc2_result TEXT NOT NULL,
    entry_mode TEXT NOT NULL,
    stored_credential TEXT CHECK (stored_credential IN ('first', 'later')),
    initiator TEXT CHECK (initiator IN ('customer')),
    network_transaction_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('captured', 'declined')),
    captured_minor INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL,
    UNIQUE (stan, transmission, terminal)
) STRICT
"""
_FIND = "SELECT * FROM ledger WHERE stan = ? AND transmission = ? AND terminal = ?"
_ADD = """
INSERT INTO ledger (
    mti, terminal, stan, transmission, rrn, billnumber, pan_last4, amount_minor, currency, response_code,
    authorisation_id, cvc2_result, entry_mode, stored_credential, initiator, network_transaction_id, state,
    captured_minor, refunded_minor
) VALUES (
    :mti, :terminal, :stan, :transmission, :rrn, :billnumber, :pan_last4, :amount_minor, :currency, :response_code,
    :authorisation_id, :cvc2_result, :entry_mode, :stored_credential, :initiator, :network_transaction_id, :state,
    :captured_minor, :refunded_minor
)
"""
_ALL = "SELECT * FROM ledger ORDER BY number"
_LATEST = "SELECT * FROM ledger ORDER BY number DESC LIMIT ?"
_BUSY_TIMEOUT_S = 5.0


class Ledger:
    """The file, open. Raises ``sqlite3.Error`` when it can't be read or written."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)  # also when it was there before
        self._database = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")  # survives a killed process without a sync per payment
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_CREATE)

    def settle(self, trace: Trace, decide: Callable[[], Entry]) -> Entry:
        """The entry of the trace: the one that is there, or what ``decide`` gives now. One transaction."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            found = self._database.execute(_FIND, (trace.stan, trace.transmission, trace.terminal_id)).fetchone()
            entry = decide() if found is None else Entry.of_row(found)
            if found is None:
                self._database.execute(_ADD, asdict(entry))
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return entry

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        return [Entry.of_row(row) for row in self._database.execute(_ALL)]

    def latest(self, count: int) -> list[Entry]:
        """The newest entries, newest first."""
        return [Entry.of_row(row) for row in self._database.execute(_LATEST, (count,))]

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
