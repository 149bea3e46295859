"""``python -m faults``: one run. Exit code 0 if no money was lost, 1 if anything differs."""

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from faults.plan import Plan
from faults.report import problems, show
from faults.run import Ended, run


def main() -> int:
    """Runs as the arguments say; keeps the folder if anything differs."""
    arguments = _arguments()
    console = Console(soft_wrap=True)
    plan = Plan(
        seed=arguments.seed,
        payments=arguments.payments,
        kills=arguments.kills,
        within_s=arguments.within,
        web_processes=arguments.web_processes,
    )
    folder = Path(tempfile.mkdtemp(prefix="oneclick-faults-"))
    console.print(f"Seed {plan.seed}, folder {folder}.", highlight=False)
    is_good = False
    try:
        ended = asyncio.run(_until_signalled(plan, folder, console))
        show(plan, ended, console)
        is_good = not problems(plan, ended)
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print("Stopped before its end.")
    finally:
        if is_good and not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"Kept for inspection: {folder}", highlight=False)
    return 0 if is_good else 1


async def _until_signalled(plan: Plan, folder: Path, console: Console) -> Ended:
    """A SIGTERM ends it as Ctrl-C does: with all that it started."""
    running = asyncio.create_task(run(plan, folder, console))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="Payments under faults and kills, and the proof.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="repeats a run's dice")
    parser.add_argument("--payments", type=_positive, default=300)
    parser.add_argument("--kills", type=_positive_or_0, default=8)
    parser.add_argument(
        "--within", type=float, default=2.0, help="seconds from a restart to the first payment, at most"
    )
    parser.add_argument("--web-processes", type=_positive, default=2)
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all is well")
    return parser.parse_args()


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def _positive_or_0(text: str) -> int:
    if int(text) < 0:
        raise ValueError
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
