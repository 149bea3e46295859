"""The ledger's tables, and how a file of an earlier version becomes one of this."""

import sqlite3

VERSION = 2

# The same STAN, time and terminal is the same payment: it can't come in twice.
_PAYMENTS = """
CREATE TABLE ledger (
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
    state TEXT NOT NULL CHECK (state IN ('authorised', 'captured', 'reversed', 'refunded', 'declined')),
    authorised_minor INTEGER NOT NULL CHECK (authorised_minor BETWEEN 0 AND amount_minor),
    captured_minor INTEGER NOT NULL CHECK (captured_minor BETWEEN 0 AND authorised_minor),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    UNIQUE (stan, transmission, terminal)
) STRICT
"""

# A reversal has its original's trace, and is told from another one by its replacement amount: 0 is none.
_MOVEMENTS = """
CREATE TABLE movement (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('completion', 'reversal', 'refund')),
    mti TEXT NOT NULL,
    terminal TEXT NOT NULL,
    stan INTEGER NOT NULL,
    transmission TEXT NOT NULL,
    original_mti TEXT NOT NULL,
    original_terminal TEXT NOT NULL,
    original_stan INTEGER NOT NULL,
    original_transmission TEXT NOT NULL,
    rrn TEXT NOT NULL,
    billnumber TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    replacement_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    response_code TEXT NOT NULL,
    authorisation_id TEXT,
    UNIQUE (kind, stan, transmission, terminal, replacement_minor)
) STRICT
"""

# Version 1 knew purchases alone, captured or declined.
_FROM_1 = """
INSERT INTO ledger (
    number, mti, terminal, stan, transmission, rrn, billnumber, pan_last4, amount_minor, currency, response_code,
    authorisation_id, cvc2_result, entry_mode, stored_credential, initiator, network_transaction_id, state,
    authorised_minor, captured_minor, refunded_minor
) SELECT
    number, mti, terminal, stan, transmission, rrn, billnumber, pan_last4, amount_minor, currency, response_code,
    authorisation_id, cvc2_result, entry_mode, stored_credential, initiator, network_transaction_id, state,
    captured_minor, captured_minor, refunded_minor
FROM ledger_1
"""
_HAS_LEDGER = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'ledger'"


def bring_up_to_date(database: sqlite3.Connection) -> None:
    """Makes the ledger's tables, or those of an earlier version into these. In one transaction: killed, it begins anew.

    Raises ``sqlite3.Error``, also when the file is of a later version.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        if _version(database) < VERSION:
            _make_tables(database)
            database.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        message = f"the ledger file is of version {version}: this simulator knows {VERSION}"
        raise sqlite3.DatabaseError(message)
    return version


def _make_tables(database: sqlite3.Connection) -> None:
    is_version_1 = database.execute(_HAS_LEDGER).fetchone() is not None  # it bore no number
    if is_version_1:
        database.execute("ALTER TABLE ledger RENAME TO ledger_1")
    database.execute(_PAYMENTS)
    database.execute(_MOVEMENTS)
    if is_version_1:
        database.execute(_FROM_1)
        database.execute("DROP TABLE ledger_1")
