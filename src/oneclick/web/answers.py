"""Builds the answers that a person sees: a page with its headers, a refusal with its codes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from oneclick.assist.codes import Codes
from oneclick.assist.refusal_texts import Refusing, refusal_texts
from oneclick.languages import Language
from oneclick.web.reading import Pairs, Unreadable, one, read_query
from oneclick.web.refusal_page import RefusalPage
from oneclick.web.rendering import Renderer


class View(Protocol):
    """A view: the values that a template shows."""

    template: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The permissions of a page beyond showing itself.

    ``leads_away``: its form may go to a shop, and on to wherever the shop redirects. ``framed_by``: the origins that
    may show it in a frame. ``refresh_s``: it is asked for again by itself after so many seconds (B18).
    """

    leads_away: bool = False
    framed_by: tuple[str, ...] = ()
    refresh_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class RefusedRequest:
    """The request as its refusal's page knows it: what of it is refused, where it leads on, who may frame the page.

    ``other_language_url`` is the same address in the other language, ``order_url`` leads back to the payer's order.
    """

    refusing: Refusing = Refusing.ORDER
    other_language_url: str | None = None
    order_url: str | None = None
    framed_by: tuple[str, ...] = ()


# What a browser may wish -> the language that its payer reads.
_READ = {"ru": Language.RU, "be": Language.RU, "en": Language.EN}
_CFSID = re.compile(r"[A-Za-z0-9_.+/=\-]{1,200}")
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)


class Answers:
    """Pages for people. One instance a process."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def page(
        self,
        view: View,
        language: Language,
        *,
        status: int = 200,
        codes: Sequence[Codes] = (),
        allowance: Allowance | None = None,
    ) -> HTMLResponse:
        """A page. The codes of a refused form stand in the header ``ErrorID``, for support and for programs."""
        allowance = allowance or Allowance()
        headers = {"Content-Security-Policy": _policy(allowance)}
        if codes:
            headers["ErrorID"] = ", ".join(str(pair) for pair in codes)
        if allowance.refresh_s is not None:
            headers["Refresh"] = str(allowance.refresh_s)
        return HTMLResponse(self._renderer.render(view.template, language, view), status, headers)

    def refusal(
        self,
        codes: Codes,
        language: Language,
        *,
        status: int = 200,
        request: RefusedRequest | None = None,
    ) -> HTMLResponse:
        """The page that says why an order can't be paid here, with its codes, and the ways on from it."""
        request = request or RefusedRequest()
        texts = refusal_texts(codes, language, request.refusing)
        view = RefusalPage(
            language=language,
            code=str(codes),
            title=texts.title,
            explanation=texts.explanation,
            advice=texts.advice,
            for_shop=texts.for_shop,
            other_language_url=request.other_language_url,
            order_url=request.order_url,
        )
        allowance = Allowance(framed_by=request.framed_by)
        return self.page(view, language, status=status, codes=[codes], allowance=allowance)


def known_language(text: str) -> Language | None:
    """The language that a parameter names, whatever its case, or None."""
    return Language(text.upper()) if text.upper() in Language.__members__ else None


def browser_language(request: Request) -> Language:
    """The language for a page of no known order: of the two the one that the browser wishes more (RFC 9110, 12.5.4).

    English if it wishes others only, Russian if it doesn't say.
    """
    wished = request.headers.get("accept-language", "").strip().lower()
    weights: dict[Language, float] = {}  # in the browser's order, which decides between equal ones
    for wish in wished.split(","):
        tag, _, parameters = wish.partition(";")
        language, quality = _READ.get(tag.strip().partition("-")[0]), _QUALITY.fullmatch(parameters)
        if language is not None:
            weights[language] = max(weights.get(language, 0.0), float(quality[1]) if quality else 1.0)
    if any(weights.values()):
        return max(weights, key=lambda language: weights[language])
    return Language.EN if wished and not wished.startswith("*") else Language.RU


def page_language(request: Request) -> Language:
    """The language of a page of no known order: the address's, else the browser's (B15)."""
    return known_language(one(_address(request), "Language")) or browser_language(request)


def other_language_url(request: Request, language: Language) -> str | None:
    """The same address in the other language, if it was asked for by GET; of its parameters the order's name stays."""
    if request.method not in {"GET", "HEAD"}:
        return None
    return "?" + urlencode(_order_of(request) | {"Language": language.other})


def order_url(request: Request, path: str) -> str | None:
    """That page of the order that the address names, in the address's language; None if it names none."""
    order, chosen = _order_of(request), known_language(one(_address(request), "Language"))
    return f"{path}?{urlencode(order | ({'Language': chosen} if chosen else {}))}" if order else None


def _order_of(request: Request) -> dict[str, str]:
    """What names an order in the address; nothing if that can't be a CFSID, for it goes into the page."""
    cfsid = one(_address(request), "CFSID")
    return {"CFSID": cfsid} if _CFSID.fullmatch(cfsid) else {}


def _address(request: Request) -> Pairs:
    """The address's parameters; none if they can't be read."""
    try:
        return read_query(request)
    except Unreadable:
        return []


def _policy(allowance: Allowance) -> str:
    """Nothing from elsewhere, nothing inline (B15); a frame only at the merchant's origins.

    Browsers hold a form's redirects to the policy too.
    """
    framed_by = " ".join(allowance.framed_by) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors {framed_by}; "
        f"form-action 'self'{' https: http:' if allowance.leads_away else ''}"
    )
