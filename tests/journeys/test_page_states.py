"""B15: every state of the pages, in a real browser: nothing for axe to find, nothing cut off, room for each finger."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from support.page_states import STATES
from support.state_site import SITE, serve_state

pytestmark = pytest.mark.xdist_group("stack")

# What sticks out of the window or of its own box, and what is too small to be hit (WCAG 2.2: 1.4.10, 1.4.4, 2.5.8).
FAULTS = """() => {
  const seen = (e) => e.checkVisibility() && !e.closest(".unseen");
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  for (const e of document.querySelectorAll("body *")) {
    if (!seen(e)) continue;
    const { left, right, width, height } = e.getBoundingClientRect();
    const name = `${e.tagName}.${e.getAttribute("class")}`;
    if (left < -1 || right > innerWidth + 1) faults.push(`${name} sticks out: ${left} ${right}`);
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).display !== "inline" &&
        !["INPUT", "SELECT"].includes(e.tagName)) faults.push(`${name} overflows: ${e.scrollWidth} ${e.clientWidth}`);
    const inline = e.tagName === "A" && e.parentElement.childNodes.length > 1;
    if (e.matches("a, button, summary, select, input:not([type=hidden])") && !inline && (width < 20 || height < 24) &&
        e.type !== "checkbox") faults.push(`${name} is small: ${width} ${height}`);
  }
  return faults;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 700}, reduced_motion="reduce")
    context.route("**/*", serve_state)
    yield context.new_page()
    context.close()


def open_state(page: Page, language: str, state: str) -> None:
    """Shows the state with all that can be opened opened."""
    page.goto(f"{SITE}/{language}/{state}")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")


@pytest.mark.parametrize(("language", "scheme"), [("EN", "light"), ("RU", "dark")])
def test_b15_axe_finds_nothing_in_any_state(page: Page, language: str, scheme: Literal["light", "dark"]) -> None:
    """B15: WCAG 2.2 AA as far as a program can tell, in both languages, light and dark."""
    page.emulate_media(color_scheme=scheme)
    found = {}
    for state in STATES:
        open_state(page, language, state)
        result = Axe().run(page)
        found[state] = result.generate_report() if result.violations_count else ""
    assert {state: report for state, report in found.items() if report} == {}


@pytest.mark.parametrize("language", ["EN", "RU"])
def test_b15_nothing_is_cut_off_on_a_small_screen(page: Page, language: str) -> None:
    """B15: 320 px wide, also with text of twice the size."""
    found = {}
    for state in STATES:
        open_state(page, language, state)
        found[state] = page.evaluate(FAULTS)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        found[f"{state}, large"] = page.evaluate(FAULTS)
    assert {state: faults for state, faults in found.items() if faults} == {}
