"""Every field of every door, with any text in any spelling: an expected answer, no trace of a fault, no card leaked.

The requests are written byte by byte, since a client library refuses to send most of what a stranger can.
"""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.any_input import (
    BODY,
    FAULTS,
    FORM_NAMES,
    KINDS,
    LEAKED,
    ORDER,
    ORDER_NAMES,
    PAY,
    QUERY_NAMES,
    RESULT,
    STATE,
    STATE_NAMES,
    STATUSES,
    as_json,
    ask,
    ask_door,
    assert_no_card,
    bodies,
    bounded,
    check_headers,
    multipart,
    pairs_of,
    raw_values,
    texts,
    urlencoded,
)
from support.demo_stack import CARD, RunningDemo, call, fresh, md5_checkvalue, saved_card_of

pytestmark = pytest.mark.xdist_group("stack")


@dataclass(frozen=True)
class Links:
    """Payers' links. Those that can be paid are opened anew each time: an example may pay, or try so often."""

    stack: RunningDemo
    with_card: str
    card_id: str
    paid: str

    def query(self, which: int) -> bytes:
        """Of a newcomer, of a customer with a card, of a declined order, of a paid one, of none."""
        if which == 0:
            link = self.stack.opened(fresh("any"), OrderAmount="0.01")
        elif which == 1:
            link = self.stack.opened(self.with_card, OrderAmount="0.01")
        elif which == 2:
            link = self.stack.opened(fresh("no"))
            assert call(link, CARD | {"CardNumber": "4000000000009995"}).status == 200
        else:
            link = self.paid if which == 3 else "?CFSID=none"
        return link.partition("?")[2].encode()


@pytest.fixture(scope="module")
def links(stack: RunningDemo) -> Iterator[Links]:
    """What this file plays with. Guesses of CVC2 that it makes are forgotten after it (B19)."""
    customer = fresh("card")
    assert call(stack.opened(customer), CARD | {"Remember": "1"}).status == 303
    paid = stack.opened(fresh("paid"))
    assert call(paid, CARD).status == 303
    yield Links(stack, customer, saved_card_of(call(stack.opened(customer)).body), paid)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM wrong_cvc2")


@bounded(max_examples=120)
@given(which=st.integers(0, 4), body=bodies(FORM_NAMES), more=pairs_of(QUERY_NAMES[1:]))
@example(which=0, body=(urlencoded([(n, b"4111 1111 1111 1111") for n in FORM_NAMES]), KINDS[0].encode()), more=[])
@example(which=1, body=(urlencoded([(n, b"5555-5555-5555-4444") for n in FORM_NAMES]), KINDS[0].encode()), more=[])
def test_any_text_in_any_field_of_a_payers_form_is_answered(
    stack: RunningDemo, links: Links, which: int, body: tuple[bytes, bytes], more: list[tuple[str, bytes]]
) -> None:
    """B4, B9, B16: whatever the fields hold, in whatever form they come, at an order in whatever state."""
    query = links.query(which) + b"&" + urlencoded(more)
    assert_no_card(ask_door(stack, ("POST", PAY), query, *body))


@pytest.mark.parametrize("size", [8_000, 65_000, 65_537, 70_000])
@pytest.mark.parametrize("name", [*FORM_NAMES, "x"])
def test_a_long_text_in_any_field_is_answered_shortly(stack: RunningDemo, links: Links, name: str, size: int) -> None:
    """B4, P 12.1: up to 64 KiB a form is read, and no field makes a long header or a long page of its own."""
    for kind, encode in ((KINDS[0], urlencoded), (KINDS[4], multipart), (KINDS[2], as_json)):
        for action in (b"", b"retry"):
            body = encode([("action", action), (name, b"4" * size)])
            answer = ask_door(stack, ("POST", PAY), links.query(0), body, kind.encode())
            assert (answer.status == 413) == (len(body) > 65_536)
            assert len(answer.body) < 20_000
    answer = ask_door(stack, ("GET", PAY), links.query(0) + b"&" + urlencoded([(name, b"4" * 8_000)]))
    assert len(answer.body) < 20_000


TYPED = {"CardNumber": b"4111111111111112", "Expiry": b"12/31", "CardHolder": b"A B", "CVC2": b"739", "Remember": b"1"}
ACTIONS: tuple[dict[str, bytes], ...] = (
    {},
    {"action": b"retry"},
    {"action": b"delete"},
    {"action": b"delete-confirmed"},
)
one_field = st.tuples(st.sampled_from(FORM_NAMES), raw_values)


