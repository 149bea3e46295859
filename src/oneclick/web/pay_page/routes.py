"""The payment page's addresses: ``pay.cfm``, ``result.cfm``. Parse, call one use case, render.

A payer is known by the CFSID alone: whoever holds it may pay this order, and nothing else.
"""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from oneclick.languages import Language
from oneclick.one_click.eligibility import CARD_EXPIRED, NO_CARD, ORDER_OVER, WRONG_CVC2
from oneclick.outcome import First, Refused, Second
from oneclick.use_cases.pay import Paid, Pay, SavedCard
from oneclick.use_cases.retry_order import RetryOrder
from oneclick.use_cases.show_order import ShownOrder, ShowOrder, Stage
from oneclick.web.answers import Answers
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.form import NEW_CARD, PostedForm, Problems, read_form, read_means
from oneclick.web.pay_page.pages import PAY, RESULT, Answered, Asked
from oneclick.web.pay_page.views import Problem
from oneclick.web.reading import Pairs, one, read_pairs

_log = structlog.get_logger()

_UNKNOWN_LINK = Refused(First.ABSENT, Second.ORDER)
_BROKEN = Refused(First.FORMAT, Second.NOTHING_MORE)
_UNPROCESSABLE = 422
_UNAVAILABLE = 503


class PayPage:
    """The doors of a payer."""

    def __init__(self, show: ShowOrder, pay: Pay, retry: RetryOrder, cfsids: CfsidCodec, answers: Answers) -> None:
        self._show = show
        self._pay = pay
        self._retry = retry
        self._cfsids = cfsids
        self._answers = answers

    def routes(self) -> list[Route]:
        """What to mount."""
        return [
            Route(PAY, self.show, methods=["GET"]),
            Route(PAY, self.post, methods=["POST"]),
            Route(RESULT, self.result, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The card form or the confirmation; an order that can't be paid any more shows its result."""
        pairs = await read_pairs(request)
        shown, asked = await self._open(pairs)
        if shown is None:
            return self._unknown_link(pairs)
        if one(pairs, "type") == "json":
            return JSONResponse(pages.order_json(shown))
        if shown.stage is not Stage.PAYABLE:
            return RedirectResponse(asked.url(RESULT), 303)
        return self._answers.page(pages.payment_page(shown, asked), asked.language)

    async def result(self, request: Request) -> Response:
        """How the payment ended; an order that nobody began to pay goes back to its form."""
        pairs = await read_pairs(request)
        shown, asked = await self._open(pairs)
        if shown is None:
            return self._unknown_link(pairs)
        if one(pairs, "type") == "json":
            return JSONResponse(pages.result_json(shown))
        if shown.stage is Stage.PAYABLE:
            return RedirectResponse(asked.url(PAY), 303)
        view = pages.result_page(shown, asked)
        return self._answers.page(view, asked.language, leads_away=True)

    async def post(self, request: Request) -> Response:
        """Pays, or opens another attempt; what is wrong comes back with the form. The result has its own address."""
        pairs = await read_pairs(request)
        order_id = self._cfsids.read(one(pairs, "CFSID"))
        if order_id is None:
            return self._unknown_link(pairs)
        if one(pairs, "action") == "retry":
            attempt = await self._retry(order_id)
            return RedirectResponse(Asked(self._cfsids.write(attempt), _chosen(pairs)).url(PAY), 303)
        form = read_form(pairs)
        if form is None:
            return await self._again(pairs, [_BROKEN], Answered(notice=pages.FORM_BROKEN))
        means = read_means(form, _chosen(pairs))
        if means is None:
            return await self._again(pairs, [NO_CARD], Answered(form, notice=pages.CARD_GONE))
        if isinstance(means, Problems):
            return await self._again(pairs, means.refusals, Answered(form, means))
        paid = await self._pay(order_id, means, _client_ip(request))
        if isinstance(paid, Refused):
            return await self._refused(pairs, form, paid, saved=isinstance(means, SavedCard))
        if paid is Paid.TRY_LATER:
            return await self._again(pairs, [], Answered(form, notice=pages.TRY_LATER), _UNAVAILABLE)
        return RedirectResponse(Asked(one(pairs, "CFSID"), _chosen(pairs)).url(RESULT), 303)

    async def _refused(self, pairs: Pairs, form: PostedForm, refused: Refused, *, saved: bool) -> Response:
        """A refusal of the rules, said where it belongs: at the field, above the form, or on the result page."""
        if refused == ORDER_OVER:
            return RedirectResponse(Asked(one(pairs, "CFSID"), _chosen(pairs)).url(RESULT), 303)
        answered = Answered(form, notice=pages.CARD_GONE)
        if refused == CARD_EXPIRED:
            expired = Problems({"Expiry": Problem.EXPIRED})
            answered = Answered(form, notice=pages.CARD_EXPIRED) if saved else Answered(form, expired)
        elif refused == WRONG_CVC2:
            answered = Answered(form, Problems({"CVC2": Problem.CVC2_THREE}))
        elif refused != NO_CARD:
            return self._unknown_link(pairs)
        return await self._again(pairs, [refused], answered)

    async def _again(
        self, pairs: Pairs, refusals: list[Refused], answered: Answered, status: int = _UNPROCESSABLE
    ) -> Response:
        """The page again, with what was wrong; nothing was stored or charged."""
        shown, asked = await self._open(pairs)
        if shown is None:
            return self._unknown_link(pairs)
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

    async def _open(self, pairs: Pairs) -> tuple[ShownOrder | None, Asked]:
        cfsid = one(pairs, "CFSID")
        order_id = self._cfsids.read(cfsid)
        shown = await self._show(order_id) if order_id is not None else None
        language = Language(shown.order.language) if shown else Language.RU
        return shown, Asked(cfsid, _chosen(pairs), language, one(pairs, "SavedCard") or _typed_form(pairs))

    def _unknown_link(self, pairs: Pairs) -> Response:
        return self._answers.refusal(_UNKNOWN_LINK, _chosen(pairs) or Language.RU, status=404)


def _typed_form(pairs: Pairs) -> str:
    """A form that was posted without a stored card is the full one: it comes back as such."""
    return NEW_CARD if any(name.lower() == "cardnumber" for name, _ in pairs) else ""


def _chosen(pairs: Pairs) -> Language | None:
    """The language that the payer chose, if any (B15)."""
    asked = one(pairs, "Language").upper()
    return Language(asked) if asked in Language.__members__ else None


def _client_ip(request: Request) -> str:
    return request.client.host if request.client else ""
