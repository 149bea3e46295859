"""A3, B7, B11, B13, C6: what was agreed to, and what came of it, by whole payments and the pages around them."""

import asyncio
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from oneclick.card import Expiry
from oneclick.database.pool import Pool
from oneclick.languages import Language
from oneclick.vault.keyring import Keyring
from oneclick.web.pay_page import pages
from oneclick.web.pay_page.pages import PageRequest
from oneclick.web.pay_page.views import CardForm, Confirmation, FullWallet
from support.bench import DECLINES, MASTERCARD, MIR, ONE_CLICK, VISA, Bench, Choice, bench
from support.rows import put_merchant
from support.views import html_of

APPROVED = ("approved", "AS000")
REISSUED = Choice(expiry=Expiry(2034, 12))
ENGLISH = PageRequest(cfsid="", chosen=Language.EN)


async def card_form(room: Bench) -> CardForm:
    """The full form of a new order."""
    shown = await room.shown(await room.order())
    page = pages.payment_page(shown, replace(ENGLISH, saved_card="new"))
    assert isinstance(page, CardForm)
    return page


async def consents(room: Bench) -> list[tuple[str, bool]]:
    """Text and "preselected" of each consent, the first one first."""
    return [
        (text, ticked) for text, ticked in await room.rows("SELECT text, preselected FROM consent ORDER BY billnumber")
    ]


@pytest.mark.parametrize(
    ("settings", "one_click"),
    [
        ("", True),
        ('mode = "store-only"\n', False),
        ("offer_after_payments = 2\n", False),
    ],
)
async def test_c6_what_the_consent_promises_is_what_the_next_order_shows(
    pool: Pool, keyring: Keyring, tmp_path: Path, settings: str, *, one_click: bool
) -> None:
    """A3, B7, B13, C6: one source for the page and for the record; the next order keeps each promise."""
    async with bench(pool, keyring, tmp_path, f"{ONE_CLICK}{settings}") as room:
        page = unescape(html_of(await card_form(room)))
        order_id, _ = await room.paid()
        ((text, _),) = await consents(room)
        label, explanation = text.split(". ", 1)
        assert label in page
        assert explanation in page
        next_page = pages.payment_page(await room.shown(await room.order()), ENGLISH)
        offers = isinstance(next_page, Confirmation)
        deletes = "Delete this card" in html_of(next_page)
        paid = pages.result_page(await room.shown(order_id), ENGLISH).advice or ""
        assert paid.startswith("The card is saved")
        assert (offers, deletes) == (one_click, one_click)
        assert [("next time" in words.lower()) for words in (label, explanation, paid)] == [one_click] * 3
        assert ("on this page" in explanation, "ask the shop" in explanation) == (one_click, not one_click)


@pytest.mark.parametrize("setting", [True, False])
@pytest.mark.parametrize("left", [True, False])
async def test_c6_preselected_is_what_the_page_showed(
    pool: Pool, keyring: Keyring, tmp_path: Path, *, setting: bool, left: bool
) -> None:
    """B1, C6: the merchant's tick that the payer left; never at a merchant that ticks nothing."""
    merchant = f"{ONE_CLICK}consent_preselected = {str(setting).lower()}\n"
    async with bench(pool, keyring, tmp_path, merchant) as room:
        assert await room.ended(Choice(preselected=left)) == APPROVED
        assert [ticked for _, ticked in await consents(room)] == [setting and left]


@pytest.mark.parametrize(
    "merchant", ["", f'{ONE_CLICK}mode = "stored-only"\n', f"{ONE_CLICK}guest_orders = true\n", ONE_CLICK]
)
async def test_c6_a_yes_without_an_offer_is_no_consent(
    pool: Pool, keyring: Keyring, tmp_path: Path, merchant: str
) -> None:
    """A1, A3, A5, C3, C6: a forged form where nothing was offered keeps nothing, updates nothing, records nothing."""
    guest = {"customer_number": None} if "guest" in merchant else {}
    async with bench(pool, keyring, tmp_path) as room:
        await room.paid()
        kept = await room.rows("SELECT * FROM vault_card")
        await put_merchant(pool, keyring, merchant)
        if merchant == ONE_CLICK:
            await room.do("UPDATE customer SET status = 'Deny'")
        order_id, _ = await room.paid(REISSUED, **guest)
        shown = await room.shown(order_id)
        assert shown.payment is not None
        assert (shown.payment.state, shown.payment.remember, shown.payment.kept_card_id) == ("approved", False, None)
        assert not (await room.shown(await room.order(**guest))).offer.remember
        assert await room.rows("SELECT * FROM vault_card") == kept
        assert len(await consents(room)) == 1


