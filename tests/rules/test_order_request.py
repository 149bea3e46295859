"""P 1.2 to 1.4: how a payment request is read. Rules A2, A4, A8, E6."""

from collections.abc import Iterable

import pytest

from oneclick.assist.codes import Codes, FirstCode, SecondCode
from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.money import CURRENCIES, PAYABLE, Money
from oneclick.outcome import Reason, Refused
from support.order_requests import GOOD, MEANS, SECOND_CODES, accepted, code, read


def test_the_least_request_is_read() -> None:
    """P 1.1: merchant, number and amount; the currency is then the merchant's (P 12.3)."""
    assert accepted(read(without="OrderCurrency")) == OrderRequest(
        merchant_id=123456,
        order_number="A-1",
        amount_text="100.50",
        currency=None,
        customer_number=None,
        language=None,
        two_stage=False,
        raw={"Merchant_ID": "123456", "OrderNumber": "A-1", "OrderAmount": "100.50"},
        parameters={},
    )
    assert accepted(read(without="OrderCurrency")).amount("EUR") == Money(10050, "EUR")
    assert accepted(read()).amount("EUR") == Money(10050, "RUB")
    assert accepted(read({"OrderCurrency": ""})).currency is None


def test_e6_an_amount_with_more_decimals_than_its_currency_is_a_wrong_format() -> None:
    """E6: 4/108. The merchant's currency decides, where the request names none; its own wins."""
    request = accepted(read(without="OrderCurrency"))
    assert request.amount("JPY") == Refused(Reason.AMOUNT_MALFORMED)
    assert accepted(read({"OrderCurrency": "JPY"})).amount("RUB") == Refused(Reason.AMOUNT_MALFORMED)


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
def test_names_are_matched_without_regard_to_case(spell: type[str]) -> None:
    """P 12.1: spellings are mixed within one body."""
    whole = GOOD | {"CustomerNumber": "Client-42", "URL_RETURN_OK": "https://shop.example/ok", "CardPayment": "1"}
    spelled = [(spell(name), value) for name, value in whole.items()]
    assert read_order_request(spelled) == read_order_request(whole.items())
    assert accepted(read_order_request(spelled)).customer_number == "Client-42"


@pytest.mark.parametrize("currency", sorted(PAYABLE))
def test_e6_an_order_can_be_in_each_currency_that_people_pay_in(currency: str) -> None:
    """E6: with the decimals that it has, and no others."""
    exponent = CURRENCIES[currency][1]
    amount = f"12.{'345'[:exponent]}".rstrip(".")
    for named, own in ((currency, "RUB"), ("", currency)):
        request = accepted(read({"OrderCurrency": named, "OrderAmount": amount}))
        assert request.amount(own) == Money(int(amount.replace(".", "")), currency)
        more = read({"OrderCurrency": named, "OrderAmount": f"12.{'345'[:exponent]}6"})
        refused = more if isinstance(more, Codes) else more.amount(own)
        assert refused in {Codes(FirstCode.FORMAT, SecondCode.AMOUNT), Refused(Reason.AMOUNT_MALFORMED)}


@pytest.mark.parametrize("sent", [{"OrderCurrency": ""}, {}])
def test_e6_an_order_without_a_currency_is_refused_where_the_merchants_was_withdrawn(sent: dict[str, str]) -> None:
    """E6: 5/105, as for one that names it; one that names another goes on."""
    request = accepted(read(sent, without="" if sent else "OrderCurrency"))
    assert request.amount("BGN") == Refused(Reason.CURRENCY_NOT_PAYABLE)
    assert accepted(read({"OrderCurrency": "EUR"})).amount("BGN") == Money(10050, "EUR")


def test_unknown_parameters_are_ignored_however_often_they_come() -> None:
    """P 12.1: unknown ones are passed over, doubled ones too."""
    strange = [("Foo", "1"), ("Foo", "2"), ("", "x"), ("Merchant ID", "7"), ("OrderNumber ", "B"), ("Foo[]", "<")]
    assert read_order_request([*strange, *GOOD.items(), *strange]) == read()


