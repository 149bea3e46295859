"""E6: money is an integer of minor units. P 1.4 (OrderAmount), P 12.2 (how amounts are written)."""

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.money import AMOUNT_MINOR_MAX, CURRENCIES, PAYABLE, WITHDRAWN, Money, alphabetic_currency

# Nobody pays in these, though ISO 4217 marks neither as a fund: an index of wages, and what central banks settle in.
UNMARKED = {"UYW", "XAD"}


def iso_list() -> dict[str, tuple[str, str, bool]]:
    """The numeric code, the digits and the mark of a fund of each code that ISO 4217 names today."""
    return {
        code: (row.findtext("CcyNbr", ""), row.findtext("CcyMnrUnts", ""), row.find("CcyNm[@IsFund]") is not None)
        for row in iso4217.raw_xml.iterfind("CcyTbl/CcyNtry")
        if (code := row.findtext("Ccy"))
    }


def test_e6_the_table_is_what_iso_4217_names_today() -> None:
    """E6: each currency that people pay in, with its codes and digits; what was withdrawn isn't in it."""
    payable = {
        code: (numeric, int(digits))
        for code, (numeric, digits, fund) in iso_list().items()
        if digits.isdigit() and not fund and code not in UNMARKED
    }
    assert {code: CURRENCIES[code] for code in PAYABLE} == payable
    assert len(payable) > 150
    assert {digits for _, digits in payable.values()} == {0, 2, 3}
    assert set(CURRENCIES) - PAYABLE == WITHDRAWN == {"BGN"}
    assert not WITHDRAWN & iso_list().keys()


def test_e6_no_fund_index_unit_unit_of_account_or_metal_is_in_the_table() -> None:
    """E6: by name, and the list that the table is compared with does name them."""
    funds_and_indexes = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"}
    metals_and_accounts = {"XAG", "XAU", "XPD", "XPT", "XAD", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA"}
    others = {"XTS", "XXX"}
    named = funds_and_indexes | metals_and_accounts | others
    assert named == iso_list().keys() - PAYABLE
    assert not named & CURRENCIES.keys()


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("100.50", "RUB", 10050),
        ("100,50", "RUB", 10050),
        ("1234.5", "RUB", 123450),
        ("10", "RUB", 1000),
        ("0.1", "RUB", 10),
        ("0.01", "RUB", 1),
        ("00012", "RUB", 1200),
        ("0", "RUB", 0),
        ("9999999999999.99", "RUB", 999_999_999_999_999),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("1.5", "KWD", 1500),
        ("1.05", "KWD", 1050),
        ("1.234", "KWD", 1234),
    ],
)
def test_e6_an_amount_is_read_into_minor_units(text: str, currency: str, amount_minor: int) -> None:
    """E6: with the exponent of its currency; P 12.2: every spelling that shops send."""
    assert Money.read(text, currency) == Money(amount_minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *((text, "RUB") for text in ["", " ", "-1", "+1", "1e3", "1E3", "0x10", "1.", ".5", "1.234", "1.2.3", "1,2,3"]),
        *((text, "RUB") for text in [" 1", "1 ", "1\n", "1 000", "1_000", "NaN", "Infinity", "1" * 14, "1" * 16]),
        ("\N{FULLWIDTH DIGIT ONE}", "RUB"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "RUB"),
        ("1.50", "JPY"),
        ("1.000", "JPY"),
        ("1.230", "RUB"),
        ("1.2340", "KWD"),
    ],
)
def test_e6_what_is_no_amount_is_not_read(text: str, currency: str) -> None:
    """E6, P 1.4: digits, a point or comma, at most two decimals or the currency's own."""
    assert Money.read(text, currency) is None


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(10050, "RUB"), "100.50"),
        (Money(123450, "RUB"), "1234.50"),
        (Money(1, "RUB"), "0.01"),
        (Money(0, "RUB"), "0.00"),
        (Money(500, "JPY"), "500"),
        (Money(1050, "KWD"), "1.050"),
        (Money(AMOUNT_MINOR_MAX, "RUB"), "9999999999.99"),
    ],
)
def test_e6_an_amount_is_written_with_its_currencys_decimals(money: Money, text: str) -> None:
    """P 12.2: answers always write two decimals for currencies that have two."""
    assert money.protocol_text == text


@given(st.integers(0, 10**15 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_e6_what_is_written_reads_back_the_same(amount_minor: int, currency: str) -> None:
    """E6: no sum is lost on the way; 13 digits before the point are what the protocol takes."""
    money = Money(amount_minor, currency)
    whole = money.protocol_text.partition(".")[0]
    assert Money.read(money.protocol_text, currency) == (money if len(whole) <= 13 else None)


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_e6_each_currency_is_written_with_its_own_decimals_and_read_back(currency: str) -> None:
    """E6, P 12.2: from nothing to the greatest amount; with a comma too, and with the two decimals that shops send."""
    exponent = CURRENCIES[currency][1]
    for amount_minor in (0, 1, 9, 10, 99, 100, 1001, 123_456, AMOUNT_MINOR_MAX):
        money = Money(amount_minor, currency)
        digits = str(amount_minor).rjust(exponent + 1, "0")
        whole, decimals = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
        assert money.protocol_text == (f"{whole}.{decimals}" if exponent else whole)
        assert Money.read(money.protocol_text, currency) == money
        assert Money.read(money.protocol_text.replace(".", ","), currency) == money
        assert Money.read(f"{whole}.00", currency) == Money(int(whole) * 10**exponent, currency)
    assert Money.read("1." + "1" * (exponent + 1), currency) is None


def test_e6_currencies_have_their_two_codes() -> None:
    """ISO 4217: letters in the protocol, digits in ISO field 49; each names the other."""
    assert Money(1, "RUB").numeric_currency == "643"
    assert Money(1, "BYN").numeric_currency == "933"
    assert {alphabetic_currency(numeric): (numeric, digits) for numeric, digits in CURRENCIES.values()} == CURRENCIES
    assert alphabetic_currency("999") is None
    assert all(len(numeric) == 3 and numeric.isdigit() for numeric, _ in CURRENCIES.values())


def test_e6_the_largest_amount_is_what_iso_field_4_holds() -> None:
    """ISO 8583 field 4: twelve digits."""
    assert AMOUNT_MINOR_MAX == 999_999_999_999
