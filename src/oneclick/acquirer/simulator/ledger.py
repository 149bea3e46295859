"""The acquirer's memory: each payment that it judged and what followed it, in a file of its own.

It never holds a PAN or a CVC2, only the last four digits. Calls take a fraction of a millisecond and run in the event
loop: this is a test twin, not a bank.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Self

from oneclick.acquirer.messages import Trace
from oneclick.acquirer.simulator.ledger_schema import bring_up_to_date


class LedgerState(StrEnum):
    """The states of a payment at the acquirer."""

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    REVERSED = "reversed"
    REFUNDED = "refunded"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A payment: the request's open parts, what was answered, and where it stands now. Amounts are in minor units.

    ``amount_minor`` is what was asked for; ``authorised_minor`` is what of it is still good.
    """

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
    authorised_minor: int
    captured_minor: int
    refunded_minor: int

    @classmethod
    def of_row(cls, row: sqlite3.Row) -> Self:
        """The entry in a row of the table."""
        return cls(**{column.name: row[column.name] for column in fields(cls)})


class MovementKind(StrEnum):
    """The kinds of movements that can follow a payment."""

    COMPLETION = "completion"
    REVERSAL = "reversal"
    REFUND = "refund"


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A movement of a payment, as it was asked and answered. ``replacement_minor`` is 0 unless a reversal is partial.

    ``rrn``, ``billnumber`` and ``authorisation_id`` are the original's; the last is None if it has none.
    """

    kind: str
    mti: str
    terminal: str
    stan: int
    transmission: str
    original_mti: str
    original_terminal: str
    original_stan: int
    original_transmission: str
    rrn: str
    billnumber: str
    amount_minor: int
    replacement_minor: int
    currency: str
    response_code: str
    authorisation_id: str | None

    @classmethod
    def of_row(cls, row: sqlite3.Row) -> Self:
        """The movement in a row of the table."""
        return cls(**{column.name: row[column.name] for column in fields(cls)})

    @property
    def trace(self) -> Trace:
        """The trace that names the message."""
        return Trace(self.stan, self.transmission, self.terminal)

    @property
    def original_trace(self) -> Trace:
        """The trace of the payment that it followed."""
        return Trace(self.original_stan, self.original_transmission, self.original_terminal)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The decision on a movement: its answer, the payment afterwards (None: as before), whether it is remembered."""

    movement: Movement
    entry: Entry | None = None
    is_remembered: bool = True


def _insert(table: str, row_class: type[Entry | Movement]) -> str:
    names = [column.name for column in fields(row_class)]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"  # noqa: S608


_ADD = _insert("ledger", Entry)
_ADD_MOVEMENT = _insert("movement", Movement)
_FIND = "SELECT * FROM ledger WHERE stan = ? AND transmission = ? AND terminal = ?"
_CHANGE = """
UPDATE ledger SET state = :state, authorised_minor = :authorised_minor, captured_minor = :captured_minor,
    refunded_minor = :refunded_minor
WHERE stan = :stan AND transmission = :transmission AND terminal = :terminal
"""
_FIND_MOVEMENT = """
SELECT * FROM movement
WHERE kind = ? AND stan = ? AND transmission = ? AND terminal = ? AND replacement_minor = ?
"""
_ALL = "SELECT * FROM ledger ORDER BY number"
_LATEST = "SELECT * FROM ledger ORDER BY number DESC LIMIT ?"
_ALL_MOVEMENTS = "SELECT * FROM movement ORDER BY number"
_BUSY_TIMEOUT_S = 5.0


class Ledger:
    """The ledger's file, open. Raises ``sqlite3.Error`` when it can't be read or written."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)  # also when it was there before
        self._database = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")  # survives a killed process without a sync per payment
        self._database.execute("PRAGMA synchronous = NORMAL")
        bring_up_to_date(self._database)

    def settle(self, trace: Trace, decide: Callable[[bool], Entry]) -> Entry:
        """The entry of the trace: the one that is there, or what ``decide`` gives now. One transaction.

        ``decide`` is told whether the payment was reversed before it came.
        """
        with self._transaction():
            found = self._find(trace)
            if found is not None:
                return found
            is_reversed = self._find_movement(MovementKind.REVERSAL, trace, 0) is not None
            entry = decide(is_reversed)
            self._database.execute(_ADD, asdict(entry))
            return entry

    def move(self, asked: Movement, decide: Callable[[Movement, Entry | None, bool], Decision]) -> Movement:
        """The movement that is there with the same kind, trace and replacement, or what ``decide`` gives now.

        ``asked`` has no answer yet. ``decide`` gets it with its original's entry, if there is one, and whether its own
        trace is another message's. One transaction.
        """
        with self._transaction():
            found = self._find_movement(asked.kind, asked.trace, asked.replacement_minor)
            if found is not None and _is_same(found, asked):
                return found
            is_reversal = asked.kind == MovementKind.REVERSAL
            is_taken = found is not None or (not is_reversal and self._find(asked.trace) is not None)
            decision = decide(asked, self._find(asked.original_trace), is_taken)
            if decision.entry is not None:
                self._database.execute(_CHANGE, asdict(decision.entry))
            if decision.is_remembered:
                self._database.execute(_ADD_MOVEMENT, asdict(decision.movement))
            return decision.movement

    def entries(self) -> list[Entry]:
        """All payments of the ledger, oldest first."""
        return [Entry.of_row(row) for row in self._database.execute(_ALL)]

    def latest(self, count: int) -> list[Entry]:
        """The newest payments of the ledger, newest first."""
        return [Entry.of_row(row) for row in self._database.execute(_LATEST, (count,))]

    def movements(self) -> list[Movement]:
        """All movements that were remembered, oldest first."""
        return [Movement.of_row(row) for row in self._database.execute(_ALL_MOVEMENTS)]

    def close(self) -> None:
        """Closes the ledger's file."""
        self._database.close()

    def _find(self, trace: Trace) -> Entry | None:
        row = self._database.execute(_FIND, (trace.stan, trace.transmission, trace.terminal_id)).fetchone()
        return None if row is None else Entry.of_row(row)

    def _find_movement(self, kind: str, trace: Trace, replacement_minor: int) -> Movement | None:
        values = (kind, trace.stan, trace.transmission, trace.terminal_id, replacement_minor)
        row = self._database.execute(_FIND_MOVEMENT, values).fetchone()
        return None if row is None else Movement.of_row(row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _is_same(found: Movement, asked: Movement) -> bool:
    """Whether it is the same message again, and not another one under the same trace."""
    return (found.original_trace, found.amount_minor, found.currency) == (
        asked.original_trace,
        asked.amount_minor,
        asked.currency,
    )
