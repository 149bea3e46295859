"""The field table, the bytes of a message, private data and the MAC. Source: acquirer.md, Fields and MAC."""

import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import FIELDS, TAGS, FieldFormat, Message, Tag
from oneclick.acquirer.framing import FrameBuffer, frame
from oneclick.acquirer.in_flight import UnmatchedKind
from oneclick.acquirer.messages import ANSWER_OF
from oneclick.acquirer.simulator.behaviour import Fault, Struck
from oneclick.acquirer.simulator.ledger import LedgerState
from oneclick.errors import WireError
from support.wire import expect_bare

# 0800 sign-on. Bitmaps: 7 and 11; 41; 70 and 128.
SIGN_ON = bytes.fromhex(
    "30383030"  # MTI 0800
    "8220000000800000"  # 1 7 11 41
    "0400000000000001"  # 70 128
    "30373035303930383037"  # DE7 0705090807
    "303030303031"  # DE11 000001
    "4e45544d474d5431"  # DE41 NETMGMT1
    "303031"  # DE70 001
    "0000000000000000"  # DE128
)
SIGN_ON_FIELDS = {7: "0705090807", 11: "000001", 41: "NETMGMT1", 70: "001", 128: "0" * 16}


def test_a_message_has_the_bytes_of_its_fields() -> None:
    assert fields.encode(Message("0800", SIGN_ON_FIELDS)) == SIGN_ON


def test_the_bytes_give_the_fields_back() -> None:
    assert fields.decode(SIGN_ON) == Message("0800", SIGN_ON_FIELDS)


def test_the_table_is_in_order_and_names_each_field_once() -> None:
    numbers = [row.number for row in FIELDS]
    assert numbers == sorted(set(numbers))
    assert numbers == [2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 32, 37, 38, 39, 41, 42, 43, 48, 49, 70, 90, 95, 128]


def test_the_document_has_the_table() -> None:
    document = (Path(__file__).parents[2] / "docs/protocol/acquirer.md").read_text(encoding="utf-8")
    for row in FIELDS:
        format_ = f"{row.format.name.lower()}{'.' * row.length_digits}{row.length}"
        assert f"| {row.number} | {row.name} | {format_} |" in document
    assert all(f"\n| {tag} | " in document for tag in Tag)
    assert all(f"\n| {mti}, {answer} | " in document for mti, answer in ANSWER_OF.items())
    assert all(f"\n| {kind} | " in document for kind in UnmatchedKind)
    assert all(f"\n| `{fault}` | " in document for fault in Fault)
    assert all(f"`{word}`" in document for word in (*Struck, *LedgerState))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, "4" * 20),
        (2, ""),
        (3, "00000"),
        (4, "12345678901x"),
        (11, "00004\u0664"),
        (37, "1186 0000042"),
        (39, "0"),
        (41, "OC00001"),
        (43, "КНИГИ".ljust(40)),
        (48, "x" * 1000),
        (128, "00" * 7),
        (128, "zz" * 8),
        (5, "1"),
    ],
)
def test_a_text_that_does_not_fit_its_field_is_an_error_without_the_text(number: int, text: str) -> None:
    with pytest.raises(WireError) as caught:
        fields.encode(Message("0800", {**SIGN_ON_FIELDS, number: text}))
    assert f"DE{number} " in str(caught.value)
    assert len(text) < 3 or text not in str(caught.value)


@pytest.mark.parametrize("mti", ["080", "08000", "08x0", ""])
def test_an_mti_is_four_digits(mti: str) -> None:
    with pytest.raises(WireError):
        fields.encode(Message(mti, SIGN_ON_FIELDS))


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"0800",
        SIGN_ON[:-1],
        SIGN_ON + b"\0",
        SIGN_ON.replace(b"0705090807", b"07050908O7"),
        b"\xff" + SIGN_ON[1:],
        b"0200" + bytes.fromhex("c0000000000000000000000000000001") + b"+4" + b"4111" + bytes(8),  # length "+4"
        b"0200" + bytes.fromhex("88000000000000000000000000000001") + bytes(8),  # field 5 isn't in the table
        b"0200" + bytes.fromhex("80000000000000008000000000000001") + bytes(16),  # a third bitmap
    ],
)
def test_bytes_that_we_would_not_write_are_no_message(received: bytes) -> None:
    with pytest.raises(WireError):
        fields.decode(received)


def test_an_error_holds_nothing_of_the_message() -> None:
    card = b"0200" + bytes.fromhex("c0000000000000000000000000000001") + b"164111111111111111" + bytes(7)
    with pytest.raises(WireError) as caught:
        fields.decode(card)
    expect_bare(caught.value)
    assert "4111" not in str(caught.value)


