"""The fault schedule: the acquirer misbehaves now and then, parts are killed and started again, in the seed's order."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from faults.effort import Effort
from faults.gateway import BrokenError, Gateway, Wanted
from faults.notebook import Notebook
from faults.plan import GOOD_CARDS, PAYERS_AT_ONCE, Plan
from faults.testbed import FaultTestbed
from faults.waiting import until

_READY_WITHIN_S = 30.0
_FIRST_PAYMENT_WITHIN_S = 30.0
# Each with how likely it is, and how many messages it may hit; sometimes it passes over others in between.
_FAULTS: dict[str, tuple[int, int]] = {
    "delay": (4, 8),
    "no_answer": (4, 3),
    "answer_twice": (4, 8),
    "drop_before_processing": (3, 3),
    "drop_after_processing": (3, 3),
    "garbage": (2, 2),
    "wrong_mac": (2, 3),
    "close": (2, 1),
    "refuse_connection": (1, 1),
}
# How often a second fault waits for what should mend the first one; how often all faults end before they have struck.
_TROUBLED_SHARE = 0.5
_ENDED_SHARE = 0.08


class Restart(NamedTuple):
    """From the start of ``serve`` to the first good payment, and what others took of the machine meanwhile."""

    seconds: float
    others_share: float


@dataclass
class Gate:
    """Lets payers pass up to a number: each kill comes at its place in the run, and meets payers under way."""

    passed: int = 0
    limit: int = 0
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, number: int) -> None:
        """Waits until this payer may go."""
        async with self._moved:
            await self._moved.wait_for(lambda: number < self.limit)
            self.passed = max(self.passed, number + 1)
            self._moved.notify_all()

    async def reached(self, number: int) -> None:
        """Waits until so many have gone."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.passed >= number)

    async def open_to(self, limit: int) -> None:
        """Lets payers pass up to this number."""
        async with self._moved:
            self.limit = max(self.limit, limit)
            self._moved.notify_all()


