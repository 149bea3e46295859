"""One running demo and one browser for the journeys of a test process."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Page

from support.browser import running_browser
from support.demo_stack import RunningDemo, running_demo


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningDemo]:
    """A running demo, shared: tests use customers and orders of their own."""
    with TemporaryDirectory(prefix="oneclick-stack-") as folder, running_demo(Path(folder) / "stack") as running:
        yield running


@pytest.fixture
def demo_folder() -> Iterator[Path]:
    """A folder for a demo of one test; outside pytest's own, which is closed to the database's user under root."""
    with TemporaryDirectory(prefix="oneclick-stack-") as folder:
        yield Path(folder) / "stack"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real chromium. Not for the session: its driver keeps an event loop, beside which no other test's can run."""
    with running_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with scripts, in a context of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
