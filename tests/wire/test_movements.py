"""What a completion, refund or reversal does to a payment, and the file that remembers it.

Source: acquirer.md, The simulator; docs/rules.md E4, E5, E8.
"""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer import fields
from oneclick.acquirer.later_messages import LaterMessage, write_later_message
from oneclick.acquirer.messages import Purchase, write_purchase
from oneclick.acquirer.simulator.cards import Answering
from oneclick.acquirer.simulator.host import AcquirerHost
from oneclick.acquirer.simulator.ledger import Ledger, LedgerState
from oneclick.clock import FixedClock
from oneclick.money import Money
from support.wire import (
    MAC_KEY,
    MOMENT,
    NEVER_ANSWERS,
    TWO_STAGE,
    Choice,
    completion,
    original,
    purchase,
    refund,
    reversal,
)

PAID = 123450


class Bank:
    """A host with its ledger; takes the gateway's messages, and gives response codes."""

    def __init__(self, path: Path) -> None:
        self.ledger = Ledger(path)
        self.host = AcquirerHost(self.ledger, MAC_KEY, FixedClock(MOMENT))

    def ask(self, message: Purchase | LaterMessage) -> str:
        sent = (
            write_purchase(message, MAC_KEY) if isinstance(message, Purchase) else write_later_message(message, MAC_KEY)
        )
        answer = fields.decode(self.host.answer(fields.decode(sent), is_signed_on=True).data)
        return answer.require(39)

    def stands(self) -> tuple[str, int, int, int]:
        """State, authorised, captured and refunded of the only payment."""
        [entry] = self.ledger.entries()
        return entry.state, entry.authorised_minor, entry.captured_minor, entry.refunded_minor


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    bank = Bank(tmp_path / "ledger")
    yield bank
    bank.ledger.close()


def test_e4_an_authorisation_holds_and_captures_nothing(bank: Bank) -> None:
    assert bank.ask(purchase(TWO_STAGE)) == "00"
    assert bank.stands() == ("authorised", PAID, 0, 0)
    [entry] = bank.ledger.entries()
    assert entry.mti == "0100"
    assert entry.authorisation_id is not None


