"""B15: the amount is read whole: its number never breaks, and fits, on every screen."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route

from oneclick.languages import Language
from oneclick.one_click.offer import NO_OFFER
from oneclick.use_cases.payer.show_order import Stage
from oneclick.web.pay_page import pages
from support.page_states import ONE, asked, shown
from support.state_site import SITE, serve_state
from support.views import html_of

pytestmark = pytest.mark.xdist_group("stack")

AMOUNTS = (129_000, 12_345_678, 999_999_999_999)
CURRENCIES = ("RUB", "KWD", "XOF")

# Numbers on more than one line, and what is wider than the page or than its own box.
FAULTS = """() => [...document.querySelectorAll(".sum, .number, .primary, .amount")].flatMap((e) => {
  const { left, right } = e.getBoundingClientRect();
  const broken = e.matches(".sum .number") && e.getClientRects().length > 1;
  const wide = left < 0 || right > innerWidth || document.documentElement.scrollWidth > innerWidth;
  return broken || wide || e.scrollWidth > e.clientWidth + 1 && e.clientWidth ? [`${e.className}: ${e.innerText}`] : [];
})"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.route("**/*", serve_state)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 928, 1280])
@pytest.mark.parametrize("language", list(Language))
def test_b15_an_amount_never_breaks_inside_its_number(page: Page, width: int, language: Language) -> None:
    """B15: above and on the button, up to the greatest that there can be."""
    html = ""
    page.set_viewport_size({"width": width, "height": 700})
    page.route(f"{SITE}/amount", lambda route: _serve(route, html))
    found = {}
    for minor in AMOUNTS:
        for currency in CURRENCIES:
            order = replace(shown(ONE).order, amount_minor=minor, currency=currency)
            for view in (
                pages.payment_page(replace(shown(ONE), order=order), asked(language)),
                pages.result_page(replace(shown(NO_OFFER, Stage.APPROVED), order=order), asked(language)),
            ):
                html = html_of(view, language)
                page.goto(f"{SITE}/amount")
                found[view.template, minor, currency] = page.evaluate(FAULTS)
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_b15_on_a_wide_screen_a_short_amount_is_large(page: Page) -> None:
    """B15: only a long one is written smaller."""
    sizes = {}
    page.set_viewport_size({"width": 1280, "height": 700})
    for state in ("card-form", "card-form-long"):
        page.goto(f"{SITE}/EN/{state}")
        sizes[state] = page.locator(".amount .sum").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert sizes["card-form"] == 44
    assert 28 <= sizes["card-form-long"] < 44


def _serve(route: Route, html: str) -> None:
    route.fulfill(body=html, content_type="text/html; charset=utf-8")
