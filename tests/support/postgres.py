"""The PostgreSQL of the tests: the embedded one, or the one whose programs lie in ``TEST_POSTGRES_BIN``."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oneclick.demo.postgres import embedded_postgres

INSTALLED_BIN = os.environ.get("TEST_POSTGRES_BIN", "")
_USER = "postgres"  # who runs it instead of root
_WITHIN_S = 60


@contextmanager
def running_postgres() -> Iterator[str]:
    """Runs a new server, and gives its URL; the server and its data are gone with the context."""
    # Not in pytest's own folder: each start of pytest closes that to the user that the server runs as under root.
    with TemporaryDirectory(prefix="oneclick-test-") as name:
        folder = Path(name)
        with _installed_postgres(folder) if INSTALLED_BIN else embedded_postgres(folder / "data") as url:
            yield url


@contextmanager
def _installed_postgres(folder: Path) -> Iterator[str]:
    """A server of the installed programs, on a socket in the folder. Its log is where the embedded one has its own."""
    if _is_root():
        shutil.chown(folder, _USER, _USER)
    data = folder / "data"
    _run("initdb", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    try:
        # -F: what a test has written need not outlive the machine.
        _run("pg_ctl", data, "start", "--wait", f"--log={data}/log", f"--options=-F -h '' -k {folder}")
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        _run("pg_ctl", data, "stop", "--wait", "--mode=immediate")


def _run(program: str, data: Path, *arguments: str) -> None:
    as_whom: dict[str, Any] = {"user": _USER, "group": _USER, "extra_groups": []} if _is_root() else {}
    command = [f"{INSTALLED_BIN}/{program}", f"--pgdata={data}", *arguments]
    subprocess.run(command, check=True, timeout=_WITHIN_S, cwd=data.parent, stdout=subprocess.DEVNULL, **as_whom)  # noqa: S603


def _is_root() -> bool:
    """As whom PostgreSQL refuses to run."""
    return os.geteuid() == 0
