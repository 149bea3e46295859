"""Builds the answers that a person sees: a page with its headers, a refusal with its codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse

from oneclick.languages import Language
from oneclick.outcome import Refused
from oneclick.web.refusal_texts import RefusalPage, refusal_texts
from oneclick.web.rendering import Renderer


class View(Protocol):
    """What a template shows."""

    template: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a page may do beyond showing itself.

    ``leads_away``: its form may go to a shop, and on to wherever the shop redirects. ``framed_by``: the origins that
    may show it in a frame. ``refresh_s``: it is asked for again by itself after so many seconds (B18).
    """

    leads_away: bool = False
    framed_by: tuple[str, ...] = ()
    refresh_s: int | None = None


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
        refused: Sequence[Refused] = (),
        allowance: Allowance | None = None,
    ) -> HTMLResponse:
        """A page. The codes of a refused form stand in the header ``ErrorID``, for support and for programs."""
        allowance = allowance or Allowance()
        headers = {"Content-Security-Policy": _policy(allowance)}
        if refused:
            headers["ErrorID"] = ", ".join(str(code) for code in refused)
        if allowance.refresh_s is not None:
            headers["Refresh"] = str(allowance.refresh_s)
        return HTMLResponse(self._renderer.render(view.template, language, view), status, headers)

    def refusal(
        self, refused: Refused, language: Language, *, status: int = 200, other_language_url: str | None = None
    ) -> HTMLResponse:
        """The page that says why an order can't be paid here, with its codes."""
        texts = refusal_texts(int(refused.first), int(refused.second), language)
        view = RefusalPage(
            language=language,
            code=str(refused),
            title=texts.title,
            explanation=texts.explanation,
            advice=texts.advice,
            for_shop=texts.for_shop,
            other_language_url=other_language_url,
        )
        return self.page(view, language, status=status, refused=[refused])


def known_language(text: str) -> Language | None:
    """The language that a parameter names, whatever its case, or None."""
    return Language(text.upper()) if text.upper() in Language.__members__ else None


def browser_language(request: Request) -> Language:
    """The language for a page of no known order, by what the browser asks for; Russian if it doesn't say."""
    wished = request.headers.get("accept-language", "").strip().lower()
    return Language.EN if wished and not wished.startswith(("ru", "be", "*")) else Language.RU


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
