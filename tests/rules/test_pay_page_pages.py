"""B1 to B18, D2, E2: which page an order gives its payer, and what stands on it. Values in, views out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oneclick.card import EntryMode
from oneclick.languages import Language
from oneclick.one_click.offer import NO_OFFER, Offer
from oneclick.one_click.participation import OneClickTerms
from oneclick.outcome import Reason
from oneclick.use_cases.payer.show_order import Stage
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import PostedForm, Problems
from oneclick.web.pay_page.pages import FormFeedback
from oneclick.web.pay_page.time_texts import clock_text, day_text, zone_text
from oneclick.web.pay_page.views import CardForm, Confirmation, ExpiredCard, FullWallet, Problem
from support.page_states import (
    AMEX,
    EXPIRED,
    FULL,
    MIR,
    NOTHING_KEPT,
    NOW,
    ONE,
    ONLY_EXPIRED,
    SAVED,
    SEVERAL,
    STORE_ONLY,
    TERMS,
    TYPED,
    VISA,
    asked,
    shown,
    with_life_left,
)

MIDNIGHT = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)  # in Moscow
PAID = {"state": "approved", "as_code": "AS000"}
STORED = {"entry_mode": EntryMode.ON_FILE, "remember": False}


@pytest.mark.parametrize(
    ("offer", "saved_card", "kind"),
    [
        (NOTHING_KEPT, "", CardForm),
        (NOTHING_KEPT, "no card's id", CardForm),
        (NO_OFFER, "", CardForm),
        (ONLY_EXPIRED, "", CardForm),
        (SEVERAL, "new", CardForm),
        (SEVERAL, "", Confirmation),
        (SEVERAL, "no card's id", Confirmation),
        (SEVERAL, str(EXPIRED.card_id), ExpiredCard),
        (ONLY_EXPIRED, str(EXPIRED.card_id), ExpiredCard),
    ],
)
def test_b5_b6_b10_the_offer_and_the_payers_choice_pick_the_page(offer: Offer, saved_card: str, kind: type) -> None:
    """B1, B5, B6, B10: a card to pay with gives the confirmation, none the full form; an expired one its own page."""
    assert type(pages.payment_page(shown(offer), asked(saved_card=saved_card))) is kind


def test_b5_b6_the_confirmation_shows_the_last_used_card_and_lists_the_others() -> None:
    """B6, B10: the other good cards first, expired ones at the end, marked as such; "new" is always there."""
    page = pages.payment_page(shown(SEVERAL), asked())
    assert isinstance(page, Confirmation)
    assert page.card.last4 == "1111"
    assert [(card.last4, card.expired) for card in page.choice.cards] == [("0004", False), ("4444", True)]
    assert (page.choice.method, page.choice.new) == ("get", True)
    assert page.choice.hidden == {"CFSID": "577.abc", "Language": "EN"}
    other = pages.payment_page(shown(SEVERAL), asked(saved_card=str(MIR.card_id)))
    assert isinstance(other, Confirmation)
    assert [card.last4 for card in other.choice.cards] == ["1111", "4444"]


def test_b2_a_no_goes_with_the_choice_of_another_card() -> None:
    """B2: what was declined once at this order isn't ticked again, whichever way leads to the form."""
    page = pages.payment_page(shown(SEVERAL), asked(declined_offer=True))
    assert isinstance(page, Confirmation)
    assert page.choice.hidden["Offer"] == "0"


def test_b1_an_answer_comes_from_the_full_form_alone() -> None:
    """B1: a stored card that is gone leads to the form with the offer as the merchant sets it."""
    for form, checked in ((SAVED, True), (replace(TYPED, remember=False), False), (TYPED, True)):
        page = pages.payment_page(shown(), asked(), FormFeedback(form))
        assert isinstance(page, CardForm)
        assert page.offer is not None
        assert page.offer.checked is checked


