"""A7, A6: SignatureV2, over named fields with a time stamp; and where it stands beside the old forms."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.assist.order_request import STORED, OrderRequest, read_order_request
from oneclick.assist.order_signature import check_signature
from oneclick.outcome import Reason
from support.rows import WORD
from support.signature_v2 import (
    CUSTOMER,
    LOCKED_OUT,
    NOW,
    ORDER,
    STAMP,
    TERMS,
    V2_KEY,
    X,
    by_key,
    by_word,
    request,
    signed,
    v2,
    v2_text,
    verdict,
)

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "connect.md"
DECIDING = (
    "Merchant_ID", "OrderNumber", "OrderAmount", "OrderCurrency", "CustomerNumber", "Delay", "Language",
    "RecurringIndicator", "ChequeItems", "Disable3DS", "Prepayment", "OrderMaxPoints",
)  # fmt: skip
NAMES = (*DECIDING, *(parameter.name for parameter in STORED))
SIGNATURES = ("Checkvalue", "Signature", "SignatureV2")


def test_a7_the_example_of_the_manual_is_right() -> None:
    """A7: a value that was computed outside this project, by openssl."""
    order = CUSTOMER | {"OrderComment": "Чай & map"}
    value = "1764000000.0a61a18b3631aa1cbfb62b6ac7738bd430e0ec3db368e6505619533919cbb107"
    assert verdict(order | {"SignatureV2": value}) == "right"
    assert v2(order) == value
    assert f"{v2_text(order)}\n\n{value}\n" in MANUAL.read_text()


def test_a7_the_manual_names_all_that_is_signed() -> None:
    """A7: an integrator must know which names are the protocol's."""
    told = set(re.findall(r"`([A-Za-z0-9_]+)`", MANUAL.read_text()))
    assert set(NAMES) <= told


def test_a7_hex_digits_count_in_either_case() -> None:
    """A7: and white space around them is passed over, as with the old forms."""
    stamp, digits = v2(CUSTOMER).split(".")
    for value in (f"{stamp}.{digits.upper()}", f" {stamp}.{digits}\r\n"):
        assert verdict(CUSTOMER | {"SignatureV2": value}) == "right"


@pytest.mark.parametrize("empty", ["", " ", "\r\n"])
def test_a7_an_empty_one_counts_as_absent(empty: str) -> None:
    """P 12.5: as an empty Signature does."""
    assert verdict(ORDER | {"SignatureV2": empty}) == "right"
    assert verdict(CUSTOMER | {"SignatureV2": empty}) == Reason.SIGNATURE_WRONG
    assert verdict(CUSTOMER | {"SignatureV2": empty} | by_word(f"{X};client-42")) == "right"
    assert verdict(ORDER | {"SignatureV2": empty}, LOCKED_OUT) == Reason.SIGNATURE_WRONG


DIGITS = "0a" * 32


@pytest.mark.parametrize(
    "shape",
    [
        "x",
        ".",
        DIGITS,
        f".{DIGITS}",
        f"{STAMP}.",
        f"{STAMP}{DIGITS}",
        f"{STAMP}. {DIGITS}",
        f"{STAMP}:{DIGITS}",
        f"{STAMP}.{DIGITS[1:]}",
        f"{STAMP}.{DIGITS}0",
        f"{STAMP}.{DIGITS[1:]}g",
        f"{STAMP}.{DIGITS}.{DIGITS}",
        f"{STAMP}000.{DIGITS}",  # milliseconds
        f"0{STAMP}.{DIGITS}",
        f"{STAMP}.5.{DIGITS}",
        f"-{STAMP}.{DIGITS}",
        f"{STAMP // 10}.{DIGITS}",
        f"176400000\N{ARABIC-INDIC DIGIT ZERO}.{DIGITS}",
        f"{STAMP}.{DIGITS[1:]}\N{FULLWIDTH DIGIT ONE}",
    ],
)
def test_a7_a_wrong_shape_is_a_format_error(shape: str) -> None:
    """P 6.5: 4/158, wherever it comes."""
    for fields in (ORDER, CUSTOMER, CUSTOMER | by_word(f"{X};client-42")):
        assert verdict(fields | {"SignatureV2": shape}) == "unread 4.158"


