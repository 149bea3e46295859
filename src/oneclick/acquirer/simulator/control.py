"""The simulator's control port: its ledger and its behaviour over HTTP, for tests and for people. On loopback only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from oneclick.acquirer.simulator.behaviour import BehaviourError, Fault, FaultOrder
from oneclick.acquirer.simulator.ledger import Ledger
from oneclick.acquirer.simulator.server import IsoServer
from oneclick.money import Money

LOOPBACK = "127.0.0.1"
_PAGE_ROWS_MAX = 200
_BODY_BYTES_MAX = 65536
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Control:
    """The answers of the control port."""

    def __init__(self, ledger: Ledger, server: IsoServer) -> None:
        self._ledger = ledger
        self._server = server
        page = Path(__file__).with_name("ledger.html").read_text(encoding="utf-8")
        self._page = Environment(autoescape=True).from_string(page)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[int]:
        """Listens on loopback while the context is open; gives the actual port."""
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_get("/", self._show)
        app.router.add_get("/ledger", self._list)
        app.router.add_get("/movements", self._list_movements)
        app.router.add_get("/health", self._health)
        app.router.add_get("/behaviour", self._list_faults)
        app.router.add_post("/behaviour", self._add_fault)
        app.router.add_delete("/behaviour", self._end_faults)
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

    async def _list_movements(self, _: web.Request) -> web.Response:
        """``GET /movements``: what followed the payments, oldest first."""
        return web.json_response([asdict(movement) for movement in self._ledger.movements()], headers=_HEADERS)

    async def _health(self, _: web.Request) -> web.Response:
        """``GET /health``: that it runs, and how many frames were dropped."""
        return web.json_response({"status": "ok", "dropped": asdict(self._server.counts)}, headers=_HEADERS)

    async def _list_faults(self, _: web.Request) -> web.Response:
        """``GET /behaviour``: the active faults."""
        return web.json_response(self._server.behaviour.list(), headers=_HEADERS)

    async def _add_fault(self, request: web.Request) -> web.Response:
        """``POST /behaviour``: one more fault; gives the active ones."""
        _refuse_browsers(request)
        try:
            order = FaultOrder.read(await request.read())
            self._server.behaviour.add(order)
        except BehaviourError as error:
            return web.json_response({"error": str(error)}, status=400, headers=_HEADERS)
        if order.fault is Fault.REFUSE_CONNECTION:
            self._server.close_connections()
        return await self._list_faults(request)

    async def _end_faults(self, request: web.Request) -> web.Response:
        """``DELETE /behaviour``: no fault any more."""
        _refuse_browsers(request)
        self._server.behaviour.clear()
        return await self._list_faults(request)


def _refuse_browsers(request: web.Request) -> None:
    """A page that somebody looks at on this machine must not be able to set faults: only browsers send an origin."""
    if "Origin" in request.headers:
        raise web.HTTPForbidden(headers=_HEADERS)


def _money(amount_minor: int, currency: str) -> str:
    return Money(amount_minor, currency).protocol_text
