"""Takes the pictures of the documents from a running demo: ``make screenshots``.

The two pages and the result, at a desktop's and a phone's width, light and dark, in both languages.
"""

import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, ViewportSize

from browser_parts import running_browser
from town_parts import Town, fresh, running_town

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1100, "height": 760},
    "phone": {"width": 390, "height": 844},
}
# Language, place, colour scheme: each appears at least twice.
PICTURES = (
    ("RU", "desktop", "light"),
    ("RU", "phone", "dark"),
    ("EN", "desktop", "dark"),
    ("EN", "phone", "light"),
)
COMMENT = {"RU": "Книга «Чай в семь часов»", "EN": "The book “Tea at seven”"}
_numbers = count(1042)


def main(folder: Path) -> None:
    """Writes the pictures into the folder; those that are there are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="oneclick-pictures-") as data,
        running_town(Path(data) / "town") as town,
        running_browser() as browser,
    ):
        for name in PICTURES:
            _take(town, browser, folder, name)
            sys.stdout.write(f"{' '.join(name)}\n")


def _take(town: Town, browser: Browser, folder: Path, name: tuple[str, str, str]) -> None:
    language, place, scheme = name
    context = browser.new_context(
        viewport=SIZES[place],
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if place == "phone" else 1,
    )
    page = context.new_page()
    customer = fresh("picture")
    end = f"{language.lower()}-{place}-{scheme}.png"
    _open(page, town, customer, language)
    page.screenshot(path=folder / f"card-form-{end}", full_page=True)
    page.fill("#CardNumber", "4111 1111 1111 1111")
    page.fill("#Expiry", "12/31")
    page.fill("#CardHolder", "IVAN PETROV")
    page.fill("#CVC2", "123")
    page.click("form[method=post] button")
    page.wait_for_selector(".Info1_result")
    page.screenshot(path=folder / f"result-{end}", full_page=True)
    _open(page, town, customer, language)
    page.screenshot(path=folder / f"confirmation-{end}", full_page=True)
    context.close()


def _open(page: Page, town: Town, customer: str, language: str) -> None:
    number = f"BOOK-{next(_numbers):06}"
    order = {"OrderAmount": "1290.00", "OrderNumber": number, "OrderComment": COMMENT[language]}
    page.goto(town.opened(customer, Language=language, **order))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
