"""A6, A7: which orders must be signed, over what, and that no value passes for another. P 2.1 to 2.5, 12.2 to 12.6."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.assist.codes import Codes
from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.assist.order_signature import SigningTerms, check_signature
from oneclick.outcome import Reason

WORD = "secret"
ORDER = {"Merchant_ID": "123456", "OrderNumber": "A-1", "OrderAmount": "100.50", "OrderCurrency": "RUB"}
CUSTOMER = ORDER | {"CustomerNumber": "client-42"}
X = "123456;A-1;100.50;RUB"
KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505  # the protocol's length (P 2.3)
TERMS = SigningTerms(
    secret_word=WORD, public_key=KEY.public_key(), delimited=True, required=False, v2_key=None, old_forms=True
)
NOW = datetime(2031, 7, 15, 12, 0, 0, tzinfo=UTC)


def by_word(text: str, word: str = WORD) -> str:
    """P 2.2, written anew."""
    inner = "".join(hashlib.md5(part.encode(), usedforsecurity=False).hexdigest() for part in (word, text)).upper()
    return hashlib.md5(inner.encode(), usedforsecurity=False).hexdigest().upper()


def by_key(text: str) -> str:
    return base64.b64encode(KEY.sign(text.encode(), padding.PKCS1v15(), hashes.MD5())).decode()  # noqa: S303  # P 2.3


def request(values: dict[str, str]) -> OrderRequest:
    read = read_order_request(values.items())
    assert isinstance(read, OrderRequest), read
    return read


def verdict(values: dict[str, str], terms: SigningTerms = TERMS, *, takes_part: bool = True) -> str:
    """The codes of the reading, or the reason of the signature's refusal."""
    read = read_order_request(values.items())
    if isinstance(read, Codes):
        return f"unread {read}"
    refused = check_signature(read, terms, takes_part=takes_part, now=NOW)
    return refused.reason if refused is not None else "right"


def forms(values: dict[str, str], text: str) -> list[dict[str, str]]:
    """The order with a Checkvalue, a Signature, and both."""
    checkvalue, signature = {"Checkvalue": by_word(text)}, {"Signature": by_key(text)}
    return [values | checkvalue, values | signature, values | checkvalue | signature]


def test_a6_the_string_of_a_one_click_order_ends_with_the_customer_number() -> None:
    """A6: Merchant_ID;OrderNumber;OrderAmount;OrderCurrency;CustomerNumber, by either form or both."""
    assert verdict(CUSTOMER | {"Checkvalue": "D0725E8A226689A4831757201991145B"}) == "right"  # P 2.6
    assert verdict(CUSTOMER | {"Checkvalue": "d0725e8a226689a4831757201991145b"}) == "right"
    assert [verdict(order) for order in forms(CUSTOMER, f"{X};client-42")] == ["right"] * 3


@pytest.mark.parametrize("empty", [{}, {"Signature": ""}, {"Checkvalue": " "}, {"Signature": "\n", "Checkvalue": ""}])
def test_a6_an_order_with_a_customer_must_be_signed(empty: dict[str, str]) -> None:
    """A6: 7/158; P 12.5: an empty Signature counts as absent."""
    assert verdict(CUSTOMER | empty) == Reason.SIGNATURE_WRONG
    assert verdict(ORDER | empty) == "right"
    assert verdict(ORDER | empty, replace(TERMS, required=True)) == Reason.SIGNATURE_WRONG


def test_a6_if_both_forms_come_both_must_be_right() -> None:
    """A6."""
    right, wrong = f"{X};client-42", f"{X};client-43"
    for checked, signed, expected in [
        (right, right, "right"),
        (right, wrong, Reason.SIGNATURE_WRONG),
        (wrong, right, Reason.SIGNATURE_WRONG),
    ]:
        assert verdict(CUSTOMER | {"Checkvalue": by_word(checked), "Signature": by_key(signed)}) == expected
    assert verdict(CUSTOMER | {"Checkvalue": by_word(right), "Signature": "not base64"}) == Reason.SIGNATURE_WRONG
    assert verdict(CUSTOMER | {"Checkvalue": by_word(right), "Signature": ""}) == "right"
    assert verdict(CUSTOMER | {"Signature": by_key(right), "Checkvalue": " "}) == "right"


