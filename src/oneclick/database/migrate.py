"""Brings a database to the newest schema, or back. Alembic keeps the order; each migration is plain SQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, pool, text
from sqlalchemy.exc import OperationalError

from oneclick.database.pool import UNREACHABLE
from oneclick.errors import SettingsError

_LOCK_ID = 8583_2026  # any fixed number: migrations take turns on it, so that processes may start side by side


def migrate(database_url: str, revision: str = "head") -> None:
    """Moves the schema to a revision, forth or back: ``head`` is the newest, ``base`` is empty.

    Takes an advisory lock for its time. Raises ``SettingsError`` when the database can't be reached.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
    try:
        engine.connect().close()
    except OperationalError:
        raise SettingsError(UNREACHABLE) from None
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK_ID})"))
        current = MigrationContext.configure(connection).get_current_revision() or ""
        connection.commit()
        config.attributes["connection"] = connection
        goes_back = revision == "base" or revision < current  # numbers of four digits; "head" comes after each
        (command.downgrade if goes_back else command.upgrade)(config, revision)
    engine.dispose()
