"""Merchants: read with every order, written by ``oneclick merchant apply``."""

from dataclasses import dataclass, field, fields

from oneclick.database.pool import Connection
from oneclick.database.rows import columns, rows_of
from oneclick.languages import Language
from oneclick.one_click.participation import Mode


@dataclass(frozen=True, kw_only=True)
class MerchantRow:
    """A row of ``merchant``; the columns' meanings are in the merchant file's schema (``merchant_file``)."""

    merchant_id: int
    customer_base_id: int
    name: str
    currency: str
    time_zone: str
    language: Language
    secret_word_sealed: bytes = field(repr=False)
    signature_public_key: str | None
    signature_required: bool
    signature_delimited: bool
    signature_v2_key_sealed: bytes | None = field(repr=False)
    signature_old_forms: bool
    takes_cards: bool
    one_click_enabled: bool
    one_click_mode: Mode
    consent_preselected: bool
    guest_orders: bool
    offer_after_payments: int
    cards_max: int
    web_login: str | None
    web_password_hash: str | None = field(repr=False)
    notification_url: str | None
    notify_charges: bool
    notify_cancels: bool
    return_ok: str | None
    return_no: str | None
    frame_ancestors: list[str]
    limit_day_minor: int | None
    limit_week_minor: int | None
    mcc: str
    name_and_place: str


MERCHANT_NAMES = tuple(column.name for column in fields(MerchantRow))

# One merchant by its id. No lock.
FIND = f"SELECT {columns(MerchantRow)} FROM merchant WHERE merchant_id = %s"

# A new merchant, or new settings of a known one. Locks the row.
PUT = (
    f"INSERT INTO merchant ({columns(MerchantRow)}) VALUES ({', '.join(f'%({name})s' for name in MERCHANT_NAMES)})"
    " ON CONFLICT (merchant_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in MERCHANT_NAMES if name != "merchant_id")
)

# Whoever writes a merchant waits here for the one before: what is checked of other merchants must stay true.
LOCK_ALL = "SELECT pg_advisory_xact_lock(hashtext('merchant apply'))"

# Whether other merchants are in the base that is this one's own.
SHARES = "SELECT EXISTS (SELECT FROM merchant WHERE customer_base_id = %(id)s AND merchant_id <> %(id)s)"

# Whether anything of the merchant stands in its customer base already: an order, a limit, a customer of its own base.
HAS_HISTORY = """
SELECT EXISTS (SELECT FROM payment_order WHERE customer_base_id = %(base)s AND merchant_id = %(id)s)
    OR EXISTS (SELECT FROM customer_limit WHERE customer_base_id = %(base)s AND merchant_id = %(id)s)
    OR EXISTS (SELECT FROM customer WHERE customer_base_id = %(base)s AND customer_base_id = %(id)s)
"""

# Whether anything is still counted in the merchant's present currency: a limit of a customer, or turnover of a day or
# week that may not be over by the calendar of any time zone.
COUNTS_IN_ITS_CURRENCY = """
SELECT EXISTS (SELECT FROM customer_limit WHERE customer_base_id = %(base)s AND merchant_id = %(id)s)
    OR EXISTS (SELECT FROM turnover WHERE customer_base_id = %(base)s AND merchant_id = %(id)s
        AND starts_on > current_date - 8 AND amount_minor <> 0)
"""


async def find_merchant(connection: Connection, merchant_id: int) -> MerchantRow | None:
    """The merchant, or None."""
    async with connection.cursor(row_factory=rows_of(MerchantRow)) as cursor:
        await cursor.execute(FIND, (merchant_id,))
        return await cursor.fetchone()


async def put_merchant(connection: Connection, row: MerchantRow) -> None:
    """Creates or updates a merchant; one statement, so a reader sees the old settings or the new, never a mixture."""
    await connection.execute(PUT, {name: getattr(row, name) for name in MERCHANT_NAMES})


async def lock_merchants(connection: Connection) -> None:
    """Waits until nobody else writes a merchant; till the transaction ends."""
    await connection.execute(LOCK_ALL)


async def shares_its_base(connection: Connection, merchant_id: int) -> bool:
    """True if other merchants share the merchant's own customer base (A9)."""
    row = await (await connection.execute(SHARES, {"id": merchant_id})).fetchone()
    return row is not None and row[0]


async def has_history(connection: Connection, customer_base_id: int, merchant_id: int) -> bool:
    """True if the merchant has orders, customers or their limits in that customer base."""
    row = await (await connection.execute(HAS_HISTORY, {"base": customer_base_id, "id": merchant_id})).fetchone()
    return row is not None and row[0]


async def counts_in_its_currency(connection: Connection, customer_base_id: int, merchant_id: int) -> bool:
    """True if the merchant's present currency is still that of a customer's limit, or of a turnover that isn't over."""
    values = {"base": customer_base_id, "id": merchant_id}
    row = await (await connection.execute(COUNTS_IN_ITS_CURRENCY, values)).fetchone()
    return row is not None and row[0]
