"""The words of a card: what is read as one, and that nothing of it gets out. Rules B4, B9, B10; P 1.4, P 7."""

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from oneclick.card import Brand, CardData, CardNumber, Cvc2, Expiry, Secret, TypedText
from oneclick.card_clear import clear

NUMBER = "4111111111111111"
CYRILLIC_O = "\N{CYRILLIC CAPITAL LETTER O}\N{CYRILLIC SMALL LETTER O}"


def check_digit(body: str) -> str:
    """ISO/IEC 7812-1 annex B, written anew: the test doesn't ask the code that it tests."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def number_of(prefix: str, length: int) -> str:
    body = prefix.ljust(length - 1, "0")
    return body + check_digit(body)


@pytest.mark.parametrize(
    ("prefix", "brand", "lengths"),
    [
        ("4", Brand.VISA, {13, 16, 19}),
        ("34", Brand.AMEX, {15}),
        ("37", Brand.AMEX, {15}),
        ("51", Brand.MASTERCARD, {16}),
        ("55", Brand.MASTERCARD, {16}),
        ("2221", Brand.MASTERCARD, {16}),
        ("2299", Brand.MASTERCARD, {16}),
        ("2300", Brand.MASTERCARD, {16}),
        ("2699", Brand.MASTERCARD, {16}),
        ("2719", Brand.MASTERCARD, {16}),
        ("2720", Brand.MASTERCARD, {16}),
        ("2200", Brand.MIR, {16, 17, 18, 19}),
        ("2204", Brand.MIR, {16, 17, 18, 19}),
        ("2199", Brand.OTHER, set(range(12, 20))),
        ("2205", Brand.OTHER, set(range(12, 20))),
        ("2220", Brand.OTHER, set(range(12, 20))),
        ("2721", Brand.OTHER, set(range(12, 20))),
        ("35", Brand.OTHER, set(range(12, 20))),
        ("50", Brand.OTHER, set(range(12, 20))),
        ("56", Brand.OTHER, set(range(12, 20))),
        ("6011", Brand.OTHER, set(range(12, 20))),
    ],
)
def test_a_number_has_the_brand_and_the_lengths_of_its_range(prefix: str, brand: Brand, lengths: set[int]) -> None:
    """P 7: brands tell apart by their first digits; each has its lengths."""
    read = {length: CardNumber.read(number_of(prefix, length)) for length in range(8, 25)}
    assert {length for length, number in read.items() if number is not None} == lengths
    assert {number.brand for number in read.values() if number is not None} == {brand}


@pytest.mark.parametrize(
    ("brand", "name", "mean_type_id", "cvc2_digits"),
    [
        (Brand.VISA, "VISA", 1, 3),
        (Brand.MASTERCARD, "MasterCard", 2, 3),
        (Brand.AMEX, "AMEX", 5, 4),
        (Brand.MIR, "MIR", 6, 3),
        (Brand.OTHER, "Card", 0, 3),
    ],
)
def test_a_brand_has_the_words_of_the_protocol(brand: Brand, name: str, mean_type_id: int, cvc2_digits: int) -> None:
    """P 7: meantypename and meantype_id."""
    assert (brand.value, brand.mean_type_id, brand.cvc2_digits) == (name, mean_type_id, cvc2_digits)


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, place: int, shift: int) -> None:
    """ISO/IEC 7812-1: the check digit finds every single wrong digit."""
    body = "4" + body[1:]
    right = body + check_digit(body)
    wrong = f"{right[:place]}{(int(right[place]) + shift) % 10}{right[place + 1 :]}"
    assert CardNumber.read(right) is not None
    found = CardNumber.read(wrong)
    assert found is None or found.brand is not Brand.VISA or found != CardNumber(right)
    assert place == 0 or found is None


@pytest.mark.parametrize(
    "typed",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        " 4111111111111111\n",
        "4111\N{NO-BREAK SPACE}1111\t11111111",
        "4111\u20131111\u20141111\u20111111",  # dashes, and a hyphen that doesn't break
        "4111\u202f1111\u20091111\u00ad1111",  # narrow spaces, a hyphen that isn't shown
        "\u202a4111\u200b1111\u20601111\ufeff1111\u202c",  # as some programs copy it
    ],
)
def test_what_separates_the_digits_of_a_number_is_passed_over(typed: str) -> None:
    """P 1.4: a payer types a number as it stands on the card."""
    assert CardNumber.read(typed) == CardNumber(NUMBER)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "0",
        "4111111111111112",
        "4111111111111111x",
        "4111.1111.1111.1111",
        "".join(chr(ord(digit) + 0xFEE0) for digit in NUMBER),  # full-width digits
        "\N{SUPERSCRIPT TWO}" * 16,
        "4111111111111111" * 4096,
        "\x004111111111111111",
        "\ud800",
    ],
)
def test_what_is_no_number_is_not_read_and_not_named(typed: str) -> None:
    """B9: the error of a wrong number doesn't hold it."""
    assert CardNumber.read(typed) is None
    with pytest.raises(ValueError, match=r"^not a card number$"):
        CardNumber(typed)


