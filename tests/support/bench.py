"""A bench for whole payments: the hot path on a real database, over the real wire, to a real simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from oneclick.acquirer.link import Link
from oneclick.card import CardData, CardNumber, Cvc2, Expiry
from oneclick.clock import FixedClock
from oneclick.database.orders import NewOrder, insert_order
from oneclick.database.pool import Pool
from oneclick.database.stan_blocks import StanBlocks
from oneclick.ids import CustomerId, OrderId
from oneclick.languages import Language
from oneclick.limits.counters import Counter, turnover
from oneclick.limits.windows import Period
from oneclick.money import Money
from oneclick.outcome import Refused
from oneclick.passwords import Passwords
from oneclick.use_cases.payer.delete_own_card import DeleteOwnCard
from oneclick.use_cases.payer.pay import Paid, Pay, PayDependencies, SavedCard, TypedCard
from oneclick.use_cases.payer.show_order import ShownOrder, ShowOrder
from oneclick.use_cases.steps.acquirer_options import AcquirerOptions
from oneclick.use_cases.steps.operation_run import OperationDependencies, OperationRunner
from oneclick.use_cases.upkeep.resolve_operations import ResolveOperations
from oneclick.vault.keyring import Keyring
from support.rows import MERCHANT_ID, ORDER, put_merchant
from support.wire import PATIENCE_S, Running, linked

# A Tuesday, 15:00 in Moscow.
NOW = datetime(2031, 7, 15, 12, 0, 0, tzinfo=UTC)
VISA = "4111111111111111"
MASTERCARD = "5555555555554444"
MIR = "2200000000000004"
DECLINES = "4000000000000002"
STOLEN = "4000000000000259"
NEVER_ANSWERS = "4000000000003220"
WRONG = "000"  # a CVC2 that the simulator's issuer doesn't accept
CUSTOMER = "client-42"
ATTEMPTS_MAX = 10
ONE_CLICK = "[one_click]\nenabled = true\n"
_numbers = count(1)


@dataclass(frozen=True)
class Choice:
    """What a payer types, or chooses."""

    number: str = VISA
    cvc2: str = "123"
    remember: bool = True
    preselected: bool = True
    expiry: Expiry = Expiry(2031, 12)  # noqa: RUF009  # frozen
    saved: UUID | None = None

    @property
    def instrument(self) -> TypedCard | SavedCard:
        if self.saved is not None:
            return SavedCard(self.saved, Cvc2(self.cvc2))
        data = CardData(CardNumber(self.number), self.expiry, "A PAYER")
        return TypedCard(data, Cvc2(self.cvc2), self.remember, self.preselected, Language.EN)


@dataclass(frozen=True)
class Bench:
    """The rooms of the gateway, joined as the composition root joins them."""

    pool: Pool
    keyring: Keyring
    clock: FixedClock
    link: Link
    acquirer: Running
    pay: Pay
    show: ShowOrder
    delete_own_card: DeleteOwnCard
    runner: OperationRunner
    resolving: ResolveOperations

    async def resolve(self) -> int:
        """A worker's round, and the end of all that it began; how many operations it took."""
        taken = await self.resolving()
        await self.resolving.drain(PATIENCE_S)
        return taken

    async def order(self, **changes: Any) -> OrderId:  # noqa: ANN401  # an order's fields
        """A new order of the customer, opened now."""
        now = self.clock.now()
        fresh: dict[str, Any] = {
            "order_number": f"B-{next(_numbers)}",
            "created_at": now,
            "expires_at": now + timedelta(minutes=30),
        }
        order: NewOrder = replace(ORDER, **fresh | changes)
        async with self.pool.connection() as connection:
            order_id = await insert_order(connection, order)
        assert order_id is not None
        return order_id

    async def paid(self, choice: Choice | None = None, **changes: Any) -> tuple[OrderId, Paid | Refused]:  # noqa: ANN401
        """A new order and what became of its payment."""
        order_id = await self.order(**changes)
        return order_id, await self.pay(order_id, (choice or Choice()).instrument, "192.0.2.7")

    async def ended(self, choice: Choice | None = None, **changes: Any) -> tuple[str, str | None]:  # noqa: ANN401
        """State and AS code of the payment of a new order."""
        order_id, _ = await self.paid(choice, **changes)
        shown = await self.shown(order_id)
        assert shown.payment is not None
        return shown.payment.state, shown.payment.as_code

    async def shown(self, order_id: OrderId) -> ShownOrder:
        """The order as its payer sees it."""
        shown = await self.show(order_id)
        assert shown is not None
        return shown

    async def cards(self, customer_number: str = CUSTOMER) -> list[UUID]:
        """The ids of the cards that are offered at a new order."""
        offer = (await self.shown(await self.order(customer_number=customer_number))).offer
        return [card.card_id for card in offer.cards]

    async def turnover(self, customer_number: str = CUSTOMER, merchant_id: int = MERCHANT_ID) -> tuple[int, int]:
        """The customer's turnover of the clock's day and week, in minor units. The merchant is in Moscow."""
        day = (self.clock.now() + timedelta(hours=3)).date()
        counter = Counter(
            customer_base_id=MERCHANT_ID, customer_number=customer_number, merchant_id=merchant_id, day=day
        )
        async with self.pool.connection() as connection:
            found = await turnover(connection, counter)
        return found[Period.DAY], found[Period.WEEK]

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement finds."""
        async with self.pool.connection() as connection:
            return await (await connection.execute(statement, values)).fetchall()

    async def do(self, statement: str) -> None:
        """Runs a statement that finds nothing."""
        async with self.pool.connection() as connection:
            await connection.execute(statement)

    async def status(self, customer_number: str = CUSTOMER) -> str:
        """The customer's status."""
        ((status,),) = await self.rows(
            "SELECT status FROM customer WHERE customer_base_id = %s AND customer_number = %s",
            MERCHANT_ID,
            customer_number,
        )
        return str(status)

    async def operations(self, order_id: OrderId) -> list[tuple[Any, ...]]:
        """Kind, message, state and amount of each operation of the order."""
        return await self.rows(
            "SELECT kind, message, state, amount_minor FROM operation WHERE billnumber = %s ORDER BY operation_number",
            order_id.billnumber,
        )

    async def state(self, order_id: OrderId) -> str:
        """The order's state."""
        return (await self.shown(order_id)).order.state

    async def live(self, order_id: OrderId) -> list[tuple[Any, ...]]:
        """State, captured and refunded amount of what the acquirer holds of the order, declined ones left out."""
        return [
            (entry["state"], entry["captured_minor"], entry["refunded_minor"])
            for entry in await self.acquirer.ledger()
            if entry["billnumber"] == str(order_id.billnumber) and entry["state"] != "declined"
        ]

    async def asked_acquirer(self) -> int:
        """How many payments the acquirer has in its ledger."""
        return len(await self.acquirer.ledger())


