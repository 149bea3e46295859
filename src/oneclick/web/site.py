"""The whole site on one page: which doors are mounted where, and what every request passes through, in order.

1. a request id, and one log line an answer: method, path, status, time; never a query, a body or a header
2. an error becomes a page that says nothing of its cause; the log has its name
3. the security headers of every answer
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneclick.outcome import First, Refused, Second
from oneclick.web.answers import Answers, browser_language
from oneclick.web.reading import Unreadable
from oneclick.web.rendering import STATIC_FOLDER, STATIC_PREFIX

_log = structlog.get_logger()

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")
_NO_STORE = (b"cache-control", b"no-store")
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_OK = 200
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def build_site(
    doors: Sequence[BaseRoute],
    health: Callable[[], Awaitable[dict[str, bool]]],
    answers: Answers,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
    *,
    https: bool,
) -> ASGIApp:
    """The site. ``health`` tells by name which parts work; all must, for HTTP 200."""

    async def tell_health(_: Request) -> Response:
        parts = await health()
        return JSONResponse(parts, 200 if all(parts.values()) else 503)

    async def unreadable(request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, Unreadable) else 400
        second = Second.DOCUMENT_TOO_LARGE if status == 413 else Second.NOTHING_MORE  # noqa: PLR2004  # HTTP's number
        refused = Refused(First.FORMAT, second)
        _log.info("request refused", code=str(refused), status=status)
        return answers.refusal(refused, browser_language(request), status=status)

    async def not_found(request: Request, error: Exception) -> Response:
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
        answer = answers.refusal(Refused(First.ABSENT, Second.NOTHING_MORE), browser_language(request), status=status)
        answer.headers.update(headers or {})
        return answer

    site = Starlette(
        routes=[
            *doors,
            Mount(STATIC_PREFIX.rstrip("/"), StaticFiles(directory=STATIC_FOLDER)),
            Route("/health", tell_health, methods=["GET"]),
        ],
        exception_handlers={Unreadable: unreadable, HTTPException: not_found},
        lifespan=lifespan,
    )
    own = {route.path for route in doors if isinstance(route, Route)}
    own |= {STATIC_PREFIX + file.name for file in STATIC_FOLDER.iterdir()}
    return _Guard(site, answers, frozenset({"/health", *own}), https=https)


class _Guard:
    """What every request passes through."""

    def __init__(self, site: ASGIApp, answers: Answers, paths: frozenset[str], *, https: bool) -> None:
        self._site = site
        self._paths = paths
        self._answers = answers
        self._headers = (*_HEADERS, _HTTPS_ONLY) if https else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex)
        begun = time.perf_counter()
        status = 0

        async def guarded_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message)
            await send(message)

        try:
            await self._site(scope, receive, guarded_send)
        except Exception as error:  # noqa: BLE001  # no error may show itself to a payer
            _log.error("request failed", error=type(error).__name__, where=_where(error))
            if status == 0:
                await self._failed(Request(scope))(scope, receive, guarded_send)
        spent_ms = round(1000 * (time.perf_counter() - begun), 1)
        # Only our own addresses and known methods are logged: anything may stand in others.
        path = scope["path"] if scope["path"] in self._paths else "?"
        method = scope["method"] if scope["method"] in _METHODS else "?"
        _log.info("answered", method=method, path=path, status=status, spent_ms=spent_ms)

    def _add_headers(self, scope: Scope, message: MutableMapping[str, Any]) -> None:
        is_static = scope["path"].startswith(STATIC_PREFIX) and message["status"] == _OK
        message["headers"] = [*message["headers"], *self._headers, _FOR_EVER if is_static else _NO_STORE]

    def _failed(self, request: Request) -> Response:
        refused = Refused(First.INTERNAL, Second.NOTHING_MORE)
        return self._answers.refusal(refused, browser_language(request), status=500)


def _where(error: BaseException) -> str:
    """File and line of the deepest frame: enough to find it, and no value of anything."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return "?"
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}"
