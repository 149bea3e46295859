"""Starts the stack, tells when it is ready, and ends it cleanly.

1. the folder, its lock and its secrets
2. the database, migrated, with the bookshop as a merchant
3. four processes: acquirer simulator, gateway, worker, shop; each logs into the folder
4. ``demo.json`` when all of them answer
5. at Ctrl-C, or when one of them dies: all end, then the database
"""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from oneclick.database.migrate import migrate
from oneclick.database.pool import new_pool
from oneclick.demo.ports import HOST, Ports
from oneclick.demo.postgres import embedded_postgres
from oneclick.demo.processes import READY_WITHIN_S, all_answer, process_of_the_demo
from oneclick.demo.secrets import MERCHANT_ID, DemoSecrets
from oneclick.errors import SettingsError
from oneclick.merchant_file import MerchantFile
from oneclick.passwords import Passwords
from oneclick.settings import PREFIX, SETTINGS_FILE
from oneclick.use_cases.staff.apply_merchant import ApplyMerchant
from oneclick.vault.keyring import Keyring

READY_FILE = "demo.json"


@dataclass(frozen=True)
class DemoStack:
    """A demo's folder, ports and secrets."""

    folder: Path
    ports: Ports
    secrets: DemoSecrets
    database_url: str

    @property
    def gateway_url(self) -> str:
        """The web address to which payers and shops come."""
        return f"http://{HOST}:{self.ports.gateway}"

    @property
    def shop_url(self) -> str:
        """The web address to which the bookshop's customers come."""
        return f"http://{HOST}:{self.ports.shop}"

    @property
    def control_url(self) -> str:
        """The web address at which the acquirer's ledger is shown."""
        return f"http://{HOST}:{self.ports.control}"

    @property
    def must_answer(self) -> list[str]:
        """The web addresses that answer when the stack is ready; the gateway's health asks database and acquirer."""
        return [f"{self.gateway_url}/health", f"{self.control_url}/health", f"{self.shop_url}/"]

    def settings(self) -> dict[str, str]:
        """The ``ONECLICK_*`` settings of the demo's processes."""
        values = {
            "database_url": self.database_url,
            "key_file": self.secrets.key_file,
            "public_url": self.gateway_url,
            "listen_port": self.ports.gateway,
            "test_mode": "true",
            # Everybody comes from one address here.
            "page_requests_per_address_per_minute_max": 100_000,
            "page_requests_per_order_per_minute_max": 100_000,
            "service_requests_per_address_per_minute_max": 100_000,
            "acquirer_host": HOST,
            "acquirer_port": self.ports.iso,
            "acquirer_mac_key_file": self.secrets.mac_key_file,
            "acquirer_id": "123456",
            "acquirer_terminals": "OCDEMO01,OCDEMO02,OCDEMO03,OCDEMO04",
            "notification_allowed_networks": HOST,
            "simulator_iso_port": self.ports.iso,
            "simulator_control_port": self.ports.control,
            "simulator_ledger_file": self.folder / "acquirer-ledger.sqlite",
            "simulator_mac_key_file": self.secrets.mac_key_file,
            "shop_port": self.ports.shop,
            "shop_shop_url": self.shop_url,
            "shop_gateway_url": self.gateway_url,
            "shop_merchant_id": MERCHANT_ID,
            "shop_secret_word": self.secrets.secret_word,
            "shop_login": self.secrets.login,
            "shop_password": self.secrets.password,
            "shop_data_file": self.folder / "shop.sqlite",
        }
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}

    def merchant_file(self) -> MerchantFile:
        """The bookshop's merchant file, as its operator would write it."""
        content = {
            "merchant_id": MERCHANT_ID,
            "name": "Бумажный фонарик",
            "secret_word": self.secrets.secret_word,
            "one_click": {"enabled": True},
            "web_services": {"login": self.secrets.login, "password": self.secrets.password},
            "notifications": {"url": f"{self.shop_url}/push"},
            "returns": {"ok": f"{self.shop_url}/ok", "no": f"{self.shop_url}/no"},
            "limits": {"day": "50000.00", "week": "100000.00"},
            "acquirer": {"name_and_place": "PAPER LANTERN BOOKS      MOSCOW       RU"},
        }
        return MerchantFile.model_validate(content)

    def ready_file(self) -> dict[str, object]:
        """The facts that programs need to use the demo."""
        return {
            "gateway": self.gateway_url,
            "shop": self.shop_url,
            "acquirer_control": self.control_url,
            "database_url": self.database_url,
            "merchants": [
                {
                    "merchant_id": MERCHANT_ID,
                    "secret_word": self.secrets.secret_word,
                    "login": self.secrets.login,
                    "password": self.secrets.password,
                }
            ],
        }


