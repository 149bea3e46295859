"""What can be wrong at the end of a run, one damage each, and the checks that must see it: those, and no others."""

from collections.abc import Callable

from faults.plan import GOOD_CARDS
from faults.small_world import APPROVED, IN_PARTS, LOST, OVER_LIMIT, REFUNDED, REVERSED, TIMEOUT, signed
from faults.world import Row, World

Damage = Callable[[World], object]


def entry_of(world: World, bill: int) -> Row:
    return next(row for row in world.ledger if row["billnumber"] == str(bill))


def operation_of(world: World, bill: int, number: int = 1) -> Row:
    return world.stories()[bill][number - 1]


def heard_of(world: World, name: str) -> Row:
    return next(heard for heard in world.heard if heard["fields"]["billnumber"] == name)


def order_of(world: World, bill: int) -> Row:
    return world.orders_by_bill()[bill]


def _says(world: World, state: str) -> dict[str, str]:
    """The first notification of the order that was charged and refunded in part, with another state."""
    fields: dict[str, str] = heard_of(world, f"{IN_PARTS}.1")["fields"]
    return fields | {"orderstate": state}


def _set(row: Row, **values: object) -> None:
    row.update(values)


def _second_approval(world: World) -> None:
    world.ledger.append(entry_of(world, APPROVED) | {"stan": 99, "rrn": "000000000099"})


def _paid_twice(world: World) -> None:
    """Another attempt under the same number holds money too."""
    world.orders.append(order_of(world, APPROVED) | {"billnumber": 9})
    trace = {"stan": 95, "rrn": "000000000095"}
    world.operations.append(operation_of(world, APPROVED) | {"billnumber": 9, "kept_card_id": None} | trace)
    world.ledger.append(entry_of(world, APPROVED) | {"billnumber": "9"} | trace)
    for counter in world.turnover:
        counter["amount_minor"] += 20_000
    world.heard.append({**heard_of(world, "1.1"), "fields": heard_of(world, "1.1")["fields"] | {"billnumber": "9.1"}})


def _done_twice(world: World) -> None:
    """The same refund again, here and there."""
    row = operation_of(world, REFUNDED, 2)
    row["amount_minor"] = 4_000
    next(move for move in world.movements if move["billnumber"] == str(REFUNDED))["amount_minor"] = 4_000
    world.operations.append(row | {"operation_number": 3, "stan": 98, "rrn": "000000000098"})
    world.movements.append(
        {**world.movements[-1], "kind": "refund", "billnumber": str(REFUNDED), "amount_minor": 4_000}
    )
    _set(entry_of(world, REFUNDED), refunded_minor=8_000, state="captured")
    _set(order_of(world, REFUNDED), state="PartialCanceled")
    world.heard = [heard for heard in world.heard if not heard["fields"]["billnumber"].startswith(f"{REFUNDED}.")]
    world.told = [note for note in world.told if note["bill"] != str(REFUNDED)]
    world.asked.append(
        {**world.asked[1], "bill": str(REFUNDED), "refund_id": None, "amount_minor": 4_000, "answers": []}
    )


