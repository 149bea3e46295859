"""B15, B16: the pages that say no, on the running stack: in either language, and with the way back to the order."""

import html
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.demo_stack import Reply, RunningDemo, call, fresh

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "address", ["/nothing", "/pay/pay.cfm?CFSID=none", "/pay/body.cfm?ErrorID=7.158", "/pay/pay.cfm?a=%FF"]
)
def test_b15_every_refusal_of_an_address_can_be_read_in_the_other_language(
    stack: RunningDemo, page: Page, address: str
) -> None:
    """B15: there and back, by a link that can be hit."""
    page.goto(stack.gateway + address)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    box = page.locator(".language").bounding_box()
    assert box is not None
    assert box["height"] >= 24
    page.click("text=Русский")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.click("text=English")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_b16_a_form_that_arrives_damaged_leads_back_to_its_order(stack: RunningDemo, page: Page) -> None:
    """B16: in words about the form, not about the shop; the link ends at the form, in the same language."""
    address = f"{stack.opened(fresh('damaged'), Language='RU')}&Language=EN"
    damaged: list[Reply] = [
        call(address, b"CardNumber=\xff"),
        call(address, b"x" * 70_000),
        call(address, b"x", Content_Type="multipart/form-data"),
        call(address, b"x", Content_Type="multipart/form-data; boundary=x; charset=windows-1251"),
    ]
    assert [reply.status for reply in damaged] == [400, 413, 400, 400]
    for reply in damaged:
        assert "The form arrived damaged" in reply.body
        assert "Nothing was charged." in reply.body
        assert "The shop sent" not in reply.body
        (back,) = re.findall(r'<a class="button primary" href="([^"]+)">Back to the payment</a>', reply.body)
        page.goto(stack.gateway + html.unescape(back))
        expect(page.locator("#CardNumber")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_b16_without_an_order_in_the_address_there_is_no_way_back(stack: RunningDemo) -> None:
    """B16: and what a shop posts is still the shop's."""
    body = call(f"{stack.gateway}/pay/pay.cfm?Language=EN", b"CardNumber=\xff").body
    assert "The form arrived damaged" in body
    assert "Back to the payment" not in body
    assert (
        "The shop sent an order with an error"
        in call(f"{stack.gateway}/pay/order.cfm", b"\xff", Accept_Language="en").body
    )
