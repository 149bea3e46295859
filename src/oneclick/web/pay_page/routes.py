"""The payment page's addresses: ``pay.cfm``, ``result.cfm``. Parse, call one use case, render.

A payer is known by the CFSID alone: whoever holds it may pay this order, and nothing else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from oneclick.assist.as_codes import OVER_LIMIT
from oneclick.assist.codes import CODES, Codes
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.payer.delete_own_card import DeleteOwnCard
from oneclick.use_cases.payer.pay import Paid, Pay
from oneclick.use_cases.payer.retry_order import RetryOrder
from oneclick.use_cases.payer.show_order import ShownOrder, ShowOrder, Stage
from oneclick.web.answers import (
    Allowance,
    Answers,
    RefusedRequest,
    View,
    browser_language,
    known_language,
    other_language_url,
    page_language,
)
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import NEW_CARD, PostedForm, Problems, read_form, read_instrument
from oneclick.web.pay_page.page_request import STILL
from oneclick.web.pay_page.pages import DECLINED_OFFER, DELETED, PAY, RESULT, FormFeedback, PageRequest
from oneclick.web.reading import Pairs, one, read_pairs, read_query

_log = structlog.get_logger()

_CARD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_UNAVAILABLE = 503
_TOLD_ON_RESULT = frozenset({Reason.ORDER_OVER, Reason.LIMIT_REACHED})


@dataclass(frozen=True)
class _Question:
    """What a payer's browser asks for."""

    pairs: Pairs
    browser_language: Language
    cfsid: str
    other_language_url: str | None

    def one(self, name: str) -> str:
        """A parameter's value, whatever the case of its name; empty if it isn't there."""
        return one(self.pairs, name)

    @property
    def chosen(self) -> Language | None:
        """The language that the payer chose, if any (B15)."""
        return known_language(self.one("Language"))

    @property
    def pays(self) -> bool:
        """Whether a form of card details came, not only a choice among cards."""
        return any(name.lower() in {"cardnumber", "cvc2"} for name, _ in self.pairs)

    def page(self) -> PageRequest:
        """The page that is asked for. A form posted without a stored card is the full one, and comes back as such."""
        typed = NEW_CARD if any(name.lower() == "cardnumber" for name, _ in self.pairs) else ""
        return PageRequest(
            cfsid=self.cfsid,
            chosen=self.chosen,
            saved_card=_card_id(self.one("SavedCard")) or typed,
            declined_offer=self.one("Offer") == DECLINED_OFFER,
            deleted=self.one("Deleted") == DELETED,
            still=self.one("Refresh") == STILL,
        )


@dataclass(frozen=True)
class PayerUseCases:
    """The use cases of a payer."""

    show: ShowOrder
    pay: Pay
    retry: RetryOrder
    delete_own_card: DeleteOwnCard


