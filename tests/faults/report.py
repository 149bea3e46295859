"""The end of a run as tables for people."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from faults.fault_schedule import Restart
from faults.plan import Plan
from faults.run import Ended
from faults.world import Row

_DIFFERENCES_SHOWN = 40
# Where others take more of the machine, a restart's time is told and not judged.
_BUSY_SHARE = 0.25


def problems(plan: Plan, ended: Ended) -> list[str]:
    """All that makes the run a failure, one line each."""
    found = [f"{difference.check}: {difference.text}" for difference in ended.found]
    if ended.settled_s is None:
        found.append("settle: not everything had an end within the bound")
    found += [
        f"first_payment: {_restart(restart)} after a restart, {plan.within_s:g} s at most"
        for restart in ended.schedule.restarts
        if restart.seconds > plan.within_s and restart.others_share < _BUSY_SHARE
    ]
    return found


def show(plan: Plan, ended: Ended, console: Console) -> None:
    """Prints the tables, then the differences."""
    world, schedule = ended.world, ended.schedule
    operations = Counter(f"{row['message']} {row['state']}" for row in world.operations)
    special = {
        "refused by a limit": sum(row["as_code"] == "AS109" for row in world.operations),
        "ended by a worker": sum(row["attempts"] > 0 for row in world.operations),
    }
    heard = Counter(str(one["fields"].get("billnumber")) for one in world.heard)
    asked = Counter(_fate(note) for note in world.asked)
    last = Counter(note["told"] for note in world.told if note["way"] == "last look")
    _table(console, "Orders", Counter(row["state"] for row in world.orders))
    _table(console, "Operations", operations | Counter(special))
    _table(console, "At the acquirer", Counter(row["state"] for row in world.ledger))
    _table(console, "Payers read at last", last)
    _table(console, "Shops' requests", asked)
    _table(console, "Kills", schedule.kills)
    _table(console, "Faults switched on", schedule.faults)
    _table(
        console,
        "Notifications",
        {
            "operations told of": len(heard),
            "heard again": sum(heard.values()) - len(heard),
            "not acknowledged": sum(one["answered"] in {"error", "none"} for one in world.heard),
            "unmatched answers recorded": len(world.unmatched),
        },
    )
    times = ", ".join(_restart(restart) for restart in sorted(schedule.restarts))
    settled = "not settled" if ended.settled_s is None else f"{ended.settled_s:.0f} s"
    console.print(
        f"Paying took {ended.paying_s:.0f} s, settling {settled}. Payers that gave up: {ended.gave_up}.\n"
        f"From a restart to the first payment: {times or 'not measured'}.",
        highlight=False,
    )
    found = problems(plan, ended)
    for line in found[:_DIFFERENCES_SHOWN]:
        console.print(line, style="red", highlight=False, markup=False)
    if len(found) > _DIFFERENCES_SHOWN:
        console.print(f"and {len(found) - _DIFFERENCES_SHOWN} more", style="red", highlight=False)
    console.print(f"Differences: {len(found)}. Seed: {plan.seed}.", highlight=False)


def _restart(restart: Restart) -> str:
    return f"{restart.seconds:.2f} s (others took {restart.others_share:.0%} of the machine)"


def _fate(note: Row) -> str:
    if not note["answers"]:
        return "unanswered"
    if any(answer.get("first") == "0" for answer in note["answers"]):
        return "taken"
    return "refused, as it had to be" if note["must_be_refused"] else "refused"


def _table(console: Console, title: str, counts: Mapping[str, int]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    console.print(table)
