"""B19: nobody guesses a CVC2. By whole payments on the real database and wire."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from oneclick.card import CardNumber
from oneclick.database.pool import Pool, new_pool
from oneclick.merchant_file import MerchantFile
from oneclick.money import Money
from oneclick.one_click.guesses import is_locked
from oneclick.passwords import Passwords
from oneclick.payments.lives import OperationState
from oneclick.use_cases.payer.pay import Paid
from oneclick.use_cases.payer.show_order import Stage
from oneclick.use_cases.staff.apply_merchant import ApplyMerchant
from oneclick.vault.guesses import forget_old_guesses, note_wrong_cvc2
from oneclick.vault.keyring import Keyring
from support.bench import DECLINES, MASTERCARD, NOW, ONE_CLICK, STOLEN, WRONG, Bench, Choice, bench, rub
from support.rows import WORD
from support.wire import until

WRONG_GUESS = Choice(cvc2=WRONG, remember=False)
LIKE_A_WRONG_CVC2 = ("declined", "AS101")
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path) as running:
        yield running


async def guess(shop: Bench, times: int, choice: Choice = WRONG_GUESS) -> None:
    for _ in range(times):
        assert await shop.ended(choice) == LIKE_A_WRONG_CVC2


def test_b19_five_within_a_day_lock_for_a_day() -> None:
    """B19: to the microsecond, and never fewer than five."""
    five = [NOW + hours * HOUR for hours in (0, 6, 12, 18, 23)]
    assert is_locked(five, five[-1])
    assert is_locked(five, five[-1] + 24 * HOUR - TICK)
    assert not is_locked(five, five[-1] + 24 * HOUR)
    assert not is_locked(five[1:], five[-1])
    assert not is_locked([*five[:-1], NOW + 24 * HOUR], NOW + 24 * HOUR)
    assert is_locked([*five[:-1], NOW + 24 * HOUR - TICK], NOW + 24 * HOUR)


async def test_b19_after_five_wrong_cvc2_the_right_one_is_refused_in_the_same_words(shop: Bench) -> None:
    """B19: for 24 hours, stored or typed, and the acquirer isn't asked; other cards and customers go on."""
    assert await shop.ended() == ("approved", "AS000")
    (stored,) = await shop.cards()
    await guess(shop, 4)
    assert await shop.ended(Choice(saved=stored)) == ("approved", "AS000")  # four aren't five
    await guess(shop, 1, Choice(saved=stored, cvc2=WRONG))
    asked = await shop.asked_acquirer()
    order_id, paid = await shop.paid(Choice(saved=stored))
    assert paid is Paid.DONE
    assert await shop.ended(Choice(remember=False)) == LIKE_A_WRONG_CVC2
    assert await shop.ended(Choice(remember=False), customer_number="another") == LIKE_A_WRONG_CVC2
    assert await shop.asked_acquirer() == asked
    shown = await shop.shown(order_id)
    assert (shown.order.state, shown.payment and shown.payment.as_code) == ("Declined", "AS101")
    assert await shop.ended(Choice(MASTERCARD, remember=False)) == ("approved", "AS000")
    shop.clock.moment = NOW + 24 * HOUR
    assert await shop.ended(Choice(saved=stored)) == ("approved", "AS000")


async def test_b19_a_locked_card_leaves_the_rows_of_a_wrong_cvc2(shop: Bench) -> None:
    """B19: neither page nor notification nor turnover can tell them apart."""
    await guess(shop, 6)
    columns = "operation.state, as_code, authorisation_id, payment_order.state, notification.state"
    told = await shop.rows(
        f"SELECT {columns} FROM operation JOIN payment_order USING (billnumber)"  # noqa: S608
        " LEFT JOIN notification USING (billnumber) ORDER BY billnumber"
    )
    assert len(told) == 6
    assert len(set(told)) == 1
    assert await shop.asked_acquirer() == 5
    assert await shop.turnover() == (0, 0)


async def test_b19_what_the_lock_refuses_does_not_prolong_it(shop: Bench) -> None:
    """B19: nobody can lock a card for ever."""
    await guess(shop, 5)
    for hours in (6, 12, 23):
        shop.clock.moment = NOW + hours * HOUR
        await guess(shop, 2)
    shop.clock.moment = NOW + 24 * HOUR
    assert await shop.ended() == ("approved", "AS000")


