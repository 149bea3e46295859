"""One run, from an empty folder to the list of differences.

1. the testbed is built and started
2. payers pay, shops charge and cancel, faults come by the schedule
3. the schedule ends; everything settles; every payer looks once more
4. the processes end; what they left is read and checked
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console

from faults.checker import Difference, differences
from faults.fault_schedule import FaultSchedule
from faults.gateway import BrokenError, Gateway, politely
from faults.notebook import Notebook
from faults.payers import Street, all_pay
from faults.plan import ALL_CARDS, PAYERS_AT_ONCE, Plan
from faults.settle import settle
from faults.shop import Shop
from faults.testbed import FaultTestbed, running_testbed
from faults.waiting import until
from faults.world import Row, World, read_heard, read_rows

_LOOKS_AT_ONCE = 8
_READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Ended:
    """What a run came to; ``settled_s`` is None if something had no end within the bound."""

    world: World
    schedule: FaultSchedule
    paying_s: float
    settled_s: float | None
    gave_up: int
    found: list[Difference]


async def run(plan: Plan, folder: Path, console: Console) -> Ended:
    """The whole run. Bounded: it raises ``TimeoutError`` when it takes far longer than it should."""
    notebook = Notebook(folder / "notes.jsonl")
    try:
        async with asyncio.timeout(600 + 2 * plan.payments + 60 * plan.kills), running_testbed(folder, plan) as testbed:
            async with _http() as http:
                gateway = Gateway(testbed.gateway_url, http)
                schedule = FaultSchedule(testbed, plan, gateway, http, notebook)
                await _ready(testbed, gateway)
                console.print(f"The testbed is up. {plan.payments} payers, {plan.kills} kills.", highlight=False)
                begun = time.monotonic()
                await _live(plan, testbed, Street(plan, gateway, _shop(plan, gateway, notebook), notebook), schedule)
                paying_s = time.monotonic() - begun
                console.print(
                    f"All have paid after {paying_s:.0f} s. Waiting until everything has an end.", highlight=False
                )
                settled_s = await settle(testbed.database_url, console)
                await _last_looks(gateway, notebook)
                ledger, movements = [
                    await _rows(http, f"{testbed.control_url}/{name}") for name in ("ledger", "movements")
                ]
            rows = await asyncio.to_thread(read_rows, testbed.database_url)
        world = World(**rows)  # type: ignore[arg-type]  # the names are those of its lists
        world.ledger, world.movements, world.heard = ledger, movements, read_heard(testbed.heard_file)
        world.told, world.asked, world.again = (notebook.of_kind(kind) for kind in ("told", "asked", "number again"))
        world.secret_words = {merchant.merchant_id: merchant.secret_word for merchant in plan.merchants()}
        world.card_numbers, world.logs = ALL_CARDS, testbed.logs()
        gave_up = len(notebook.of_kind("gave up"))
        return Ended(world, schedule, paying_s, settled_s, gave_up, differences(world))
    finally:
        notebook.close()


async def _live(plan: Plan, testbed: FaultTestbed, street: Street, schedule: FaultSchedule) -> None:
    """Payers and schedule side by side; what fails in one ends the other."""
    async with asyncio.TaskGroup() as tasks:
        blowing = tasks.create_task(schedule.blow())
        tasks.create_task(_calm_the_listener(plan, testbed, schedule))
        await all_pay(street, plan.payments, PAYERS_AT_ONCE, schedule.gate)
        await blowing
    await schedule.clear()


async def _calm_the_listener(plan: Plan, testbed: FaultTestbed, schedule: FaultSchedule) -> None:
    """Towards the end the merchants' listener answers each time: what it didn't answer is told again after a minute."""
    await schedule.gate.reached(plan.payments * 3 // 5)
    async with _http() as http, http.post(f"{testbed.listener_url}/calm"):
        pass


async def _ready(testbed: FaultTestbed, gateway: Gateway) -> None:
    async def is_well() -> bool:
        ended = [name for name, part in testbed.parts.items() if not part.runs]
        if ended:
            message = f"ended by themselves: {', '.join(ended)}; their logs are in {testbed.folder / 'logs'}"
            raise RuntimeError(message)
        return await gateway.is_well()

    await until("the testbed is up", _READY_WITHIN_S, is_well)


async def _last_looks(gateway: Gateway, notebook: Notebook) -> None:
    """Every payer comes back to the page that it saw last."""
    links = {note["link"] for note in notebook.notes if note["kind"] in {"opened", "told"}}
    bounded = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def look(link: str) -> None:
        async with bounded:
            try:
                told = await politely(lambda: gateway.result(link))
                bill = await politely(lambda: gateway.bill(link))
            except BrokenError:
                notebook.write("gave up", payer=-1, way="last look")
            else:
                notebook.write("told", payer=-1, way="last look", bill=bill, link=link, told=told)

    await asyncio.gather(*(look(link) for link in links))


async def _rows(http: aiohttp.ClientSession, url: str) -> list[Row]:
    async with http.get(url) as answer:
        rows: list[Row] = await answer.json()
    return rows


def _shop(plan: Plan, gateway: Gateway, notebook: Notebook) -> Shop:
    return Shop(gateway, notebook, plan.merchants())


@asynccontextmanager
async def _http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=64)
    jar = aiohttp.DummyCookieJar()
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as http:
        yield http
