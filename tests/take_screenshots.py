"""Takes the pictures of the documents from a running demo: ``make screenshots``.

Each state of the pages in English on a desktop, light, and in Russian on a phone, dark; the three that the README shows
first also otherwise. Pictures are written with a palette of 256 colours: pages are flat, so nothing is lost to the eye.
"""

import struct
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, ViewportSize

from support.browser import running_browser
from support.demo_stack import RunningDemo, fresh, running_demo
from support.payers import MASTERCARD, NO_MONEY, VISA, keep_cards, leave_seconds, make_expired, sql, type_card

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1100, "height": 760},
    "phone": {"width": 390, "height": 844},
}
LOOKS = [("EN", "desktop", "light"), ("RU", "phone", "dark")]
MORE_LOOKS = {
    "card-form": [("RU", "desktop", "light"), ("EN", "desktop", "dark"), ("EN", "phone", "light")],
    "confirmation": [("RU", "desktop", "light"), ("EN", "desktop", "dark")],
    "result": [("EN", "phone", "light")],
}
COMMENT = {"RU": "Книга «Чай в семь часов»", "EN": "The book “Tea at seven”"}
_numbers = count(1042)


class Payer:
    """One customer of the stack with one page, who goes into each state."""

    def __init__(self, stack: RunningDemo, page: Page, language: str) -> None:
        self.stack = stack
        self.page = page
        self.customer = fresh("picture")
        self.language = language

    def open(self, amount: str = "1290.00", more: str = "") -> None:
        """The page of a new order."""
        self.page.goto(self.order(amount) + more)

    def order(self, amount: str = "1290.00") -> str:
        number, comment = f"BOOK-{next(_numbers):06}", COMMENT[self.language]
        return self.stack.opened(
            self.customer, Language=self.language, OrderAmount=amount, OrderNumber=number, OrderComment=comment
        )

    def keep(self, *numbers: str) -> None:
        keep_cards(self.stack, self.customer, *numbers)

    def pay(self) -> None:
        self.page.click("[data-busy]")
        self.page.wait_for_selector(".Info1_result")


def card_form(payer: Payer) -> None:
    payer.open()


def card_form_errors(payer: Payer) -> None:
    payer.open()
    type_card(payer.page, "4111 1111 1111 1112")
    payer.page.fill("#Expiry", "01/20")
    payer.page.evaluate("document.querySelector('[data-pay]').submit()")
    payer.page.wait_for_selector("[role=alert]")


def card_form_expired(payer: Payer) -> None:
    payer.keep(VISA)
    make_expired(payer.stack, payer.customer, "1111")
    payer.open()


def card_form_full(payer: Payer) -> None:
    payer.keep(VISA)
    address = payer.order()
    sql(payer.stack, "UPDATE merchant SET cards_max = 1")
    payer.page.goto(f"{address}&SavedCard=new")
    sql(payer.stack, "UPDATE merchant SET cards_max = 10")


def confirmation(payer: Payer) -> None:
    payer.keep(VISA)
    payer.open()


def other_cards(payer: Payer) -> None:
    payer.keep(MASTERCARD, VISA)
    payer.open()
    payer.page.click("summary")


def deletion(payer: Payer) -> None:
    confirmation(payer)
    payer.page.click(".more > form:last-child button")
    payer.page.wait_for_selector(".danger")


def deleted(payer: Payer) -> None:
    payer.keep(MASTERCARD)
    deletion(payer)
    payer.page.click(".danger")
    payer.page.wait_for_selector(".good")


def expired_card(payer: Payer) -> None:
    other_cards(payer)
    make_expired(payer.stack, payer.customer, "4444")
    payer.page.click("details button")
    payer.page.wait_for_selector(".past")


def declined(payer: Payer) -> None:
    payer.open()
    type_card(payer.page, NO_MONEY)
    payer.pay()


def limit(payer: Payer) -> None:
    payer.keep(VISA)
    payer.open("49990.00")
    payer.page.fill("#CVC2", "123")
    payer.pay()


def checking(payer: Payer) -> None:
    result(payer)
    statement = (
        "UPDATE operation SET state = 'unknown', due_at = now() + interval '1 day'"
        " FROM payment_order AS o WHERE o.billnumber = operation.billnumber"
    )
    sql(payer.stack, f"{statement} AND o.customer_number = %s", payer.customer)
    payer.page.reload()


def result(payer: Payer) -> None:
    payer.open()
    type_card(payer.page)
    payer.pay()


