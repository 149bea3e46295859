"""The scene of wallet safety: cards of several customers and bases, the strangers who want them, and their attacks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import psycopg

from support.demo_stack import CARD, Reply, RunningDemo, call, fresh, oneclick, saved_card_of

VISA, MASTERCARD, MIR, AMEX = "1111", "4444", "0004", "0005"
NUMBERS = {
    VISA: "4111 1111 1111 1111",
    MASTERCARD: "5555 5555 5555 4444",
    MIR: "2200 0000 0000 0004",
    AMEX: "3782 822463 10005",
}
DECLINED = CARD | {"CardNumber": "4000 0000 0000 9995"}
OWN_BASE, SAME_BASE = 7_001, 7_002
MERCHANT = """
merchant_id = {merchant_id}
name = "Another shop"
secret_word = "words of {merchant_id}"
{more}
[one_click]
enabled = true
guest_orders = true
[web_services]
login = "shop_{merchant_id}_ws"
password = "pass-of-{merchant_id}"
"""
# Of the people of the scene alone: cards of other tests' customers may grow old meanwhile, in the same stack.
WALLET = [
    f"SELECT * FROM {table} WHERE customer_number ~ '^(alice|bob|carol|dave|erin)-' ORDER BY {key}"  # noqa: S608  # our own words
    for table, key in {
        "vault_card": "card_id",
        "stored_card": "card_id",
        "withdrawal": "card_id",
        "consent": "billnumber",
        "customer": "customer_base_id, customer_number",
    }.items()
]


@dataclass(frozen=True)
class Stranger:
    """A link to an order, who holds it, and the last four digits that may stand on its pages."""

    name: str
    stack: RunningDemo
    order: dict[str, str]
    link: str
    may_see: frozenset[str] = frozenset()

    @property
    def cfsid(self) -> str:
        return self.link.rpartition("CFSID=")[2]

    def url(self, page: str, **query: str) -> str:
        more = "".join(f"&{name}={value.replace(' ', '+')}" for name, value in query.items())
        return f"{self.stack.gateway}/pay/{page}.cfm?CFSID={self.cfsid}{more}"


@dataclass(frozen=True)
class Scene:
    """All that the tests of wallet safety play with. ``ids`` are the cards, by whose they are."""

    stack: RunningDemo
    own_base: RunningDemo
    same_base: RunningDemo
    alice: str
    ids: dict[str, str]
    strangers: dict[str, Stranger]

    def wallet(self) -> list[list[tuple[Any, ...]]]:
        """Every row that a card has, or leaves behind."""
        with psycopg.connect(self.stack.database_url) as connection:
            return [connection.execute(statement).fetchall() for statement in WALLET]

    def sql(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.stack.database_url, autocommit=True) as connection:
            assert connection.execute(statement, values).rowcount == 1


def apply_merchant(stack: RunningDemo, merchant_id: int, more: str = "") -> RunningDemo:
    """The stack as another merchant sees it."""
    text = MERCHANT.format(merchant_id=merchant_id, more=more)
    applied = oneclick("merchant", "apply", "-", "--demo", str(stack.folder), text=text)
    assert applied.stdout == f"Merchant {merchant_id} is created.\n"
    login = {"login": f"shop_{merchant_id}_ws", "password": f"pass-of-{merchant_id}"}
    merchant = {"merchant_id": merchant_id, "secret_word": f"words of {merchant_id}"} | login
    return replace(stack, facts=stack.facts | {"merchants": [merchant]})


def keep_card(stack: RunningDemo, customer: str, last4: str) -> str:
    """Keeps a card by a payment; its id."""
    form = CARD | {"CardNumber": NUMBERS[last4], "CVC2": "1234" if last4 == AMEX else "123", "Remember": "1"}
    assert call(stack.opened(customer) + "&SavedCard=new", form).status == 303
    page = call(stack.opened(customer)).body
    assert f"</span> {last4}</p>" in page
    return saved_card_of(page)


def delete_card(stack: RunningDemo, customer: str, card_id: str) -> None:
    deleted = call(stack.opened(customer), {"action": "delete-confirmed", "SavedCard": card_id})
    assert "Deleted=1" in deleted.location


def new_stranger(name: str, stack: RunningDemo, customer: str, *may_see: str) -> Stranger:
    order = stack.signed(Language="EN", **({"CustomerNumber": customer} if customer else {}))
    return Stranger(name, stack, order, stack.order(order).location, frozenset(may_see))


def all_strangers(scene: Scene, *, alice: str, bob: str, dave: str) -> Iterator[Stranger]:
    stack = scene.stack
    yield new_stranger("another customer", stack, bob, MIR)
    yield new_stranger("a newcomer", stack, fresh("carol"))
    yield new_stranger("who deleted the card", stack, dave)
    yield new_stranger("the same number in another base", scene.own_base, alice, AMEX)
    yield new_stranger("a guest of another base", scene.own_base, "")
    yield new_stranger("a guest of the same base", scene.same_base, "")
    yield new_stranger("another customer of the same base's other shop", scene.same_base, fresh("erin"))
    paid = new_stranger("an order that is paid", stack, bob, MIR)
    assert call(paid.link, {"SavedCard": scene.ids["bob's"], "CVC2": "123"}).status == 303
    yield paid
    declined = new_stranger("an order that was declined", stack, bob, MIR)
    assert "didn't go through" in call(declined.link, DECLINED).body
    yield replace(declined, may_see=frozenset({MIR, "9995"}))
    late = new_stranger("an order whose time is over", stack, bob, MIR)
    let_expire(scene, late)
    yield late


def let_expire(scene: Scene, stranger: Stranger) -> None:
    bill = int(stranger.cfsid[16:32], 16)
    scene.sql("UPDATE payment_order SET expires_at = now() - interval '1 second' WHERE billnumber = %s", bill)


STRANGERS = (
    "another customer",
    "a newcomer",
    "who deleted the card",
    "the same number in another base",
    "a guest of another base",
    "a guest of the same base",
    "another customer of the same base's other shop",
    "an order that is paid",
    "an order that was declined",
    "an order whose time is over",
)
MALFORMED = ("0", "", " ", "x" * 1000, "' OR 1=1 --", "%", "\N{FULLWIDTH DIGIT ONE}", "..", "null", "*")


def foreign_ids(scene: Scene, stranger: Stranger) -> Iterator[str]:
    """Every id that isn't a card of this order's customer, in every spelling that a UUID has, and none at all."""
    own = {"another customer": "bob's", "the same number in another base": "other base's"}
    closed = {name: "bob's" for name in STRANGERS if name.startswith("an order")}
    for whose, card_id in scene.ids.items():
        if (own | closed).get(stranger.name) != whose:
            yield card_id
    card_id = scene.ids["alice's"]
    yield from (card_id.upper(), card_id.replace("-", ""), f"{{{card_id}}}", f"urn:uuid:{card_id}", f" {card_id} ")
    yield from (str(uuid4()), *MALFORMED)


Attack = Callable[[Stranger, str, Scene], Reply]


def _get(page: str, **query: str) -> Attack:
    return lambda stranger, card_id, _: call(stranger.url(page, SavedCard=_quoted(card_id), **query))


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _post(**fields: str) -> Attack:
    """Posts a form with the id; the customer's number, too, as if that could choose a wallet."""

    def attack(stranger: Stranger, card_id: str, scene: Scene) -> Reply:
        return call(stranger.link, fields | {"SavedCard": card_id, "CustomerNumber": scene.alice})

    return attack


