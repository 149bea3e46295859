"""The main job, by a person in a real browser: the first payment keeps the card, the second asks for the CVC2 alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from support.demo_stack import RunningDemo, fresh

pytestmark = pytest.mark.xdist_group("stack")

WORDS = {
    "RU": {"paid": "Оплачен", "result": "Оплачено", "remember": "Запомнить", "confirm": "Подтвер"},
    "EN": {"paid": "Paid", "result": "Paid", "remember": "Remember", "confirm": "Confirm"},
}


@pytest.mark.parametrize("language", ["RU", "EN"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_b3_b5_the_first_payment_keeps_the_card_and_the_second_asks_for_the_cvc2_alone(
    stack: RunningDemo, browser: Browser, language: str, *, scripts: bool
) -> None:
    """B1, B3, B5: twice through shop and gateway, with and without JavaScript, in both languages."""
    words = WORDS[language]
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{stack.shop}/?lang={language.lower()}")
    page.fill("#name", fresh("Анна"))
    page.click(".sign-in button")

    first = _buy(page, "tea")
    assert "/pay/pay.cfm" in page.url
    expect(page.locator("html")).to_have_attribute("lang", language.lower())
    expect(page.get_by_text("720")).not_to_have_count(0)
    expect(page.locator("label[for=Remember]")).to_contain_text(words["remember"])
    assert page.is_checked("[name=Remember]")  # B1: yes is selected beforehand
    for name, hint in {"CardNumber": "number", "Expiry": "exp", "CardHolder": "name", "CVC2": "csc"}.items():
        expect(page.locator(f"[name={name}]")).to_have_attribute("autocomplete", f"cc-{hint}")
    _type_card(page)
    page.click("button[type=submit]")
    _back_to_shop(page, words)
    _expect_paid(page, words)

    second = _buy(page, "rain")
    assert second != first
    expect(page.locator("h1")).to_contain_text(words["confirm"])
    expect(page.locator("main")).to_contain_text("1111")
    assert not re.search(r"4111|12/31.*IVAN", page.content())  # B9: brand and last four digits, no more
    expect(page.locator("[name=CardNumber], [name=Expiry], [name=CardHolder]")).to_have_count(0)
    visible = page.locator("form[method=post] input:not([type=hidden])")
    expect(visible).to_have_count(1)
    page.fill("[name=CVC2]", "123")
    page.click("form[method=post] button[type=submit]")
    _back_to_shop(page, words)
    _expect_paid(page, words)

    assert problems == []
    entries = _entries(stack, page)
    assert [entry["entry_mode"] for entry in entries] == ["01", "10"]
    assert [entry["stored_credential"] for entry in entries] == ["first", "later"]
    assert [entry["initiator"] for entry in entries] == ["customer", "customer"]
    assert entries[1]["network_transaction_id"] == entries[0]["network_transaction_id"] is not None
    assert [(entry["state"], entry["pan_last4"]) for entry in entries] == [("captured", "1111")] * 2
    context.close()


def test_b2_a_customer_who_says_no_is_asked_again_and_nothing_is_kept(stack: RunningDemo, browser: Browser) -> None:
    """B2: the offer comes again at the next payment."""
    customer = fresh("no")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for _ in range(2):
        page.goto(stack.opened(customer))
        _type_card(page)
        page.uncheck("[name=Remember]")
        page.click("button[type=submit]")
        expect(page.locator(".Info1_result")).to_have_text(WORDS["RU"]["result"])
    page.goto(stack.opened(customer))
    expect(page.locator("#CardNumber")).to_have_count(1)
    assert page.is_checked("[name=Remember]")
    context.close()


def test_b2_a_no_stays_a_no_at_the_next_try_after_a_decline(stack: RunningDemo, browser: Browser) -> None:
    """B2, B16: what the payer didn't want to be remembered isn't ticked again; a "yes" stays ticked."""
    for wanted in (False, True):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(stack.opened(fresh("again"), Language="EN"))
        _type_card(page, "4000000000009995")
        page.set_checked("[name=Remember]", wanted)
        page.click("button[type=submit]")
        expect(page.locator(".Info1_result")).to_contain_text("didn't go through")
        page.fill("[name=CVC2]", "12")
        page.click("form[method=post] button")
        assert page.is_checked("[name=Remember]") == wanted
        page.click("a.language")
        assert page.is_checked("[name=Remember]") == wanted
        _type_card(page)
        page.set_checked("[name=Remember]", not wanted)  # a payer may change their mind
        page.click("button[type=submit]")
        expect(page.locator(".Info1_result")).to_have_text(WORDS["RU"]["result"])
        expect(page.get_by_text("Карта сохранена")).to_have_count(int(not wanted))
        context.close()


def test_b6_another_card_can_be_chosen_and_the_language_switched(stack: RunningDemo, browser: Browser) -> None:
    """B6, B15: without JavaScript, from the confirmation to the full form and back, in the other language."""
    customer = fresh("two")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for number in ("4111111111111111", "5555555555554444"):
        page.goto(stack.opened(customer) + "&SavedCard=new")
        _type_card(page, number)
        page.click("button[type=submit]")
        expect(page.locator(".Info1_result")).to_have_text(WORDS["RU"]["result"])
    page.goto(stack.opened(customer))
    expect(page.locator(".tile")).to_contain_text("4444")  # B5: the card last used
    page.click("a.language")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.click("summary")
    page.select_option("select[name=SavedCard]", label="•••• 1111 VISA, 12/31")
    page.click("details button")
    expect(page.locator(".tile")).to_contain_text("1111")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.click("summary")
    page.select_option("select[name=SavedCard]", "new")
    page.click("details button")
    expect(page.locator("#CardNumber")).to_have_count(1)
    page.click(".aside a")
    expect(page.locator(".tile")).to_contain_text("4444")
    context.close()


def _buy(page: Page, book: str) -> str:
    page.goto(re.sub(r"^(https?://[^/]+).*", r"\1/", page.url))
    page.click(f"[data-book={book}] .buy button")
    page.wait_for_url("**/pay/pay.cfm**")
    return page.url


def _type_card(page: Page, number: str = "4111111111111111") -> None:
    page.fill("[name=CardNumber]", number)
    page.fill("[name=Expiry]", "12/31")
    page.fill("[name=CardHolder]", "IVAN PETROV")
    page.fill("[name=CVC2]", "123")


def _back_to_shop(page: Page, words: dict[str, str]) -> None:
    page.wait_for_url("**/pay/result.cfm**")
    expect(page.locator(".Info1_result")).to_have_text(words["result"])
    assert page.locator("form[name=form1]").get_attribute("action")
    page.click("form[name=form1] button")


def _expect_paid(page: Page, words: dict[str, str]) -> None:
    """Paid, because the shop was notified and asked for the state itself."""
    page.click(".my-orders")
    page.locator(".order-row").first.locator("a").first.click()
    expect(page.locator(".order-state")).to_have_text(words["paid"], timeout=15_000)
    expect(page.locator(".order-asked")).to_have_text("Approved")


def _entries(stack: RunningDemo, page: Page) -> list[dict[str, object]]:
    """The acquirer's entries of this customer's orders, oldest first."""
    page.click(".my-orders")
    numbers = [row.get_attribute("data-order") or "" for row in page.locator(".order-row").all()]
    bills = {found[1] for number in numbers if (found := re.search(r"<billnumber>(\d+)<", stack.state(number).body))}
    assert len(bills) == 2
    return [entry for entry in stack.ledger() if entry["billnumber"] in bills]
