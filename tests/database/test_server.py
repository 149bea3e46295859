"""Which PostgreSQL the tests run on: in ``make test-postgres`` the one that was asked for, and no other."""

import os

import psycopg

from support.postgres import INSTALLED_BIN

OLDEST = 15


def test_the_server_is_of_the_version_that_this_run_promises(postgres_url: str) -> None:
    """docs/operations/run.md: PostgreSQL 15 or later."""
    with psycopg.connect(postgres_url) as connection:
        version = connection.info.server_version // 10_000
        row = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    assert version >= OLDEST
    if INSTALLED_BIN:
        assert (version, row) == (int(os.environ["TEST_POSTGRES"]), (INSTALLED_BIN,))
