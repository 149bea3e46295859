"""Authentication of a merchant's program, shared by the web services' use cases."""

import asyncio
from dataclasses import dataclass, field

from oneclick.database.merchants import MerchantRow, find_merchant
from oneclick.database.pool import Pool
from oneclick.outcome import Reason, Refused
from oneclick.passwords import Passwords


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Merchant, login and password of a shop's program (P 5)."""

    merchant_id: int
    login: str
    password: str = field(repr=False)


async def authenticated(pool: Pool, passwords: Passwords, credentials: Credentials) -> MerchantRow | Refused:
    """The merchant; a wrong login, password or merchant gives one and the same refusal, in the same time."""
    async with pool.connection() as connection:
        merchant = await find_merchant(connection, credentials.merchant_id)
    right_login = merchant is not None and merchant.web_login == credentials.login
    password_hash = merchant.web_password_hash if merchant is not None and right_login else None
    # The hash is checked outside the pool: it takes its time on purpose.
    if not await asyncio.to_thread(passwords.hold, password_hash, credentials.password):
        return Refused(Reason.LOGIN_WRONG)
    return merchant if merchant is not None else Refused(Reason.LOGIN_WRONG)
