"""C1 to C6: customers, cards, consents and their ends, by whole payments on the real database and wire."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.database.customers import customer_paid, follow_cards
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import KeptCard, put_kept_card
from oneclick.languages import Language
from oneclick.one_click.consent import consent_text, withdrawal_text
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.one_click.statuses import CUSTOMER_LIFE, Actor, CustomerStatus
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.staff.allow_customer import AllowCustomer
from oneclick.use_cases.staff.delete_card import DeleteCard
from oneclick.use_cases.staff.deny_customer import DenyCustomer
from oneclick.use_cases.staff.show_customer import ShowCustomer
from oneclick.use_cases.steps.customer_ref import CustomerRef
from oneclick.use_cases.upkeep.age_cards import AgeCards
from oneclick.vault.keyring import Keyring
from oneclick.vault.store import keep
from support.bench import CUSTOMER, DECLINES, MASTERCARD, MIR, NOW, STOLEN, VISA, Bench, Choice, bench, customer
from support.rows import MERCHANT_ID

OPERATOR = CustomerRef(MERCHANT_ID, CUSTOMER, Actor.OPERATOR)
MERCHANT = CustomerRef(MERCHANT_ID, CUSTOMER, Actor.MERCHANT)
APPROVED = ("approved", "AS000")
TERMS = OneClickTerms(enabled=True, mode=Mode.STANDARD, consent_preselected=True, guest_orders=False)
REISSUED = Choice(expiry=Expiry(2034, 12))
AFTER_EXPIRY = datetime(2032, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(pool, keyring, tmp_path) as running:
        yield running


async def kept(shop: Bench, choice: Choice | None = None, customer_number: str = CUSTOMER) -> UUID:
    """Pays with a card and lets it be kept; its id."""
    order_id, _ = await shop.paid(choice, customer_number=customer_number)
    payment = (await shop.shown(order_id)).payment
    assert payment is not None
    assert payment.kept_card_id is not None
    return payment.kept_card_id


async def card_status(shop: Bench, card_id: UUID) -> str:
    ((status,),) = await shop.rows("SELECT status FROM stored_card WHERE card_id = %s", card_id)
    return str(status)


async def test_c1_a_customer_is_new_then_a_member_then_not_active_then_a_member_again(shop: Bench) -> None:
    """C1, C2, B10: by payments, kept cards and their dates; the table of moves is walked by real events."""
    assert await shop.ended(Choice(DECLINES)) == ("declined", "AS100")
    assert await shop.rows("SELECT count(*) FROM customer") == [(0,)]  # not even New: nothing was paid
    assert await shop.ended(Choice(remember=False)) == APPROVED
    assert await shop.status() == "New"
    card_id = await kept(shop)
    assert await shop.status() == "Member"
    shop.clock.moment = AFTER_EXPIRY
    assert await AgeCards(shop.pool, shop.clock)() == 1
    assert (await shop.status(), await card_status(shop, card_id)) == ("Not active", "Expired")
    assert await AgeCards(shop.pool, shop.clock)() == 0
    assert await kept(shop, REISSUED) == card_id  # B11: in place
    assert (await shop.status(), await card_status(shop, card_id)) == ("Member", "Member")
    assert await shop.rows("SELECT status_by FROM customer") == [("system",)]


async def test_c1_a_customer_belongs_to_a_base_and_a_number(shop: Bench) -> None:
    """C1, A4: upper and lower case are two customers."""
    await kept(shop)
    assert await shop.cards("Client-42") == []
    await shop.ended(Choice(remember=False), customer_number="Client-42")
    assert (await shop.status(), await shop.status("Client-42")) == ("Member", "New")


async def test_c2_a_card_ages_only_after_its_last_day_everywhere(shop: Bench) -> None:
    """C2: the status waits for the last time zone; the page judges by the merchant's day before that."""
    card_id = await kept(shop)
    shop.clock.moment = datetime(2032, 1, 1, 11, 59, tzinfo=UTC)
    await AgeCards(shop.pool, shop.clock)()
    assert await card_status(shop, card_id) == "Member"
    shown = await shop.shown(await shop.order())
    assert (shown.offer.cards, [card.card_id for card in shown.offer.expired]) == ((), [card_id])
    assert (await shop.paid(Choice(saved=card_id)))[1] == Refused(Reason.CARD_EXPIRED)


