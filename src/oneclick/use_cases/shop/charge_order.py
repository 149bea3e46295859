"""Charges a delayed order: the second stage of a two-stage payment (P 5.4)."""

from oneclick.outcome import Refused
from oneclick.payments.charges_and_cancels import plan_charge
from oneclick.use_cases.steps.operation_run import AskedFollowUp, FollowUpDesk, ToldFollowUp


class ChargeOrder:
    """Takes the blocked amount, or a part of it; what isn't charged is released."""

    def __init__(self, desk: FollowUpDesk) -> None:
        self._desk = desk

    async def __call__(self, asked: AskedFollowUp) -> ToldFollowUp | Refused:
        """The charge as it stands; asked twice, it is done once. Source: docs/rules.md E4, P 5.4."""
        return await self._desk.carry_out(asked, plan_charge)
