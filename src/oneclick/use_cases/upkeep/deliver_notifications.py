"""Delivers due notifications: takes them, sends each, writes what it came to."""

from datetime import datetime, timedelta

import structlog

from oneclick.assist.as_codes import SYSTEM_ERROR
from oneclick.assist.operation_fields import OperationFacts
from oneclick.clock import Clock
from oneclick.database.notifications import DueNotification, Settlement, settle, take_due
from oneclick.database.pool import Pool
from oneclick.errors import VaultError
from oneclick.life_cycle import Move
from oneclick.notifications.message import form_body, notification_fields
from oneclick.notifications.plan import DeliveryVerdict, MerchantReply, repeat_after
from oneclick.notifications.sender import NotificationSender
from oneclick.payments.lives import NOTIFICATION_LIFE, NotificationState
from oneclick.use_cases.steps.merchant_terms import secret_word_of
from oneclick.use_cases.steps.task_pool import TaskPool
from oneclick.vault.keyring import Keyring

_log = structlog.get_logger()

_TASKS_MAX = 20
_LEASE = timedelta(seconds=90)  # longer than one attempt can take: nobody else takes it up meanwhile


_ENDS = {
    DeliveryVerdict.DELIVERED: NotificationState.DELIVERED,
    DeliveryVerdict.REFUSED: NotificationState.REFUSED,
}


class DeliverNotifications:
    """Rounds that take what is due, and begin to send it. Several workers may run side by side.

    One instance a process; ``drain`` before the process ends.
    """

    def __init__(
        self, pool: Pool, keyring: Keyring, sender: NotificationSender, clock: Clock, *, test_mode: bool
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._sender = sender
        self._clock = clock
        self._test_mode = test_mode
        self._tasks = TaskPool("notification not settled", _TASKS_MAX)

    async def __call__(self) -> int:
        """Takes due notifications, as many as the pool of 20 tasks has room for, and begins to send them; their number.

        It doesn't wait for their ends: a shop that answers slowly holds up its own notification alone. At least once:
        one that was sent, but whose answer was not written, is sent again. Source: P 4.2.
        """
        room = await self._tasks.room()
        now = self._clock.now()
        async with self._pool.connection() as connection:
            taken = await take_due(connection, now, now + _LEASE, room)
        for due in taken:
            self._tasks.start(self._deliver(due))
        return len(taken)

    async def drain(self, timeout_s: float) -> None:
        """Waits for the notifications that are being sent, ``timeout_s`` seconds at most."""
        await self._tasks.drain(timeout_s)

    async def _deliver(self, due: DueNotification) -> None:
        reply = await self._send(due)
        now = self._clock.now()
        pause = repeat_after(due.attempts)
        if reply.verdict is not DeliveryVerdict.NO_ANSWER:
            settlement = Settlement(move=_move(_ENDS[reply.verdict]), due_at=None, answer=reply.answer)
        elif pause is None:
            settlement = Settlement(move=_move(NotificationState.ABANDONED), due_at=None, answer=reply.answer)
        else:
            settlement = Settlement(move=_move(NotificationState.DUE), due_at=now + pause, answer=reply.answer)
        _log.info(
            "notification sent",
            billnumber=due.billnumber,
            merchant_id=due.merchant_id,
            attempt=due.attempts,
            state=settlement.move.to,
            answer=reply.answer,
        )
        async with self._pool.connection() as connection:
            await settle(connection, due, settlement, now)

    async def _send(self, due: DueNotification) -> MerchantReply:
        """A row that can't be told (its merchant's secret doesn't open) takes the retry plan like a missing answer."""
        if due.notification_url is None:
            return MerchantReply(DeliveryVerdict.NO_ANSWER, "the merchant has no address")
        try:
            secret_word = secret_word_of(due.merchant_id, due.secret_word_sealed, self._keyring)
        except VaultError as error:
            return MerchantReply(DeliveryVerdict.NO_ANSWER, type(error).__name__)
        fields = notification_fields(facts_of(due, self._clock.now(), test_mode=self._test_mode), secret_word)
        return await self._sender.send(due.notification_url, form_body(fields))


def _move(to: NotificationState) -> Move[NotificationState]:
    return NOTIFICATION_LIFE.move(NotificationState.DUE, to)


def facts_of(due: DueNotification, packet_at: datetime, *, test_mode: bool) -> OperationFacts:
    """The facts that the notification of an operation tells. An end without a code of its own is a system error."""
    return OperationFacts(
        merchant_id=due.merchant_id,
        order_number=due.order_number,
        billnumber=due.billnumber,
        operation_number=due.operation_number,
        order_amount=due.order_amount,
        order_state=due.order_state,
        order_created_at=due.order_created_at,
        parameters=due.parameters,
        language=due.language,
        kind=due.kind,
        amount=due.amount,
        brand=due.brand,
        card_mask=due.card_mask,
        card_expiry=due.card_expiry,
        cardholder=due.cardholder,
        as_code=due.as_code or SYSTEM_ERROR,
        authorisation_id=due.authorisation_id,
        rrn=due.rrn,
        client_ip=due.client_ip,
        answered_at=due.answered_at,
        packet_at=packet_at,
        test_mode=test_mode,
    )
