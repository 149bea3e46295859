"""Bad input at the doors: a clear answer with its codes, a line in the log without card data, nothing stored."""

import json
import re

import psycopg
import pytest

from support.demo_stack import CARD, Reply, RunningDemo, call, fresh, saved_card_of

pytestmark = pytest.mark.xdist_group("stack")

UNKNOWN_CARD = "11111111-1111-4111-8111-111111111111"


def _counts(stack: RunningDemo) -> tuple[int, ...]:
    """How many rows there are of all that a payment can leave behind, and how many messages the acquirer got."""
    tables = ("payment_order", "operation", "customer", "stored_card", "vault_card", "consent", "notification")
    with psycopg.connect(stack.database_url) as connection:
        rows = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]  # noqa: S608
    return (*(row[0] for row in rows if row), len(stack.ledger()))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Merchant_ID": ""}, "3.100"),
        ({"Merchant_ID": "12a"}, "4.100"),
        ({"Merchant_ID": "2147483648"}, "4.100"),
        ({"Merchant_ID": "999999"}, "10.200"),
        ({"OrderNumber": ""}, "3.107"),
        ({"OrderNumber": "a;b"}, "4.107"),
        ({"OrderAmount": ""}, "3.108"),
        ({"OrderAmount": "0"}, "5.108"),
        ({"OrderAmount": "0.00"}, "5.108"),
        ({"OrderAmount": "-5"}, "4.108"),
        ({"OrderAmount": "1e5"}, "4.108"),
        ({"OrderAmount": "1234567890123456"}, "4.108"),
        ({"OrderAmount": "10.001"}, "4.108"),
        ({"OrderCurrency": "XXX"}, "5.105"),
        ({"OrderCurrency": "BGN"}, "5.105"),
        ({"OrderCurrency": "rub"}, "4.105"),
        ({"CustomerNumber": "a=b"}, "4.202"),
        ({"CustomerNumber": "x" * 33}, "4.202"),
        ({"CustomerNumber": "a\x00b"}, "4.202"),
        ({"CustomerNumber": ""}, "3.202"),
        ({"CustomerNumber": "0"}, "3.202"),
        ({"RecurringIndicator": "1"}, "5.0"),
        ({"Delay": "2"}, "5.109"),
        ({"Language": "FR"}, "5.127"),
        ({"CardPayment": "0"}, "5.218"),
        ({"Checkvalue": "0" * 32}, "7.158"),
        ({"Checkvalue": ""}, "7.158"),
        ({"Signature": "AAAA"}, "7.158"),
        ({"Email": "nobody"}, "4.120"),
        ({"URL_RETURN": "javascript:alert(1)"}, "4.154"),
        ({"URL_RETURN_OK": "http://[x"}, "4.154"),
        ({"URL_RETURN_NO": "http://a]b/"}, "4.154"),
        ({"URL_RETURN": "http:///path"}, "4.154"),
        ({"URL_RETURN": "http://a:99999/"}, "4.154"),
        ({"OrderNumber": "a\uffff"}, "4.107"),
    ],
)
def test_a4_a6_a_wrong_order_is_refused_with_its_codes_and_leaves_nothing(
    stack: RunningDemo, change: dict[str, str], code: str
) -> None:
    """A4, A5, A6, A8 and P 1.4, 6.5, 6.6, on the real doors: the refusal's page tells the code."""
    before = _counts(stack)
    reply = stack.order(stack.signed(**{"CustomerNumber": "c-bad"} | change))
    assert (reply.status, reply.error_id) == (302, code)
    assert reply.location.startswith(f"{stack.gateway}/pay/body.cfm?ErrorID=")
    page = call(reply.location, Accept_Language="en")
    assert page.status == 200
    assert code in page.body
    assert f'"code": "{code}"' in stack.logs()
    assert _counts(stack) == before


def test_p12_a_doubled_parameter_refuses_the_order_whatever_its_case(stack: RunningDemo) -> None:
    """P 12.1: two values for one name refuse the order, in a form, a query, or one in each."""
    order = stack.signed(CustomerNumber="c-bad")
    doubled = stack.order([*order.items(), ("ORDERAMOUNT", "1.00")])  # type: ignore[arg-type]
    assert doubled.error_id == "4.108"
    in_both = call(f"{stack.gateway}/pay/order.cfm?OrderNumber=x", order)
    assert in_both.error_id == "4.107"


