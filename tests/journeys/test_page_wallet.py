"""B6 to B13 in a real browser: choosing, deleting, expired and re-issued cards, a full wallet."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from payer_parts import AMEX, MASTERCARD, VISA, keep_cards, make_expired, sql, type_card
from town_parts import Town, fresh

pytestmark = pytest.mark.xdist_group("town")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b7_b8_cards_are_deleted_one_by_one_till_the_form_and_the_offer_are_back(
    town: Town, browser: Browser, *, scripts: bool
) -> None:
    """B7, B8, C5: asks once more, goes on with the next card; after the last one the form comes, with the offer."""
    customer = fresh("delete")
    keep_cards(town, customer, VISA, AMEX)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(town.opened(customer, Language="EN"))
    page.click("text=Delete this card")
    expect(page.locator("h1")).to_have_text("Delete this card?")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main")).to_contain_text("erased at once, and can't be brought back")
    page.click("text=Keep the card")
    expect(page.locator("h1")).to_have_text("Confirm the payment")
    expect(page.locator(".tile")).to_contain_text("0005")
    _delete(page)
    expect(page.locator(".tile")).to_contain_text("1111")
    assert page.title().startswith("The card is deleted. Confirmation")
    assert ("Deleted" in page.url) is not scripts  # said once, also when the page is loaded anew
    _delete(page)
    expect(page.locator("#CardNumber")).to_be_visible()
    assert page.is_checked("#Remember")
    page.click("footer a")
    expect(page.get_by_role("status").filter(has_text="удалена")).to_have_count(0)  # said once, not with each page
    states = sql(town, "SELECT status, deleted_by FROM stored_card WHERE customer_number = %s", customer)
    assert states == [("Deleted", "payer")] * 2
    context.close()


def test_b7_another_card_is_deleted_by_choosing_it_first(town: Town, page: Page) -> None:
    """B6, B7: the card that was shown at first stays."""
    customer = fresh("delete")
    keep_cards(town, customer, VISA, MASTERCARD)
    page.goto(town.opened(customer, Language="EN"))
    page.click("summary")
    page.select_option("#SavedCard", label="VISA •••• 1111, 12/31")
    page.click("details button")
    expect(page.locator(".tile")).to_contain_text("1111")
    _delete(page)
    expect(page.locator(".tile")).to_contain_text("4444")
    expect(page.locator("#CVC2")).to_be_focused()
    expect(page.locator("summary")).to_have_count(0)  # a new card is all that is left to choose
    page.click("text=Pay with another card")
    expect(page.locator("#CardNumber")).to_be_visible()
    expect(page.locator("#Remember")).to_be_checked()


def test_b10_b11_a_reissued_card_of_the_same_number_takes_the_expired_ones_place(town: Town, page: Page) -> None:
    """B10, B11: named as expired above the form; after the payment it is good again, and the only one."""
    customer = fresh("reissued")
    keep_cards(town, customer, VISA)
    make_expired(town, customer, "1111")
    page.goto(town.opened(customer, Language="EN"))
    hint = page.get_by_role("region", name="A saved card has expired")
    expect(hint).to_contain_text("VISA •••• 1111 expired 01/20")
    expect(hint).to_contain_text("the saved card is updated by itself")
    type_card(page, VISA)
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    page.goto(town.opened(customer, Language="EN"))
    expect(page.locator(".tile")).to_contain_text("valid through 12/31")
    expect(page.locator("option")).to_have_count(1)


def test_b10_b12_an_expired_card_is_shown_cannot_pay_and_can_be_deleted(town: Town, page: Page) -> None:
    """B10, B12: last in the list, on a page of its own without a CVC2; a card of another number stands beside it."""
    customer = fresh("expired")
    keep_cards(town, customer, VISA, MASTERCARD)
    make_expired(town, customer, "4444")
    page.goto(town.opened(customer, Language="EN"))
    expect(page.locator(".tile")).to_contain_text("1111")
    page.click("summary")
    assert page.locator("option").all_inner_texts() == ["MasterCard •••• 4444, expired 01/20", "New card"]
    page.select_option("#SavedCard", index=0)
    page.click("details button")
    expect(page.locator("h1")).to_have_text("This saved card has expired")
    expect(page.locator("#CVC2, [data-busy]")).to_have_count(0)
    assert Axe().run(page).violations_count == 0
    page.click("text=Enter the new card")
    hint = page.get_by_role("region", name="A saved card has expired")
    expect(hint).to_contain_text("If its number is another, you can delete the old card.")
    hint.get_by_role("button", name="Delete").click()
    expect(page.locator(".tile")).to_contain_text("expired 01/20")
    page.click("main form button")
    expect(page.get_by_role("status").filter(has_text="The card is deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_contain_text("1111")
    expect(page.locator("option")).to_have_count(1)


def test_b13_a_full_wallet_says_so_and_offers_nothing_till_a_card_is_deleted(town: Town, page: Page) -> None:
    """B13: here one card is the most; with the way to it, and the offer again when it is gone."""
    customer = fresh("full")
    keep_cards(town, customer, VISA)
    address = town.opened(customer, Language="EN")
    sql(town, "UPDATE merchant SET cards_max = 1")
    try:
        page.goto(f"{address}&SavedCard=new")
        expect(page.locator("#Remember")).to_have_count(0)
        expect(page.locator(".full")).to_contain_text("Cards saved: 1, and there can be no more.")
        page.click("text=See the saved cards")
        _delete(page)
        assert page.is_checked("#Remember")
    finally:
        sql(town, "UPDATE merchant SET cards_max = 10")


def _delete(page: Page) -> None:
    page.click("text=Delete this card")
    page.click("main form button")
    expect(page.get_by_role("status").filter(has_text="The card is deleted.")).to_be_visible()
