"""The messages as fixed bytes, written out by hand. Source: acquirer.md, Fields and MAC; rules B4, B9."""

import pickle
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer import fields, mac
from oneclick.acquirer.messages import (
    Answer,
    NetworkFunction,
    NetworkManagement,
    StoredCredential,
    Trace,
    Use,
    read_answer,
    read_network_management,
    write_network_management,
    write_purchase,
)
from oneclick.card import EntryMode, Expiry
from oneclick.errors import WireError
from oneclick.money import Money
from support.wire import MAC_KEY, MOMENT, Choice, expect_bare, purchase

# A first payment with a typed Visa card that is to be kept. Bitmaps: 2 3 4 7 11 12 13 14 18 22 25 32 37 41 42 43 48 49,
# then 128.
PURCHASE_TYPED = bytes.fromhex(
    "30323030"  # MTI 0200
    "f23c448108e18000"
    "0000000000000001"
    "313634313131313131313131313131313131"  # DE2 16, 4111111111111111
    "303030303030"  # DE3 000000
    "303030303030313233343530"  # DE4 000000123450
    "30373035303930383037"  # DE7 0705090807
    "303030303432"  # DE11 000042
    "313230383037"  # DE12 120807
    "30373035"  # DE13 0705
    "33313132"  # DE14 3112
    "35393432"  # DE18 5942
    "303132"  # DE22 012
    "3539"  # DE25 59
    "30353132333435"  # DE32 05, 12345
    "313138363030303030303432"  # DE37 118600000042
    "4f43303030303031"  # DE41 OC000001
    "4d45524348414e5430303030303031"  # DE42 MERCHANT0000001
    "424f4f4b53204d4f53434f57205255"  # DE43 BOOKS MOSCOW RU
    "20202020202020202020202020202020202020202020202020"  # and 25 spaces
    "303430"  # DE48 040
    "4356303033313233"  # CV 003 123
    "424e303135353030303030303030303030303031"  # BN 015 500000000000001
    "534330303146"  # SC 001 F
    "494e30303143"  # IN 001 C
    "363433"  # DE49 643
    "a03c99fe59167663"  # DE128, HMAC-SHA-256 with the key 0123456789abcdef
)

# A later payment with a kept American Express card, in dollars.
PURCHASE_ON_FILE = bytes.fromhex(
    "30323030"  # MTI 0200
    "f23c448108e18000"
    "0000000000000001"
    "3135333738323832323436333130303035"  # DE2 15, 378282246310005
    "303030303030"  # DE3 000000
    "303030303030303030393939"  # DE4 000000000999
    "30373035303930383037"  # DE7 0705090807
    "393939393939"  # DE11 999999
    "313230383037"  # DE12 120807
    "30373035"  # DE13 0705
    "33323031"  # DE14 3201
    "35393432"  # DE18 5942
    "313032"  # DE22 102
    "3539"  # DE25 59
    "30353132333435"  # DE32 05, 12345
    "313138363030393939393939"  # DE37 118600999999
    "4f43303030303031"  # DE41 OC000001
    "4d45524348414e5430303030303031"  # DE42 MERCHANT0000001
    "424f4f4b53204d4f53434f57205255"  # DE43 BOOKS MOSCOW RU
    "20202020202020202020202020202020202020202020202020"  # and 25 spaces
    "303631"  # DE48 061
    "435630303431323334"  # CV 004 1234
    "424e303135353030303030303030303030303031"  # BN 015 500000000000001
    "53433030314c"  # SC 001 L
    "494e30303143"  # IN 001 C
    "4e54303135313233343536373839303132333435"  # NT 015 123456789012345
    "383430"  # DE49 840
    "760534be0d60fc1f"  # DE128
)
AMEX = Choice(
    number="378282246310005",
    cvc2="1234",
    expiry=Expiry(2032, 1),
    stan=999_999,
    entry_mode=EntryMode.ON_FILE,
    kept=StoredCredential(Use.LATER, "123456789012345"),
    amount=Money(999, "USD"),
)

# An approval. Bitmaps: 7 11 37 38 39 41 48, then 128.
APPROVAL = bytes.fromhex(
    "30323130"  # MTI 0210
    "822000000e810000"
    "0000000000000001"
    "30373035303930383037"  # DE7 0705090807
    "303030303432"  # DE11 000042
    "313138363030303030303432"  # DE37 118600000042
    "363534333231"  # DE38 654321
    "3030"  # DE39 00
    "4f43303030303031"  # DE41 OC000001
    "303236"  # DE48 026
    "43523030314d"  # CR 001 M
    "4e54303135313233343536373839303132333435"  # NT 015 123456789012345
    "a4d7d6447a66479e"  # DE128
)

# A decline without private data. Bitmaps: 7 11 37 39 41, then 128.
DECLINE = bytes.fromhex(
    "30323130"  # MTI 0210
    "822000000a800000"
    "0000000000000001"
    "30373035303930383037"  # DE7 0705090807
    "303030303432"  # DE11 000042
    "313138363030303030303432"  # DE37 118600000042
    "3035"  # DE39 05
    "4f43303030303031"  # DE41 OC000001
    "8b8f5779328287b4"  # DE128
)