@pytest.mark.parametrize(
    ("change", "full"),
    [
        ({}, FullWallet(held=2, too_many=1, by_shop=False)),
        ({"held": 3, "too_many": 2}, FullWallet(held=3, too_many=2, by_shop=False)),
        ({"held": 4, "too_many": 3}, FullWallet(held=4, too_many=3, by_shop=True)),
        ({"held": 4, "too_many": 3, "expired": (EXPIRED,)}, FullWallet(held=4, too_many=3, by_shop=False)),
        ({"cards": ()}, FullWallet(held=2, too_many=1, by_shop=True)),
        ({"too_many": 0}, None),
    ],
)
def test_b13_a_full_wallet_is_told_in_place_of_the_offer_or_beside_it(
    change: dict[str, Any], full: FullWallet | None
) -> None:
    """B13: as many as there are; whose cards the page doesn't list, for it must make room, is sent to the shop."""
    page = pages.payment_page(shown(replace(FULL, **change)), asked(saved_card="new"))
    assert isinstance(page, CardForm)
    assert page.full == full
    assert page.offer is None
    page = pages.payment_page(shown(replace(FULL, **change | {"remember": True})), asked(saved_card="new"))
    assert isinstance(page, CardForm)
    assert page.full == full
    assert page.offer is not None
    assert not page.offer.checked
    listed = replace(FULL, **change).cards
    assert page.saved_cards_url == ("/pay/pay.cfm?CFSID=577.abc&Language=EN" if listed else None)


@pytest.mark.parametrize(
    ("declined_offer", "form", "expected"),
    [
        (False, None, (True, True)),  # the merchant's setting
        (True, None, (False, False)),  # an earlier "no"
        (False, replace(TYPED, preselected=True), (True, True)),  # left as it came, and so it comes back
        (True, TYPED, (True, False)),  # the payer's own "yes", and so it comes back
        (False, TYPED, (True, False)),
        (False, replace(TYPED, remember=False), (False, False)),
        (False, SAVED, (True, True)),  # no answer to the offer
    ],
)
def test_c6_b1_the_offer_knows_who_ticked_its_box(
    *, declined_offer: bool, form: PostedForm | None, expected: tuple[bool, bool]
) -> None:
    """B1, B2, C6: preselected is what the merchant ticked and the payer left, after an error and a decline too."""
    asks = asked(declined_offer=declined_offer)
    found = [pages.payment_page(shown(), asks, FormFeedback(form))]
    if form is not None:
        mode = EntryMode.ON_FILE if form.saved_card else EntryMode.TYPED
        declined = shown(stage=Stage.DECLINED, remember=form.remember, entry_mode=mode)
        found.append(pages.declined_page(declined, asks, form))
    for page in found:
        assert isinstance(page, CardForm)
        assert page.offer is not None
        assert (page.offer.checked, page.offer.preselected) == expected


def test_c6_where_yes_is_never_selected_beforehand_the_box_comes_empty() -> None:
    """B1, C6."""
    page = pages.payment_page(shown(replace(NOTHING_KEPT, preselected=False)), asked())
    assert isinstance(page, CardForm)
    assert page.offer is not None
    assert (page.offer.checked, page.offer.preselected) == (False, False)


@pytest.mark.parametrize("offer", [NO_OFFER, replace(ONE, remember=False, preselected=False)])
@pytest.mark.parametrize("declined_offer", [True, False])
def test_b2_nobody_said_no_where_there_was_no_offer(offer: Offer, *, declined_offer: bool) -> None:
    """A3, A5, B2: a decline of a guest's card, or at a shop that keeps none, leaves the answer as it was."""
    order = shown(offer, Stage.DECLINED, remember=False)
    asks = asked(declined_offer=declined_offer)
    page = pages.declined_page(order, asks, replace(TYPED, remember=False))
    retry = pages.result_page(order, asks).retry_action
    assert retry is not None
    assert ("Offer=0" in retry, "Offer=0" in page.action) == (declined_offer, declined_offer)


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (ONE, "The card that you chose is no longer here. Nothing was charged: you can pay with the one below."),
        (ONLY_EXPIRED, "The card that you chose is no longer here. Nothing was charged: enter a card."),
        (NOTHING_KEPT, "The card that you chose is no longer here. Nothing was charged: enter a card."),
    ],
)
def test_b7_that_the_chosen_card_is_gone_says_what_there_is_instead(offer: Offer, words: str) -> None:
    """B7: a good card stands below, or none does."""
    assert pages.notice(pages.CARD_GONE, shown(offer), Language.EN) == words
    assert isinstance(pages.payment_page(shown(offer), asked()), Confirmation if offer is ONE else CardForm)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (TERMS, "The card is saved: next time you'll only be asked for the CVC2."),
        (STORE_ONLY, "The card is saved."),
        (replace(TERMS, offer_after_payments=2), "The card is saved."),
    ],
)
def test_c6_a_kept_card_is_told_with_no_promise_that_the_next_order_breaks(terms: OneClickTerms, words: str) -> None:
    """A3, B13, C6."""
    paid = replace(shown(NO_OFFER, Stage.APPROVED, **PAID, kept_card_id=VISA.card_id), terms=terms)
    assert pages.result_page(paid, asked()).advice == words