def test_a7_two_of_them_are_refused() -> None:
    """A7: which of two is meant must not be guessed; equal ones neither."""
    whole = signed(CUSTOMER)
    for name in ("SignatureV2", "signaturev2"):
        for second in (whole["SignatureV2"], ""):
            assert str(read_order_request([*whole.items(), (name, second)])) == "4.158"


def test_a7_another_key_another_text_or_another_time_is_wrong() -> None:
    """A7: 7/158."""
    stamp, digits = v2(CUSTOMER).split(".")
    text = v2_text(CUSTOMER)
    texts = [
        text.upper(),
        text + "\n",
        text.replace("oneclick-v2", "oneclick-v1"),
        text.replace("\n", "\r\n"),
        text.partition("\n")[2],
        text.replace("client-42", "client%2D42"),
        text.replace("&", ";"),
    ]
    assert hmac.new(V2_KEY.encode(), text.encode(), hashlib.sha256).hexdigest() == digits
    for wrong in [
        v2(CUSTOMER, key=V2_KEY.upper()),
        v2(CUSTOMER, key=WORD),
        v2(CUSTOMER, key=""),
        f"{STAMP + 1}.{digits}",
        f"{STAMP - 1}.{digits}",
        f"{stamp}.{digits[::-1]}",
        f"{stamp}.{digits[:-1]}{'0' if digits[-1] != '0' else '1'}",
        f"{stamp}.{'0' * 64}",
        *(f"{stamp}.{hmac.new(V2_KEY.encode(), one.encode(), hashlib.sha256).hexdigest()}" for one in texts),
    ]:
        for terms in (TERMS, LOCKED_OUT):
            assert verdict(CUSTOMER | {"SignatureV2": wrong}, terms) == Reason.SIGNATURE_WRONG
            assert verdict(ORDER | {"SignatureV2": wrong}, terms, takes_part=False) == Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), "right"),
        (timedelta(minutes=30), "right"),
        (timedelta(minutes=30, microseconds=1), Reason.SIGNATURE_WRONG),
        (timedelta(minutes=30, seconds=1), Reason.SIGNATURE_WRONG),
        (timedelta(days=365), Reason.SIGNATURE_WRONG),
        (timedelta(minutes=-5), "right"),
        (timedelta(minutes=-5, microseconds=-1), Reason.SIGNATURE_WRONG),
        (timedelta(minutes=-5, seconds=-1), Reason.SIGNATURE_WRONG),
        (timedelta(days=-365), Reason.SIGNATURE_WRONG),
    ],
)
def test_a7_a_time_stamp_holds_30_minutes_and_may_be_5_ahead(age: timedelta, expected: str) -> None:
    """A7: both bounds included; beside a right Checkvalue too."""
    now = NOW + age
    for terms in (TERMS, LOCKED_OUT):
        assert verdict(signed(CUSTOMER), terms, now=now) == expected
        assert verdict(signed(CUSTOMER) | by_word(f"{X};client-42"), terms, now=now) == expected


@pytest.mark.parametrize("stamp", ["0000000000", "9999999999"])
def test_a7_the_first_and_the_last_time_stamp_are_out_of_date(stamp: str) -> None:
    """A7: any ten digits are a moment."""
    assert verdict(CUSTOMER | {"SignatureV2": v2(CUSTOMER, stamp)}) == Reason.SIGNATURE_WRONG


def test_a7_a_merchant_without_a_key_has_no_v2() -> None:
    """A7: 7/158, whatever comes along; an empty key is nobody's either."""
    no_key = replace(TERMS, v2_key=None)
    for fields in (signed(CUSTOMER), signed(ORDER), CUSTOMER | {"SignatureV2": v2(CUSTOMER, key="")}):
        assert verdict(fields, no_key) == Reason.SIGNATURE_WRONG
        assert verdict(fields, no_key, takes_part=False) == Reason.SIGNATURE_WRONG
    assert verdict(signed(CUSTOMER) | by_word(f"{X};client-42"), no_key) == Reason.SIGNATURE_WRONG
    assert verdict(CUSTOMER | by_word(f"{X};client-42"), no_key) == "right"


