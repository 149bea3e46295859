"""B4, B11, B12, A9: which entry a card becomes, and who finds it. On the real database."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.database.customers import customer_paid
from oneclick.database.pool import Pool
from oneclick.database.stored_cards import KeptCard, list_cards, put_kept_card
from oneclick.ids import CustomerId
from oneclick.one_click.eligibility import Payer
from oneclick.one_click.offer import offer_for
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.vault.keyring import Keyring
from oneclick.vault.store import find_sealed, keep, open_for_authorisation
from support.bench import DECLINES, MIR, NEVER_ANSWERS, STOLEN

NOW = datetime(2031, 7, 15, 12, tzinfo=UTC)
CLIENT = CustomerId(7, "client-42")
VISA = CardData(CardNumber("4111111111111111"), Expiry(2031, 7), "A PAYER")
REISSUED = CardData(VISA.number, Expiry(2034, 7), "A NEW NAME")
OTHER = CardData(CardNumber("5555555555554444"), Expiry(2032, 1), "A PAYER")


async def kept(pool: Pool, keyring: Keyring, card: CardData, customer: CustomerId = CLIENT) -> UUID:
    """As a payment's outcome keeps a card: under the customer's row lock, in one transaction."""
    async with pool.connection() as connection, connection.transaction():
        await customer_paid(connection, customer, NOW)
        card_id = await keep(connection, keyring, customer, card, cards_max=10)
        assert card_id is not None
        shown = KeptCard(
            card_id=card_id,
            brand=card.number.brand,
            card_mask=card.number.merchant_mask,
            expires_on=card.expiry.last_day,
            network_transaction_id=None,
        )
        await put_kept_card(connection, customer, shown, NOW)
    return card_id


async def opened(pool: Pool, keyring: Keyring, customer: CustomerId, card_id: UUID) -> CardData | None:
    async with pool.connection() as connection:
        row = await find_sealed(connection, customer, card_id)
    return open_for_authorisation(keyring, row) if row else None


async def rows(pool: Pool, statement: str) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(statement)).fetchall()


async def test_b4_a_kept_card_opens_for_an_authorisation(pool: Pool, keyring: Keyring) -> None:
    """B4: number, expiry and cardholder."""
    card_id = await kept(pool, keyring, VISA)
    assert await opened(pool, keyring, CLIENT, card_id) == VISA


async def test_b4_no_column_of_the_database_holds_the_number(pool: Pool, keyring: Keyring) -> None:
    """B4: every column of every row as text; the holder's name is sealed too."""
    await kept(pool, keyring, VISA)
    written = str(
        await rows(
            pool, "SELECT vault_card::text, stored_card::text, customer::text FROM vault_card, stored_card, customer"
        )
    )
    assert "411111******1111" in written
    for text in ("4111111111111111", "34313131313131313131313131313131", "A PAYER", "41205041594552"):
        assert text not in written


async def test_b11_the_same_number_updates_its_entry_in_place(pool: Pool, keyring: Keyring) -> None:
    """B11: expiry and cardholder are new, the entry is the same, and there is no second one."""
    card_id = await kept(pool, keyring, VISA)
    before = await rows(pool, "SELECT wrapped_key, ciphertext, fingerprint FROM vault_card")
    assert await kept(pool, keyring, REISSUED) == card_id
    after = await rows(pool, "SELECT wrapped_key, ciphertext, fingerprint FROM vault_card")
    assert await opened(pool, keyring, CLIENT, card_id) == REISSUED
    assert len(after) == 1
    assert after[0][0] != before[0][0]
    assert after[0][1] != before[0][1]
    assert after[0][2] == before[0][2]
    async with pool.connection() as connection:
        shown = await list_cards(connection, CLIENT)
    assert [(card.card_id, card.expiry) for card in shown] == [(card_id, Expiry(2034, 7))]


async def test_b12_another_number_becomes_another_entry(pool: Pool, keyring: Keyring) -> None:
    """B12: each opens to its own card."""
    first, second = await kept(pool, keyring, VISA), await kept(pool, keyring, OTHER)
    assert first != second
    assert await opened(pool, keyring, CLIENT, first) == VISA
    assert await opened(pool, keyring, CLIENT, second) == OTHER


