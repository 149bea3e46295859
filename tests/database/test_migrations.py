"""The schema: reversible, spread by customer_base_id, and held to the tables of the code (E1)."""

import asyncio
import re
import sys
from datetime import UTC, datetime
from enum import StrEnum

import psycopg
import pytest
import sqlalchemy.exc
from structlog.testing import capture_logs

from oneclick.card import Brand
from oneclick.database.migrate import migrate
from oneclick.database.pool import new_pool
from oneclick.database.schema import NEWEST, has_newest_schema
from oneclick.database.stan_blocks import StanBlocks, TraceNumber
from oneclick.limits.windows import Period
from oneclick.notifications.plan import DeliveryVerdict
from oneclick.one_click.participation import Mode
from oneclick.one_click.statuses import Actor, CardStatus, CustomerStatus
from oneclick.payments.lives import OperationKind, OperationMessage, OperationState, OrderState

# Read from the catalogue, so that any difference shows: columns, constraints, indexes, sequences.
SCHEMA = """
SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable
    || coalesce(' ' || column_default, '') FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'sequence ' || sequencename || ' ' || start_value || ' ' || max_value
    FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1
"""
KEYS = """
SELECT class.relname, (
    SELECT attribute.attname FROM pg_index JOIN pg_attribute AS attribute
        ON attribute.attrelid = pg_index.indrelid AND attribute.attnum = pg_index.indkey[0]
    WHERE pg_index.indrelid = class.oid AND pg_index.indisprimary
)
FROM pg_class AS class WHERE class.relkind = 'r' AND class.relnamespace = 'public'::regnamespace
"""
CHECKS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass
"""


def schema(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [line for (line,) in connection.execute(SCHEMA).fetchall() if "alembic" not in line]


def test_each_migration_goes_up_down_and_up_again(database_url: str) -> None:
    """Architecture: migrations are reversible; nothing is left behind, and the second time gives the same."""
    first = schema(database_url)
    assert len(first) > 50
    migrate(database_url, "base")
    assert schema(database_url) == []
    migrate(database_url)
    assert schema(database_url) == first
    migrate(database_url)
    assert schema(database_url) == first


@pytest.mark.parametrize("status", ["Deny", "Fraud", "Suspicious"])
def test_c3_the_schema_does_not_go_back_while_somebody_is_opted_out_or_blocked(database_url: str, status: str) -> None:
    """C3, C4: the older schema would offer them cards again; nothing of them is changed then."""
    before = schema(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO customer (customer_base_id, customer_number, status) VALUES (1, 'c', %s)", (status,)
        )
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="opted out or blocked"):
        migrate(database_url, "base")
    migrate(database_url)
    assert schema(database_url) == before
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT status FROM customer").fetchall() == [(status,)]


def test_e4_the_schema_does_not_go_back_once_there_are_two_stages(database_url: str) -> None:
    """E4: the older schema has no words for it."""
    before = schema(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO payment_order (customer_base_id, merchant_id, order_number, amount_minor, currency, state,"
            " language, parameters, created_at, expires_at, two_stage)"
            " VALUES (1, 1, 'A', 1, 'RUB', 'Delayed', 'RU', '{}', now(), now(), true)"
        )
    with pytest.raises(sqlalchemy.exc.ProgrammingError, match="no words for it"):
        migrate(database_url, "base")
    migrate(database_url)
    assert schema(database_url) == before


async def test_0004_carries_over_how_far_trace_numbers_are_given_out(database_url: str) -> None:
    """ISO fields 11 and 37: no number twice after the update, and no RRN of the day that is out already."""
    migrate(database_url, "base")
    migrate(database_url, "0003")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO terminal VALUES ('OC000002', '2031-07-15', 3001), ('OC000001', '2031-07-15', 2001),"
            " ('OC000003', '2041-07-15', 1001)"
        )
    migrate(database_url)
    now = datetime(2031, 7, 15, 12, tzinfo=UTC)
    async with new_pool(database_url, 1) as pool:
        taken = {one: await StanBlocks(pool, (one,)).take(now) for one in ("OC000001", "OC000002", "OC000003")}
    assert taken == {
        "OC000001": TraceNumber("OC000001", 2001, 24),
        "OC000002": TraceNumber("OC000002", 3001, 25),
        "OC000003": TraceNumber("OC000003", 1, 26),
    }


async def test_processes_that_migrate_at_the_same_time_take_turns(database_url: str) -> None:
    """Processes may start side by side on an empty database."""
    expected = schema(database_url)
    migrate(database_url, "base")
    call = "import sys; from oneclick.database.migrate import migrate; migrate(sys.argv[1])"
    running = [await asyncio.create_subprocess_exec(sys.executable, "-c", call, database_url) for _ in range(3)]
    assert [await process.wait() for process in running] == [0, 0, 0]
    assert schema(database_url) == expected


def test_every_table_of_a_customer_base_has_it_first_in_its_key(database_url: str) -> None:
    """Architecture, Growing: the schema can be spread by customer_base_id; only these are everybody's."""
    with psycopg.connect(database_url) as connection:
        first_of: dict[str, str] = dict(connection.execute(KEYS).fetchall())
    everybodys = {
        "merchant": "merchant_id",
        "terminal": "terminal_id",
        "wrong_cvc2": "card_print",
        "unmatched_answer": "received_at",
        "alembic_version": "version_num",
    }
    spread = {name: column for name, column in first_of.items() if name not in everybodys}
    assert {name: first_of[name] for name in everybodys} == everybodys
    assert set(spread) >= {"payment_order", "operation", "customer", "stored_card", "vault_card", "notification"}
    assert set(spread.values()) == {"customer_base_id"}