@bounded(max_examples=120)
@given(which=st.integers(0, 4), action=st.sampled_from(ACTIONS), field=one_field)
def test_any_text_in_one_field_of_an_else_right_form_is_answered(
    stack: RunningDemo, links: Links, which: int, action: dict[str, bytes], field: tuple[str, bytes]
) -> None:
    """B4, B16: the other fields are right, so each field is read as far as it ever is; the CVC2 never comes back."""
    form = urlencoded([*(TYPED | action | dict([field])).items()])
    assert_no_card(ask_door(stack, ("POST", PAY), links.query(which), form, KINDS[0].encode()))


@bounded(max_examples=120)
@given(which=st.integers(0, 1), action=st.sampled_from(ACTIONS[:2]), field=one_field)
def test_any_text_beside_a_stored_card_is_answered(
    stack: RunningDemo, links: Links, which: int, action: dict[str, bytes], field: tuple[str, bytes]
) -> None:
    """B5, B14: the confirmation's form, with its own card's id or, at another's order, a foreign one; no CVC2 fits."""
    form = {"SavedCard": links.card_id.encode(), "CVC2": b"7391"} | action | dict([field])
    answer = ask_door(stack, ("POST", PAY), links.query(which), urlencoded([*form.items()]), KINDS[0].encode())
    assert_no_card(answer)
    assert which == 1 or re.search(r"(••••|</span>|\*) *1111", answer.body) is None


@bounded(max_examples=120)
@given(
    page=st.sampled_from([PAY, RESULT, BODY, f"{PAY}?x", f"{RESULT}?x"]),
    which=st.integers(0, 4),
    pairs=pairs_of(QUERY_NAMES),
)
@example(page=PAY, which=0, pairs=[(n, b"4111111111111111") for n in QUERY_NAMES if n != "CFSID"])
@example(page=PAY, which=1, pairs=[("SavedCard", b"4111-1111-1111-1111"), ("Language", b"en")])
@example(page=RESULT, which=3, pairs=[("type", b"json"), ("Language", b"\xff")])
@example(page=BODY, which=0, pairs=[("ErrorID", "\N{ARABIC-INDIC DIGIT FOUR}.1".encode())])
@example(page=BODY, which=0, pairs=[("ErrorID", b"999.999")])
def test_any_query_of_a_page_is_answered(
    stack: RunningDemo, links: Links, page: str, which: int, pairs: list[tuple[str, bytes]]
) -> None:
    """B9, B15: what an address line names shows up on no page, unless it is one of the page's own words."""
    query = links.query(which) + b"&" + urlencoded(pairs)[:6000]
    if page.endswith("?x"):  # unescaped: a request line can hold no space and no line's end
        query += b"&" + re.sub(rb"[\x00-\x20\x7f]", b"", urlencoded(pairs, escaped=False))[:6000]
    assert_no_card(ask_door(stack, ("GET", page.removesuffix("?x")), query))


@bounded(max_examples=120)
@given(name=st.sampled_from(ORDER_NAMES), value=texts, customer=st.sampled_from(["c-any", "c-any", ""]))
def test_any_text_in_any_parameter_of_an_order_is_answered(
    stack: RunningDemo, name: str, value: str, customer: str
) -> None:
    """A4, P 1.4: signed as the shop signs, so that it is read to the end; what is opened can be shown and asked for."""
    given_ = {"CustomerNumber": customer} if customer else {}
    order = stack.signed(**given_ | {"OrderNumber": fresh("any")})
    order |= {name: value}
    signed = ("Merchant_ID", "OrderNumber", "OrderAmount", "OrderCurrency", "CustomerNumber")
    text = ";".join(order[part] for part in signed if order.get(part))
    if name not in {"Checkvalue", "Signature", "SignatureV2"}:
        order["Checkvalue"] = md5_checkvalue(stack.merchant["secret_word"], text)
    body = urlencoded([(part, one.encode()) for part, one in order.items()])
    answer = ask_door(stack, ("POST", ORDER), body=body, kind=KINDS[0].encode())
    assert_no_card(answer)
    if "CFSID=" not in answer.header("location"):
        return
    page = urlsplit(answer.header("location"))
    for door in (PAY, RESULT):
        for more in ("", "&type=json"):
            shown = ask_door(stack, ("GET", door), f"{page.query}{more}".encode())
            assert "7*7" not in shown.body or "{{ 7*7 }}" in shown.body
            assert "<script>alert" not in shown.body or "json" in shown.header("content-type")
    login = [("Login", stack.merchant["login"]), ("Password", stack.merchant["password"]), ("Format", "5")]
    asked = [("Merchant_ID", order["Merchant_ID"]), ("Ordernumber", order["OrderNumber"]), *login]
    told = ask_door(
        stack, ("POST", STATE), body=urlencoded([(n, v.encode()) for n, v in asked]), kind=KINDS[0].encode()
    )
    assert json.loads(told.body)["orderstate"]["ordernumber"] == order["OrderNumber"]