@pytest.mark.parametrize("remember", [True, False])
def test_b10_b12_expired_cards_are_named_above_the_form(*, remember: bool) -> None:
    """B10, B11, B12: with a way to delete each; the update by itself is promised only where a card may be kept."""
    for offer in (ONLY_EXPIRED, SEVERAL):
        page = pages.payment_page(shown(replace(offer, remember=remember)), asked(saved_card="new"))
        assert isinstance(page, CardForm)
        assert page.expired is not None
        assert [card.last4 for card in page.expired.cards] == ["4444"]
        assert page.expired.updates is remember


def test_b7_the_question_keeps_the_way_back_to_the_card() -> None:
    """B7: "Keep the card" leads to that card's page; the answer is a POST."""
    page = pages.deletion_page(shown(SEVERAL), asked(saved_card=str(MIR.card_id)), MIR)
    assert page.card.last4 == "0004"
    assert page.keep_url == f"/pay/pay.cfm?CFSID=577.abc&SavedCard={MIR.card_id}&Language=EN"
    assert page.action == "/pay/pay.cfm?CFSID=577.abc&Language=EN"


def test_b7_that_a_card_was_deleted_is_said_once() -> None:
    """B7: on whichever page comes next; no address carries it on."""
    for offer, saved_card in ((NOTHING_KEPT, ""), (ONE, ""), (SEVERAL, str(EXPIRED.card_id))):
        page = pages.payment_page(shown(offer), asked(deleted=True, saved_card=saved_card))
        assert page.deleted
        assert "Deleted" not in page.order.other_language_url


def test_b16_after_a_decline_the_typed_card_is_back_but_for_the_cvc2() -> None:
    """B16: the form as it was, what happened, what helps, the way back to the shop; whatever it posts is a new try."""
    page = pages.declined_page(shown(SEVERAL, Stage.DECLINED), asked(), replace(TYPED, remember=False))
    assert isinstance(page, CardForm)
    assert (page.card_number, page.expiry, page.card_holder) == ("4111 1111 1111 1111", "12/31", "IVAN PETROV")
    assert page.offer is not None
    assert not page.offer.checked
    assert page.declined is not None
    assert page.declined.explanation == "There isn't enough money on the card."
    assert page.declined.advice == "Top up the card, or pay with another one."
    assert page.declined.shop_return is not None
    assert page.declined.shop_return.action == "https://shop.example/no?back=1&billnumber=577&ordernumber=BOOK-001042&"
    assert page.choice is not None
    assert (page.choice.method, page.choice.hidden, page.choice.new) == ("post", {"action": "retry"}, False)
    assert [card.last4 for card in page.choice.cards] == ["1111", "0004", "4444"]
    assert (page.saved_cards_url, page.expired) == (None, None)
    alone = pages.declined_page(shown(NOTHING_KEPT, Stage.DECLINED), asked(), TYPED)
    assert alone.choice is None


def test_b16_after_a_decline_a_stored_card_is_confirmed_again() -> None:
    """B16: the same card, no deletion; another one opens a new attempt. A wrong CVC2 is said as such."""
    payment = {"as_code": "AS101"} | STORED
    page = pages.declined_page(shown(SEVERAL, Stage.DECLINED, **payment), asked(), SAVED)
    assert isinstance(page, Confirmation)
    assert (page.card.last4, page.delete_action) == ("1111", None)
    assert (page.choice.method, page.choice.new) == ("post", True)
    assert page.declined is not None
    assert page.declined.advice == "Check the CVC2 and try again, or pay with another card."


