"""The shop's pages: HTTP in, HTTP out. What is said to the gateway stands in ``protocol``."""

import asyncio
import logging
import unicodedata
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, FileSystemLoader, select_autoescape
from yarl import URL

from oneclick.demo.shop import protocol
from oneclick.demo.shop.books import BOOKS
from oneclick.demo.shop.options import ShopOptions
from oneclick.demo.shop.orders import Order
from oneclick.demo.shop.store import Store
from oneclick.demo.shop.words import LANGUAGES, price, words

BODY_BYTES_MAX = 64 * 1024
NAME_LETTERS_MAX = 60
REFRESH_S = 2
ASKED_AT_ONCE_MAX = 10
SESSION_S = 30 * 24 * 3600

# Cookies don't know ports: the gateway on the same host has other names.
SESSION_COOKIE = "bookshop_session"
LANGUAGE_COOKIE = "bookshop_language"

_HERE = Path(__file__).parent
_OPTIONS = web.AppKey("options", ShopOptions)
_STORE = web.AppKey("store", Store)
_HTTP = web.AppKey("http", aiohttp.ClientSession)
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)
_LOG = logging.getLogger(__name__)


def create_shop(options: ShopOptions) -> web.Application:
    """The shop as an application. It opens its file and its HTTP client when it starts, and closes them at its end."""
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[_refused])
    app[_OPTIONS] = options
    app.cleanup_ctx.append(_open_and_close)
    app.on_response_prepare.append(_guard)
    app.add_routes(
        [
            web.get("/", _index),
            web.post("/sign-in", _sign_in),
            web.post("/sign-out", _sign_out),
            web.post("/buy", _buy),
            web.get("/ok", _returned),
            web.get("/no", _returned),
            web.get("/orders", _orders),
            web.get("/orders/{number}", _order),
            web.post("/orders/{number}/pay", _pay),
            web.post("/push", _push),
            web.static("/static", _HERE / "static"),
        ]
    )
    return app


async def _open_and_close(app: web.Application) -> AsyncIterator[None]:
    app[_STORE] = Store(app[_OPTIONS].data_file)
    async with aiohttp.ClientSession() as app[_HTTP]:
        yield
    app[_STORE].close()


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer. Buying redirects a form to the gateway, so forms may go there too."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {request.app[_OPTIONS].gateway_url}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"


@web.middleware
async def _refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever the shop can't do is said on a page of its own, in its own words."""
    try:
        return await handler(request)
    except web.HTTPClientError as error:
        what = "not_found" if error.status == HTTPStatus.NOT_FOUND else "refused"
        answer = _page(request, "refused.html", status=error.status, what=what)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer


async def _index(request: web.Request) -> web.Response:
    return _page(request, "index.html", books=BOOKS.values())


async def _sign_in(request: web.Request) -> web.Response:
    """Any name will do. The same name is the same customer, with the same customer number at the gateway."""
    name = " ".join(unicodedata.normalize("NFC", (await _form(request)).get("name", "")).split())
    if not (name and name.isprintable() and len(name) <= NAME_LETTERS_MAX):
        return _page(request, "index.html", status=400, books=BOOKS.values(), bad_name=True)
    answer = _go("/")
    session_id = request.app[_STORE].sign_in(name)
    answer.set_cookie(SESSION_COOKIE, session_id, max_age=SESSION_S, httponly=True, samesite="Lax")
    return answer


async def _sign_out(request: web.Request) -> web.Response:
    request.app[_STORE].sign_out(request.cookies.get(SESSION_COOKIE, ""))
    answer = _go("/")
    answer.del_cookie(SESSION_COOKIE)
    return answer


async def _buy(request: web.Request) -> web.Response:
    """Writes the order first, then sends the payer's browser to the gateway with it."""
    customer = _customer(request)
    if customer is None:
        return _go("/")
    book = BOOKS.get((await _form(request)).get("book", ""))
    if book is None:
        raise web.HTTPNotFound
    return _to_payment(request, request.app[_STORE].place_order(customer[0], book))


