"""A wallet is its customer's: every door, asked with every id and link that is somebody else's, gives nothing away.

Two merchants share a customer base, a third one has its own; the same CustomerNumber stands in both. What is told apart
here is told by the last four digits: no two of these customers have a card in common.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.routing import Route

from oneclick.app import build_gateway
from oneclick.settings import Settings
from oneclick.web.pay_page import routes
from oneclick.web.rendering import PAY_PAGE
from support.demo_stack import CARD, Reply, RunningDemo, call, fresh, saved_card_of
from support.wallet_attacks import (
    AMEX,
    ATTACKS,
    CVC2,
    DECLINED,
    MASTERCARD,
    MIR,
    NUMBERS,
    OWN_BASE,
    SAME_BASE,
    STRANGERS,
    VISA,
    Scene,
    Stranger,
    all_strangers,
    apply_merchant,
    delete_card,
    foreign_ids,
    keep_card,
    let_expire,
    new_stranger,
)

pytestmark = pytest.mark.xdist_group("stack")

STATUSES = {200, 302, 303, 422}


@pytest.fixture(scope="module")
def scene(stack: RunningDemo) -> Iterator[Scene]:
    """Alice's wallet at two shops of one base, and everybody who may want it."""
    own_base = apply_merchant(stack, OWN_BASE)
    same_base = apply_merchant(stack, SAME_BASE, f"customer_base = {stack.merchant['merchant_id']}")
    alice, bob, dave = (fresh(name) for name in ("alice", "bob", "dave"))
    ids = {"alice's expired": keep_card(stack, alice, MASTERCARD), "alice's": keep_card(stack, alice, VISA)}
    ids |= {"bob's": keep_card(stack, bob, MIR), "other base's": keep_card(own_base, alice, AMEX)}
    ids |= {"dave's deleted": keep_card(stack, dave, AMEX)}
    delete_card(stack, dave, ids["dave's deleted"])
    found = Scene(stack, own_base, same_base, alice, ids, {})
    found.sql(
        "UPDATE stored_card SET expires_on = '2020-12-31', status = 'Expired' WHERE card_id = %s",
        ids["alice's expired"],
    )
    for stranger in all_strangers(found, alice=alice, bob=bob, dave=dave):
        found.strangers[stranger.name] = stranger
    yield found
    # The cards go, so that whatever runs after this finds the stack as it was.
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        for table in ("vault_card", "stored_card", "withdrawal", "consent"):
            connection.execute(f"DELETE FROM {table} WHERE customer_number = ANY(%s)", ([alice, bob, dave],))  # noqa: S608


def _site(stack: RunningDemo) -> Any:  # noqa: ANN401  # the composition root hides what it built
    gateway: Any = build_gateway(Settings.read(json.loads((stack.folder / "settings.json").read_text())))
    return gateway._site  # noqa: SLF001  # the one place that knows every route


def test_each_route_and_each_action_of_a_form_has_its_attack_here(stack: RunningDemo) -> None:
    """A9, B7: a door that is opened without an entry in ATTACKS fails this test."""
    mounted = {
        (method, route.path)
        for route in _site(stack).routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert mounted == set(ATTACKS)
    source = ast.parse(inspect.getsource(routes))
    compared = [node for node in ast.walk(source) if isinstance(node, ast.Compare)]
    actions = {
        constant.value
        for node in compared
        if isinstance(node.left, ast.Name) and node.left.id == "action"
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant)
    }
    forms = "".join(path.read_text() for path in (PAY_PAGE / "templates").iterdir())
    posted = set(re.findall(r'name="action" value="([a-z-]+)"', forms)) | set(
        re.findall(r'action_fields\("([a-z-]+)"', forms)
    )
    assert actions == posted == {"retry", "delete", "delete-confirmed"}
    assert actions <= {name.partition(",")[0] for name in ATTACKS["POST", "/pay/pay.cfm"]}


def _foreign_digits(stranger: Stranger) -> set[str]:
    return {VISA, MASTERCARD, MIR, AMEX} - stranger.may_see


