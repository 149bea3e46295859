"""The payment page's addresses: ``pay.cfm``, ``result.cfm``. Parse, call one use case, render.

A payer is known by the CFSID alone: whoever holds it may pay this order, and nothing else.
"""

from dataclasses import dataclass, replace

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from oneclick.languages import Language
from oneclick.one_click.eligibility import CARD_EXPIRED, NO_CARD, ORDER_OVER, WRONG_CVC2
from oneclick.outcome import First, Refused, Second
from oneclick.use_cases.pay import Paid, Pay
from oneclick.use_cases.retry_order import RetryOrder
from oneclick.use_cases.show_order import ShownOrder, ShowOrder, Stage
from oneclick.web.answers import Answers, browser_language, known_language
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import NEW_CARD, PostedForm, Problems, read_form, read_means
from oneclick.web.pay_page.pages import DECLINED_OFFER, PAY, RESULT, Answered, Asked
from oneclick.web.pay_page.views import Problem
from oneclick.web.reading import Pairs, one, read_pairs

_log = structlog.get_logger()

_UNKNOWN_LINK = Refused(First.ABSENT, Second.ORDER)
_BROKEN = Refused(First.FORMAT, Second.NOTHING_MORE)
_UNPROCESSABLE = 422
_UNAVAILABLE = 503


@dataclass(frozen=True)
class _Question:
    """What a payer's browser asks for."""

    pairs: Pairs
    browser_language: Language

    def one(self, name: str) -> str:
        """A parameter's value, whatever the case of its name; empty if it isn't there."""
        return one(self.pairs, name)

    @property
    def chosen(self) -> Language | None:
        """The language that the payer chose, if any (B15)."""
        return known_language(self.one("Language"))

    def asked(self) -> Asked:
        """The page that is asked for. A form posted without a stored card is the full one, and comes back as such."""
        typed = NEW_CARD if any(name.lower() == "cardnumber" for name, _ in self.pairs) else ""
        return Asked(
            cfsid=self.one("CFSID"),
            chosen=self.chosen,
            saved_card=self.one("SavedCard") or typed,
            declined_offer=self.one("Offer") == DECLINED_OFFER,
        )


@dataclass(frozen=True)
class PayerVerbs:
    """What a payer can do."""

    show: ShowOrder
    pay: Pay
    retry: RetryOrder


class PayPage:
    """The doors of a payer."""

    def __init__(self, verbs: PayerVerbs, cfsids: CfsidCodec, answers: Answers, client_address: ClientAddress) -> None:
        self._show = verbs.show
        self._pay = verbs.pay
        self._retry = verbs.retry
        self._cfsids = cfsids
        self._answers = answers
        self._client_address = client_address

    def routes(self) -> list[Route]:
        """What to mount."""
        return [
            Route(PAY, self.show, methods=["GET"]),
            Route(PAY, self.post, methods=["POST"]),
            Route(RESULT, self.result, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The card form or the confirmation; an order that can't be paid any more shows its result."""
        question = await _read(request)
        shown, asked = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if question.one("type") == "json":
            return JSONResponse(pages.order_json(shown))
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(asked.url(RESULT), 303)
        return self._answers.page(pages.payment_page(shown, asked), asked.language)

    async def result(self, request: Request) -> Response:
        """How the payment ended; an order that nobody began to pay goes back to its form."""
        question = await _read(request)
        shown, asked = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if question.one("type") == "json":
            return JSONResponse(pages.result_json(shown))
        if shown.stage is Stage.PAYABLE:
            return RedirectResponse(asked.url(PAY), 303)
        return self._answers.page(pages.result_page(shown, asked), asked.language, leads_away=True)

    async def post(self, request: Request) -> Response:
        """Pays, or opens another attempt; what is wrong comes back with the form. The result has its own address."""
        question = await _read(request)
        order_id = self._cfsids.read(question.one("CFSID"))
        if order_id is None:
            return self._unknown_link(question)
        if question.one("action") == "retry":
            attempt = self._cfsids.write(await self._retry(order_id))
            return RedirectResponse(replace(question.asked(), cfsid=attempt).url(PAY), 303)
        form = read_form(question.pairs)
        if form is None:
            return await self._again(question, [_BROKEN], Answered(notice=pages.FORM_BROKEN))
        means = read_means(form, question.chosen)
        if means is None:
            return await self._again(question, [NO_CARD], Answered(form, notice=pages.CARD_GONE))
        if isinstance(means, Problems):
            return await self._again(question, means.refusals, Answered(form, means))
        paid = await self._pay(order_id, means, self._client_address(request))
        if isinstance(paid, Refused):
            return await self._refused(question, form, paid)
        if paid is Paid.TRY_LATER:
            return await self._again(question, [], Answered(form, notice=pages.TRY_LATER), _UNAVAILABLE)
        return RedirectResponse(question.asked().url(RESULT), 303)

    async def _refused(self, question: _Question, form: PostedForm, refused: Refused) -> Response:
        """A refusal of the rules, said where it belongs: at the field, above the form, or on the result page."""
        if refused == ORDER_OVER:
            return RedirectResponse(question.asked().url(RESULT), 303)
        answered = Answered(form, notice=pages.CARD_GONE)
        if refused == CARD_EXPIRED:
            expired = Answered(form, Problems({"Expiry": Problem.EXPIRED}))
            answered = Answered(form, notice=pages.CARD_EXPIRED) if form.saved_card else expired
        elif refused == WRONG_CVC2:
            answered = Answered(form, Problems({"CVC2": Problem.CVC2_THREE}))
        elif refused != NO_CARD:
            return self._unknown_link(question)
        return await self._again(question, [refused], answered)

    async def _again(
        self, question: _Question, refusals: list[Refused], answered: Answered, status: int = _UNPROCESSABLE
    ) -> Response:
        """The page again, with what was wrong; nothing was stored or charged."""
        shown, asked = await self._open(question)
        if shown is None:
            return self._unknown_link(question)
        if answered.form is not None and answered.problems.by_field:
            problems = answered.problems.with_expiry_of(answered.form, shown.today)
            answered, refusals = Answered(answered.form, problems, answered.notice), problems.refusals
        _log.info("card form refused", billnumber=shown.order.billnumber, codes=[str(code) for code in refusals])
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(asked.url(RESULT), 303)
        if answered.notice is not None:
            answered = Answered(answered.form, answered.problems, pages.notice(answered.notice, asked.language))
        view = pages.payment_page(shown, asked, answered)
        return self._answers.page(view, asked.language, status=status, refused=refusals)

    async def _open(self, question: _Question) -> tuple[ShownOrder | None, Asked]:
        order_id = self._cfsids.read(question.one("CFSID"))
        shown = await self._show(order_id) if order_id is not None else None
        asked = question.asked()
        if shown is None:
            return None, asked
        return shown, replace(asked, order_language=Language(shown.order.language))

    def _unknown_link(self, question: _Question) -> Response:
        return self._answers.refusal(_UNKNOWN_LINK, question.chosen or question.browser_language, status=404)


async def _read(request: Request) -> _Question:
    return _Question(await read_pairs(request), browser_language(request))
