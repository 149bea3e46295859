"""What shops do with paid orders: charge, cancel, ask twice, ask for too much. Every request and answer is noted.

A request is one note, however often it is repeated: ``asked`` with all its answers. One that must be refused says so.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from faults.gateway import BrokenError, Gateway, Wanted, amount_text, politely
from faults.notebook import Notebook
from faults.plan import Merchant

CHARGE, CANCEL, WS_CANCEL = "/charge/charge.cfm", "/cancel/cancel.cfm", "/cancel/wscancel.cfm"
_BUSY_FIRSTCODES = {"12", "2"}  # another operation is under way; the acquirer can't be reached
_TURNS_MAX = 25
_REPEATED_FOR_S = 25.0  # well within the time in which the same request is the same one

Step = Callable[[], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A request on an order's money; no amount is all of it."""

    path: str
    amount_minor: int | None = None
    currency: str = "RUB"
    refund_id: str | None = None
    must_be_refused: bool = False


class Shop:
    """The shops' servers: all of them, since they do the same."""

    def __init__(self, gateway: Gateway, notebook: Notebook, merchants: list[Merchant]) -> None:
        self._gateway = gateway
        self._notebook = notebook
        self._merchants = merchants

    async def go_on(self, wanted: Wanted, bill: str, dice: random.Random) -> None:
        """One of the things that shops do with a paid order, mostly nothing."""
        desk = _Desk(self, wanted, bill, dice)
        weights, steps = zip(*(desk.two_stage() if wanted.two_stage else desk.one_stage()), strict=True)
        step: Step = dice.choices(steps, weights=weights)[0]
        await step()

    async def ask(self, merchant: Merchant, bill: str, wish: Wish, times: int = 1) -> str:
        """Asks, ``times`` within 300 ms; an answer that is no end is asked for again. The last answer's state.

        Raises ``BrokenError`` if no answer comes within the bounds.
        """
        answers: list[dict[str, str]] = []
        facts: dict[str, Any] = vars(wish) | {"bill": bill, "merchant_id": merchant.merchant_id, "times": times}
        note = self._notebook.write("asked", **facts, answers=answers)
        form = _form(merchant, bill, wish)

        async def once(delay_s: float) -> dict[str, str]:
            await asyncio.sleep(delay_s)
            answer: dict[str, str] = {}
            for turn in range(_TURNS_MAX):
                answer = await politely(lambda: self._gateway.money(wish.path, form), _REPEATED_FOR_S)
                if answer["first"] not in _BUSY_FIRSTCODES:
                    break
                await asyncio.sleep(min(0.2 * (turn + 1), 1.0))
            answers.append(answer)
            return answer

        given = await asyncio.gather(*(once(0.1 * turn) for turn in range(times)), return_exceptions=True)
        self._notebook.write("answered", request=note["at"], answers=answers)
        for answer in given:
            if isinstance(answer, BaseException):
                raise answer
        return answers[-1].get("orderstate", "")

    def another(self, merchant: Merchant) -> Merchant:
        """A merchant that the order doesn't belong to."""
        return next(other for other in self._merchants if other.merchant_id != merchant.merchant_id)


