"""Tells a shop the state of its order, by order number (P 5.1)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from oneclick.clock import Clock
from oneclick.database.merchants import find_merchant
from oneclick.database.orders import OrderRow, attempts
from oneclick.database.pool import Pool
from oneclick.outcome import First, Refused, Second
from oneclick.passwords import Passwords
from oneclick.signature import checkvalue
from oneclick.use_cases.merchant_terms import secret_word_of
from oneclick.vault.keyring import Keyring

_WRONG_LOGIN = Refused(First.AUTHENTICATION, Second.LOGIN_OR_PASSWORD)
_NO_ORDER = Refused(First.ABSENT, Second.ORDER)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who asks a web service."""

    merchant_id: int
    login: str
    password: str


@dataclass(frozen=True)
class ToldState:
    """An attempt under the order number, with the checkvalue of the answer and the moment of the packet."""

    order: OrderRow
    checkvalue: str
    packet_at: datetime


class TellState:
    """Answers ``orderstate``."""

    def __init__(self, pool: Pool, keyring: Keyring, passwords: Passwords, clock: Clock) -> None:
        self._pool = pool
        self._keyring = keyring
        self._passwords = passwords
        self._clock = clock

    async def __call__(
        self, credentials: Credentials, order_number: str, period: tuple[datetime, datetime]
    ) -> list[ToldState] | Refused:
        """The attempts under the number that were opened in the period, the deciding one first.

        A wrong login, password or merchant gives one and the same refusal. Source: P 5.1, 12.7, 12.10.
        """
        async with self._pool.connection() as connection:
            merchant = await find_merchant(connection, credentials.merchant_id)
        right_login = merchant is not None and merchant.web_login == credentials.login
        password_hash = merchant.web_password_hash if merchant is not None and right_login else None
        # The hash is checked outside the pool: it takes its time on purpose.
        if not await asyncio.to_thread(self._passwords.hold, password_hash, credentials.password):
            return _WRONG_LOGIN
        if merchant is None:
            return _WRONG_LOGIN
        async with self._pool.connection() as connection:
            orders = await attempts(connection, merchant.customer_base_id, merchant.merchant_id, order_number, period)
        if not orders:
            return _NO_ORDER
        secret_word = secret_word_of(merchant.merchant_id, merchant.secret_word_sealed, self._keyring)
        now = self._clock.now()
        return [ToldState(order, checkvalue(secret_word, _signed(order)), now) for order in orders]


def _signed(order: OrderRow) -> str:
    """The answer's signed string, without delimiters (P 5.1)."""
    return f"{order.merchant_id}{order.order_number}{order.amount.protocol_text}{order.currency}{order.state}"
