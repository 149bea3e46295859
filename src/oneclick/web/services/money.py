"""``charge.cfm``, ``wscancel.cfm``, ``cancel.cfm``: what a shop does with a paid order's money (P 5.4, 5.8)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from oneclick.assist.as_codes import IN_PROCESS
from oneclick.assist.codes import CODES, Codes, FirstCode, SecondCode
from oneclick.assist.operation_fields import SERVICE_FIELDS, OperationFacts, operation_texts
from oneclick.languages import Language
from oneclick.outcome import Refused
from oneclick.use_cases.shop.cancel_order import CancelOrder
from oneclick.use_cases.shop.charge_order import ChargeOrder
from oneclick.use_cases.steps.authentication import Credentials
from oneclick.use_cases.steps.operation_run import OperationRequest, OperationResult
from oneclick.web.answers import known_language
from oneclick.web.client_address import ClientAddress
from oneclick.web.reading import Pairs, Unreadable, read_pairs, values
from oneclick.web.services.formats import Format, csv, elements, error, wanted, xml

_log = structlog.get_logger()

CHARGE = "/charge/charge.cfm"
WS_CANCEL = "/cancel/wscancel.cfm"
CANCEL = "/cancel/cancel.cfm"

_NAMES = (
    "Billnumber", "Merchant_ID", "Login", "Password", "Amount", "Currency", "ClientIP", "Language", "Format",
)  # fmt: skip
_CANCEL_NAMES = ("CancelReason", "Externalrefundid")
_MANDATORY = {
    "Merchant_ID": SecondCode.MERCHANT_ID,
    "Login": SecondCode.LOGIN_OR_PASSWORD,
    "Password": SecondCode.LOGIN_OR_PASSWORD,
    "Billnumber": SecondCode.ORDER,
}
# The shape of each field that is sent, and what a wrong one is refused with.
_SHAPES = {
    "Merchant_ID": (r"[0-9]{1,10}", Codes(FirstCode.FORMAT, SecondCode.MERCHANT_ID)),
    "Billnumber": (r"[0-9]{15,16}(\.[0-9]{1,4})?", Codes(FirstCode.FORMAT, SecondCode.ORDER)),
    "Currency": (r"[A-Z]{3}", Codes(FirstCode.FORMAT, SecondCode.CURRENCY)),
    "Externalrefundid": (r"[A-Za-z0-9\-_]{10,100}", Codes(FirstCode.FORMAT, SecondCode.OPERATION)),
    "Format": (r"[135]", Codes(FirstCode.VALUE, SecondCode.FORMAT)),
    "CancelReason": (r"[123]", Codes(FirstCode.VALUE, SecondCode.OPERATION)),
}

Verb = Callable[[OperationRequest], Awaitable[OperationResult | Refused]]


@dataclass(frozen=True)
class _Service:
    """One address: what it does, how it answers by itself, and the root of its JSON."""

    verb: Verb
    default: Format
    name: str

    def fields(self, pairs: Pairs) -> dict[str, str] | None:
        """The fields that the service knows; None if one came twice. An id of a refund names no charge (P 5.4, 5.8)."""
        return values(pairs, _NAMES if self.name == "charge" else (*_NAMES, *_CANCEL_NAMES))


class MoneyDoor:
    """The shop's door to the money of its orders."""

    def __init__(
        self, charge: ChargeOrder, cancel: CancelOrder, client_address: ClientAddress, *, test_mode: bool
    ) -> None:
        self._services = {
            CHARGE: _Service(charge, Format.CSV, "charge"),
            WS_CANCEL: _Service(cancel, Format.XML, "wscancel"),
            CANCEL: _Service(cancel, Format.XML, "wscancel"),
        }
        self._client_address = client_address
        self._test_mode = test_mode

    def routes(self) -> list[Route]:
        """The addresses of this door. POST alone: a password has no place in an address line."""
        return [Route(path, self.serve, methods=["POST"]) for path in self._services]

    async def serve(self, request: Request) -> Response:
        """Answers in CSV, XML or JSON: what was asked for, else JSON to JSON, else the service's own."""
        service = self._services[request.url.path]
        try:
            pairs = await read_pairs(request)
            fields = service.fields(pairs)
        except Unreadable:
            pairs, fields = [], None
        form = wanted(request, pairs, service.default)
        result = await _result(service.verb, _operation_request(fields, self._client_address(request)))
        if isinstance(result, Codes):
            _log.info("service refused", service=service.name, code=str(result))
            return error(result, form)
        language = known_language((fields or {}).get("Language", "")) or Language.RU
        texts = operation_texts(_facts(result, language, test_mode=self._test_mode), SERVICE_FIELDS)
        if form is Format.CSV:
            return csv([texts])
        if form is Format.XML:
            orders = elements("order", [texts])
            return xml(f'<result firstcode="0" secondcode="0" count="1"><orders>{orders}</orders></result>')
        return JSONResponse({service.name: _json_body(service.name, texts)})


