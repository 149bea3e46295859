"""Cancels a paid order: a reversal before the money was taken, a refund after it (P 5.8)."""

from oneclick.outcome import Refused
from oneclick.payments.charges_and_cancels import plan_cancel
from oneclick.use_cases.steps.operation_run import OperationRequest, OperationResult, OperationRunner


class CancelOrder:
    """Gives the money back, all of it or a part."""

    def __init__(self, runner: OperationRunner) -> None:
        self._runner = runner

    async def __call__(self, request: OperationRequest) -> OperationResult | Refused:
        """The cancel as it stands; asked twice, it is done once. Source: docs/rules.md E5, P 5.8."""
        return await self._runner.carry_out(request, plan_cancel)
