"""What stands in a page, a template, a picture, a style: nothing runs or loads but the one script."""

import html
import re
from html.parser import HTMLParser

import pytest

from oneclick.card import Brand
from oneclick.languages import Language
from oneclick.web.rendering import PAY_PAGE, STATIC_FOLDER, Renderer, static_url
from support.page_states import STATES


class _Markup(HTMLParser):
    """All that could run or load something: tags, attributes, and what stands inside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside: list[tuple[str, str]] = []
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open = tag

    def handle_endtag(self, _: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.inside.append((self._open, data))


LOADERS = {"iframe", "object", "embed", "applet", "base", "frame", "portal", "audio", "video", "source", "style"}
ADDRESSES = {"src", "href", "action", "formaction", "srcset", "poster", "data", "background", "xlink:href", "ping"}
HARMLESS_META = {"viewport", "color-scheme", "format-detection", "robots"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", STATES)
def test_b15_no_page_holds_a_script_a_style_or_a_handler_of_its_own(state: str, language: Language) -> None:
    """B15: one script, from this gateway by its hashed address; nothing inline or from elsewhere, in any state."""
    view = STATES[state](language)
    page = _Markup(Renderer(https=True).render(view.template, language, view))
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert scripts == [{"type": "module", "src": static_url("page.js")}]
    assert [tag for tag, _ in page.inside if tag in {"script", "style"}] == []
    assert LOADERS & {tag for tag, _ in page.tags} == set()
    for tag, attributes in page.tags:
        handlers = {name for name in attributes if name.startswith("on") or name in {"style", "srcdoc", "http-equiv"}}
        assert handlers == set(), tag
        for name in ADDRESSES & set(attributes):
            address = html.unescape(attributes[name])
            to_shop = (
                tag == "form" and attributes.get("name") == "form1" and address.startswith("https://shop.example/")
            )
            assert to_shop or re.fullmatch(r"(|#.*|/pay/.*|\?.*)", address), (tag, address)
            assert not address.startswith("//")
        if tag == "meta":
            assert attributes.get("name", "charset") in {"charset", *HARMLESS_META}


def test_b15_no_template_switches_escaping_off() -> None:
    """B15: what a shop or a payer wrote stays text: in no template may a filter or a tag say otherwise."""
    for path in (PAY_PAGE / "templates").iterdir():
        text = path.read_text()
        assert re.search(r"\|\s*(safe|tojson|xmlattr|attr|urlize)\b|autoescape|Markup|<style|\son[a-z]+=", text) is None
        assert re.findall(r"<script[^>]*>", text) == (
            ['<script type="module" src="{{ static_url(\'page.js\') }}">'] if path.name == "_page.html" else []
        )


def test_b15_pictures_and_styles_hold_no_script_and_load_nothing() -> None:
    """B15: a picture can be opened by itself, where no page's policy guards it."""
    brands = {brand.lower() for brand in Brand}
    for path in sorted(STATIC_FOLDER.rglob("*")):
        text = path.read_text()
        if path.suffix == ".svg":
            assert path.stem in brands | {"lock"}
            tags = _Markup(text).tags
            assert {tag for tag, _ in tags} <= {"svg", "g", "path", "rect", "circle"}
            names = {name for _, attributes in tags for name in attributes}
            assert not any(name.startswith("on") or name in ADDRESSES | {"style"} for name in names)
            assert "<!" not in text
            assert "<?" not in text
        elif path.suffix == ".css":
            assert re.search(r"@import|url\(|expression|behavior|-moz-binding|https?:|javascript:", text) is None
        else:
            assert path.suffix == ".js", path
            assert re.search(r"\b(eval|Function|fetch|XMLHttpRequest|sendBeacon|WebSocket|EventSource)\b", text) is None
            assert re.search(r"\bimport\b|innerHTML|outerHTML|insertAdjacent|document\.(write|cookie)", text) is None
            assert re.search(r"\b(local|session)Storage\b|indexedDB|postMessage|createElement|https?:", text) is None
