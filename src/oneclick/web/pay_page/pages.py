"""From a shown order to the page that shows it: picks the view and fills it in. Values in, views out."""

from dataclasses import dataclass, field, replace

from oneclick.assist.as_codes import WRONG_CARD_DETAILS
from oneclick.languages import Language, marked, translated
from oneclick.one_click import offer as offers
from oneclick.one_click.consent import offer_words
from oneclick.outcome import Reason
from oneclick.use_cases.payer.show_order import ShownOrder
from oneclick.web.pay_page.form import NEW_CARD, PostedForm, Problems
from oneclick.web.pay_page.page_request import DECLINED_OFFER, DELETED, PAY, RESULT, PageRequest, deadline, summary
from oneclick.web.pay_page.results import (
    order_json,
    result_json,
    result_page,
    said_no,
    shop_return,
    words_on,
)
from oneclick.web.pay_page.views import (
    CardForm,
    CardView,
    Choice,
    Confirmation,
    Declined,
    DeletionQuestion,
    ExpiredCard,
    ExpiredCards,
    FullWallet,
    OfferBox,
    Problem,
)

__all__ = [
    "CARD_EXPIRED",
    "CARD_GONE",
    "DECLINED_OFFER",
    "DELETED",
    "FORM_BROKEN",
    "PAY",
    "RESULT",
    "TRY_LATER",
    "FormFeedback",
    "PageRequest",
    "declined_page",
    "deletion_page",
    "feedback_on",
    "is_gone",
    "notice",
    "order_json",
    "payment_page",
    "result_json",
    "result_page",
    "summary",
]

TRY_LATER = marked("The bank can't be reached at the moment. Nothing was charged: please try again in a minute.")
CARD_GONE = marked("The card that you chose is no longer here. Nothing was charged: you can pay with the one below.")
CARD_GONE_ENTER = marked("The card that you chose is no longer here. Nothing was charged: enter a card.")
CARD_EXPIRED = marked("This card has expired. Nothing was charged: enter the new card.")
FORM_BROKEN = marked("The form arrived damaged. Nothing was charged: please fill it in again.")


@dataclass(frozen=True)
class FormFeedback:
    """The answer to a posted form: the typing given back, what is wrong with it, a notice above it all."""

    form: PostedForm | None = None
    problems: Problems = field(default_factory=lambda: Problems({}))
    notice: str | None = None


def feedback_on(reason: Reason, form: PostedForm | None) -> FormFeedback | None:
    """The refusal of a posted form, said at its field or above it; None for a reason that has no place there (B16)."""
    match reason:
        case Reason.CARD_UNAVAILABLE:
            return FormFeedback(form, notice=CARD_GONE)
        case Reason.CARD_EXPIRED if form is not None and form.saved_card:
            return FormFeedback(form, notice=CARD_EXPIRED)
        case Reason.CARD_EXPIRED:
            return FormFeedback(form, Problems({"Expiry": Problem.EXPIRED}))
        case Reason.CVC2_MALFORMED:
            return FormFeedback(form, Problems({"CVC2": Problem.CVC2_THREE}))
        case _:
            return None


def payment_page(
    shown: ShownOrder, page: PageRequest, feedback: FormFeedback | None = None
) -> CardForm | Confirmation | ExpiredCard:
    """The confirmation of a stored card if there is one to pay with, else the full form (B1, B5, B6, B10)."""
    feedback = feedback or FormFeedback()
    offer = shown.offer
    chosen = offer.find(page.saved_card) or next(iter(offer.cards), None)
    if chosen is None or page.saved_card == NEW_CARD:
        return _card_form(shown, page, feedback)
    if chosen in offer.expired:
        return _expired_card(shown, page, feedback, chosen)
    return _confirmation(shown, page, feedback, chosen)


def deletion_page(shown: ShownOrder, page: PageRequest, card: offers.StoredCard) -> DeletionQuestion:
    """Asks once more before the card is erased (B7)."""
    other_language_url = page.other_language.url(PAY, Delete=str(card.card_id))
    return DeletionQuestion(
        order=replace(summary(shown, page, PAY), other_language_url=other_language_url),
        card=_card(card, shown.offer),
        action=page.url(PAY),
        keep_url=page.url(PAY, SavedCard=str(card.card_id)),
    )


def declined_page(shown: ShownOrder, page: PageRequest, form: PostedForm) -> CardForm | Confirmation:
    """The form again, right after a decline: what was typed, what happened, what helps (B16).

    Whatever it posts opens a new attempt. A stored card that isn't offered any more gives way to the full form.
    """
    page = replace(page, declined_offer=said_no(shown, page), deleted=False)
    declined = _declined(shown, page.language)
    order = replace(summary(shown, page, RESULT), deadline=deadline(shown, page))
    chosen = next((card for card in shown.offer.cards if str(card.card_id) == form.saved_card), None)
    if chosen is not None:
        confirmation = _confirmation(shown, page, FormFeedback(form), chosen)
        choice = _choice(shown, page, chosen, again=True)
        return replace(confirmation, order=order, declined=declined, choice=choice, delete_action=None)
    choice = replace(_choice(shown, page, None, again=True), new=False)
    return replace(
        _card_form(shown, page, FormFeedback(form)),
        order=order,
        declined=declined,
        choice=choice if shown.offer.cards else None,
        expired=None,
        saved_cards_url=None,
    )


