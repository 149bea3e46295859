"""From a shown order to the page that shows it: picks the view and fills it in. Values in, views out."""

from dataclasses import dataclass, field, replace
from textwrap import shorten
from urllib.parse import urlencode

from oneclick.card import Brand
from oneclick.database.operations import OperationRow
from oneclick.languages import Language, marked, translated
from oneclick.one_click import offer as offers
from oneclick.payments.returns import return_url
from oneclick.payments.texts import texts_of
from oneclick.use_cases.show_order import ShownOrder, Stage
from oneclick.web.pay_page.form import NEW_CARD, PostedForm, Problems
from oneclick.web.pay_page.views import (
    CardForm,
    Confirmation,
    Offer,
    OrderSummary,
    Outcome,
    Problem,
    ResultPage,
    ShopReturn,
    StoredCard,
)

PAY = "/pay/pay.cfm"
RESULT = "/pay/result.cfm"

TRY_LATER = marked("The bank can't be reached at the moment. Nothing was charged: please try again in a minute.")
CARD_GONE = marked("This card is no longer kept here. Nothing was charged: choose another card.")
CARD_EXPIRED = marked("This card has expired. Nothing was charged: enter the new card.")
CARD_KEPT = marked("The card is saved: next time only the CVC2 is asked.")
CHECK_CVC2 = marked("Check the CVC2 and try again, or pay with another card.")
FORM_BROKEN = marked("The form arrived damaged. Nothing was charged: please fill it in again.")

# In an address: the payer said no to the offer at an earlier try of this order.
DECLINED_OFFER = "0"

_ON_FILE = "10"  # how a payment with a kept card was entered (ISO field 22)
_WRONG_CARD = "AS101"

_REFRESH_S = 4
_COMMENT_SHOWN_MAX = 160  # characters; the shop gets the whole of it back
_OUTCOMES: dict[Stage, Outcome] = {
    Stage.APPROVED: "approved",
    Stage.DECLINED: "declined",
    Stage.CHECKING: "checking",
    Stage.EXPIRED: "expired",
}


@dataclass(frozen=True)
class Asked:
    """Which page was asked for: the order's CFSID, the language that the payer chose, if any, and the chosen card.

    ``saved_card`` is ``new``, a card's id, or empty for the one that was used last. ``declined_offer``: at an earlier
    try of this order the payer said no to the offer, so it isn't ticked again (B2).
    """

    cfsid: str
    chosen: Language | None
    order_language: Language = Language.RU
    saved_card: str = ""
    declined_offer: bool = False

    @property
    def language(self) -> Language:
        """The payer's choice, else the order's language (B15)."""
        return self.chosen or self.order_language

    def url(self, path: str, **more: str) -> str:
        """An address of this order, in the same language and with the same answer to the offer."""
        query = {"CFSID": self.cfsid} | more
        if self.chosen:
            query["Language"] = self.chosen
        if self.declined_offer:
            query["Offer"] = DECLINED_OFFER
        return f"{path}?{urlencode(query)}"

    @property
    def other_language(self) -> "Asked":
        """The same page in the other language."""
        return replace(self, chosen=self.language.other)


@dataclass(frozen=True)
class Answered:
    """What is said to a posted form: the typing given back, what is wrong with it, a notice above it all."""

    form: PostedForm | None = None
    problems: Problems = field(default_factory=lambda: Problems({}))
    notice: str | None = None


def payment_page(shown: ShownOrder, asked: Asked, answered: Answered | None = None) -> CardForm | Confirmation:
    """The confirmation of a stored card if there is one to pay with, else the full form (B1, B5, B6)."""
    answered = answered or Answered()
    cards = shown.offer.cards
    if not cards or asked.saved_card == NEW_CARD:
        return _card_form(shown, asked, answered)
    chosen = next((card for card in cards if str(card.card_id) == asked.saved_card), cards[0])
    return _confirmation(shown, asked, answered, chosen)


def _card_form(shown: ShownOrder, asked: Asked, answered: Answered) -> CardForm:
    form = answered.form
    remember = form.remember if form is not None else shown.offer.preselected and not asked.declined_offer
    return CardForm(
        order=summary(shown, asked, PAY),
        action=asked.url(PAY),
        card_number=form.number_as_typed if form else "",
        expiry=form.expiry if form else "",
        card_holder=form.holder if form else "",
        offer=Offer(checked=remember) if shown.offer.remember else None,
        problems=_texts(answered, asked.language),
        notice=answered.notice,
        saved_cards_url=asked.url(PAY) if shown.offer.cards else None,
    )


