"""What tests share: a real PostgreSQL, and a fresh database for each test that asks for one."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from oneclick.database.migrate import migrate
from oneclick.database.pool import Pool, new_pool
from oneclick.vault.keyring import Keyring, generate_key_file
from support.database import database_named
from support.postgres import running_postgres

_numbers = count(1)

# A busy machine makes an example slow, not wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks each test that uses the PostgreSQL of the tests: ``-m postgres`` runs these."""
    if "postgres_url" in getattr(item, "fixturenames", ()):
        item.add_marker("postgres")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of this test process, with a migrated template to copy from."""
    with running_postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_oneclick")
        migrate(database_named(url, "template_oneclick"))
        yield url


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A migrated, empty database for one test."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_oneclick")
        yield database_named(postgres_url, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A small open pool on the test's database."""
    async with new_pool(database_url, 4) as opened:
        yield opened


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """Fresh keys, from a real key file."""
    generate_key_file(tmp_path / "keys.json")
    return Keyring.read(tmp_path / "keys.json")
