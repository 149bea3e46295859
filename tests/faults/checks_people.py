"""What payers and shops were told, against what is: notifications, pages, answers, kept cards, logs."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

from faults.checks_money import state_by
from faults.world import Row, World


def payers_were_told_the_truth(world: World) -> Iterator[str]:
    """Who read "paid" has a payment that was approved, and only its shop gave it back; who read "declined", none."""
    stories = world.stories()
    for note in world.told:
        operations = stories.get(int(note["bill"]), [])
        payment = operations[0]["state"] if operations else "not there"
        wanted = {"approved": "approved", "canceled": "approved", "declined": "declined"}.get(note["told"])
        if wanted is not None and payment != wanted:
            yield f"payer of {note['bill']} read {note['told']!r}, the payment is {payment}"
        if note["told"] == "canceled" and state_by(operations) != "Canceled":
            yield f"payer of {note['bill']} read 'canceled', the order is not"
        if note["told"] == "expired" and operations:
            yield f"payer of {note['bill']} read 'expired', and a payment was begun"


def last_looks_are_right(world: World) -> Iterator[str]:
    """What every payer reads at the end is the order's state."""
    orders = world.orders_by_bill()
    for note in world.told:
        if note["way"] != "last look":
            continue
        state = orders[int(note["bill"])]["state"] if int(note["bill"]) in orders else "not there"
        wanted = {"Declined": "declined", "Timeout": "expired", "Canceled": "canceled"}.get(state, "approved")
        if note["told"] != wanted:
            yield f"order {note['bill']} is {state}, its payer reads {note['told']!r}"


def shops_were_told_the_truth(world: World) -> Iterator[str]:
    """An operation that a shop was told of is there, with that outcome and amount; same requests made one of it."""
    found = {(row["billnumber"], row["operation_number"]): row for row in world.operations}
    for note in world.asked:
        named = set()
        for answer in note["answers"]:
            bill, _, number = answer.get("billnumber", "").partition(".")
            if answer.get("first") != "0":
                continue
            row = found.get((int(bill or 0), int(number or 0)))
            named.add(number)
            if row is None or str(row["billnumber"]) != note["bill"]:
                yield f"a shop was told of {answer.get('billnumber')}, which isn't of order {note['bill']}"
            elif _outcome(answer["responsecode"]) not in {None, row["state"]} or answer["amount"] != _text(row):
                yield f"a shop was told {answer['responsecode']} of {bill}.{number}, it is {row['state']}"
        if len(named) > 1:
            yield f"one request on order {note['bill']} was answered with operations {', '.join(sorted(named))}"


def same_requests_did_one_thing(world: World) -> Iterator[str]:
    """A request, however often it was sent, made one operation at most."""
    stories, seen = world.stories(), set()
    for note in world.asked:
        kind = "charge" if "charge" in note["path"] else "cancel"
        key = (note["bill"], kind, note["refund_id"], note["amount_minor"])
        if key in seen:
            continue
        seen.add(key)
        made = [
            row
            for row in stories.get(int(note["bill"]), [])
            if row["kind"] == kind and row["external_refund_id"] == note["refund_id"] and row["state"] == "approved"
            and note["amount_minor"] in {None, row["amount_minor"]}
        ]  # fmt: skip
        if len(made) > 1:
            yield f"one request on order {note['bill']} ({kind}, {note['amount_minor']}) was done {len(made)} times"


def refused_requests_did_nothing(world: World) -> Iterator[str]:
    """Too much, a stranger's order, another currency, nothing: refused, and no operation was made of it."""
    made = {row["external_refund_id"]: row for row in world.operations if row["external_refund_id"]}
    for note in world.asked:
        if not note["must_be_refused"]:
            continue
        if any(answer.get("first") == "0" for answer in note["answers"]):
            yield f"request {note['refund_id']} was taken, and had to be refused"
        if note["refund_id"] in made:
            yield f"request {note['refund_id']} had to be refused, and made an operation"
    for note in world.again:
        taken = [row for row in world.orders if row["order_number"] == note["number"]]
        if not note["refused"] or any(row["amount_minor"] == note["amount_minor"] for row in taken):
            yield f"the paid order number {note['number']} was taken again with another amount"


def shops_were_notified(world: World) -> Iterator[str]:
    """Each ended payment was told at least once, charges and cancels if wished; nothing else ever (P 4.2)."""
    orders, heard = world.orders_by_bill(), {heard["fields"].get("billnumber") for heard in world.heard if _well(heard)}
    merchants = {row["merchant_id"]: row for row in world.merchants}
    wanted = set()
    for row in world.operations:
        merchant = merchants[orders[row["billnumber"]]["merchant_id"]]
        wish = {"payment": "notification_url", "charge": "notify_charges", "cancel": "notify_cancels"}[row["kind"]]
        ended = row["state"] in ({"approved", "declined"} if row["kind"] == "payment" else {"approved"})
        if ended and merchant[wish]:
            wanted.add(f"{row['billnumber']}.{row['operation_number']}")
    for name in sorted(wanted - heard):
        yield f"the shop never heard of {name}"
    for name in sorted({str(one["fields"].get("billnumber")) for one in world.heard} - wanted):
        yield f"the shop heard of {name}, and had not to"


