"""A database that falls silent, as in a failover or behind a dead network: every use ends, and the pool recovers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oneclick.database.pool import Pool, new_pool
from oneclick.use_cases.payer.pay import Paid
from oneclick.vault.keyring import Keyring
from support.bench import ONE_CLICK, Choice, bench

TYPED = Choice(remember=False)
USE_MAX_S = 15.0
RECOVERY_MAX_S = 8.0
IMPATIENT_MAX_S = 5.0


@dataclass
class Network:
    """What lies between the pool and the server. ``fail_over`` silences old connections, ``is_dead`` new ones too."""

    url: str = ""
    is_dead: bool = False
    _open: list[asyncio.Event] = field(default_factory=list)

    def fail_over(self) -> None:
        """Nothing that was open carries a byte any more, and nobody is told."""
        for silent in self._open:
            silent.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket_file: str) -> None:
        silent = asyncio.Event()
        self._open.append(silent)
        if self.is_dead:
            silent.set()
        far_reader, far_writer = await asyncio.open_unix_connection(socket_file)
        ways = [
            asyncio.create_task(_pass_on(reader, far_writer, silent)),
            asyncio.create_task(_pass_on(far_reader, writer, silent)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            far_writer.transport.abort()
            writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
    while data := await reader.read(65536):
        if not silent.is_set():
            writer.write(data)
            with suppress(OSError):
                await writer.drain()
    if silent.is_set():
        await asyncio.Event().wait()  # nor does anybody hear that the other end has gone


@asynccontextmanager
async def network_to(database_url: str) -> AsyncIterator[Network]:
    """A network to the server's socket; ``url`` is the database behind it."""
    known = conninfo_to_dict(database_url)
    socket_file = f"{known['host']}/.s.PGSQL.{known.get('port') or 5432}"
    network, tasks = Network(), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(network.carry(reader, writer, socket_file)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    network.url = make_conninfo(database_url, host="127.0.0.1", port=port, sslmode="disable")
    try:
        yield network
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def took(use: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    """How long a use took, and its end."""
    begun = time.monotonic()
    try:
        end: object = await use()
    except psycopg.Error as error:
        end = error
    return time.monotonic() - begun, end


async def filled(pool: Pool, size: int) -> None:
    await pool.resize(size, size)
    await pool.wait()


async def ask(pool: Pool, timeout_s: float | None = None) -> object:
    async with pool.connection(timeout_s) as connection:
        return await (await connection.execute("SELECT 1")).fetchall()


async def recovered(pool: Pool) -> None:
    """Asks till it is answered."""
    while True:
        with suppress(psycopg.Error):
            await ask(pool)
            return


async def test_payments_go_on_after_a_failover(database_url: str, keyring: Keyring, tmp_path: Path) -> None:
    """E8: open connections fall silent, new ones work: each payment has its end soon, and so has the next one."""
    async with (
        network_to(database_url) as network,
        new_pool(network.url, 4) as pool,
        bench(pool, keyring, tmp_path, ONE_CLICK, deadline_s=2) as shop,
    ):
        assert await shop.ended(TYPED) == ("approved", "AS000")
        await filled(pool, 4)
        orders = [await shop.order() for _ in range(8)]
        network.fail_over()
        ends = await asyncio.gather(
            *(took(partial(shop.pay, order, TYPED.instrument, "192.0.2.7")) for order in orders)
        )
        assert max(seconds for seconds, _ in ends) < USE_MAX_S, ends
        seconds, end = await took(lambda: shop.paid(TYPED))
        assert isinstance(end, tuple)
        assert end[1] is Paid.DONE
        assert seconds < RECOVERY_MAX_S


async def test_a_use_ends_in_time_when_the_server_falls_silent_in_it(database_url: str) -> None:
    """While a statement of a transaction runs; the connection isn't handed out again."""
    async with network_to(database_url) as network, new_pool(network.url, 1) as pool:
        pids: list[int] = []

        async def use() -> None:
            async with pool.connection() as connection, connection.transaction():
                pids.append(connection.info.backend_pid)
                asyncio.get_running_loop().call_later(0.2, network.fail_over)
                await connection.execute("SELECT pg_sleep(0.5)")

        seconds, end = await took(use)
        assert isinstance(end, psycopg.OperationalError)
        assert seconds < USE_MAX_S
        seconds, end = await took(lambda: ask(pool))
        assert end == [(1,)]
        assert seconds < RECOVERY_MAX_S
        async with pool.connection() as connection:
            assert connection.info.backend_pid not in pids


async def test_a_cancelled_use_of_a_silent_server_ends_in_time(database_url: str) -> None:
    """The driver tells the server of a cancellation, and waits for its answer: that is bounded as well."""
    async with network_to(database_url) as network, new_pool(network.url, 1) as pool:
        await ask(pool)

        async def use() -> None:
            async with pool.connection() as connection:
                network.is_dead = True
                network.fail_over()
                await connection.execute("SELECT 1")

        task = asyncio.create_task(use())
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        task.cancel()
        await asyncio.wait({task})
        assert time.monotonic() - begun < USE_MAX_S
        network.is_dead = False
        seconds, end = await took(lambda: ask(pool))
        assert end == [(1,)]
        assert seconds < RECOVERY_MAX_S


async def test_a_server_that_is_gone_for_a_while_is_found_again_at_once(database_url: str) -> None:
    """While it is gone every use ends in time, also the first of many at once; after it the next one works."""
    async with network_to(database_url) as network, new_pool(network.url, 4) as pool:
        await filled(pool, 4)
        network.is_dead = True
        network.fail_over()
        seconds, end = await took(lambda: ask(pool, 1.0))
        assert isinstance(end, psycopg.OperationalError)
        assert seconds < IMPATIENT_MAX_S
        for _ in range(2):
            ends = await asyncio.gather(*(took(lambda: ask(pool)) for _ in range(12)))
            assert all(isinstance(end, psycopg.OperationalError) for _, end in ends)
            assert max(seconds for seconds, _ in ends) < USE_MAX_S
        network.is_dead = False
        seconds, _ = await took(lambda: recovered(pool))
        assert seconds < RECOVERY_MAX_S


async def test_who_stood_still_hangs_up_on_no_server_that_has_answered(database_url: str) -> None:
    """A process that was stopped finds its timers due, and the answers not read yet: it reads them."""
    async with new_pool(database_url, 1) as pool:
        await filled(pool, 1)
        async with pool.connection() as connection:
            before = connection.info.backend_pid
        asking = asyncio.create_task(ask(pool))
        asyncio.get_running_loop().call_soon(time.sleep, 2.3)  # longer than the check may take
        assert await asking == [(1,)]
        async with pool.connection() as connection:
            assert connection.info.backend_pid == before