# The answer to an echo. Bitmaps: 7 11 39 41, then 70 and 128.
ECHO_ANSWER = bytes.fromhex(
    "30383130"  # MTI 0810
    "8220000002800000"
    "0400000000000001"
    "30373035303930383037"  # DE7 0705090807
    "303030303037"  # DE11 000007
    "3030"  # DE39 00
    "4e45544d474d5431"  # DE41 NETMGMT1
    "333031"  # DE70 301
    "239f037af2f7faf3"  # DE128
)


def test_a_purchase_with_a_typed_card_has_these_bytes() -> None:
    assert write_purchase(purchase(), MAC_KEY) == PURCHASE_TYPED


def test_a_purchase_with_a_card_on_file_has_these_bytes() -> None:
    assert write_purchase(purchase(AMEX), MAC_KEY) == PURCHASE_ON_FILE


def test_a_purchase_of_a_payer_who_keeps_no_card_has_no_stored_credential_marks() -> None:
    message = fields.decode(write_purchase(purchase(Choice(kept=None)), MAC_KEY))
    assert message.fields[48] == "CV003123BN015500000000000001"


def test_an_approval_is_read() -> None:
    assert mac.holds(APPROVAL, MAC_KEY)
    message = fields.decode(APPROVAL)
    assert Trace.of(message) == purchase().trace == Trace(42, "0705090807", "OC000001")
    assert read_answer(message) == Answer(
        response_code="00",
        authorisation_id="654321",
        rrn="118600000042",
        network_transaction_id="123456789012345",
        cvc2_result="M",
    )


def test_a_decline_is_read() -> None:
    assert mac.holds(DECLINE, MAC_KEY)
    assert read_answer(fields.decode(DECLINE)) == Answer(
        response_code="05",
        authorisation_id=None,
        rrn="118600000042",
        network_transaction_id=None,
        cvc2_result=None,
    )


def test_an_echo_answer_has_these_bytes_and_is_read() -> None:
    answer = NetworkManagement(Trace(7, "0705090807", "NETMGMT1"), NetworkFunction.ECHO, "00")
    assert write_network_management(answer, MAC_KEY) == ECHO_ANSWER
    assert read_network_management(fields.decode(ECHO_ANSWER)) == answer


@pytest.mark.parametrize("function", list(NetworkFunction))
def test_network_management_comes_back_as_it_was(function: NetworkFunction) -> None:
    request = NetworkManagement(Trace.at(MOMENT, 1, "NETMGMT1"), function)
    sent = write_network_management(request, MAC_KEY)
    assert mac.holds(sent, MAC_KEY)
    assert read_network_management(fields.decode(sent)) == request


@pytest.mark.parametrize("number", [7, 11, 37, 39, 41])
def test_an_answer_without_a_needed_field_is_an_error(number: int) -> None:
    whole = fields.decode(APPROVAL)
    message = fields.Message(whole.mti, {key: text for key, text in whole.fields.items() if key != number})
    with pytest.raises(WireError):
        (read_answer(message), Trace.of(message))


def test_a_message_of_another_type_is_an_error() -> None:
    with pytest.raises(WireError):
        read_answer(fields.decode(ECHO_ANSWER))
    with pytest.raises(WireError):
        read_network_management(fields.decode(APPROVAL))
    with pytest.raises(WireError):
        read_network_management(fields.Message("0810", {**fields.decode(ECHO_ANSWER).fields, 70: "999"}))


@given(st.integers(0, len(APPROVAL) - 1), st.integers(0, 255))
def test_an_answer_with_a_changed_byte_is_read_or_a_wire_error(place: int, value: int) -> None:
    changed = bytearray(APPROVAL)
    changed[place] = value
    try:
        message = fields.decode(bytes(changed))
        (Trace.of(message), read_answer(message))
    except WireError as error:
        expect_bare(error)


def test_a_purchase_never_shows_its_card() -> None:
    """B4, B9."""
    shown = f"{purchase()!r} {purchase()}"
    assert "4111" not in shown
    assert "123," not in shown
    assert "CardNumber(***)" in shown
    assert "Cvc2(***)" in shown
    with pytest.raises(TypeError):
        pickle.dumps(purchase())


@pytest.mark.parametrize(
    "wrong",
    [
        {"terminal_id": "OC1"},
        {"terminal_id": "OC 00001"},
        {"stan": 0},
        {"stan": 1_000_000},
        {"transmitted_at": datetime(2031, 7, 5)},  # noqa: DTZ001  # the missing zone is the point
        {"transmitted_at": purchase().local_time},
        {"local_time": datetime(2031, 7, 5)},  # noqa: DTZ001  # as above
        {"rrn": "1186"},
        {"rrn": "11860000004-"},
        {"amount": Money(0, "RUB")},
        {"amount": Money(-1, "RUB")},
        {"amount": Money(10**12, "RUB")},
        {"billnumber": ""},
        {"billnumber": "5" * 33},
        {"billnumber": "КНИГА"},
        {"acquirer_id": ""},
        {"acquirer_id": "1" * 12},
        {"card_acceptor_id": "M" * 16},
        {"name_and_place": "B" * 41},
        {"name_and_place": "КНИГИ"},
        {"mcc": "594"},
        {"stored_credential": StoredCredential(Use.LATER, "1" * 16)},
    ],
)
def test_a_purchase_that_does_not_fit_the_wire_is_never_made(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError):
        replace(purchase(), **wrong)  # type: ignore[arg-type]  # each value has its field's type
