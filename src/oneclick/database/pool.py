"""The connection pool, bounded in size and in each wait: for a connection, a lock, a statement, a silent server."""

import asyncio
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import RV, PQGen
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

UNREACHABLE = "the database can't be reached: check ONECLICK_DATABASE_URL, and that the server runs"

_CONNECT_S = 5
_WAIT_S = 5.0
_CHECK_S = 2.0
_LOCK_MS = 5_000
_STATEMENT_MS = 8_000
_SILENT_S = 10.0  # longer than the server lets a statement run: who says nothing by then is gone

# What finds a dead peer while nothing is asked of it: after 5 s without a word, three questions 2 s apart.
_KEEPALIVES = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": round(_SILENT_S * 1000),
}


class Connection(AsyncConnection[TupleRow]):
    """A connection that hangs up on a server that falls silent: the use ends with an ``OperationalError``.

    A network that drops everything, as in a failover, ends nothing by itself. The pool throws such a connection away.
    """

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109
        """Does with each message to the server and from it what psycopg does, within a bound."""
        with self.hanging_up_after(_SILENT_S):
            return await super().wait(gen, interval, timeout)

    @contextmanager
    def hanging_up_after(self, seconds: float) -> Iterator[None]:
        """Bounds what is done in the context."""
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        def look() -> None:
            # A process that stood still for a while finds its timers due, and what came meanwhile not yet read.
            nonlocal timer
            if self._hears():
                timer = loop.call_later(seconds, look)
            else:
                self._hang_up()

        timer = loop.call_later(seconds, look)
        try:
            yield
        finally:
            timer.cancel()

    def _hears(self) -> bool:
        """Whether something has come that nobody has read yet."""
        with suppress(OSError, ValueError, psycopg.Error):
            return bool(select.select([self.pgconn.socket], [], [], 0)[0])
        return False

    def _hang_up(self) -> None:
        """Ends the stream, so that whoever waits on it is told by the driver itself. Its owner closes the socket."""
        with suppress(OSError, psycopg.Error):
            same = socket.socket(fileno=self.pgconn.socket)
            try:
                same.shutdown(socket.SHUT_RDWR)
            finally:
                same.detach()


Pool = AsyncConnectionPool[Connection]


def new_pool(database_url: str, connections_max: int) -> Pool:
    """A closed pool of autocommit connections; ``await pool.open()`` starts it.

    A single statement commits by itself; several take ``connection.transaction()``. A connection is waited for 5 s, a
    statement for 8 s, a lock for 5 s at most, and a silent server for 10 s. A connection that the server has ended, or
    that doesn't answer within 2 s, is never handed out.
    """
    return AsyncConnectionPool(
        database_url,
        connection_class=Connection,
        kwargs={
            "autocommit": True,
            "options": f"-c statement_timeout={_STATEMENT_MS} -c lock_timeout={_LOCK_MS}"
            f" -c idle_in_transaction_session_timeout={_STATEMENT_MS} -c timezone=UTC",
            "application_name": "oneclick",
            "connect_timeout": _CONNECT_S,
            **_KEEPALIVES,
        },
        min_size=1,
        max_size=connections_max,
        timeout=_WAIT_S,
        # After that the pool gives up, and who asks next makes it try at once: its own pauses would grow to minutes.
        reconnect_timeout=_WAIT_S,
        check=_check,
        open=False,
    )


async def _check(connection: Connection) -> None:
    with connection.hanging_up_after(_CHECK_S):
        await AsyncConnectionPool.check_connection(connection)
