"""A small world where all is well, made by hand: one order of each fate. The checker's tests damage it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from faults.checks_money import state_by
from faults.gateway import amount_text, checkvalue
from faults.plan import GOOD_CARDS
from faults.world import Row, World

MERCHANT, BASE, CUSTOMER, SECRET = 7, 7, "anna", "a secret word"
LIMIT_MINOR = 90_000
NOON = datetime(2031, 7, 15, 12, 0, tzinfo=UTC)
DAY = date(2031, 7, 15)
MONDAY = date(2031, 7, 14)

# One order of each fate.
APPROVED, IN_PARTS, DECLINED, TIMEOUT, REVERSED, OVER_LIMIT, REFUNDED, LOST = range(1, 9)
_SPENT_MINOR = 20_000 + 30_000 + 10_000
_KINDS = {"completion": "charge", "refund": "cancel", "reversal": "cancel"}


def small_world() -> World:
    """A fresh one; each caller may damage its own."""
    world = World(secret_words={MERCHANT: SECRET}, card_numbers=GOOD_CARDS, logs={"serve.log": "all is well"})
    world.merchants = [
        {
            "merchant_id": MERCHANT,
            "customer_base_id": BASE,
            "limit_day_minor": LIMIT_MINOR,
            "limit_week_minor": None,
            "notify_charges": True,
            "notify_cancels": True,
            "notification_url": "http://shop.example/push",
        }
    ]
    _paid(world, APPROVED, 20_000, "purchase", remember=True)
    _paid(world, IN_PARTS, 30_000, "authorisation", ("completion", 25_000), ("refund", 5_000))
    _declined(world, DECLINED, 4_000, "AS102")
    _order(world, TIMEOUT, 4_000)
    _paid(world, REVERSED, 8_000, "authorisation", ("reversal", 8_000))
    _declined(world, OVER_LIMIT, 45_000, "AS109")
    _paid(world, REFUNDED, 10_000, "purchase", ("refund", 10_000))
    _lost(world, LOST, 6_000)
    for order in world.orders:
        operations = world.stories().get(order["billnumber"], [])
        order["state"] = state_by(operations) or "Timeout"
        told = {"Declined": "declined", "Timeout": "expired", "Canceled": "canceled"}.get(order["state"], "approved")
        world.told.append({"bill": str(order["billnumber"]), "way": "last look", "told": told})
        for row in operations:
            _tell_the_shop(world, order, row)
    for period, starts_on in (("day", DAY), ("week", MONDAY)):
        names = {"customer_base_id": BASE, "customer_number": CUSTOMER, "merchant_id": MERCHANT}
        world.turnover.append(names | {"period": period, "starts_on": starts_on, "amount_minor": _SPENT_MINOR})
    card = {"customer_base_id": BASE, "card_id": "card", "customer_number": CUSTOMER}
    world.cards.append(card | {"status": "Member", "card_mask": "411111****1111"})
    world.vault.append({**card})
    world.consents.append(card | {"billnumber": APPROVED})
    world.asked = [
        _asked(IN_PARTS, "/charge/charge.cfm", 25_000, None, [_answer(world, IN_PARTS, 2)] * 3),
        _asked(IN_PARTS, "/cancel/cancel.cfm", 5_000, "part-1234567", [_answer(world, IN_PARTS, 3)]),
        _asked(APPROVED, "/cancel/cancel.cfm", 20_001, "above-1234567", [{"first": "5", "second": "108"}]),
    ]
    world.again = [{"number": f"N-{APPROVED}", "merchant_id": MERCHANT, "amount_minor": 20_100, "refused": True}]
    return world


def _order(world: World, bill: int, amount_minor: int) -> None:
    names = {"customer_base_id": BASE, "billnumber": bill, "merchant_id": MERCHANT, "order_number": f"N-{bill}"}
    world.orders.append(names | {"amount_minor": amount_minor, "currency": "RUB", "customer_number": CUSTOMER})


def _operation(world: World, bill: int, message: str, amount_minor: int, **changes: Any) -> Row:  # noqa: ANN401
    number = len(world.stories().get(bill, [])) + 1
    at = NOON + timedelta(minutes=bill, seconds=number)
    row = {
        "billnumber": bill,
        "operation_number": number,
        "kind": _KINDS.get(message, "payment"),
        "message": message,
        "state": "approved",
        "amount_minor": amount_minor,
        "terminal_id": "TERM0001",
        "stan": 10 * bill + number,
        "rrn": f"{10 * bill + number:012}",
        "sent_at": at,
        "answered_at": at,
        "as_code": "AS000",
        "attempts": 0,
        "kept_card_id": None,
        "external_refund_id": None,
        "turnover_on": DAY if number == 1 else None,
    } | changes
    world.operations.append(row)
    world.notifications.append({"billnumber": bill, "operation_number": number, "state": "delivered", "attempts": 1})
    return row


def _paid(
    world: World, bill: int, amount_minor: int, message: str, *after: tuple[str, int], remember: bool = False
) -> None:
    _order(world, bill, amount_minor)
    payment = _operation(world, bill, message, amount_minor, kept_card_id="card" if remember else None)
    entry = _entry(payment, "authorised" if message == "authorisation" else "captured")
    for later_message, part_minor in after:
        refund_id = "part-1234567" if (bill, later_message) == (IN_PARTS, "refund") else None
        row = _operation(world, bill, later_message, part_minor, external_refund_id=refund_id)
        _move(world, row)
        if later_message == "completion":
            entry |= {"state": "captured", "captured_minor": part_minor, "authorised_minor": part_minor}
        elif later_message == "reversal":
            entry |= {"state": "reversed", "captured_minor": 0, "authorised_minor": 0}
        else:
            entry["refunded_minor"] += part_minor
            entry["state"] = "refunded" if entry["refunded_minor"] == entry["captured_minor"] else "captured"
    world.ledger.append(entry)


def _declined(world: World, bill: int, amount_minor: int, as_code: str) -> None:
    _order(world, bill, amount_minor)
    payment = _operation(world, bill, "purchase", amount_minor, state="declined", as_code=as_code)
    if as_code != "AS109":
        world.ledger.append(_entry(payment, "declined"))


def _lost(world: World, bill: int, amount_minor: int) -> None:
    """Its answer was lost: reversed, then declined."""
    _order(world, bill, amount_minor)
    payment = _operation(world, bill, "purchase", amount_minor, state="declined", as_code="AS998", attempts=1)
    world.ledger.append(_entry(payment, "reversed"))
    _move(world, payment | {"message": "reversal"})


def _entry(payment: Row, state: str) -> Row:
    held_minor = payment["amount_minor"] if state in {"authorised", "captured"} else 0
    return {
        "billnumber": str(payment["billnumber"]),
        "terminal": payment["terminal_id"],
        "stan": payment["stan"],
        "rrn": payment["rrn"],
        "state": state,
        "amount_minor": payment["amount_minor"],
        "authorised_minor": held_minor,
        "captured_minor": held_minor if state == "captured" else 0,
        "refunded_minor": 0,
    }


def _move(world: World, row: Row) -> None:
    names = {"kind": row["message"], "billnumber": str(row["billnumber"]), "stan": row["stan"]}
    world.movements.append(names | {"amount_minor": row["amount_minor"], "response_code": "00"})


def _tell_the_shop(world: World, order: Row, row: Row) -> None:
    operations = [
        one for one in world.stories()[order["billnumber"]] if one["operation_number"] <= row["operation_number"]
    ]
    fields = {
        "merchant_id": str(MERCHANT),
        "ordernumber": order["order_number"],
        "billnumber": f"{order['billnumber']}.{row['operation_number']}",
        "amount": amount_text(row["amount_minor"]),
        "currency": "RUB",
        "orderstate": str(state_by(operations)),
        "responsecode": row["as_code"],
    }
    heard_at = (row["answered_at"] + timedelta(milliseconds=300)).isoformat()
    world.heard.append({"at": heard_at, "answered": "well", "fields": signed(fields)})


def signed(fields: dict[str, str]) -> dict[str, str]:
    """A notification's fields with the right checkvalue."""
    names = ("merchant_id", "ordernumber", "amount", "currency", "orderstate")
    return fields | {"checkvalue": checkvalue(SECRET, "".join(fields[name] for name in names))}


def _asked(bill: int, path: str, amount_minor: int, refund_id: str | None, answers: list[Row]) -> Row:
    return {
        "bill": str(bill),
        "merchant_id": MERCHANT,
        "path": path,
        "amount_minor": amount_minor,
        "refund_id": refund_id,
        "must_be_refused": answers[0]["first"] != "0",
        "answers": answers,
    }


def _answer(world: World, bill: int, number: int) -> Row:
    row = world.stories()[bill][number - 1]
    codes = {"first": "0", "second": "0", "responsecode": row["as_code"]}
    return codes | {"billnumber": f"{bill}.{number}", "amount": amount_text(row["amount_minor"])}