async def test_c2_several_workers_age_side_by_side(shop: Bench) -> None:
    """C2: each customer is aged once, and none is left."""
    for number in range(12):
        await kept(shop, customer_number=f"c-{number}")
    shop.clock.moment = AFTER_EXPIRY
    rounds = await asyncio.gather(*(AgeCards(shop.pool, shop.clock)() for _ in range(4)))
    rounds.append(await AgeCards(shop.pool, shop.clock)())
    assert sum(rounds) == 12
    assert await shop.rows("SELECT status, count(*) FROM customer GROUP BY status") == [("Not active", 12)]
    assert await shop.rows("SELECT status, count(*) FROM stored_card GROUP BY status") == [("Expired", 12)]


async def test_c3_deny_erases_all_cards_and_ends_the_offers_until_it_is_lifted(shop: Bench) -> None:
    """C3, C5, C6: also for a customer who never paid; a payment goes on as a plain one, whatever its form says."""
    for choice in (Choice(), Choice(MASTERCARD)):
        await kept(shop, choice)
    assert await DenyCustomer(shop.pool, shop.clock)(MERCHANT) == "Deny"
    assert await shop.rows("SELECT count(*) FROM vault_card") == [(0,)]
    assert await shop.rows("SELECT status, deleted_by, count(*) FROM stored_card GROUP BY 1, 2") == [
        ("Deleted", "merchant", 2)
    ]
    assert await shop.rows("SELECT withdrawn_by, count(*) FROM withdrawal GROUP BY 1") == [("merchant", 2)]
    offer = (await shop.shown(await shop.order())).offer
    assert (offer.cards, offer.expired, offer.remember, offer.full) == ((), (), False, False)
    assert await shop.ended() == APPROVED  # the form says "remember": nothing is kept
    assert await shop.rows("SELECT count(*) FROM vault_card") == [(0,)]
    assert await shop.status() == "Deny"
    assert await DenyCustomer(shop.pool, shop.clock)(MERCHANT) == "Deny"
    assert await AllowCustomer(shop.pool, shop.clock)(MERCHANT) == "New"
    assert (await shop.shown(await shop.order())).offer.remember
    await kept(shop)
    assert await shop.status() == "Member"
    stranger = CustomerRef(MERCHANT_ID, "never-paid", Actor.MERCHANT)
    assert await DenyCustomer(shop.pool, shop.clock)(stranger) == "Deny"
    let_in_before = CustomerRef(MERCHANT_ID, "un\u200cseen", Actor.MERCHANT)  # no order may carry it any more (A4)
    assert await DenyCustomer(shop.pool, shop.clock)(let_in_before) == "Deny"
    assert not (await shop.shown(await shop.order(customer_number="never-paid"))).offer.remember


async def test_c3_a_payment_in_flight_keeps_no_card_of_who_opts_out_meanwhile(shop: Bench) -> None:
    """C3: judged under the customer's lock, at the outcome."""
    order_id = await shop.order()
    asked = asyncio.create_task(shop.pay(order_id, Choice().instrument, "192.0.2.7"))
    await DenyCustomer(shop.pool, shop.clock)(MERCHANT)
    await asked
    ((status,),) = await shop.rows("SELECT status FROM customer")
    ((held,),) = await shop.rows("SELECT count(*) FROM vault_card")
    assert (status, held) == ("Deny", 0)


@pytest.mark.parametrize("stored", [True, False])
async def test_c4_a_stolen_card_blocks_itself_and_its_customer(shop: Bench, *, stored: bool) -> None:
    """C4: by a payment with the stored card, or with the same number typed; others who keep it become Suspicious."""
    stolen = await _put_stolen(shop, CUSTOMER)
    await _put_stolen(shop, "holder")
    other = await kept(shop, Choice(MASTERCARD))
    await kept(shop, Choice(MASTERCARD), customer_number="bystander")
    choice = Choice(saved=stolen) if stored else Choice(STOLEN)
    assert await shop.ended(choice) == ("declined", "AS108")
    assert (await shop.status(), await shop.status("holder")) == ("Fraud", "Suspicious")
    assert await shop.status("bystander") == "Member"
    assert await shop.rows("SELECT status, count(*) FROM stored_card GROUP BY 1 ORDER BY 1") == [
        ("Fraud", 2),
        ("Member", 2),
    ]
    assert (await shop.paid(Choice(saved=other)))[1] == Refused(
        Reason.CARD_UNAVAILABLE
    )  # no stored card of a blocked customer pays
    offer = (await shop.shown(await shop.order())).offer
    assert (offer.cards, offer.remember) == ((), False)
    assert await shop.ended(Choice(MIR)) == APPROVED  # a typed card pays, and isn't kept
    assert await shop.rows("SELECT count(*) FROM vault_card") == [(4,)]
    assert isinstance(await AllowCustomer(shop.pool, shop.clock)(MERCHANT), Refused)  # the operator's to lift
    assert await AllowCustomer(shop.pool, shop.clock)(OPERATOR) == "Member"
    assert await shop.cards() == [other]


