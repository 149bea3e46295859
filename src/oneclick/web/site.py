"""The whole site on one page: which doors are mounted where, and what every request passes through, in order.

1. a request id, and one log line an answer: method, path, status, time; never a query, a body or a header
2. a bound on how often one may ask, before any of the body is read; health and static files aren't counted
3. an error becomes a page that says nothing of its cause; the log has its name
4. the security headers of every answer
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
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

from oneclick.assist.codes import CODES
from oneclick.assist.refusal_texts import Refusing
from oneclick.outcome import Reason
from oneclick.web.answers import Answers, RefusedRequest, order_url, other_language_url, page_language
from oneclick.web.bounds import Bounds, TooOften
from oneclick.web.pay_page.page_request import PAY, RESULT
from oneclick.web.reading import Unreadable
from oneclick.web.rendering import STATIC_FOLDER, STATIC_PREFIX
from oneclick.web.services.formats import Format, unread
from oneclick.web.services.money import CANCEL, CHARGE, WS_CANCEL
from oneclick.web.services.order import ORDER, REFUSAL
from oneclick.web.services.state import STATE

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
_KEPT = frozenset({200, 304})
_TOO_MANY_REQUESTS = 429
_CONTENT_TOO_LARGE = 413
# The services that programs ask, with the form of their answers; and the shops' door for browsers.
_FORMS = {STATE: Format.XML, CHARGE: Format.CSV, WS_CANCEL: Format.XML, CANCEL: Format.XML}
_SERVICES = frozenset({ORDER, *_FORMS})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, kw_only=True)
class SiteOptions:
    """On which terms requests are served: how often one may ask, and whether visitors come by HTTPS."""

    bounds: Bounds
    https: bool


def build_site(
    doors: Sequence[BaseRoute],
    health: Callable[[], Awaitable[dict[str, bool]]],
    answers: Answers,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
    terms: SiteOptions,
) -> ASGIApp:
    """The site. ``health`` tells by name which parts work; all must, for HTTP 200."""

    async def tell_health(_: Request) -> Response:
        parts = await health()
        return JSONResponse(parts, 200 if all(parts.values()) else 503)

    async def unreadable(request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, Unreadable) else 400
        reason = Reason.REQUEST_TOO_LARGE if status == _CONTENT_TOO_LARGE else Reason.REQUEST_UNREADABLE
        _log.info("request refused", code=str(CODES[reason]), status=status)
        return _refusal(answers, request, reason, status, _refusing(request))

    async def not_found(request: Request, error: Exception) -> Response:
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
        answer = _refusal(answers, request, Reason.PAGE_UNKNOWN, status)
        answer.headers.update(headers or {})
        return answer

    async def failed(request: Request, _: Exception) -> Response:
        return _failure(answers, request)

    site = Starlette(
        routes=[
            *doors,
            Mount(STATIC_PREFIX.rstrip("/"), StaticFiles(directory=STATIC_FOLDER)),
            Route("/health", tell_health, methods=["GET"]),
        ],
        exception_handlers={Unreadable: unreadable, HTTPException: not_found, Exception: failed},
        lifespan=lifespan,
    )
    # Starlette would send an address with one slash too many to whatever host the request names, a posted card with it.
    site.router.redirect_slashes = False
    return _Guard(site, answers, frozenset(route.path for route in doors if isinstance(route, Route)), terms)


class _Guard:
    """What every request passes through."""

    def __init__(self, site: ASGIApp, answers: Answers, doors: frozenset[str], terms: SiteOptions) -> None:
        self._site = site
        self._doors = doors
        self._paths = {"/health", *doors, *(STATIC_PREFIX + file.name for file in STATIC_FOLDER.iterdir())}
        self._answers = answers
        self._bounds = terms.bounds
        self._headers = (*_HEADERS, _HTTPS_ONLY) if terms.https else _HEADERS

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
            await (self._bounded(Request(scope)) or self._site)(scope, receive, guarded_send)
        except Exception as error:  # noqa: BLE001  # no error may show itself to a payer
            _log.error("request failed", error=type(error).__name__, where=_where(error))
            if status == 0:
                await _failure(self._answers, Request(scope))(scope, receive, guarded_send)
        spent_ms = round(1000 * (time.perf_counter() - begun), 1)
        # Only our own addresses and known methods are logged: anything may stand in others.
        path = scope["path"] if scope["path"] in self._paths else "?"
        method = scope["method"] if scope["method"] in _METHODS else "?"
        _log.info("answered", method=method, path=path, status=status, spent_ms=spent_ms)

    def _add_headers(self, scope: Scope, message: MutableMapping[str, Any]) -> None:
        is_static = scope["path"].startswith(STATIC_PREFIX) and message["status"] in _KEPT
        message["headers"] = [*message["headers"], *self._headers, _FOR_EVER if is_static else _NO_STORE]

    def _bounded(self, request: Request) -> Response | None:
        """The answer to who asks a door too often, or None: the request may pass."""
        path = request.scope["path"]
        if path not in self._doors:
            return None
        too_often = self._bounds.service(request) if path in _SERVICES else self._bounds.page(request)
        if too_often is None:
            return None
        _log.info("request refused", code=str(CODES[Reason.REQUESTS_TOO_OFTEN]), path=path, bound=too_often.bound)
        return self._too_often(request, too_often)

    def _too_often(self, request: Request, too_often: TooOften) -> Response:
        form = _FORMS.get(request.scope["path"])
        if form is not None:
            answer = unread(request, CODES[Reason.REQUESTS_TOO_OFTEN], _TOO_MANY_REQUESTS, form)
        else:
            answer = _refusal(self._answers, request, Reason.REQUESTS_TOO_OFTEN, _TOO_MANY_REQUESTS)
        answer.headers["retry-after"] = str(too_often.retry_after_s)
        return answer


def _failure(answers: Answers, request: Request) -> Response:
    return _refusal(answers, request, Reason.INTERNAL_ERROR, 500)


def _refusal(
    answers: Answers, request: Request, reason: Reason, status: int, refusing: Refusing = Refusing.ORDER
) -> Response:
    """A page for a person, and the ways on: to the other language, unless it is the order's own, and to the order."""
    language, path = page_language(request), request.scope["path"]
    refused_request = RefusedRequest(
        refusing=refusing,
        other_language_url=None if path == ORDER else other_language_url(request, language),
        order_url=order_url(request, RESULT) if path in {PAY, RESULT} else None,
    )
    return answers.refusal(CODES[reason], language, status=status, request=refused_request)


def _refusing(request: Request) -> Refusing:
    """What of a request that can't be read is at fault: on the payer's pages it isn't the shop."""
    if request.scope["path"] not in {PAY, RESULT, REFUSAL}:
        return Refusing.ORDER
    return Refusing.FORM if request.method == "POST" else Refusing.LINK


def _where(error: BaseException) -> str:
    """File and line of the deepest frame: enough to find it, and no value of anything."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return "?"
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}"