def test_b16_a_declined_card_that_is_not_offered_any_more_gives_way_to_the_form() -> None:
    """B16, C4: a stolen card can't be tried again; no other card is shown in its place."""
    offer = replace(SEVERAL, cards=(MIR,))
    page = pages.declined_page(shown(offer, Stage.DECLINED, as_code="AS108", **STORED), asked(), SAVED)
    assert isinstance(page, CardForm)
    assert page.card_number == ""
    assert page.offer is not None
    assert page.offer.checked
    assert page.choice is not None
    assert [card.last4 for card in page.choice.cards] == ["0004", "4444"]


def test_b2_a_no_is_carried_over_a_decline() -> None:
    """B2, B16: by a typed card's answer; a stored card keeps the answer that was given before it."""
    no = shown(SEVERAL, Stage.DECLINED, remember=False)
    assert "Offer=0" in pages.declined_page(no, asked(), TYPED).action
    assert (
        "Offer=0" not in pages.declined_page(shown(SEVERAL, Stage.DECLINED), asked(declined_offer=True), TYPED).action
    )
    stored = shown(SEVERAL, Stage.DECLINED, **STORED)
    for before in (True, False):
        page = pages.declined_page(stored, asked(declined_offer=before), SAVED)
        assert ("Offer=0" in page.action) is before


def test_b3_the_result_says_that_the_card_is_kept_only_when_it_is() -> None:
    """B3: a "yes" alone keeps nothing, and a payment with a stored card says nothing of the kind."""
    kept = pages.result_page(shown(NO_OFFER, Stage.APPROVED, kept_card_id=VISA.card_id, **PAID), asked())
    assert kept.advice == "The card is saved: next time you'll only be asked for the CVC2."
    for payment in (PAID, PAID | STORED):
        assert pages.result_page(shown(NO_OFFER, Stage.APPROVED, **payment), asked()).advice is None


@pytest.mark.parametrize(("brand", "text"), [("MIR", "MIR •••• 1111"), ("Card", "Карта •••• 1111")])
def test_b9_the_result_names_the_card_by_its_brand_and_last_digits(brand: str, text: str) -> None:
    """B9: a brand that isn't told apart is a card, in the page's language."""
    page = pages.result_page(shown(NO_OFFER, Stage.APPROVED, brand=brand, **PAID), asked(Language.RU))
    assert page.card == text


@pytest.mark.parametrize(
    ("opens_in_h", "retry", "first"), [(-1, True, True), (0.25, True, False), (10, False, False), (None, False, False)]
)
def test_d2_a_reached_limit_offers_another_try_only_when_it_can_succeed(
    opens_in_h: float | None, *, retry: bool, first: bool
) -> None:
    """D1, D2: all cards count together, so there is none to be tried till the limit opens in the order's time."""
    opens = None if opens_in_h is None else NOW + timedelta(hours=opens_in_h)
    page = pages.result_page(shown(NO_OFFER, Stage.DECLINED, as_code="AS109", limit_opens_at=opens), asked())
    assert (page.retry_action is not None, page.retry_first) == (retry, first)
    assert page.explanation == "You have reached your payment limit at this shop."
    assert page.advice is not None
    assert "another card" not in page.advice


def test_d2_the_payer_reads_when_the_limit_opens_by_the_merchants_clock() -> None:
    """D2, D3: date, time and whose time it is; without a time, that waiting doesn't help."""
    order = shown(NO_OFFER, Stage.DECLINED, as_code="AS109", limit_opens_at=MIDNIGHT)
    english, russian = (pages.result_page(order, asked(language)).advice for language in (Language.EN, Language.RU))
    assert english == "You can pay again from 25 November, 00:00 Moscow time."
    assert russian == "Снова оплатить можно с 25 ноября, 00:00 по московскому времени."  # noqa: RUF001
    never = pages.result_page(shown(NO_OFFER, Stage.DECLINED, as_code="AS109"), asked())
    assert never.advice == "Your limit at this shop doesn't allow this payment, today or later. Please ask the shop."


