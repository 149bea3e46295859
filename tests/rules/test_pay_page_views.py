"""B5, B6, B9, B15, B16, B18, P 12.8: what the pages of a payment show, without a browser."""
# ruff: noqa: RUF001  # Russian texts are Russian letters

from dataclasses import replace

import pytest

from oneclick.card import Brand
from oneclick.languages import Language, translated
from oneclick.one_click.consent import DELETE_CONSEQUENCE, DELETE_QUESTION, OFFERED_NEXT_TIME, ONLY_KEPT, OfferWords
from oneclick.web.answers import View
from oneclick.web.pay_page.form import read_form
from oneclick.web.pay_page.views import CardForm, Deadline, FullWallet, Problem, ResultPage, ShopReturn
from oneclick.web.rendering import STATIC_FOLDER
from support.views import (
    OFFER,
    RENDERER,
    Page,
    confirmation,
    declined_form,
    expired_card,
    form,
    html_of,
    order,
    question,
    result,
    stored,
    views,
)

HOSTILE = """"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}%(x)s"""
WEIGHT_MAX = 45_000


@pytest.mark.parametrize("language", list(Language))
def test_each_page_is_in_its_language_and_its_title_begins_with_the_state(language: Language) -> None:
    """B15: WCAG 2.2 AA asks for the language and for a title that tells."""
    order_ = order(language)
    states = {
        Language.EN: [
            *("Payment", "Not paid", "The card is deleted. Payment", "The payment didn't go through", "Confirmation"),
            *("The card is deleted. Confirmation", "Expired card", "Delete this card?", "Paid"),
            "The payment is being checked",
        ],
        Language.RU: [
            *("Оплата", "Не оплачено", "Карта удалена. Оплата", "Платёж не прошёл", "Подтверждение"),
            *("Карта удалена. Подтверждение", "Срок карты истёк", "Удалить эту карту?", "Оплачено"),
            "Проверяем платёж",
        ],
    }[language]
    shown: list[View] = [
        CardForm(order=order_, action="/pay", offer=None),
        form(language),
        CardForm(order=order_, action="/pay", offer=None, deleted=True),
        declined_form(language),
        replace(confirmation(language), problems={}, notice=None),
        replace(confirmation(language), problems={}, notice=None, deleted=True),
        replace(expired_card(language), notice=None),
        question(language),
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
    html = html_of(replace(form(Language.EN), offer=replace(OFFER, checked=checked)))
    (remember,) = Page(html).named("Remember")
    assert ("checked" in remember) is checked
    assert html.index('name="CardHolder"') < html.index('name="Remember"') < html.index("data-busy")


@pytest.mark.parametrize("preselected", [True, False])
def test_c6_a_ticked_box_posts_who_ticked_it(*, preselected: bool) -> None:
    """C6: as the page came, or as the payer chose."""
    page = Page(html_of(replace(form(Language.EN), offer=replace(OFFER, preselected=preselected))))
    fields = [(name, str(field["value"])) for name in ("Remember", "Preselected") for field in page.named(name)]
    assert fields == [("Remember", "1"), ("Preselected", "1")][: 1 + preselected]
    posted = read_form(fields)
    assert posted is not None
    assert (posted.remember, posted.preselected) == (True, preselected)


@pytest.mark.parametrize(
    "pairs",
    [[], [("Remember", "")], [("Remember", "0")], [("Remember", "yes")], [("Preselected", "1")]],
)
def test_b2_anything_else_than_a_yes_is_a_no(pairs: list[tuple[str, str]]) -> None:
    """B2."""
    posted = read_form(pairs)
    assert posted is not None
    assert (posted.remember, posted.preselected) == (False, False)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("words", [OFFERED_NEXT_TIME, ONLY_KEPT])
def test_the_offer_shows_the_words_that_are_recorded(words: OfferWords, language: Language) -> None:
    """C6: the consent's text is the text shown: what is kept, what is asked, how it is deleted."""
    html = html_of(replace(form(language), offer=replace(OFFER, **vars(words))), language)
    assert translated(words.label, language) in html
    assert translated(words.explanation, language) in html


@pytest.mark.parametrize(
    ("full", "words"),
    [
        (FullWallet(held=2, too_many=1, by_shop=False), "To keep another one, delete one first."),
        (FullWallet(held=3, too_many=2, by_shop=False), "To keep another one, delete 2 of them first."),
        (FullWallet(held=1, too_many=1, by_shop=True), "To keep another one, ask the shop to delete one first."),
        (FullWallet(held=4, too_many=3, by_shop=True), "To keep another one, ask the shop to delete 3 of them first."),
    ],
)
def test_b13_a_full_wallet_tells_how_many_cards_it_holds_and_how_many_must_go(full: FullWallet, words: str) -> None:
    """B11, B13: beside the offer, as a part of its description; a link to the cards only if deleting them helps."""
    html = html_of(replace(form(Language.EN), full=full))
    held = f"Cards saved: {full.held}. That is the most you can keep."
    assert f"{held} This one is kept only if it is one of them. {words}" in " ".join(html.split())
    (remember,) = Page(html).named("Remember")
    assert remember["aria-describedby"] == "Remember-text Remember-full"
    assert ("See the saved cards" in html) is not full.by_shop
    html = html_of(replace(form(Language.EN), full=full, offer=None))
    assert f"{held} {words}" in " ".join(html.split())
    assert Page(html).named("Remember") == []


def test_without_an_offer_nothing_is_asked() -> None:
    """A5, B13: no offer, no field."""
    assert Page(html_of(replace(form(Language.EN), offer=None))).named("Remember") == []


def test_the_confirmation_asks_the_cvc2_alone() -> None:
    """B5, B9: brand, last four digits and expiry are shown, one field is asked."""
    html = html_of(replace(confirmation(Language.EN), card=stored(Brand.AMEX, "card-1")))
    page = Page(html)
    assert page.named("CardNumber") == []
    assert 'id="CardNumber"' not in html
    assert {a["value"] for a in page.named("SavedCard") if a.get("type") == "hidden"} == {"card-1"}
    assert "07/31" in html
    assert "4 digits on the front" in html
    asked = [a["name"] for tag, a in page.tags if tag == "input" and a.get("type") != "hidden"]
    assert asked == ["CVC2"]


def test_another_card_is_chosen_from_a_list() -> None:
    """B6, B10: the customer's other cards, and "New card"; a GET form, so it works without a script."""
    html = html_of(confirmation(Language.EN))
    page = Page(html)
    assert [a["value"] for tag, a in page.tags if tag == "option"] == ["text", "card-3", "new"]
    assert ("form", {"method": "get", "action": "/pay?text"}) in page.tags
    assert page.named("text")[0]["value"] == "text"
    assert "•••• 1111 MIR, 07/31" in html


def test_where_a_new_card_is_the_only_choice_one_button_takes_it() -> None:
    """B6: the list is in the form all the same, for whoever reads the page by program."""
    view = confirmation(Language.EN)
    page = Page(html_of(replace(view, choice=replace(view.choice, cards=()))))
    assert [a["value"] for tag, a in page.tags if tag == "option"] == ["new"]
    assert "details" not in [tag for tag, _ in page.tags]
    assert ("div", {"hidden": None}) in page.tags


def test_a_card_is_deleted_by_a_form_of_its_own_after_the_one_that_pays() -> None:
    """B7: on the confirmation, and beside the name of an expired card, where its button stands in no form."""
    confirmed = html_of(confirmation(Language.EN))
    assert confirmed.index('action="/pay?text"') < confirmed.index('action="/delete?text"')
    assert {"type": "hidden", "name": "action", "value": "delete"} in Page(confirmed).named("action")
    html = html_of(form(Language.EN))
    tags = Page(html).tags
    assert ("button", {"class": "plain", "type": "submit", "form": "delete-1", "aria-describedby": "expired-1"}) in tags
    assert html.index("data-pay") < html.index('<form id="delete-1"')


@pytest.mark.parametrize("language", list(Language))
def test_the_question_before_a_deletion_shows_the_words_that_are_recorded(language: Language) -> None:
    """B7, B9, C6: what is erased, and what follows; brand and last four digits of the card, no field."""
    html = html_of(question(language), language)
    page = Page(html)
    assert translated(DELETE_QUESTION, language) in html
    assert translated(DELETE_CONSEQUENCE, language) in html
    assert {a["name"]: a["value"] for tag, a in page.tags if tag == "input"} == {
        "action": "delete-confirmed",
        "SavedCard": "text",
    }
    assert ("a", {"class": "button secondary", "href": "/pay?text"}) in page.tags


def test_an_expired_card_is_shown_as_such_and_asks_for_no_cvc2() -> None:
    """B10: it can't be paid with; the way to the new card is the first one."""
    html = html_of(expired_card(Language.EN))
    page = Page(html)
    assert "expired 07/31" in html
    assert page.named("CVC2") == []
    assert ("a", {"class": "button primary", "href": "/pay?text"}) in page.tags
    alone = expired_card(Language.EN)
    alone = replace(alone, choice=replace(alone.choice, cards=()))
    assert [a["class"] for tag, a in Page(html_of(alone)).tags if tag == "button"] == ["primary", "plain"]


def test_a_form_after_a_decline_is_the_next_attempt() -> None:
    """B16: the result stands above it and has the focus; it posts a new attempt, also with another card."""
    html = html_of(declined_form(Language.EN))
    page = Page(html)
    (alert,) = [a for _, a in page.tags if a.get("role") == "alert"]
    assert "autofocus" in alert
    assert "Info1_result" in [a.get("class") for _, a in page.tags]
    assert page.named("action")[0]["value"] == "retry"
    assert html.index('value="retry"') < html.index('name="CardNumber"')
    assert html.index("data-pay") < html.index('name="form1"')
    assert "value" not in page.named("CVC2")[0]


def test_the_deadline_stands_on_the_page_with_what_is_left_by_the_servers_clock() -> None:
    """E2: words for everybody; the script counts from the seconds, since a payer's clock may be wrong."""
    deadline = Deadline(machine="2026-11-24T11:35:00+00:00", clock="14:35", zone="Moscow time", left_s=1800, url="/r")
    view = replace(confirmation(Language.EN), order=replace(order(Language.EN), deadline=deadline))
    html = html_of(view)
    assert 'Pay by <time datetime="2026-11-24T11:35:00+00:00">14:35</time> Moscow time' in html
    assert [a["data-left-s"] for _, a in Page(html).tags if "data-left-s" in a] == ["1800"]
    plain = replace(view, order=replace(view.order, deadline=None))
    assert "Pay by" not in html_of(plain)


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


def test_a_payment_being_checked_offers_no_new_attempt() -> None:
    """B18: says not to pay again; asks again by a header, so nothing on the page reloads it."""
    html = html_of(ResultPage(order=order(Language.EN), outcome="checking", refresh_s=7))
    assert "Please don't pay again." in html
    assert "http-equiv" not in html
    assert Page(html).named("action") == []


def test_the_problem_of_a_cvc2_is_told_by_brand() -> None:
    """B14: American Express has four digits, the others three."""
    assert Problem.of_cvc2(Brand.AMEX).text(Language.EN) == "Enter the 4 digits from the front of the card."
    assert Problem.of_cvc2(Brand.MIR).text(Language.RU) == "Введите 3 цифры с оборота карты."
