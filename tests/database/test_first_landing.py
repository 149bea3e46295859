"""A database of the first landing migrates with its data: real rows of it, see first_landing/README.md."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import sql

from oneclick.card import Expiry
from oneclick.database.merchants import find_merchant
from oneclick.database.migrate import migrate
from oneclick.database.pool import new_pool
from oneclick.errors import VaultError
from oneclick.one_click.participation import Mode
from oneclick.one_click.statuses import CardStatus, CustomerStatus
from oneclick.payments.lives import OperationState, OrderState
from oneclick.use_cases.steps.merchant_terms import secret_word_of
from oneclick.vault.envelope import Place, SealedCard, fingerprint, open_card
from oneclick.vault.keyring import Keyring, generate_key_file
from support.first_landing import SECRET_WORDS, keys_of_then, land

COUNTS = {
    "merchant": 3,
    "payment_order": 19,
    "operation": 17,
    "customer": 3,
    "stored_card": 3,
    "vault_card": 3,
    "consent": 4,
    "notification": 13,
    "terminal": 4,
}
Table = list[tuple[Any, ...]]
COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version' GROUP BY table_name
"""


@pytest.fixture
def landed_url(database_url: str) -> str:
    """A database as the first landing left it."""
    land(database_url)
    return database_url


def rows(url: str, statement: LiteralString | sql.Composed) -> Table:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def columns_of(url: str) -> dict[str, list[str]]:
    return dict(rows(url, COLUMNS))


def contents(url: str, columns: dict[str, list[str]]) -> dict[str, Table]:
    """All rows of these columns of each table, in an order of their own."""
    found = {}
    for table, names in columns.items():
        picked = sql.SQL(", ").join(map(sql.Identifier, names))
        found[table] = rows(url, sql.SQL("SELECT {0} FROM {1} ORDER BY {0}").format(picked, sql.Identifier(table)))
    return found


def test_nothing_of_the_first_landing_is_lost_or_changed(landed_url: str) -> None:
    """Each row of each table, each value of each column."""
    columns = columns_of(landed_url)
    before = contents(landed_url, columns)
    assert {table: len(found) for table, found in before.items()} == COUNTS
    migrate(landed_url)
    assert contents(landed_url, columns) == before


@pytest.mark.parametrize(
    ("statement", "found", "words"),
    [
        (
            "SELECT state FROM payment_order",
            {"Approved": 11, "In Process": 4, "Declined": 3, "Timeout": 1},
            OrderState,
        ),
        (
            "SELECT state FROM operation",
            {"approved": 11, "declined": 3, "unknown": 2, "sent": 1},
            OperationState,
        ),
        ("SELECT status FROM customer", {"Member": 2, "New": 1}, CustomerStatus),
        ("SELECT status FROM stored_card", {"Member": 3}, CardStatus),
        ("SELECT one_click_mode FROM merchant", {"standard": 2, "store-only": 1}, Mode),
    ],
    ids=["orders", "operations", "customers", "cards", "merchants"],
)
def test_e1_c1_c2_every_state_of_then_is_a_word_of_today(
    landed_url: str, statement: str, found: dict[str, int], words: type[OrderState]
) -> None:
    """E1, C1, C2: and the rows hold each state that the first landing knew."""
    migrate(landed_url)
    states = Counter(state for (state,) in rows(landed_url, statement))
    assert states == found
    assert {words(state) for state in states} <= set(words)


def test_e7_payments_of_then_are_purchases_and_those_without_an_end_are_due(landed_url: str) -> None:
    """E7, E8: a worker finds what was sent or unknown; nothing else waits."""
    migrate(landed_url)
    kinds = rows(landed_url, "SELECT DISTINCT kind, message, attempts, acquirer_id FROM operation")
    assert kinds == [("payment", "purchase", 0, None)]
    assert rows(landed_url, "SELECT DISTINCT two_stage, first_attempt FROM payment_order") == [(False, None)]
    due = rows(landed_url, "SELECT billnumber % 100, state, due_at = sent_at FROM operation WHERE due_at IS NOT NULL")
    assert sorted(due) == [(10, "unknown", True), (11, "unknown", True), (18, "sent", True)]