async def _pay(request: web.Request) -> web.Response:
    """Sends the browser to the gateway again: an unfinished order goes on there, a declined one is a new attempt."""
    order = _own_order(request, request.match_info["number"])
    if not order.can_be_paid:
        return _go(f"/orders/{order.number}")
    request.app[_STORE].asked(order, None)
    return _to_payment(request, order)


async def _returned(request: web.Request) -> web.Response:
    """The payer comes back. The address proves nothing, so it only says which order to ask the gateway about."""
    return await _show(request, request.query.get("ordernumber", ""))


async def _order(request: web.Request) -> web.Response:
    return await _show(request, request.match_info["number"])


async def _orders(request: web.Request) -> web.Response:
    customer = _customer(request)
    if customer is None:
        return _go("/")
    orders = request.app[_STORE].own_orders(customer[0])
    open_orders = [order for order in orders if not order.is_final][:ASKED_AT_ONCE_MAX]
    await asyncio.gather(*(_ask(request, order) for order in open_orders))
    return _page(request, "orders.html", orders=request.app[_STORE].own_orders(customer[0]), books=BOOKS)


async def _push(request: web.Request) -> web.Response:
    """The gateway's notification: believed if its checkvalue is right and it is about an order of ours."""
    fields = await _form(request)
    order = request.app[_STORE].any_order(fields.get("ordernumber", ""))
    codes = protocol.judge_notification(request.app[_OPTIONS], fields, order)
    if order is not None and codes == protocol.ACCEPTED:
        request.app[_STORE].notified(order, fields["orderstate"])
    return web.Response(text=protocol.notification_answer(codes, fields), content_type="text/xml", charset="utf-8")


async def _show(request: web.Request, number: str) -> web.Response:
    """One order. While it isn't final the gateway is asked, and the browser comes back by itself."""
    if _customer(request) is None:
        return _go("/")
    order = _own_order(request, number)
    answered = order.is_final or await _ask(request, order)
    order = _own_order(request, number)
    answer = _page(request, "order.html", order=order, book=BOOKS[order.book_id], answered=answered)
    if not order.is_final:
        answer.headers["Refresh"] = str(REFRESH_S)
    return answer


async def _ask(request: web.Request, order: Order) -> bool:
    """Asks the gateway and writes its answer down; False if there was none to believe."""
    try:
        state = await protocol.ask_state(request.app[_HTTP], request.app[_OPTIONS], order)
    except protocol.AnswerError as error:
        _LOG.warning("the state of %s is not known: %s", order.number, error)
        return False
    request.app[_STORE].asked(order, state)
    return True


def _customer(request: web.Request) -> tuple[int, str] | None:
    return request.app[_STORE].customer(request.cookies.get(SESSION_COOKIE, ""))


def _own_order(request: web.Request, number: str) -> Order:
    """The order, if its customer asks; for all others there is no such page."""
    customer = _customer(request)
    order = customer and request.app[_STORE].own_order(customer[0], number)
    if not order:
        raise web.HTTPNotFound
    return order


def _to_payment(request: web.Request, order: Order) -> web.Response:
    language = _language(request)
    texts = protocol.FormTexts(language.upper(), BOOKS[order.book_id].title[language])
    return _go(protocol.payment_url(request.app[_OPTIONS], order, texts))


def _go(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location})


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a posted form, UTF-8 whatever the sender calls it; the last one wins."""
    body = (await request.read()).decode(errors="replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=200))
    except ValueError as error:
        raise web.HTTPBadRequest from error


def _language(request: web.Request) -> str:
    wanted = request.query.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def _page(request: web.Request, template: str, *, status: int = 200, **facts: object) -> web.Response:
    language = _language(request)
    customer = _customer(request)
    other = "ru" if language == "en" else "en"
    text = _PAGES.get_template(template).render(
        facts,
        language=language,
        words=words(language),
        price=lambda amount: price(amount, language),
        reader=customer and customer[1],
        other_language=other,
        other_url=_other_url(request, other),
    )
    answer = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    if "lang" in request.query:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=SESSION_S, httponly=True, samesite="Lax")
    return answer


def _other_url(request: web.Request, language: str) -> URL:
    """This page in the other language; a page that was posted has no address of its own."""
    here = request.rel_url if request.method == "GET" else URL("/")
    return here.update_query(lang=language)
