"""Completion, reversal, refund and the first of two stages: their bytes, and what is never written or read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message
from oneclick.acquirer.later_messages import (
    Completion,
    LaterMessage,
    Original,
    OriginalData,
    Refund,
    Reversal,
    read_original_data,
    read_replacement,
    write_later_message,
)
from oneclick.acquirer.messages import Answer, AnswerKey, Trace, read_answer, write_purchase
from oneclick.acquirer.simulator.ledger import Movement
from oneclick.acquirer.simulator.requests import read_later_message
from oneclick.errors import WireError
from oneclick.money import Money
from support.wire import (
    MAC_KEY,
    MOMENT,
    MOSCOW,
    TWO_STAGE,
    completion,
    expect_bare,
    original,
    purchase,
    refund,
    reversal,
)
from support.wire_bytes import (
    AUTHORISATION_HEAD,
    AUTHORISATION_MAC,
    COMPLETION,
    REFUND,
    REVERSAL,
    REVERSAL_ANSWER,
    REVERSAL_PARTIAL,
)


def known(*, two_stage: bool) -> Original:
    return original(TWO_STAGE if two_stage else None, "654321")


def test_the_first_of_two_stages_is_a_0100_with_the_bytes_of_a_purchase() -> None:
    sent, one_stage = write_purchase(purchase(TWO_STAGE), MAC_KEY), write_purchase(purchase(), MAC_KEY)
    assert sent[:4].hex() == AUTHORISATION_HEAD
    assert sent[4:-8] == one_stage[4:-8]
    assert sent[-8:].hex() == AUTHORISATION_MAC


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (completion(100_000, of=known(two_stage=True)), COMPLETION),
        (refund(3450, of=known(two_stage=False)), REFUND),
        (reversal(), REVERSAL),
        (reversal(23450, of=known(two_stage=True)), REVERSAL_PARTIAL),
    ],
    ids=["completion", "refund", "reversal", "partial reversal"],
)
def test_a_later_message_has_these_bytes(message: LaterMessage, expected: bytes) -> None:
    assert write_later_message(message, MAC_KEY) == expected
    assert mac.holds(expected, MAC_KEY)


def test_no_later_message_carries_a_card() -> None:
    """B4, B9: the gateway has no number of a card that isn't kept, and a CVC2 of none."""
    for sent in (COMPLETION, REFUND, REVERSAL, REVERSAL_PARTIAL):
        message = fields.decode(sent)
        assert not {2, 14} & message.fields.keys()
        assert fields.Tag.CVC2 not in fields.decode_private(message.require(48))


def test_the_answer_to_a_partial_reversal_is_known_by_its_replacement_amounts() -> None:
    unsigned = fields.decode(REVERSAL_ANSWER + bytes(8))
    sealed = mac.seal(unsigned, MAC_KEY)
    assert sealed[:-8] == REVERSAL_ANSWER
    lowered = reversal(23450, of=known(two_stage=True))
    assert AnswerKey.of(unsigned) == lowered.answer_key
    assert AnswerKey.of(unsigned) not in {reversal().answer_key, reversal(23449).answer_key}
    assert read_answer(unsigned) == Answer(
        response_code="00", authorisation_id=None, rrn="118600000042", network_transaction_id=None, cvc2_result=None
    )


def test_an_answer_is_known_by_its_type_too() -> None:
    """A reversal has its original's trace: the original's late answer must never be taken for the reversal's."""
    assert reversal().trace == purchase().trace
    assert [message.answer_key.mti for message in (purchase(), purchase(TWO_STAGE), reversal())] == [
        "0210",
        "0110",
        "0430",
    ]
    assert [message.answer_key.mti for message in (completion(), refund())] == ["0230", "0210"]


def test_whoever_reverses_a_payment_writes_the_same_bytes() -> None:
    elsewhere = replace(original(), transmitted_at=MOMENT.astimezone(MOSCOW))
    assert write_later_message(Reversal(original=elsewhere), MAC_KEY) == REVERSAL


