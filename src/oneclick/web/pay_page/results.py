"""How a payment ended: the page, the words about it, and the answers for programs. Values in, views out."""

from dataclasses import replace
from datetime import timedelta

from oneclick.assist.answer_texts import texts_of
from oneclick.assist.as_codes import OVER_LIMIT, SYSTEM_ERROR, WRONG_CARD_DETAILS
from oneclick.assist.returns import return_url
from oneclick.card import Brand, EntryMode
from oneclick.languages import Language, marked, translated
from oneclick.one_click.eligibility import is_offered_next_time
from oneclick.use_cases.payer.show_order import ShownOrder, ShownPayment, Stage
from oneclick.web.pay_page.page_request import PAY, RESULT, PageRequest, summary
from oneclick.web.pay_page.time_texts import day_text, zone_text
from oneclick.web.pay_page.views import Outcome, ResultPage, ShopReturn

CARD_KEPT = marked("The card is saved: next time you'll only be asked for the CVC2.")
ONLY_KEPT = marked("The card is saved.")
CHECK_CVC2 = marked("Check the CVC2 and try again, or pay with another card.")
OTHER_BRAND = marked("Card")
TIME_OVER = marked("The time to pay this order has run out. Return to the shop and place the order again.")
TRIES_OVER = marked("This order can't be tried any more. Return to the shop and place the order again.")
HOLD_GOES = marked("If the bank shows the amount as held, it will be released by itself.")
LIMIT_OPENS = marked("You can pay again from %(time)s %(zone)s.")
LIMIT_STAYS = marked("Your limit at this shop doesn't allow this payment, today or later. Please ask the shop.")

# A payment in doubt: mostly it is known within seconds; if not, nobody has to be asked that often.
_DOUBT_IS_YOUNG = timedelta(minutes=1)
_YOUNG_REFRESH_S = 4
_OLD_REFRESH_S = 15

_OUTCOMES: dict[Stage, Outcome] = {
    Stage.APPROVED: "approved",
    Stage.DECLINED: "declined",
    Stage.CHECKING: "checking",
    Stage.CANCELED: "canceled",
    Stage.EXPIRED: "expired",
}


def result_page(shown: ShownOrder, page: PageRequest) -> ResultPage:
    """How the payment ended, with the way back to the shop, and another try after a decline (B16, B18, D2, P 4.1)."""
    payment = shown.payment
    explanation, advice = words_on(shown, payment, page.language) if payment else (None, None)
    retries = shown.retryable and (payment is None or _opens_in_time(shown, payment))
    return ResultPage(
        order=summary(shown, page, RESULT),
        outcome=_OUTCOMES[shown.stage],
        explanation=explanation,
        advice=advice,
        card=_card_text(payment, page.language) if payment else None,
        shop_return=shop_return(shown),
        retry_action=replace(page, declined_offer=said_no(shown, page)).url(PAY) if retries else None,
        retry_first=payment is None or not _is_limited(shown, payment),
        refresh_s=None if page.still else _refresh_s(shown),
        stillness_url=page.other_stillness.url(RESULT),
    )


def words_on(shown: ShownOrder, payment: ShownPayment, language: Language) -> tuple[str | None, str | None]:
    """The texts on what happened and what helps, where the page's own words for that outcome don't say it (B16, D2)."""
    if shown.stage is Stage.APPROVED:
        kept = CARD_KEPT if is_offered_next_time(shown.terms) else ONLY_KEPT
        return None, translated(kept, language) if payment.kept_card_id is not None else None
    if shown.stage is not Stage.DECLINED or payment.as_code is None:
        return None, None
    texts = texts_of(payment.as_code, language)
    advice = texts.recommendation
    if payment.as_code == WRONG_CARD_DETAILS and payment.entry_mode is EntryMode.ON_FILE and shown.retryable:
        advice = translated(CHECK_CVC2, language)
    elif payment.as_code == OVER_LIMIT:
        advice = _limit_words(shown, payment, language)
    elif not shown.retryable:
        advice = translated(TIME_OVER if shown.order.expires_at <= shown.now else TRIES_OVER, language)
    if payment.as_code == SYSTEM_ERROR:
        # It may have been in doubt, and reversed: till then the bank holds the money.
        advice = f"{translated(HOLD_GOES, language)} {advice}"
    return texts.customer_message, advice


def said_no(shown: ShownOrder, page: PageRequest) -> bool:
    """True if the payer didn't want the typed card remembered (B2).

    A stored card says nothing new about that, nor does a page without an offer.
    """
    payment = shown.payment
    if payment is None or payment.entry_mode is EntryMode.ON_FILE or not shown.offer.remember:
        return page.declined_offer
    return not payment.remember


def shop_return(shown: ShownOrder) -> ShopReturn | None:
    """The way back to the shop, by how the payment stands; None if the shop named no address."""
    merchant, order = shown.merchant, shown.order
    paid = shown.stage is Stage.APPROVED
    back = return_url(order.parameters, merchant.return_ok, merchant.return_no, paid=paid)
    return ShopReturn.of(back, str(order.billnumber), order.order_number) if back else None


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


def _card_text(payment: ShownPayment, language: Language) -> str:
    """The card of a payment, as its payer may see it (B9)."""
    brand = translated(OTHER_BRAND, language) if payment.brand == Brand.OTHER else payment.brand
    return f"{brand} •••• {payment.card_mask[-4:]}"


def _refresh_s(shown: ShownOrder) -> int | None:
    if shown.stage is not Stage.CHECKING or shown.payment is None:
        return None
    return _YOUNG_REFRESH_S if shown.now - shown.payment.sent_at < _DOUBT_IS_YOUNG else _OLD_REFRESH_S


def _is_limited(shown: ShownOrder, payment: ShownPayment) -> bool:
    """Whether a limit declined the payment and hasn't opened since."""
    opens_at = payment.limit_opens_at
    return payment.as_code == OVER_LIMIT and (opens_at is None or opens_at > shown.now)


def _opens_in_time(shown: ShownOrder, payment: ShownPayment) -> bool:
    """Whether another try can succeed: a limit stays shut for each card of the customer, till it opens (D1, D2)."""
    opens_at = payment.limit_opens_at
    return payment.as_code != OVER_LIMIT or (opens_at is not None and opens_at < shown.order.expires_at)


def _limit_words(shown: ShownOrder, payment: ShownPayment, language: Language) -> str:
    if payment.limit_opens_at is None:
        return translated(LIMIT_STAYS, language)
    zone = shown.merchant.time_zone
    return translated(LIMIT_OPENS, language) % {
        "time": day_text(payment.limit_opens_at, zone, language),
        "zone": zone_text(payment.limit_opens_at, zone, language),
    }
