"""Reads forms, queries and JSON bodies into name-value pairs, within bounds."""

import asyncio
import json
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

BODY_BYTES_MAX = 64 * 1024
_FIELDS_MAX = 200
_BODY_WAIT_S = 15.0
_UTF_8_OR_NONE = re.compile(r"^(?!.*charset)|charset\s*=\s*\"?utf-?8\"?\s*(;|$)", re.IGNORECASE)

Pairs = list[tuple[str, str]]


class Unreadable(Exception):  # noqa: N818  # it is an answer, not a fault
    """A request that can't be read: too large, too slow, or not in UTF-8. Holds the HTTP status to answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


async def read_pairs(request: Request) -> Pairs:
    """All parameters: the query's, then the body's (form, multipart or JSON). Raises ``Unreadable``.

    A body may end with an ampersand (P 12.1). Of JSON its members count, and those of a nested ``merchant`` (P 12.11):
    texts and numbers as they are written, null as an empty text. Whatever else a member holds counts as its JSON: it is
    wrong where it is asked for, and never passed over as if it hadn't been sent.
    """
    pairs = read_query(request)
    if request.method != "POST":
        return pairs
    body = await _read_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return pairs + _json_pairs(body)
    if kind == "multipart/form-data":
        return pairs + await _multipart_pairs(request, body)
    return pairs + _decode(body)


def read_query(request: Request) -> Pairs:
    """The parameters of the address line alone. Raises ``Unreadable``."""
    query: bytes = request.scope["query_string"]
    if len(query) > BODY_BYTES_MAX:
        raise Unreadable(413)
    return _decode(query)


def one(pairs: Pairs, name: str) -> str:
    """The first value of a field, whatever the case of its name; empty if there is none."""
    return next((value for sent, value in pairs if sent.lower() == name.lower()), "")


def values(pairs: Pairs, names: Iterable[str]) -> dict[str, str] | None:
    """The fields of these names, by their right spelling; None if one of them comes twice."""
    spellings = {name.lower(): name for name in names}
    found: dict[str, str] = {}
    for sent, value in pairs:
        name = spellings.get(sent.lower())
        if name is None:
            continue
        if name in found:
            return None
        found[name] = value
    return found


def _decode(raw: bytes) -> Pairs:
    try:
        return parse_qsl(
            raw.decode("ascii" if raw.isascii() else "utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS_MAX,
        )
    except ValueError:  # not UTF-8, or too many fields
        raise Unreadable(400) from None


async def _read_body(request: Request) -> bytes:
    chunks = bytearray()
    try:
        async with asyncio.timeout(_BODY_WAIT_S):
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > BODY_BYTES_MAX:
                    raise Unreadable(413)
    except TimeoutError:
        raise Unreadable(408) from None
    except ClientDisconnect:
        raise Unreadable(400) from None
    return bytes(chunks)


async def _multipart_pairs(request: Request, body: bytes) -> Pairs:
    """Some clients post forms as multipart; files are passed over. UTF-8 alone is read, whatever the client names."""
    if not _UTF_8_OR_NONE.search(request.headers["content-type"]):
        raise Unreadable(400)

    async def replay() -> dict[str, object]:  # ASGI wants a coroutine
        return {"type": "http.request", "body": body, "more_body": False}

    again = Request(request.scope, replay)
    try:
        async with again.form(max_files=1, max_fields=_FIELDS_MAX, max_part_size=BODY_BYTES_MAX) as form:
            pairs = [(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)]
    except (HTTPException, MultiPartException):  # no boundary, no name, no end of a header
        raise Unreadable(400) from None
    return [(_encodable(name), _encodable(value)) for name, value in pairs]


class _Members(list[tuple[str, object]]):
    """A JSON object with all its members: of two with one name, none is lost (P 12.1)."""


def _json_pairs(body: bytes) -> Pairs:
    try:
        content = json.loads(body, object_pairs_hook=_Members, parse_float=str)
        if not isinstance(content, _Members):
            raise Unreadable(400)
        return _members(content)
    except (ValueError, RecursionError):
        raise Unreadable(400) from None


def _members(content: _Members) -> Pairs:
    merchants = (value for name, value in content if name == "merchant" and isinstance(value, _Members))
    pairs = [
        (_encodable(name), _encodable(_json_text(value)))
        for part in (content, *merchants)
        for name, value in part
        if not (name == "merchant" and isinstance(value, _Members))
    ]
    if len(pairs) > _FIELDS_MAX:
        raise Unreadable(400)
    return pairs


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _encodable(text: str) -> str:
    """JSON and other codecs can spell halves of characters, which no encoding knows."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable(400) from None
    return text
