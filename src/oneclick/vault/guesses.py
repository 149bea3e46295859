"""The table of wrong CVC2: which card, when. A card is known here by a keyed print of its number alone.

Neither customer nor merchant stands here: a card is locked over all of them. A row goes when it can lock no more.
"""

from datetime import datetime

from oneclick.card import CardNumber
from oneclick.database.pool import Connection
from oneclick.one_click.guesses import LOCKED_FOR, WITHIN, WRONG_MAX, is_locked
from oneclick.vault.envelope import guess_fingerprint
from oneclick.vault.keyring import Keyring

# The last wrong CVC2 of a card. No lock.
FIND = "SELECT wrong_at FROM wrong_cvc2 WHERE card_print = %s"

# One transaction at a time for each card, till it ends. Another lock than the row's: there may be no row yet.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(%s)"

# One more; only the last ones are kept. Locks the card's row.
NOTE = """
INSERT INTO wrong_cvc2 (card_print, wrong_at) VALUES (%(fingerprint)s, ARRAY[%(at)s])
ON CONFLICT (card_print) DO UPDATE SET wrong_at =
    (array_append(wrong_cvc2.wrong_at, %(at)s))[greatest(1, cardinality(wrong_cvc2.wrong_at) + 2 - %(wrong_max)s):]
"""

# Rows that can neither lock a card nor help to. Locks them, and passes over those that somebody else holds.
FORGET = """
DELETE FROM wrong_cvc2 WHERE card_print IN (
    SELECT card_print FROM wrong_cvc2 WHERE wrong_at[cardinality(wrong_at)] < %s LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


async def guessed_too_often(connection: Connection, keyring: Keyring, number: CardNumber, now: datetime) -> bool:
    """True if the card is locked. Source: docs/rules.md B19."""
    row = await (await connection.execute(FIND, (guess_fingerprint(keyring, number),))).fetchone()
    return row is not None and is_locked(row[0], now)


async def guessed_meanwhile(connection: Connection, keyring: Keyring, number: CardNumber, now: datetime) -> bool:
    """True if the card is locked by the answers that came before this one; from here on they take turns (B19).

    The first lock of the caller's transaction, which runs till its end: else answers that come together would all look
    before any of them is counted. The look is a statement of its own, which sees what was committed while it waited.
    """
    turn = int.from_bytes(guess_fingerprint(keyring, number)[:8], "big", signed=True)
    await connection.execute(TAKE_TURNS, (turn,))
    return await guessed_too_often(connection, keyring, number, now)


async def note_wrong_cvc2(connection: Connection, keyring: Keyring, number: CardNumber, at: datetime) -> None:
    """Counts a wrong CVC2. Runs in the caller's transaction."""
    values = {"fingerprint": guess_fingerprint(keyring, number), "at": at, "wrong_max": WRONG_MAX}
    await connection.execute(NOTE, values)


async def forget_old_guesses(connection: Connection, now: datetime, rows_max: int) -> int:
    """Deletes what is too old to count; returns how many cards' rows went, at most so many."""
    return (await connection.execute(FORGET, (now - max(WITHIN, LOCKED_FOR), rows_max))).rowcount