def test_e4_a_completion_takes_all_once(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    assert [bank.ask(completion()) for _ in range(3)] == ["00"] * 3
    assert bank.stands() == ("captured", PAID, PAID, 0)
    assert len(bank.ledger.movements()) == 1


def test_e4_a_completion_takes_less_and_the_rest_is_released(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    assert bank.ask(completion(100_000)) == "00"
    assert bank.stands() == ("captured", 100_000, 100_000, 0)
    assert bank.ask(completion(1, stan=45)) == "12"
    assert bank.stands() == ("captured", 100_000, 100_000, 0)


def test_e5_refunds_sum_up_to_what_was_captured_and_no_further(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    bank.ask(completion(100_000))
    back = [refund(amount, stan, of=original(TWO_STAGE)) for amount, stan in ((60_000, 50), (40_001, 51), (40_000, 52))]
    assert [bank.ask(message) for message in back] == ["00", "13", "00"]
    assert bank.stands() == ("refunded", 100_000, 100_000, 100_000)
    assert bank.ask(refund(1, 53, of=original(TWO_STAGE))) == "13"
    assert [bank.ask(message) for message in back] == ["00", "13", "00"]
    assert bank.stands() == ("refunded", 100_000, 100_000, 100_000)


def test_e5_two_refunds_of_one_amount_are_two(bank: Bank) -> None:
    bank.ask(purchase())
    assert [bank.ask(refund(50, stan)) for stan in (50, 51, 50)] == ["00"] * 3
    assert bank.stands() == ("captured", PAID, PAID, 100)


def test_what_is_only_authorised_is_not_refunded(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    assert bank.ask(refund(1, of=original(TWO_STAGE))) == "12"
    assert bank.stands() == ("authorised", PAID, 0, 0)


@pytest.mark.parametrize("two_stage", [False, True])
def test_e7_a_reversal_undoes_a_payment_however_often_it_comes(bank: Bank, *, two_stage: bool) -> None:
    choice = Choice(two_stage=two_stage)
    bank.ask(purchase(choice))
    assert [bank.ask(reversal(of=original(choice))) for _ in range(3)] == ["00"] * 3
    assert bank.stands() == ("reversed", 0, 0, 0)
    assert len(bank.ledger.movements()) == 1


def test_e7_a_reversal_takes_the_original_with_its_authorisation_id_or_without(bank: Bank) -> None:
    bank.ask(purchase())
    [entry] = bank.ledger.entries()
    assert bank.ask(reversal(of=original(authorisation_id="0" * 6))) == "25"
    assert bank.ask(reversal(of=original(authorisation_id=entry.authorisation_id))) == "00"
    assert bank.ask(reversal()) == "00"
    assert len(bank.ledger.movements()) == 1


@pytest.mark.parametrize(("two_stage", "captured"), [(False, 500), (True, 0)])
def test_a_partial_reversal_lowers_what_is_left(bank: Bank, *, two_stage: bool, captured: int) -> None:
    choice = Choice(two_stage=two_stage)
    bank.ask(purchase(choice))
    codes = [bank.ask(reversal(left, of=original(choice))) for left in (1000, 500, 500, 1000, 800)]
    assert codes == ["00", "00", "00", "00", "13"]  # the last but one is the first again: nothing moves
    assert bank.stands() == ("captured" if captured else "authorised", 500, captured, 0)
    assert bank.ask(reversal(of=original(choice))) == "00"
    assert bank.stands() == ("reversed", 0, 0, 0)
    assert bank.ask(reversal(400, of=original(choice))) == "12"


def test_no_more_is_completed_than_a_partial_reversal_left(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    bank.ask(reversal(500, of=original(TWO_STAGE)))
    assert bank.ask(completion(501)) == "13"
    assert bank.ask(completion(500, stan=45)) == "00"
    assert bank.stands() == ("captured", 500, 500, 0)


def test_what_was_completed_or_refunded_is_not_reversed(bank: Bank) -> None:
    bank.ask(purchase(TWO_STAGE))
    bank.ask(completion())
    assert bank.ask(reversal(of=original(TWO_STAGE))) == "12"
    other = Choice(stan=7)
    bank.ask(purchase(other))
    bank.ask(refund(1, of=original(other)))
    assert bank.ask(reversal(of=original(other))) == "12"
    assert bank.ask(reversal(5, of=original(other))) == "12"


def test_the_reversal_of_a_declined_payment_is_confirmed(bank: Bank) -> None:
    choice = Choice(number="4000000000000002")
    bank.ask(purchase(choice))
    assert bank.ask(reversal(of=original(choice))) == "00"
    assert bank.ask(reversal(5, of=original(choice))) == "12"
    assert bank.stands() == ("declined", 0, 0, 0)


@pytest.mark.parametrize("two_stage", [False, True])
def test_e7_a_reversal_before_its_original_is_confirmed_and_the_original_declined(
    bank: Bank, *, two_stage: bool
) -> None:
    choice = Choice(two_stage=two_stage)
    assert bank.ask(reversal(of=original(choice))) == "00"
    assert bank.ledger.entries() == []
    assert [bank.ask(purchase(choice)) for _ in range(2)] == ["05", "05"]
    assert bank.stands() == ("declined", 0, 0, 0)
    [entry] = bank.ledger.entries()
    assert entry.authorisation_id is None
    assert bank.ask(reversal(of=original(choice))) == "00"


def test_a_card_that_declines_does_so_by_its_own_code_even_after_a_reversal(bank: Bank) -> None:
    choice = Choice(number="4000000000009995")
    bank.ask(reversal(of=original(choice)))
    assert bank.ask(purchase(choice)) == "51"


def test_what_finds_no_original_may_find_it_later(bank: Bank) -> None:
    asked: list[LaterMessage] = [completion(), refund(of=original(TWO_STAGE)), reversal(5, of=original(TWO_STAGE))]
    assert [bank.ask(message) for message in asked] == ["25"] * 3
    assert bank.ledger.movements() == []
    bank.ask(purchase(TWO_STAGE))
    assert bank.ask(completion()) == "00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rrn": "118600000043"},
        {"billnumber": "500000000000002"},
        {"amount": Money(PAID, "USD")},
        {"two_stage": True},
    ],
)
def test_an_original_that_is_named_wrongly_is_not_found(bank: Bank, wrong: dict[str, object]) -> None:
    bank.ask(purchase())
    other = replace(original(), **wrong)  # type: ignore[arg-type]  # each value has its field's type
    assert [bank.ask(message) for message in (reversal(of=other), refund(of=other))] == ["25", "25"]
    assert bank.stands() == ("captured", PAID, PAID, 0)


def test_a_reversal_with_another_amount_than_its_original_is_refused(bank: Bank) -> None:
    bank.ask(purchase())
    assert bank.ask(reversal(of=replace(original(), amount=Money(PAID - 1, "RUB")))) == "13"
    assert bank.stands() == ("captured", PAID, PAID, 0)


def test_another_message_under_a_trace_that_was_used_is_refused(bank: Bank) -> None:
    bank.ask(purchase())
    bank.ask(purchase(Choice(stan=7)))
    assert bank.ask(refund(50)) == "00"
    assert bank.ask(refund(51)) == "94"
    assert bank.ask(refund(50, of=original(Choice(stan=7)))) == "94"
    under_a_payment = replace(refund(50), terminal_id="OC000001", stan=7, transmitted_at=MOMENT)
    assert bank.ask(under_a_payment) == "94"
    assert [entry.refunded_minor for entry in bank.ledger.entries()] == [50, 0]


def test_a_later_message_is_answered_whatever_the_card_does(bank: Bank) -> None:
    choice = Choice(number=NEVER_ANSWERS)
    bank.ask(purchase(choice))
    sent = fields.decode(write_later_message(reversal(of=original(choice)), MAC_KEY))
    assert bank.host.answer(sent, is_signed_on=True).answering is Answering.AT_ONCE


def test_the_ledger_knows_everything_again_after_a_restart(tmp_path: Path) -> None:
    first = Bank(tmp_path / "ledger")
    first.ask(purchase(TWO_STAGE))
    first.ask(completion(100_000))
    first.ask(refund(50, of=original(TWO_STAGE)))
    first.ask(reversal(of=original(Choice(stan=9))))
    before = (first.ledger.entries(), first.ledger.movements())
    first.ledger.close()
    second = Bank(tmp_path / "ledger")
    assert (second.ledger.entries(), second.ledger.movements()) == before
    assert second.ask(completion(100_000)) == "00"
    assert second.ask(refund(50, of=original(TWO_STAGE))) == "00"
    assert second.ask(purchase(Choice(stan=9))) == "05"
    assert second.ledger.entries()[0] == before[0][0]
    assert second.ledger.movements() == before[1]
    second.ledger.close()


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_movements import Bank
from support.wire import TWO_STAGE, completion, purchase
bank = Bank(Path(sys.argv[1]))
bank.ask(purchase(TWO_STAGE)), bank.ask(completion(100_000))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    here = Path(__file__).parent
    command = [sys.executable, "-c", _KILLED, str(tmp_path / "ledger"), str(here), str(here.parent)]
    killed = subprocess.run(command, check=False, timeout=60)  # noqa: S603  # our own code
    assert killed.returncode == -signal.SIGKILL
    bank = Bank(tmp_path / "ledger")
    assert bank.stands() == ("captured", 100_000, 100_000, 0)
    bank.ledger.close()


_VERSION_1 = """
CREATE TABLE IF NOT EXISTS ledger (
    number INTEGER PRIMARY KEY, mti TEXT NOT NULL, terminal TEXT NOT NULL, stan INTEGER NOT NULL,
    transmission TEXT NOT NULL, rrn TEXT NOT NULL, billnumber TEXT NOT NULL, pan_last4 TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, response_code TEXT NOT NULL, authorisation_id TEXT,
    cvc2_result TEXT NOT NULL, entry_mode TEXT NOT NULL,
    stored_credential TEXT CHECK (stored_credential IN ('first', 'later')),
    initiator TEXT CHECK (initiator IN ('customer')), network_transaction_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('captured', 'declined')), captured_minor INTEGER NOT NULL,
    refunded_minor INTEGER NOT NULL, UNIQUE (stan, transmission, terminal)
) STRICT;
INSERT INTO ledger VALUES
    (1, '0200', 'OC000001', 42, '0705090807', '118600000042', '500000000000001', '1111', 123450, 'RUB', '00', '654321',
     'M', '01', 'first', 'customer', '123456789012345', 'captured', 123450, 0),
    (2, '0200', 'OC000001', 43, '0705090807', '118600000043', '500000000000002', '0002', 99, 'RUB', '05', NULL,
     'M', '01', NULL, NULL, NULL, 'declined', 0, 0);
"""


def test_a_file_of_the_first_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with sqlite3.connect(path) as database:
        database.executescript(_VERSION_1)
    database.close()
    bank = Bank(path)
    states = [(entry.state, entry.authorised_minor, entry.captured_minor) for entry in bank.ledger.entries()]
    assert states == [("captured", PAID, PAID), ("declined", 0, 0)]
    assert bank.ask(purchase()) == "00"
    assert bank.ask(refund(50, of=original(authorisation_id="654321"))) == "00"
    bank.ledger.close()
    again = Ledger(path)
    assert [entry.refunded_minor for entry in again.entries()] == [50, 0]
    again.close()


def test_a_file_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger") as database:
        database.execute("PRAGMA user_version = 3")
    database.close()
    with pytest.raises(sqlite3.DatabaseError, match="version 3"):
        Ledger(tmp_path / "ledger")


_FOLLOW_UPS = st.lists(
    st.tuples(st.sampled_from(["complete", "refund", "reverse", "lower"]), st.integers(1, 99), st.integers(1, 6)),
    max_size=12,
)


@given(st.booleans(), _FOLLOW_UPS)
def test_e5_whatever_comes_the_sums_never_exceed_what_was_paid(
    two_stage: bool,  # noqa: FBT001  # hypothesis gives it by place
    moves: list[tuple[str, int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        _try(Bank(Path(folder) / "ledger"), two_stage, moves)


def _try(bank: Bank, two_stage: bool, moves: list[tuple[str, int, int]]) -> None:  # noqa: FBT001  # as above
    choice = Choice(two_stage=two_stage, amount=Money(100, "RUB"))
    of = original(choice)
    assert bank.ask(purchase(choice)) == "00"
    for kind, amount, stan in moves:
        before = bank.stands()
        if kind == "complete" and two_stage:
            code = bank.ask(completion(amount, 100 + stan, of))
        elif kind == "reverse":
            code = bank.ask(reversal(of=of))
        elif kind == "lower":
            code = bank.ask(reversal(amount, of))
        else:
            code = bank.ask(refund(amount, 200 + stan, of))
        state, authorised, captured, refunded = bank.stands()
        assert 0 <= refunded <= captured <= authorised <= 100
        assert state in set(LedgerState)
        assert code in {"00", "12", "13", "94"}
        if code != "00":
            assert bank.stands() == before
    bank.ledger.close()