@bounded(max_examples=120)
@given(body=bodies(ORDER_NAMES), query=pairs_of(ORDER_NAMES), method=st.sampled_from(["GET", "POST"]))
@example(body=(b'--bound\r\nContent-Disposition: form-data; name="a', KINDS[4].encode()), query=[], method="POST")
@example(body=(b"", b"multipart/form-data; boundary=" + b"b" * 300), query=[], method="POST")
@example(body=(b'{"a": "\\ud800"}', b"application/json"), query=[], method="POST")
@example(body=(b'{"Merchant_ID": 1, "Merchant_ID": 2}', b"application/json"), query=[], method="POST")
def test_any_body_of_an_order_is_answered(
    stack: RunningDemo, body: tuple[bytes, bytes], query: list[tuple[str, bytes]], method: str
) -> None:
    """P 12.1: in any form and encoding, in the address and the body at once."""
    content, kind = body if method == "POST" else (b"", b"")
    answer = ask(stack, method, f"{ORDER}?".encode() + urlencoded(query)[:6000], content, kind)
    assert answer.status in STATUSES[method, ORDER]
    assert_no_card(answer)


@bounded(max_examples=120)
@given(body=bodies(STATE_NAMES), right=st.booleans(), name=st.sampled_from(STATE_NAMES), value=raw_values)
@example(body=(b"--bound", KINDS[7].encode()), right=False, name="Login", value=b"")
def test_any_question_for_a_state_is_answered_in_the_doors_own_form(
    stack: RunningDemo, *, body: tuple[bytes, bytes], right: bool, name: str, value: bytes
) -> None:
    """P 5.1, 12.10, 12.11: XML or JSON with its codes, never a page; a right question with one odd field as well."""
    if right:
        fields = {"Merchant_ID": str(stack.merchant["merchant_id"]), "Ordernumber": "none", "Format": "3"}
        fields |= {"Login": stack.merchant["login"], "Password": stack.merchant["password"]}
        body = urlencoded([*({n: v.encode() for n, v in fields.items()} | {name: value}).items()]), KINDS[0].encode()
    answer = ask_door(stack, ("POST", STATE), b"", *body)
    assert_no_card(answer)
    kind = answer.header("content-type")
    if kind == "application/json":
        assert {"firstcode", "secondcode"} == set(json.loads(answer.body))
    else:
        assert kind == "text/xml; charset=utf-8"
        assert re.search(r'<result firstcode="[0-9]+" secondcode="[0-9]+" count="0"></result>$', answer.body)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FOO", "get"])
@pytest.mark.parametrize("path", [PAY, RESULT, BODY, ORDER, STATE, "/health", "/pay/static/page.js", "/", "*"])
def test_any_method_is_answered(stack: RunningDemo, method: str, path: str) -> None:
    """No method but the door's own is more than refused; HEAD is GET without a body."""
    where = urlsplit(stack.gateway)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: pay.test\r\nConnection: close\r\n\r\n".encode())
        raw = b"".join(iter(lambda: connection.recv(65536), b""))
    check_headers(raw)
    assert raw[9:12] in ({b"200", b"302", b"404", b"405"} if method == "HEAD" else {b"400", b"404", b"405"}), raw[:200]
    assert FAULTS.search(raw.decode()) is None


@pytest.mark.parametrize("path", ["/pay/pay.cfm/", "/pay/order.cfm/", "/health/", "/pay/static", "/pay/pay.cfm%2f"])
def test_an_address_with_a_slash_too_many_or_too_few_is_nowhere(stack: RunningDemo, path: str) -> None:
    """B4, P 12.8: it isn't led on to the host that the request names: a browser would post the card there again."""
    for method, body in (("GET", b""), ("POST", urlencoded([*TYPED.items()]))):
        answer = ask(stack, method, path.encode(), body, KINDS[0].encode())
        assert (answer.status, answer.header("location"), "pay.test" in answer.all_of_it) == (404, "", False)


def test_after_all_of_this_no_log_holds_a_card_or_a_fault(stack: RunningDemo, links: Links) -> None:
    """B4, B9: every spelling of every number, in the logs of every process; and no request has failed."""
    assert links.card_id
    logs = stack.logs()
    assert '"answered"' in logs
    assert [line for line in logs.splitlines() if LEAKED.search(line)] == []
    assert [line for line in logs.splitlines() if '"request failed"' in line or "Traceback" in line] == []
    for name in ("CVC2", "cvc2", "CardNumber", "CFSID", "SavedCard"):
        assert not re.search(rf"{name}\W{{1,4}}7391?\b", logs)
    assert "Set-Cookie" not in logs