async def test_b11_b13_a_full_wallet_takes_the_reissued_card_and_says_so_before(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """B11, B13: nothing has to be deleted, and the text was shown; while none has expired, none is offered to keep."""
    async with bench(pool, keyring, tmp_path, f"{ONE_CLICK}cards_max = 2\n") as room:
        await room.ended(Choice(MASTERCARD))
        await room.ended()
        form = await card_form(room)
        assert (form.full, form.offer) == (FullWallet(held=2, too_many=1, by_shop=False), None)
        await room.do("UPDATE stored_card SET expires_on = '2031-06-30' WHERE card_mask LIKE '%1111'")
        form = await card_form(room)
        assert form.full == FullWallet(held=2, too_many=1, by_shop=False)
        assert form.offer is not None
        assert not form.offer.checked
        assert form.expired is not None
        assert form.expired.updates
        assert await room.ended(replace(REISSUED, preselected=False)) == APPROVED
        held = "SELECT card_mask, expires_on::text FROM stored_card ORDER BY card_mask"
        assert await room.rows(held) == [("411111******1111", "2034-12-31"), ("555555******4444", "2031-12-31")]
        text, preselected = (await consents(room))[-1]
        assert (f"{form.offer.label}. {form.offer.explanation}", False) == (text, preselected)


async def test_b11_b13_a_full_wallet_keeps_no_other_number_and_records_no_consent(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """B13, C6: paid, not kept, and the result says nothing of a saved card; also of cards that come at once."""
    async with bench(pool, keyring, tmp_path, f"{ONE_CLICK}cards_max = 1\n") as room:
        await room.ended()
        order_id, _ = await room.paid(Choice(MASTERCARD))
        assert pages.result_page(await room.shown(order_id), ENGLISH).advice is None
        choices = [REISSUED, Choice(MIR), Choice(MASTERCARD), REISSUED]
        assert set(await asyncio.gather(*(room.ended(choice) for choice in choices))) == {APPROVED}
        assert await room.rows("SELECT card_mask, expires_on::text FROM stored_card") == [
            ("411111******1111", "2034-12-31")
        ]
        assert len(await consents(room)) == 3


async def test_b13_more_cards_than_fit_are_counted_as_they_are(pool: Pool, keyring: Keyring, tmp_path: Path) -> None:
    """A9, B13: each deletion that the page asks for brings the room nearer, and the last one makes it."""
    async with bench(pool, keyring, tmp_path) as room:
        for number in (VISA, MASTERCARD, MIR):
            assert await room.ended(Choice(number)) == APPROVED
        await room.do("UPDATE merchant SET cards_max = 2")
        told = [(await card_form(room)).full]
        for card_id in (await room.cards())[:2]:
            assert await room.delete_own_card(await room.order(), card_id, Language.EN) is None
            told.append((await card_form(room)).full)
        assert told == [
            FullWallet(held=3, too_many=2, by_shop=False),
            FullWallet(held=2, too_many=1, by_shop=False),
            None,
        ]
        assert await room.ended(Choice(VISA)) == APPROVED
        assert len(await room.cards()) == 2


async def test_b13_who_sees_no_card_is_sent_to_the_shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> None:
    """A3, B13: a store-only shop lists no card, so its payer can delete none; a blocked card is listed nowhere."""
    async with bench(pool, keyring, tmp_path, f'{ONE_CLICK}mode = "store-only"\ncards_max = 1\n') as room:
        await room.ended()
        form = await card_form(room)
        assert (form.full, form.saved_cards_url) == (FullWallet(held=1, too_many=1, by_shop=True), None)
        assert "ask the shop to delete one first" in html_of(form)
        await put_merchant(pool, keyring, f"{ONE_CLICK}cards_max = 1\n")
        await room.do("UPDATE stored_card SET status = 'Fraud'")
        assert (await card_form(room)).full == FullWallet(held=1, too_many=1, by_shop=True)


async def test_b7_what_was_deleted_is_told_at_the_orders_that_saw_it(
    pool: Pool, keyring: Keyring, tmp_path: Path
) -> None:
    """B7: at each order that was open then, and at no other one, whatever its address says."""
    async with bench(pool, keyring, tmp_path) as room:
        await room.ended(Choice(DECLINES))
        await room.ended()
        (card_id,) = await room.cards()
        open_then = [await room.order(), await room.order()]
        assert [(await room.shown(order_id)).deleted for order_id in open_then] == [frozenset()] * 2
        assert await room.delete_own_card(open_then[0], card_id, Language.EN) is None
        assert [(await room.shown(order_id)).deleted for order_id in open_then] == [{card_id}] * 2
        room.clock.moment = room.clock.now().replace(minute=1)
        others = [
            await room.order(),
            await room.order(customer_number="another"),
            await room.order(customer_number=None),
        ]
        assert [(await room.shown(order_id)).deleted for order_id in others] == [frozenset()] * 3