async def test_c4_a_stolen_card_of_a_guest_blocks_nobody(shop: Bench) -> None:
    """C4, A5: a guest is no customer; but the card is blocked wherever it is kept."""
    assert await shop.ended(Choice(STOLEN), customer_number=None) == ("declined", "AS108")
    assert await shop.rows("SELECT count(*) FROM customer") == [(0,)]
    kept_before = await _put_stolen(shop, "holder")
    assert await shop.ended(Choice(STOLEN), customer_number=None) == ("declined", "AS108")
    assert (await card_status(shop, kept_before), await shop.status("holder")) == ("Fraud", "Suspicious")


async def test_c4_two_stolen_answers_at_once_block_without_a_deadlock(shop: Bench) -> None:
    """C4: everybody locks the holders in the same order."""
    for _ in range(3):
        await shop.do("TRUNCATE customer, stored_card, vault_card")
        for number in ("holder-1", "holder-2"):
            await _put_stolen(shop, number)
        ends = await asyncio.gather(
            *(shop.ended(Choice(STOLEN), customer_number=number) for number in ("holder-2", "holder-1"))
        )
        assert ends == [("declined", "AS108")] * 2
        assert {await shop.status("holder-1"), await shop.status("holder-2")} == {"Fraud"}


async def test_c4_a_first_payment_with_a_stolen_card_makes_its_customer_fraud(shop: Bench) -> None:
    """C4."""
    assert await shop.ended(Choice(STOLEN)) == ("declined", "AS108")
    assert await shop.status() == "Fraud"
    assert await DenyCustomer(shop.pool, shop.clock)(MERCHANT) == "Deny"
    assert await shop.ended(Choice(STOLEN)) == ("declined", "AS108")
    assert await shop.status() == "Deny"  # an opt-out stays one


@pytest.mark.parametrize("who", list(Actor)[1:])
async def test_c5_deletion_leaves_nothing_to_decrypt_or_to_match(shop: Bench, who: Actor) -> None:
    """C5: number, key and fingerprint are gone at once; mask, dates, who did it stay. In every row of every table."""
    card_id = await kept(shop)
    ((fingerprint, wrapped_key, ciphertext, network_id),) = await shop.rows(
        "SELECT fingerprint, wrapped_key, ciphertext, network_transaction_id FROM vault_card JOIN stored_card"
        " USING (card_id)"
    )
    secrets = {part.hex() for part in (fingerprint, wrapped_key, ciphertext)} | {network_id}
    before = await _everything(shop)
    assert all(secret in before for secret in secrets)  # the search finds what is there
    await _delete(shop, card_id, who)
    after = await _everything(shop)
    assert [secret for secret in secrets if secret in after] == []
    assert await shop.rows("SELECT status, card_mask, deleted_by, deleted_at FROM stored_card") == [
        ("Deleted", "411111******1111", who, NOW)
    ]
    assert await shop.cards() == []
    assert (await shop.paid(Choice(saved=card_id)))[1] == Refused(Reason.CARD_UNAVAILABLE)
    assert await kept(shop) != card_id  # the same number is a new card


async def test_c5_a_deletion_that_fails_erases_nothing(shop: Bench) -> None:
    """C5: one transaction: if the record can't be written, the card is still whole."""
    card_id = await kept(shop)
    await shop.do("ALTER TABLE withdrawal ADD CHECK (false)")
    with pytest.raises(Exception, match="withdrawal"):
        await DeleteCard(shop.pool, shop.clock)(OPERATOR, card_id)
    assert await shop.cards() == [card_id]
    assert await shop.ended(Choice(saved=card_id)) == APPROVED


async def test_c5_only_the_customers_own_card_can_be_deleted(shop: Bench) -> None:
    """C5: an id of another customer, or of nobody, deletes nothing."""
    card_id = await kept(shop)
    for asked in (CustomerRef(MERCHANT_ID, "another", Actor.OPERATOR), CustomerRef(7, CUSTOMER, Actor.OPERATOR)):
        assert isinstance(await DeleteCard(shop.pool, shop.clock)(asked, card_id), Refused)
    assert isinstance(await DeleteCard(shop.pool, shop.clock)(OPERATOR, uuid4()), Refused)
    assert await shop.cards() == [card_id]