@pytest.mark.parametrize("name", SECOND_CODES)
def test_a_known_parameter_that_comes_twice_refuses_the_order(name: str) -> None:
    """P 12.1: a doubled parameter, equal or not, in the same case of letters or another."""
    value = GOOD.get(name, "1")
    others = [(known, text) for known, text in GOOD.items() if known != name]
    for second, again in ((name, value), (name.lower(), value), (name.upper(), "2"), (name.swapcase(), "")):
        assert code(read_order_request([(name, value), *others, (second, again)])) == f"4.{SECOND_CODES[name]}"


@pytest.mark.parametrize("name", ["Merchant_ID", "OrderNumber", "OrderAmount"])
def test_a_missing_mandatory_parameter_refuses_the_order(name: str) -> None:
    """P 1.2: also an empty one."""
    assert code(read(without=name)) == code(read({name: ""})) == f"3.{SECOND_CODES[name]}"


INVISIBLE = "\u061c\u200b\u200e\u200f\u2028\u202a\u202e\u2060\u2066\u2069\ufeff"

WRONG: list[tuple[str, str, Iterable[str]]] = [
    ("4.100", "Merchant_ID", ["abc", "-1", "0", "1.0", " 1", "1\n", "2147483648", "1" * 16, "\N{FULLWIDTH DIGIT ONE}"]),
    ("accepted", "Merchant_ID", ["1", "2147483647", "000000000000001"]),
    ("4.107", "OrderNumber", ["1" * 129, *(f"A{sign}1" for sign in "<>'\";\0\n\x7f\x85")]),
    ("4.107", "OrderNumber", [f"A{sign}1" for sign in INVISIBLE]),
    ("accepted", "OrderNumber", ["1" * 128, "A/1 (b) = #1", "\N{CYRILLIC SMALL LETTER ZHE}-1", " "]),
    ("4.108", "OrderAmount", ["abc", "-1", "+1", "1e3", "1E+3", "1" * 16, "1" * 14, "100.505", "1.2.3", "1,2,3"]),
    ("4.108", "OrderAmount", ["1.", ".5", " 1", "1 ", "1 000", "1_0", "0x1", "NaN", "\N{FULLWIDTH DIGIT ONE}", "1;2"]),
    ("5.108", "OrderAmount", ["0", "0.00", "0,0", "000", "10000000000.00", "9999999999999"]),
    ("accepted", "OrderAmount", ["100,50", "10", "0.1", "0.01", "1234.5", "9999999999.99"]),
    (
        "4.105",
        "OrderCurrency",
        ["rub", "RU", "RUBB", "643", " RUB", "RUB\n", "R;B", "\N{CYRILLIC CAPITAL LETTER ER}UB"],
    ),
    ("5.105", "OrderCurrency", ["XXX", "RUR", "BGN", "XAU", "CLF", "UYW", "XAD", "USN"]),
    ("accepted", "OrderCurrency", ["RUB", "EUR", ""]),
    ("4.202", "CustomerNumber", ["c" * 33, "\0", "a\nb", "a\x85b", *(f"a{sign}b" for sign in "<>\"='/\\();#")]),
    ("4.202", "CustomerNumber", [f"a{sign}b" for sign in INVISIBLE]),
    ("accepted", "CustomerNumber", ["c" * 32, "0", "", "00", " ", "a&b@c.d:e!", "\N{CYRILLIC SMALL LETTER ZHE}" * 32]),
    ("5.109", "Delay", ["3", "x", "00", " 0", "-1"]),
    ("accepted", "Delay", ["0", "", "1"]),
    ("5.127", "Language", ["FR", "R", "RUS", "RU ", "\u0131"]),
    ("accepted", "Language", ["RU", "en", "BY", "UK", ""]),
    ("15.320", "RecurringIndicator", ["1"]),
    ("5.320", "RecurringIndicator", ["2", "x"]),
    ("accepted", "RecurringIndicator", ["0", ""]),
    ("4.179", "ChequeItems", ["{", "x", "[1,]", "[" * 60_000, "9" * 5000]),
    ("accepted", "ChequeItems", ['[{"id":1,"name":"<b>"}]', ""]),
    ("4.0", "Disable3DS", ["2", "yes", "1;x", "01"]),
    ("accepted", "Disable3DS", ["0", "1", ""]),
    ("4.108", "Prepayment", ["1;2", "x", "1" * 17]),
    ("4.108", "OrderMaxPoints", ["1;2", "x", "-1"]),
    (
        "4.120",
        "Email",
        ["shop", "a@b", "a b@c.d", "a@@b.c", "a@b.c\n", "<a@b.c>", "a@b.c;d@e.f", "@b.c", "a@.", "a@b."],
    ),
    ("accepted", "Email", ["a@b.c", "a.b+c@mail.example.org", ""]),
    ("4.154", "URL_RETURN_OK", ["//evil.example", "javascript:alert(1)", "ftp://a.example", "https://", "/ok", "x"]),
    ("4.154", "URL_RETURN_OK", ["https://a.example\\@b.example", "https://a.example/ b", " https://a.example"]),
    ("accepted", "URL_RETURN_OK", ["https://a.example/ok?x=1&y='2'", "http://127.0.0.1:9000/ok", ""]),
    ("4.117", "Lastname", ["Petrov2", "1"]),
    ("4.122", "MobilePhone", ["abc", "+7 912 x"]),
    ("accepted", "MobilePhone", ["+7 (912) 345-67-89"]),
    ("4.0", "RecurringMaxDate", ["2031-01-01", "1.1.2031"]),
    ("4.0", "RecurringPeriod", ["1000", "-1", "x"]),
    ("4.212", "TestMode", ["2", "x", "01"]),
    ("4.177", "PaymentMode", ["x", "123"]),
]


