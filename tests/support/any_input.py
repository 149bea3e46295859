"""Any text in any spelling for the gateway's doors, sent byte by byte, and what holds for every answer."""

import http.client
import json
import re
import socket
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from oneclick.assist import order_request
from support.demo_stack import RunningDemo

NUMBERS = ("4111111111111111", "5555555555554444", "2200000000000004", "378282246310005", "4000000000009995")
CVC2S = ("739", "7391")
PAY, RESULT, BODY = "/pay/pay.cfm", "/pay/result.cfm", "/pay/body.cfm"
ORDER, STATE = "/pay/order.cfm", "/orderstate/orderstate.cfm"
# What each door may answer, whatever it is asked; 503 would be an acquirer that is away, and here it isn't.
STATUSES = {
    ("GET", PAY): {200, 303, 400, 404},
    ("POST", PAY): {200, 303, 400, 404, 413, 422},
    ("GET", RESULT): {200, 303, 400, 404},
    ("GET", BODY): {200, 400},
    ("GET", ORDER): {302, 400},
    ("POST", ORDER): {302, 400, 413},
    ("POST", STATE): {200, 400, 401},
}
FAULTS = re.compile(
    r"Traceback|\.py\b|File &|NoneType|object at 0x|psycopg|starlette|jinja|pydantic|asyncio|oneclick\.|\blambda\b"
    r"|\b[A-Z][A-Za-z]*(Error|Exception|Warning)\b"
)
ORDER_NAMES = sorted(order_request._SPELLINGS.values())  # noqa: SLF001  # every parameter that the door knows
MOMENTS = tuple(f"{end}{part}" for end in ("Start", "End") for part in ("Year", "Month", "Day", "Hour", "Min"))
STATE_NAMES = ("Ordernumber", "Merchant_ID", "Login", "Password", "Format", *MOMENTS)
FORM_NAMES = (
    "CardNumber", "Expiry", "CardHolder", "CVC2", "Remember", "Preselected", "SavedCard", "action",
    "Language", "Offer",
)  # fmt: skip
QUERY_NAMES = (
    "CFSID", "SavedCard", "Language", "Offer", "Deleted", "Delete", "type", "ErrorID", "action", "CardNumber", "CVC2",
)  # fmt: skip

bounded = partial(
    settings, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck), print_blob=False
)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    @property
    def all_of_it(self) -> str:
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers), self.body])

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


class _Answered(BytesIO):
    """A socket's answer for ``http.client`` to take apart."""

    def makefile(self, _: str) -> "_Answered":
        return self


def ask(stack: RunningDemo, method: str, target: bytes, body: bytes = b"", kind: bytes = b"") -> Answer:
    """Sends these very bytes; reads the whole answer and checks what holds for every one."""
    where = urlsplit(stack.gateway)
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: pay.test", b"Connection: close"]
    if method == "POST":
        lines += [b"Content-Length: %d" % len(body), b"Content-Type: " + kind]
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(b"\r\n".join([*lines, b"", body]))
        raw = b"".join(iter(lambda: connection.recv(65536), b""))
    check_headers(raw)
    response = http.client.HTTPResponse(_Answered(raw))  # type: ignore[arg-type]  # all that is used of a socket
    response.begin()
    content = response.read()
    assert len(content) == int(response.headers["content-length"])
    answer = Answer(response.status, response.getheaders(), content.decode("utf-8"))
    # A payer's own typing stands in its own field again, and may read like anything.
    assert FAULTS.search(OWN_FIELD.sub(r"\1", answer.all_of_it)) is None, answer
    return answer


def check_headers(raw: bytes) -> None:
    """RFC 9110, 5.5 and 5.6.2: names are tokens; values are visible ASCII, spaces and tabs."""
    head, _, _ = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    assert re.fullmatch(rb"HTTP/1\.1 [2-5][0-9]{2} [ -~]*", status_line)
    for line in lines:
        assert re.fullmatch(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~]*", line), line
        assert len(line) < 8192, line[:80]


def ask_door(
    stack: RunningDemo, asked: tuple[str, str], query: bytes = b"", body: bytes = b"", kind: bytes = b""
) -> Answer:
    """Asks one of the doors; its answer is one of those that it may give."""
    method, path = asked
    answer = ask(stack, method, path.encode() + (b"?" + query if query else b""), body, kind)
    assert answer.status in STATUSES[asked], answer
    return answer


def spellings(number: str) -> set[str]:
    """A number as people and programs write it, also in an address."""
    digits = [number[:4], number[4:10], number[10:]] if number.startswith("37") else re.findall("....", number)
    return {number, *(sign.join(digits) for sign in (" ", "-", "+", "%20", "\N{NO-BREAK SPACE}", ".", "%C2%A0"))}


PLANTED = sorted(spelling for number in NUMBERS for spelling in spellings(number))
LEAKED = re.compile("|".join(map(re.escape, PLANTED)))
OWN_FIELD = re.compile(r'(name="(?:CardNumber|Expiry|CardHolder)"[^>]*?) value="[^"]*"')