def test_a6_a_signature_needs_the_merchants_key() -> None:
    """A6: without a key nobody can sign so."""
    no_key = replace(TERMS, public_key=None)
    assert verdict(CUSTOMER | {"Signature": by_key(f"{X};client-42")}, no_key) == Reason.SIGNATURE_WRONG
    assert verdict(CUSTOMER | {"Checkvalue": by_word(f"{X};client-42")}, no_key) == "right"


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("Merchant_ID", "0123456"),
        ("OrderNumber", "A-2"),
        ("OrderAmount", "100.5"),
        ("OrderAmount", "100,50"),
        ("OrderCurrency", "EUR"),
        ("OrderCurrency", ""),
        ("CustomerNumber", "Client-42"),
        ("CustomerNumber", "client-42 "),
        ("CustomerNumber", "0"),
        ("CustomerNumber", ""),
        ("Disable3DS", "1"),
        ("Prepayment", "1.00"),
    ],
)
def test_a6_no_signed_value_can_be_changed(changed: str, value: str) -> None:
    """A6; P 12.2: the string holds each text exactly as received."""
    for order in forms(CUSTOMER, f"{X};client-42"):
        assert verdict(order | {changed: value}) == Reason.SIGNATURE_WRONG


def test_a6_another_word_another_key_or_a_bare_string_is_wrong() -> None:
    """A6."""
    for wrong in [by_word(f"{X};client-42", "Secret"), by_word(X), by_word(f"{X};"), "0" * 32, "x"]:
        assert verdict(CUSTOMER | {"Checkvalue": wrong}) == Reason.SIGNATURE_WRONG
    assert verdict(CUSTOMER | {"Signature": by_key(X)}) == Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("sent", "optional"),
    [
        ({"CustomerNumber": "c"}, ";c"),
        ({"CustomerNumber": "c", "Disable3DS": "1"}, ";c;1"),
        ({"CustomerNumber": "c", "Prepayment": "50.00"}, ";c;50.00"),
        ({"CustomerNumber": "c", "Disable3DS": "1", "Prepayment": "50.00"}, ";c;1;50.00"),
        ({"CustomerNumber": "c", "Disable3DS": "0", "Prepayment": "0", "OrderMaxPoints": "0"}, ";c"),
        ({"CustomerNumber": "c", "Disable3DS": "", "Prepayment": "", "OrderMaxPoints": ""}, ";c"),
        ({"CustomerNumber": "0"}, ""),
        ({"CustomerNumber": ""}, ""),
    ],
)
def test_a6_optional_values_follow_in_their_order_and_zeros_are_left_out(sent: dict[str, str], optional: str) -> None:
    """A6; P 2.1, 12.4."""
    assert [verdict(order) for order in forms(ORDER | sent, X + optional)] == ["right"] * 3


def test_a_currency_that_was_not_sent_is_signed_in_either_form_on_plain_orders() -> None:
    """P 12.3: with the delimiter or without; an empty currency the same."""
    for order in (
        ORDER | {"OrderCurrency": ""},
        {name: text for name, text in ORDER.items() if name != "OrderCurrency"},
    ):
        for takes_part in (True, False):
            for text in ("123456;A-1;100.50;", "123456;A-1;100.50"):
                assert [verdict(one, takes_part=takes_part) for one in forms(order, text)] == ["right"] * 3
            assert verdict(order | {"Checkvalue": by_word(X)}, takes_part=takes_part) == Reason.SIGNATURE_WRONG


