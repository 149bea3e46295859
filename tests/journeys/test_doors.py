"""What real clients of the protocol need (P 12), at the running gateway."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from support.demo_stack import CARD, RunningDemo, call, eventually, fresh, md5_checkvalue

pytestmark = pytest.mark.xdist_group("stack")


def test_p12_7_an_order_is_in_process_with_a_right_checkvalue_straight_after_the_redirect(stack: RunningDemo) -> None:
    """P 12.1, 12.7, 12.8: GET and POST, mixed case, a trailing ampersand; the Location is complete."""
    order = stack.signed(CustomerNumber=fresh("c"))
    body = "&".join(f"{name.upper()}={value}" for name, value in order.items()) + "&"
    posted = call(f"{stack.gateway}/pay/order.cfm", body.encode())
    assert posted.status == 302
    assert re.fullmatch(rf"{stack.gateway}/pay/pay\.cfm\?CFSID=[A-Za-z0-9_+/=]+", posted.location)
    got = call(f"{stack.gateway}/pay/order.cfm?{body}")
    assert got.location == posted.location  # E3: an equal order goes on
    answer = stack.state(order["OrderNumber"])
    assert answer.body.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ET.fromstring(answer.body)  # noqa: S314  # our own gateway's answer
    assert (root.tag, root.get("firstcode"), root.get("secondcode")) == ("result", "0", "0")
    [told] = root.findall("order")
    fields = {child.tag: child.text or "" for child in told}
    names = ["ordernumber", "billnumber", "orderamount", "ordercurrency", "orderstate", "packetdate", "signature"]
    assert list(fields) == [*names, "checkvalue"]
    assert fields["orderstate"] == "In Process"
    assert re.fullmatch(r"[0-9]{16}", fields["billnumber"])
    text = "".join([order["Merchant_ID"], fields["ordernumber"], "100.50", "RUB", "In Process"])
    assert fields["checkvalue"] == md5_checkvalue(stack.merchant["secret_word"], text)


def test_p12_1_a_form_may_come_as_multipart(stack: RunningDemo) -> None:
    """P 12.1: PHP clients that hand an array to their HTTP library send multipart."""
    order = stack.signed(CustomerNumber=fresh("c"))
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in order.items()]
    body = ("".join(parts) + "--b--\r\n").encode()
    reply = call(f"{stack.gateway}/pay/order.cfm", body, Content_Type="multipart/form-data; boundary=b")
    assert "pay.cfm?CFSID=" in reply.location


def test_p12_11_json_is_answered_in_json(stack: RunningDemo) -> None:
    """P 12.11: one object with checkdata; credentials may be nested; an error doesn't come with HTTP 200."""
    order = stack.signed(CustomerNumber=fresh("c"))
    stack.order(order)
    merchant = {"Merchant_ID": stack.merchant["merchant_id"], "Login": stack.merchant["login"]}
    asked = {"merchant": merchant | {"Password": stack.merchant["password"]}, "ordernumber": order["OrderNumber"]}
    url = f"{stack.gateway}/orderstate/orderstate.cfm"
    reply = call(url, json.dumps(asked).encode(), Content_Type="application/json")
    told = json.loads(reply.body)["orderstate"]
    assert (reply.status, told["orderstate"], told["orderamount"]) == (200, "In Process", "100.50")
    assert set(told["checkdata"]) == {"packetdate", "signature", "checkvalue"}
    by_form = json.loads(stack.state(order["OrderNumber"], Format="5").body)["orderstate"]
    assert by_form["billnumber"] == told["billnumber"]
    wrong = stack.state(order["OrderNumber"], Format="5", Password="wrong-pass1")
    assert (wrong.status, json.loads(wrong.body)) == (401, {"firstcode": 7, "secondcode": 141})


def test_p12_10_an_unreadable_question_is_answered_in_the_door_s_own_form(stack: RunningDemo) -> None:
    """P 12.10, 12.11: XML to a form, JSON to JSON; another method names those that are allowed."""
    url = f"{stack.gateway}/orderstate/orderstate.cfm"
    xml = call(url, b"\xff=1")
    assert 'firstcode="4" secondcode="0" count="0"' in xml.body
    told = call(url, b"{", Content_Type="application/json")
    assert (told.status, json.loads(told.body)) == (400, {"firstcode": 4, "secondcode": 0})
    doubled = call(url, [("Format", "5"), ("Login", "a"), ("login", "b")])
    assert (doubled.status, json.loads(doubled.body)) == (400, {"firstcode": 4, "secondcode": 0})
    other = call(url)
    assert (other.status, other.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"Password": "wrong-pass1"}, ("7", "141")),
        ({"Login": "nobody_here"}, ("7", "141")),
        ({"Merchant_ID": "999999"}, ("7", "141")),
        ({"Merchant_ID": "x"}, ("4", "100")),
        ({"Merchant_ID": ""}, ("3", "100")),
        ({"Ordernumber": "no such order"}, ("10", "201")),
        ({"Ordernumber": ""}, ("3", "107")),
        ({"Format": "7"}, ("5", "103")),
        (dict.fromkeys(("StartYear", "EndYear"), "9999") | {"Ordernumber": "none"}, ("10", "201")),
        (
            {"EndYear": "9999", "EndMonth": "12", "EndDay": "31", "EndHour": "23", "EndMin": "59", "Ordernumber": "no"},
            ("10", "201"),
        ),
    ],
)
def test_p5_1_a_wrong_question_gets_its_codes_in_xml(
    stack: RunningDemo, change: dict[str, str], codes: tuple[str, str]
) -> None:
    """P 5.1, 12.10: the root carries the codes, and count is 0. Nobody learns which part of a login was wrong."""
    order = stack.signed(CustomerNumber=fresh("c"))
    stack.order(order)
    root = ET.fromstring(stack.state(order["OrderNumber"], **change).body)  # noqa: S314
    assert (root.get("firstcode"), root.get("secondcode"), root.get("count"), len(root)) == (*codes, "0", 0)