@pytest.mark.parametrize(
    ("expected", "name", "value"), [(code_, name, one) for code_, name, many in WRONG for one in many]
)
def test_each_parameter_has_its_form_and_its_code(expected: str, name: str, value: str) -> None:
    """P 1.2, 1.4, 6.5, 6.6; A4 (CustomerNumber), E6 (amounts)."""
    assert code(read({name: value})) == expected


@pytest.mark.parametrize(
    ("name", "characters_max", "letter"),
    [
        ("OrderComment", 4000, "a"),
        ("Lastname", 70, "a"),
        ("Firstname", 70, "a"),
        ("Middlename", 70, "a"),
        ("Address", 256, "a"),
        ("HomePhone", 64, "1"),
        ("WorkPhone", 20, "1"),
        ("MobilePhone", 20, "1"),
        ("Fax", 20, "1"),
        ("Country", 3, "R"),
        ("State", 3, "1"),
        ("City", 70, "a"),
        ("Zip", 25, "1"),
    ],
)
def test_each_text_has_its_length(name: str, characters_max: int, letter: str) -> None:
    """P 1.2: what was cut out doesn't count, and nothing is cut off in silence."""
    longest = letter * characters_max
    assert accepted(read({name: longest})).parameters == {name: longest}
    assert accepted(read({name: longest + "<>"})).parameters == {name: longest}
    assert code(read({name: longest + letter})) == f"4.{SECOND_CODES[name]}"


@pytest.mark.parametrize(
    ("name", "prefix", "suffix", "characters_max"),
    [
        ("Email", "a@", ".ru", 128),
        ("URL_RETURN", "https://a.example/", "", 256),
        ("URL_RETURN_NO", "http://a/", "", 256),
    ],
)
def test_addresses_have_their_length(name: str, prefix: str, suffix: str, characters_max: int) -> None:
    """P 1.2."""
    longest = prefix + "a" * (characters_max - len(prefix) - len(suffix)) + suffix
    assert accepted(read({name: longest})).parameters == {name: longest}
    assert code(read({name: longest + "a"})) == f"4.{SECOND_CODES[name]}"


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("OrderComment", '<b>Book = "A; B\'s" (2/3) #1\\2</b>', 'bBook  "A; B\'s" (2/3) #1\\2/b'),
        ("Address", "<Lenina> st. = 5/2; 'a' (yard)", "Lenina st.  5/2; 'a' (yard)"),
        ("Firstname", "O'Neil <\"=/();\\>", "ONeil "),
        ("City", "A##B#C", "AB#C"),
        ("City", "a\x00b\x1fc\x7fd\x85e", "abcde"),
        ("OrderComment", "line 1\r\nline 2\ttab\x08", "line 1\r\nline 2\ttab"),
        ("URL_RETURN", "https://a.example/<ok>?a=1&&b=%3Cx%3ey", "https://a.example/ok?a=1&b=xy"),
        ("MobilePhone", "+7 (912) 345-67-89", "+7 912 345-67-89"),
    ],
)
def test_texts_are_stored_without_what_the_protocol_removes(name: str, sent: str, stored: str) -> None:
    """P 1.4: cleaned, not refused."""
    assert accepted(read({name: sent})).parameters == {name: stored}


