"""The payment request's address, ``order.cfm``, and the page of its refusals, ``body.cfm``.

A good order answers 302 to the payment page, a refused one 302 to the refusal page: shops that post from their server
read the ``Location`` (P 1.1, 12.7).
"""

import re
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from oneclick.assist.codes import CODES, Codes, FirstCode, SecondCode
from oneclick.assist.order_request import MERCHANT_ID_MAX, read_order_request
from oneclick.ids import OrderId
from oneclick.outcome import Refused
from oneclick.use_cases.shop.find_frame_ancestors import FindFrameAncestors
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.web.answers import Answers, RefusedRequest, browser_language, known_language
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.reading import Pairs, one, read_pairs

_log = structlog.get_logger()

ORDER = "/pay/order.cfm"
REFUSAL = "/pay/body.cfm"
_ERROR_ID = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")


class OrderDoor:
    """The shop's door to a payment."""

    def __init__(
        self,
        open_order: OpenOrder,
        find_frame_ancestors: FindFrameAncestors,
        cfsids: CfsidCodec,
        answers: Answers,
        public_url: str,
    ) -> None:
        self._open_order = open_order
        self._find_frame_ancestors = find_frame_ancestors
        self._cfsids = cfsids
        self._answers = answers
        self._public_url = public_url

    def routes(self) -> list[Route]:
        """The addresses of this door."""
        return [
            Route(ORDER, self.order, methods=["GET", "POST"]),
            Route(REFUSAL, self.refusal, methods=["GET"]),
        ]

    async def order(self, request: Request) -> Response:
        """Opens an order; the address in the answer is complete, since a shop's server may hand it on."""
        pairs = await read_pairs(request)
        opened = await self._opened(pairs)
        if isinstance(opened, Codes):
            _log.info("order refused", code=str(opened), merchant_id=_merchant_id(pairs))
            asked = known_language(one(pairs, "Language"))
            query = {"ErrorID": str(opened)} | ({"Language": asked} if asked else {}) | _merchant(pairs)
            return RedirectResponse(f"{self._public_url}{REFUSAL}?{urlencode(query)}", 302)
        _log.info("order opened", billnumber=opened.billnumber, merchant_id=_merchant_id(pairs))
        return RedirectResponse(f"{self._public_url}/pay/pay.cfm?CFSID={self._cfsids.write(opened)}", 302)

    async def _opened(self, pairs: Pairs) -> OrderId | Codes:
        order_request = read_order_request(pairs)
        if isinstance(order_request, Codes):
            return order_request
        opened = await self._open_order(order_request)
        return CODES[opened.reason] if isinstance(opened, Refused) else opened

    async def refusal(self, request: Request) -> Response:
        """Says what a refused order's code means, also in a frame of the merchant that the address names (B15)."""
        pairs = await read_pairs(request)
        match = _ERROR_ID.fullmatch(one(pairs, "ErrorID"))
        codes = Codes(int(match[1]), int(match[2])) if match else Codes(FirstCode.ERROR, SecondCode.NOTHING_MORE)
        language = known_language(one(pairs, "Language")) or browser_language(request)
        merchant = _merchant(pairs)
        framed_by = await self._find_frame_ancestors(int(merchant["Merchant_ID"])) if merchant else ()
        other = urlencode({"ErrorID": str(codes), "Language": language.other} | merchant)
        about = RefusedRequest(other_language_url=f"{REFUSAL}?{other}", framed_by=framed_by)
        return self._answers.refusal(codes, language, request=about)


def _merchant(pairs: Pairs) -> dict[str, str]:
    """What names the merchant in an address; nothing if that can't be one."""
    text = _merchant_id(pairs)
    return {"Merchant_ID": text} if text != "?" and int(text) <= MERCHANT_ID_MAX else {}


def _merchant_id(pairs: Pairs) -> str:
    """For the log: digits only, so that nothing else can slip in."""
    text = one(pairs, "Merchant_ID")
    return text if re.fullmatch(r"[0-9]{1,10}", text) else "?"