def test_a_body_over_64_kib_is_refused(stack: RunningDemo) -> None:
    before = _counts(stack)
    reply = stack.order(stack.signed(CustomerNumber="c-bad", OrderComment="x" * 66_000))
    assert reply.status == 413
    assert "4.2" in reply.body
    assert _counts(stack) == before


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe=1", b"OrderNumber=%FF", b"&".join([b"a=1"] * 300)],
    ids=["not UTF-8", "escaped, not UTF-8", "too many fields"],
)
def test_an_unreadable_body_is_refused(stack: RunningDemo, body: bytes) -> None:
    reply = call(f"{stack.gateway}/pay/order.cfm", body)
    assert reply.status == 400
    assert "4.0" in reply.body


@pytest.mark.parametrize("charset", ["utf-7", "idna", "undefined", "unicode_escape", "utf-16", "latin-1; x=utf-8"])
def test_a_multipart_body_is_read_in_utf_8_alone(stack: RunningDemo, charset: str) -> None:
    """A client doesn't choose our codecs: some are slow, some spell what can't be stored."""
    body = b'--b\r\nContent-Disposition: form-data; name="Merchant_ID"\r\n\r\nxn--a+2AA-\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    assert call(f"{stack.gateway}/pay/order.cfm", body, Content_Type=kind).status == 400
    right = "multipart/form-data; charset=UTF-8; boundary=b"
    assert call(f"{stack.gateway}/pay/order.cfm", body, Content_Type=right).error_id == "4.100"


def test_an_unknown_path_is_not_logged(stack: RunningDemo) -> None:
    """B4: whatever somebody writes into an address line stays out of the logs."""
    assert call(f"{stack.gateway}/pay/5555555555554444/739").status == 404
    assert "5555555555554444" not in stack.logs()


@pytest.mark.parametrize("path", ["/pay/order.cfm", "/orderstate/orderstate.cfm"])
@pytest.mark.parametrize(
    "body",
    [
        '{"OrderNumber": "\\ud800"}',
        "[1]",
        "{",
        '{"a": ' + "9" * 5000 + "}",
        "[" * 60_000,
        '{"a":' * 900 + "1" + "}" * 900,
    ],
    ids=["half a character", "no object", "no end", "a long number", "no end of nesting", "deep nesting"],
)
def test_unreadable_json_is_refused(stack: RunningDemo, path: str, body: str) -> None:
    """Half characters, no object, no end, a number without end, nesting without end."""
    assert call(f"{stack.gateway}{path}", body.encode(), Content_Type="application/json").status == 400


def test_p12_a_forged_or_foreign_cfsid_opens_nothing(stack: RunningDemo) -> None:
    """A CFSID with one changed digit, of another shape, or none: 404, with the code; nothing of the order shows."""
    link = stack.opened("c-link")
    cfsid = link.rpartition("=")[2]
    changed = [cfsid[:n] + ("0" if cfsid[n] != "0" else "1") + cfsid[n + 1 :] for n in (0, 15, 20, 31, 40, 71)]
    for forged in [*changed, "", "x", cfsid + "00", cfsid.upper() + "G", "%00", "'--"]:
        for path in ("pay", "result"):
            reply = call(f"{stack.gateway}/pay/{path}.cfm?CFSID={forged}")
            assert (reply.status, "10.201" in reply.body) == (404, True), forged
        assert call(f"{stack.gateway}/pay/pay.cfm?CFSID={forged}", CARD).status == 404


def _pay(link: str, **change: str) -> Reply:
    return call(link, CARD | {"Remember": "1"} | change)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CardNumber": "4111 1111 1111 1112"}, "4.106"),
        ({"CardNumber": ""}, "4.106"),
        ({"CardNumber": "4" * 60_000}, "4.106"),
        ({"Expiry": "13/31"}, "4.142"),
        ({"Expiry": "12/20"}, "5.142"),
        ({"Expiry": ""}, "4.142"),
        ({"CVC2": ""}, "4.115"),
        ({"CVC2": "12"}, "4.115"),
        ({"CVC2": "1234"}, "4.115"),
        ({"CVC2": "abc"}, "4.115"),
        ({"CardHolder": "4111111111111111"}, "4.114"),
        ({"CardNumber": "", "Expiry": "12/20", "CVC2": ""}, "4.106, 5.142, 4.115"),
    ],
)
def test_b16_a_wrong_card_comes_back_with_the_form_and_leaves_nothing(
    stack: RunningDemo, change: dict[str, str], code: str
) -> None:
    """B4, B16: the answer names the field; the CVC2 isn't given back; nothing is stored or charged."""
    link = stack.opened(fresh("form"), Language="EN")
    before = _counts(stack)
    reply = _pay(link, **change)
    assert reply.status == 422
    assert reply.headers["errorid"] == code
    assert 'aria-invalid="true"' in reply.body
    cvc2_input = re.search(r"<input[^>]*id=\"CVC2\"[^>]*>", reply.body)
    assert cvc2_input is not None
    assert "value=" not in cvc2_input[0]
    assert _counts(stack) == before
    assert json.dumps(code.split(", ")) in stack.logs()


