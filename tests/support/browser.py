"""The browser of the tests: a real chromium, found where ``browser.sh`` looks for it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = (os.environ.get("ONECLICK_TEST_BROWSER", "chromium"), "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Starts it; without one this fails: a browser test never passes by being skipped."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert path is not None, "no chromium: see tests/browser.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