def test_a_message_shows_its_type_only() -> None:
    assert repr(Message("0200", {2: "4111111111111111"})) == "Message(mti='0200')"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_wire_error(received: bytes) -> None:
    try:
        message = fields.decode(received)
    except WireError as error:
        expect_bare(error)
    else:
        assert fields.encode(message) == received


def _texts(row: fields.Field) -> st.SearchStrategy[str]:
    if row.format is FieldFormat.B:
        return st.binary(min_size=row.length, max_size=row.length).map(lambda value: value.hex().upper())
    alphabets = {
        FieldFormat.N: "0123456789",
        FieldFormat.AN: "0123456789ABCXYZabcxyz",
        FieldFormat.ANS: "".join(map(chr, range(32, 127))),
    }
    return st.text(alphabets[row.format], min_size=1 if row.length_digits else row.length, max_size=row.length)


@given(st.fixed_dictionaries({128: _texts(FIELDS[-1])}, optional={row.number: _texts(row) for row in FIELDS[:-1]}))
def test_every_message_comes_back_as_it_was(values: dict[int, str]) -> None:
    message = Message("0200", values)
    assert fields.decode(fields.encode(message)) == message


def test_private_data_is_tag_length_value() -> None:
    values = {Tag.CVC2: "123", Tag.BILLNUMBER: "500000000000001", Tag.STORED_CREDENTIAL: "F", Tag.INITIATOR: "C"}
    text = "CV003123BN015500000000000001SC001FIN001C"
    assert fields.encode_private(values) == text
    assert fields.decode_private(text) == values


def test_private_data_passes_over_tags_it_does_not_know() -> None:
    assert fields.decode_private("ZZ002hiCR001M") == {Tag.CVC2_RESULT: "M"}


@pytest.mark.parametrize("text", ["C", "CR", "CR00", "CR001", "CRx01M", "CR002M", "CR001MCR001M", "CV00212", "CR001m"])
def test_wrong_private_data_is_an_error(text: str) -> None:
    with pytest.raises(WireError):
        fields.decode_private(text)


@pytest.mark.parametrize("tag", list(Tag))
def test_every_tag_has_a_format_that_is_kept(tag: Tag) -> None:
    assert tag in TAGS
    with pytest.raises(WireError):
        fields.encode_private({tag: " "})


@given(st.text(max_size=60))
def test_any_text_is_private_data_or_a_wire_error(text: str) -> None:
    try:
        fields.decode_private(text)
    except WireError as error:
        expect_bare(error)


def test_the_mac_is_the_first_half_of_hmac_sha_256_over_all_before_it() -> None:
    key = b"0123456789abcdef"
    sealed = mac.seal(Message("0800", {number: SIGN_ON_FIELDS[number] for number in (7, 11, 41, 70)}), key)
    assert sealed == SIGN_ON[:-8] + bytes.fromhex("f16db550f4a92952")
    assert sealed[-8:] == hmac.digest(key, SIGN_ON[:-8], "sha256")[:8]
    assert mac.holds(sealed, key)


@pytest.mark.parametrize("place", range(len(SIGN_ON)))
def test_a_changed_byte_anywhere_breaks_the_mac(place: int) -> None:
    sealed = bytearray(mac.seal(Message("0800", SIGN_ON_FIELDS), b"key of sixteen b"))
    sealed[place] ^= 1
    assert not mac.holds(bytes(sealed), b"key of sixteen b")


def test_another_key_or_too_few_bytes_break_the_mac() -> None:
    assert not mac.holds(mac.seal(Message("0800", SIGN_ON_FIELDS), b"one key"), b"another key")
    assert not mac.holds(b"", b"one key")
    assert not mac.holds(b"short", b"one key")


def test_a_frame_is_a_message_behind_its_length() -> None:
    assert frame(b"abc") == b"\x00\x03abc"
    with pytest.raises(WireError):
        frame(bytes(65536))


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(1, 17), min_size=1))
def test_frames_come_whole_however_the_stream_is_cut(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(message) for message in messages)
    buffer = FrameBuffer(frame_bytes_max=40)
    received: list[bytes] = []
    start = turn = 0
    while start < len(stream):
        cut = cuts[turn % len(cuts)]
        received += buffer.feed(stream[start : start + cut])
        start, turn = start + cut, turn + 1
    assert received == messages
    assert not buffer.is_broken


def test_a_frame_over_its_bound_breaks_the_stream_but_not_what_came_before() -> None:
    buffer = FrameBuffer(frame_bytes_max=3)
    assert buffer.feed(b"\x00\x03abc\x00\x04abcd") == [b"abc"]
    assert buffer.is_broken
    assert buffer.feed(b"\x00\x03abc") == []
