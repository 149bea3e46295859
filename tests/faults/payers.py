"""Payers: each opens an order and does what people do: pays, pays twice, goes away, tries again.

A payer draws from a generator of its own. What breaks is repeated politely, within bounds; what is seen is noted.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from faults.gateway import BrokenError, Gateway, Wanted, politely
from faults.notebook import Notebook
from faults.plan import DECLINING_CARDS, GOOD_CARDS, SILENT_CARD, STOLEN_CARD, WRONG_CVC2_CARD, Plan
from faults.shop import Shop

_POSTS_MAX = 15
_LOOKS_MAX = 4
_AMOUNTS_MINOR = (1_000, 30_000)
_UNAVAILABLE = 503
_OK = 200
_REDIRECT = 303

Journey = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Street:
    """What all payers share."""

    plan: Plan
    gateway: Gateway
    shop: Shop
    notebook: Notebook


class Payer:
    """One payer with one order, in one of the ways that people have."""

    def __init__(self, street: Street, number: int) -> None:
        self._gateway = street.gateway
        self._shop = street.shop
        self._notebook = street.notebook
        self._dice = street.plan.dice(f"payer {number}")
        self._number = number
        merchant = self._dice.choice(street.plan.merchants())
        self._wanted = Wanted(
            merchant=merchant,
            number=f"F-{number}",
            amount_minor=self._dice.randint(*_AMOUNTS_MINOR),
            customer=f"customer-{merchant.merchant_id % 10}-{self._dice.randrange(street.plan.customers)}",
            two_stage=self._dice.random() < 0.4,
        )
        self._may_walk_away = number < street.plan.payments // 2
        self._way = "typed"

    async def go(self) -> None:
        """The whole journey; one that can't be ended within the bounds is noted."""
        ways: list[tuple[float, str, Journey]] = [
            (28, "typed", self._type),
            (30, "stored", self._use_stored),
            (10, "double click", self._click_twice),
            (8, "declined, then again", self._decline_then_retry),
            (6, "goes away while it pays", self._go_away),
            (4, "two tabs", self._two_tabs),
            (5, "never answered", self._never_answered),
            (3, "walks away", self._walk_away if self._may_walk_away else self._type),
            (2, "wrong CVC2", self._wrong_cvc2),
            (2, "stolen card", self._stolen),
            (2, "number again", self._number_again),
        ]
        _, self._way, journey = self._dice.choices(ways, weights=[way[0] for way in ways])[0]
        try:
            await journey()
        except BrokenError:
            self._notebook.write("gave up", payer=self._number, way=self._way)

    async def _type(self) -> None:
        link = await self._open()
        await self._paid(link, await self._pay(link, self._card(self._dice.choice(GOOD_CARDS))))

    async def _use_stored(self) -> None:
        link = await self._open()
        page = await politely(lambda: self._gateway.ask(link))
        cards = re.findall(r'name="SavedCard" value="([0-9a-f-]{36})"', page.body)
        if cards:
            form = {"SavedCard": self._dice.choice(cards), "CVC2": "123"}
            self._way = "stored card used"
        else:
            form = self._card(self._dice.choice(GOOD_CARDS)) | {"Remember": "1"}
        await self._paid(link, await self._pay(link, form))

    async def _click_twice(self) -> None:
        link = await self._open()
        form = self._card(self._dice.choice(GOOD_CARDS))
        first, _ = await asyncio.gather(self._pay(link, form), self._pay(link, form))
        await self._paid(link, first)

    async def _decline_then_retry(self) -> None:
        link = await self._open()
        if await self._pay(link, self._card(self._dice.choice(DECLINING_CARDS))) != "declined":
            return
        retry = await politely(lambda: self._gateway.ask(link, {"action": "retry"}))
        if "CFSID" not in retry.location:
            return
        await self._paid(retry.location, await self._pay(retry.location, self._card(self._dice.choice(GOOD_CARDS))))

    async def _go_away(self) -> None:
        """Closes the browser while the payment is under way, and looks again later."""
        link = await self._open()
        posting = asyncio.create_task(self._gateway.ask(link, self._card(self._dice.choice(GOOD_CARDS))))
        await asyncio.wait({posting}, timeout=self._dice.uniform(0.001, 0.08))
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await asyncio.sleep(self._dice.uniform(0, 1))
        await self._paid(link, await self._look(link))

    async def _two_tabs(self) -> None:
        """The same order is opened and paid in two tabs, with two cards."""
        links = await asyncio.gather(self._open(), self._open())
        cards = self._dice.sample(GOOD_CARDS, 2)
        tolds = await asyncio.gather(
            *(self._pay(link, self._card(card)) for link, card in zip(links, cards, strict=True))
        )
        await self._paid(links[0], tolds[0])

    async def _never_answered(self) -> None:
        link = await self._open()
        await self._pay(link, self._card(SILENT_CARD))

    async def _walk_away(self) -> None:
        link = await self._open()
        await politely(lambda: self._gateway.ask(link))

    async def _wrong_cvc2(self) -> None:
        link = await self._open()
        await self._pay(link, self._card(WRONG_CVC2_CARD) | {"Remember": "1"})

    async def _stolen(self) -> None:
        """Whoever pays with a stolen card is blocked: a customer that nobody else is."""
        self._wanted = Wanted(**vars(self._wanted) | {"customer": f"thief-{self._number}"})
        link = await self._open()
        await self._pay(link, self._card(STOLEN_CARD) | {"Remember": "1"})

    async def _number_again(self) -> None:
        """A paid order's number comes again, with another amount: it must be refused."""
        link = await self._open()
        if await self._pay(link, self._card(self._dice.choice(GOOD_CARDS))) != "approved":
            return
        other = Wanted(**vars(self._wanted) | {"amount_minor": self._wanted.amount_minor + 100})
        again = await politely(lambda: self._gateway.open_order(other))
        note = {"number": self._wanted.number, "merchant_id": self._wanted.merchant.merchant_id}
        self._notebook.write("number again", refused=not again, amount_minor=other.amount_minor, **note)

    async def _open(self) -> str:
        link = await politely(lambda: self._gateway.open_order(self._wanted))
        if not link:
            raise BrokenError
        self._notebook.write("opened", payer=self._number, way=self._way, link=link)
        return link

    async def _pay(self, link: str, form: dict[str, str]) -> str:
        """Posts until the payer is told something; what it is."""
        for turn in range(_POSTS_MAX):
            try:
                reply = await self._gateway.ask(link, form)
            except BrokenError:
                await asyncio.sleep(min(0.1 * 2**turn, 2.0))
                told = await self._look(link)
                if told != "payable":
                    return told
                continue
            if reply.status == _UNAVAILABLE:
                await asyncio.sleep(0.3)
                continue
            if reply.status == _OK:  # the page again, with the decline on it
                return await self._look(link)
            if reply.status == _REDIRECT and "result.cfm" in reply.location:
                return await self._look(reply.location)
            return "not taken"  # a stored card that is gone, or may not be used any more
        raise BrokenError

    async def _look(self, link: str) -> str:
        """What the result page says; while it says that the payment is being checked, a few looks more."""
        told = ""
        for _ in range(_LOOKS_MAX):
            told = await politely(lambda: self._gateway.result(link))
            if told != "checking":
                break
            await asyncio.sleep(0.5)
        bill = await politely(lambda: self._gateway.bill(link))
        self._notebook.write("told", payer=self._number, way=self._way, bill=bill, link=link, told=told)
        return told

    async def _paid(self, link: str, told: str) -> None:
        """The shop goes on with what is paid."""
        if told == "approved":
            bill = await politely(lambda: self._gateway.bill(link))
            await self._shop.go_on(self._wanted, bill, self._dice)

    def _card(self, number: str) -> dict[str, str]:
        form = {"CardNumber": number, "Expiry": "12/31", "CardHolder": "ANNA IVANOVA", "CVC2": "123"}
        return form | ({"Remember": "1"} if self._dice.random() < 0.6 else {})


async def all_pay(street: Street, journeys: int, at_once: int, gate: Callable[[int], Awaitable[None]]) -> None:
    """Sends the payers on their way, so many at once; each waits at the gate until its turn has come."""
    numbers = iter(range(journeys))

    async def walk() -> None:
        for number in numbers:
            await gate(number)
            await Payer(street, number).go()

    await asyncio.gather(*(walk() for _ in range(at_once)))
