"""Orders as a payer's pages are made from them, and every state that these pages can be in. No database, no gateway."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from oneclick.assist.codes import CODES
from oneclick.assist.refusal_texts import refusal_texts
from oneclick.card import Brand, EntryMode, TypedText
from oneclick.database.merchants import MERCHANT_NAMES, MerchantRow
from oneclick.database.operations import PaymentRow
from oneclick.database.orders import OrderRow
from oneclick.languages import Language
from oneclick.one_click.offer import NO_OFFER, Offer, StoredCard
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.one_click.statuses import CardStatus
from oneclick.outcome import Reason
from oneclick.payments.lives import OperationState, OrderState
from oneclick.use_cases.payer.show_order import ShownOrder, Stage
from oneclick.web.answers import View
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import PostedForm, Problems
from oneclick.web.pay_page.pages import FormFeedback, PageRequest
from oneclick.web.pay_page.views import Problem
from oneclick.web.refusal_page import RefusalPage

NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)

_MERCHANT: dict[str, Any] = dict.fromkeys(MERCHANT_NAMES) | {
    "merchant_id": 123456,
    "customer_base_id": 123456,
    "name": "Бумажный фонарик",
    "currency": "RUB",
    "time_zone": "Europe/Moscow",
    "cards_max": 10,
    "return_ok": "https://shop.example/ok",
    "return_no": "https://shop.example/no?back=1",
    "frame_ancestors": [],
}
MERCHANT = MerchantRow(**_MERCHANT)
ORDER = OrderRow(
    customer_base_id=123456,
    billnumber=577,
    merchant_id=123456,
    order_number="BOOK-001042",
    amount_minor=129000,
    currency="RUB",
    state=OrderState.IN_PROCESS,
    customer_number="client-42",
    language=Language.RU,
    parameters={"OrderComment": "Книга «Чай в семь часов»"},
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
    two_stage=False,
)
PAYMENT = PaymentRow(
    state=OperationState.DECLINED,
    brand=Brand.VISA,
    card_mask="411111******1111",
    card_expiry="12/31",
    cardholder="IVAN PETROV",
    entry_mode=EntryMode.TYPED,
    remember=True,
    kept_card_id=None,
    as_code="AS102",
    authorisation_id=None,
    sent_at=NOW,
    answered_at=NOW,
    limit_opens_at=None,
)


def card(number: int, brand: Brand, last4: str, expires_on: date = date(2031, 12, 31)) -> StoredCard:
    """A stored card; the greater the number, the later it was used."""
    return StoredCard(
        card_id=UUID(int=number),
        status=CardStatus.MEMBER,
        brand=brand,
        card_mask=f"411111******{last4}",
        expires_on=expires_on,
        last_payment_at=NOW - timedelta(days=30 - number),
        payments=1,
    )


VISA = card(3, Brand.VISA, "1111")
MIR = card(2, Brand.MIR, "0004")
AMEX = card(5, Brand.AMEX, "0005")
EXPIRED = card(1, Brand.MASTERCARD, "4444", date(2026, 10, 31))
EXPIRED_TOO = card(4, Brand.VISA, "1881", date(2025, 2, 28))

NOTHING_KEPT = replace(NO_OFFER, remember=True, preselected=True)
ONE = replace(NOTHING_KEPT, cards=(VISA,))
SEVERAL = replace(NOTHING_KEPT, cards=(VISA, MIR), expired=(EXPIRED,))
ONLY_EXPIRED = replace(NOTHING_KEPT, expired=(EXPIRED,))
FULL = Offer(cards=(VISA, MIR), held=2, too_many=1)
OVERFULL = replace(FULL, held=3, too_many=2)
FULL_BY_SHOP = replace(FULL, cards=(), too_many=1)
TERMS = OneClickTerms(enabled=True, mode=Mode.STANDARD, consent_preselected=True, guest_orders=True, cards_max=2)
STORE_ONLY = replace(TERMS, mode=Mode.STORE_ONLY)

TYPED = PostedForm(
    saved_card="",
    number=TypedText("4111 1111 1111 1111"),
    expiry="12/31",
    holder="IVAN PETROV",
    cvc2=TypedText("123"),
    remember=True,
)
SAVED = replace(TYPED, saved_card=str(VISA.card_id), number=TypedText(""), expiry="", holder="", remember=False)


def asked(language: Language = Language.EN, **more: Any) -> PageRequest:  # noqa: ANN401  # whatever the page is asked with
    return PageRequest(cfsid="577.abc", chosen=language, **more)


def shown(offer: Offer = NOTHING_KEPT, stage: Stage = Stage.PAYABLE, **payment: Any) -> ShownOrder:  # noqa: ANN401
    """An order; ``payment`` says how its payment differs from ``PAYMENT``, if there is one at all."""
    has_payment = stage in {Stage.APPROVED, Stage.DECLINED, Stage.CHECKING}
    return ShownOrder(
        order=ORDER,
        merchant=MERCHANT,
        payment=replace(PAYMENT, **payment) if has_payment else None,
        stage=stage,
        terms=TERMS,
        offer=offer,
        deleted=frozenset(),
        retryable=stage is Stage.DECLINED,
        now=NOW,
        today=TODAY,
    )


def with_life_left(order: ShownOrder, seconds: float) -> ShownOrder:
    return replace(order, order=replace(order.order, expires_at=order.now + timedelta(seconds=seconds)))


def with_long_texts(order: ShownOrder) -> ShownOrder:
    """The greatest amount, the longest number, and a comment without a space."""
    comment = {"OrderComment": "Ж" * 400}
    long = replace(order.order, order_number="9" * 128, amount_minor=999_999_999_999, parameters=comment)
    return replace(order, order=long, merchant=replace(order.merchant, name="Щ" * 100))


def refusal(reason: Reason, language: Language) -> RefusalPage:
    texts = refusal_texts(CODES[reason], language)
    return RefusalPage(
        language=language,
        code=str(CODES[reason]),
        title=texts.title,
        explanation=texts.explanation,
        advice=texts.advice,
        for_shop=texts.for_shop,
        other_language_url="/pay/order.cfm",
        order_url="/pay/result.cfm",
    )


_WRONG = Problems({"CardNumber": Problem.NUMBER_WRONG, "Expiry": Problem.EXPIRED, "CVC2": Problem.CVC2_THREE})
_OPENS = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
_STORED = {"entry_mode": "10", "remember": False}

# Every state that a payer can meet, by name.
STATES: dict[str, Callable[[Language], View]] = {
    "card-form": lambda lang: pages.payment_page(shown(), asked(lang)),
    "card-form-guest": lambda lang: pages.payment_page(shown(NO_OFFER), asked(lang)),
    "card-form-errors": lambda lang: pages.payment_page(shown(), asked(lang), FormFeedback(TYPED, _WRONG)),
    "card-form-notice": lambda lang: pages.payment_page(
        shown(), asked(lang), FormFeedback(TYPED, notice=pages.notice(pages.TRY_LATER, shown(), lang))
    ),
    "card-form-gone": lambda lang: pages.payment_page(
        shown(), asked(lang), FormFeedback(notice=pages.notice(pages.CARD_GONE, shown(), lang))
    ),
    "card-form-only-kept": lambda lang: pages.payment_page(replace(shown(), terms=STORE_ONLY), asked(lang)),
    "card-form-expired": lambda lang: pages.payment_page(shown(ONLY_EXPIRED), asked(lang)),
    "card-form-two-expired": lambda lang: pages.payment_page(
        shown(replace(SEVERAL, expired=(EXPIRED_TOO, EXPIRED))), asked(lang, saved_card="new")
    ),
    "card-form-full": lambda lang: pages.payment_page(shown(FULL), asked(lang, saved_card="new")),
    "card-form-overfull": lambda lang: pages.payment_page(shown(OVERFULL), asked(lang, saved_card="new")),
    "card-form-full-by-shop": lambda lang: pages.payment_page(
        replace(shown(FULL_BY_SHOP), terms=STORE_ONLY), asked(lang)
    ),
    "card-form-deleted": lambda lang: pages.payment_page(shown(), asked(lang, deleted=True)),
    "card-form-long": lambda lang: pages.payment_page(with_long_texts(shown()), asked(lang)),
    "confirmation": lambda lang: pages.payment_page(shown(ONE), asked(lang)),
    "confirmation-gone": lambda lang: pages.payment_page(
        shown(ONE), asked(lang), FormFeedback(SAVED, notice=pages.notice(pages.CARD_GONE, shown(ONE), lang))
    ),
    "confirmation-several": lambda lang: pages.payment_page(shown(SEVERAL), asked(lang)),
    "confirmation-errors": lambda lang: pages.payment_page(
        shown(SEVERAL), asked(lang), FormFeedback(SAVED, Problems({"CVC2": Problem.CVC2_THREE}))
    ),
    "confirmation-deleted": lambda lang: pages.payment_page(shown(SEVERAL), asked(lang, deleted=True)),
    "deletion": lambda lang: pages.deletion_page(shown(SEVERAL), asked(lang), VISA),
    "expired-card": lambda lang: pages.payment_page(shown(SEVERAL), asked(lang, saved_card=str(EXPIRED.card_id))),
    "expired-card-alone": lambda lang: pages.payment_page(
        shown(ONLY_EXPIRED), asked(lang, saved_card=str(EXPIRED.card_id))
    ),
    "declined-form": lambda lang: pages.declined_page(shown(NOTHING_KEPT, Stage.DECLINED), asked(lang), TYPED),
    "declined-form-several": lambda lang: pages.declined_page(shown(SEVERAL, Stage.DECLINED), asked(lang), TYPED),
    "declined-confirmation": lambda lang: pages.declined_page(
        shown(SEVERAL, Stage.DECLINED, as_code="AS101", **_STORED), asked(lang), SAVED
    ),
    "declined-confirmation-one": lambda lang: pages.declined_page(
        shown(ONE, Stage.DECLINED, **_STORED), asked(lang), SAVED
    ),
    "result-paid": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.APPROVED, state="approved", kept_card_id=VISA.card_id), asked(lang)
    ),
    "result-paid-stored": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.APPROVED, state="approved", **_STORED), asked(lang)
    ),
    "result-declined": lambda lang: pages.result_page(shown(NO_OFFER, Stage.DECLINED), asked(lang)),
    "result-limit": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.DECLINED, as_code="AS109", limit_opens_at=_OPENS), asked(lang)
    ),
    "result-limit-for-ever": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.DECLINED, as_code="AS109"), asked(lang)
    ),
    "result-checking": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.CHECKING, state="unknown", as_code="AS300"), asked(lang)
    ),
    "result-checking-still": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.CHECKING, state="unknown", as_code="AS300"), asked(lang, still=True)
    ),
    "result-canceled": lambda lang: pages.result_page(
        shown(NO_OFFER, Stage.CANCELED, state="approved", as_code="AS000"), asked(lang)
    ),
    "result-timeout": lambda lang: pages.result_page(shown(NO_OFFER, Stage.EXPIRED), asked(lang)),
    "result-long": lambda lang: pages.result_page(
        with_long_texts(shown(NO_OFFER, Stage.DECLINED, as_code="AS998")), asked(lang)
    ),
    "refusal": lambda lang: refusal(Reason.SIGNATURE_WRONG, lang),
    "refusal-too-often": lambda lang: refusal(Reason.REQUESTS_TOO_OFTEN, lang),
    "timer-warning": lambda lang: pages.payment_page(with_life_left(shown(ONE), 252), asked(lang)),
    "timer-last": lambda lang: pages.payment_page(with_life_left(shown(), 42), asked(lang)),
    "timer-over": lambda lang: pages.payment_page(with_life_left(shown(ONE), 0), asked(lang)),
}