@pytest.mark.parametrize(("doubt_s", "refresh_s"), [(0, 4), (59, 4), (60, 15), (3600, 15)])
def test_b18_a_payment_in_doubt_is_asked_for_again_more_slowly_with_time(doubt_s: int, refresh_s: int) -> None:
    """B18: it resolves by itself; an ended one is never asked for again."""
    sent_at = NOW - timedelta(seconds=doubt_s)
    doubtful = shown(NO_OFFER, Stage.CHECKING, state="unknown", as_code="AS300", sent_at=sent_at)
    assert pages.result_page(doubtful, asked()).refresh_s == refresh_s
    assert pages.result_page(shown(NO_OFFER, Stage.APPROVED, **PAID), asked()).refresh_s is None


def test_e2_the_deadline_is_told_by_the_merchants_clock_and_counted_by_ours() -> None:
    """E2: on each page from which can be paid, also after a decline; a result has none."""
    order = with_life_left(shown(SEVERAL), 125.4)
    for page in (
        pages.payment_page(order, asked()),
        pages.payment_page(order, asked(saved_card="new")),
        pages.payment_page(order, asked(saved_card=str(EXPIRED.card_id))),
        pages.deletion_page(order, asked(), VISA),
        pages.declined_page(with_life_left(shown(SEVERAL, Stage.DECLINED), 125.4), asked(), TYPED),
    ):
        deadline = page.order.deadline
        assert deadline is not None
        assert (deadline.clock, deadline.zone, deadline.left_s) == ("14:07", "Moscow time", 126)
        assert deadline.machine == "2026-11-24T11:07:05+00:00"
        assert deadline.url == "/pay/result.cfm?CFSID=577.abc&Language=EN"
    assert pages.result_page(shown(NO_OFFER, Stage.EXPIRED), asked()).order.deadline is None


def test_e2_a_moment_of_another_day_is_told_with_its_day() -> None:
    """D2, E2: an order that lives over midnight; zones that have no city are told by their distance to UTC."""
    assert clock_text(MIDNIGHT, NOW, "Europe/Moscow", Language.EN) == "25 November, 00:00"
    assert clock_text(MIDNIGHT, NOW, "Europe/London", Language.EN) == "21:00"
    assert day_text(MIDNIGHT, "Asia/Yekaterinburg", Language.EN) == "25 November, 02:00"
    assert zone_text(MIDNIGHT, "Asia/Yekaterinburg", Language.EN) == "Yekaterinburg time"
    assert zone_text(MIDNIGHT, "UTC", Language.EN) == "UTC"
    assert zone_text(MIDNIGHT, "Etc/GMT-3", Language.RU) == "UTC+03:00"


def test_b14_the_problem_of_a_stored_cards_cvc2_goes_by_its_brand() -> None:
    """B14: whatever the form could tell, an American Express card asks for four digits."""
    answered = FormFeedback(SAVED, Problems({"CVC2": Problem.CVC2_THREE}))
    page = pages.payment_page(shown(replace(ONE, cards=(AMEX,))), asked(), answered)
    assert page.problems == {"CVC2": "Enter the 4 digits from the front of the card."}  # type: ignore[union-attr]


def test_b16_a_refusal_of_the_rules_is_said_where_it_belongs() -> None:
    """B16: at the field, or above the form; any other reason is for a page of its own."""
    said = {reason: pages.feedback_on(reason, TYPED) for reason in Reason}
    assert {reason: feedback for reason, feedback in said.items() if feedback is not None} == {
        Reason.CARD_UNAVAILABLE: FormFeedback(TYPED, notice=pages.CARD_GONE),
        Reason.CARD_EXPIRED: FormFeedback(TYPED, Problems({"Expiry": Problem.EXPIRED})),
        Reason.CVC2_MALFORMED: FormFeedback(TYPED, Problems({"CVC2": Problem.CVC2_THREE})),
    }
    assert pages.feedback_on(Reason.CARD_EXPIRED, SAVED) == FormFeedback(SAVED, notice=pages.CARD_EXPIRED)
