"""B15, B17: the page's script in a real browser: it helps while typing, guards the button, forgets the CVC2."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from oneclick.card import Brand, CardNumber
from support.page_states import VISA
from support.state_site import PAID, SITE, serve_state

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.route("**/*", serve_state)
    page = context.new_page()
    page.goto(f"{SITE}/EN/card-form")
    yield page
    context.close()


def typed(page: Page, name: str, keys: str) -> str:
    """What a field holds after these keys."""
    field = page.locator(f"#{name}")
    field.fill("")
    field.press_sequentially(keys)
    return field.input_value()


def test_the_number_is_spaced_as_on_the_card(page: Page) -> None:
    """B15: groups of four, American Express 4-6-5; the hint of the CVC2 follows the brand."""
    assert typed(page, "CardNumber", "4111111111111111") == "4111 1111 1111 1111"
    assert typed(page, "CardNumber", "378282246310005") == "3782 822463 10005"
    expect(page.locator("#CVC2-hint")).to_have_text("4 digits on the front")
    assert typed(page, "CVC2", "12345") == "1234"


def test_the_caret_stays_where_the_payer_types(page: Page) -> None:
    """B15: a digit put in, or taken out, in the middle doesn't throw the caret to the end."""
    number = page.locator("#CardNumber")
    typed(page, "CardNumber", "411111111111")
    number.evaluate("field => field.setSelectionRange(5, 5)")
    number.press("Backspace")
    number.press("Backspace")
    assert (number.input_value(), number.evaluate("field => field.selectionStart")) == ("4111 1111 111", 3)
    number.press_sequentially("9")
    assert (number.input_value(), number.evaluate("field => field.selectionStart")) == ("4119 1111 1111", 4)


@pytest.mark.parametrize(
    ("keys", "text"), [("0731", "07/31"), ("731", "07/31"), ("07/2031", "07/31"), ("7/31", "07/31")]
)
def test_the_expiry_gets_its_slash(page: Page, keys: str, text: str) -> None:
    """B15: however it is typed."""
    assert typed(page, "Expiry", keys) == text


@pytest.mark.parametrize(
    ("digits", "brand"),
    [
        ("4111111111111111", Brand.VISA),
        ("5555555555554444", Brand.MASTERCARD),
        ("2223000048400011", Brand.MASTERCARD),
        ("2200000000000004", Brand.MIR),
        ("378282246310005", Brand.AMEX),
        ("6011111111111117", Brand.OTHER),
    ],
)
def test_the_script_and_the_server_agree_about_brands(page: Page, digits: str, brand: Brand) -> None:
    """B15: the badge shows what the server will say."""
    number = CardNumber.read(digits)
    assert number is not None
    assert number.brand is brand
    typed(page, "CardNumber", digits)
    known = page.locator(".badges").get_attribute("data-known")
    assert known == (None if brand is Brand.OTHER else brand.lower())
    page.locator("#Expiry").focus()
    expect(page.locator("#CardNumber-problem")).to_be_empty()


def test_a_problem_shows_when_the_field_is_left_and_goes_while_typing(page: Page) -> None:
    """B15: no reproach in the middle of a word."""
    number, problem = page.locator("#CardNumber"), page.locator("#CardNumber-problem")
    typed(page, "CardNumber", "4111111111111112")
    expect(problem).to_be_empty()
    page.locator("#Expiry").focus()
    expect(problem).to_have_text("There is a typo in the number: check it against the card.")
    expect(number).to_have_attribute("aria-invalid", "true")
    assert Axe().run(page).violations_count == 0
    number.press("End")
    number.press("Backspace")
    number.press_sequentially("1")
    expect(problem).to_be_empty()


