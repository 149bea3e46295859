"""B5, B6, B9, B15, B16, B18, P 12.8: what the pages of a payment show, without a browser."""
# ruff: noqa: RUF001  # Russian texts are Russian letters

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from oneclick.card import Brand, Expiry
from oneclick.languages import Language, translated
from oneclick.money import Money
from oneclick.one_click.consent import EXPLANATION, LABEL
from oneclick.web.pay_page.views import (
    CardForm,
    Confirmation,
    Offer,
    OrderSummary,
    Problem,
    ResultPage,
    ShopReturn,
    StoredCard,
)
from oneclick.web.refusal_texts import RefusalPage
from oneclick.web.rendering import STATIC_FOLDER, Renderer

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}%(x)s"""
WEIGHT_MAX = 45_000

RENDERER = Renderer(https=True)
View = CardForm | Confirmation | ResultPage | RefusalPage


class Page(HTMLParser):
    """The start tags of a page with their attributes, and the text inside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
            self._inside = ""
        assert self._inside != "script" or not data.strip(), "a script inside the page"

    def named(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the fields of that name."""
        return [attributes for _tag, attributes in self.tags if attributes.get("name") == name]


def order(language: Language, text: str = "Books") -> OrderSummary:
    return OrderSummary(
        merchant_name=text,
        order_number=text,
        amount=Money(129000, "RUB"),
        comment=text,
        language=language,
        other_language_url=f"/pay/pay.cfm?CFSID={text}",
    )


def stored(brand: Brand = Brand.VISA, card_id: str = "card-1") -> StoredCard:
    return StoredCard(card_id=card_id, brand=brand, last4="1111", expiry=Expiry(2031, 7))


def form(language: Language, text: str = "text") -> CardForm:
    return CardForm(
        order=order(language, text),
        action=f"/pay?{text}",
        card_number=text,
        expiry=text,
        card_holder=text,
        offer=Offer(checked=True),
        problems={"CardNumber": text, "Expiry": text, "CardHolder": text, "CVC2": text},
        notice=text,
        saved_cards_url=f"/pay?{text}",
    )


def confirmation(language: Language, text: str = "text") -> Confirmation:
    return Confirmation(
        order=order(language, text),
        action=f"/pay?{text}",
        card=stored(card_id=text),
        other_cards=(stored(Brand.OTHER, text), stored(Brand.MIR, "card-3")),
        choose_action=f"/pay?{text}",
        choose_hidden={text: text},
        problems={"CVC2": text},
        notice=text,
    )


def result(language: Language, text: str = "text") -> ResultPage:
    return ResultPage(
        order=order(language, text),
        outcome="declined",
        title=text,
        explanation=text,
        advice=text,
        card=text,
        shop_return=ShopReturn(action=f"https://shop.example/?{text}", fields=((text, text),)),
        retry_action=f"/pay?{text}",
        refresh_s=5,
    )


def refusal(language: Language, text: str = "text") -> RefusalPage:
    return RefusalPage(
        language=language,
        code=text,
        title=text,
        explanation=text,
        advice=text,
        for_shop=text,
        other_language_url=f"/pay?{text}",
    )


def views(language: Language, text: str) -> list[View]:
    return [build(language, text) for build in (form, confirmation, result, refusal)]


def html_of(view: View, language: Language = Language.EN) -> str:
    return RENDERER.render(view.template, language, view)


@pytest.mark.parametrize("language", list(Language))
def test_each_page_is_in_its_language_and_its_title_begins_with_the_state(language: Language) -> None:
    """B15: WCAG 2.2 AA asks for the language and for a title that tells."""
    order_ = order(language)
    states = {
        Language.EN: ["Payment", "Not paid", "Confirmation", "Paid", "The payment is being checked"],
        Language.RU: ["Оплата", "Не оплачено", "Подтверждение", "Оплачено", "Проверяем платёж"],
    }[language]
    shown: list[View] = [
        CardForm(order=order_, action="/pay", offer=None),
        form(language),
        replace(confirmation(language), problems={}, notice=None),
        ResultPage(order=order_, outcome="approved"),
        ResultPage(order=order_, outcome="checking", refresh_s=3),
    ]
    for view, state in zip(shown, states, strict=True):
        page = Page(html_of(view, language))
        assert ("html", {"lang": language.lower()}) in page.tags
        assert page.title.startswith(f"{state} – ")


@pytest.mark.parametrize("language", list(Language))
def test_hostile_texts_stay_texts(language: Language) -> None:
    """B15: every text of an order, a card or a shop is escaped."""
    for view in views(language, HOSTILE):
        html = html_of(view, language)
        page = Page(html)
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "{{ 7*7 }}" in html
        assert [tag for tag, _ in page.tags].count("script") == 1


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(language: Language) -> None:
    """B15: a strict content security policy holds; all that is loaded is our own."""
    for view in views(language, "text"):
        for tag, attributes in Page(html_of(view, language)).tags:
            assert tag not in {"style", "iframe", "object", "base"}
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
            loaded = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
            assert loaded is None or loaded.startswith("/pay/static/")
            assert tag != "script" or attributes.get("src")


def test_a_page_and_all_it_loads_weigh_little() -> None:
    """B15: the weight of a first visit, nothing compressed."""
    static = sum(file.stat().st_size for file in STATIC_FOLDER.iterdir())
    for language in Language:
        for view in views(language, "text"):
            assert len(html_of(view, language).encode()) + static < WEIGHT_MAX


def test_static_addresses_change_with_the_content() -> None:
    """B15: a browser may keep what it has loaded."""
    address = RENDERER.static_url("page.css")
    assert address.startswith("/pay/static/page.css?v=")
    assert address == RENDERER.static_url("page.css")
    assert address.partition("?")[2] != RENDERER.static_url("page.js").partition("?")[2]


def test_the_form_gives_back_what_was_typed_but_never_the_cvc2() -> None:
    """B4, B16: after an error all is kept but the CVC2."""
    page = Page(html_of(replace(form(Language.EN), card_number="4111 1111", expiry="07/3", card_holder="I P")))
    values = {name: page.named(name)[0].get("value") for name in ("CardNumber", "Expiry", "CardHolder")}
    assert values == {"CardNumber": "4111 1111", "Expiry": "07/3", "CardHolder": "I P"}
    for shown in (page, Page(html_of(confirmation(Language.EN)))):
        (cvc2,) = shown.named("CVC2")
        assert "value" not in cvc2
        assert cvc2["autocomplete"] == "cc-csc"


def test_a_view_does_not_print_what_was_typed() -> None:
    """B9: no log shows a number."""
    assert "4111" not in repr(replace(form(Language.EN), card_number="4111", expiry="4111", card_holder="4111"))


def test_each_field_has_a_label_and_says_its_problem() -> None:
    """B15: by keyboard and screen reader: label, description, state, and a link from the list of problems."""
    page = Page(html_of(form(Language.EN)))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    labels = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    for name in ("CardNumber", "Expiry", "CVC2", "CardHolder"):
        (field,) = page.named(name)
        assert field["id"] == name
        assert field["aria-invalid"] == "true"
        assert set(str(field["aria-describedby"]).split()) <= ids
        assert name in labels
        assert f"#{name}" in links
    assert "Remember" in labels


@pytest.mark.parametrize("checked", [True, False])
def test_the_offer_stands_before_the_pay_button_with_its_answer(*, checked: bool) -> None:
    """B1: below the form, the answer selected beforehand by the merchant's setting."""
    html = html_of(replace(form(Language.EN), offer=Offer(checked=checked)))
    (remember,) = Page(html).named("Remember")
    assert remember["value"] == "1"
    assert ("checked" in remember) is checked
    assert html.index('name="CardHolder"') < html.index('name="Remember"') < html.index('type="submit"')


@pytest.mark.parametrize("language", list(Language))
def test_the_offer_shows_the_words_that_are_recorded(language: Language) -> None:
    """C6: the consent's text is the text shown: what is kept, what is asked, that it can be deleted."""
    html = html_of(form(language), language)
    assert translated(LABEL, language) in html
    assert translated(EXPLANATION, language) in html


def test_without_an_offer_nothing_is_asked() -> None:
    """A5, B13: no offer, no field."""
    assert Page(html_of(replace(form(Language.EN), offer=None))).named("Remember") == []


def test_the_confirmation_asks_the_cvc2_alone() -> None:
    """B5, B9: brand, last four digits and expiry are shown, one field is asked."""
    html = html_of(replace(confirmation(Language.EN), card=stored(Brand.AMEX, "card-1")))
    page = Page(html)
    assert page.named("CardNumber") == []
    assert 'id="CardNumber"' not in html
    assert [a["value"] for a in page.named("SavedCard") if a.get("type") == "hidden"] == ["card-1"]
    assert "07/31" in html
    assert "4 digits on the front" in html
    asked = [a["name"] for tag, a in page.tags if tag == "input" and a.get("type") != "hidden"]
    assert asked == ["CVC2"]


def test_another_card_is_chosen_from_a_list() -> None:
    """B6: the customer's other cards, and "New card"; a GET form, so it works without a script."""
    page = Page(html_of(replace(confirmation(Language.EN), choose_hidden={"CFSID": "abc"})))
    assert [a["value"] for tag, a in page.tags if tag == "option"] == ["text", "card-3", "new"]
    assert ("form", {"method": "get", "action": "/pay?text"}) in page.tags
    assert page.named("CFSID")[0]["value"] == "abc"


def test_the_way_back_carries_bill_and_order() -> None:
    """P 4.1, P 12.8: ``form1`` holds the address as shops look for it, and repeats the query as fields."""
    back = ShopReturn.of("https://shop.example/ok?lang=ru#top", "577.1", "A.1 ж~")
    assert back.action == "https://shop.example/ok?lang=ru&billnumber=577.1&ordernumber=A%2E1+%D0%B6%7E&"
    assert back.fields == (("lang", "ru"), ("billnumber", "577.1"), ("ordernumber", "A.1 ж~"))
    plain = ShopReturn.of("https://shop.example/ok", "577.1", "A-1_b")
    assert plain.action == "https://shop.example/ok?billnumber=577.1&ordernumber=A-1_b&"
    page = Page(html_of(replace(result(Language.EN), shop_return=plain)))
    (form1,) = page.named("form1")
    assert (form1["method"], form1["action"]) == ("get", plain.action)
    assert page.named("billnumber")[0]["value"] == "577.1"
    assert "Info1_result" in [a.get("class") for _, a in page.tags]


def test_after_a_decline_the_payer_can_try_again() -> None:
    """B16: a new attempt, by a POST form."""
    page = Page(html_of(result(Language.EN)))
    assert ("form", {"method": "post", "action": "/pay?text"}) in page.tags
    assert page.named("action") == [{"type": "hidden", "name": "action", "value": "retry"}]


def test_a_payment_being_checked_resolves_by_itself() -> None:
    """B18: says not to pay again, comes back by itself with and without a script, offers no new attempt."""
    html = html_of(ResultPage(order=order(Language.EN), outcome="checking", refresh_s=7))
    page = Page(html)
    assert "Please don't pay again." in html
    assert '<noscript><meta http-equiv="refresh" content="7"></noscript>' in html
    assert [a["data-refresh-s"] for _, a in page.tags if "data-refresh-s" in a] == ["7"]
    assert page.named("action") == []


def test_the_problem_of_a_cvc2_is_told_by_brand() -> None:
    """B14: American Express has four digits, the others three."""
    assert Problem.of_cvc2(Brand.AMEX).text(Language.EN) == "Enter the 4 digits from the front of the card."
    assert Problem.of_cvc2(Brand.MIR).text(Language.RU) == "Введите 3 цифры с оборота карты."