async def test_b19_wrong_cvc2_count_over_all_merchants(shop: Bench) -> None:
    """B19, A9: two shops with customer bases of their own; one locks the card for the other."""
    text = f'merchant_id = 7\nname = "Tea"\nsecret_word = "{WORD}"\n{ONE_CLICK}'
    await ApplyMerchant(shop.pool, shop.keyring, Passwords())(MerchantFile.read(text, Path("/nonexistent")))
    elsewhere = {"merchant_id": 7, "customer_base_id": 7, "customer_number": None}
    await guess(shop, 3)
    for _ in range(2):
        assert await shop.ended(WRONG_GUESS, **elsewhere) == LIKE_A_WRONG_CVC2
    assert await shop.ended(Choice(remember=False), **elsewhere) == LIKE_A_WRONG_CVC2
    assert await shop.ended() == LIKE_A_WRONG_CVC2


async def test_b19_other_declines_are_no_guesses(shop: Bench) -> None:
    """B19: a bank's no with the right CVC2 doesn't count."""
    for _ in range(6):
        assert await shop.ended(Choice(DECLINES, remember=False)) == ("declined", "AS100")
    assert await shop.rows("SELECT count(*) FROM wrong_cvc2") == [(0,)]


async def test_b19_parallel_guesses_are_all_counted(shop: Bench) -> None:
    """B19: twenty at once leave the card locked."""
    ends = await asyncio.gather(*(shop.ended(WRONG_GUESS) for _ in range(20)))
    assert set(ends) == {LIKE_A_WRONG_CVC2}
    assert await shop.rows("SELECT cardinality(wrong_at) FROM wrong_cvc2") == [(5,)]
    assert await shop.ended(Choice(remember=False), amount=rub("1.00")) == LIKE_A_WRONG_CVC2


