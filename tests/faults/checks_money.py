"""The database against the acquirer's ledger: the same money on both sides, once, and no more than was paid.

Each check yields what differs, and knows of the gateway nothing but its tables.
"""

from collections.abc import Iterator

from faults.world import Row, World, approved, is_live, total

_PAID = {"Approved", "Delayed", "PartialDelayed", "PartialCanceled"}
_KINDS = {"completion": "completion", "reversal": "reversal", "refund": "refund"}


def state_by(operations: list[Row]) -> str | None:
    """The state that an order must have after these operations; None if nothing was begun (P 6.1)."""
    if not operations:
        return None
    payment = operations[0]
    if payment["state"] != "approved":
        return {"declined": "Declined"}.get(payment["state"], "In Process")
    if approved(operations, "reversal"):
        return "Canceled"
    taken = total(approved(operations, "purchase", "completion"))
    returned = total(approved(operations, "refund"))
    if returned:
        return "Canceled" if returned == taken else "PartialCanceled"
    if taken == 0:
        return "Delayed"
    return "Approved" if taken == payment["amount_minor"] else "PartialDelayed"


def orders_follow_operations(world: World) -> Iterator[str]:
    """Each order is in the state that its operations lead to."""
    stories = world.stories()
    for order in world.orders:
        wanted = state_by(stories.get(order["billnumber"], [])) or "Timeout"
        if order["state"] != wanted:
            yield f"order {order['billnumber']} is {order['state']}, by its operations it is {wanted}"


def paid_orders_are_live(world: World) -> Iterator[str]:
    """Each paid order has one live approval at the acquirer, of its payment, with the same amounts."""
    stories, entries = world.stories(), world.entries_by_bill()
    for order in world.orders:
        if order["state"] not in _PAID:
            continue
        bill, live = order["billnumber"], [entry for entry in entries.get(order["billnumber"], []) if is_live(entry)]
        if len(live) != 1:
            yield f"order {bill} is {order['state']} and has {len(live)} live approvals"
            continue
        operations = stories.get(bill, [])
        taken = total(approved(operations, "purchase", "completion"))
        wanted = {
            "amount_minor": order["amount_minor"],
            "captured_minor": taken,
            "refunded_minor": total(approved(operations, "refund")),
            "authorised_minor": taken or order["amount_minor"],
        }
        for name, amount_minor in wanted.items():
            if live[0][name] != amount_minor:
                yield f"order {bill}: {name} is {live[0][name]} at the acquirer and {amount_minor} here"
        for name, ours in {"terminal": "terminal_id", "stan": "stan", "rrn": "rrn"}.items():
            if operations and live[0][name] != operations[0][ours]:
                yield f"order {bill}: the live approval's {name} isn't its payment's"


def live_entries_have_orders(world: World) -> Iterator[str]:
    """Each live approval belongs to an order that is paid; no order has two, whatever its state."""
    orders, seen = world.orders_by_bill(), set()
    for entry in filter(is_live, world.ledger):
        bill = int(entry["billnumber"])
        order = orders.get(bill)
        if order is None or order["state"] not in _PAID:
            state = "unknown" if order is None else order["state"]
            yield f"the acquirer's {entry['state']} payment {entry['rrn']} is live, its order {bill} is {state}"
        if bill in seen:
            yield f"order {bill} has more than one live approval"
        seen.add(bill)


def canceled_orders_gave_all_back(world: World) -> Iterator[str]:
    """A canceled order's approval is reversed, or refunded in full."""
    entries, stories = world.entries_by_bill(), world.stories()
    for order in world.orders:
        if order["state"] != "Canceled":
            continue
        operations = stories.get(order["billnumber"], [])
        wanted = "reversed" if approved(operations, "reversal") else "refunded"
        found = [entry["state"] for entry in entries.get(order["billnumber"], [])]
        if found != [wanted]:
            yield f"order {order['billnumber']} is Canceled: at the acquirer it is {found}, not {wanted}"


def numbers_are_paid_once(world: World) -> Iterator[str]:
    """No order number of a merchant has two attempts that hold money."""
    live = {int(entry["billnumber"]) for entry in filter(is_live, world.ledger)}
    holders: dict[tuple[int, str], int] = {}
    for order in world.orders:
        name = (order["merchant_id"], order["order_number"])
        if order["billnumber"] not in live and order["state"] not in _PAID:
            continue
        if name in holders:
            yield f"order number {name[1]} is paid twice: {holders[name]} and {order['billnumber']}"
        holders[name] = order["billnumber"]


def sums_stay_within(world: World) -> Iterator[str]:
    """Charged is no more than authorised, refunded no more than charged, on both sides."""
    for bill, operations in world.stories().items():
        taken = total(approved(operations, "purchase", "completion"))
        returned = total(approved(operations, "refund"))
        if taken > operations[0]["amount_minor"]:
            yield f"order {bill}: {taken} charged of {operations[0]['amount_minor']}"
        if returned > taken:
            yield f"order {bill}: {returned} given back of {taken}"
    for entry in world.ledger:
        if not entry["refunded_minor"] <= entry["captured_minor"] <= entry["amount_minor"]:
            yield f"the acquirer's payment {entry['rrn']}: its sums don't fit"


def operations_are_movements(world: World) -> Iterator[str]:
    """Each approved charge, refund or reversal was done by the acquirer once; and it did nothing that isn't ours."""
    done: dict[tuple[str, int], int] = {}
    for movement in world.movements:
        if movement["response_code"] == "00":
            key = (_KINDS[movement["kind"]], int(movement["billnumber"]))
            done[key] = done.get(key, 0) + int(movement["amount_minor"])
    wanted: dict[tuple[str, int], int] = {}
    for bill, operations in world.stories().items():
        for kind in _KINDS:
            amount_minor = total(approved(operations, kind))
            if amount_minor:
                wanted[(kind, bill)] = amount_minor
        if operations[0]["state"] == "declined":
            done.pop(("reversal", bill), None)  # the end of a payment that lost its answer, or was a guess
    for kind, bill in sorted(wanted.keys() | done.keys()):
        here, there = wanted.get((kind, bill), 0), done.get((kind, bill), 0)
        if here != there:
            yield f"order {bill}: {kind} of {here} here, of {there} at the acquirer"


def references_name_one_operation(world: World) -> Iterator[str]:
    """No two operations have one RRN, and none of a day one terminal and STAN."""
    seen: dict[object, str] = {}
    for row in world.operations:
        name = f"{row['billnumber']}.{row['operation_number']}"
        for reference in (row["rrn"], (row["sent_at"].date(), row["terminal_id"], row["stan"])):
            if reference in seen:
                yield f"operations {seen[reference]} and {name} are both {reference}"
            seen[reference] = name


def nothing_is_stuck(world: World) -> Iterator[str]:
    """No operation without an end, no order in process, no notification that waits or was given up."""
    for operation in world.operations:
        if operation["state"] not in {"approved", "declined"}:
            name = f"{operation['billnumber']}.{operation['operation_number']}"
            yield f"operation {name} ({operation['message']}) is still {operation['state']}"
    for order in world.orders:
        if order["state"] == "In Process":
            yield f"order {order['billnumber']} is still In Process"
    for row in world.notifications:
        if row["state"] != "delivered":
            yield f"the notification of {row['billnumber']}.{row['operation_number']} is {row['state']}"
