"""The simulator's control port: its ledger over HTTP, for tests and for people. On loopback only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from oneclick.acquirer.simulator.ledger import Entry, Ledger
from oneclick.acquirer.simulator.server import IsoServer
from oneclick.money import Money

LOOPBACK = "127.0.0.1"
_PAGE_ROWS_MAX = 200
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Control:
    """The three questions that the control port answers."""

    def __init__(self, ledger: Ledger, server: IsoServer) -> None:
        self._ledger = ledger
        self._server = server
        page = Path(__file__).with_name("ledger.html").read_text(encoding="utf-8")
        self._page = Environment(autoescape=True).from_string(page)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[int]:
        """Listens on loopback while the context is open; gives the actual port."""
        app = web.Application()
        app.router.add_get("/", self._show)
        app.router.add_get("/ledger", self._list)
        app.router.add_get("/health", self._health)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _show(self, _: web.Request) -> web.Response:
        """``GET /``: the newest entries, for a person."""
        page = self._page.render(entries=self._ledger.latest(_PAGE_ROWS_MAX), money=_money)
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)

    async def _list(self, _: web.Request) -> web.Response:
        """``GET /ledger``: every entry, oldest first."""
        return web.json_response([asdict(entry) for entry in self._ledger.entries()], headers=_HEADERS)

    async def _health(self, _: web.Request) -> web.Response:
        """``GET /health``: that it runs, and how many frames were dropped."""
        return web.json_response({"status": "ok", "dropped": asdict(self._server.counts)}, headers=_HEADERS)


def _money(entry: Entry) -> str:
    return Money(entry.amount_minor, entry.currency).protocol_text