def test_a7_a_customer_never_passes_for_the_currency() -> None:
    """A7: with a customer only the full form counts, so a signed currency can't be replayed as a CustomerNumber."""
    no_currency = {name: text for name, text in ORDER.items() if name != "OrderCurrency"}
    for currency in ({}, {"OrderCurrency": ""}):
        replayed = no_currency | currency | {"CustomerNumber": "RUB"}
        assert {verdict(order) for order in forms(replayed, X)} == {Reason.SIGNATURE_WRONG}
        assert {verdict(order) for order in forms(replayed, "123456;A-1;100.50;;RUB")} == {"right"}


@pytest.mark.parametrize("name", ["OrderMaxPoints", "Disable3DS", "Prepayment"])
def test_a7_another_optional_value_needs_a_customer(name: str) -> None:
    """A7: else a value signed as one could be replayed as a CustomerNumber; 3/202 where the merchant takes part."""
    order = ORDER | {name: "1"}
    assert {verdict(one) for one in [order, *forms(order, f"{X};1")]} == {Reason.CUSTOMER_REQUIRED}
    assert {verdict(one | {"CustomerNumber": "0"}) for one in forms(order, f"{X};1")} == {Reason.CUSTOMER_REQUIRED}
    assert {verdict(one, takes_part=False) for one in [order, *forms(order, f"{X};1")]} == {"right"}
    assert verdict(ORDER | {name: "0"}) == verdict(ORDER | {name: ""}) == "right"


def test_a7_points_and_a_customer_exclude_each_other() -> None:
    """A7: points stand before the customer, so one could be taken for the other; refused whatever was signed."""
    order = CUSTOMER | {"OrderMaxPoints": "500"}
    for text in (f"{X};500;client-42", f"{X};client-42;500", f"{X};client-42"):
        assert {verdict(one) for one in forms(order, text)} == {Reason.SIGNED_POINTS_AMBIGUOUS}
    assert verdict(CUSTOMER | {"OrderMaxPoints": "0", "Checkvalue": by_word(f"{X};client-42")}) == "right"


def test_a7_a_prepayment_never_passes_for_the_flag_before_it() -> None:
    """A7: "1" could be either, so it is refused; with its decimals it can only be the prepayment."""
    text = f"{X};client-42;1"
    assert {verdict(one) for one in forms(CUSTOMER | {"Prepayment": "1"}, text)} == {Reason.SIGNED_PREPAYMENT_AMBIGUOUS}
    assert {verdict(one) for one in forms(CUSTOMER | {"Disable3DS": "1"}, text)} == {"right"}
    assert {verdict(one) for one in forms(CUSTOMER | {"Prepayment": "1.00"}, f"{text}.00")} == {"right"}


@pytest.mark.parametrize(
    ("signed_for", "replayed_as"),
    [
        ({"OrderCurrency": "RUB"}, {"OrderCurrency": "", "CustomerNumber": "RUB"}),
        ({"CustomerNumber": "c", "Disable3DS": "1"}, {"CustomerNumber": "c;1"}),
        ({"CustomerNumber": "c", "Prepayment": "1.00"}, {"CustomerNumber": "c;1.00"}),
        ({"CustomerNumber": "c", "Prepayment": "1.00"}, {"CustomerNumber": "1.00"}),
        ({"CustomerNumber": "c", "Prepayment": "1.00"}, {"CustomerNumber": "1.00", "OrderMaxPoints": "5"}),
        ({"OrderMaxPoints": "500", "CustomerNumber": "c"}, {"CustomerNumber": "500", "Disable3DS": "1"}),
        ({"OrderMaxPoints": "500", "CustomerNumber": "1"}, {"CustomerNumber": "500", "Prepayment": "1"}),
        ({"OrderNumber": "A"}, {"OrderNumber": "A;100.50", "CustomerNumber": "c"}),
        ({"CustomerNumber": "cd"}, {"CustomerNumber": "d"}),
    ],
)
def test_a7_an_order_that_was_accepted_can_not_be_replayed_for_another_customer(
    signed_for: dict[str, str], replayed_as: dict[str, str]
) -> None:
    """A7: a shop never gets an order accepted whose signature fits another customer's."""
    honest = ORDER | signed_for
    parts = [honest["Merchant_ID"], honest["OrderNumber"], honest["OrderAmount"], honest["OrderCurrency"]]
    parts += [
        honest[name] for name in ("OrderMaxPoints", "CustomerNumber", "Disable3DS", "Prepayment") if name in honest
    ]
    for original, forged in zip(
        forms(honest, ";".join(parts)), forms(ORDER | replayed_as, ";".join(parts)), strict=True
    ):
        assert verdict(original) == "right" or "OrderMaxPoints" in signed_for
        assert verdict(original) != "right" or verdict(forged) != "right"


