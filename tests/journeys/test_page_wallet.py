"""B6 to B13 in a real browser: choosing, deleting, expired and re-issued cards, a full wallet."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from support.demo_stack import RunningDemo, call, fresh, saved_card_of
from support.payers import AMEX, MASTERCARD, NO_MONEY, VISA, keep_cards, make_expired, sql, type_card

pytestmark = pytest.mark.xdist_group("stack")

UNKNOWN_CARD = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b7_b8_cards_are_deleted_one_by_one_till_the_form_and_the_offer_are_back(
    stack: RunningDemo, browser: Browser, *, scripts: bool
) -> None:
    """B7, B8, C5: asks once more, goes on with the next card; after the last one the form comes, with the offer."""
    customer = fresh("delete")
    keep_cards(stack, customer, VISA, AMEX)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(stack.opened(customer, Language="EN"))
    page.click("text=Delete this card")
    expect(page.locator("h1")).to_have_text("Delete this card?")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main")).to_contain_text("erased at once, and can't be brought back")
    page.get_by_role("link", name="Русский").click()
    expect(page.locator("h1")).to_have_text("Удалить эту карту?")  # it can be asked in the other language
    page.go_back()
    page.click("text=Keep the card")
    expect(page.locator("h1")).to_have_text("Confirm the payment")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Delete this card?")
    page.go_forward()
    expect(page.locator(".tile")).to_contain_text("0005")
    _delete(page)
    expect(page.locator(".tile")).to_contain_text("1111")
    assert page.title().startswith("The card is deleted. Confirmation")
    assert ("Deleted" in page.url) is not scripts  # said once, also when the page is loaded anew
    _delete(page)
    expect(page.locator("#CardNumber")).to_be_visible()
    assert page.is_checked("#Remember")
    page.get_by_role("link", name="Русский").click()
    expect(page.get_by_role("status").filter(has_text="удалена")).to_have_count(0)  # said once, not with each page
    states = sql(stack, "SELECT status, deleted_by FROM stored_card WHERE customer_number = %s", customer)
    assert states == [("Deleted", "payer")] * 2
    context.close()


def test_b7_another_card_is_deleted_by_choosing_it_first(stack: RunningDemo, page: Page) -> None:
    """B6, B7: the card that was shown at first stays."""
    customer = fresh("delete")
    keep_cards(stack, customer, VISA, MASTERCARD)
    page.goto(stack.opened(customer, Language="EN"))
    page.click("summary")
    page.select_option("#SavedCard", label="•••• 1111 VISA, 12/31")
    page.click("details button")
    expect(page.locator(".tile")).to_contain_text("1111")
    _delete(page)
    expect(page.locator(".tile")).to_contain_text("4444")
    expect(page.locator("#CVC2")).to_be_focused()
    expect(page.locator("summary")).to_have_count(0)  # a new card is all that is left to choose
    page.click("text=Pay with another card")
    expect(page.locator("#CardNumber")).to_be_visible()
    expect(page.locator("#Remember")).to_be_checked()


def test_b10_b11_a_reissued_card_of_the_same_number_takes_the_expired_ones_place(
    stack: RunningDemo, page: Page
) -> None:
    """B10, B11: named as expired above the form; after the payment it is good again, and the only one."""
    customer = fresh("reissued")
    keep_cards(stack, customer, VISA)
    make_expired(stack, customer, "1111")
    page.goto(stack.opened(customer, Language="EN"))
    hint = page.get_by_role("region", name="A saved card has expired")
    expect(hint).to_contain_text("VISA •••• 1111 expired 01/20")
    expect(hint).to_contain_text("the saved card will be updated")
    type_card(page, VISA)
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    page.goto(stack.opened(customer, Language="EN"))
    expect(page.locator(".tile")).to_contain_text("valid through 12/31")
    expect(page.locator("option")).to_have_count(1)


def test_b10_b12_an_expired_card_is_shown_cannot_pay_and_can_be_deleted(stack: RunningDemo, page: Page) -> None:
    """B10, B12: last in the list, on a page of its own without a CVC2; a card of another number stands beside it."""
    customer = fresh("expired")
    keep_cards(stack, customer, VISA, MASTERCARD)
    make_expired(stack, customer, "4444")
    page.goto(stack.opened(customer, Language="EN"))
    expect(page.locator(".tile")).to_contain_text("1111")
    page.click("summary")
    assert page.locator("option").all_inner_texts() == ["New card", "•••• 4444 MasterCard, 01/20"]
    expect(page.locator("optgroup")).to_have_attribute("label", "Expired")
    page.select_option("#SavedCard", index=1)
    page.click("details button")
    expect(page.locator("h1")).to_have_text("This saved card has expired")
    expect(page.locator("#CVC2, [data-busy]")).to_have_count(0)
    assert Axe().run(page).violations_count == 0
    page.click("text=Enter the new card")
    hint = page.get_by_role("region", name="A saved card has expired")
    expect(hint).to_contain_text("If it has another number, you can delete the old card.")
    hint.get_by_role("button", name="Delete").click()
    expect(page.locator(".tile")).to_contain_text("expired 01/20")
    page.click("main form button")
    expect(page.get_by_role("status").filter(has_text="The card is deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_contain_text("1111")
    expect(page.locator("option")).to_have_count(1)


def test_b13_a_full_wallet_says_how_many_cards_must_go_and_so_it_is(stack: RunningDemo, page: Page) -> None:
    """B13: here one card is the most, and two are kept; with the way to them, and "yes" selected when they are gone."""
    customer = fresh("full")
    keep_cards(stack, customer, VISA, MASTERCARD)
    address = stack.opened(customer, Language="EN")
    sql(stack, "UPDATE merchant SET cards_max = 1")
    try:
        page.goto(f"{address}&SavedCard=new")
        expect(page.locator("#Remember")).to_have_count(0)
        expect(page.locator(".full")).to_contain_text("Cards saved: 2. That is the most you can keep.")
        expect(page.locator(".full")).to_contain_text("To keep another one, delete 2 of them first.")
        assert Axe().run(page).violations_count == 0
        page.click("text=See the saved cards")
        _delete(page)
        page.click("text=Pay with another card")
        expect(page.locator(".full")).to_contain_text("To keep another one, delete one first.")
        page.click("text=See the saved cards")
        _delete(page)
        expect(page.locator(".full")).to_have_count(0)
        assert page.is_checked("#Remember")
    finally:
        sql(stack, "UPDATE merchant SET cards_max = 10")


def test_b10_b11_b13_a_reissued_card_is_kept_in_a_full_wallet(stack: RunningDemo, page: Page) -> None:
    """B10, B11, B13: nothing has to be deleted for it, and the offer that is recorded was on the page."""
    customer = fresh("full")
    keep_cards(stack, customer, VISA)
    make_expired(stack, customer, "1111")
    address = stack.opened(customer, Language="EN")
    sql(stack, "UPDATE merchant SET cards_max = 1")
    try:
        page.goto(address)
        hint = page.get_by_role("region", name="A saved card has expired")
        expect(hint).to_contain_text("If it has the same number and you choose to remember it")
        expect(page.locator("#Remember-full")).to_contain_text("This one is kept only if it is one of them.")
        type_card(page, VISA)
        page.check("#Remember")
        page.click("[data-busy]")
        expect(page.get_by_text("The card is saved: next time you'll only be asked for the CVC2.")).to_be_visible()
    finally:
        sql(stack, "UPDATE merchant SET cards_max = 10")
    page.goto(stack.opened(customer, Language="EN"))
    expect(page.locator(".tile")).to_contain_text("valid through 12/31")
    ticked = sql(stack, "SELECT preselected FROM consent WHERE customer_number = %s ORDER BY given_at", customer)
    assert ticked[-1] == (False,)


def test_a3_c6_a_store_only_shop_promises_no_one_click_and_no_deletion(stack: RunningDemo, page: Page) -> None:
    """A3, C6: on the page, in the record, and after the payment; the next order shows the bare form, as was said."""
    customer = fresh("storeonly")
    address = stack.opened(customer, Language="EN")
    sql(stack, "UPDATE merchant SET one_click_mode = 'store-only'")
    try:
        page.goto(address)
        offer = page.locator(".offer").inner_text().strip().replace("\n", " ")
        type_card(page)
        page.click("[data-busy]")
        expect(page.locator(".result p").last).to_have_text("The card is saved.")
        page.goto(stack.opened(customer, Language="EN"))
        expect(page.locator("#CardNumber")).to_be_visible()
        expect(page.locator(".expired-cards, .tile")).to_have_count(0)
    finally:
        sql(stack, "UPDATE merchant SET one_click_mode = 'standard'")
    ((text,),) = sql(stack, "SELECT text FROM consent WHERE customer_number = %s", customer)
    assert " ".join(offer.split()) == text.replace(". ", " ", 1)
    assert "ask the shop" in text
    assert "next time" not in text.lower()


def test_c6_b2_the_record_tells_a_tick_that_was_left_from_one_that_was_made(stack: RunningDemo, page: Page) -> None:
    """B2, B16, C6: after a "no" and a decline the box comes empty, and a "yes" from there is the payer's own."""
    for own_tick in (True, False):
        customer = fresh("ticked")
        page.goto(stack.opened(customer, Language="EN"))
        type_card(page, NO_MONEY)
        if own_tick:
            page.uncheck("#Remember")
        page.click("[data-busy]")
        expect(page.get_by_role("alert")).to_be_visible()
        if own_tick:
            page.check("#Remember")
        page.fill("#CVC2", "123")
        page.click("[data-busy]")  # declined once more: the box comes back as it was left
        expect(page.locator("#CVC2")).to_have_value("")
        expect(page.locator("#Remember")).to_be_checked()
        page.fill("#CardNumber", VISA)
        page.fill("#CVC2", "123")
        page.click("[data-busy]")
        expect(page.locator(".Info1_result")).to_have_text("Paid")
        rows = sql(stack, "SELECT preselected FROM consent WHERE customer_number = %s", customer)
        assert rows == [(not own_tick,)]


