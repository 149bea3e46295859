"""E2 in a real browser: the time left, said twice before it ends, and what the page says then."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from support.demo_stack import RunningDemo, fresh
from support.payers import leave_seconds
from support.state_site import SITE, serve_state

pytestmark = pytest.mark.xdist_group("stack")


def test_e2_the_time_left_is_counted_and_announced_at_five_minutes_and_at_one(page: Page) -> None:
    """E2: by the server's seconds, whatever the payer's clock says; not every second; then the page says it is over."""
    page.clock.install(time="2001-01-01T00:00:00Z")
    page.route("**/*", serve_state)
    page.goto(f"{SITE}/EN/confirmation")
    line, said = page.locator(".deadline"), page.locator("[data-announce]")
    expect(line).to_contain_text("Pay by 14:35 Moscow time, 30:00 left")
    page.clock.fast_forward("24:50")
    expect(line).to_contain_text("5:10")
    expect(said).to_be_empty()
    page.clock.fast_forward(15_000)
    expect(line).to_have_attribute("data-level", "soon")
    expect(said).to_have_text("5 minutes are left to pay.")
    page.clock.fast_forward(240_000)
    expect(line).to_have_attribute("data-level", "last")
    expect(said).to_have_text("1 minute is left to pay.")
    page.fill("#CVC2", "123")
    page.clock.fast_forward(60_000)
    expect(page.get_by_role("heading")).to_have_text("The time to pay has run out")
    expect(page.locator(".result")).to_be_focused()
    expect(page.locator("[data-busy], #CVC2")).to_have_count(0)
    expect(page).to_have_title("The time to pay has run out")
    page.clock.resume()
    assert Axe().run(page).violations_count == 0


def test_e2_a_payment_on_its_way_is_not_called_off(page: Page) -> None:
    """B17, E2: who has pressed the button in time waits for the answer."""
    page.clock.install()
    page.route("**/*", serve_state)
    page.route("**/pay/pay.cfm**", lambda route: route.fulfill(status=204))  # the browser stays where it is
    page.goto(f"{SITE}/EN/timer-warning")
    page.fill("#CVC2", "123")
    page.click("[data-busy]")
    page.clock.fast_forward(300_000)
    expect(page.locator("[data-busy]")).to_have_text("Paying…")
    expect(page.locator(".result.expired")).to_have_count(0)


def test_e2_at_the_end_the_page_leads_to_how_the_order_stands(stack: RunningDemo, page: Page) -> None:
    """E2: with the real server: nothing can be paid any more, and the way back to the shop is there."""
    customer = fresh("late")
    address = stack.opened(customer, Language="EN")
    leave_seconds(stack, customer, 2)
    page.goto(address)
    expect(page.locator("#CardNumber")).to_be_visible()
    page.click("text=What to do now")
    expect(page.locator(".Info1_result")).to_have_text("The time to pay has run out")
    expect(page.locator("main")).to_contain_text("Return to the shop and place the order again.")


def test_e2_without_javascript_the_time_stands_on_the_page(stack: RunningDemo, browser: Browser) -> None:
    """B15, E2: the merchant's clock, and whose it is; no countdown that stands still."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(stack.opened(fresh("timer"), Language="EN"))
    expect(page.locator(".deadline")).to_contain_text("Moscow time")
    expect(page.locator(".left")).to_be_hidden()
    context.close()
