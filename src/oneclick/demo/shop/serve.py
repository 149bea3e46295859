"""Serving the shop: a port, a signal to stop, nothing left behind."""

import asyncio
import signal

from aiohttp import web

from oneclick.demo.shop.app import create_shop
from oneclick.demo.shop.options import ShopOptions


async def serve_shop(options: ShopOptions, stop: asyncio.Event) -> None:
    """Serves the shop on 127.0.0.1 until ``stop`` is set, then ends its connections within a second."""
    runner = web.AppRunner(create_shop(options), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", options.port).start()
        await stop.wait()
    finally:
        await runner.cleanup()


def run_shop(options: ShopOptions) -> None:
    """The shop as a process of its own: serves it until SIGTERM or SIGINT."""

    async def until_signalled() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve_shop(options, stop)

    asyncio.run(until_signalled())