def _assert_tells_nothing(reply: Reply, stranger: Stranger, what: str) -> None:
    """No last four digits of anybody else's, anywhere in the answer; CFSIDs, ids and numbers of orders hold any."""
    text = reply.body + "".join(f"\n{name}: {value}" for name, value in reply.headers.items())
    text = re.sub(r"[0-9a-f]{72}|[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|[TN]-[0-9]{19}-[0-9]+", "", text)
    text = text.replace("4111 1111 1111 1112", "")  # what the payer typed
    seen = set(re.findall(r"(?<![0-9A-Za-z])[0-9]{4}(?![0-9A-Za-z])", text)) & _foreign_digits(stranger)
    assert seen == set(), what
    assert "\N{FULLWIDTH DIGIT ONE}1111" not in text
    for last4 in _foreign_digits(stranger):
        assert NUMBERS[last4] not in text, what


@pytest.mark.parametrize("route", ATTACKS, ids=" ".join)
@pytest.mark.parametrize("name", STRANGERS)
def test_a9_b7_no_door_gives_a_card_to_a_stranger(scene: Scene, name: str, route: tuple[str, str]) -> None:
    """A9, B7, B9, C5: with any id, no page shows another's card, the acquirer isn't asked, and no row changes."""
    stranger = scene.strangers[name]
    wallet, ledger = scene.wallet(), scene.stack.ledger()
    for kind, attack in ATTACKS[route].items():
        for card_id in foreign_ids(scene, stranger):
            reply = attack(stranger, card_id, scene)
            what = f"{kind or route} with {card_id!r}: HTTP {reply.status}"
            assert reply.status in STATUSES, what
            _assert_tells_nothing(reply, stranger, what)
            if reply.status == 303:
                assert reply.location.startswith("/pay/"), what
                _assert_tells_nothing(call(stranger.stack.gateway + reply.location), stranger, what)
    assert scene.stack.ledger() == ledger
    assert scene.wallet() == wallet


def test_a9_the_same_customer_is_offered_the_card_at_the_other_shop_of_the_base(scene: Scene) -> None:
    """A9: the attacks above would find a card that is there: here it is shown, paid with and deleted, by its owner."""
    shop = scene.same_base
    card_id = keep_card(scene.stack, scene.alice, MIR)
    order = new_stranger("alice", shop, scene.alice)
    page = call(order.link).body
    assert saved_card_of(page) == card_id
    assert {MIR, VISA, MASTERCARD} <= set(re.findall(r"(?:</span>|••••) ([0-9]{4})", page))
    paid = call(order.link, {"SavedCard": scene.ids["alice's"], "CVC2": "123"})
    assert paid.location.startswith("/pay/result.cfm")
    bill = str(int(order.cfsid[16:32], 16))
    assert [entry["pan_last4"] for entry in scene.stack.ledger() if entry["billnumber"] == bill] == [VISA]
    before = scene.wallet()
    delete_card(shop, scene.alice, card_id)
    gone = [row for row in before[0] if row not in scene.wallet()[0]]
    assert [str(row[1]) for row in gone] == [card_id]


@pytest.mark.parametrize("end", ["paid", "declined", "late"])
def test_b7_c5_a_link_to_an_order_that_ended_reaches_no_wallet(scene: Scene, end: str) -> None:
    """B7, B17: not even the customer's own: an old link neither pays with a card nor deletes one."""
    order = new_stranger(end, scene.stack, scene.alice)
    if end == "late":
        let_expire(scene, order)
    else:
        typed = (CARD if end == "paid" else DECLINED) | {"Remember": "0"}
        assert call(order.url("pay", SavedCard="new"), typed).status in {200, 303}
    own = {"SavedCard": scene.ids["alice's"]}
    wallet, ledger = scene.wallet(), scene.stack.ledger()
    for fields in ({"CVC2": "123"}, {"action": "delete"}, {"action": "delete-confirmed"}):
        reply = call(order.link, own | fields)
        assert (reply.status, reply.location) == (303, f"/pay/result.cfm?CFSID={order.cfsid}")
        for page in ("pay", "result"):
            told = call(order.url(page, type="json")).body
            assert "1111" not in told.replace(order.cfsid, "") or end == "paid"
    assert scene.stack.ledger() == ledger
    assert scene.wallet() == wallet