@pytest.mark.parametrize("name", NAMES)
def test_a7_no_parameter_can_be_added_changed_or_left_out(name: str) -> None:
    """A7: everything that decides or is kept is under the signature, also when it is empty or "0"."""
    base = request(CUSTOMER)
    for honest in (CUSTOMER, CUSTOMER | {name: "1"}, CUSTOMER | {name: ""}):
        signature = {"SignatureV2": v2(honest)}
        for forged in (
            {other: value for other, value in honest.items() if other != name},
            *(honest | {name: value} for value in ("", "0", "1", "2", "1 ", "a", "A")),
        ):
            refused = check_signature(replace(base, raw=forged | signature), TERMS, takes_part=False, now=NOW)
            assert (refused is None) is (forged == honest)


def test_a7_unknown_names_are_passed_over() -> None:
    """A7: they decide nothing, and trackers add them; doubled ones too."""
    pairs = [("utm_source", "mail"), *signed(CUSTOMER).items(), ("fbclid", "x"), ("fbclid", "y"), ("submit", "Pay")]
    read = read_order_request(pairs)
    assert isinstance(read, OrderRequest)
    assert check_signature(read, TERMS, takes_part=True, now=NOW) is None


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
def test_a7_names_count_in_any_case_and_order(spell: type[str]) -> None:
    """P 12.1: names are matched without regard to case; a form's fields may stand in any order."""
    whole = signed(CUSTOMER | {"URL_RETURN": "https://shop.example/?a=1&b=2", "URL_RETURN_OK": "", "TAX": "novat"})
    assert verdict({spell(name): value for name, value in reversed(whole.items())}) == "right"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a7_line_ends_may_change_on_the_way(end: str) -> None:
    """A7: browsers post every line end of a form as CR LF."""
    order = CUSTOMER | {"OrderComment": f"Two books,{end}{end}one map", "ChequeItems": f"[{end}]"}
    posted = {name: re.sub("\r\n|\r|\n", "\r\n", value) for name, value in signed(order).items()}
    assert verdict(signed(order)) == verdict(dict(parse_qsl(urlencode(posted)))) == "right"
    assert verdict(posted | {"OrderComment": f"Two books,{end}one map"}) == Reason.SIGNATURE_WRONG


def test_a6_an_order_with_a_customer_may_be_signed_by_v2_alone() -> None:
    """A6: v2 is over the customer too."""
    assert verdict(signed(CUSTOMER)) == verdict(signed(CUSTOMER), LOCKED_OUT) == "right"
    assert verdict(signed(CUSTOMER), replace(TERMS, required=True)) == "right"
    assert verdict(signed(ORDER), replace(TERMS, required=True)) == "right"
    assert verdict(signed(CUSTOMER), replace(TERMS, delimited=False)) == "right"


@pytest.mark.parametrize("customer", ["client-43", "Client-42", "client-42 ", "0", "", None])
def test_a7_an_orders_v2_is_no_other_customers(customer: str | None) -> None:
    """A7: replayed with another CustomerNumber, with none, or a guest's with one."""
    for honest in (CUSTOMER, ORDER):
        changed = {name: value for name, value in honest.items() if name != "CustomerNumber"}
        forged = changed | ({} if customer is None else {"CustomerNumber": customer})
        for terms in (TERMS, LOCKED_OUT):
            expected = "right" if forged == honest else Reason.SIGNATURE_WRONG
            assert verdict(forged | {"SignatureV2": v2(honest)}, terms) == expected


def test_a6_all_forms_that_come_must_be_right() -> None:
    """A6: as with Checkvalue and Signature."""
    right, wrong = f"{X};client-42", f"{X};client-43"
    stale = {"SignatureV2": v2(CUSTOMER, STAMP - 1801)}
    for old in (by_word(right), by_key(right), by_word(right) | by_key(right)):
        assert verdict(signed(CUSTOMER) | old) == "right"
        assert verdict(CUSTOMER | stale | old) == Reason.SIGNATURE_WRONG
        assert verdict(signed(CUSTOMER | {"TestMode": "1"}) | {"TestMode": "0"} | old) == Reason.SIGNATURE_WRONG
    for old in (by_word(wrong), by_key(wrong), by_word(right) | by_key(wrong), by_word(wrong) | by_key(right)):
        assert verdict(signed(CUSTOMER) | old) == Reason.SIGNATURE_WRONG