def notice(text: str, shown: ShownOrder, language: Language) -> str:
    """One of this module's notices, translated; that a card is gone says what there is instead."""
    if text == CARD_GONE and not shown.offer.cards:
        text = CARD_GONE_ENTER
    return translated(text, language)


def is_gone(shown: ShownOrder, card_id: str) -> bool:
    """True if it is a card of this customer that was deleted while the order was open (B7)."""
    return card_id in {str(deleted) for deleted in shown.deleted}


def _card_form(shown: ShownOrder, page: PageRequest, feedback: FormFeedback) -> CardForm:
    form = feedback.form
    return CardForm(
        order=summary(shown, page, PAY),
        action=page.url(PAY),
        card_number=form.number_as_typed if form else "",
        expiry=form.expiry if form else "",
        card_holder=form.holder if form else "",
        offer=_offer(shown, page, form),
        full=_full_wallet(shown),
        expired=_expired_cards(shown, page),
        saved_cards_url=page.url(PAY) if shown.offer.cards else None,
        problems={name: problem.text(page.language) for name, problem in feedback.problems.by_field.items()},
        notice=feedback.notice,
        deleted=page.deleted,
    )


def _offer(shown: ShownOrder, page: PageRequest, form: PostedForm | None) -> OfferBox | None:
    """The offer with the answer that was given, if there is one, else the one selected beforehand (B1, B2)."""
    if not shown.offer.remember:
        return None
    checked = preselected = shown.offer.preselected and not page.declined_offer
    # The confirmation asks for no answer to the offer: only the full form's own is one.
    if form is not None and not form.saved_card:
        checked, preselected = form.remember, form.preselected
    words = offer_words(shown.terms)
    return OfferBox(label=words.label, explanation=words.explanation, checked=checked, preselected=preselected)


def _full_wallet(shown: ShownOrder) -> FullWallet | None:
    offer = shown.offer
    if not offer.full:
        return None
    by_shop = len(offer.cards) + len(offer.expired) < offer.too_many
    return FullWallet(held=offer.held, too_many=offer.too_many, by_shop=by_shop)


def _confirmation(
    shown: ShownOrder, page: PageRequest, feedback: FormFeedback, chosen: offers.StoredCard
) -> Confirmation:
    return Confirmation(
        order=summary(shown, page, PAY),
        action=page.url(PAY),
        card=_card(chosen, shown.offer),
        choice=_choice(shown, page, chosen),
        delete_action=page.url(PAY),
        problems={name: Problem.of_cvc2(chosen.brand).text(page.language) for name in feedback.problems.by_field},
        notice=feedback.notice,
        deleted=page.deleted,
    )


def _expired_card(
    shown: ShownOrder, page: PageRequest, feedback: FormFeedback, chosen: offers.StoredCard
) -> ExpiredCard:
    return ExpiredCard(
        order=summary(shown, page, PAY),
        card=_card(chosen, shown.offer),
        new_card_url=page.url(PAY, SavedCard=NEW_CARD),
        choice=_choice(shown, page, chosen),
        delete_action=page.url(PAY),
        updates=shown.offer.remember,
        notice=feedback.notice,
        deleted=page.deleted,
    )


def _expired_cards(shown: ShownOrder, page: PageRequest) -> ExpiredCards | None:
    if not shown.offer.expired:
        return None
    cards = tuple(_card(card, shown.offer) for card in shown.offer.expired)
    return ExpiredCards(cards=cards, delete_action=page.url(PAY), updates=shown.offer.remember)


def _choice(shown: ShownOrder, page: PageRequest, chosen: offers.StoredCard | None, *, again: bool = False) -> Choice:
    """The cards beside the chosen one, expired ones last. ``again``: choosing opens a new attempt (B16)."""
    offer = shown.offer
    cards = tuple(_card(card, offer) for card in (*offer.cards, *offer.expired) if card is not chosen)
    if again:
        return Choice(method="post", action=page.url(PAY), hidden={"action": "retry"}, cards=cards)
    return Choice(method="get", action=PAY, hidden={"Language": page.language} | page.fields(), cards=cards)


def _declined(shown: ShownOrder, language: Language) -> Declined:
    explanation, advice = words_on(shown, shown.payment, language) if shown.payment else (None, None)
    return Declined(
        explanation=explanation or "",
        advice=advice or "",
        cvc2_again=shown.payment is not None and shown.payment.as_code == WRONG_CARD_DETAILS,
        shop_return=shop_return(shown),
    )


def _card(card: offers.StoredCard, offer: offers.Offer) -> CardView:
    return CardView(
        card_id=str(card.card_id),
        brand=card.brand,
        last4=card.last4,
        expiry=card.expiry,
        expired=card in offer.expired,
    )