DAMAGES: dict[str, tuple[Damage, set[str]]] = {
    "an amount in the ledger": (
        lambda world: _set(entry_of(world, APPROVED), captured_minor=19_999),
        {"paid_orders_are_live"},
    ),
    "a refund that the acquirer doesn't know": (
        lambda world: _set(entry_of(world, IN_PARTS), refunded_minor=0),
        {"paid_orders_are_live"},
    ),
    "another payment's trace": (lambda world: _set(entry_of(world, APPROVED), stan=77), {"paid_orders_are_live"}),
    "two operations with one RRN": (
        lambda world: _set(operation_of(world, IN_PARTS, 2), rrn=operation_of(world, LOST)["rrn"]),
        {"references_name_one_operation"},
    ),
    "two operations with one trace": (
        lambda world: _set(operation_of(world, IN_PARTS, 2), stan=operation_of(world, LOST)["stan"]),
        {"references_name_one_operation"},
    ),
    "an approval that is gone": (
        lambda world: world.ledger.remove(entry_of(world, APPROVED)),
        {"paid_orders_are_live"},
    ),
    "an approval that was reversed": (
        lambda world: _set(entry_of(world, APPROVED), state="reversed", captured_minor=0, authorised_minor=0),
        {"paid_orders_are_live"},
    ),
    "a second approval": (_second_approval, {"paid_orders_are_live", "live_entries_have_orders"}),
    "money kept of a lost payment": (
        lambda world: _set(entry_of(world, LOST), state="captured", captured_minor=6_000, authorised_minor=6_000),
        {"live_entries_have_orders"},
    ),
    "money of an order that timed out": (
        lambda world: world.ledger.append(entry_of(world, APPROVED) | {"billnumber": str(TIMEOUT)}),
        {"live_entries_have_orders"},
    ),
    "money of an order that nobody knows": (
        lambda world: world.ledger.append(entry_of(world, APPROVED) | {"billnumber": "404"}),
        {"live_entries_have_orders"},
    ),
    "a canceled order that wasn't released": (
        lambda world: _set(entry_of(world, REVERSED), state="authorised", authorised_minor=8_000),
        {"live_entries_have_orders", "canceled_orders_gave_all_back"},
    ),
    "a number that was paid twice": (_paid_twice, {"numbers_are_paid_once"}),
    "more given back than taken": (
        lambda world: _set(entry_of(world, IN_PARTS), refunded_minor=25_001),
        {"paid_orders_are_live", "sums_stay_within"},
    ),
    "a refund that the acquirer did and we don't know": (
        lambda world: world.movements.append({**world.movements[0], "kind": "refund", "billnumber": str(APPROVED)}),
        {"operations_are_movements"},
    ),
    "a charge that the acquirer never did": (
        lambda world: world.movements.pop(0),
        {"operations_are_movements"},
    ),
    "an order in a wrong state": (
        lambda world: _set(order_of(world, IN_PARTS), state="PartialDelayed"),
        {"orders_follow_operations"},
    ),
    "an operation without an end": (
        lambda world: _set(operation_of(world, IN_PARTS, 3), state="unknown"),
        {
            "nothing_is_stuck",
            "orders_follow_operations",
            "paid_orders_are_live",
            "operations_are_movements",
            "shops_were_told_the_truth",
            "shops_were_notified",
            "notifications_are_right",
        },
    ),
    "a notification that waits": (lambda world: _set(world.notifications[0], state="due"), {"nothing_is_stuck"}),
    "a notification that was given up": (
        lambda world: _set(world.notifications[0], state="abandoned"),
        {"nothing_is_stuck"},
    ),
    "a raised counter": (lambda world: _set(world.turnover[0], amount_minor=60_001), {"counters_are_right"}),
    "a counter that is gone": (lambda world: world.turnover.pop(), {"counters_are_right"}),
    "a counter of nobody": (
        lambda world: world.turnover.append(world.turnover[0] | {"customer_number": "nobody"}),
        {"counters_are_right"},
    ),
    "a payment that counts nowhere": (
        lambda world: _set(operation_of(world, LOST), turnover_on=None),
        {"counters_are_right"},
    ),
    "a limit that was passed": (lambda world: _set(world.merchants[0], limit_day_minor=59_999), {"limits_hold"}),
    "a week's limit that was passed": (
        lambda world: _set(world.merchants[0], limit_week_minor=59_999),
        {"limits_hold"},
    ),
    "a refusal while there was room": (
        lambda world: _set(world.merchants[0], limit_day_minor=200_000),
        {"refused_only_when_full"},
    ),
    "a payer who read 'paid' of a lost payment": (
        lambda world: world.told.append({"bill": str(LOST), "way": "typed", "told": "approved"}),
        {"payers_were_told_the_truth"},
    ),
    "a payer who read 'declined' of a paid order": (
        lambda world: world.told.append({"bill": str(APPROVED), "way": "typed", "told": "declined"}),
        {"payers_were_told_the_truth"},
    ),
    "a payer who reads 'paid' at last, of a canceled order": (
        lambda world: world.told.append({"bill": str(REVERSED), "way": "last look", "told": "approved"}),
        {"last_looks_are_right"},
    ),
    "a shop that was told 'approved' of a declined charge": (
        lambda world: _set(world.asked[1]["answers"][0], responsecode="AS998"),
        {"shops_were_told_the_truth"},
    ),
    "a shop that was told another amount": (
        lambda world: _set(world.asked[1]["answers"][0], amount="50.01"),
        {"shops_were_told_the_truth"},
    ),
    "a request that was answered with two operations": (
        lambda world: world.asked[0]["answers"].append(world.asked[1]["answers"][0]),
        {"shops_were_told_the_truth"},
    ),
    "a request that was done twice": (_done_twice, {"same_requests_did_one_thing", "shops_were_notified"}),
    "a request that had to be refused": (
        lambda world: world.asked[2]["answers"].append(world.asked[1]["answers"][0]),
        {"refused_requests_did_nothing", "shops_were_told_the_truth"},
    ),
    "a refused request that made an operation": (
        lambda world: _set(operation_of(world, REFUNDED, 2), external_refund_id="above-1234567"),
        {"refused_requests_did_nothing"},
    ),
    "a paid number that was taken again": (
        lambda world: _set(world.again[0], refused=False),
        {"refused_requests_did_nothing"},
    ),
    "a notification that nobody heard": (
        lambda world: world.heard.remove(heard_of(world, f"{IN_PARTS}.2")),
        {"shops_were_notified"},
    ),
    "a notification that wasn't acknowledged": (
        lambda world: _set(heard_of(world, f"{IN_PARTS}.1"), answered="none"),
        {"shops_were_notified"},
    ),
    "a notification that nobody wished": (
        lambda world: _set(world.merchants[0], notify_charges=False),
        {"shops_were_notified"},
    ),
    "a notification of an order that timed out": (
        lambda world: _set(heard_of(world, f"{APPROVED}.1")["fields"], billnumber=f"{TIMEOUT}.1"),
        {"shops_were_notified", "notifications_are_right"},
    ),
    "a wrong signature": (
        lambda world: _set(heard_of(world, f"{APPROVED}.1")["fields"], checkvalue="0" * 32),
        {"notifications_are_right"},
    ),
    "a notification before its time": (
        lambda world: _set(heard_of(world, f"{IN_PARTS}.3"), at="2031-07-15T11:00:00+00:00"),
        {"notifications_are_right"},
    ),
    "a state that came too early": (
        lambda world: _set(heard_of(world, f"{IN_PARTS}.1"), fields=signed(_says(world, "PartialCanceled"))),
        {"notifications_are_right"},
    ),
    "a wrong code": (
        lambda world: _set(heard_of(world, f"{OVER_LIMIT}.1")["fields"], responsecode="AS000"),
        {"notifications_are_right"},
    ),
    "a card without its secret": (lambda world: world.vault.clear(), {"cards_are_kept_with_consent"}),
    "a secret without its card": (
        lambda world: _set(world.cards[0], status="Deleted"),
        {"cards_are_kept_with_consent"},
    ),
    "a card without a consent": (lambda world: world.consents.clear(), {"cards_are_kept_with_consent"}),
    "a card kept with a declined payment": (
        lambda world: _set(operation_of(world, LOST), kept_card_id="card"),
        {"cards_are_kept_with_consent"},
    ),
    "a consent of a declined payment": (
        lambda world: _set(world.consents[0], billnumber=LOST),
        {"cards_are_kept_with_consent"},
    ),
    "a traceback": (
        lambda world: _set(world.logs, **{"work.log": "Traceback (most recent call last):"}),
        {"logs_are_clean"},
    ),
    "a card number in a log": (
        lambda world: _set(world.logs, **{"work.log": f"{GOOD_CARDS[0][:4]} {GOOD_CARDS[0][4:8]}-{GOOD_CARDS[0][8:]}"}),
        {"logs_are_clean"},
    ),
}
