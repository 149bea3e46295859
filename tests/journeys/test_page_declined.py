"""B16, B18, D2 in a real browser: after a decline all is there but the CVC2; what is in doubt resolves by itself."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Response, expect

from support.demo_stack import CARD, RunningDemo, call, fresh
from support.payers import AMEX, MASTERCARD, NO_MONEY, VISA, keep_cards, sql, type_card

pytestmark = pytest.mark.xdist_group("stack")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b16_after_a_decline_the_form_is_back_and_the_next_try_pays(
    stack: RunningDemo, browser: Browser, *, scripts: bool
) -> None:
    """B3, B16: in plain words, with the focus on them; all that was typed but the CVC2; another number pays."""
    number = fresh("T")
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(stack.opened(fresh("again"), Language="EN", OrderNumber=number))
    type_card(page, NO_MONEY)
    page.click("[data-busy]")
    expect(page.locator("h1.Info1_result")).to_have_text("The payment didn't go through")
    said = page.get_by_role("alert")
    expect(said).to_be_focused()
    expect(said).to_contain_text("There isn't enough money on the card.")
    expect(said).to_contain_text("Top up the card, or pay with another one.")
    values = {name: page.input_value(f"#{name}") for name in ("CardNumber", "Expiry", "CardHolder", "CVC2")}
    digits = values.pop("CardNumber").replace(" ", "")
    assert (digits, values) == (NO_MONEY, {"Expiry": "12/31", "CardHolder": "IVAN PETROV", "CVC2": ""})
    assert page.is_checked("#Remember")
    expect(page.locator("form[name=form1] button")).to_be_visible()
    if scripts:
        assert Axe().run(page).violations_count == 0
    page.fill("#CardNumber", VISA)
    page.fill("#CVC2", "123")
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    expect(page.get_by_text("The card is saved")).to_be_visible()
    assert "Approved" in stack.state(number).body
    context.close()


def test_b16_a_stored_card_with_a_wrong_cvc2_asks_for_the_cvc2_again(stack: RunningDemo, page: Page) -> None:
    """B14, B16: the same card; from the words of the decline the next stop is the CVC2."""
    customer = fresh("wrong")
    keep_cards(stack, customer, AMEX)
    page.goto(stack.opened(customer, Language="EN"))
    page.fill("#CVC2", "0000")
    page.click("[data-busy]")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Check the CVC2 and try again, or pay with another card.")
    expect(page.get_by_text("Delete this card")).to_have_count(0)
    expect(page.locator("#CVC2")).to_have_value("")
    page.keyboard.press("Tab")
    expect(page.locator("#CVC2")).to_be_focused()
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    expect(page.get_by_text("The card is saved")).to_have_count(0)


def test_b16_after_a_decline_another_card_can_be_chosen(stack: RunningDemo, page: Page) -> None:
    """B6, B16: from the form to a saved card, as a new attempt; from a saved card to the form."""
    customer = fresh("other")
    keep_cards(stack, customer, MASTERCARD)
    page.goto(f"{stack.opened(customer, Language='EN')}&SavedCard=new")
    first = page.url
    type_card(page, NO_MONEY)
    page.click("[data-busy]")
    page.click("summary")
    page.select_option("#SavedCard", label="•••• 4444 MasterCard, 12/31")
    page.click("details button")
    expect(page.locator(".tile")).to_contain_text("4444")
    assert page.url.split("&")[0] != first.split("&")[0]
    page.fill("#CVC2", "000")
    page.click("[data-busy]")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("button", name="Pay with another card").click()
    expect(page.locator("#CardNumber")).to_be_visible()
    type_card(page)
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b17_reload_and_back_after_declines_pay_nothing_again(
    stack: RunningDemo, browser: Browser, *, scripts: bool
) -> None:
    """B17, B18: each try is one authorisation, whatever is repeated; an old page leads to what became of the newest."""
    number = fresh("T")
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    first = stack.opened(fresh("reload"), Language="EN", OrderNumber=number)
    page.goto(first)
    tried = 0
    for _ in range(2):
        type_card(page, NO_MONEY)
        page.click("[data-busy]")
        expect(page.get_by_role("alert")).to_contain_text("There isn't enough money on the card.")
        tried += 1
        assert len(_attempts(stack, number)) == tried
    page.reload()  # posts the second form again
    expect(page.locator("h1.Info1_result")).to_have_text("The payment didn't go through")
    assert len(_attempts(stack, number)) == tried
    page.get_by_role("button", name="Try again").click()
    type_card(page)
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    for old in (first, first.replace("pay.cfm", "result.cfm")):
        page.goto(old)
        expect(page.locator(".Info1_result")).to_have_text("Paid")
    again = call(first, CARD | {"CardNumber": NO_MONEY, "action": "retry"})
    assert again.status == 303
    assert "Paid" in call(stack.gateway + again.location).body
    assert _attempts(stack, number) == ["Declined", "Declined", "Approved"]
    context.close()


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("its time", "The time to pay this order has run out."),
        ("ten attempts", "This order can't be tried any more."),
    ],
)
def test_b16_what_cant_be_tried_again_says_so(stack: RunningDemo, page: Page, end: str, words: str) -> None:
    """B16: no bank's advice to pay with another card where no other card can pay."""
    number = fresh("T")
    link = stack.opened(fresh("ended"), Language="EN", OrderNumber=number)
    assert call(link, CARD | {"CardNumber": NO_MONEY}).status == 200
    if end == "ten attempts":
        for _ in range(9):
            link = stack.gateway + call(link, {"action": "retry"}).location
            call(link, CARD | {"CardNumber": NO_MONEY})
    else:
        sql(stack, "UPDATE payment_order SET expires_at = now() WHERE order_number = %s", number)
    ended = call(link, CARD | {"action": "retry"})
    page.goto(stack.gateway + ended.location)
    expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("main")).to_contain_text("Return to the shop and place the order again.")
    expect(page.locator("main")).not_to_contain_text("another")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_d2_a_reached_limit_is_told_with_the_moment_it_opens(stack: RunningDemo, page: Page) -> None:
    """D2: by the merchant's clock; no other card is suggested, and no try that can't succeed; 17/211 for programs."""
    customer = fresh("limit")
    _pay(stack, page, customer, "40000.00")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    for amount, words in {
        "20000.00": re.compile(r"You can pay again from \d+ \w+, 00:00 Moscow time\."),
        "60000.00": re.compile("Your limit at this shop doesn't allow this payment, today or later. Please ask"),
    }.items():
        answer = _pay(stack, page, customer, amount)
        assert answer.headers["errorid"] == "17.211"
        expect(page.locator(".Info1_result")).to_have_text("The payment didn't go through")
        expect(page.locator("main")).to_contain_text("You have reached your payment limit at this shop.")
        expect(page.locator("main")).to_contain_text(words)
        expect(page.locator("main")).not_to_contain_text("another card")
        expect(page.locator("form[name=form1] button.primary")).to_be_visible()