def assert_no_card(answer: Answer) -> None:
    """B4, B9: a number stands in the value of the field that it was typed into, and nowhere else; a CVC2 nowhere."""
    rest = OWN_FIELD.sub(r"\1", answer.all_of_it)
    found = LEAKED.search(rest)
    assert found is None, rest[max(0, found.start() - 100) : found.end()]
    # A refused order's address names the merchant that it came with: any number that fits, also one like a CVC2.
    ids = r"[0-9a-f-]{36,}|v=[0-9a-f]{12}|Date: .*|date: .*|[a-zT]+-[0-9]{19}-[0-9]+|\bMerchant_ID=[0-9]{1,10}\b"
    without_ids = re.sub(ids, "", rest)
    assert re.search(r"(?<![0-9A-Za-z])7391?(?![0-9A-Za-z])", without_ids) is None


ODD = (
    "",
    "0",
    "\0",
    "a\0b",
    "\r\nSet-Cookie: a=b",
    "\N{RIGHT-TO-LEFT OVERRIDE}1111 1111",
    "\N{LEFT-TO-RIGHT ISOLATE}\N{ZERO WIDTH JOINER}",
    "e" + "\N{COMBINING ACUTE ACCENT}" * 300,
    "\ufffe\uffff\U0010ffff",
    "\N{ARABIC-INDIC DIGIT FOUR}" * 16,
    "\N{KELVIN SIGN}\N{LATIN SMALL LETTER DOTLESS I}\N{LATIN SMALL LETTER LONG S}\u0130",
    "9" * 5000,
    "-1e309",
    "NaN",
    "{{ 7*7 }}%(x)s${x}%s",
    "<script>alert(1)</script>\"'",
    "' OR 1=1; --",
    "../../etc/passwd",
    "x" * 9_000,
)
# Surrogates have no UTF-8; requests spell them as bytes that are none, or as JSON escapes.
letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
texts = st.one_of(
    letters,
    st.sampled_from(ODD),
    st.sampled_from(PLANTED),
    st.sampled_from(CVC2S),
    st.builds(lambda text, times: text * times, letters, st.integers(0, 300)),
    st.integers(-(10**400), 10**400).map(str),
)
raw_values = st.one_of(texts.map(str.encode), st.binary(max_size=60))
KINDS = (
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=windows-1251",
    "application/json",
    "application/json; charset=utf-16",
    "multipart/form-data; boundary=bound",
    "multipart/form-data; boundary=other",
    "multipart/form-data; boundary=bound; charset=utf-7",
    "multipart/form-data",
    "text/plain",
    "application/xml",
    "",
    "\tmultipart/form-data ;;; boundary",
)


def names_of(names: tuple[str, ...] | list[str]) -> st.SearchStrategy[str]:
    """A name of the door in any case, or any other name."""
    known = st.sampled_from(names)
    return st.one_of(known, known, known.map(str.upper), known.map(str.swapcase), letters)


def pairs_of(names: tuple[str, ...] | list[str]) -> st.SearchStrategy[list[tuple[str, bytes]]]:
    """Some parameters; also the same one twice."""
    return st.lists(st.tuples(names_of(names), raw_values), max_size=6)


def urlencoded(pairs: list[tuple[str, bytes]], *, escaped: bool = True) -> bytes:
    """As a form or a query; unescaped, what is not ASCII stands there as it is."""
    if escaped:
        return b"&".join(f"{quote_from_bytes(n.encode())}={quote_from_bytes(v)}".encode() for n, v in pairs)
    return b"&".join(n.encode() + b"=" + v for n, v in pairs)


def multipart(pairs: list[tuple[str, bytes]]) -> bytes:
    parts = [b'--bound\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in pairs]
    return b"".join(parts) + b"--bound--\r\n"


def as_json(pairs: list[tuple[str, bytes]]) -> bytes:
    """Texts, halves of characters, numbers, and both again one level down."""
    flat: dict[str, Any] = {name: value.decode("utf-8", "surrogateescape") for name, value in pairs}
    flat |= {name: int(value) for name, value in pairs if re.fullmatch(rb"[0-9]{1,400}", value)}
    merchant = flat if len(pairs) % 2 else {"Merchant_ID": 1}
    return json.dumps(flat | {"merchant": merchant, "nested": {"nested": [flat, None, 1.5, True]}}).encode()


@st.composite
def bodies(draw: st.DrawFn, names: tuple[str, ...] | list[str]) -> tuple[bytes, bytes]:
    """A body and its content type, which mostly fit; now and then a part of it is missing or changed."""
    pairs = draw(pairs_of(names))
    kind = draw(st.sampled_from([*KINDS, *KINDS[:1] * 8, *KINDS[4:5] * 4, *KINDS[2:3] * 4])).encode()
    if b"json" in kind:
        body = as_json(pairs)
    elif b"multipart" in kind:
        body = multipart(pairs)
    else:
        body = urlencoded(pairs, escaped=draw(st.booleans()))
    if draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(body)))
        body = body[:place] + draw(st.sampled_from([b"", b"\xff", b"\0", b"--bound", b"&", b"}", b"\xed\xa0\x80"]))
    return body, kind