@pytest.mark.parametrize(
    "stranger", [CustomerId(7, "client-43"), CustomerId(7, "Client-42"), CustomerId(8, "client-42"), CustomerId(7, "")]
)
async def test_a9_nobody_else_finds_a_card_by_its_id(pool: Pool, keyring: Keyring, stranger: CustomerId) -> None:
    """A9: another customer or base never finds it, and keeps an own entry of the same number."""
    card_id = await kept(pool, keyring, VISA)
    assert await opened(pool, keyring, stranger, card_id) is None
    assert await opened(pool, keyring, CLIENT, uuid4()) is None
    if stranger.customer_number:
        own = await kept(pool, keyring, REISSUED, stranger)
        assert own != card_id
        assert await opened(pool, keyring, stranger, own) == REISSUED
        assert await opened(pool, keyring, CLIENT, own) is None
    assert await opened(pool, keyring, CLIENT, card_id) == VISA


async def test_a9_the_same_number_leaves_no_common_mark_in_two_bases(pool: Pool, keyring: Keyring) -> None:
    """A9: fingerprints are scoped to the base."""
    await kept(pool, keyring, VISA)
    await kept(pool, keyring, VISA, CustomerId(8, "client-42"))
    assert len({fingerprint for (fingerprint,) in await rows(pool, "SELECT fingerprint FROM vault_card")}) == 2


async def test_b13_a_full_wallet_takes_no_further_number_but_renews_what_it_holds(pool: Pool, keyring: Keyring) -> None:
    """B13, B11: judged under the customer's lock, so that two payments at once don't make one card too many."""

    async def tried(card: CardData) -> UUID | None:
        async with pool.connection() as connection, connection.transaction():
            await customer_paid(connection, CLIENT, NOW)
            return await keep(connection, keyring, CLIENT, card, cards_max=1)

    held = await kept(pool, keyring, VISA)
    assert await tried(OTHER) is None
    assert await tried(REISSUED) == held
    assert await rows(pool, "SELECT count(*) FROM vault_card") == [(1,)]


NUMBERS = [VISA.number, OTHER.number, *(CardNumber(digits) for digits in (MIR, DECLINES, STOLEN, NEVER_ANSWERS))]


@pytest.mark.parametrize("cards_max", [1, 2, 4])
async def test_b13_what_the_page_offers_to_keep_is_what_the_vault_keeps(
    pool: Pool, keyring: Keyring, cards_max: int
) -> None:
    """B13: at every number of held cards, from none to one too many: room at the offer is room in the vault."""
    terms = OneClickTerms(
        enabled=True, mode=Mode.STANDARD, consent_preselected=True, guest_orders=False, cards_max=cards_max
    )
    kept_at, offered_at = list[int](), list[int]()
    for held in range(cards_max + 2):
        new = CardData(NUMBERS[held], Expiry(2031, 12), "A PAYER")
        async with pool.connection() as connection:
            shown = await list_cards(connection, CLIENT)
            assert len(shown) == held
            if offer_for(terms, Payer(CLIENT.customer_number, None), shown, NOW.date()).remember:
                offered_at.append(held)
            async with connection.transaction(force_rollback=True):
                await customer_paid(connection, CLIENT, NOW)
                if await keep(connection, keyring, CLIENT, new, cards_max):
                    kept_at.append(held)
        await kept(pool, keyring, new)  # under a greater number, as at another shop of the base (A9)
    assert kept_at == offered_at == list(range(cards_max))


async def test_c4_a_number_that_is_blocked_as_stolen_is_not_kept_again(pool: Pool, keyring: Keyring) -> None:
    """C4: its entry stays blocked, and no second one appears."""
    await kept(pool, keyring, VISA)
    async with pool.connection() as connection:
        await connection.execute("UPDATE stored_card SET status = 'Fraud'")
    async with pool.connection() as connection, connection.transaction():
        await customer_paid(connection, CLIENT, NOW)
        assert await keep(connection, keyring, CLIENT, REISSUED, cards_max=10) is None
    assert await rows(pool, "SELECT status FROM stored_card") == [("Fraud",)]


async def test_b11_two_payments_at_once_with_one_number_give_one_entry(pool: Pool, keyring: Keyring) -> None:
    """B11: they take turns on the customer's row."""
    ids = await asyncio.gather(*(kept(pool, keyring, VISA if turn % 2 else REISSUED) for turn in range(20)))
    assert len(set(ids)) == 1
    assert await rows(pool, "SELECT count(*) FROM vault_card") == [(1,)]
    assert await rows(pool, "SELECT count(*), max(payments) FROM stored_card") == [(1, 20)]
    assert await opened(pool, keyring, CLIENT, ids[0]) in (VISA, REISSUED)


async def test_c5_without_its_vault_row_a_card_is_not_found(pool: Pool, keyring: Keyring) -> None:
    """C5: deleting the vault's row destroys number, key and fingerprint; the mask alone pays nothing."""
    card_id = await kept(pool, keyring, VISA)
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM vault_card")
    assert await opened(pool, keyring, CLIENT, card_id) is None