@pytest.mark.parametrize(
    ("name", "sent", "forbidden"),
    [
        ("URL_RETURN", "https://a.example/%3%3CCscript", "%3c"),
        ("URL_RETURN", "https://a.example/%<3Cscript", "%3c"),
        ("URL_RETURN", "https://a.example/%\x003Cscript", "%3c"),
        ("City", "a#;#b", "##"),
        ("City", "a#\x01#b", "##"),
    ],
)
def test_what_is_cut_out_does_not_come_together_again(name: str, sent: str, forbidden: str) -> None:
    """P 1.4: a stored text never holds what is to be removed, however it was wrapped: cleaned or refused."""
    result = read({name: sent})
    assert isinstance(result, Codes) or forbidden not in result.parameters.get(name, "").lower()


def test_b15_a_comment_goes_back_to_the_shop_with_what_nobody_sees() -> None:
    """B15: what isn't shown of it is no reason to refuse the order, or to change what the shop gets."""
    comment = "Tea \u202eeb ot\u202c \u200b"
    assert accepted(read({"OrderComment": comment})).parameters["OrderComment"] == comment


def test_a4_a_customer_number_is_kept_exactly_as_it_came() -> None:
    """A4: case-sensitive, not trimmed; 0 and empty mean none."""
    for number in (" Client ", "client", "CLIENT", "00", "0 "):
        assert accepted(read({"CustomerNumber": number})).customer_number == number
    for none in ("0", ""):
        assert accepted(read({"CustomerNumber": none})).customer_number is None


def test_signed_values_are_kept_exactly_as_they_came() -> None:
    """P 12.2: the signature is computed over the texts as received, before any cleaning."""
    signed = {
        "Merchant_ID": "000123456",
        "OrderNumber": " A/1 (b) = #1 ",
        "OrderAmount": "0100,5",
        "OrderCurrency": "RUB",
        "CustomerNumber": " Client & Co ",
        "Checkvalue": " abc ",
        "Signature": "a\nb",
        "Disable3DS": "1",
        "Prepayment": "0.00",
    }
    request = accepted(read_order_request(signed.items()))
    assert request.raw == signed
    assert (request.merchant_id, request.order_number) == (123456, " A/1 (b) = #1 ")
    assert request.amount("RUB") == Money(10050, "RUB")


@pytest.mark.parametrize(
    ("recurring", "expected"),
    [
        ({"RecurringIndicator": "1"}, "5.0"),
        ({"RecurringMinAmount": "1.00"}, "5.0"),
        ({"RecurringMaxAmount": "1.00"}, "5.0"),
        ({"RecurringPeriod": "1"}, "5.0"),
        ({"RecurringCount": "1"}, "5.0"),
        ({"RecurringMaxDate": "01.01.2031"}, "5.0"),
        ({"RecurringIndicator": "0", "RecurringPeriod": ""}, "accepted"),
    ],
)
def test_a8_a_customer_excludes_the_recurring_fields(recurring: dict[str, str], expected: str) -> None:
    """A8."""
    assert code(read({"CustomerNumber": "c"} | recurring)) == expected
    assert code(read({"CustomerNumber": "0"} | recurring)) in {"15.320", "accepted"}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("---", "accepted"),
        ("1--", "accepted"),
        ("11-", "accepted"),
        ("100", "accepted"),
        ("0--", "5.218"),
        ("000", "5.218"),
        ("01-", "5.218"),
        ("-1-", "5.218"),
        ("-11", "5.218"),
        ("2--", "4.218"),
        ("-x-", "4.218"),
    ],
)
def test_a2_an_order_that_can_not_be_paid_by_card_is_refused(flags: str, expected: str) -> None:
    """A2; P 1.3: only cards take part; all means sent as 0, or only others chosen, leave nothing to pay with."""
    sent = {name: flag for name, flag in zip(MEANS, flags, strict=True) if flag != "-"}
    assert code(read(sent)) == expected
