"""B15, B16, E2: what stands on the pages is what the shop meant, whole, and it says what became of the money."""

from dataclasses import replace
from typing import Any

import pytest

from oneclick.invisible import visible
from oneclick.languages import Language, money_parts, money_text
from oneclick.money import Money
from oneclick.one_click.offer import NO_OFFER
from oneclick.use_cases.payer.show_order import ShownOrder, Stage
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import Problems
from oneclick.web.pay_page.pages import FormFeedback
from oneclick.web.pay_page.time_texts import zone_text
from oneclick.web.pay_page.views import CardForm, Problem
from support.page_states import NOW, SAVED, SEVERAL, TYPED, asked, shown
from support.views import html_of

NO_BREAK = "\N{NO-BREAK SPACE}"


def with_order(order: ShownOrder, **changed: Any) -> ShownOrder:  # noqa: ANN401  # whatever the order differs in
    return replace(order, order=replace(order.order, **changed))


def comment(text: str) -> str:
    order = with_order(shown(), parameters={"OrderComment": text})
    return pages.payment_page(order, asked()).order.comment


@pytest.mark.parametrize(
    ("money", "language", "parts"),
    [
        (Money(12345678, "RUB"), Language.EN, ("RUB ", "123,456.78", "")),
        (Money(999_999_999_999, "RUB"), Language.RU, ("", f"9{NO_BREAK}999{NO_BREAK}999{NO_BREAK}999,99", " ₽")),
        (Money(5, "USD"), Language.EN, ("US$", "0.05", "")),
        (Money(5, "JPY"), Language.EN, ("JP¥", "5", "")),
    ],
)
def test_b15_an_amount_may_break_beside_its_number_and_never_in_it(
    money: Money, language: Language, parts: tuple[str, str, str]
) -> None:
    """B15: the parts together are the amount; the number is one of them."""
    assert money_parts(money, language) == parts
    assert "".join(parts).replace(" ", NO_BREAK) == money_text(money, language)


@pytest.mark.parametrize(
    ("amount_minor", "css"), [(129000, "sum"), (12345678, "sum long"), (999_999_999_999, "sum longest")]
)
def test_b15_a_long_amount_is_written_smaller(amount_minor: int, css: str) -> None:
    """B15: above, and on the button."""
    html = html_of(pages.payment_page(with_order(shown(), amount_minor=amount_minor), asked()))
    assert html.count(f'<span class="{css}">RUB <span class="number">') == 2


def test_b15_a_comment_is_shown_from_its_beginning_also_without_a_space() -> None:
    """B15: white space counts once, and 160 characters are enough; the shop gets all of it back."""
    assert comment("  The book\n\t “Tea”  ") == "The book “Tea”"
    assert comment("x" * 160) == "x" * 160
    assert comment("x" * 161) == "x" * 159 + "…"
    assert comment(f"{'x' * 158} {'y' * 20}") == "x" * 158 + "…"


def test_b15_nothing_turns_round_or_hides_what_the_payer_reads() -> None:
    """B15: of a comment the controls of direction aren't shown; every text of a shop has a direction of its own."""
    assert comment("Book \u202e00.1 BUR\u202c\u200b!") == "Book 00.1 BUR!"
    order = with_order(shown(), order_number="א-1", parameters={"OrderComment": "שלום"})
    order = replace(order, merchant=replace(order.merchant, name="«פרח»"))
    html = html_of(pages.payment_page(order, asked()))
    for text in ("«פרח»", "א-1", "שלום"):
        assert f"<bdi>{text}</bdi>" in html
    assert '<span class="monogram" aria-hidden="true">פ</span>' in html


def test_b15_what_nobody_sees_is_left_out_and_all_else_stays() -> None:
    """B15: emoji and letters of any language are seen."""
    for sign in "\u061c\u200b\u200f\u2028\u202a\u202e\u2060\u2066\u2069\ufeff\u3164":
        assert visible(f"a{sign}b") == "ab"
    for text in ("Чай ☕ 茶", "e\u0301", "a\N{NO-BREAK SPACE}b", "👍🏽"):
        assert visible(text) == text