def test_no_foreign_key_crosses_the_customer_base(database_url: str) -> None:
    """Architecture, Growing."""
    assert [line for line in schema(database_url) if "FOREIGN KEY" in line and "(customer_base_id" not in line] == []


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("payment_order", "state", set(OrderState)),
        ("operation", "state", set(OperationState)),
        ("operation", "kind", set(OperationKind)),
        ("operation", "message", set(OperationMessage)),
        ("merchant", "one_click_mode", set(Mode)),
        ("notification", "state", {"due", "abandoned", DeliveryVerdict.DELIVERED, DeliveryVerdict.REFUSED}),
        ("customer", "status", set(CustomerStatus)),
        ("customer", "status_by", set(Actor) - {Actor.PAYER}),
        ("stored_card", "status", set(CardStatus)),
        ("stored_card", "deleted_by", set(Actor) - {Actor.SYSTEM}),
        ("withdrawal", "withdrawn_by", set(Actor) - {Actor.SYSTEM}),
        ("turnover", "period", set(Period)),
    ],
)
def test_e1_c1_c2_the_databases_checks_hold_the_words_of_the_tables(
    database_url: str, table: str, column: str, words: set[StrEnum | str]
) -> None:
    """E1, C1, C2: the same tables guard the database."""
    with psycopg.connect(database_url) as connection:
        checks = [text for (text,) in connection.execute(CHECKS, (table,)).fetchall()]
    (check,) = [text for text in checks if re.search(rf"\({column} = ANY", text)]
    assert set(re.findall(r"'([^']*)'", check)) == {str(word) for word in words}


def test_the_database_refuses_an_order_in_a_state_that_the_code_does_not_know(database_url: str) -> None:
    """E1: whoever writes."""
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "INSERT INTO payment_order (customer_base_id, merchant_id, order_number, amount_minor, currency, state,"
            " language, parameters, created_at, expires_at)"
            " VALUES (1, 1, 'A', 1, 'RUB', 'Paid', 'RU', '{}', now(), now())"
        )


def test_billnumbers_have_sixteen_digits(database_url: str) -> None:
    """P 0.4."""
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT nextval('billnumber')").fetchall() == [(5_000_000_000_000_001,)]


def test_every_brand_fits_the_database() -> None:
    """P 7: brands are written as their words."""
    assert {brand.value for brand in Brand} == {"VISA", "MasterCard", "MIR", "AMEX", "Card"}


async def test_a_database_that_was_not_migrated_is_known_by_its_schema(database_url: str) -> None:
    """Who forgot `migrate`, at first or at an update, reads so in the log; a newer schema is good while one updates."""

    async def is_good() -> bool:
        async with new_pool(database_url, 1) as pool, pool.connection() as connection:
            return await has_newest_schema(connection)

    assert await is_good()
    with psycopg.connect(database_url, autocommit=True) as connection:
        for version, good in ("0003", False), ("0099", True), (NEWEST, True):
            connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
            assert await is_good() is good
        connection.execute("DROP TABLE alembic_version")
    with capture_logs() as logs:
        assert not await is_good()
    assert "run oneclick migrate" in logs[0]["event"]
