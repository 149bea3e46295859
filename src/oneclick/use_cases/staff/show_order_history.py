"""Tells an order's history to an engineer: the order, its operations, its notifications."""

from dataclasses import dataclass

from oneclick.database.notifications import NotificationRow, list_notifications
from oneclick.database.operations import OperationRow, list_operations
from oneclick.database.orders import OrderRow, find_by_billnumber
from oneclick.database.pool import Pool


@dataclass(frozen=True)
class OrderHistory:
    """All that is known of an order; card data by its merchant mask (B9)."""

    order: OrderRow
    operations: list[OperationRow]
    notifications: list[NotificationRow]


class ShowOrderHistory:
    """Reads one order."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, billnumber: int) -> OrderHistory | None:
        """The history, or None if there is no such order."""
        async with self._pool.connection() as connection:
            order = await find_by_billnumber(connection, billnumber)
            if order is None:
                return None
            operations = await list_operations(connection, order.order_id)
            return OrderHistory(order, operations, await list_notifications(connection, order.order_id))