@pytest.mark.parametrize("mti", ["0110", "0210", "0230", "0430"])
def test_each_answer_is_read(mti: str) -> None:
    texts = purchase().trace.fields | {37: "118600000042", 39: "13"}
    assert read_answer(Message(mti, texts)).response_code == "13"


@pytest.mark.parametrize("mti", ["0100", "0200", "0220", "0420", "0120"])
def test_a_request_is_no_answer(mti: str) -> None:
    with pytest.raises(WireError):
        read_answer(Message(mti, purchase().trace.fields | {37: "118600000042", 39: "00"}))


@pytest.mark.parametrize("amount_minor", [0, -1, 123451])
def test_no_more_than_the_originals_amount_is_taken_or_given_back(amount_minor: int) -> None:
    """E5."""
    with pytest.raises(WireError):
        completion(amount_minor)
    with pytest.raises(WireError):
        refund(amount_minor)


@pytest.mark.parametrize("replacement_minor", [0, -1, 123450, 123451])
def test_a_partial_reversal_leaves_something_and_less(replacement_minor: int) -> None:
    with pytest.raises(WireError):
        reversal(replacement_minor)


def test_only_a_two_stage_payment_is_completed() -> None:
    """E4."""
    with pytest.raises(WireError):
        completion(of=original())


def test_a_later_message_with_its_originals_trace_is_never_made() -> None:
    with pytest.raises(WireError):
        Refund(original=original(), terminal_id="OC000001", stan=42, transmitted_at=MOMENT, amount_minor=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"terminal_id": "OC1"},
        {"stan": 0},
        {"stan": 1_000_000},
        {"transmitted_at": datetime(2031, 7, 5)},  # noqa: DTZ001  # the missing zone is the point
        {"rrn": "1186"},
        {"amount": Money(0, "RUB")},
        {"amount": Money(10**12, "RUB")},
        {"authorisation_id": "65432"},
        {"authorisation_id": ""},
        {"billnumber": ""},
        {"billnumber": "5" * 33},
        {"acquirer_id": ""},
        {"acquirer_id": "1" * 12},
        {"card_acceptor_id": "M" * 16},
    ],
)
def test_an_original_that_does_not_fit_the_wire_is_never_made(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError) as caught:
        replace(original(), **wrong)  # type: ignore[arg-type]  # each value has its field's type
    expect_bare(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"terminal_id": "OC 00001"},
        {"stan": 1_000_000},
        {"transmitted_at": datetime(2031, 7, 5)},  # noqa: DTZ001  # as above
    ],
)
def test_a_later_message_that_does_not_fit_the_wire_is_never_made(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError):
        replace(refund(), **wrong)  # type: ignore[arg-type]  # each value has its field's type


_IDS = st.text("0123456789ABCDEFXYZ", min_size=8, max_size=8)
_MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_STANS = st.integers(1, 999_999)


@st.composite
def originals(draw: st.DrawFn) -> Original:
    return Original(
        two_stage=draw(st.booleans()),
        terminal_id=draw(_IDS),
        stan=draw(_STANS),
        transmitted_at=draw(_MOMENTS),
        rrn=draw(st.text("0123456789", min_size=12, max_size=12)),
        amount=Money(draw(st.integers(2, 10**12 - 1)), draw(st.sampled_from(["RUB", "USD", "JPY", "KWD"]))),
        authorisation_id=draw(st.none() | st.text("0123456789AZaz", min_size=6, max_size=6)),
        billnumber=draw(st.text("".join(map(chr, range(33, 127))), min_size=1, max_size=32)),
        acquirer_id=draw(st.text("0123456789", min_size=1, max_size=11)),
        card_acceptor_id=draw(st.text("0123456789ABC", max_size=15)),
    )