def _forged(cfsid: str, other: str) -> Iterator[str]:
    """One bit changed, in every byte; cut short and drawn out anywhere; other spellings; halves of two real ones."""
    for place in range(len(cfsid)):
        for bit in range(4):
            yield cfsid[:place] + f"{int(cfsid[place], 16) ^ 1 << bit:x}" + cfsid[place + 1 :]
    yield from (cfsid[:length] for length in range(len(cfsid)))
    yield from (cfsid[start:] for start in range(1, len(cfsid), 7))
    yield from (cfsid.upper(), cfsid.swapcase(), cfsid + "0", cfsid + "00", f"0{cfsid}", f"%20{cfsid}", f"{cfsid}%0A")
    yield from (f"0x{cfsid}", cfsid.replace("0", "%EF%BC%90"), f"{cfsid}%00", f"{cfsid},{other}")
    base, bill, mac = cfsid[:16], cfsid[16:32], cfsid[32:]
    yield from (bill + base + mac, base + bill + other[32:], base + other[16:32] + mac, other[:16] + bill + mac)
    yield from (base + bill + "0" * 40, "0" * 72, "f" * 72, mac[:32] + bill + base + mac[32:])


def test_no_forged_link_opens_an_order(scene: Scene) -> None:
    """B7, B17: whoever holds a CFSID may pay that order: so it can't be made from another one, nor changed into one."""
    alice = new_stranger("alice", scene.stack, scene.alice)
    other = scene.strangers["the same number in another base"]
    assert alice.cfsid.upper() != alice.cfsid
    wallet, ledger = scene.wallet(), scene.stack.ledger()
    delete = {"action": "delete-confirmed", "SavedCard": scene.ids["alice's"]}
    for number, forged in enumerate(_forged(alice.cfsid, other.cfsid)):
        page = f"{scene.stack.gateway}/pay/pay.cfm?CFSID={forged}"
        asked: list[tuple[str, dict[str, str] | None]] = [(page, None), (page, delete)]
        if number % 7 == 0:  # each kind of forgery meets each door, not each single one
            result = page.replace("pay.cfm", "result.cfm")
            asked += [(result, None), (f"{page}&type=json", None), (f"{result}&type=json", None)]
            asked += [(page, CVC2 | {"SavedCard": scene.ids["alice's"]}), (page, {"action": "retry"}), (page, CARD)]
        for url, fields in asked:
            reply = call(url, fields)
            assert (reply.status, "10.201" in reply.body) == (404, True), (forged, fields)
            assert alice.order["OrderNumber"] not in reply.body
    assert scene.stack.ledger() == ledger
    assert scene.wallet() == wallet


def test_a_link_in_the_form_or_a_second_one_opens_nothing(scene: Scene) -> None:
    """B7: the address names the order, once; the order that the bounds counted is the one that is acted upon."""
    bob = scene.strangers["another customer"]
    alice = new_stranger("alice", scene.stack, scene.alice)
    gateway, card_id = scene.stack.gateway, scene.ids["alice's"]
    wallet, ledger = scene.wallet(), scene.stack.ledger()
    in_form = {"CFSID": alice.cfsid, "SavedCard": card_id}
    for fields in (CVC2, {"action": "delete"}, {"action": "delete-confirmed"}, {"action": "retry"}):
        assert call(f"{gateway}/pay/pay.cfm", in_form | fields).status == 404
        for url in (bob.link, f"{bob.link}&cfsid={alice.cfsid}", bob.link.replace("CFSID", "cfsid")):
            reply = call(url, in_form | fields)
            assert reply.status in {422, 303}
            assert alice.cfsid not in reply.headers.get("location", "") + reply.body
            _assert_tells_nothing(reply, bob, str(fields))
    assert scene.stack.ledger() == ledger
    assert scene.wallet() == wallet