def test_a7_the_old_forms_can_be_locked_out() -> None:
    """A7: then every order carries a right v2, guests' too, and also where One Click is off."""
    old = [by_word(f"{X};client-42"), by_key(f"{X};client-42"), by_word(f"{X};client-42") | by_key(f"{X};client-42")]
    for takes_part in (True, False):
        assert {verdict(CUSTOMER | one, LOCKED_OUT, takes_part=takes_part) for one in ({}, *old)} == {
            Reason.SIGNATURE_WRONG
        }
        guests = (ORDER, ORDER | by_word(X), ORDER | by_key(X), ORDER | {"Disable3DS": "1"}, ORDER | {"Signature": ""})
        assert {verdict(guest, LOCKED_OUT, takes_part=takes_part) for guest in guests} == {Reason.SIGNATURE_WRONG}
        assert verdict(signed(ORDER), LOCKED_OUT, takes_part=takes_part) == "right"
        assert verdict(signed(CUSTOMER), LOCKED_OUT, takes_part=takes_part) == "right"
    assert verdict(signed(CUSTOMER), replace(LOCKED_OUT, v2_key=None)) == Reason.SIGNATURE_WRONG
    assert (
        verdict(CUSTOMER | {"SignatureV2": v2(CUSTOMER, key="")}, replace(LOCKED_OUT, v2_key=None))
        == Reason.SIGNATURE_WRONG
    )


def test_a7_what_is_locked_out_says_nothing_against_an_order_either() -> None:
    """A7: a plug-in may go on sending the old forms, whatever its secret word."""
    for old in (by_word(f"{X};client-42"), {"Checkvalue": "x"}, {"Signature": "not base64"}, by_key("another")):
        assert verdict(signed(CUSTOMER) | old, LOCKED_OUT) == "right"
        assert (
            verdict(CUSTOMER | {"SignatureV2": v2(CUSTOMER, STAMP - 1801)} | old, LOCKED_OUT) == Reason.SIGNATURE_WRONG
        )


AMBIGUOUS = [
    ({"Disable3DS": "1"}, f"{X};1", Reason.CUSTOMER_REQUIRED),
    ({"Prepayment": "50.00"}, f"{X};50.00", Reason.CUSTOMER_REQUIRED),
    ({"OrderMaxPoints": "7"}, f"{X};7", Reason.CUSTOMER_REQUIRED),
    ({"CustomerNumber": "1", "OrderMaxPoints": "7"}, f"{X};7;1", Reason.SIGNED_POINTS_AMBIGUOUS),
    ({"CustomerNumber": "c", "Prepayment": "1"}, f"{X};c;1", Reason.SIGNED_PREPAYMENT_AMBIGUOUS),
]


@pytest.mark.parametrize(("sent", "text", "refusal"), AMBIGUOUS)
def test_a7_what_is_ambiguous_in_the_old_forms_is_not_by_name(sent: dict[str, str], text: str, refusal: str) -> None:
    """A7: v2 alone has no such gap, nor has one beside old forms that count for nothing."""
    order = ORDER | sent
    for terms in (TERMS, LOCKED_OUT):
        assert verdict(signed(order), terms) == "right"
        assert verdict(order | {"SignatureV2": v2(ORDER)}, terms) == Reason.SIGNATURE_WRONG
    assert verdict(signed(order) | by_word(text), LOCKED_OUT) == "right"
    assert verdict(order) == verdict(order | by_word(text)) == refusal


@pytest.mark.parametrize(("sent", "text", "refusal"), AMBIGUOUS)
def test_a7_beside_an_old_form_that_counts_its_refusals_stay(sent: dict[str, str], text: str, refusal: str) -> None:
    """A7: else a payer could strip the v2, and replay the old form as another field's: no shop may live so."""
    order = ORDER | sent
    for old in (by_word(text), by_key(text), by_word(text) | by_key(text)):
        assert verdict(signed(order) | old) == refusal
        assert verdict(signed(order) | old, takes_part=False) == "right"
    replayed = ORDER | {"CustomerNumber": "1"} | by_word(f"{X};1")  # signed for Disable3DS
    assert verdict(replayed) == "right"
    assert verdict(replayed, LOCKED_OUT) == Reason.SIGNATURE_WRONG


