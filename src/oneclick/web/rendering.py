"""Turns a view into a page: Jinja templates, translated texts, addresses of static files. No rule, no HTTP."""

from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from oneclick.languages import Language, money_parts, money_text, translations

PAY_PAGE = Path(__file__).parent / "pay_page"
STATIC_FOLDER = PAY_PAGE / "static"
STATIC_PREFIX = "/pay/static/"


@cache
def static_url(name: str) -> str:
    """The web address of a static file; it changes with the content, so that browsers may keep it for ever.

    Raises ``OSError`` when there is no such file.
    """
    digest = sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()
    return f"{STATIC_PREFIX}{name}?v={digest[:12]}"


def _environment(language: Language, *, https: bool) -> Environment:
    """Templates of one language: everything is escaped, and a name that isn't there is an error."""
    environment = Environment(
        loader=FileSystemLoader(PAY_PAGE / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["static_url"] = static_url
    environment.globals["language"] = language
    environment.globals["https"] = https
    environment.filters["money"] = partial(money_text, language=language)
    environment.filters["money_parts"] = partial(money_parts, language=language)
    return environment


class Renderer:
    """The templates, loaded once and kept for the life of the process; ``https`` is how payers reach the page."""

    def __init__(self, *, https: bool) -> None:
        self._environments = {language: _environment(language, https=https) for language in Language}

    def render(self, template: str, language: Language, view: object) -> str:
        """The page as HTML; the template sees the view as ``view``."""
        return self._environments[language].get_template(template).render(view=view)

    @staticmethod
    def static_url(name: str) -> str:
        """The web address of a static file, as the function of that name."""
        return static_url(name)
