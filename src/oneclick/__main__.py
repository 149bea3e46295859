"""The command line: arguments in, one call, messages out. Nothing is decided here.

Every command takes ``--demo DIR`` to work on a running demo instead of reading ``ONECLICK_*`` from the environment.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from oneclick.customer_commands import Demo, customers, limits, settings_of
from oneclick.errors import OneClickError, SettingsError
from oneclick.settings import read_environment

if TYPE_CHECKING:
    from oneclick.merchant_file import MerchantFile

_HELP = """One Click: a payment gateway for card-on-file payments.

With --demo DIR a command works on a running demo; without it, it reads the ONECLICK_* settings of the environment.
"""

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=_HELP)
keys = typer.Typer(no_args_is_help=True, help="Key files.")
merchant = typer.Typer(no_args_is_help=True, help="Merchants.")
order = typer.Typer(no_args_is_help=True, help="Orders.")
cli.add_typer(keys, name="keys")
cli.add_typer(merchant, name="merchant")
cli.add_typer(order, name="order")
cli.add_typer(customers, name="customer")
cli.add_typer(limits, name="limit")

_console = Console()
_errors = Console(stderr=True)


def main() -> None:
    """Runs a command; an expected error is one message and exit code 2."""
    try:
        cli()
    except OneClickError as error:
        _errors.print(f"oneclick: {error}", style="red", highlight=False, markup=False)
        sys.exit(2)


@cli.command()
def demo(
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where the demo keeps its data.")],
    port: Annotated[int, typer.Option(help="The gateway's port, then three more; 0: any.", min=0, max=65532)] = 8000,
) -> None:
    """Run a bookshop, the gateway and an acquirer simulator on this machine."""
    from oneclick.demo.stack import run_demo

    sys.exit(run_demo(data_dir, port, _console))


@cli.command()
def migrate(demo: Demo = None) -> None:
    """Bring the database to the newest schema."""
    from oneclick.database.migrate import migrate as run_migrations

    run_migrations(settings_of(demo).database_url.get_secret_value())
    _console.print("The database has the newest schema.")


@cli.command()
def serve(demo: Demo = None) -> None:
    """Serve the payment page and the merchant's protocol."""
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.server import Server

    from oneclick.app import gateway_from_environment
    from oneclick.logs import library_logs
    from oneclick.networks import port_is_free

    settings = settings_of(demo)
    if not port_is_free(settings.listen_host, settings.listen_port):
        message = f"{settings.listen_host}:{settings.listen_port} is taken: choose another ONECLICK_LISTEN_PORT"
        raise SettingsError(message)
    os.environ.update(read_environment(demo))  # the server's processes read the environment
    Server(
        "oneclick.app:gateway_from_environment",
        interface=Interfaces.ASGI,
        address=settings.listen_host,
        port=settings.listen_port,
        workers=settings.web_processes,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        log_access=False,
        log_dictconfig=library_logs(),
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.authorisation_deadline_s) + 15,
    ).serve(target_loader=gateway_from_environment, wrap_loader=False)  # by name, it would look in this folder first


@cli.command()
def work(demo: Demo = None) -> None:
    """Deliver notifications, and whatever else is due."""
    from oneclick.app import run_worker
    from oneclick.logs import configure_logs

    configure_logs()
    settings = settings_of(demo)
    asyncio.run(_until_signalled(lambda stopping: run_worker(settings, stopping)))


@cli.command()
def simulate_acquirer(demo: Demo = None) -> None:
    """Stand in for the acquirer: an ISO 8583 port, and a control port with its ledger."""
    from oneclick.acquirer.simulator.options import SimulatorOptions
    from oneclick.acquirer.simulator.program import run_simulator
    from oneclick.core_dumps import forbid_core_dumps
    from oneclick.demo.settings import SimulatorSettings
    from oneclick.logs import configure_logs
    from oneclick.secret_files import read_mac_key

    forbid_core_dumps()
    configure_logs()
    settings = SimulatorSettings.read(read_environment(demo))
    options = SimulatorOptions(
        ledger_file=settings.ledger_file,
        mac_key=read_mac_key(settings.mac_key_file),
        iso_port=settings.iso_port,
        control_port=settings.control_port,
    )
    asyncio.run(_until_signalled(lambda stopping: _cancelled_by(stopping, run_simulator(options))))