@st.composite
def later_messages(draw: st.DrawFn) -> LaterMessage:
    of = draw(originals())
    amount_minor = draw(st.integers(1, of.amount.amount_minor))
    if draw(st.booleans()):
        replacement = draw(st.none() | st.integers(1, of.amount.amount_minor - 1))
        return Reversal(original=of, replacement_minor=replacement)
    kind = Completion if of.two_stage and draw(st.booleans()) else Refund
    moment = of.transmitted_at + timedelta(seconds=draw(st.integers(1, 10**6)))
    return kind(
        original=of,
        terminal_id=draw(_IDS),
        stan=draw(_STANS),
        transmitted_at=moment,
        amount_minor=amount_minor,
    )


@given(later_messages())
def test_every_later_message_comes_back_as_it_was(message: LaterMessage) -> None:
    sent = write_later_message(message, MAC_KEY)
    read = read_later_message(fields.decode(sent))
    of, trace = message.original, message.trace
    is_reversal = isinstance(message, Reversal)
    assert read == Movement(
        kind={Completion: "completion", Refund: "refund", Reversal: "reversal"}[type(message)],
        mti=message.mti.value,
        terminal=trace.terminal_id,
        stan=trace.stan,
        transmission=trace.transmission,
        original_mti="0100" if of.two_stage else "0200",
        original_terminal=of.terminal_id,
        original_stan=of.stan,
        original_transmission=of.trace.transmission,
        rrn=of.rrn,
        billnumber=of.billnumber,
        amount_minor=of.amount.amount_minor if isinstance(message, Reversal) else message.amount_minor,
        replacement_minor=(message.replacement_minor or 0) if isinstance(message, Reversal) else 0,
        currency=of.amount.currency,
        response_code="",
        authorisation_id=of.authorisation_id,
    )
    assert (trace == of.trace) is is_reversal


@given(st.sampled_from([COMPLETION, REFUND, REVERSAL, REVERSAL_PARTIAL]), st.integers(0, 200), st.integers(0, 255))
def test_a_later_message_with_a_changed_byte_is_read_or_a_wire_error(sent: bytes, place: int, value: int) -> None:
    changed = bytearray(sent)
    changed[place % len(sent)] = value
    try:
        message = fields.decode(bytes(changed))
        if message.mti in {"0200", "0220", "0420"}:
            read_later_message(message)
    except WireError as error:
        expect_bare(error)


@given(st.text(max_size=50))
def test_any_text_is_original_data_or_a_wire_error(text: str) -> None:
    for read in (read_original_data, read_replacement):
        try:
            read(text)
        except WireError as error:
            expect_bare(error)


def test_original_data_and_replacement_amounts_are_read() -> None:
    data = read_original_data("010000004207050908070000001234500000000000")
    assert data == OriginalData("0100", 42, "0705090807", "00000012345")
    assert read_replacement("000000023450000000000000C00000000C00000000") == 23450


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (90, "010000004207050908070000001234500000000001"),
        (90, "010000004207050908070000001234600000000000"),
        (90, "022000004207050908070000001234500000000000"),
        (3, "200000"),
        (2, "4111111111111111"),
        (14, "3112"),
        (48, "CV003123BN015500000000000001OT008OC000001"),
        (48, "BN015500000000000001"),
        (48, "OT008OC000001"),
        (49, "999"),
        (95, "000000023450000000000000C00000000C00000000"),
    ],
)
def test_a_completion_that_makes_no_sense_is_not_read(number: int, text: str) -> None:
    message = fields.decode(COMPLETION)
    with pytest.raises(WireError):
        read_later_message(Message(message.mti, {**message.fields, number: text}))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (11, "000043"),
        (7, "0705090808"),
        (3, "200000"),
        (95, "000000000000000000000000C00000000C00000000"),
        (95, "000000023450000000000001C00000000C00000000"),
        (95, "000000023450000000000000D00000000C00000000"),
    ],
)
def test_a_reversal_that_makes_no_sense_is_not_read(number: int, text: str) -> None:
    message = fields.decode(REVERSAL_PARTIAL)
    with pytest.raises(WireError):
        read_later_message(Message(message.mti, {**message.fields, number: text}))


def test_a_trace_is_the_originals_in_utc() -> None:
    assert original().trace == Trace(42, "0705090807", "OC000001")
