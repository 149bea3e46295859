"""The simulator as a program: its ledger, its ISO port and its control port, from start to stop."""

import asyncio

from oneclick.acquirer.simulator.control import Control
from oneclick.acquirer.simulator.ledger import Ledger
from oneclick.acquirer.simulator.options import SimulatorOptions
from oneclick.acquirer.simulator.server import IsoServer


async def run_simulator(options: SimulatorOptions) -> None:
    """Runs the simulator until it is cancelled.

    Raises ``OSError`` when a port is taken and ``sqlite3.Error`` when the ledger file can't be used.
    """
    ledger = Ledger(options.ledger_file)
    try:
        server = IsoServer(options, ledger)
        async with server.listening() as iso_port, Control(ledger, server).listening(options.control_port) as control:
            options.on_ready(iso_port, control)
            await asyncio.Event().wait()
    finally:
        ledger.close()
