"""A1, A3, A5, B1, B5, B6, B10, B13, C3, C4: who takes part, what the page offers, what a card may do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from oneclick.card import Brand, Cvc2, Expiry
from oneclick.languages import Language, translated
from oneclick.one_click.consent import OFFERED_NEXT_TIME, ONLY_KEPT, OfferWords, consent_text, offer_words
from oneclick.one_click.eligibility import (
    Payer,
    is_offered,
    may_keep,
    may_pay_with_stored,
    refuse_card,
    refuse_order,
)
from oneclick.one_click.offer import NO_OFFER, StoredCard, offer_for
from oneclick.one_click.participation import Mode, OneClickTerms, taking_part
from oneclick.one_click.statuses import CardStatus, CustomerStatus
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import OrderState

TODAY = date(2031, 7, 15)
PAYER = Payer("c", CustomerStatus.MEMBER)
GUEST = Payer(None, None)
NOON = datetime(2031, 7, 15, 12, tzinfo=UTC)


def terms(
    mode: Mode = Mode.STANDARD, *, enabled: bool = True, preselected: bool = True, guests: bool = False
) -> OneClickTerms:
    return OneClickTerms(enabled=enabled, mode=mode, consent_preselected=preselected, guest_orders=guests)


def card(number: int, expires_on: date, days_ago: int, payments: int = 1) -> StoredCard:
    mask = f"411111******{number:04}"
    last = NOON - timedelta(days=days_ago)
    return StoredCard(UUID(int=number), CardStatus.MEMBER, Brand.VISA, mask, expires_on, last, payments)


NEW = card(1, date(2033, 1, 31), 9)
LAST_USED = card(2, date(2031, 7, 31), 1)
EXPIRED = card(3, date(2031, 6, 30), 0)
OLDEST = card(4, date(2032, 1, 31), 300)
CARDS = [NEW, EXPIRED, OLDEST, LAST_USED]


@pytest.mark.parametrize("customer", ["c", None])
@pytest.mark.parametrize("guests", [True, False])
def test_a1_a_merchant_that_is_switched_off_has_no_customers(customer: str | None, guests: bool) -> None:  # noqa: FBT001
    """A1: the order is a plain payment, whatever it carries."""
    assert taking_part(terms(enabled=False, guests=guests), customer) is None


@pytest.mark.parametrize("mode", Mode)
def test_a5_an_order_without_a_customer_is_refused_unless_guests_may_pay(mode: Mode) -> None:
    """A5: our own no, with its reason."""
    assert taking_part(terms(mode), None) == Refused(Reason.CUSTOMER_REQUIRED)
    assert taking_part(terms(mode, guests=True), None) is None
    assert taking_part(terms(mode, guests=True), "c") == taking_part(terms(mode), "c") == "c"


@pytest.mark.parametrize(
    ("mode", "pays_with_stored", "keeps"),
    [(Mode.STANDARD, True, True), (Mode.STORED_ONLY, True, False), (Mode.STORE_ONLY, False, True)],
)
def test_a3_a_mode_says_whether_cards_are_kept_and_offered(mode: Mode, pays_with_stored: bool, keeps: bool) -> None:  # noqa: FBT001
    """A3: standard, stored-only, store-only; never for a guest (A5), never switched off (A1)."""
    assert may_pay_with_stored(terms(mode), PAYER) is pays_with_stored
    assert may_keep(terms(mode), PAYER) is keeps
    offer = offer_for(terms(mode), PAYER, CARDS, TODAY)
    assert bool(offer.cards) is pays_with_stored
    assert (offer.remember, offer.preselected) == (keeps, keeps)
    for other_terms, nobody in (terms(mode, guests=True), GUEST), (terms(mode, enabled=False), PAYER):
        assert not may_pay_with_stored(other_terms, nobody)
        assert not may_keep(other_terms, nobody)
        empty = offer_for(other_terms, nobody, CARDS, TODAY)
        assert empty == NO_OFFER


def test_b1_yes_is_selected_beforehand_unless_the_merchant_turns_that_off() -> None:
    """B1: the offer itself stays."""
    for preselected in (True, False):
        offer = offer_for(terms(preselected=preselected), PAYER, [], TODAY)
        assert (offer.cards, offer.remember, offer.preselected) == ((), True, preselected)


def test_b5_the_card_last_used_comes_first() -> None:
    """B5, B6: then the others, the latest first."""
    assert offer_for(terms(), PAYER, CARDS, TODAY).cards == (LAST_USED, NEW, OLDEST)
    assert offer_for(terms(), PAYER, CARDS[::-1], TODAY).cards == (LAST_USED, NEW, OLDEST)


def test_b10_an_expired_card_is_not_offered_to_pay_with() -> None:
    """B10: good through the last day of its month, not a day longer."""
    assert offer_for(terms(), PAYER, [LAST_USED], date(2031, 7, 31)).cards == (LAST_USED,)
    late = offer_for(terms(), PAYER, [LAST_USED], date(2031, 8, 1))
    assert (late.cards, late.expired) == ((), (LAST_USED,))  # shown as expired
    aged = replace(EXPIRED, status=CardStatus.EXPIRED)
    for expired in (EXPIRED, aged):  # by its date: the status follows a little later
        offer = offer_for(terms(), PAYER, [expired, NEW], TODAY)
        assert (offer.cards, offer.expired) == ((NEW,), (expired,))


def test_b13_a_card_is_offered_after_so_many_successful_payments() -> None:
    """B13: the setting is the least number; one by default."""
    cards = [replace(NEW, payments=number) for number in (1, 2, 3, 4)]
    assert [card.payments for card in offer_for(terms(), PAYER, cards, TODAY).cards] == [1, 2, 3, 4]
    third = replace(terms(), offer_after_payments=3)
    assert [card.payments for card in offer_for(third, PAYER, cards, TODAY).cards] == [3, 4]
    assert not is_offered(third, CardStatus.MEMBER, 2)
    assert is_offered(third, CardStatus.MEMBER, 3)


def test_b11_b13_a_full_wallet_offers_to_keep_a_reissued_card_alone() -> None:
    """B11, B13: every card that is held counts, expired and blocked ones too; an expired one may come re-issued."""
    two = replace(terms(), cards_max=2)
    stolen = replace(OLDEST, status=CardStatus.FRAUD)
    for held, expected in (
        ([], (False, True, True)),
        ([NEW], (False, True, True)),
        ([NEW, LAST_USED], (True, False, False)),
        ([NEW, stolen], (True, False, False)),
        ([NEW, EXPIRED], (True, True, False)),
    ):
        offer = offer_for(two, PAYER, held, TODAY)
        assert (offer.full, offer.remember, offer.preselected) == expected
    store_only = offer_for(replace(two, mode=Mode.STORE_ONLY), PAYER, [NEW, EXPIRED], TODAY)
    assert (store_only.full, store_only.remember) == (True, False)  # no expired card is shown there
    stored_only = replace(two, mode=Mode.STORED_ONLY)
    assert not offer_for(stored_only, PAYER, [NEW, EXPIRED], TODAY).full  # nothing is kept there anyway


@pytest.mark.parametrize(("cards_max", "too_many"), [(1, 4), (3, 2), (4, 1), (5, 0), (10, 0)])
def test_b13_what_is_held_and_what_must_go_is_counted(cards_max: int, too_many: int) -> None:
    """A9, B13: at a shop with fewer places than the base's other one, a customer may hold more cards than fit."""
    stolen = replace(OLDEST, card_id=UUID(int=5), status=CardStatus.FRAUD)
    for mode in (Mode.STANDARD, Mode.STORE_ONLY):
        offer = offer_for(replace(terms(mode), cards_max=cards_max), PAYER, [NEW, EXPIRED, LAST_USED, stolen], TODAY)
        assert (offer.held, offer.too_many) == (4, too_many)