def _post_elsewhere(**fields: str) -> Attack:
    """The id in the address line, and nothing or the reverse in the form."""

    def attack(stranger: Stranger, card_id: str, _: Scene) -> Reply:
        return call(stranger.url("pay", SavedCard=_quoted(card_id)), fields)

    return attack


def _post_twice(**fields: str) -> Attack:
    """The id beside one of the customer's own, or of nobody: the parts of the gateway must not read different ones."""

    def attack(stranger: Stranger, card_id: str, scene: Scene) -> Reply:
        own = scene.ids["bob's"] if MIR in stranger.may_see else str(uuid4())
        call(stranger.link, [*fields.items(), ("savedcard", card_id), ("SavedCard", own)])
        delete = {name: value for name, value in fields.items() if value != "delete-confirmed"}
        return call(stranger.link, [*delete.items(), ("SavedCard", own), ("SAVEDCARD", card_id)])

    return attack


def _order_again(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    """The shop's own order once more, with a card's id among its parameters."""
    return call(f"{stranger.stack.gateway}/pay/order.cfm", stranger.order | {"SavedCard": card_id, "CardID": card_id})


def _order_again_by_get(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    pairs = stranger.order | {"SavedCard": card_id}
    return call(f"{stranger.stack.gateway}/pay/order.cfm?" + "&".join(f"{k}={_quoted(v)}" for k, v in pairs.items()))


def _state(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    return stranger.stack.state(stranger.order["OrderNumber"], SavedCard=card_id, CFSID=stranger.cfsid, Format="5")


def _money(path: str) -> Attack:
    """A shop's service for an order's money; the amount is one that is never moved."""

    def attack(stranger: Stranger, card_id: str, _: Scene) -> Reply:
        merchant = stranger.stack.merchant
        fields = {
            "Merchant_ID": str(merchant["merchant_id"]),
            "Login": merchant["login"],
            "Password": merchant["password"],
            "Billnumber": str(int(stranger.cfsid[16:32], 16)),
            "Amount": "0.00",
            "Currency": "RUB",
            "Format": "3",
            "SavedCard": card_id,
            "CFSID": stranger.cfsid,
        }
        return call(stranger.stack.gateway + path, fields)

    return attack


def _question(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    return call(stranger.url("pay", Delete=_quoted(card_id)))


def _refusal_page(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    return call(stranger.url("body", ErrorID="10.203", SavedCard=_quoted(card_id)))


def _health(stranger: Stranger, card_id: str, _: Scene) -> Reply:
    return call(f"{stranger.stack.gateway}/health?CFSID={stranger.cfsid}&SavedCard={_quoted(card_id)}")


CVC2 = {"CVC2": "123"}
TYPED = {name: value for name, value in CARD.items() if name != "CardNumber"} | {"CardNumber": "4111 1111 1111 1112"}
ATTACKS: dict[tuple[str, str], dict[str, Attack]] = {
    ("GET", "/pay/pay.cfm"): {
        "": _get("pay"),
        "json": _get("pay", type="json"),
        "deleted": _get("pay", Deleted="1"),
        "the question before deleting": _question,
    },
    ("GET", "/pay/result.cfm"): {"": _get("result"), "json": _get("result", type="json")},
    ("POST", "/pay/pay.cfm"): {
        "": _post(**CVC2),
        "with a typed card": _post(**TYPED),
        "in the address": _post_elsewhere(**CVC2),
        "twice": _post_twice(**CVC2),
        "retry": _post(action="retry"),
        "retry and pay": _post(action="retry", **CVC2),
        "retry, in the address": _post_elsewhere(action="retry", **CVC2),
        "delete": _post(action="delete"),
        "delete, in the address": _post_elsewhere(action="delete"),
        "delete-confirmed": _post(action="delete-confirmed"),
        "delete-confirmed, in the address": _post_elsewhere(action="delete-confirmed"),
        "delete-confirmed, twice": _post_twice(action="delete-confirmed"),
    },
    ("GET", "/pay/order.cfm"): {"": _order_again_by_get},
    ("POST", "/pay/order.cfm"): {"": _order_again},
    ("GET", "/pay/body.cfm"): {"": _refusal_page},
    ("POST", "/orderstate/orderstate.cfm"): {"": _state},
    ("POST", "/charge/charge.cfm"): {"": _money("/charge/charge.cfm")},
    ("POST", "/cancel/wscancel.cfm"): {"": _money("/cancel/wscancel.cfm")},
    ("POST", "/cancel/cancel.cfm"): {"": _money("/cancel/cancel.cfm")},
    ("GET", "/health"): {"": _health},
}
