"""Unmatched answers of the acquirer: recorded, and deleted when they are old."""

from datetime import datetime
from typing import Any

from oneclick.database.pool import Connection

# An answer of the acquirer that changes nothing.
PUT = """
INSERT INTO unmatched_answer (received_at, reason, mti, terminal_id, stan, rrn, response_code, authorisation_id)
VALUES (%(received_at)s, %(reason)s, %(mti)s, %(terminal_id)s, %(stan)s, %(rrn)s, %(response_code)s,
    %(authorisation_id)s)
"""

# Old ones; passes over those that somebody else holds.
DELETE_OLD = """
DELETE FROM unmatched_answer WHERE (received_at, id) IN (
    SELECT received_at, id FROM unmatched_answer WHERE received_at < %s
    ORDER BY received_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


async def put_unmatched_answer(connection: Connection, values: dict[str, Any]) -> None:
    """Records an answer that nobody waited for."""
    await connection.execute(PUT, values)


async def delete_old_unmatched_answers(connection: Connection, before: datetime, rows_max: int) -> int:
    """Deletes old records of such answers; returns how many, at most so many."""
    return (await connection.execute(DELETE_OLD, (before, rows_max))).rowcount