@pytest.mark.parametrize(
    ("time_zone", "russian", "english"),
    [
        ("Europe/Moscow", "по московскому времени", "Moscow time"),
        ("Europe/Samara", "(время: Самара)", "Samara time"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_e2_whose_clock_it_is_reads_on_from_the_time(time_zone: str, russian: str, english: str) -> None:
    """E2: «Оплатите до 14:35 по московскому времени»."""
    assert [zone_text(NOW, time_zone, language) for language in (Language.RU, Language.EN)] == [russian, english]


def test_e2_the_time_left_does_not_read_as_another_clock() -> None:
    """E2: the script fills the number in; the words around it are the page's."""
    english = html_of(pages.payment_page(shown(), asked()))
    russian = html_of(pages.payment_page(shown(), asked(Language.RU)), Language.RU)
    assert '</time> Moscow time<span class="left" aria-hidden="true" hidden>, <span><strong></strong> left<' in english
    assert "</time> по московскому времени<" in russian
    assert "<span>осталось <strong></strong><" in russian


def test_b6_b10_in_the_list_of_cards_the_digits_come_first_and_expired_ones_last() -> None:
    """B6, B10: a narrow list cuts the end off."""
    html = html_of(pages.payment_page(shown(SEVERAL), asked()))
    options = html[html.index("<select") : html.index("</select>")]
    assert ">•••• 0004 MIR, 12/31<" in options
    assert options.index('value="new"') < options.index('<optgroup label="Expired">')
    assert options.index("<optgroup") < options.index(">•••• 4444 MasterCard, 10/26<") < options.index("</optgroup>")
    alone = html_of(pages.payment_page(shown(replace(SEVERAL, expired=())), asked()))
    assert "optgroup" not in alone


@pytest.mark.parametrize(("as_code", "again"), [("AS101", True), ("AS102", False), ("AS108", False)])
def test_b16_the_cvc2_is_asked_again_only_where_it_may_have_been_wrong(as_code: str, *, again: bool) -> None:
    """B16: a stolen card isn't helped by another CVC2."""
    html = html_of(pages.declined_page(shown(stage=Stage.DECLINED, as_code=as_code), asked(), TYPED))
    assert ("Enter the CVC2 again" in html) is again


def test_b16_every_end_without_a_payment_says_that_nothing_was_charged() -> None:
    """B16, E2: a decline, with its form or on the result page, and an order whose time is over."""
    for language, words in ((Language.EN, "Nothing was charged."), (Language.RU, "Деньги не списаны.")):
        declined = shown(stage=Stage.DECLINED)
        for view in (
            pages.declined_page(declined, asked(language), TYPED),
            pages.declined_page(shown(SEVERAL, Stage.DECLINED), asked(language), SAVED),
            pages.result_page(declined, asked(language)),
            pages.result_page(shown(NO_OFFER, Stage.EXPIRED), asked(language)),
        ):
            html = html_of(view, language)
            assert words in html.partition("<main>")[2].partition("<template")[0]
        for stage in (Stage.APPROVED, Stage.CHECKING, Stage.CANCELED):
            assert words not in html_of(pages.result_page(shown(NO_OFFER, stage), asked(language)), language)


def test_b18_a_payment_that_was_reversed_tells_what_becomes_of_the_hold() -> None:
    """B16, B18: a fault is declined after its reversal, and the bank may show the money as held for a while."""
    for retryable in (True, False):
        order = replace(shown(NO_OFFER, Stage.DECLINED, as_code="AS998"), retryable=retryable)
        advice = pages.result_page(order, asked()).advice
        assert advice is not None
        assert advice.startswith("If the bank shows the amount as held, it will be released by itself. ")
    assert "held" not in str(pages.result_page(shown(NO_OFFER, Stage.DECLINED), asked()).advice)


def test_b16_a_form_that_comes_back_says_that_its_cvc2_did_not() -> None:
    """B4, B16: where only other fields were wrong, or the bank was away; not where nothing had been typed."""
    line = """<a href="#CVC2">Enter the CVC2 again: it isn't stored.</a>"""

    def form(answered: FormFeedback | None = None) -> str:
        page = pages.payment_page(shown(), asked(), answered)
        assert isinstance(page, CardForm)
        return html_of(page)

    assert line in form(FormFeedback(TYPED, Problems({"Expiry": Problem.EXPIRED})))
    assert line in form(FormFeedback(TYPED, notice="The bank is away."))
    assert line not in form(FormFeedback(TYPED, Problems({"CVC2": Problem.CVC2_THREE})))
    assert line not in form(FormFeedback(notice="This card is gone."))
    assert line not in form()


def test_b18_the_page_of_a_payment_in_doubt_can_be_told_to_stand_still() -> None:
    """B18, WCAG 2.2.2: who reads slowly stops the reloading, and starts it again."""
    doubtful = shown(NO_OFFER, Stage.CHECKING, state="unknown", as_code="AS300")
    moving, still = (pages.result_page(doubtful, asked(still=still)) for still in (False, True))
    assert (moving.refresh_s, moving.stillness_url) == (4, "/pay/result.cfm?CFSID=577.abc&Language=EN&Refresh=0")
    assert (still.refresh_s, still.stillness_url) == (None, "/pay/result.cfm?CFSID=577.abc&Language=EN")
    assert still.order.other_language_url.endswith("Language=RU&Refresh=0")
    assert ">Stop automatic checks</a>" in html_of(moving)
    assert "The result will appear on this page by itself." in html_of(moving)
    assert ">Check automatically again</a>" in html_of(still)
    assert "by itself" not in html_of(still)
    assert "automatic" not in html_of(pages.result_page(shown(NO_OFFER, Stage.DECLINED), asked()))


def test_b15_the_language_is_switched_at_the_top() -> None:
    """B15: before all else, on every page of an order."""
    for view in (pages.payment_page(shown(), asked()), pages.result_page(shown(NO_OFFER, Stage.APPROVED), asked())):
        html = html_of(view)
        assert html.index('<a class="language"') < html.index('class="amount"') < html.index("<main>")
        assert html.count('hreflang="ru"') == 1