@cli.command(hidden=True)
def shop(demo: Demo = None) -> None:
    """Run the demo's bookshop."""
    from oneclick.demo.settings import ShopSettings
    from oneclick.demo.shop import ShopOptions, run_shop

    settings = ShopSettings.read(read_environment(demo))
    run_shop(
        ShopOptions(
            port=settings.port,
            shop_url=settings.shop_url,
            gateway_url=settings.gateway_url,
            merchant_id=settings.merchant_id,
            secret_word=settings.secret_word.get_secret_value(),
            login=settings.login,
            password=settings.password.get_secret_value(),
            data_file=settings.data_file,
        )
    )


@keys.command("generate")
def keys_generate(file: Annotated[Path, typer.Argument(help="The key file to write; it must not exist.")]) -> None:
    """Make a key file, readable by its owner alone. Keep a copy: without it, stored cards can't be opened."""
    from oneclick.vault.keyring import generate_key_file

    generate_key_file(file)
    _console.print(f"The keys are in {file}. Keep a copy in a safe place, outside the database.", highlight=False)


@merchant.command("apply")
def merchant_apply(
    file: Annotated[str, typer.Argument(help="The merchant's TOML file; - reads standard input.")], demo: Demo = None
) -> None:
    """Create a merchant, or update a known one, from its file."""
    from oneclick.app import apply_merchant_file

    settings = settings_of(demo)
    applied = asyncio.run(apply_merchant_file(settings, _merchant_file(file)))
    done = "created" if applied.created else "updated"
    _console.print(f"Merchant {applied.merchant_id} is {done}.", highlight=False)


@merchant.command("show")
def merchant_show(merchant_id: int, demo: Demo = None) -> None:
    """Show a merchant's settings as JSON, without its secrets."""
    from oneclick.app import show_merchant

    shown = asyncio.run(show_merchant(settings_of(demo), merchant_id))
    if shown is None:
        message = f"there is no merchant {merchant_id}"
        raise SettingsError(message)
    sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")


@order.command("show")
def order_show(
    billnumber: Annotated[str, typer.Argument(metavar="BILL", help="The gateway's own number of the order.")],
    demo: Demo = None,
) -> None:
    """Show an order's history as JSON: its operations and its notifications, cards by their masks."""
    from oneclick.app import show_order_history

    match = re.fullmatch(r"([0-9]{1,18})(\.[0-9]{1,4})?", billnumber)  # an operation's number may follow (P 0.4)
    history = asyncio.run(show_order_history(settings_of(demo), int(match[1]))) if match else None
    if history is None:
        message = f"there is no order {billnumber}"
        raise SettingsError(message)
    told = {
        "order": vars(history.order),
        "operations": [vars(operation) for operation in history.operations],
        "notifications": [vars(notification) for notification in history.notifications],
    }
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n")


def _merchant_file(file: str) -> "MerchantFile":
    from oneclick.merchant_file import MerchantFile

    folder = Path.cwd() if file == "-" else Path(file).parent
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return MerchantFile.read(content.decode(), folder)
    except OSError as error:
        message = f"{file} can't be read: {error.strerror}; check the path, and who may read it"
    except UnicodeDecodeError:
        message = f"{file} is not a text in UTF-8: save it as such"
    raise SettingsError(message)


async def _until_signalled(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs with an event that SIGTERM or SIGINT sets."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await run(stopping)


async def _cancelled_by(stopping: asyncio.Event, running: Awaitable[None]) -> None:
    """Runs until it ends by itself, or is cancelled because ``stopping`` is set."""
    task = asyncio.ensure_future(running)
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    main()