def test_b7_a_second_click_on_delete_and_one_in_another_tab_end_as_the_first(stack: RunningDemo) -> None:
    """B7: 303 and "The card is deleted.", with the question or without; an unknown card and an old one stay refused."""
    customer = fresh("twice")
    keep_cards(stack, customer, VISA, MASTERCARD)
    tabs = [stack.opened(customer, Language="EN") for _ in range(2)]
    card_id = saved_card_of(call(tabs[0]).body)
    form = {"action": "delete-confirmed", "SavedCard": card_id}
    for link in (*tabs, tabs[0]):
        reply = call(link, form)
        assert (reply.status, "Deleted=1" in reply.location) == (303, True)
        page = call(stack.gateway + reply.location).body
        assert "The card is deleted." in page
        assert "Not paid" not in page
    assert "Deleted=1" in call(tabs[0], form | {"action": "delete"}).location
    later = stack.opened(customer, Language="EN")
    for link, wanted in (later, card_id), (tabs[0], UNKNOWN_CARD), (stack.opened(fresh("other")), card_id):
        for action in ("delete", "delete-confirmed"):
            assert call(link, {"action": action, "SavedCard": wanted}).status == 422
    deletions = sql(stack, "SELECT count(*) FROM withdrawal WHERE customer_number = %s", customer)
    assert deletions == [(1,)]


def test_b7_only_an_order_that_saw_a_card_go_says_that_it_is_deleted(stack: RunningDemo) -> None:
    """B7: an address alone proves nothing."""
    customer = fresh("nothing")
    keep_cards(stack, customer, VISA)
    link = stack.opened(customer, Language="EN")
    assert "The card is deleted." not in call(f"{link}&Deleted=1").body
    deleted = call(link, {"action": "delete-confirmed", "SavedCard": saved_card_of(call(link).body)})
    assert "The card is deleted." in call(stack.gateway + deleted.location).body
    for other in (stack.opened(customer, Language="EN"), stack.opened(fresh("other"), Language="EN")):
        assert "The card is deleted." not in call(f"{other}&Deleted=1").body


def _delete(page: Page) -> None:
    page.click("text=Delete this card")
    page.click("main form button")
    expect(page.get_by_role("status").filter(has_text="The card is deleted.")).to_be_visible()
