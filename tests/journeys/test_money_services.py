"""E4, E5, P 5.4, 5.8, 6.5: charge and cancel as shops ask for them, at the running demo."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.demo_stack import CARD, Reply, RunningDemo, call, fresh, oneclick

pytestmark = pytest.mark.xdist_group("stack")

CHARGE = "/charge/charge.cfm"
WS_CANCEL = "/cancel/wscancel.cfm"
CANCEL = "/cancel/cancel.cfm"


def paid(stack: RunningDemo, **parameters: str) -> tuple[str, str]:
    """The order's number and its bill; paid with a card that isn't kept."""
    order = stack.signed(CustomerNumber=fresh("money"), **parameters)
    assert "result.cfm" in call(stack.order(order).location, CARD).location
    found = re.search(r"<billnumber>(\d+)<", stack.state(order["OrderNumber"]).body)
    assert found is not None
    return order["OrderNumber"], found[1]


def asked(stack: RunningDemo, path: str, bill: str, **fields: str) -> Reply:
    merchant = stack.merchant
    who = {"Merchant_ID": merchant["merchant_id"], "Login": merchant["login"], "Password": merchant["password"]}
    return call(stack.gateway + path, who | {"Billnumber": bill} | fields)


def state(stack: RunningDemo, number: str) -> str:
    found = re.search(r"<orderstate>([^<]+)<", stack.state(number).body)
    assert found is not None
    return found[1]


def entry(stack: RunningDemo, bill: str) -> dict[str, Any]:
    (found,) = [entry for entry in stack.ledger() if entry["billnumber"] == bill]
    return found


def csv_of(reply: Reply) -> dict[str, str]:
    names, values, rest = reply.body.split("\n")
    assert (rest, names[-1], values[-1]) == ("", ";", ";")
    return dict(zip(names[:-1].split(";"), values[:-1].split(";"), strict=True))


def by_json(stack: RunningDemo, bill: str, **fields: object) -> Reply:
    """Asks for a cancel by JSON."""
    who = {name: stack.merchant[key] for name, key in (("Merchant_ID", "merchant_id"), ("Login", "login"))}
    body = {"merchant": who | {"Password": stack.merchant["password"]}, "Billnumber": bill} | fields
    return call(stack.gateway + WS_CANCEL, json.dumps(body).encode(), Content_Type="application/json")


def test_e4_a_two_stage_order_is_delayed_and_charged_by_csv(stack: RunningDemo) -> None:
    """E4, P 5.4: Delay=1 blocks the money; the charge answers in CSV by itself, with the extended billnumber."""
    number, bill = paid(stack, Delay="1", OrderAmount="500.00")
    assert (state(stack, number), entry(stack, bill)["state"]) == ("Delayed", "authorised")
    told = csv_of(asked(stack, CHARGE, bill, Amount="200.00", Currency="RUB", Language="EN"))
    assert (told["responsecode"], told["orderstate"], told["billnumber"]) == ("AS000", "PartialDelayed", f"{bill}.2")
    assert (told["amount"], told["orderamount"], told["operationtype"]) == ("200.00", "500.00", "200")
    assert told["meannumber"] == "411111******1111"
    assert told["message"] == "Operation completed successfully"
    assert state(stack, number) == "PartialDelayed"
    assert (entry(stack, bill)["state"], entry(stack, bill)["captured_minor"]) == ("captured", 20_000)


def test_e5_a_cancel_answers_in_xml_and_json(stack: RunningDemo) -> None:
    """E5, P 5.8, 12.10, 12.11: both addresses, by form and by JSON; one order element."""
    number, bill = paid(stack, OrderAmount="90.00")
    reply = asked(stack, WS_CANCEL, bill, Amount="30.00", Currency="RUB")
    assert reply.body.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    root = ET.fromstring(reply.body)  # noqa: S314  # our own gateway's answer
    assert (root.tag, root.get("firstcode"), root.get("secondcode")) == ("result", "0", "0")
    [told] = root.findall("orders/order")
    assert (told.findtext("orderstate"), told.findtext("amount")) == ("PartialCanceled", "30.00")
    spoken = json.loads(by_json(stack, bill).body)["wscancel"]
    assert (spoken["order"]["orderstate"], spoken["order"]["amount"]) == ("Canceled", "60.00")
    assert set(spoken["checkdata"]) == {"packetdate", "signature", "checkvalue"}
    again = json.loads(asked(stack, CANCEL, bill, Format="5").body)["wscancel"]
    assert again["order"]["billnumber"] == spoken["order"]["billnumber"]
    assert (state(stack, number), entry(stack, bill)["refunded_minor"]) == ("Canceled", 9_000)


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (10.5, ("10.50", "PartialCanceled", 1_050)),
        (30, ("30.00", "PartialCanceled", 3_000)),
        ("7.25", ("7.25", "PartialCanceled", 725)),
        (None, ("90.00", "Canceled", 9_000)),
    ],
)
def test_e5_a_json_amount_may_be_a_number(
    stack: RunningDemo, amount: float | str | None, told: tuple[str, str, int]
) -> None:
    """E5, P 12.11: a number is taken as it is written, null stands for nothing sent."""
    _, bill = paid(stack, OrderAmount="90.00")
    answer = by_json(stack, bill, Amount=amount, Currency=amount and "RUB")
    spoken = json.loads(answer.body)["wscancel"]["order"]
    assert (spoken["amount"], spoken["orderstate"], entry(stack, bill)["refunded_minor"]) == told


@pytest.mark.parametrize("amount", [1e-7, 1e30, True, [10], {"value": 10}, "ten", 1.005])
def test_e5_a_json_amount_of_another_kind_moves_nothing(stack: RunningDemo, amount: object) -> None:
    """E5: it is refused; it never counts as an amount that wasn't sent, which would be all of it."""
    _, bill = paid(stack, OrderAmount="90.00")
    answer = by_json(stack, bill, Amount=amount, Currency="RUB")
    assert (answer.status, json.loads(answer.body)) == (400, {"firstcode": 4, "secondcode": 108})
    assert json.loads(by_json(stack, bill, Amount=amount).body) == {"firstcode": 3, "secondcode": 105}
    assert (entry(stack, bill)["state"], entry(stack, bill)["refunded_minor"]) == ("captured", 0)


