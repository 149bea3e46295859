"""B15: after every error the words have the focus, are announced and lead to the field, with JavaScript or without."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.demo_stack import RunningDemo, call, fresh
from support.payers import MASTERCARD, VISA, keep_cards, type_card

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def send(page: Page) -> None:
    """Sends the form as it is: the script's own check stands aside, so that the server's is seen."""
    page.evaluate("document.querySelector('[data-pay]').submit()")


def expect_said(page: Page, *texts: str) -> None:
    """The alert has the focus and says each text; the title begins with what happened."""
    said = page.get_by_role("alert")
    expect(said).to_be_focused()
    for text in texts:
        expect(said).to_contain_text(text)
    assert page.title().startswith("Not paid")


def test_b15_b16_a_wrong_form_comes_back_with_its_problems_first(stack: RunningDemo, page: Page) -> None:
    """B15, B16: each line leads to its field, the field says the same; all is back but the CVC2."""
    page.goto(stack.opened(fresh("wrong"), Language="EN"))
    type_card(page, "4111 1111 1111 1112")
    page.fill("#Expiry", "01/20")
    page.uncheck("#Remember")
    send(page)
    expect_said(page, "There is a typo in the number", "This card has expired.", "Enter the CVC2 again")
    for name, value in {"CardNumber": "4111 1111 1111 1112", "Expiry": "01/20", "CVC2": ""}.items():
        assert page.input_value(f"#{name}") == value
    assert not page.is_checked("#Remember")
    expect(page.locator("#CardNumber")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#CardNumber")).to_have_accessible_description(
        "There is a typo in the number: check it against the card."
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#CardNumber")).to_be_focused()


def test_b14_a_missing_cvc2_of_a_stored_card_is_told_at_the_field(stack: RunningDemo, page: Page) -> None:
    """B14, B15: on the confirmation, which comes back with its card."""
    customer = fresh("wrong")
    keep_cards(stack, customer, VISA)
    page.goto(stack.opened(customer, Language="EN"))
    page.fill("#CVC2", "1")
    send(page)
    expect_said(page, "Enter the 3 digits from the back of the card.")
    expect(page.locator(".tile")).to_contain_text("1111")
    expect(page.locator("#CVC2")).to_have_value("")
    expect(page.locator("#CVC2")).to_have_attribute("aria-invalid", "true")


def test_b7_a_card_that_was_deleted_in_another_tab_is_told_above_the_form(stack: RunningDemo, page: Page) -> None:
    """B7, B15: nothing is charged; the full form asks for a card, with the offer ticked as it is at first."""
    customer = fresh("wrong")
    keep_cards(stack, customer, VISA)
    page.goto(stack.opened(customer, Language="EN"))
    card = page.locator("[data-pay] [name=SavedCard]").get_attribute("value")
    call(page.url, {"action": "delete-confirmed", "SavedCard": card})
    page.fill("#CVC2", "123")
    send(page)
    expect_said(page, "The card that you chose is no longer here. Nothing was charged: enter a card.")
    assert page.is_checked("#Remember")


def test_b7_a_card_that_was_deleted_in_another_tab_leaves_the_others_to_pay_with(
    stack: RunningDemo, page: Page
) -> None:
    """B7, B15: the next one stands below, and nothing that is said could mean that one."""
    customer = fresh("wrong")
    keep_cards(stack, customer, MASTERCARD, VISA)
    page.goto(stack.opened(customer, Language="EN"))
    card = page.locator("[data-pay] [name=SavedCard]").get_attribute("value")
    call(page.url, {"action": "delete-confirmed", "SavedCard": card})
    page.fill("#CVC2", "123")
    send(page)
    expect_said(page, "The card that you chose is no longer here. Nothing was charged: you can pay with the one below.")
    expect(page.locator(".tile")).to_contain_text("4444")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b15_without_scripts_the_browser_itself_asks_for_what_is_missing(
    stack: RunningDemo, browser: Browser, *, scripts: bool
) -> None:
    """B15: nothing is sent before the needed fields are filled in; the script takes that over where it runs."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(stack.opened(fresh("empty"), Language="EN"))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.click("[data-busy]")
    expect(page.locator("#CardNumber")).to_be_focused()
    assert page.locator("#CardNumber-problem").inner_text() == ("Enter the card number." if scripts else "")
    assert page.locator("form[data-pay]").evaluate("form => form.noValidate") is scripts
    assert "POST" not in sent
    context.close()
