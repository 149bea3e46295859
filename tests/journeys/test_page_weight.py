"""B15: what a first visit weighs on the wire, as the browser counts it: answers with their headers."""

import pytest
from playwright.sync_api import Browser

from support.demo_stack import RunningDemo, fresh
from support.payers import VISA, keep_cards

pytestmark = pytest.mark.xdist_group("stack")

WEIGHT_MAX = 60_000


@pytest.mark.parametrize("language", ["EN", "RU"])
@pytest.mark.parametrize("kept", [0, 1], ids=["card form", "confirmation"])
def test_b15_a_first_visit_weighs_less_than_60_kb(
    stack: RunningDemo, browser: Browser, language: str, kept: int
) -> None:
    """B15: every byte of every answer, in a browser that has never been here; all of it comes from the gateway."""
    customer = fresh("weight")
    keep_cards(stack, customer, *[VISA][:kept])
    context = browser.new_context()
    page = context.new_page()
    loaded: list[int] = []
    from_elsewhere: list[str] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: loaded.append(int(event["encodedDataLength"])))
    page.on("request", lambda r: None if r.url.startswith(stack.gateway) else from_elsewhere.append(r.url))
    page.goto(stack.opened(customer, Language=language), wait_until="networkidle")
    assert page.locator(".tile").count() == kept
    assert len(loaded) >= 4  # the page, its style, its script, a badge at least
    assert sum(loaded) < WEIGHT_MAX
    assert from_elsewhere == []
    context.close()
