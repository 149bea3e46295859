"""Builds the answers that a person sees: a page with its headers, a refusal with its codes."""

from collections.abc import Sequence
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
        leads_away: bool = False,
        refused: Sequence[Refused] = (),
    ) -> HTMLResponse:
        """A page; ``leads_away`` lets its form go to a shop, and on to wherever the shop redirects.

        The codes of a refused form stand in the header ``ErrorID``, for support and for programs.
        """
        headers = {"Content-Security-Policy": _policy(leads_away=leads_away)}
        if refused:
            headers["ErrorID"] = ", ".join(str(code) for code in refused)
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


def _policy(*, leads_away: bool) -> str:
    """Nothing from elsewhere, nothing inline, no frame (B15). Browsers hold a form's redirects to the policy too."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{' https: http:' if leads_away else ''}"
    )