def test_b18_a_payment_in_doubt_resolves_by_itself(stack: RunningDemo, page: Page) -> None:
    """B18: says not to pay again, has no script that must run; the result appears when it is known."""
    customer = fresh("doubt")
    page.goto(stack.opened(customer, Language="EN"))
    type_card(page)
    page.click("[data-busy]")
    expect(page.locator(".Info1_result")).to_have_text("Paid")
    billnumber = _billnumber(stack, customer)
    _set_state(stack, billnumber, "unknown")
    answer = page.reload()
    assert answer is not None
    assert answer.headers["refresh"] == "4"
    expect(page.locator("main")).to_contain_text("Please don't pay again.")
    _set_state(stack, billnumber, "approved")
    expect(page.locator(".Info1_result")).to_have_text("Paid", timeout=10_000)


def _pay(stack: RunningDemo, page: Page, customer: str, amount: str) -> Response:
    """Pays with a typed card that isn't kept; the answer with the result."""
    page.goto(stack.opened(customer, Language="EN", OrderAmount=amount))
    type_card(page)
    page.uncheck("#Remember")
    with page.expect_response("**/result.cfm**") as answer:
        page.click("[data-busy]")
    return answer.value


def _attempts(stack: RunningDemo, number: str) -> list[str]:
    """The states of all attempts under an order number."""
    rows = sql(stack, "SELECT state FROM payment_order WHERE order_number = %s ORDER BY billnumber", number)
    return [state for (state,) in rows]


def _billnumber(stack: RunningDemo, customer: str) -> int:
    return int(sql(stack, "SELECT billnumber FROM payment_order WHERE customer_number = %s", customer)[0][0])


def _set_state(stack: RunningDemo, billnumber: int, state: str) -> None:
    """Far from its due time: else the worker would end it between two looks."""
    statement = "UPDATE operation SET state = %s, due_at = now() + interval '1 day' WHERE billnumber = %s"
    sql(stack, statement, state, billnumber)
