"""The acquirer's shipped twin: a program with its own memory; it shares the codec of the wire with the gateway."""

from oneclick.acquirer.simulator.options import SimulatorOptions
from oneclick.acquirer.simulator.program import run_simulator

__all__ = ["SimulatorOptions", "run_simulator"]
