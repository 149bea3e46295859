"""Merchants: read with every order, written by ``oneclick merchant apply``."""

from dataclasses import dataclass, field, fields

from psycopg.rows import class_row

from oneclick.database.pool import Connection


@dataclass(frozen=True, kw_only=True)
class MerchantRow:
    """A row of ``merchant``; the columns' meanings are in the merchant file's schema (``merchant_file``)."""

    merchant_id: int
    customer_base_id: int
    name: str
    currency: str
    time_zone: str
    language: str
    secret_word_sealed: bytes = field(repr=False)
    signature_public_key: str | None
    signature_required: bool
    signature_delimited: bool
    one_click_enabled: bool
    one_click_mode: str
    consent_preselected: bool
    guest_orders: bool
    web_login: str | None
    web_password_hash: str | None = field(repr=False)
    notification_url: str | None
    return_ok: str | None
    return_no: str | None
    limit_day_minor: int | None
    limit_week_minor: int | None
    mcc: str
    name_and_place: str


MERCHANT_NAMES = tuple(column.name for column in fields(MerchantRow))

# One merchant by its id. No lock.
FIND = f"SELECT {', '.join(MERCHANT_NAMES)} FROM merchant WHERE merchant_id = %s"

# A new merchant, or new settings of a known one; its customer base stays. Locks the row.
PUT = (
    f"INSERT INTO merchant ({', '.join(MERCHANT_NAMES)}) VALUES ({', '.join(f'%({name})s' for name in MERCHANT_NAMES)})"
    " ON CONFLICT (merchant_id) DO UPDATE SET "
    + ", ".join(
        f"{name} = excluded.{name}" for name in MERCHANT_NAMES if name not in ("merchant_id", "customer_base_id")
    )
)


async def find_merchant(connection: Connection, merchant_id: int) -> MerchantRow | None:
    """The merchant, or None."""
    async with connection.cursor(row_factory=class_row(MerchantRow)) as cursor:
        await cursor.execute(FIND, (merchant_id,))
        return await cursor.fetchone()


async def put_merchant(connection: Connection, row: MerchantRow) -> None:
    """Creates or updates a merchant; one statement, so a reader sees the old settings or the new, never a mixture."""
    await connection.execute(PUT, {name: getattr(row, name) for name in MERCHANT_NAMES})