def test_b4_each_card_of_then_opens_with_its_key_file_for_its_customer_alone(landed_url: str, tmp_path: Path) -> None:
    """B4, B11: today's vault opens it, and finds its number again by today's fingerprint."""
    migrate(landed_url)
    keyring = keys_of_then(tmp_path)
    generate_key_file(tmp_path / "others.json")
    held = rows(
        landed_url,
        "SELECT customer_base_id, customer_number, card_id, card_mask, fingerprint, key_version, wrapped_key,"
        " ciphertext FROM stored_card JOIN vault_card USING (customer_base_id, customer_number, card_id)",
    )
    assert len(held) == 3
    for base, number, card_id, mask, print_, version, wrapped_key, ciphertext in held:
        place = Place(base, number, card_id, version)
        sealed = SealedCard(wrapped_key, ciphertext)
        card = open_card(keyring, sealed, place)
        assert (card.number.merchant_mask, card.expiry, card.cardholder) == (mask, Expiry(2031, 12), "A PAYER")
        assert fingerprint(keyring, base, card.number) == print_
        with pytest.raises(VaultError):
            open_card(keyring, sealed, replace(place, customer_number="reader-2"))
        with pytest.raises(VaultError):
            open_card(Keyring.read(tmp_path / "others.json"), sealed, place)


async def test_the_merchants_of_then_keep_their_settings_and_secret_words(landed_url: str, tmp_path: Path) -> None:
    """A1, A3: what wasn't settable then has today's default."""
    migrate(landed_url)
    keyring = keys_of_then(tmp_path)
    async with new_pool(landed_url, 1) as pool, pool.connection() as connection:
        merchants = [await find_merchant(connection, merchant_id) for merchant_id in SECRET_WORDS]
    for merchant, word in zip(merchants, SECRET_WORDS.values(), strict=True):
        assert merchant is not None
        assert secret_word_of(merchant.merchant_id, merchant.secret_word_sealed, keyring) == word
        assert (merchant.takes_cards, merchant.offer_after_payments, merchant.cards_max) == (True, 1, 10)
        assert (merchant.frame_ancestors, merchant.signature_v2_key_sealed, merchant.signature_old_forms) == (
            [],
            None,
            True,
        )
    bookshop = merchants[0]
    assert bookshop is not None
    assert (bookshop.limit_day_minor, bookshop.limit_week_minor) == (5_000_000, 10_000_000)


def test_the_way_back_leads_to_the_rows_of_then(landed_url: str) -> None:
    """Architecture: as long as nothing was used that the first landing has no words for."""
    columns = columns_of(landed_url)
    before = contents(landed_url, columns)
    migrate(landed_url)
    migrate(landed_url, "0001")
    assert columns_of(landed_url) == columns
    after = contents(landed_url, columns)
    del before["terminal"], after["terminal"]  # its days go back by the database's clock, which may be before them
    assert after == before
    migrate(landed_url)
    assert rows(landed_url, "SELECT count(*) FROM operation WHERE due_at = sent_at") == [(3,)]


def test_the_way_back_is_refused_once_an_order_of_then_was_cancelled(landed_url: str) -> None:
    """E5: the first landing has no word for it; what is held of orders and operations stays as it is."""
    migrate(landed_url)
    with psycopg.connect(landed_url) as connection:
        connection.execute("UPDATE payment_order SET state = 'Canceled' WHERE order_number = 'BOOK-000002'")
    columns = columns_of(landed_url)
    before = contents(landed_url, columns)
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="no words for it"):
        migrate(landed_url, "0001")
    migrate(landed_url)
    after = contents(landed_url, columns)
    del before["terminal"], after["terminal"]
    assert after == before