class _Desk:
    """What can be done with one paid order."""

    def __init__(self, shop: Shop, wanted: Wanted, bill: str, dice: random.Random) -> None:
        self._shop = shop
        self._merchant = wanted.merchant
        self._bill = bill
        self._dice = dice
        self._paid_minor = wanted.amount_minor
        self._part_minor = dice.randint(100, wanted.amount_minor - 100)
        self._cancel = dice.choice((CANCEL, WS_CANCEL))
        self._ids = 0

    def one_stage(self) -> list[tuple[int, Step]]:
        """For an approved order, with how likely each is."""
        return [
            (45, self._nothing),
            (12, self._cancel_all),
            (12, self._cancel_twice_by_id),
            (12, self._cancel_part_three_times),
            (8, self._cancel_in_parts),
            (11, self._ask_for_the_wrong),
        ]

    def two_stage(self) -> list[tuple[int, Step]]:
        """For a delayed order."""
        return [
            (15, self._nothing),
            (20, self._charge_all),
            (15, self._charge_part_then_refund),
            (15, self._cancel_all),
            (20, self._charge_against_cancel),
            (15, self._ask_for_the_wrong),
        ]

    async def _nothing(self) -> None:
        return

    async def _cancel_all(self) -> None:
        await self._ask(Wish(path=self._cancel), times=self._dice.choice((1, 1, 3)))

    async def _cancel_twice_by_id(self) -> None:
        wish = Wish(path=self._cancel, amount_minor=self._part_minor, refund_id=self._id("twice"))
        await asyncio.gather(self._ask(wish), self._ask(wish))

    async def _cancel_part_three_times(self) -> None:
        await self._ask(Wish(path=self._cancel, amount_minor=self._part_minor), times=3)

    async def _cancel_in_parts(self) -> None:
        """A part, the rest, and then a cent too much."""
        rest_minor = self._paid_minor - self._part_minor
        await self._ask(Wish(path=self._cancel, amount_minor=self._part_minor, refund_id=self._id("part")))
        state = await self._ask(Wish(path=self._cancel, amount_minor=rest_minor, refund_id=self._id("rest")))
        if state == "Canceled":
            await self._refused(Wish(path=self._cancel, amount_minor=1, refund_id=self._id("cent")))

    async def _charge_all(self) -> None:
        await self._ask(Wish(path=CHARGE), times=self._dice.choice((1, 3)))

    async def _charge_part_then_refund(self) -> None:
        state = await self._ask(Wish(path=CHARGE, amount_minor=self._part_minor))
        if state == "PartialDelayed" and self._part_minor > 1:
            too_much = Wish(path=self._cancel, amount_minor=self._part_minor + 1, refund_id=self._id("above"))
            await self._refused(too_much)
            part = Wish(path=self._cancel, amount_minor=self._part_minor // 2, refund_id=self._id("half"))
            await self._ask(part)

    async def _charge_against_cancel(self) -> None:
        await asyncio.gather(self._ask(Wish(path=CHARGE)), self._ask(Wish(path=self._cancel)))

    async def _ask_for_the_wrong(self) -> None:
        """Too much, a stranger's order, another currency, nothing at all: none of it may do anything."""
        above = Wish(path=self._cancel, amount_minor=self._paid_minor + 1, refund_id=self._id("above"))
        currency = Wish(
            path=self._cancel, amount_minor=self._part_minor, currency="USD", refund_id=self._id("currency")
        )
        zero = Wish(path=self._cancel, amount_minor=0, refund_id=self._id("zero"))
        foreign = Wish(path=self._cancel, refund_id=self._id("foreign"))
        for wish in (above, currency, zero):
            await self._refused(wish)
        await self._refused(foreign, self._shop.another(self._merchant))

    def _id(self, what: str) -> str:
        self._ids += 1
        return f"{what}-{self._bill}-{self._ids}"

    async def _ask(self, wish: Wish, times: int = 1) -> str:
        try:
            return await self._shop.ask(self._merchant, self._bill, wish, times)
        except BrokenError:
            return ""

    async def _refused(self, wish: Wish, merchant: Merchant | None = None) -> None:
        refused = Wish(**vars(wish) | {"must_be_refused": True})
        try:
            await self._shop.ask(merchant or self._merchant, self._bill, refused)
        except BrokenError:
            return


def _form(merchant: Merchant, bill: str, wish: Wish) -> dict[str, str]:
    form = {
        "Merchant_ID": str(merchant.merchant_id),
        "Login": merchant.login,
        "Password": merchant.password,
        "Billnumber": bill,
        "Language": "EN",
    }
    if wish.amount_minor is not None:
        form |= {"Amount": amount_text(wish.amount_minor), "Currency": wish.currency}
    return form | ({"Externalrefundid": wish.refund_id} if wish.refund_id else {})