def test_p5_1_the_period_counts_and_wrong_dates_fall_back(stack: RunningDemo) -> None:
    """P 5.1, 12.13: only orders begun in the period are found; a month without a day is no error."""
    order = stack.signed(CustomerNumber=fresh("c"))
    stack.order(order)
    past = {"StartYear": "2020", "StartMonth": "1", "StartDay": "1"} | {
        "EndYear": "2020", "EndMonth": "1", "EndDay": "2"
    }  # fmt: skip
    assert 'firstcode="10"' in stack.state(order["OrderNumber"], **past).body
    half = {"StartYear": "2020", "StartMonth": "13"}
    assert "In Process" in stack.state(order["OrderNumber"], **half).body


def test_p12_9_programs_read_the_order_and_the_result_as_json(stack: RunningDemo) -> None:
    """P 12.9: type=json on the payment link and on the result page."""
    order = stack.signed(CustomerNumber=fresh("c"), OrderComment="Two <b>books</b>")
    link = stack.order(order).location
    told = json.loads(call(f"{link}&type=json").body)
    assert told["merchant"] == {"id": stack.merchant["merchant_id"]}
    assert told["order"]["statename"] == "In Process"
    assert told["order"]["ordernumber"] == order["OrderNumber"]
    assert told["order"]["comment"] == "Two bbooks/b"
    assert (told["operation"]["amount"], told["operation"]["currencycode"]) == ("100.50", "RUB")
    result = call(link, CARD).location
    told = json.loads(call(f"{stack.gateway}{result}&type=json").body)
    assert told["params"]["aordernumber"]["value"] == order["OrderNumber"]
    assert told["operation"]["meannumber"] == "************1111"  # B9: the link is the payer's


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ({}, "{shop}/ok?"),
        ({"URL_RETURN": "http://shop.test/r"}, "http://shop.test/r?"),
        ({"URL_RETURN_OK": "http://shop.test/ok?a=1", "URL_RETURN": "http://shop.test/r"}, "http://shop.test/ok?a=1&"),
        ({"URL_RETURN": "http://shop.test/r?"}, "http://shop.test/r?"),
        ({"URL_RETURN": "http://shop.test/r?a=1&"}, "http://shop.test/r?a=1&"),
    ],
)
def test_p12_8_the_result_page_leads_back_to_the_shop(stack: RunningDemo, urls: dict[str, str], expected: str) -> None:
    """P 4.1, 12.8: form1 holds the address with billnumber first, and the order's addresses win over the merchant's."""
    number = fresh("№ 1/a~b")
    link = stack.order(stack.signed(OrderNumber=number, CustomerNumber=fresh("c"), **urls)).location
    page = call(stack.gateway + call(link, CARD).location)
    assert "result.cfm" in call(link).location
    assert 'class="Info1_result"' in page.body
    found = re.search(r'<form name="form1"[^>]* action="([^"]*)"', page.body)
    assert found is not None
    action = found[1].replace("&amp;", "&")
    start = expected.format(shop=stack.shop)
    assert re.fullmatch(rf"{re.escape(start)}billnumber=[0-9]{{16}}&ordernumber=[A-Za-z0-9_%+-]+&", action)
    assert "%E2%84%96+1%2Fa%7Eb" in action
    assert page.headers["content-security-policy"].endswith("form-action 'self' https: http:")


def test_p4_2_the_shop_is_notified_of_an_approval_and_of_a_decline(stack: RunningDemo) -> None:
    """P 4.2: the worker delivers; the demo's shop answers 13/0 to orders that aren't its own, and isn't asked again."""
    for card in (CARD, CARD | {"CardNumber": "4000000000009995"}):
        link = stack.opened(fresh("c"))
        bill = str(int(link.rpartition("=")[2][16:32], 16))
        call(link, card)
        lines = eventually("a notification", 15, lambda b=bill: [line for line in stack.logs().splitlines()
            if '"notification sent"' in line and b in line])  # fmt: skip
        assert '"answer": "HTTP 200, codes 13/0"' in lines[0]
        assert '"state": "refused"' in lines[0]