@pytest.mark.parametrize("status", [None, *CustomerStatus])
def test_c3_c4_who_is_opted_out_or_blocked_is_offered_nothing(status: CustomerStatus | None) -> None:
    """C3, C4: Deny and Fraud have no stored cards, no offer, and keep nothing; all others do."""
    payer = Payer("c", status)
    takes_part = status not in {CustomerStatus.DENY, CustomerStatus.FRAUD}
    assert may_keep(terms(), payer) is may_pay_with_stored(terms(), payer) is takes_part
    offer = offer_for(terms(), payer, CARDS, TODAY)
    assert (offer == NO_OFFER) is not takes_part


def test_c4_a_blocked_card_is_neither_offered_nor_shown() -> None:
    """C4: whatever its date."""
    stolen = [replace(card, status=CardStatus.FRAUD) for card in CARDS]
    offer = offer_for(terms(), PAYER, stolen, TODAY)
    assert (offer.cards, offer.expired) == ((), ())
    assert not is_offered(terms(), CardStatus.FRAUD, 9)
    assert not is_offered(terms(), CardStatus.DELETED, 9)


def test_b9_a_stored_card_shows_four_digits_and_its_month() -> None:
    """B9."""
    assert (LAST_USED.last4, LAST_USED.expiry) == ("0002", Expiry(2031, 7))