class FaultSchedule:
    """What happens to the testbed, and what was seen of it: kills, faults, times to the first payment."""

    def __init__(
        self, testbed: FaultTestbed, plan: Plan, gateway: Gateway, http: aiohttp.ClientSession, notebook: Notebook
    ) -> None:
        self._testbed = testbed
        self._plan = plan
        self._gateway = gateway
        self._http = http
        self._notebook = notebook
        self._dice = plan.dice("weather")
        self._is_clear = asyncio.Event()
        self._is_clear.set()
        self.gate = Gate()
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.restarts: list[Restart] = []

    async def blow(self) -> None:
        """All kills, each at its place among the payers; faults in between."""
        kinds = self._plan.kill_kinds()
        places = [self._plan.payments * (number + 1) // (len(kinds) + 1) for number in range(len(kinds))]
        faults = asyncio.create_task(self._misbehave())
        try:
            for number, (kind, place) in enumerate(zip(kinds, places, strict=True)):
                await self.gate.open_to(place + PAYERS_AT_ONCE)
                await self.gate.reached(place)
                await self._slow_down()
                await self._kill(kind, number)
                self.kills[kind] += 1
            await self.gate.open_to(self._plan.payments)
            await self.gate.reached(self._plan.payments)
        finally:
            faults.cancel()
            await asyncio.gather(faults, return_exceptions=True)

    async def clear(self) -> None:
        """No fault any more."""
        for _ in range(20):
            try:
                async with self._http.delete(f"{self._testbed.control_url}/behaviour") as answer:
                    if answer.ok:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.2)
        message = "the simulator's faults can't be ended"
        raise RuntimeError(message)

    async def _slow_down(self) -> None:
        """Mostly the acquirer is slow for a moment before a kill, so that the kill meets payments under way."""
        if self._dice.random() < 0.75:
            await self._set({"fault": "delay", "seconds": 0.8, "count": 15})
        await asyncio.sleep(self._dice.uniform(0, 1.0))

    async def _kill(self, kind: str, number: int) -> None:
        name = f"worker-{self._dice.choice((1, 2))}" if kind == "worker" else kind
        part = self._testbed.parts[name]
        self._notebook.write("kill", part=name)
        await part.kill()
        if kind == "serve":
            await self._serve_again(number)
            return
        await asyncio.sleep(self._dice.uniform(0.1, 1.0))
        if kind == "database":
            await self._testbed.start_database()
        else:
            await part.start()
        await self._all_is_well()

    async def _serve_again(self, number: int) -> None:
        """Measures the time from the start of ``serve`` to the first good payment; no fault falls into it."""
        self._is_clear.clear()
        try:
            await self.clear()
            await self._all_parts_run()
            await asyncio.sleep(self._dice.uniform(0, 0.3))
            effort, begun = Effort(), time.monotonic()
            await self._testbed.parts["serve"].start()
            probe = 0
            while not await self._pays(f"P-{number}-{probe}"):
                probe += 1
                if time.monotonic() - begun > _FIRST_PAYMENT_WITHIN_S:
                    break
                await asyncio.sleep(0.02)
            self.restarts.append(Restart(time.monotonic() - begun, effort.others_share()))
        finally:
            self._is_clear.set()
        await self._all_is_well()

    async def _pays(self, number: str) -> bool:
        """One try of a payer who has an order to open and a card in hand."""
        merchant = self._plan.merchants()[1]
        wanted = Wanted(merchant=merchant, number=number, amount_minor=1_000, customer="probe", two_stage=False)
        form = {"CardNumber": GOOD_CARDS[0], "Expiry": "12/31", "CardHolder": "A PROBE", "CVC2": "123"}
        try:
            link = await self._gateway.open_order(wanted)
            reply = await self._gateway.ask(link, form) if link else None
            told = await self._gateway.result(link) if reply is not None and reply.location else ""
            if told == "approved":
                bill = await self._gateway.bill(link)
                self._notebook.write("told", payer=-1, way="probe", bill=bill, link=link, told=told)
        except BrokenError:
            return False
        return told == "approved"

    async def _all_is_well(self) -> None:
        await until("the gateway is well", _READY_WITHIN_S, self._gateway.is_well)

    async def _all_parts_run(self) -> None:
        ended = [name for name, part in self._testbed.parts.items() if name != "serve" and not part.runs]
        if ended:
            message = f"ended by themselves: {', '.join(ended)}"
            raise RuntimeError(message)

    async def _misbehave(self) -> None:
        """One fault after the other, or several together; a clear sky while a restart is measured."""
        dice = self._plan.dice("faults")
        while True:
            await asyncio.sleep(dice.uniform(0.1, 0.6))
            await self._is_clear.wait()
            name = dice.choices(list(_FAULTS), weights=[weight for weight, _ in _FAULTS.values()])[0]
            if dice.random() < _TROUBLED_SHARE:
                await self._set(_second_trouble(dice))
            await self._set(_behaviour(name, dice))
            await asyncio.sleep(dice.uniform(0.2, 1.0))
            if dice.random() < _ENDED_SHARE:
                await self._end_fault()

    async def _set(self, behaviour: dict[str, Any]) -> None:
        try:
            async with self._http.post(f"{self._testbed.control_url}/behaviour", json=behaviour) as answer:
                if not answer.ok:
                    message = f"the simulator refuses {behaviour}: HTTP {answer.status}"
                    raise RuntimeError(message)
                on_later = " of reversals and charges" if "mtis" in behaviour else ""
                self.faults[behaviour["fault"] + on_later] += 1
        except (aiohttp.ClientError, TimeoutError):
            return  # it is being killed

    async def _end_fault(self) -> None:
        try:
            async with self._http.delete(f"{self._testbed.control_url}/behaviour"):
                pass
        except (aiohttp.ClientError, TimeoutError):
            return


def _second_trouble(dice: random.Random) -> dict[str, Any]:
    """Strikes what should end an earlier trouble: reversals, and repeated charges."""
    name = dice.choice(("drop_before_processing", "drop_before_processing", "drop_after_processing", "wrong_mac"))
    return {"fault": name, "count": dice.randint(1, 3), "mtis": [dice.choice(("0420", "0420", "0220"))]}


def _behaviour(name: str, dice: random.Random) -> dict[str, Any]:
    behaviour: dict[str, Any] = {"fault": name}
    behaviour["count"] = dice.randint(1, _FAULTS[name][1])
    if dice.random() < 0.4 and name not in {"close", "refuse_connection"}:
        behaviour |= {"share": round(dice.uniform(0.1, 0.5), 2), "seed": dice.getrandbits(30)}
    if name == "delay":
        behaviour["seconds"] = round(dice.choice((dice.uniform(0.1, 1.0), dice.uniform(3.0, 4.5))), 2)
    return behaviour
