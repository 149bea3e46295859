"""The schema of the database, against the one that this code needs."""

from pathlib import Path

import psycopg
import structlog

from oneclick.database.pool import Connection

_log = structlog.get_logger()

# The newest migration's number; the files are named by it.
NEWEST = max(path.name[:4] for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))


async def has_newest_schema(connection: Connection) -> bool:
    """True if the database has this code's schema, or a newer one, as while processes are replaced."""
    try:
        row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    found = row[0] if row else None
    if found is None or found < NEWEST:
        _log.error("the database lacks the newest schema: run oneclick migrate", found=found, needed=NEWEST)
        return False
    return True