class PayPage:
    """The doors of a payer."""

    def __init__(
        self, use_cases: PayerUseCases, cfsids: CfsidCodec, answers: Answers, client_address: ClientAddress
    ) -> None:
        self._show = use_cases.show
        self._pay = use_cases.pay
        self._retry = use_cases.retry
        self._delete_own_card = use_cases.delete_own_card
        self._cfsids = cfsids
        self._answers = answers
        self._client_address = client_address

    def routes(self) -> list[Route]:
        """The addresses of this door."""
        return [
            Route(PAY, self.show, methods=["GET"]),
            Route(PAY, self.post, methods=["POST"]),
            Route(RESULT, self.result, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The card form, the confirmation, or the question before a card is deleted.

        An order that can't be paid any more shows its result.
        """
        question = await _read(request)
        shown, page = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if question.one("type") == "json":
            return JSONResponse(pages.order_json(shown))
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(page.url(RESULT), 303)
        leaving = shown.offer.find(_card_id(question.one("Delete")))
        if leaving is not None:
            return self._page(shown, page, pages.deletion_page(shown, page, leaving))
        return self._page(shown, page, pages.payment_page(shown, page))

    async def result(self, request: Request) -> Response:
        """How the payment ended; an order that nobody began to pay goes back to its form."""
        question = await _read(request)
        shown, page = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if question.one("type") == "json":
            return JSONResponse(pages.result_json(shown))
        if shown.stage is Stage.PAYABLE:
            return RedirectResponse(page.url(PAY), 303)
        return self._result(shown, page)

    async def post(self, request: Request) -> Response:
        """Does what a payer's form asks for: ``action`` names it, and stands for paying when it isn't there."""
        question = await _read(request)
        order_id = self._cfsids.read(question.cfsid)
        if order_id is None:
            return self._unknown_link(question)
        action = question.one("action")
        if action in {"delete", "delete-confirmed"}:
            return await self._delete(question, confirmed=action == "delete-confirmed")
        if action == "retry":
            order_id = await self._retry(order_id)
            question = replace(question, cfsid=self._cfsids.write(order_id))
            if not question.pays:
                page = question.page()
                chosen = {"SavedCard": page.saved_card} if page.saved_card else {}
                return RedirectResponse(page.url(PAY, **chosen), 303)
        return await self._pay_order(question, order_id, self._client_address(request))

    async def _pay_order(self, question: _Question, order_id: OrderId, client_ip: str) -> Response:
        """Pays. What is wrong comes back with the form, a decline too; the result has its own address."""
        form = read_form(question.pairs)
        if form is None:
            return await self._again(question, [Reason.REQUEST_UNREADABLE], FormFeedback(notice=pages.FORM_BROKEN))
        instrument = read_instrument(form, question.chosen)
        form.cvc2.forget()  # the instrument alone holds it from here on (B4)
        if instrument is None:
            return await self._again(question, [Reason.CARD_UNAVAILABLE], FormFeedback(form, notice=pages.CARD_GONE))
        if isinstance(instrument, Problems):
            return await self._again(question, instrument.reasons, FormFeedback(form, instrument))
        paid = await self._pay(order_id, instrument, client_ip)
        if isinstance(paid, Refused):
            return await self._refused(question, form, paid.reason)
        if paid is Paid.TRY_LATER:
            return await self._again(question, [], FormFeedback(form, notice=pages.TRY_LATER), _UNAVAILABLE)
        if paid is Paid.DONE:
            shown, page = await self._open(question)
            if shown is not None and shown.retryable:
                return self._page(shown, page, pages.declined_page(shown, page, form))
        return RedirectResponse(question.page().url(RESULT), 303)

    async def _delete(self, question: _Question, *, confirmed: bool) -> Response:
        """Asks once more, at an address of its own; then erases the card, and goes on with the next one (B7, B8)."""
        shown, page = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(page.url(RESULT), 303)
        card = shown.offer.find(page.saved_card)
        if card is None and pages.is_gone(shown, page.saved_card):  # a second click, or another tab
            return RedirectResponse(page.url(PAY, Deleted=DELETED), 303)
        if card is None:
            return await self._again(question, [Reason.CARD_UNAVAILABLE], FormFeedback(notice=pages.CARD_GONE))
        if not confirmed:
            return RedirectResponse(page.url(PAY, Delete=str(card.card_id)), 303)
        order_id = shown.order.order_id
        refused = await self._delete_own_card(order_id, card.card_id, page.language)
        if refused == Refused(Reason.ORDER_OVER):
            return RedirectResponse(page.url(RESULT), 303)
        if refused is not None:
            return await self._refused(question, None, refused.reason)
        _log.info("card deleted", billnumber=order_id.billnumber, card_id=str(card.card_id))
        return RedirectResponse(page.url(PAY, Deleted=DELETED), 303)

    async def _refused(self, question: _Question, form: PostedForm | None, reason: Reason) -> Response:
        """A refusal of the rules, said where it belongs: at the field, above the form, or on the result page.

        Any other reason has the refusal's own page.
        """
        if reason in _TOLD_ON_RESULT:
            return RedirectResponse(question.page().url(RESULT), 303, {"ErrorID": str(CODES[reason])})
        feedback = pages.feedback_on(reason, form)
        if feedback is None:
            return self._refusal(question, reason, _NOT_FOUND if reason is Reason.ORDER_UNKNOWN else _UNPROCESSABLE)
        return await self._again(question, [reason], feedback)

    async def _again(
        self, question: _Question, reasons: list[Reason], feedback: FormFeedback, status: int = _UNPROCESSABLE
    ) -> Response:
        """The page again, with what was wrong; nothing was stored or charged."""
        shown, page = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if feedback.form is not None and feedback.problems.by_field:
            problems = feedback.problems.with_expiry_of(feedback.form, shown.today)
            feedback, reasons = FormFeedback(feedback.form, problems, feedback.notice), problems.reasons
        codes = [CODES[reason] for reason in reasons]
        _log.info("card form refused", billnumber=shown.order.billnumber, codes=[str(pair) for pair in codes])
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(page.url(RESULT), 303)
        if feedback.notice is not None:
            feedback = replace(feedback, notice=pages.notice(feedback.notice, shown, page.language))
        view = pages.payment_page(shown, page, feedback)
        return self._page(shown, page, view, status=status, codes=codes)

    def _page(
        self, shown: ShownOrder, page: PageRequest, view: View, *, status: int = 200, codes: Sequence[Codes] = ()
    ) -> Response:
        """A page of an order that can be paid, or tried again: then it leads back to the shop as well."""
        allowance = Allowance(leads_away=shown.retryable, framed_by=tuple(shown.merchant.frame_ancestors))
        return self._answers.page(view, page.language, status=status, codes=codes, allowance=allowance)

    def _result(self, shown: ShownOrder, page: PageRequest) -> Response:
        view = pages.result_page(shown, page)
        allowance = Allowance(
            leads_away=True, framed_by=tuple(shown.merchant.frame_ancestors), refresh_s=view.refresh_s
        )
        over_limit = shown.payment is not None and shown.payment.as_code == OVER_LIMIT
        codes = [CODES[Reason.LIMIT_REACHED]] if over_limit else ()
        return self._answers.page(view, page.language, codes=codes, allowance=allowance)

    async def _open(self, question: _Question) -> tuple[ShownOrder | None, PageRequest]:
        page = question.page()
        order_id = self._cfsids.read(page.cfsid)
        shown = await self._show(order_id) if order_id is not None else None
        if shown is None:
            return None, page
        # The newest attempt may be shown in place of the one that was asked for: its own address leads on.
        cfsid = self._cfsids.write(shown.order.order_id)
        deleted = page.deleted and bool(shown.deleted)  # the address alone proves nothing
        return shown, replace(page, cfsid=cfsid, order_language=shown.order.language, deleted=deleted)

    def _unknown_link(self, question: _Question) -> Response:
        return self._refusal(question, Reason.ORDER_UNKNOWN, _NOT_FOUND)

    def _refusal(self, question: _Question, reason: Reason, status: int) -> Response:
        language = question.chosen or question.browser_language
        request = RefusedRequest(other_language_url=question.other_language_url)
        return self._answers.refusal(CODES[reason], language, status=status, request=request)


def _card_id(text: str) -> str:
    """What a page may hand on in an address: ``new`` or a card's id, never what somebody typed instead (B9)."""
    return text if text == NEW_CARD or _CARD_ID.fullmatch(text) else ""


async def _read(request: Request) -> _Question:
    pairs = await read_pairs(request)
    # By the address alone: there the bound on requests to an order has seen it.
    other = other_language_url(request, page_language(request))
    return _Question(pairs, browser_language(request), one(read_query(request), "CFSID"), other)