@pytest.mark.parametrize(
    ("digits", "mask"),
    [
        (NUMBER, "411111******1111"),
        ("4222222222222", "422222***2222"),
        ("378282246310005", "378282*****0005"),
        (number_of("501800", 12), f"501800**{number_of('501800', 12)[-4:]}"),
        (number_of("220012", 19), f"220012*********{number_of('220012', 19)[-4:]}"),
    ],
)
def test_b9_the_merchant_mask_shows_six_and_four_digits_and_the_length(digits: str, mask: str) -> None:
    """B9: first six and last four, never more."""
    number = CardNumber(digits)
    assert (number.merchant_mask, number.first6, number.last4) == (mask, digits[:6], digits[-4:])


@pytest.mark.parametrize(
    ("typed", "digits", "code"),
    [
        ("123", None, "123"),
        ("1234", None, "1234"),
        (" 1 2-3 ", 3, "123"),
        ("1+2.3_", 3, "123"),
        ("1\\2/3", 3, "123"),
        ("oO1", 3, "001"),
        (f"{CYRILLIC_O}7", 3, "007"),
        ("123", 4, None),
        ("1234", 3, None),
        ("12", None, None),
        ("12345", None, None),
        ("", None, None),
        ("12a", None, None),
        ("\N{FULLWIDTH DIGIT ONE}23", None, None),
        ("\N{SUPERSCRIPT TWO}23", None, None),
    ],
)
def test_b14_a_cvc2_is_three_or_four_digits_with_slips_forgiven(
    typed: str, digits: int | None, code: str | None
) -> None:
    """B14; P 1.4 (cvc2): signs are removed, a letter O of either alphabet is a zero."""
    read = Cvc2.read(typed, digits)
    assert read == (None if code is None else Cvc2(code))
    assert read is None or read.digits == len(code or "")


@pytest.mark.parametrize(
    ("typed", "expiry"),
    [
        ("07/31", Expiry(2031, 7)),
        ("7/31", Expiry(2031, 7)),
        ("0731", Expiry(2031, 7)),
        ("07/2031", Expiry(2031, 7)),
        ("072031", Expiry(2031, 7)),
        (" 07 / 31 ", Expiry(2031, 7)),
        ("07-31", Expiry(2031, 7)),
        ("07.2031", Expiry(2031, 7)),
        ("07 31", Expiry(2031, 7)),
        ("12/20", Expiry(2020, 12)),
        ("1220", Expiry(2020, 12)),
        ("122020", Expiry(2020, 12)),
        ("00/31", None),
        ("13/31", None),
        ("1331", None),
        ("731", None),
        ("07/1931", None),
        ("07/131", None),
        ("07/3", None),
        ("2031-07", None),
        ("07//31", None),
        ("", None),
        ("ab/cd", None),
        ("07/\N{FULLWIDTH DIGIT THREE}1", None),
    ],
)
def test_an_expiry_is_read_in_the_forms_that_people_type(typed: str, expiry: Expiry | None) -> None:
    """The form's contract: MM/YY; MMYY and MM/YYYY also read."""
    assert Expiry.read(typed) == expiry


@given(st.integers(2000, 2099), st.integers(1, 12))
def test_an_expiry_reads_its_own_writing(year: int, month: int) -> None:
    """ISO field 14 and the card's own form hold the same month."""
    expiry = Expiry(year, month)
    assert Expiry.read(expiry.mm_yy) == expiry
    assert expiry.yymm == expiry.mm_yy[3:] + expiry.mm_yy[:2]
    assert Expiry.of(expiry.last_day) == expiry


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        (Expiry(2028, 2), date(2028, 2, 29)),
        (Expiry(2027, 2), date(2027, 2, 28)),
        (Expiry(2031, 12), date(2031, 12, 31)),
    ],
)
def test_b10_a_card_is_good_through_the_last_day_of_its_month(expiry: Expiry, last_day: date) -> None:
    """B10: not a day longer."""
    assert expiry.last_day == last_day
    assert not expiry.is_past(last_day)
    assert expiry.is_past(date.fromordinal(last_day.toordinal() + 1))