@pytest.mark.parametrize(
    ("brand", "expiry", "cvc2", "reason"),
    [
        (Brand.VISA, Expiry(2031, 7), "123", None),
        (Brand.VISA, Expiry(2031, 6), "123", Reason.CARD_EXPIRED),
        (Brand.VISA, Expiry(2031, 6), "1234", Reason.CARD_EXPIRED),
        (Brand.VISA, Expiry(2031, 7), "1234", Reason.CVC2_MALFORMED),
        (Brand.AMEX, Expiry(2031, 7), "123", Reason.CVC2_MALFORMED),
        (Brand.AMEX, Expiry(2031, 7), "1234", None),
        (Brand.OTHER, Expiry(2031, 7), "123", None),
    ],
)
def test_b14_a_card_pays_with_its_month_not_over_and_a_cvc2_of_its_length(
    brand: Brand, expiry: Expiry, cvc2: str, reason: Reason | None
) -> None:
    """B10, B14."""
    refused = refuse_card(brand, expiry, Cvc2(cvc2), TODAY)
    assert refused == (Refused(reason) if reason else None)


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("left_s", [-1, 0, 1])
def test_e2_only_an_order_in_process_and_in_time_can_be_paid(state: OrderState, left_s: int) -> None:
    """E2: from the very second on which its time ends."""
    refused = refuse_order(state, NOON + timedelta(seconds=left_s), NOON)
    payable = state is OrderState.IN_PROCESS and left_s > 0
    assert refused == (None if payable else Refused(Reason.ORDER_OVER))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("merchants", "words"),
    [
        (terms(), OFFERED_NEXT_TIME),
        (terms(preselected=False), OFFERED_NEXT_TIME),
        (terms(Mode.STORE_ONLY), ONLY_KEPT),
        (replace(terms(), offer_after_payments=2), ONLY_KEPT),
        (replace(terms(), offer_after_payments=100), ONLY_KEPT),
    ],
)
def test_c6_the_consent_is_the_offers_whole_text_in_the_payers_language(
    merchants: OneClickTerms, words: OfferWords, language: Language
) -> None:
    """C6: what the page shows is what is recorded."""
    assert offer_words(merchants) == words
    text = consent_text(merchants, language)
    assert text == f"{translated(words.label, language)}. {translated(words.explanation, language)}"
    assert ("имя" if language is Language.RU else "encrypted") in text


@pytest.mark.parametrize("mode", [Mode.STANDARD, Mode.STORE_ONLY])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_c6_a3_b7_b13_the_consent_promises_what_the_next_order_will_show(mode: Mode, after: int) -> None:
    """A3, B7, B13, C6: one click and deletion on the page are promised where the card is offered, and nowhere else."""
    merchants = replace(terms(mode), offer_after_payments=after)
    next_time = offer_for(merchants, PAYER, [NEW], TODAY).cards == (NEW,)
    assert next_time is (mode is Mode.STANDARD and after == 1)
    for language, promised in {
        Language.EN: ["for next time", "Next time you'll only be asked", "delete the card on this page"],
        Language.RU: ["для следующих покупок", "понадобится только CVC2", "на этой странице"],
    }.items():
        text = consent_text(merchants, language)
        assert [promise in text for promise in promised] == [next_time] * 3
        assert (("ask the shop" in text) or ("обратитесь в магазин" in text)) is not next_time
