"""A site of rendered pages, without a gateway: ``http://pay.test/EN/card-form`` is the state of that name."""

from urllib.parse import urlsplit

from playwright.sync_api import Route

from oneclick.languages import Language
from oneclick.web.rendering import STATIC_FOLDER, Renderer
from support.page_states import STATES

SITE = "http://pay.test"
PAID = f"{SITE}/pay/pay.cfm?CFSID=577.abc&Language=EN"

_RENDERER = Renderer(https=True)
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"


def serve_state(route: Route) -> None:
    """Answers for the gateway: the states, their files, and for all else a page that says so."""
    path = urlsplit(route.request.url).path
    _, first, *rest = path.split("/")
    if path.startswith("/pay/static/"):
        route.fulfill(path=STATIC_FOLDER / path.rpartition("/")[2])
    elif first in Language.__members__:
        language = Language(first)
        view = STATES[rest[0]](language)
        html = _RENDERER.render(view.template, language, view)
        headers = {"Content-Security-Policy": _POLICY}
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
    else:
        route.fulfill(body="<!doctype html><title>Elsewhere</title>", content_type="text/html")