def _declined_order(stack: RunningDemo, customer: str, number: str, **more: str) -> Stranger:
    given = {"CustomerNumber": customer} if customer else {}
    order = stack.signed(OrderNumber=number, Language="EN", **given, **more)
    link = stack.order(order).location
    assert call(f"{link}&SavedCard=new", DECLINED).status == 200
    return Stranger("declined", stack, order, link)


def _in_process(stack: RunningDemo, customer: str, number: str, **more: str) -> Stranger:
    given = {"CustomerNumber": customer} if customer else {}
    order = stack.signed(OrderNumber=number, Language="EN", **given, **more)
    return Stranger("in process", stack, order, stack.order(order).location)


@pytest.mark.parametrize(
    "who",
    ["two customers", "two guests", "a guest and a customer", "the same customer, another amount"],
)
def test_b16_e3_a_retry_leads_to_nobody_elses_order(scene: Scene, who: str) -> None:
    """B16, E3: the shop gave the number of a declined order to somebody else: the old link doesn't follow it."""
    shop, number = scene.same_base, fresh("N")
    first, second = {
        "two customers": (fresh("bob"), scene.alice),
        "two guests": ("", ""),
        "a guest and a customer": ("", scene.alice),
        "the same customer, another amount": (scene.alice, scene.alice),
    }[who]
    old = _declined_order(shop, first, number)
    amount = {"OrderAmount": "7.77"} if first == second != "" else {}
    new = _in_process(shop, second, number, **amount)
    assert new.cfsid != old.cfsid
    ledger, wallet = scene.stack.ledger(), scene.wallet()
    saved = {"SavedCard": scene.ids["alice's"], "CVC2": "123"}
    for fields in ({}, CARD, saved, {"SavedCard": saved["SavedCard"]}):
        reply = call(old.link, {"action": "retry"} | fields)
        assert (reply.status, reply.location.partition("&")[0].rpartition("=")[2]) == (303, old.cfsid)
        after = call(scene.stack.gateway + reply.location)
        assert new.cfsid not in reply.location + after.body + after.headers.get("location", "")
    assert scene.stack.ledger() == ledger
    assert scene.wallet() == wallet
    assert '"statename":"In Process"' in call(new.url("pay", type="json")).body


def test_b16_a_retry_stays_at_its_own_shop(scene: Scene) -> None:
    """A9, B16: the same customer and number at the other shop of the base is another order."""
    number = fresh("N")
    old = _declined_order(scene.stack, scene.alice, number)
    there = _in_process(scene.same_base, scene.alice, number)
    reply = call(old.link, {"action": "retry"})
    again = reply.location.partition("&")[0].rpartition("=")[2]
    assert (reply.status, again not in {old.cfsid, there.cfsid}) == (303, True)
    told = json.loads(call(f"{scene.stack.gateway}/pay/pay.cfm?CFSID={again}&type=json").body)
    assert told["merchant"]["id"] == scene.stack.merchant["merchant_id"]
    for _ in range(3):  # each tab and each click goes on with that one attempt
        assert call(old.link, {"action": "retry"}).location == reply.location


def test_a_shop_is_told_of_its_own_orders_alone(scene: Scene) -> None:
    """A9, P 5.1: a shared customer base shares customers, not orders; one shop's login isn't another's."""
    number = scene.strangers["another customer"].order["OrderNumber"]
    for shop in (scene.own_base, scene.same_base):
        assert json.loads(shop.state(number, Format="5").body) == {"firstcode": 10, "secondcode": 201}
        login = {"Login": shop.merchant["login"], "Password": shop.merchant["password"]}
        assert scene.stack.state(number, Format="5", **login).status == 401
    told = scene.stack.state(number, Format="5").body
    assert json.loads(told)["orderstate"]["ordernumber"] == number


def test_the_log_names_no_card(scene: Scene) -> None:
    """B4, B9: after all of this, no last four digits stand beside a brand, and no customer's number in any log."""
    logs = scene.stack.logs()
    assert Path(scene.stack.folder / "logs").is_dir()
    for number in NUMBERS.values():
        assert number not in logs
        assert number.replace(" ", "") not in logs
    assert scene.alice not in logs