async def test_c6_consent_and_withdrawal_are_recorded_as_they_were_shown(shop: Bench) -> None:
    """C6: text, language, preselected or not, time, order."""
    order_id, _ = await shop.paid()
    (card_id,) = await shop.cards()
    assert await shop.rows("SELECT billnumber, card_id, text, language, preselected, given_at FROM consent") == [
        (order_id.billnumber, card_id, consent_text(TERMS, Language.EN), "EN", True, NOW)
    ]
    shop.clock.moment = later = NOW + timedelta(hours=1)
    from_order = await shop.order()
    assert await shop.delete_own_card(from_order, card_id, Language.RU) is None
    assert await shop.rows(
        "SELECT card_id, customer_number, withdrawn_by, withdrawn_at, billnumber, text, language FROM withdrawal"
    ) == [(card_id, CUSTOMER, "payer", later, from_order.billnumber, withdrawal_text(Language.RU), "RU")]


async def test_c6_no_consent_is_recorded_without_a_kept_card(shop: Bench) -> None:
    """C6, B2, B3: neither for a "no", nor for a payment that failed."""
    await shop.ended(Choice(remember=False))
    await shop.ended(Choice(DECLINES))
    assert await shop.rows("SELECT count(*) FROM consent") == [(0,)]


async def test_b8_the_last_cards_end_makes_the_customer_new(shop: Bench) -> None:
    """B7, B8, C1: with a card left the customer stays a member; with an expired one, not active."""
    first, second = await kept(shop), await kept(shop, Choice(MASTERCARD))
    assert await shop.delete_own_card(await shop.order(), first, Language.EN) is None
    assert (await shop.status(), await shop.cards()) == ("Member", [second])
    assert await shop.delete_own_card(await shop.order(), second, Language.EN) is None
    assert (await shop.status(), await shop.cards()) == ("New", [])
    assert (await shop.shown(await shop.order())).offer.remember


async def test_b7_a_card_is_deleted_only_from_an_order_that_can_be_paid(shop: Bench) -> None:
    """B7: a paid order's link, an old one's, another customer's or a guest's deletes nothing."""
    paid, _ = await shop.paid()
    (card_id,) = await shop.cards()
    old = await shop.order(expires_at=NOW)
    orders = [paid, old, await shop.order(customer_number="another"), await shop.order(customer_number=None)]
    ends = [await shop.delete_own_card(order_id, card_id, Language.EN) for order_id in orders]
    over, unavailable = Refused(Reason.ORDER_OVER), Refused(Reason.CARD_UNAVAILABLE)
    assert ends == [over, over, unavailable, unavailable]
    assert await shop.cards() == [card_id]


async def test_b7_deleting_twice_at_once_is_deleting_once(shop: Bench) -> None:
    """B7: two tabs: one withdrawal, and each is told that the card is deleted, also a little later."""
    card_id = await kept(shop)
    orders = [await shop.order() for _ in range(8)]
    ends = await asyncio.gather(*(shop.delete_own_card(order_id, card_id, Language.EN) for order_id in orders))
    assert ends == [None] * 8
    shop.clock.moment = NOW + timedelta(minutes=1)
    assert await shop.delete_own_card(orders[0], card_id, Language.EN) is None
    assert await shop.rows("SELECT count(*) FROM withdrawal") == [(1,)]
    later, strangers = await shop.order(), await shop.order(customer_number="another", created_at=NOW)
    for order_id in (later, strangers):  # no page of theirs has shown the card
        assert await shop.delete_own_card(order_id, card_id, Language.EN) == Refused(Reason.CARD_UNAVAILABLE)


async def test_b7_only_a_card_that_the_page_shows_can_be_deleted(shop: Bench) -> None:
    """A3, B7, B13: an own card that isn't offered, and one at a shop that offers none, stay."""
    card_id = await kept(shop)
    for setting in ("offer_after_payments = 2", "one_click_mode = 'store-only'"):
        await shop.do(f"UPDATE merchant SET {setting}")  # noqa: S608  # no value from outside
        assert await shop.delete_own_card(await shop.order(), card_id, Language.EN) == Refused(Reason.CARD_UNAVAILABLE)
    assert await shop.rows("SELECT count(*) FROM withdrawal") == [(0,)]