async def test_b19_a_right_guess_among_parallel_ones_is_told_and_kept_like_a_wrong_one(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """B19, D3, E7: approved after five answers were wrong: declined at once, nothing kept, its approval reversed."""
    shop_file = ONE_CLICK + '[notifications]\nurl = "https://shop.example/"\n'
    async with bench(pool, keyring, tmp_path, shop_file, deadline_s=5) as shop:
        await shop.acquirer.misbehave(fault="delay", seconds=3.0, count=1)
        right = await shop.order(two_stage=True)
        paying = asyncio.create_task(shop.pay(right, Choice().instrument, "192.0.2.7"))
        await until(lambda: shop.link.in_flight == 1)
        await guess(shop, 5)
        assert not paying.done()
        assert await paying is Paid.DONE
        shown = await shop.shown(right)
        payment = shown.payment
        assert payment is not None
        assert (shown.order.state, payment.as_code, payment.authorisation_id) == ("Declined", "AS101", None)
        assert shown.stage is Stage.DECLINED
        assert await shop.turnover() == (0, 0)
        assert await shop.cards() == []
        assert await shop.rows("SELECT count(*) FROM notification") == [(6,)]
        assert await shop.operations(right) == [("payment", "authorisation", "reversing", 10050)]
        assert [state for state, _, _ in await shop.live(right)] == ["authorised"]
        await shop.acquirer.misbehave(fault="no_answer", count=1)
        assert await shop.resolve() == 1  # not confirmed: it goes on
        assert await shop.operations(right) == [("payment", "authorisation", "reversing", 10050)]
        shop.clock.moment += HOUR
        assert await shop.resolve() == 1
        assert await shop.operations(right) == [("payment", "authorisation", "declined", 10050)]
        assert [state for state, _, _ in await shop.live(right)] == ["reversed"]
        assert (await shop.shown(right)).payment == replace(payment, state=OperationState.DECLINED)
        assert await shop.rows("SELECT count(*) FROM notification") == [(6,)]
        assert await shop.resolve() == 0


@pytest.mark.parametrize("number", [DECLINES, "4000000000009995", "4000000000000069", "4000000000000119", STOLEN])
async def test_b19_a_banks_other_no_tells_nothing_after_five_wrong_ones(shop: Bench, number: str) -> None:
    """B19: too little money is said after the right CVC2 alone: an answer that comes to a locked card says AS101."""
    await shop.acquirer.misbehave(fault="delay", seconds=2.0, count=1)
    right = await shop.order()
    paying = asyncio.create_task(shop.pay(right, Choice(number, remember=False).instrument, "192.0.2.7"))
    await until(lambda: shop.link.in_flight == 1)
    async with shop.pool.connection() as connection:
        for _ in range(5):
            await note_wrong_cvc2(connection, shop.keyring, CardNumber(number), NOW)
    assert await paying is Paid.DONE
    payment = (await shop.shown(right)).payment
    assert payment is not None
    assert (payment.state, payment.as_code) == LIKE_A_WRONG_CVC2


async def test_b19_of_guesses_that_are_answered_together_no_more_than_five_count(
    database_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    """B19: with as many connections as answers, the right one, sent last, counts as one of the first five."""
    async with new_pool(database_url, 16) as pool, bench(pool, keyring, tmp_path, deadline_s=10) as shop:
        await pool.resize(16, 16)
        await pool.wait()
        for _ in range(5):
            await shop.do("DELETE FROM wrong_cvc2")
            orders = [await shop.order() for _ in range(16)]
            await shop.acquirer.misbehave(fault="delay", seconds=0.5, count=16)
            guesses = [WRONG_GUESS] * 15 + [Choice(remember=False)]
            paying = [shop.pay(order, one.instrument, "192.0.2.7") for order, one in zip(orders, guesses, strict=True)]
            await asyncio.gather(*paying)
            ((wrong_before,),) = await shop.rows(
                "SELECT count(*) FROM operation WHERE billnumber = ANY(%s) AND xmin::text::bigint <"
                " (SELECT xmin::text::bigint FROM operation WHERE billnumber = %s)",
                [order.billnumber for order in orders],
                orders[-1].billnumber,
            )
            assert ((await shop.state(orders[-1])) == "Approved") is (wrong_before < 5)


async def test_b19_a_right_guess_that_comes_before_the_fifth_wrong_one_counts(shop: Bench) -> None:
    """B19: four wrong ones beside it, and other cards' guesses, take nothing from an honest payment."""
    await shop.acquirer.misbehave(fault="delay", seconds=3.0, count=1)
    right = await shop.order()
    paying = asyncio.create_task(shop.pay(right, Choice().instrument, "192.0.2.7"))
    await until(lambda: shop.link.in_flight == 1)
    await guess(shop, 4)
    await guess(shop, 5, Choice(MASTERCARD, cvc2=WRONG, remember=False))
    assert not paying.done()
    assert await paying is Paid.DONE
    assert await shop.state(right) == "Approved"


async def test_b19_a_row_of_guesses_names_nobody_and_goes_after_a_day(shop: Bench) -> None:
    """B19, A9, C5: no customer, merchant or number stands there; its print is no fingerprint of the vault."""
    assert await shop.ended() == ("approved", "AS000")
    await guess(shop, 1)
    ((card_print, fingerprint),) = await shop.rows("SELECT card_print, fingerprint FROM wrong_cvc2, vault_card")
    assert card_print != fingerprint
    columns = await shop.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'wrong_cvc2'")
    assert {name for (name,) in columns} == {"card_print", "wrong_at"}
    for moment, left in (NOW + 24 * HOUR, 1), (NOW + 24 * HOUR + TICK, 0):
        async with shop.pool.connection() as connection:
            await forget_old_guesses(connection, moment, 10)
        assert await shop.rows("SELECT count(*) FROM wrong_cvc2") == [(left,)]


async def test_b19_a_locked_card_looks_alike_while_it_is_asked(pool: Pool, keyring: Keyring, tmp_path: Path) -> None:
    """B19: whoever looks at the order meanwhile sees a payment under way, and no notification yet."""
    async with bench(pool, keyring, tmp_path, ONE_CLICK + '[notifications]\nurl = "https://shop.example/"\n') as shop:
        seen = []
        await shop.acquirer.misbehave(fault="delay", seconds=0.3, count=6)
        for locked in (False, True):
            if locked:
                await guess(shop, 5)
                await shop.do("DELETE FROM notification")
            order_id = await shop.order()
            asked = asyncio.create_task(shop.pay(order_id, WRONG_GUESS.instrument, "192.0.2.7"))
            await asyncio.sleep(0.1)
            state = (await shop.shown(order_id)).order.state
            seen.append((state, await shop.rows("SELECT count(*) FROM notification"), asked.done()))
            assert await asked is Paid.DONE
            assert (await shop.shown(order_id)).order.state == "Declined"
            await shop.do("DELETE FROM notification")
        assert seen == [("In Process", [(0,)], False)] * 2


async def test_b19_d2_a_limit_answers_for_a_locked_card_as_for_any_other(shop: Bench) -> None:
    """B19, D2: else an order over the limit would tell them apart, at no cost."""
    await guess(shop, 5)
    await shop.do("UPDATE merchant SET limit_day_minor = 100")
    for choice in (Choice(remember=False), Choice(MASTERCARD, remember=False)):
        assert await shop.ended(choice) == ("declined", "AS109")
        assert await shop.ended(choice, amount=Money(1, "USD")) == ("declined", "AS109")