def test_a7_the_old_form_without_delimiters_never_counts_with_a_customer() -> None:
    """A7; P 2.5: an old merchant signs plain orders so; values that run together could pass for one another."""
    old = replace(TERMS, delimited=False)
    glued = "123456A-1100.50RUB"
    assert verdict(ORDER | {"Checkvalue": "ACF2EA99D140635B556D1C2931C48660"}, old) == "right"  # P 2.6
    assert {verdict(order, old) for order in forms(ORDER, glued)} == {"right"}
    assert {verdict(order, old) for order in forms(ORDER, X)} == {Reason.SIGNATURE_WRONG}
    assert {verdict(order) for order in forms(ORDER, glued)} == {Reason.SIGNATURE_WRONG}
    assert {verdict(order, old) for order in forms(CUSTOMER, f"{glued}client-42")} == {Reason.SIGNATURE_WRONG}
    assert {verdict(order, old) for order in forms(CUSTOMER, f"{X};client-42")} == {"right"}


def test_a1_a_merchant_that_takes_no_part_signs_as_it_ever_did() -> None:
    """A1, P 2.4: the customer stands in the string, but need not be signed unless the merchant's setting says so."""
    assert verdict(CUSTOMER, takes_part=False) == "right"
    assert verdict(CUSTOMER, replace(TERMS, required=True), takes_part=False) == Reason.SIGNATURE_WRONG
    assert {verdict(order, takes_part=False) for order in forms(CUSTOMER, f"{X};client-42")} == {"right"}
    assert {verdict(order, takes_part=False) for order in forms(CUSTOMER, X)} == {Reason.SIGNATURE_WRONG}


def test_a_wrong_signature_refuses_a_plain_order_too() -> None:
    """P 2.4: what is sent must be right, even where nothing had to be sent."""
    for takes_part in (True, False):
        assert verdict(ORDER | {"Checkvalue": by_word(X + "x")}, takes_part=takes_part) == Reason.SIGNATURE_WRONG
        assert verdict(ORDER | {"Signature": "AAAA"}, takes_part=takes_part) == Reason.SIGNATURE_WRONG


def test_the_secret_word_does_not_show_in_the_terms() -> None:
    """House rule 7."""
    shown = repr(replace(TERMS, secret_word="a secret word", v2_key="a secret key"))
    assert "secret" not in shown
    assert "key=" in shown


ANY_TEXT = st.text(max_size=20)


@settings(deadline=None, max_examples=200)
@given(
    sent=st.dictionaries(st.sampled_from(["OrderNumber", "CustomerNumber", "Checkvalue", "Signature"]), ANY_TEXT),
    takes_part=st.booleans(),
)
def test_a6_nothing_that_a_stranger_sends_passes_or_raises(sent: dict[str, str], takes_part: bool) -> None:  # noqa: FBT001
    """A6: without the secret word no order with a customer is accepted, and none ends in an error."""
    read = read_order_request((ORDER | sent).items())
    if isinstance(read, OrderRequest):
        refused = check_signature(read, TERMS, takes_part=takes_part, now=NOW)
        signed = bool(sent.get("Checkvalue", "").strip() or sent.get("Signature", "").strip())
        must = takes_part and read.customer_number is not None
        assert (refused is not None) is (signed or must)
