"""The connection pool, bounded in size and in waiting."""

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

UNREACHABLE = "the database can't be reached: check ONECLICK_DATABASE_URL, and that the server runs"

_WAIT_S = 5.0
_STATEMENT_MS = 10_000
_LOCK_MS = 5_000


def new_pool(database_url: str, connections_max: int) -> Pool:
    """A closed pool of autocommit connections; ``await pool.open()`` starts it.

    A single statement commits by itself; several take ``connection.transaction()``. A connection is waited for 5 s, a
    statement for 10 s, a lock for 5 s at most. A connection that the server has ended is never handed out.
    """
    return AsyncConnectionPool(
        database_url,
        connection_class=Connection,
        kwargs={
            "autocommit": True,
            "options": f"-c statement_timeout={_STATEMENT_MS} -c lock_timeout={_LOCK_MS}"
            f" -c idle_in_transaction_session_timeout={_STATEMENT_MS} -c timezone=UTC",
            "application_name": "oneclick",
        },
        min_size=1,
        max_size=connections_max,
        timeout=_WAIT_S,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