def test_b4_a_foreign_saved_card_is_never_shown_or_used(stack: RunningDemo) -> None:
    """A stored card of another customer, an unknown one, or no id at all: refused, and nothing is charged."""
    owner_link = stack.opened(fresh("owner"))
    assert _pay(owner_link).status == 303
    owner = fresh("owner")
    assert _pay(stack.opened(owner)).status == 303
    card_id = saved_card_of(call(stack.opened(owner)).body)
    thief = stack.opened(fresh("thief"), Language="EN")
    before = _counts(stack)
    for foreign in (card_id, UNKNOWN_CARD, "0", "' OR 1=1 --", card_id.upper()):
        reply = call(thief, {"SavedCard": foreign, "CVC2": "123"})
        assert (reply.status, reply.headers["errorid"]) == (422, "10.203")
        assert "is no longer here. Nothing was charged: enter a card." in reply.body
        shown = call(f"{thief}&SavedCard={foreign.replace(' ', '+')}")
        assert 'class="tile' not in shown.body
        assert 'id="CardNumber"' in shown.body
    assert _counts(stack) == before


def test_b3_a_wrong_cvc2_is_declined_and_keeps_nothing(stack: RunningDemo) -> None:
    """B3: the acquirer says N7; the order is Declined, no card is kept, and the payer can try again (B16)."""
    customer = fresh("cvc2")
    parameters = stack.signed(CustomerNumber=customer, Language="EN")
    link = stack.order(parameters).location
    page = _pay(link, CVC2="000")
    assert page.status == 200
    assert "Info1_result" in page.body
    assert "didn't go through" in page.body
    assert 'value="4111 1111 1111 1111"' in page.body  # B16: what was typed is still there
    assert 'value="000"' not in page.body
    assert "didn't go through" in call(link.replace("pay.cfm", "result.cfm")).body
    assert "<orderstate>Declined</orderstate>" in stack.state(parameters["OrderNumber"]).body
    assert 'id="CardNumber"' in call(stack.opened(customer)).body
    again = call(link, {"action": "retry"})
    assert again.status == 303
    assert again.location.rpartition("=")[2] != link.rpartition("=")[2]
    assert _pay(stack.gateway + again.location).status == 303
    state = stack.state(parameters["OrderNumber"]).body
    assert re.findall(r"<orderstate>(\w+)<", state) == ["Approved", "Declined"]


def test_b17_a_repeated_post_pays_once(stack: RunningDemo) -> None:
    """B17: the same form again, also after the end, gives the same answer and no second authorisation."""
    parameters = stack.signed(CustomerNumber=fresh("twice"))
    link = stack.order(parameters).location
    replies = [_pay(link) for _ in range(3)]
    assert {(reply.status, reply.location) for reply in replies} == {(303, replies[0].location)}
    bill = re.search(r"<billnumber>(\d+)<", stack.state(parameters["OrderNumber"]).body)
    assert bill is not None
    assert len([entry for entry in stack.ledger() if entry["billnumber"] == bill[1]]) == 1
    assert call(link).location.startswith("/pay/result.cfm?CFSID=")


def test_every_page_has_its_security_headers(stack: RunningDemo) -> None:
    """No script, style or frame from elsewhere; nothing is kept by caches or told to others."""
    page = call(stack.opened(fresh("headers")))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self'")
    assert "unsafe" not in policy
    assert call(f"{stack.gateway}/nothing").status == 404
    assert call(f"{stack.gateway}/pay/static/..%2f..%2frouting.py").status == 404