def notifications_are_right(world: World) -> Iterator[str]:
    """Each is signed, and tells of an operation as it is, and of a state that the order had had by then."""
    stories, orders = world.stories(), world.orders_by_bill()
    for heard in world.heard:
        fields: dict[str, str] = heard["fields"]
        name = fields.get("billnumber", "")
        bill, _, number = name.partition(".")
        order, operations = orders.get(int(bill or 0)), stories.get(int(bill or 0), [])
        row = next((row for row in operations if str(row["operation_number"]) == number), None)
        if order is None or row is None:
            yield f"a notification tells of {name}, which isn't there"
            continue
        signed = "".join(fields.get(part, "") for part in _SIGNED)
        if fields.get("checkvalue") != _checkvalue(world.secret_words[order["merchant_id"]], signed):
            yield f"the notification of {name} isn't signed rightly"
        if fields.get("orderstate") not in _states_by(operations, row, heard["at"]):
            yield f"the notification of {name} says {fields.get('orderstate')}, which the order never was by then"
        facts = {"ordernumber": order["order_number"], "amount": _text(row), "responsecode": row["as_code"]}
        for part, value in facts.items():
            if fields.get(part) != value:
                yield f"the notification of {name} says {part} {fields.get(part)}, it is {value}"


def cards_are_kept_with_consent(world: World) -> Iterator[str]:
    """Each stored card has its secret and a consent from an approved payment; nothing is kept of a declined one."""
    vault = {row["card_id"] for row in world.vault}
    consents = {row["card_id"] for row in world.consents}
    operations = {row["billnumber"]: row for row in world.operations if row["operation_number"] == 1}
    for card in world.cards:
        if card["status"] == "Deleted":
            continue
        if card["card_id"] not in vault:
            yield f"stored card {card['card_id']} has no secret"
        if card["card_id"] not in consents:
            yield f"stored card {card['card_id']} has no consent"
    for card_id in sorted(vault - {row["card_id"] for row in world.cards if row["status"] != "Deleted"}):
        yield f"the secret of {card_id} belongs to no stored card"
    for consent in world.consents:
        payment = operations.get(consent["billnumber"])
        if payment is None or payment["state"] != "approved" or payment["kept_card_id"] != consent["card_id"]:
            yield f"the consent of {consent['billnumber']} comes from no approved payment"
    for bill, payment in operations.items():
        if payment["state"] == "declined" and payment["kept_card_id"] is not None:
            yield f"a card was kept with the declined payment {bill}"


def logs_are_clean(world: World) -> Iterator[str]:
    """No traceback and no card number, however it is spaced."""
    numbers = [re.compile(r"[ \-]?".join(number)) for number in world.card_numbers]
    for name, text in world.logs.items():
        if "Traceback (most recent call last)" in text:
            yield f"{name} has a traceback"
        if any(number.search(text) for number in numbers):
            yield f"{name} has a card number"


_SIGNED = ("merchant_id", "ordernumber", "amount", "currency", "orderstate")


def _states_by(operations: list[Row], told_of: Row, heard_at: str) -> set[str | None]:
    """The states that the order had from an operation's end on until a moment; none before that end."""
    then = datetime.fromisoformat(heard_at)
    if told_of["answered_at"] is None or told_of["answered_at"] > then:
        return set()
    last = told_of["operation_number"]
    ended = [row for row in operations if row["state"] == "approved" and row["answered_at"] <= then]
    numbers = [row["operation_number"] for row in ended if row["operation_number"] > last]
    return {state_by([row for row in operations if row["operation_number"] <= number]) for number in (last, *numbers)}


def _well(heard: Row) -> bool:
    return heard["answered"] in {"well", "late"}


def _outcome(code: str) -> str | None:
    """The operation's state that a shop reads off a code; None for one in process."""
    return {"AS000": "approved", "AS300": None}.get(code, "declined")


def _text(row: Row) -> str:
    return f"{row['amount_minor'] // 100}.{row['amount_minor'] % 100:02}"


def _checkvalue(secret_word: str, signed: str) -> str:
    parts = "".join(hashlib.md5(text.encode()).hexdigest() for text in (secret_word, signed))  # noqa: S324
    return hashlib.md5(parts.upper().encode()).hexdigest().upper()  # noqa: S324
