"""D4: limits hold exactly under any number of parallel payments. On the real database and wire."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.database.pool import new_pool
from oneclick.limits.counters import Counter, give_back, reserve, turnover
from oneclick.limits.verdict import LimitReached, Limits, judge
from oneclick.limits.windows import Period
from oneclick.money import Money
from oneclick.outcome import Reason, Refused
from oneclick.time_zones import zone_of
from oneclick.use_cases.payer.pay import Paid
from oneclick.vault.keyring import Keyring
from support.bench import DECLINES, MIR, NOW, ONE_CLICK, VISA, Bench, Choice, bench
from support.database import database_named

LIMIT_REACHED = Refused(Reason.LIMIT_REACHED)

LIMIT_MINOR = 100_000
LIMITED = ONE_CLICK + '[limits]\nday = "1000.00"\n'
CONNECTIONS = 12
MOSCOW = zone_of("Europe/Moscow")


async def at_once(shop: Bench, payments: Sequence[tuple[int, str]]) -> list[Paid | Refused]:
    """What becomes of payments of these amounts and cards, all begun at the same moment."""
    orders = [await shop.order(amount=Money(amount_minor, "RUB")) for amount_minor, _ in payments]
    begun = (
        shop.pay(order_id, Choice(number, remember=False).instrument, "192.0.2.7")
        for order_id, (_, number) in zip(orders, payments, strict=True)
    )
    return list(await asyncio.gather(*begun))


async def test_d4_of_150_payments_at_once_exactly_as_many_pass_as_fit(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    """D4: 1000.00 hold ten payments of 97.00, and one of 30.00 after them; nothing more, nothing less."""
    async with new_pool(database_url, CONNECTIONS) as pool, bench(pool, keyring, tmp_path, LIMITED) as shop:
        ends = await at_once(shop, [(9_700, VISA)] * 150)
        assert (ends.count(LIMIT_REACHED), ends.count(Paid.DONE), len(ends)) == (140, 10, 150)
        assert await shop.turnover() == (97_000, 97_000)
        assert await shop.asked_acquirer() == 10
        assert await shop.rows("SELECT state, count(*) FROM payment_order GROUP BY state ORDER BY state") == [
            ("Approved", 10),
            ("Declined", 140),
        ]
        assert (await at_once(shop, [(3_000, MIR)] * 2)).count(Paid.DONE) == 1
        assert await shop.turnover() == (LIMIT_MINOR, LIMIT_MINOR)


async def test_d4_payments_that_decline_leave_their_room_to_others(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    """D3, D4: 120 at once, of which every other one is declined; then what is left fits to the last kopeck."""
    async with new_pool(database_url, CONNECTIONS) as pool, bench(pool, keyring, tmp_path, LIMITED) as shop:
        ends = await at_once(shop, [(1_500, VISA if turn % 2 else DECLINES) for turn in range(120)])
        assert set(ends) <= {Paid.DONE, LIMIT_REACHED}
        ((approved,),) = await shop.rows("SELECT count(*) FROM operation WHERE state = 'approved'")
        ((declined,),) = await shop.rows("SELECT count(*) FROM operation WHERE as_code = 'AS100'")
        assert approved + declined >= LIMIT_MINOR // 1_500
        assert await shop.turnover() == (approved * 1_500, approved * 1_500)
        left = LIMIT_MINOR - approved * 1_500
        assert left >= 0
        if left:
            assert await at_once(shop, [(left, VISA)]) == [Paid.DONE]
        assert await at_once(shop, [(1, VISA)]) == [LIMIT_REACHED]


AMOUNTS = st.lists(st.tuples(st.integers(1, 60_000), st.booleans()), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def counters(postgres_url: str) -> Iterator[str]:
    """A database for all examples."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE counters TEMPLATE template_oneclick")
        yield database_named(postgres_url, "counters")
        connection.execute("DROP DATABASE counters WITH (FORCE)")


@settings(max_examples=40, deadline=None)
@given(payments=AMOUNTS, day_minor=st.integers(0, 120_000), week_minor=st.none() | st.integers(0, 120_000))
def test_d4_whatever_comes_at_once_the_limits_hold_and_no_room_is_wasted(
    counters: str, payments: list[tuple[int, bool]], day_minor: int, week_minor: int | None
) -> None:
    """D2, D4: for any amounts, in parallel on the counters' rows: never over; who is refused really had no room."""
    asyncio.run(_hold(counters, payments, Limits(day_minor, week_minor)))


async def _hold(database_url: str, payments: list[tuple[int, bool]], limits: Limits) -> None:
    counter = Counter(customer_base_id=1, customer_number="c", merchant_id=1, day=NOW.date())
    async with new_pool(database_url, 4) as pool:
        async with pool.connection() as connection:
            await connection.execute("TRUNCATE turnover")

        async def pay(amount_minor: int) -> LimitReached | None:
            async with pool.connection() as connection, connection.transaction():
                totals = await reserve(connection, counter, amount_minor)
                reached = judge(limits, totals, amount_minor, counter.day, MOSCOW)
                if reached:
                    await give_back(connection, counter, amount_minor)
                return reached

        verdicts = await asyncio.gather(*(pay(amount_minor) for amount_minor, _ in payments))
        passed = [amount for (amount, _), reached in zip(payments, verdicts, strict=True) if reached is None]
        bound = min(limit for limit in (limits.day_minor, limits.week_minor) if limit is not None)
        assert sum(passed) <= bound
        for (amount_minor, _), reached in zip(payments, verdicts, strict=True):
            if reached is not None:
                assert sum(passed) + amount_minor > bound
                assert (reached.opens_at is None) == (amount_minor > bound)
        # Some of those that passed are declined by their bank, all at once.
        back = [
            amount
            for (amount, declined), reached in zip(payments, verdicts, strict=True)
            if reached is None and declined
        ]

        async def decline(amount_minor: int) -> None:
            async with pool.connection() as connection:
                await give_back(connection, counter, amount_minor)

        await asyncio.gather(*(decline(amount_minor) for amount_minor in back))
        async with pool.connection() as connection:
            left = await turnover(connection, counter)
        assert left == dict.fromkeys(Period, sum(passed) - sum(back))
