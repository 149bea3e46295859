"""Charges a delayed order: the second stage of a two-stage payment (P 5.4)."""

from oneclick.outcome import Refused
from oneclick.payments.charges_and_cancels import plan_charge
from oneclick.use_cases.steps.operation_run import OperationRequest, OperationResult, OperationRunner


class ChargeOrder:
    """Takes the blocked amount, or a part of it; what isn't charged is released."""

    def __init__(self, runner: OperationRunner) -> None:
        self._runner = runner

    async def __call__(self, request: OperationRequest) -> OperationResult | Refused:
        """The charge as it stands; asked twice, it is done once. Source: docs/rules.md E4, P 5.4."""
        return await self._runner.carry_out(request, plan_charge)