def canceled(payer: Payer) -> None:
    result(payer)
    statement = "UPDATE payment_order SET state = 'Canceled' WHERE customer_number = %s"
    sql(payer.stack, statement, payer.customer)
    payer.page.reload()


def timeout(payer: Payer) -> None:
    address = payer.order()
    leave_seconds(payer.stack, payer.customer, 0)
    payer.page.goto(address)


def timer(payer: Payer) -> None:
    payer.keep(VISA)
    address = payer.order()
    leave_seconds(payer.stack, payer.customer, 252)
    payer.page.goto(address)


def refusal(payer: Payer) -> None:
    payer.page.goto(f"{payer.stack.gateway}/pay/pay.cfm?CFSID=none&Language={payer.language}")


STATES: dict[str, Callable[[Payer], None]] = {
    "card-form": card_form,
    "card-form-errors": card_form_errors,
    "card-form-expired": card_form_expired,
    "card-form-full": card_form_full,
    "confirmation": confirmation,
    "other-cards": other_cards,
    "deletion": deletion,
    "deleted": deleted,
    "expired-card": expired_card,
    "declined": declined,
    "limit": limit,
    "checking": checking,
    "result": result,
    "canceled": canceled,
    "timeout": timeout,
    "timer": timer,
    "refusal": refusal,
}


def main(folder: Path) -> None:
    """Writes the pictures into the folder, in place of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with (
        TemporaryDirectory(prefix="oneclick-pictures-") as data,
        running_demo(Path(data) / "stack") as stack,
        running_browser() as browser,
    ):
        for state in STATES:
            for look in LOOKS + MORE_LOOKS.get(state, []):
                _take(stack, browser, folder, state, look)
            sys.stdout.write(f"{state}\n")


def _take(stack: RunningDemo, browser: Browser, folder: Path, state: str, look: tuple[str, str, str]) -> None:
    language, place, scheme = look
    context = browser.new_context(
        viewport=SIZES[place],
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=2 if place == "phone" else 1,
    )
    page = context.new_page()
    STATES[state](Payer(stack, page, language))
    picture = page.screenshot(full_page=True)
    page.goto("about:blank")
    (folder / f"{state}-{language.lower()}-{place}-{scheme}.png").write_bytes(_flat(page, picture))
    context.close()


# The palette: the commonest colours, then, one by one, whatever the palette so far shows worst.
_PALETTE = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const colours = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const distance = (a, b) => ((a & 255) - (b & 255)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 +
    (((a >> 16) & 255) - ((b >> 16) & 255)) ** 2;
  const palette = colours.slice(0, 128);
  const others = colours.slice(128);
  const nearest = new Map(others.map((colour) => [colour, palette[0]]));
  const compare = (added) => others.forEach((colour) => {
    if (distance(colour, added) < distance(colour, nearest.get(colour))) nearest.set(colour, added);
  });
  const fault = (colour) => distance(colour, nearest.get(colour)) * Math.sqrt(counts.get(colour));
  palette.forEach(compare);
  while (palette.length < 256 && palette.length < colours.length) {
    const worst = others.reduce((a, b) => (fault(b) > fault(a) ? b : a));
    palette.push(worst);
    compare(worst);
  }
  const places = new Map(palette.map((colour, place) => [colour, place]));
  for (const colour of others) places.set(colour, places.get(nearest.get(colour)));
  let indices = "";
  for (let start = 0; start < pixels.length; start += 8192)
    indices += String.fromCharCode(...pixels.subarray(start, start + 8192).values().map((pixel) => places.get(pixel)));
  return { width: image.width, height: image.height, palette: palette.flatMap(parts), indices: btoa(indices) };
}"""


def _flat(page: Page, picture: bytes) -> bytes:
    """The same picture as a PNG with a palette. Source: the PNG specification, sections 11.2 and 11.3."""
    seen = page.evaluate(_PALETTE, b64encode(picture).decode())
    width, height, indices = seen["width"], seen["height"], b64decode(seen["indices"])
    rows = b"".join(b"\0" + indices[start : start + width] for start in range(0, width * height, width))
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0),
        b"PLTE": bytes(seen["palette"]),
        b"IDAT": zlib.compress(rows, 9),
        b"IEND": b"",
    }
    written = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )
    return b"\x89PNG\r\n\x1a\n" + written


if __name__ == "__main__":
    main(Path(sys.argv[1]))