def run_demo(folder: Path, port: int, console: Console) -> int:
    """Runs the stack until SIGINT or SIGTERM; returns the exit code: 0, or 1 if a part of it died.

    Raises ``SettingsError`` if the folder belongs to somebody else or a demo runs on it.
    """
    folder = folder.resolve()
    ports = Ports.choose(port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # till the loop takes it over: what was started must end
    with _claimed(folder), embedded_postgres(folder / "postgres") as database_url:
        console.print("The database is up.")
        stack = DemoStack(folder, ports, DemoSecrets.of(folder), database_url)
        _write(folder / SETTINGS_FILE, stack.settings())
        migrate(database_url)
        try:
            return asyncio.run(_run(stack, console))
        finally:
            (folder / READY_FILE).unlink(missing_ok=True)


async def _run(stack: DemoStack, console: Console) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await _apply_merchant(stack)
    async with AsyncExitStack() as exits:
        # Ended in reverse: the shop first, the simulator last, so that nobody asks a process that is gone.
        processes = {
            name: await exits.enter_async_context(process_of_the_demo(stack.folder, name))
            for name in ("simulate-acquirer", "serve", "work", "shop")
        }
        ends = {name: asyncio.create_task(process.wait()) for name, process in processes.items()}
        stopped = asyncio.create_task(stopping.wait())
        ready = asyncio.create_task(all_answer(stack.must_answer))
        await asyncio.wait([ready, stopped, *ends.values()], return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and ready.result():
            _write(stack.folder / READY_FILE, stack.ready_file())
            _tell(stack, console)
            await asyncio.wait([stopped, *ends.values()], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        died = [name for name, end in ends.items() if end.done()]
        if stopping.is_set():
            console.print("Stopping.")
            return 0
        reason = f"{', '.join(died)} ended" if died else f"not ready within {READY_WITHIN_S:.0f} s"
        console.print(f"The demo stops: {reason}. Look into {stack.folder / 'logs'}.", style="bold red")
        return 1


async def _apply_merchant(stack: DemoStack) -> None:
    pool = new_pool(stack.database_url, 1)
    async with pool:
        apply = ApplyMerchant(pool, Keyring.read(stack.secrets.key_file), Passwords())
        await apply(stack.merchant_file())


def _tell(stack: DemoStack, console: Console) -> None:
    console.print(
        "\n[bold green]One Click is ready.[/]\n\n"
        f"  The bookshop           [bold]{stack.shop_url}[/]\n"
        f"  The payment gateway    {stack.gateway_url}\n"
        f"  The acquirer's ledger  {stack.control_url}\n\n"
        "  Sign in to the shop with any name, buy a book, and pay with a test card that the shop names.\n"
        "  The second book takes one click and the CVC2.\n\n"
        f"  Data and logs: {stack.folder}\n"
        "  Ctrl-C ends it; the next start finds its data.\n",
        highlight=False,
        soft_wrap=True,
    )


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """The folder, made if need be, for this process alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror}; choose another one with --data-dir"
        raise SettingsError(message) from None
    status = folder.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o002:
        message = f"{folder} belongs to another user, or everybody may write to it: choose another one with --data-dir"
        raise SettingsError(message)
    with os.fdopen(os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"a demo runs on {folder} already"
            raise SettingsError(message) from None
        (folder / READY_FILE).unlink(missing_ok=True)
        yield


def _write(path: Path, content: dict[str, str] | dict[str, object]) -> None:
    """Writes JSON that only its owner may read; readers see the old file or the whole new one."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
    draft.replace(path)
