"""The arrows of the house are held: each breach, written into a copy of the tree, breaks one of the contracts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

PURE = "The rules do no I/O: no database, no wire, no web, no clock, no settings"
WEB_THIN = "Web and workers know use cases and words alone"
USE_CASES = "Use cases never call each other"
OPTIONS = "No room reads settings: the composition root gives each its options"
DEMO = "The product does not know the demo"
ENVELOPE = "Envelopes are the vault's own"
STEPS = "Use cases stand above the steps that they share"

BREACHES = {
    "a page route imports a statement": (
        "web/pay_page/routes.py",
        "from oneclick.database.orders import expire_order",
        WEB_THIN,
    ),
    "a service opens a card": ("web/services/money.py", "from oneclick.vault.envelope import open_card", ENVELOPE),
    "a service finds a sealed card": (
        "web/services/state.py",
        "from oneclick.vault.store import find_sealed",
        WEB_THIN,
    ),
    "a service imports the link": ("web/services/money.py", "from oneclick.acquirer.link import Link", WEB_THIN),
    "a notification's text imports a statement": (
        "notifications/message.py",
        "from oneclick.database.orders import find_order",
        PURE,
    ),
    "a worker imports a statement": (
        "workers/loops.py",
        "from oneclick.database.notifications import take_due",
        WEB_THIN,
    ),
    "a use case imports another of its folder": (
        "use_cases/payer/show_order.py",
        "from oneclick.use_cases.payer.pay import Pay",
        USE_CASES,
    ),
    "a use case imports another of another folder": (
        "use_cases/shop/find_frame_ancestors.py",
        "from oneclick.use_cases.staff.delete_card import DeleteCard",
        USE_CASES,
    ),
    "a use case that came today imports another": (
        "use_cases/staff/came_today.py",
        "from oneclick.use_cases.staff.show_customer import ShowCustomer",
        USE_CASES,
    ),
    "a step imports a use case": (
        "use_cases/steps/payer_facts.py",
        "from oneclick.use_cases.payer.pay import Pay",
        STEPS,
    ),
    "a room reads settings": ("vault/keyring.py", "from oneclick.settings import Settings", OPTIONS),
    "a use case reads settings": ("use_cases/payer/pay.py", "from oneclick.settings import Settings", OPTIONS),
    "a door reads settings": ("web/bounds.py", "from oneclick.settings import Settings", OPTIONS),
    "the product imports the demo": ("app.py", "from oneclick.demo.stack import DemoStack", DEMO),
    "a room imports the demo's shop": ("database/pool.py", "from oneclick.demo.shop import run_shop", DEMO),
}


def broken(tree: Path) -> list[str]:
    """The names of the contracts that a copy of the tree breaks."""
    done = subprocess.run(  # noqa: S603  # the project's own tool on a copy of its own code
        [LINT, "--no-cache"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    names = [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]
    assert (done.returncode == 0) == (not names), done.stdout + done.stderr
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return names


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, with its contracts."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "src" / "oneclick", copy / "src" / "oneclick", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def test_the_tree_as_it_is_breaks_no_contract(tree: Path) -> None:
    """Architecture: imports go one way; the same copy is the ground of the breaches below."""
    assert broken(tree) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_each_breach_is_refused(tree: Path, breach: str) -> None:
    """Architecture: what ARCHITECTURE promises of the arrows is checked, also for a module that came today."""
    name, line, contract = BREACHES[breach]
    file = tree / "src" / "oneclick" / name
    before = file.read_bytes() if file.exists() else None
    try:
        with file.open("a") as module:
            module.write(f"\n{line}  # noqa\n")
        assert contract in broken(tree)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
