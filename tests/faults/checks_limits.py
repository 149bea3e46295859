"""Limits and turnover: never passed, never refused while there was room, and counted to the cent (D1 to D5)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from faults.world import Row, World, approved

_OVER_LIMIT = "AS109"
_JUDGED_WITHIN = timedelta(seconds=10)


class _Window(NamedTuple):
    base: int
    customer: str
    merchant_id: int
    period: str
    starts_on: date


class _Counted(NamedTuple):
    payment: Row
    counts: bool
    gone_at: object


def _windows(order: Row, payment: Row) -> list[_Window]:
    day: date = payment["turnover_on"]
    who = (order["customer_base_id"], order["customer_number"], order["merchant_id"])
    return [_Window(*who, "day", day), _Window(*who, "week", day - timedelta(days=day.weekday()))]


def _counted(world: World) -> dict[_Window, list[_Counted]]:
    """All payments of each window; whether it counts still: declined ones don't, nor those reversed by the shop."""
    orders, found = world.orders_by_bill(), dict[_Window, list[_Counted]]()
    for bill, operations in world.stories().items():
        payment = operations[0]
        if payment["turnover_on"] is None:
            continue
        reversals = approved(operations, "reversal")
        counts = payment["state"] != "declined" and not reversals
        gone_at = None if counts else (reversals or [payment])[0]["answered_at"]
        for window in _windows(orders[bill], payment):
            found.setdefault(window, []).append(_Counted(payment, counts, gone_at))
    return found


def counters_are_right(world: World) -> Iterator[str]:
    """Each counter holds the payments that count: approved ones, but those reversed; refunds give nothing back.

    Every payment of a run is a customer's, in its merchant's currency: it counts on some day.
    """
    for operation in world.operations:
        if operation["kind"] == "payment" and operation["turnover_on"] is None:
            yield f"the payment of {operation['billnumber']} counts in no turnover"
    wanted = {
        window: sum(one.payment["amount_minor"] for one in rows if one.counts)
        for window, rows in _counted(world).items()
    }
    found = {
        _Window(
            row["customer_base_id"], row["customer_number"], row["merchant_id"], row["period"], row["starts_on"]
        ): row["amount_minor"]
        for row in world.turnover
    }
    for window in sorted(wanted.keys() | found.keys()):
        if wanted.get(window, 0) != found.get(window, 0):
            yield f"turnover of {window.customer}, {window.period}: {found.get(window, 0)}, not {wanted.get(window, 0)}"


def limits_hold(world: World) -> Iterator[str]:
    """No customer's payments of a day or week are more than the limit."""
    for window, rows in _counted(world).items():
        limit = _limit(world, window)
        spent = sum(one.payment["amount_minor"] for one in rows if one.counts)
        if limit is not None and spent > limit:
            yield f"{window.customer} spent {spent} in a {window.period}, the limit is {limit}"


def refused_only_when_full(world: World) -> Iterator[str]:
    """A payment refused by a limit didn't fit: with all that may have counted at that moment it was too much."""
    for bill, operations in world.stories().items():
        payment = operations[0]
        if payment["as_code"] != _OVER_LIMIT or payment["turnover_on"] is None:
            continue
        order = world.orders_by_bill()[bill]
        counted = _counted(world)
        if not any(_may_be_full(world, window, payment, counted[window]) for window in _windows(order, payment)):
            yield f"order {bill} was refused by a limit, and there was room"


def _may_be_full(world: World, window: _Window, refused: Row, rows: list[_Counted]) -> bool:
    limit = _limit(world, window)
    if limit is None:
        return False
    judged_at = refused["sent_at"]
    others = (
        one.payment["amount_minor"]
        for one in rows
        if one.payment["billnumber"] != refused["billnumber"]
        and one.payment["sent_at"] <= judged_at + _JUDGED_WITHIN
        and (one.gone_at is None or one.gone_at > judged_at - _JUDGED_WITHIN)
    )
    return bool(sum(others) + refused["amount_minor"] > limit)


def _limit(world: World, window: _Window) -> int | None:
    merchant = next(row for row in world.merchants if row["merchant_id"] == window.merchant_id)
    limit: int | None = merchant[f"limit_{window.period}_minor"]
    return limit