def test_e5_an_id_of_a_refund_names_no_charge(stack: RunningDemo) -> None:
    """E5, P 5.4: sent with a charge it is passed over; the cancel with the same id is carried out."""
    number, bill = paid(stack, Delay="1", OrderAmount="70.00")
    assert csv_of(asked(stack, CHARGE, bill, Externalrefundid="request-0001"))["responsecode"] == "AS000"
    assert '"AS000"' in asked(stack, CANCEL, bill, Externalrefundid="request-0001", Format="5").body
    assert (state(stack, number), entry(stack, bill)["refunded_minor"]) == ("Canceled", 7_000)


def test_e5_money_that_was_given_back_is_not_shown_as_paid(stack: RunningDemo) -> None:
    """E5: the payer's old link says so."""
    order = stack.signed(CustomerNumber=fresh("money"), Language="EN")
    link = stack.order(order).location
    call(link, CARD)
    found = re.search(r"<billnumber>(\d+)<", stack.state(order["OrderNumber"]).body)
    assert found is not None
    asked(stack, CANCEL, found[1])
    page = call(link.replace("pay.cfm", "result.cfm")).body
    assert "The payment was cancelled" in page
    assert "Thank you" not in page


def test_e3_a_cancelled_orders_number_may_come_again(stack: RunningDemo) -> None:
    """E3: as a new order with a billnumber of its own; a delayed or partly cancelled one holds its number."""
    number, bill = paid(stack, Delay="1")
    customer = stack.signed(OrderNumber=number, CustomerNumber=fresh("other"), Delay="1")
    assert stack.order(customer).error_id == "11.201"
    asked(stack, CANCEL, bill)
    assert "pay.cfm" in stack.order(customer).location