async def test_b11_a_reissued_card_typed_in_two_tabs_at_once_stays_one_entry(shop: Bench) -> None:
    """B11: two tabs, two devices; whole payments."""
    card_id = await kept(shop)
    ends = await asyncio.gather(*(shop.ended(REISSUED) for _ in range(6)))
    assert set(ends) == {APPROVED}
    assert await shop.cards() == [card_id]
    assert await shop.rows("SELECT expires_on::text, payments FROM stored_card") == [("2034-12-31", 7)]


async def test_b13_payments_at_once_do_not_overfill_a_wallet(shop: Bench) -> None:
    """B13: one place is left, and three cards come; the two others are paid with, and not kept."""
    await shop.do("UPDATE merchant SET cards_max = 1")
    ends = await asyncio.gather(*(shop.ended(Choice(number)) for number in (VISA, MASTERCARD, MIR)))
    assert set(ends) == {APPROVED}
    assert await shop.rows("SELECT count(*) FROM vault_card") == [(1,)]
    assert await shop.rows("SELECT count(*) FROM consent") == [(1,)]
    assert await shop.rows("SELECT count(kept_card_id) FROM operation") == [(1,)]
    assert (await shop.shown(await shop.order())).offer.full


async def test_b13_a_card_below_the_number_of_payments_cannot_be_paid_with_by_its_id(shop: Bench) -> None:
    """B13: it is offered after the second successful payment, and not before by a guessed form."""
    await shop.do("UPDATE merchant SET offer_after_payments = 2")
    assert await shop.ended() == APPROVED
    assert await shop.cards() == []
    ((card_id,),) = await shop.rows("SELECT card_id FROM stored_card")
    assert (await shop.paid(Choice(saved=card_id)))[1] == Refused(Reason.CARD_UNAVAILABLE)
    assert await shop.ended() == APPROVED
    assert await shop.cards() == [card_id]
    assert await shop.ended(Choice(saved=card_id)) == APPROVED


async def test_c1_a_customer_is_shown_with_cards_turnover_and_limits(shop: Bench) -> None:
    """C1, C2, B9, D1: what the account will show, for the merchant's masks."""
    card_id = await kept(shop)
    await DeleteCard(shop.pool, shop.clock)(OPERATOR, card_id)
    await kept(shop, Choice(MASTERCARD))
    shown = await ShowCustomer(shop.pool, shop.clock)(OPERATOR)
    assert not isinstance(shown, Refused)
    assert (shown.customer.status, shown.customer.first_payment_at) == ("Member", NOW)
    assert {(card.card_mask, card.status) for card in shown.cards} == {
        ("555555******4444", "Member"),
        ("411111******1111", "Deleted"),
    }
    assert {period: money.protocol_text for period, money in shown.turnover.items()} == {
        "day": "201.00",
        "week": "201.00",
    }
    nobody = CustomerRef(MERCHANT_ID, "nobody", Actor.OPERATOR)
    assert await ShowCustomer(shop.pool, shop.clock)(nobody) == Refused(Reason.CUSTOMER_UNKNOWN)


async def _put_stolen(shop: Bench, customer_number: str) -> UUID:
    """Keeps the card that the acquirer calls stolen: as it was kept while it was still good."""
    who = customer(customer_number)
    card = CardData(CardNumber(STOLEN), Expiry(2031, 12), "A PAYER")
    async with shop.pool.connection() as connection, connection.transaction():
        await customer_paid(connection, who, NOW)
        card_id = await keep(connection, shop.keyring, who, card, cards_max=10)
        assert card_id is not None
        shown = KeptCard(
            card_id=card_id,
            brand=card.number.brand,
            card_mask=card.number.merchant_mask,
            expires_on=card.expiry.last_day,
            network_transaction_id=None,
        )
        await put_kept_card(connection, who, shown, NOW)
        member = CUSTOMER_LIFE.move(CustomerStatus.NEW, CustomerStatus.MEMBER, Actor.SYSTEM)
        await follow_cards(connection, who, member, NOW)
    return card_id


async def _everything(shop: Bench) -> str:
    """Every row of every table as text; bytes are in it as hexadecimal digits."""
    tables = [name for (name,) in await shop.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert len(tables) > 10
    return str([await shop.rows(f"SELECT t::text FROM {name} AS t") for name in tables])  # noqa: S608


async def _delete(shop: Bench, card_id: UUID, who: Actor) -> None:
    if who is Actor.PAYER:
        assert await shop.delete_own_card(await shop.order(), card_id, Language.EN) is None
    else:
        assert await DeleteCard(shop.pool, shop.clock)(CustomerRef(MERCHANT_ID, CUSTOMER, who), card_id) is None
