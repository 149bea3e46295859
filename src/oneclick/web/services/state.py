"""``orderstate.cfm``: the state of an order, in XML or JSON (P 5.1, 12.10, 12.11)."""

import re
from datetime import UTC, datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from oneclick.assist.codes import CODES, Codes, FirstCode, SecondCode
from oneclick.assist.dates import protocol_date
from oneclick.clock import Clock
from oneclick.outcome import Refused
from oneclick.use_cases.shop.report_order_state import ReportedAttempt, ReportOrderState
from oneclick.use_cases.steps.authentication import Credentials
from oneclick.web.reading import Unreadable, read_pairs, values
from oneclick.web.services.formats import Format, elements, error, wanted, xml

_log = structlog.get_logger()

STATE = "/orderstate/orderstate.cfm"

_NAMES = (
    "Ordernumber", "Merchant_ID", "Login", "Password", "Format",
    "StartYear", "StartMonth", "StartDay", "StartHour", "StartMin",
    "EndYear", "EndMonth", "EndDay", "EndHour", "EndMin",
)  # fmt: skip
_DEFAULT_PERIOD = timedelta(days=3)
_MANDATORY = {
    "Merchant_ID": SecondCode.MERCHANT_ID,
    "Ordernumber": SecondCode.ORDERNUMBER,
    "Login": SecondCode.LOGIN_OR_PASSWORD,
    "Password": SecondCode.LOGIN_OR_PASSWORD,
}


class StateDoor:
    """The shop's door to its orders' states."""

    def __init__(self, report: ReportOrderState, clock: Clock) -> None:
        self._report = report
        self._clock = clock

    def routes(self) -> list[Route]:
        """The addresses of this door. POST alone: a password has no place in an address line."""
        return [Route(STATE, self.state, methods=["POST"])]

    async def state(self, request: Request) -> Response:
        """Answers in XML, unless JSON is asked for or spoken. An error in JSON doesn't come with HTTP 200 (P 12.11)."""
        try:
            pairs = await read_pairs(request)
            fields = values(pairs, _NAMES)
        except Unreadable:
            pairs, fields = [], None
        form = Format.JSON if wanted(request, pairs, Format.XML) is Format.JSON else Format.XML
        reported = await self._reported(fields)
        if isinstance(reported, Codes):
            _log.info("orderstate refused", code=str(reported))
            return error(reported, form)
        return (
            JSONResponse({"orderstate": _json_order(reported[0])})
            if form is Format.JSON
            else xml(_orders_root(reported))
        )

    async def _reported(self, fields: dict[str, str] | None) -> list[ReportedAttempt] | Codes:
        if fields is None:  # can't be read, or a parameter came twice
            return Codes(FirstCode.FORMAT, SecondCode.NOTHING_MORE)
        for name, second in _MANDATORY.items():
            if not fields.get(name):
                return Codes(FirstCode.MANDATORY_MISSING, second)
        merchant_id = fields["Merchant_ID"]
        if not re.fullmatch(r"[0-9]{1,10}", merchant_id):
            return Codes(FirstCode.FORMAT, SecondCode.MERCHANT_ID)
        if fields.get("Format", Format.XML) not in (Format.XML, Format.JSON):
            return Codes(FirstCode.VALUE, SecondCode.FORMAT)
        if "\0" in fields["Ordernumber"]:
            return Codes(FirstCode.FORMAT, SecondCode.ORDERNUMBER)
        credentials = Credentials(merchant_id=int(merchant_id), login=fields["Login"], password=fields["Password"])
        reported = await self._report(credentials, fields["Ordernumber"], _period(fields, self._clock.now()))
        return CODES[reported.reason] if isinstance(reported, Refused) else reported


def _period(fields: dict[str, str], now: datetime) -> tuple[datetime, datetime]:
    """The period asked for, in GMT; a missing or wrong end falls back to three days ago, or now (P 5.1, 12.13)."""
    start = _moment(fields, "Start", 0) or now - _DEFAULT_PERIOD
    # The protocol's moments have whole minutes: the last one counts to its end.
    return start, _moment(fields, "End", 59) or now


def _moment(fields: dict[str, str], end: str, second: int) -> datetime | None:
    try:
        year, month, day = (int(fields[f"{end}{part}"]) for part in ("Year", "Month", "Day"))
        hour, minute = (int(fields.get(f"{end}{part}") or 0) for part in ("Hour", "Min"))
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _texts(reported: ReportedAttempt) -> dict[str, str]:
    return {
        "ordernumber": reported.order.order_number,
        "billnumber": str(reported.order.billnumber),
        "orderamount": reported.order.amount.protocol_text,
        "ordercurrency": reported.order.currency,
        "orderstate": reported.order.state,
    }


def _check_texts(reported: ReportedAttempt) -> dict[str, str]:
    return {"packetdate": protocol_date(reported.packet_at), "signature": "", "checkvalue": reported.checkvalue}


def _json_order(reported: ReportedAttempt) -> dict[str, object]:
    """One object: the attempt that decides (P 12.11)."""
    return _texts(reported) | {"checkdata": _check_texts(reported)}


def _orders_root(reported: list[ReportedAttempt]) -> str:
    orders = elements("order", [_texts(state) | _check_texts(state) for state in reported])
    return f'<result firstcode="0" secondcode="0" count="{len(reported)}">{orders}</result>'
