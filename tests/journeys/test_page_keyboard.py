"""B15: whole journeys by keyboard alone, on the running stack; the focus can be seen at every step."""

import pytest
from playwright.sync_api import Locator, Page, expect

from support.demo_stack import RunningDemo, fresh
from support.payers import MASTERCARD, NO_MONEY, VISA, keep_cards

pytestmark = pytest.mark.xdist_group("stack")


def tab_to(page: Page, target: Locator) -> None:
    """One step on, which leads to the target and shows that it does."""
    page.keyboard.press("Tab")
    expect(target).to_be_focused()
    assert target.evaluate("field => getComputedStyle(field).outlineStyle") != "none"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def fill_in(page: Page, number: str, cvc2: str = "123") -> None:
    """From the top of a page to the pay button: the other language, then each field."""
    tab_to(page, page.get_by_role("link", name="Русский"))
    for name, keys in (("CardNumber", number), ("Expiry", "1231"), ("CVC2", cvc2), ("CardHolder", "Ivan Petrov")):
        tab_to(page, page.locator(f"#{name}"))
        page.keyboard.type(keys)
    tab_to(page, page.locator("#Remember"))
    press(page, "Space", "Space")
    expect(page.locator("#Remember")).to_be_checked()
    tab_to(page, page.locator("[data-busy]"))


def test_b15_the_first_payment_by_keyboard(stack: RunningDemo, page: Page) -> None:
    """B1, B15: no stop that leads nowhere, from the card number to the way back to the shop."""
    page.goto(stack.opened(fresh("keys"), Language="EN"))
    fill_in(page, VISA)
    press(page, "Enter")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    tab_to(page, page.locator(".language"))
    tab_to(page, button(page, "Return to the shop"))


def test_b15_the_payment_in_one_click_by_keyboard(stack: RunningDemo, page: Page) -> None:
    """B5, B15: the CVC2 has the focus at once; four keys pay."""
    customer = fresh("keys")
    keep_cards(stack, customer, VISA)
    page.goto(stack.opened(customer, Language="EN"))
    expect(page.locator("#CVC2")).to_be_focused()
    page.keyboard.type("123")
    press(page, "Enter")
    expect(page.locator(".Info1_result")).to_have_text("Paid")


def test_b15_choosing_and_deleting_a_card_by_keyboard(stack: RunningDemo, page: Page) -> None:
    """B6, B7, B15: the list opens by Enter and is walked by arrows; the question has the focus till it is answered."""
    customer = fresh("keys")
    keep_cards(stack, customer, VISA, MASTERCARD)
    page.goto(stack.opened(customer, Language="EN"))
    expect(page.locator("#CVC2")).to_be_focused()
    for target in (page.locator("[data-busy]"), page.locator("summary")):
        tab_to(page, target)
    press(page, "Enter")
    tab_to(page, page.locator("#SavedCard"))
    press(page, "ArrowDown")
    expect(page.locator("#SavedCard")).to_have_value("new")
    press(page, "ArrowUp")
    tab_to(page, button(page, "Continue"))
    press(page, "Enter")
    expect(page.locator(".tile")).to_contain_text("1111")
    expect(page.locator("#CVC2")).to_be_focused()
    for target in (page.locator("[data-busy]"), page.locator("summary"), button(page, "Delete this card")):
        tab_to(page, target)
    press(page, "Enter")
    expect(page.locator("h1")).to_be_focused()
    tab_to(page, button(page, "Delete"))
    tab_to(page, page.get_by_role("link", name="Keep the card"))
    press(page, "Shift+Tab", "Enter")
    expect(page.get_by_role("status").filter(has_text="The card is deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_contain_text("4444")
    expect(page.locator("#CVC2")).to_be_focused()


def test_b15_declined_and_again_by_keyboard(stack: RunningDemo, page: Page) -> None:
    """B15, B16: from the words a link leads to the CVC2 if that was wrong; what was typed can be typed over."""
    page.goto(stack.opened(fresh("keys"), Language="EN"))
    fill_in(page, VISA, "000")
    press(page, "Space")
    expect(page.get_by_role("alert")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="Enter the CVC2 again"))
    press(page, "Enter")
    expect(page.locator("#CVC2")).to_be_focused()
    page.keyboard.type("123")
    press(page, "Shift+Tab", "Shift+Tab")
    expect(page.locator("#CardNumber")).to_be_focused()
    press(page, "Control+a")
    page.keyboard.type(NO_MONEY)
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("There isn't enough money on the card. Nothing was charged.")
    expect(page.get_by_role("alert")).to_be_focused()
    tab_to(page, page.locator("#CardNumber"))
    press(page, "Control+a")
    page.keyboard.type(VISA)
    tab_to(page, page.locator("#Expiry"))
    tab_to(page, page.locator("#CVC2"))
    page.keyboard.type("123")
    press(page, "Enter")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
