"""Tells a shop the state of its order, by order number (P 5.1)."""

from dataclasses import dataclass
from datetime import datetime

from oneclick.assist.signature import checkvalue
from oneclick.clock import Clock
from oneclick.database.orders import OrderRow, attempts
from oneclick.database.pool import Pool
from oneclick.outcome import Reason, Refused
from oneclick.passwords import Passwords
from oneclick.use_cases.steps.authentication import Credentials, authenticated
from oneclick.use_cases.steps.merchant_terms import secret_word_of
from oneclick.vault.keyring import Keyring


@dataclass(frozen=True)
class ReportedAttempt:
    """An attempt under the order number, with the checkvalue of the answer and the moment of the packet."""

    order: OrderRow
    checkvalue: str
    packet_at: datetime


class ReportOrderState:
    """Answers ``orderstate``."""

    def __init__(self, pool: Pool, keyring: Keyring, passwords: Passwords, clock: Clock) -> None:
        self._pool = pool
        self._keyring = keyring
        self._passwords = passwords
        self._clock = clock

    async def __call__(
        self, credentials: Credentials, order_number: str, period: tuple[datetime, datetime]
    ) -> list[ReportedAttempt] | Refused:
        """The attempts under the number that were opened in the period, the deciding one first.

        A wrong login, password or merchant gives one and the same refusal. Source: P 5.1, 12.7, 12.10.
        """
        merchant = await authenticated(self._pool, self._passwords, credentials)
        if isinstance(merchant, Refused):
            return merchant
        async with self._pool.connection() as connection:
            orders = await attempts(connection, merchant.customer_base_id, merchant.merchant_id, order_number, period)
        if not orders:
            return Refused(Reason.ORDER_UNKNOWN)
        secret_word = secret_word_of(merchant.merchant_id, merchant.secret_word_sealed, self._keyring)
        now = self._clock.now()
        return [ReportedAttempt(order, checkvalue(secret_word, _signed(order)), now) for order in orders]


def _signed(order: OrderRow) -> str:
    """The answer's signed string, without delimiters (P 5.1)."""
    return f"{order.merchant_id}{order.order_number}{order.amount.protocol_text}{order.currency}{order.state}"