def _confirmation(shown: ShownOrder, asked: Asked, answered: Answered, chosen: offers.StoredCard) -> Confirmation:
    return Confirmation(
        order=summary(shown, asked, PAY),
        action=asked.url(PAY),
        card=_card(chosen),
        other_cards=tuple(_card(card) for card in shown.offer.cards if card is not chosen),
        choose_action=PAY,
        choose_hidden={"CFSID": asked.cfsid, "Language": asked.language},
        problems={name: Problem.of_cvc2(chosen.brand).text(asked.language) for name in answered.problems.by_field},
        notice=answered.notice,
    )


def result_page(shown: ShownOrder, asked: Asked) -> ResultPage:
    """How the payment ended, with the way back to the shop, and another try after a decline (B16, B18, P 4.1)."""
    payment = shown.payment
    back = shop_url(shown)
    explanation, advice = _words_on(shown.stage, payment, asked.language) if payment else (None, None)
    return ResultPage(
        order=summary(shown, asked, RESULT),
        outcome=_OUTCOMES[shown.stage],
        explanation=explanation,
        advice=advice,
        card=f"{payment.brand} •••• {payment.card_mask[-4:]}" if payment else None,
        shop_return=ShopReturn.of(back, str(shown.order.billnumber), shown.order.order_number) if back else None,
        retry_action=replace(asked, declined_offer=_said_no(shown)).url(PAY) if shown.retryable else None,
        refresh_s=_REFRESH_S if shown.stage is Stage.CHECKING else None,
    )


def _words_on(stage: Stage, payment: OperationRow, language: Language) -> tuple[str | None, str | None]:
    """What happened and what helps, where the page's own words for that outcome don't say it (B16)."""
    if stage is Stage.APPROVED:
        return None, translated(CARD_KEPT, language) if payment.remember else None
    if stage is not Stage.DECLINED or payment.as_code is None:
        return None, None
    texts = texts_of(payment.as_code, language)
    only_cvc2 = payment.as_code == _WRONG_CARD and payment.entry_mode == _ON_FILE
    return texts.customer_message, translated(CHECK_CVC2, language) if only_cvc2 else texts.recommendation


def _said_no(shown: ShownOrder) -> bool:
    """Whether the payer typed a card and didn't want it remembered."""
    payment = shown.payment
    return payment is not None and payment.entry_mode != _ON_FILE and not payment.remember


def summary(shown: ShownOrder, asked: Asked, path: str) -> OrderSummary:
    """What is paid, and to whom."""
    more = {"SavedCard": asked.saved_card} if asked.saved_card else {}
    return OrderSummary(
        merchant_name=shown.merchant.name,
        order_number=shown.order.order_number,
        amount=shown.order.amount,
        comment=shorten(shown.order.parameters.get("OrderComment", ""), _COMMENT_SHOWN_MAX, placeholder=" …"),
        language=asked.language,
        other_language_url=asked.other_language.url(path, **more),
    )


def shop_url(shown: ShownOrder) -> str | None:
    """The shop's address to return to, by how the payment stands."""
    merchant = shown.merchant
    paid = shown.stage is Stage.APPROVED
    return return_url(shown.order.parameters, merchant.return_ok, merchant.return_no, paid=paid)


def order_json(shown: ShownOrder) -> dict[str, object]:
    """The order for programs that show their own page (P 12.9), with the mask that its payer may see (B9)."""
    payment = shown.payment
    return {
        "merchant": {"id": shown.merchant.merchant_id},
        "order": {
            "statename": shown.order.state,
            "billnumber": str(shown.order.billnumber),
            "ordernumber": shown.order.order_number,
            "comment": shown.order.parameters.get("OrderComment", ""),
        },
        "operation": {
            "amount": shown.order.amount.protocol_text,
            "currencycode": shown.order.currency,
            "meantype": payment.brand if payment else "",
            "meannumber": payment.card_mask[-4:].rjust(len(payment.card_mask), "*") if payment else "",
        },
    }


def result_json(shown: ShownOrder) -> dict[str, object]:
    """The result for programs that show their own page (P 12.9)."""
    return order_json(shown) | {
        "params": {
            "aordernumber": {"value": shown.order.order_number},
            "abillnumber": {"value": str(shown.order.billnumber)},
        }
    }


def notice(text: str, language: Language) -> str:
    """One of this module's notices, translated."""
    return translated(text, language)


def _texts(answered: Answered, language: Language) -> dict[str, str]:
    return {name: problem.text(language) for name, problem in answered.problems.by_field.items()}


def _card(card: offers.StoredCard) -> StoredCard:
    return StoredCard(card_id=str(card.card_id), brand=Brand(card.brand), last4=card.last4, expiry=card.expiry)
