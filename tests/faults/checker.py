"""The independent checker: all checks over the end of a run. It imports nothing of the gateway."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faults import checks_limits, checks_money, checks_people
from faults.world import World

Check = Callable[[World], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    checks_money.orders_follow_operations,
    checks_money.paid_orders_are_live,
    checks_money.live_entries_have_orders,
    checks_money.canceled_orders_gave_all_back,
    checks_money.numbers_are_paid_once,
    checks_money.sums_stay_within,
    checks_money.operations_are_movements,
    checks_money.references_name_one_operation,
    checks_money.nothing_is_stuck,
    checks_limits.counters_are_right,
    checks_limits.limits_hold,
    checks_limits.refused_only_when_full,
    checks_people.payers_were_told_the_truth,
    checks_people.last_looks_are_right,
    checks_people.shops_were_told_the_truth,
    checks_people.same_requests_did_one_thing,
    checks_people.refused_requests_did_nothing,
    checks_people.shops_were_notified,
    checks_people.notifications_are_right,
    checks_people.cards_are_kept_with_consent,
    checks_people.logs_are_clean,
)


@dataclass(frozen=True)
class Difference:
    """Something that isn't as it must be; ``check`` is the name of the check that saw it."""

    check: str
    text: str


def differences(world: World) -> list[Difference]:
    """All that differs, in the order of the checks."""
    return [Difference(check.__name__, text) for check in CHECKS for text in check(world)]