async def _result(verb: Verb, request: OperationRequest | Codes) -> OperationResult | Codes:
    if isinstance(request, Codes):
        return request
    result = await verb(request)
    return CODES[result.reason] if isinstance(result, Refused) else result


def _operation_request(fields: dict[str, str] | None, client_ip: str) -> OperationRequest | Codes:
    """A well-formed request, or the first thing that is wrong with it (P 5.4, 5.8, 6.5)."""
    if fields is None:  # can't be read, or a parameter came twice
        return Codes(FirstCode.FORMAT, SecondCode.NOTHING_MORE)
    for name, second in _MANDATORY.items():
        if not fields.get(name):
            return Codes(FirstCode.MANDATORY_MISSING, second)
    for name, (pattern, codes) in _SHAPES.items():
        if fields.get(name) and not re.fullmatch(pattern, fields[name]):
            return codes
    amount, currency = fields.get("Amount") or None, fields.get("Currency") or None
    if (amount is None) != (currency is None):  # both or neither
        return Codes(FirstCode.MANDATORY_MISSING, SecondCode.AMOUNT if amount is None else SecondCode.CURRENCY)
    return OperationRequest(
        credentials=Credentials(
            merchant_id=int(fields["Merchant_ID"]), login=fields["Login"], password=fields["Password"]
        ),
        billnumber=int(fields["Billnumber"].partition(".")[0]),
        amount_text=amount,
        currency=currency,
        external_refund_id=fields.get("Externalrefundid") or None,
        client_ip=client_ip,
    )


def _facts(result: OperationResult, language: Language, *, test_mode: bool) -> OperationFacts:
    order, operation = result.order, result.operation
    return OperationFacts(
        merchant_id=order.merchant_id,
        order_number=order.order_number,
        billnumber=order.billnumber,
        operation_number=operation.operation_number,
        order_amount=order.amount,
        order_state=order.state,
        order_created_at=order.created_at,
        parameters=order.parameters,
        language=language,
        kind=operation.kind,
        amount=operation.amount,
        brand=operation.brand,
        card_mask=operation.card_mask,
        card_expiry=operation.card_expiry,
        cardholder=operation.cardholder,
        as_code=operation.as_code or IN_PROCESS,
        authorisation_id=operation.authorisation_id,
        rrn=operation.rrn,
        client_ip=operation.client_ip,
        answered_at=operation.answered_at,
        packet_at=result.packet_at,
        test_mode=test_mode,
    )


def _json_body(name: str, texts: dict[str, str]) -> dict[str, object]:
    """A charge is one object, a cancel an order beside its checkdata (P 12.11)."""
    if name == "charge":
        return dict(texts)
    checks = {"packetdate": texts["packetdate"], "signature": texts["signature"], "checkvalue": ""}
    order = {key: text for key, text in texts.items() if key not in checks}
    return {"order": order, "checkdata": checks}
