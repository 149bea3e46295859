"""A9: which customer base a merchant may be in, by the use case on the real database."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from oneclick.database.merchants import MerchantRow, find_merchant
from oneclick.database.pool import Pool
from oneclick.errors import SettingsError
from oneclick.merchant_file import MerchantFile
from oneclick.passwords import Passwords
from oneclick.use_cases.staff.apply_merchant import Applied, ApplyMerchant
from oneclick.vault.keyring import Keyring
from support.rows import MERCHANT_ID, ORDER, put_order

OWNER, OTHER = 7, 8


class Operator:
    """Applies files of one or two lines."""

    def __init__(self, pool: Pool, keyring: Keyring) -> None:
        self._apply = ApplyMerchant(pool, keyring, Passwords())

    async def apply(self, merchant_id: int, base: int | None = None, name: str = "Shop") -> Applied:
        line = "" if base is None else f"customer_base = {base}\n"
        text = f'merchant_id = {merchant_id}\nname = "{name}"\nsecret_word = "a word"\n{line}'
        return await self._apply(MerchantFile.read(text, Path("/nonexistent")))

    async def refused(self, merchant_id: int, base: int | None) -> str:
        with pytest.raises(SettingsError, match=r"^customer_base: ") as refused:
            await self.apply(merchant_id, base, "Another name")
        return str(refused.value)


@pytest.fixture
def operator(pool: Pool, keyring: Keyring) -> Operator:
    return Operator(pool, keyring)


async def row(pool: Pool, merchant_id: int) -> MerchantRow | None:
    async with pool.connection() as connection:
        return await find_merchant(connection, merchant_id)


async def base(pool: Pool, merchant_id: int) -> int:
    found = await row(pool, merchant_id)
    assert found is not None
    return found.customer_base_id


async def test_a9_a_merchant_has_a_base_of_its_own_by_default(pool: Pool, operator: Operator) -> None:
    """A9: also when its file names itself."""
    assert await operator.apply(OWNER) == Applied(OWNER, created=True)
    assert await operator.apply(OTHER, OTHER) == Applied(OTHER, created=True)
    assert (await base(pool, OWNER), await base(pool, OTHER)) == (OWNER, OTHER)


async def test_a9_merchants_can_share_anothers_base(pool: Pool, operator: Operator) -> None:
    """A9: several of them, new ones and ones without orders; and leave it again."""
    await operator.apply(OWNER)
    await operator.apply(OTHER)
    assert await operator.apply(OTHER, OWNER) == Applied(OTHER, created=False)
    assert await operator.apply(9, OWNER) == Applied(9, created=True)
    assert [await base(pool, merchant) for merchant in (OWNER, OTHER, 9)] == [OWNER] * 3
    await operator.apply(OTHER)
    assert await base(pool, OTHER) == OTHER


async def test_a9_a_base_must_be_a_merchants_own(pool: Pool, operator: Operator) -> None:
    """A9: nobody's could become a stranger's later, with all the cards in it; nothing is written."""
    assert "merchant 7 must be there" in await operator.refused(OTHER, OWNER)
    assert await row(pool, OTHER) is None
    await operator.apply(OWNER)
    await operator.apply(OTHER, OWNER)
    assert "merchant 8 must be there, with a customer base of its own" in await operator.refused(9, OTHER)
    assert await row(pool, 9) is None
    await operator.apply(9)
    before = await row(pool, 9)
    for unfit in (OTHER, 10):
        await operator.refused(9, unfit)
        assert await row(pool, 9) == before


async def test_a9_a_merchant_with_orders_stays_in_its_base(pool: Pool, operator: Operator) -> None:
    """A9: its customers and cards are there; other settings may change. Nothing is written on refusal."""
    await operator.apply(OWNER)
    await operator.apply(MERCHANT_ID)
    await put_order(pool)
    before = await row(pool, MERCHANT_ID)
    assert "merchant 123456 has orders in its present base" in await operator.refused(MERCHANT_ID, OWNER)
    assert await row(pool, MERCHANT_ID) == before
    assert await operator.apply(MERCHANT_ID, name="Bookshop 2") == Applied(MERCHANT_ID, created=False)
    after = await row(pool, MERCHANT_ID)
    assert after is not None
    assert (after.name, after.customer_base_id) == ("Bookshop 2", MERCHANT_ID)


async def test_a9_a_merchant_with_orders_does_not_leave_a_shared_base_either(pool: Pool, operator: Operator) -> None:
    """A9: a file that no longer names the base is refused as one that names another."""
    await operator.apply(OWNER)
    await operator.apply(OTHER)
    await operator.apply(MERCHANT_ID, OWNER)
    await put_order(pool, replace(ORDER, customer_base_id=OWNER))
    before = await row(pool, MERCHANT_ID)
    for unfit in (None, MERCHANT_ID, OTHER):
        assert "has orders in its present base" in await operator.refused(MERCHANT_ID, unfit)
        assert await row(pool, MERCHANT_ID) == before
    assert await operator.apply(MERCHANT_ID, OWNER) == Applied(MERCHANT_ID, created=False)


async def test_a9_anothers_orders_in_a_base_bind_nobody_else(pool: Pool, operator: Operator) -> None:
    """A9: a merchant without orders of its own may come and go, whoever else pays there."""
    await operator.apply(MERCHANT_ID)
    await put_order(pool)
    await operator.apply(OTHER, MERCHANT_ID)
    await operator.apply(OTHER)
    assert await base(pool, OTHER) == OTHER


async def test_a9_the_owner_of_a_shared_base_stays_in_it(pool: Pool, operator: Operator) -> None:
    """A9: or it would belong to nobody in it, and could become a stranger's."""
    for merchant in (OWNER, OTHER):
        await operator.apply(merchant)
    await operator.apply(9, OWNER)
    assert "others share the base" in await operator.refused(OWNER, OTHER)
    assert await base(pool, OWNER) == OWNER
    await operator.apply(9)
    await operator.apply(OWNER, OTHER)
    assert await base(pool, OWNER) == OTHER


async def test_a9_two_merchants_that_join_each_other_at_once_do_not_swap_bases(pool: Pool, operator: Operator) -> None:
    """A9: they take turns, and the second is refused."""
    await operator.apply(OWNER)
    await operator.apply(OTHER)
    for _ in range(5):
        ends = await asyncio.gather(operator.apply(OWNER, OTHER), operator.apply(OTHER, OWNER), return_exceptions=True)
        assert sorted(type(end).__name__ for end in ends) == ["Applied", "SettingsError"]
        bases = {await base(pool, OWNER), await base(pool, OTHER)}
        assert len(bases) == 1
        for merchant in (OWNER, OTHER):  # who joined leaves again
            if await base(pool, merchant) != merchant:
                await operator.apply(merchant)
