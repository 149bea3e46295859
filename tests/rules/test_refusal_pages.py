"""B15, B16: a refusal speaks the payer's language, can be switched, and leads back to the order where there is one."""

import pytest
from starlette.requests import Request

from oneclick.assist.codes import CODES, Codes, FirstCode, SecondCode
from oneclick.assist.refusal_texts import Refusing, refusal_texts
from oneclick.languages import Language
from oneclick.outcome import Reason
from oneclick.web.answers import (
    Answers,
    RefusedRequest,
    browser_language,
    order_url,
    other_language_url,
    page_language,
)
from oneclick.web.rendering import Renderer

EN, RU = Language.EN, Language.RU
ANSWERS = Answers(Renderer(https=True))


def request(query: str = "", method: str = "GET", wished: str | None = None) -> Request:
    headers = [] if wished is None else [(b"accept-language", wished.encode())]
    return Request({"type": "http", "method": method, "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        (None, RU),
        ("", RU),
        ("*", RU),
        ("ru", RU),
        ("RU-ru,en;q=0.9", RU),
        ("be,en;q=0.5", RU),
        ("en-GB,en;q=0.9,ru;q=0.8", EN),
        ("uk-UA,uk;q=0.9,ru;q=0.8,en-US;q=0.7", RU),
        ("kk,en;q=0.7,ru;q=0.8", RU),
        ("ru;q=0.1, en; q=1.0", EN),
        ("de-DE,de;q=0.9", EN),
        ("de,ru;q=0", EN),
        ("en,ru", EN),
        ("ru,en", RU),
        ("fr;q=x,ru;q=nonsense", RU),
        (";;q=,,,en", EN),
    ],
)
def test_b15_the_browsers_wish_is_read_by_its_weights(wished: str | None, language: Language) -> None:
    """B15, RFC 9110, 12.5.4: the first of the two that it wishes most; English if it wishes neither."""
    assert browser_language(request(wished=wished)) is language


def test_b15_the_address_says_the_language_before_the_browser_does() -> None:
    """B15: what can't be read says nothing."""
    assert page_language(request("CFSID=1.x&language=en", wished="ru")) is EN
    assert page_language(request("Language=FR", wished="en")) is EN
    assert page_language(request("Language=%FF", wished="en")) is EN


def test_b15_a_refusal_is_switched_at_its_own_address() -> None:
    """B15: the order's name goes along, and nothing else that somebody wrote there; what was posted can't."""
    assert other_language_url(request("CFSID=1.x&CardNumber=4&Language=EN"), EN) == "?CFSID=1.x&Language=RU"
    assert other_language_url(request(), RU) == "?Language=EN"
    assert other_language_url(request("CFSID=1.x", method="POST"), RU) is None


def test_b16_the_way_back_to_the_order_is_there_if_the_address_names_one() -> None:
    """B16: in the language that was chosen."""
    assert order_url(request("CFSID=1.x%2B&Language=ru", "POST"), "/pay") == "/pay?CFSID=1.x%2B&Language=RU"
    for nothing in ("Language=RU", "CFSID=", f"CFSID={'x' * 201}", "CFSID=%22", "CFSID=1%00"):
        assert order_url(request(nothing), "/pay") is None


def test_b16_a_payers_broken_form_is_not_the_shops_fault() -> None:
    """B16: the same code, other words, and the way back."""
    codes = Codes(FirstCode.FORMAT, SecondCode.DOCUMENT_TOO_LARGE)
    titles = {kind: refusal_texts(codes, EN, kind).title for kind in Refusing}
    assert titles == {
        Refusing.ORDER: "The shop sent an order with an error",
        Refusing.FORM: "The form arrived damaged",
        Refusing.LINK: "The payment page can't be opened",
    }
    back = RefusedRequest(refusing=Refusing.FORM, order_url="/pay/result.cfm?CFSID=1.x")
    page = bytes(ANSWERS.refusal(codes, EN, request=back).body).decode()
    assert "Nothing was charged." in page
    assert '<a class="button primary" href="/pay/result.cfm?CFSID=1.x">Back to the payment</a>' in page
    assert "Back to the payment" not in bytes(ANSWERS.refusal(codes, EN).body).decode()


def test_b15_a_refusal_may_be_framed_by_a_known_merchant_alone() -> None:
    """B15: as every page of its orders."""
    codes = Codes(FirstCode.FORMAT, SecondCode.AMOUNT)
    for framed_by, expected in ((), "'none'"), (("https://shop.example",), "https://shop.example"):
        answer = ANSWERS.refusal(codes, EN, request=RefusedRequest(framed_by=framed_by))
        assert f"frame-ancestors {expected};" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_b16_each_reason_has_a_page_of_its_own_codes(reason: Reason, language: Language) -> None:
    """B16: whatever a rule refuses with, also what was added today, a payer reads a page and not an error."""
    answer = ANSWERS.refusal(CODES[reason], language, status=422)
    assert (answer.status_code, answer.headers["errorid"]) == (422, str(CODES[reason]))
    assert str(CODES[reason]) in bytes(answer.body).decode()