# Values that could pass for what stands between them: delimiters, what encodes them, names, line ends.
PIECES = ("a", "A", "&", "=", "%", "%26", "%3D", "+", " ", ";", "\n", "\r", "\r\n", ".", "1", "0", "\N{EURO SIGN}")
VALUES = st.lists(st.sampled_from([*PIECES, "&delay=", "customernumber=a"]), max_size=5).map("".join)
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES | st.text(max_size=5), max_size=6)


def as_signed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("\r\n", "\n").replace("\r", "\n") for name, value in fields.items()}


def holds_for(signature: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    """Whether one order's v2 holds for these fields, past what the reading of a request would refuse."""
    raw = {**fields, "SignatureV2": v2(signature)}
    return check_signature(replace(request(ORDER), raw=raw), LOCKED_OUT, takes_part=True, now=NOW) is None


@settings(deadline=None, max_examples=300)
@given(honest=FIELDS, forged=FIELDS)
def test_a7_a_signature_holds_for_its_own_fields_alone(honest: dict[str, str], forged: dict[str, str]) -> None:
    """A7: any two sets of fields."""
    assert holds_for(honest, honest)
    assert holds_for(honest, forged) is (as_signed(honest) == as_signed(forged))


@settings(deadline=None, max_examples=300)
@given(honest=FIELDS.filter(bool), data=st.data())
def test_a7_nothing_can_be_moved_split_joined_or_respelled(honest: dict[str, str], data: st.DataObject) -> None:
    """A7: what a stranger can do with an order that was signed for another."""
    name = data.draw(st.sampled_from(sorted(honest)))
    other = data.draw(st.sampled_from(NAMES).filter(lambda drawn: drawn != name))
    value, rest = honest[name], {one: text for one, text in honest.items() if one != name}
    cut = data.draw(st.integers(0, len(value)))
    forgeries = [
        rest,  # removed
        rest | {other: value},  # moved
        honest | {name: honest.get(other, ""), other: value},  # exchanged
        honest | {name: value[:cut], other: value[cut:]},  # split
        rest | {other: honest.get(other, "") + value},  # joined
        rest | {other: f"{honest.get(other, '')}&{name.lower()}={value}"},  # swallowed
        honest | {name: value.swapcase()},
        honest | {name: quote(value, safe="")},
        honest | {name: value.strip()},
        honest | {name: value.replace("+", " ")},
        honest | {name: value.replace(" ", "+")},
        honest | {other: ""},  # added
    ]
    for forged in forgeries:
        assert holds_for(honest, forged) is (as_signed(forged) == as_signed(honest))


@settings(deadline=None, max_examples=300)
@given(
    sent=st.dictionaries(st.sampled_from([*NAMES, *SIGNATURES]), st.text(max_size=20)),
    value=st.text(max_size=80)
    | st.from_regex(r"[0-9]{10}\.[0-9a-fA-F]{64}", fullmatch=True)
    | st.from_regex(r"\s*\d{9,11}\.[\da-fA-F]{63,65}\s*", fullmatch=True),
    old_forms=st.booleans(),
    takes_part=st.booleans(),
)
def test_a7_nothing_that_a_stranger_sends_passes_or_raises(
    sent: dict[str, str],
    value: str,
    old_forms: bool,  # noqa: FBT001  # hypothesis calls by name
    takes_part: bool,  # noqa: FBT001
) -> None:
    """A7: without the key no v2 is accepted, and none ends in an error."""
    read = read_order_request((ORDER | sent | {"SignatureV2": value}).items())
    if isinstance(read, OrderRequest):
        terms = replace(TERMS, old_forms=old_forms)
        refused = check_signature(read, terms, takes_part=takes_part, now=NOW)
        assert refused is not None or (old_forms and not value.strip())