def rub(amount: str) -> Money:
    """An amount in roubles."""
    money = Money.read(amount, "RUB")
    assert money is not None
    return money


def customer(number: str = CUSTOMER) -> CustomerId:
    """A customer of the bench's shop."""
    return CustomerId(MERCHANT_ID, number)


@asynccontextmanager
async def bench(
    pool: Pool, keyring: Keyring, folder: Path, merchant: str = ONE_CLICK, deadline_s: float = 20
) -> AsyncIterator[Bench]:
    """The bench with its shop, whose file has these tables, till the context ends."""
    await put_merchant(pool, keyring, merchant)
    clock = FixedClock(NOW)
    async with linked(folder) as (link, acquirer):
        rooms = PayDependencies(
            pool=pool, keyring=keyring, link=link, stans=StanBlocks(pool, ("OC000001", "OC000002")), clock=clock
        )
        terms = AcquirerOptions(acquirer_id="123456", deadline_s=deadline_s)
        pay = Pay(rooms, terms)
        dependencies = OperationDependencies(
            pool=pool, passwords=Passwords(), link=link, stans=rooms.stans, clock=clock
        )
        yield Bench(
            pool=pool,
            keyring=keyring,
            clock=clock,
            link=link,
            acquirer=acquirer,
            pay=pay,
            show=ShowOrder(pool, clock, ATTEMPTS_MAX),
            delete_own_card=DeleteOwnCard(pool, clock),
            runner=OperationRunner(dependencies, terms),
            resolving=ResolveOperations(pool, link, clock, terms),
        )
        await pay.drain(deadline_s)
