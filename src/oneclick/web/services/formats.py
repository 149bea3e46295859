"""The forms in which the services answer: CSV, XML, JSON, and an error in each. No rule. Source: P 5, 12.10, 12.11."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from oneclick.assist.codes import Codes, FirstCode
from oneclick.web.reading import Pairs, Unreadable, one, read_query


class Format(StrEnum):
    """The protocol's ``Format``; SOAP and WDDX are not spoken."""

    CSV = "1"
    XML = "3"
    JSON = "5"


FieldTexts = Mapping[str, str]

_BAD_REQUEST = 400
_STATUSES: dict[int, int] = {FirstCode.AUTHENTICATION: 401, FirstCode.INTERNAL: 500}


def wanted(request: Request, pairs: Pairs, default: Format) -> Format:
    """The form to answer in: JSON to who speaks it, else what is asked for, else the service's own."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return Format.JSON
    asked = one(pairs, "Format")
    return Format(asked) if asked in set(Format) else default


def unread(request: Request, codes: Codes, status: int, default: Format) -> Response:
    """A refusal while the body is still unread: the address line alone says in which form."""
    try:
        pairs = read_query(request)
    except Unreadable:
        pairs = []
    answer = error(codes, wanted(request, pairs, default))
    answer.status_code = status
    return answer


def error(codes: Codes, form: Format) -> Response:
    """The answer of a refusal: its two codes. In JSON an error doesn't come with HTTP 200 (P 12.11)."""
    first, second = int(codes.first), int(codes.second)
    if form is Format.JSON:
        return JSONResponse({"firstcode": first, "secondcode": second}, _STATUSES.get(first, _BAD_REQUEST))
    if form is Format.CSV:
        return PlainTextResponse(f"error;{first};{second};\n")
    return xml(f'<result firstcode="{first}" secondcode="{second}" count="0"></result>')


def xml(root: str) -> Response:
    """The answer of an XML document."""
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Response(declaration + root, media_type="text/xml; charset=utf-8")


def elements(name: str, rows: Sequence[FieldTexts]) -> str:
    """One element a row, and in it one element a text."""
    return "".join(
        f"<{name}>{''.join(f'<{key}>{escape(text)}</{key}>' for key, text in row.items())}</{name}>" for row in rows
    )


def csv(rows: Sequence[FieldTexts]) -> Response:
    """A line of names, then a line a row; each ends with a semicolon (P 5). Separators in texts become spaces."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    flat = str.maketrans(";\r\n", "   ")
    return PlainTextResponse("".join(";".join(text.translate(flat) for text in line) + ";\n" for line in lines))
