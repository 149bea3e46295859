"""A2, A3, A5 on the hot path: what a merchant's file says decides on each payment, also on cards kept before."""

from pathlib import Path

from oneclick.database.pool import Pool
from oneclick.outcome import Reason, Refused
from oneclick.vault.keyring import Keyring
from support.bench import MASTERCARD, ONE_CLICK, Bench, Choice, bench
from support.rows import put_merchant


async def _kept(room: Bench) -> int:
    ((count,),) = await room.rows("SELECT count(*) FROM vault_card")
    return int(count)


async def test_a3_a_mode_that_is_changed_holds_for_the_next_payment(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """A3: `store-only` keeps and neither offers nor takes a kept card; `stored-only` takes one and keeps no new one."""
    async with bench(pool, keyring, tmp_path) as room:
        await room.paid()
        (card_id,) = await room.cards()
        await put_merchant(pool, keyring, f'{ONE_CLICK}mode = "store-only"\n')
        asked = await room.asked_acquirer()
        assert await room.cards() == []
        assert (await room.paid(Choice(saved=card_id)))[1] == Refused(Reason.CARD_UNAVAILABLE)
        assert await room.asked_acquirer() == asked
        assert await room.ended(Choice(MASTERCARD)) == ("approved", "AS000")
        assert await _kept(room) == 2
        await put_merchant(pool, keyring, f'{ONE_CLICK}mode = "stored-only"\n')
        assert await room.ended(Choice(saved=card_id)) == ("approved", "AS000")
        assert (await room.shown(await room.order())).offer.remember is False
        assert await room.ended(Choice("2200000000000004")) == ("approved", "AS000")
        assert await _kept(room) == 2


async def test_a1_a2_where_one_click_is_off_no_kept_card_is_offered_or_taken(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """A1, A2: switched off, or with no cards at all, an order is a plain payment, with whatever is in the vault."""
    async with bench(pool, keyring, tmp_path) as room:
        await room.paid()
        (card_id,) = await room.cards()
        for file in ("", "takes_cards = false\n", "takes_cards = false\n[one_click]\nenabled = false\n"):
            await put_merchant(pool, keyring, file)
            asked = await room.asked_acquirer()
            assert await room.cards() == []
            assert (await room.paid(Choice(saved=card_id)))[1] == Refused(Reason.CARD_UNAVAILABLE)
            assert await room.asked_acquirer() == asked
            assert await room.ended(Choice(MASTERCARD)) == ("approved", "AS000")
        assert await _kept(room) == 1


async def test_a5_a_guests_payment_finds_no_card_and_keeps_none(pool: Pool, keyring: Keyring, tmp_path: Path) -> None:
    """A5: a "yes" that comes without an offer keeps nothing."""
    async with bench(pool, keyring, tmp_path, f"{ONE_CLICK}guest_orders = true\n") as room:
        await room.paid()
        (card_id,) = await room.cards()
        guest = {"customer_number": None}
        assert (await room.paid(Choice(saved=card_id), **guest))[1] == Refused(Reason.CARD_UNAVAILABLE)
        assert await room.ended(Choice(MASTERCARD), **guest) == ("approved", "AS000")
        assert (await room.shown(await room.order(**guest))).offer.remember is False
        assert await _kept(room) == 1
