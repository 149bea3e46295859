"""B4: the files that earlier versions left, and that the tests start from, hold no card number and no CVC2."""

import re
from pathlib import Path

import pytest

from support.bench import DECLINES, MASTERCARD, MIR, NEVER_ANSWERS, VISA
from support.wire import ANSWERS_LATE

TESTS = Path(__file__).parents[1]
SAMPLES = sorted(
    path
    for folder in ("database/first_landing", "files_of_before")
    for path in (TESTS / folder).iterdir()
    if path.suffix != ".md"  # which say what was typed
)
# What was typed into the first landing's pages.
NUMBERS = (VISA, MASTERCARD, MIR, DECLINES, NEVER_ANSWERS, ANSWERS_LATE)
CVC2S = ("793", "000")
_BYTES = re.compile(rb"\\x((?:[0-9a-f]{2})+)")
_GAP = re.compile(rb"(?<=[0-9])[ -](?=[0-9])")


def card_data_in(content: bytes) -> set[str]:
    """The card numbers and CVC2s in a text, written in whatever way, and in the columns of bytes in it."""
    texts = [content, *(bytes.fromhex(digits.decode()) for digits in _BYTES.findall(content))]
    numbers = {number for number in NUMBERS for text in texts if number.encode() in _GAP.sub(b"", text)}
    cvc2s = {cvc2 for cvc2 in CVC2S for text in texts if re.search(rb"\b%b\b" % cvc2.encode(), text)}
    return numbers | cvc2s


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"(1, '4111111111111111', NULL)", {VISA}),
        (b"4111 1111 1111 1111", {VISA}),
        (b"5555-5555-5555-4444", {MASTERCARD}),
        (b"'\\x5b22" + b"4111111111111111".hex().encode() + b"225d'", {VISA}),
        (b"(1, '793', NULL)", {"793"}),
        (b"(1, 793)", {"793"}),
        (b"'\\x" + b'["000"]'.hex().encode() + b"'", {"000"}),
        (b"'411111******1111', 5000000000000793, '2026-11-27 09:56:16.793735+00'", set()),
    ],
)
def test_card_data_is_found_where_it_stands(content: bytes, found: set[str]) -> None:
    """The other test here would pass on nothing."""
    assert card_data_in(content) == found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_b4_a_sample_holds_no_card_number_and_no_cvc2(path: Path) -> None:
    """B4: masks and ciphertext alone; of the CVC2 only whether it was right, at the simulator."""
    content = path.read_bytes()
    assert card_data_in(content) == set()
    columns = re.findall(rb"\w*cvc\w*", content)  # consents speak of the CVC2, in capitals
    assert columns == ([b"cvc2_result"] if path.name == "acquirer_ledger.sql" else [])


def test_the_samples_are_looked_through() -> None:
    """Each of them, and their payments did have cards."""
    assert {"rows.sql", "acquirer_ledger.sql", "keys.json", "settings.json"} <= {path.name for path in SAMPLES}
    rows = (TESTS / "database/first_landing/rows.sql").read_text()
    assert {f"{number[:6]}******{number[-4:]}" for number in NUMBERS} <= set(re.findall(r"\d{6}\*{6}\d{4}", rows))