def test_paying_with_an_empty_form_leads_to_the_first_field(page: Page) -> None:
    """B15: nothing is sent, each field says what it needs."""
    page.locator("[data-busy]").click()
    expect(page.locator("#CardNumber")).to_be_focused()
    expect(page.locator("#CardNumber-problem")).to_have_text("Enter the card number.")
    expect(page.locator("#Expiry-problem")).to_have_text("Enter the expiry date.")
    expect(page.locator("#CardHolder-problem")).to_be_empty()
    assert page.url == f"{SITE}/EN/card-form"


def test_a_double_click_sends_one_payment_and_the_way_back_holds_no_cvc2(page: Page) -> None:
    """B17: one POST; B4: the page in the browser's memory has no CVC2, and its button works again."""
    sent: list[str | None] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)
    page.goto(f"{SITE}/EN/confirmation")
    expect(page.locator("#CVC2")).to_be_focused()
    page.locator("#CVC2").fill("123")
    page.locator("[data-busy]").dblclick()
    page.wait_for_url(PAID)
    assert sent == [f"SavedCard={VISA.card_id}&CVC2=123"]
    page.go_back()
    expect(page.locator("#CVC2")).to_have_value("")
    expect(page.locator("[data-busy]")).to_be_enabled()


def paying(page: Page) -> list[str]:
    """Opens a confirmation, and lists what it sends; the browser stays where it is."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{SITE}/EN/confirmation")
    page.locator("#CVC2").fill("123")
    return sent


def test_b15_b17_while_paying_the_button_keeps_the_focus_and_sends_nothing_more(page: Page) -> None:
    """B15, B17: who pays by keyboard isn't thrown to the top of the page."""
    page.route("**/pay/pay.cfm**", lambda route: route.fulfill(status=204))
    sent, button = paying(page), page.locator("[data-busy]")
    page.locator("#CVC2").press("Tab")
    button.press("Enter")
    expect(button).to_have_text("Paying…")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_be_focused()
    button.press("Enter")
    button.dispatch_event("click")
    assert len(sent) == 1
    assert Axe().run(page).violations_count == 0


def test_b17_who_stops_the_sending_can_press_the_button_again(page: Page) -> None:
    """B17: by the browser's stop button; the amount stands on the button again, and the CVC2 in its field."""
    page.route("**/pay/pay.cfm**", lambda _: None)  # no answer comes
    sent, button = paying(page), page.locator("[data-busy]")
    page.evaluate("document.querySelector('form[data-pay]').onsubmit = () => void setTimeout(() => stop(), 300)")
    button.click(no_wait_after=True)
    page.wait_for_timeout(600)  # till then the driver would wait for the answer, too
    expect(button).to_have_text("Pay RUB 1,290.00")
    expect(button).to_be_enabled()
    expect(page.locator("#CVC2")).to_have_value("123")
    assert len(sent) == 1


def test_b17_esc_stops_the_sending_too(page: Page) -> None:
    """B17: also in browsers that don't tell a page that it was stopped."""
    page.route("**/pay/pay.cfm**", lambda route: route.fulfill(status=204))
    paying(page)
    page.click("[data-busy]")
    expect(page.locator("[data-busy]")).to_have_text("Paying…")
    page.keyboard.press("Escape")
    expect(page.locator("[data-busy]")).to_have_text("Pay RUB 1,290.00")


def test_b16_a_typographic_apostrophe_is_no_problem(page: Page) -> None:
    """B16: as phones write it; other signs are told."""
    for name, problem in (
        ("Shane O\u2019Brien", ""),
        ("Shane O\u201dBrien", "Enter the name in Latin letters, as on the card."),
    ):
        page.fill("#CardHolder", name)
        page.locator("#CVC2").focus()
        expect(page.locator("#CardHolder-problem")).to_have_text(problem)


def test_b15_a_number_that_is_pasted_with_dashes_and_unseen_signs_is_read(page: Page) -> None:
    """B15: as the server does it."""
    page.fill("#CardNumber", "\u202a4111\u20131111\u20131111\u200b1111\u202c")
    expect(page.locator("#CardNumber")).to_have_value("4111 1111 1111 1111")