SECRETS: list[tuple[Secret, str]] = [
    (CardNumber(NUMBER), NUMBER),
    (Cvc2("987"), "987"),
    (TypedText("typed 4242"), "typed 4242"),
]
SHOWN: dict[str, Callable[[object], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda secret: format(secret, ">30"),
    "f-string": lambda secret: f"{secret} {secret!r} {secret!s:>40}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  # the old form is what is tested
    "in a list": lambda secret: str([secret, {"key": secret}]),
    "pprint": pprint.pformat,
    "rich": pretty_repr,
    "json by str": lambda secret: json.dumps(secret, default=str),
    "exception": lambda secret: repr(ValueError(secret)) + str(ValueError(secret)),
}


@pytest.mark.parametrize(("secret", "text"), SECRETS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN.keys())
def test_b4_a_secret_shows_a_mask_instead_of_itself(show: Callable[[object], str], secret: Secret, text: str) -> None:
    """B4: however it is printed."""
    shown = show(secret)
    assert text not in shown
    assert f"{type(secret).__name__}(***)" in shown


REFUSED: dict[str, Callable[[Any], object]] = {
    **{f"pickle {protocol}": partial(pickle.dumps, protocol=protocol) for protocol in range(6)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "json": json.dumps,
    "hash": hash,
    "set": lambda secret: {secret},
    "state": lambda secret: secret.__getstate__(),
    "reduce": lambda secret: secret.__reduce__(),
    "asdict": lambda secret: dataclasses.asdict(_Holder(secret)),
    "add": lambda secret: "" + secret,
    "len": len,
    "bytes": bytes,
    "iteration": list,
}


@dataclasses.dataclass
class _Holder:
    secret: Secret


@pytest.mark.parametrize(("secret", "text"), SECRETS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("take", REFUSED.values(), ids=REFUSED.keys())
def test_b4_a_secret_can_not_be_taken_out(take: Callable[[Any], object], secret: Secret, text: str) -> None:
    """B4: no pickle, copy, JSON, dictionary key or text operation; the error doesn't hold it either."""
    with pytest.raises(TypeError) as refused:
        take(secret)
    assert text not in str(refused.value)


def test_b4_logs_show_a_mask_instead_of_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """B4: the library's logs and ours."""
    card, cvc2 = CardData(CardNumber(NUMBER), Expiry(2031, 7), "A PAYER"), Cvc2("987")
    written = io.StringIO()
    ours = structlog.wrap_logger(
        structlog.WriteLogger(written),
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    )
    try:
        raise LookupError(card, cvc2)  # noqa: TRY301  # the log of this very error is tested
    except LookupError:
        logging.getLogger("a library").exception("%s %r", card, card.number)
        ours.error("failed", card=card, cvc2=cvc2, exc_info=True)
    for text in (caplog.text, written.getvalue()):
        assert "CardNumber(***)" in text
        assert "Cvc2(***)" in text
        assert NUMBER not in text
        assert "987" not in text


def test_b4_a_forgotten_secret_holds_nothing_and_still_shows_a_mask() -> None:
    """B4: a text that is asked for too late is a fault, never an empty CVC2; forgetting twice is none."""
    cvc2 = Cvc2("123")
    cvc2.forget()
    cvc2.forget()
    with pytest.raises(AttributeError):
        clear(cvc2)
    assert (repr(cvc2), cvc2.digits) == ("Cvc2(***)", 3)


def test_secrets_are_equal_by_text_and_only_within_their_type() -> None:
    """B4: equality is all that can be asked of a secret."""
    assert CardNumber(NUMBER) == CardNumber(NUMBER)
    assert CardNumber(NUMBER) != CardNumber("5555555555554444")
    assert Cvc2("123") != TypedText("123")
    assert TypedText("123") != "123"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
@example("\ud8004111111111111111")
def test_reading_a_card_field_never_raises(typed: str) -> None:
    """Bad input is a clear page, never an error."""
    for read in (CardNumber.read(typed), Cvc2.read(typed), Expiry.read(typed)):
        assert read is None or read == read  # noqa: PLR0124  # equality itself must not raise
    assert TypedText(typed) == TypedText(typed)