@pytest.mark.parametrize(
    ("path", "fields", "codes"),
    [
        (CHARGE, {}, (15, 307)),  # a one-stage order
        (CHARGE, {"Amount": "1.00"}, (3, 105)),
        (CHARGE, {"Currency": "RUB"}, (3, 108)),
        (CANCEL, {"Amount": "100.51", "Currency": "RUB"}, (5, 108)),
        (CANCEL, {"Amount": "0.00", "Currency": "RUB"}, (5, 108)),
        (CANCEL, {"Amount": "-1", "Currency": "RUB"}, (4, 108)),
        (CANCEL, {"Amount": "1.00", "Currency": "USD"}, (5, 105)),
        (CANCEL, {"Externalrefundid": "short"}, (4, 216)),
        (CANCEL, {"Externalrefundid": "x" * 101}, (4, 216)),
        (CANCEL, {"CancelReason": "9"}, (5, 216)),
        (CANCEL, {"Billnumber": "1"}, (4, 201)),
        (CANCEL, {"Billnumber": "5999999999999999"}, (10, 201)),
        (CANCEL, {"Billnumber": ""}, (3, 201)),
        (CANCEL, {"Password": "wrong-pass1"}, (7, 141)),
        (CANCEL, {"Merchant_ID": "x"}, (4, 100)),
        (CANCEL, {"Merchant_ID": "7"}, (7, 141)),
        (CANCEL, {"Format": "4"}, (5, 103)),
    ],
)
def test_e5_a_wrong_request_is_refused_with_its_codes_and_does_nothing(
    stack: RunningDemo, path: str, fields: dict[str, str], codes: tuple[int, int]
) -> None:
    """E5, P 6.5, 6.6: in each format; the order and the acquirer's ledger stay as they were."""
    number, bill = paid(stack)
    answer = asked(stack, path, bill, **({"Format": "5"} | fields))
    if "Format" not in fields:
        assert answer.status in {400, 401}
        assert json.loads(answer.body) == {"firstcode": codes[0], "secondcode": codes[1]}
        plain = asked(stack, path, bill, **({"Format": "1"} | fields))
        assert (plain.status, plain.body) == (200, f"error;{codes[0]};{codes[1]};\n")
    xml = asked(stack, path, bill, **({"Format": "3"} | fields)).body
    if path is CANCEL:
        assert f'firstcode="{codes[0]}" secondcode="{codes[1]}" count="0"' in asked(stack, path, bill, **fields).body
    assert f'"{codes[0]}"' in xml or "error;" in xml
    assert state(stack, number) == "Approved"
    assert (entry(stack, bill)["state"], entry(stack, bill)["refunded_minor"]) == ("captured", 0)


def test_e5_an_unpaid_order_cannot_be_cancelled(stack: RunningDemo) -> None:
    """E5: 15/308."""
    order = stack.signed(CustomerNumber=fresh("money"))
    stack.order(order)
    found = re.search(r"<billnumber>(\d+)<", stack.state(order["OrderNumber"]).body)
    assert found is not None
    assert json.loads(asked(stack, CANCEL, found[1], Format="5").body) == {"firstcode": 15, "secondcode": 308}


def test_e1_an_orders_whole_story_is_shown(stack: RunningDemo) -> None:
    """E1, B9: `order show`: each operation, each notification; no more of the card than its mask."""
    number, bill = paid(stack, Delay="1", OrderAmount="70.00")
    asked(stack, CHARGE, bill)
    asked(stack, CANCEL, bill, Amount="10.00", Currency="RUB", Externalrefundid="refund-0001")
    shown = oneclick("order", "show", bill, "--demo", str(stack.folder))
    assert shown.returncode == 0
    story = json.loads(shown.stdout)
    assert (story["order"]["order_number"], story["order"]["state"]) == (number, "PartialCanceled")
    assert [(op["kind"], op["message"], op["state"], op["amount_minor"]) for op in story["operations"]] == [
        ("payment", "authorisation", "approved", 7000),
        ("charge", "completion", "approved", 7000),
        ("cancel", "refund", "approved", 1000),
    ]
    assert story["operations"][2]["external_refund_id"] == "refund-0001"
    assert [notification["operation_number"] for notification in story["notifications"]] == [1]
    assert "4111111111111111" not in shown.stdout
    assert oneclick("order", "show", f"{bill}.2", "--demo", str(stack.folder)).stdout == shown.stdout
    for nobody in ("1", "x", f"{bill}.x"):
        missing = oneclick("order", "show", nobody, "--demo", str(stack.folder))
        assert (missing.returncode, missing.stdout) == (2, "")
        assert f"there is no order {nobody}" in missing.stderr
