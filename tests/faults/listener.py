"""The merchants' server for notifications, a process of its own: stores each one durably, then answers, mostly.

The first time that it hears of an operation it sometimes answers late, with a 500, or not at all; after that, well.
``POST /calm`` ends that.
"""

import asyncio
import json
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

_MOODS = ("well", "late", "error", "none")
_WEIGHTS = (80, 8, 6, 6)
_ACCEPTED = '<?xml version="1.0" encoding="UTF-8"?><pushpaymentresult firstcode="0" secondcode="0"></pushpaymentresult>'


class Listener:
    """Hears notifications; one line of JSON each, on the disk before the answer."""

    def __init__(self, file: Path, seed: str) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._dice = random.Random(seed)  # noqa: S311  # repeatable is the point
        self._known: set[str] = set()
        self._is_calm = False

    def app(self) -> web.Application:
        """What to serve."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_post("/calm", self._calm)
        app.router.add_post("/push", self._push)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response(text="well")

    async def _calm(self, _: web.Request) -> web.Response:
        self._is_calm = True
        return web.Response(text="calm")

    async def _push(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        mood = self._mood(fields.get("billnumber", ""))
        self._store({"at": datetime.now(UTC).isoformat(), "answered": mood, "fields": fields})
        if mood == "late":
            await asyncio.sleep(self._dice.uniform(0.2, 2.0))
        if mood == "none" and request.transport is not None:
            request.transport.abort()
        if mood == "error":
            return web.Response(status=500, text="out of order")
        return web.Response(text=_ACCEPTED, content_type="text/xml")

    def _mood(self, operation: str) -> str:
        if self._is_calm or operation in self._known:
            return "well"
        self._known.add(operation)
        return self._dice.choices(_MOODS, weights=_WEIGHTS)[0]

    def _store(self, heard: dict[str, Any]) -> None:
        self._file.write(json.dumps(heard) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def main(port: str, file: str, seed: str) -> None:
    """Listens on loopback until it is ended."""
    web.run_app(Listener(Path(file), seed).app(), host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
