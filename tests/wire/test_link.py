"""The link against the shipped simulator, over real TCP. Source: acquirer.md, Session and MAC; rule E7."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from oneclick.acquirer import fields, mac
from oneclick.acquirer.framing import frame
from oneclick.acquirer.in_flight import NotTaken, UnmatchedKind
from oneclick.acquirer.link import Link, LinkOptions, NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import (
    Answer,
    NetworkFunction,
    StoredCredential,
    Trace,
    Use,
)
from oneclick.clock import FixedClock
from oneclick.errors import SettingsError
from support.wire import (
    ANSWERS_LATE,
    APPROVES,
    MAC_KEY,
    MOMENT,
    NEVER_ANSWERS,
    PATIENCE_S,
    Choice,
    answer_network,
    answer_sign_on,
    link_to,
    linked,
    listening,
    pass_on_to,
    purchase,
    read_frame,
    simulator,
    until,
)


async def test_a_payment_is_approved(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        answer = await link.ask(purchase(), PATIENCE_S)
        assert isinstance(answer, Answer)
        assert answer.response_code == "00"
        assert answer.rrn == "118600000042"
        assert answer.cvc2_result == "M"
        assert answer.authorisation_id is not None
        assert len(answer.authorisation_id) == 6
        assert answer.network_transaction_id is not None
        assert len(answer.network_transaction_id) == 15
        assert await running.ledger() == [
            {
                "mti": "0200",
                "terminal": "OC000001",
                "stan": 42,
                "transmission": "0705090807",
                "rrn": "118600000042",
                "billnumber": "500000000000001",
                "pan_last4": "1111",
                "amount_minor": 123450,
                "currency": "RUB",
                "response_code": "00",
                "authorisation_id": answer.authorisation_id,
                "cvc2_result": "M",
                "entry_mode": "01",
                "stored_credential": "first",
                "initiator": "customer",
                "network_transaction_id": answer.network_transaction_id,
                "state": "captured",
                "authorised_minor": 123450,
                "captured_minor": 123450,
                "refunded_minor": 0,
            }
        ]


@pytest.mark.parametrize(
    ("number", "cvc2", "code"),
    [
        ("5555555555554444", "123", "00"),
        ("2200000000000004", "123", "00"),
        ("378282246310005", "1234", "00"),
        ("4000000000000002", "123", "05"),
        ("4000000000009995", "123", "51"),
        ("4000000000000069", "123", "54"),
        ("4000000000000127", "123", "N7"),
        ("4000000000000259", "123", "41"),
        ("4000000000000119", "123", "96"),
        (APPROVES, "000", "N7"),
        (APPROVES, "1234", "N7"),
        ("378282246310005", "123", "N7"),
        ("378282246310005", "0000", "N7"),
    ],
)
async def test_each_card_gets_its_answer(tmp_path: Path, number: str, cvc2: str, code: str) -> None:
    async with linked(tmp_path) as (link, running):
        answer = await link.ask(purchase(Choice(number=number, cvc2=cvc2)), PATIENCE_S)
        assert isinstance(answer, Answer)
        assert answer.response_code == code
        assert (answer.authorisation_id is None) is (code != "00")
        [entry] = await running.ledger()
        assert entry["response_code"] == code
        assert entry["state"] == ("captured" if code == "00" else "declined")
        assert entry["captured_minor"] == (123450 if code == "00" else 0)


async def test_a_later_use_carries_the_id_of_the_first(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        first = await link.ask(purchase(Choice(stan=1)), PATIENCE_S)
        assert isinstance(first, Answer)
        kept = StoredCredential(Use.LATER, first.network_transaction_id)
        later = await link.ask(purchase(Choice(stan=2, kept=kept)), PATIENCE_S)
        assert isinstance(later, Answer)
        guest = await link.ask(purchase(Choice(stan=3, kept=None)), PATIENCE_S)
        assert isinstance(guest, Answer)
        ids = [entry["network_transaction_id"] for entry in await running.ledger()]
        assert ids == [first.network_transaction_id, first.network_transaction_id, None]
        marks = [(entry["stored_credential"], entry["initiator"]) for entry in await running.ledger()]
        assert marks == [("first", "customer"), ("later", "customer"), (None, None)]


async def test_the_same_payment_again_gets_the_same_answer_and_is_no_second_approval(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        first = await link.ask(purchase(), PATIENCE_S)
        assert await link.ask(purchase(), PATIENCE_S) == first
        assert len(await running.ledger()) == 1


async def test_the_ledger_survives_a_restart_and_still_knows_the_payment(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        first = await link.ask(purchase(), PATIENCE_S)
        before = await running.ledger()
    async with linked(tmp_path) as (link, running):
        assert await running.ledger() == before
        assert await link.ask(purchase(), PATIENCE_S) == first
        assert await running.ledger() == before


async def test_no_answer_in_time_is_unknown_and_never_declined(tmp_path: Path) -> None:
    """E7."""
    async with linked(tmp_path) as (link, running):
        assert await link.ask(purchase(Choice(number=NEVER_ANSWERS)), 0.2) == NoAnswer(Unknown.TIMED_OUT)
        assert link.in_flight == 0
        assert [entry["state"] for entry in await running.ledger()] == ["captured"]


async def test_an_answer_that_is_read_before_its_asker_learns_of_the_deadline_counts() -> None:
    """E7: both come due in one turn of the loop, the answer first: what is known isn't called unknown."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_sign_on(reader, writer)
        paid = Trace.of(fields.decode(await read_frame(reader)))
        approval = fields.Message("0210", paid.fields | {37: "118600000042", 38: "654321", 39: "00"})
        writer.write(frame(mac.seal(approval, MAC_KEY)))
        time.sleep(0.05)  # noqa: ASYNC251  # till it has arrived: it is received in the next turn of the loop,
        asyncio.get_running_loop().call_soon(time.sleep, 0.4)  # which lasts till the deadline is over
        await reader.read()

    async with listening(answers) as port, link_to(port, standby=False, stop_timeout_s=0.1) as link:
        assert await link.wait_up(PATIENCE_S)
        answer = await link.ask(purchase(), 0.3)
        assert isinstance(answer, Answer)
        assert answer.response_code == "00"
        assert link.unmatched == {}


async def test_a_late_answer_is_counted_and_logged_and_changes_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, _):
        with capture_logs() as logs:
            assert await link.ask(purchase(Choice(number=ANSWERS_LATE)), 0.05) == NoAnswer(Unknown.TIMED_OUT)
            await until(lambda: link.unmatched[UnmatchedKind.LATE] == 1)
        late = [line for line in logs if line["event"] == "acquirer_frame_dropped"]
        assert [(line["why"], line["stan"], line["terminal"]) for line in late] == [("late", 42, "OC000001")]
        assert link.is_up


async def test_a_slow_payment_holds_up_no_other(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, _):
        slow = asyncio.create_task(link.ask(purchase(Choice(number=ANSWERS_LATE, stan=1)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        assert isinstance(await link.ask(purchase(Choice(stan=2)), PATIENCE_S), Answer)
        assert not slow.done()
        assert isinstance(await slow, Answer)


async def test_two_hundred_payments_at_once_get_each_its_own_answer(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        payments = [purchase(Choice(stan=stan)) for stan in range(1, 201)]
        answers = await asyncio.gather(*(link.ask(payment, PATIENCE_S) for payment in payments))
        rrns = [answer.rrn for answer in answers if isinstance(answer, Answer) and answer.response_code == "00"]
        assert rrns == [payment.rrn for payment in payments]
        assert len(await running.ledger()) == 200
        assert link.in_flight == 0


async def test_over_the_bound_nothing_is_sent(tmp_path: Path) -> None:
    async with linked(tmp_path, in_flight_max=2) as (link, running):
        silent = [
            asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS, stan=stan)), 0.3)) for stan in (1, 2)
        ]
        await until(lambda: link.in_flight == 2)
        assert await link.ask(purchase(Choice(stan=3)), PATIENCE_S) == NotSent(NotTaken.FULL)
        await asyncio.gather(*silent)
        assert [entry["stan"] for entry in await running.ledger()] == [1, 2]
        assert isinstance(await link.ask(purchase(Choice(stan=3)), PATIENCE_S), Answer)


async def test_the_same_trace_twice_at_once_is_sent_once(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, _):
        first = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS)), 0.2))
        await until(lambda: link.in_flight == 1)
        assert await link.ask(purchase(), PATIENCE_S) == NotSent(NotTaken.TWICE)
        assert await first == NoAnswer(Unknown.TIMED_OUT)


async def test_a_cancelled_caller_leaves_nothing_behind(tmp_path: Path) -> None:
    async with linked(tmp_path, in_flight_max=1) as (link, _):
        caller = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS, stan=1)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert link.in_flight == 0
        assert isinstance(await link.ask(purchase(Choice(stan=2)), PATIENCE_S), Answer)


async def test_while_the_link_is_down_a_payment_is_refused_at_once() -> None:
    async def nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Closes at once."""

    async with listening(nobody) as port, link_to(port, standby=False) as link:
        assert not await link.wait_up(0.1)
        async with asyncio.timeout(0.1):
            assert await link.ask(purchase(), PATIENCE_S) == NotSent(NotTaken.DOWN)


async def test_a_link_that_has_not_started_takes_no_payment_and_can_be_stopped() -> None:
    link = Link(LinkOptions(host="127.0.0.1", port=1, mac_key=MAC_KEY), FixedClock(MOMENT))
    assert not link.is_up
    assert await link.ask(purchase(), PATIENCE_S) == NotSent(NotTaken.DOWN)
    await link.stop()


async def test_the_link_comes_up_again_after_the_acquirer_restarts(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        async with simulator(tmp_path) as first:
            link = await stack.enter_async_context(link_to(first.iso_port))
            assert await link.wait_up(PATIENCE_S)
            lost = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS, stan=1)), PATIENCE_S))
            await until(lambda: link.in_flight == 1)
        assert await lost == NoAnswer(Unknown.CONNECTION_LOST)
        await until(lambda: not link.is_up)
        assert await link.ask(purchase(Choice(stan=2)), PATIENCE_S) == NotSent(NotTaken.DOWN)
        second = await stack.enter_async_context(simulator(tmp_path, iso_port=first.iso_port))
        assert await link.wait_up(PATIENCE_S)
        assert isinstance(await link.ask(purchase(Choice(stan=3)), PATIENCE_S), Answer)
        assert [entry["stan"] for entry in await second.ledger()] == [1, 3]


async def test_a_stopped_link_has_signed_off_and_takes_nothing_more(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, link_to(running.iso_port) as link:
        assert await link.wait_up(PATIENCE_S)
        paying = asyncio.create_task(link.ask(purchase(Choice(number=ANSWERS_LATE)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        stopping = asyncio.create_task(link.stop())
        await until(lambda: not link.is_up)
        assert await link.ask(purchase(Choice(stan=2)), PATIENCE_S) == NotSent(NotTaken.DOWN)
        await stopping
        assert isinstance(await paying, Answer)


async def test_a_line_that_has_taken_leave_connects_no_more_while_the_other_one_still_does() -> None:
    connections, parted = 0, 0

    async def slow_to_part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, parted
        connections += 1
        second = connections == 2
        await answer_sign_on(reader, writer)
        if second:
            await until(lambda: parted == 1)
            await asyncio.sleep(0.4)  # some pauses of a line that would connect anew
        assert await answer_network(reader, writer) is NetworkFunction.SIGN_OFF
        parted += 1
        await reader.read()

    async with listening(slow_to_part) as port, link_to(port, stop_timeout_s=PATIENCE_S) as link:
        await until(lambda: link.lines_up == 2)
        await link.stop()
        assert (connections, parted) == (2, 2)


async def test_stopping_waits_no_longer_than_its_bound(tmp_path: Path) -> None:
    async with linked(tmp_path, stop_timeout_s=0.1) as (link, _):
        paying = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        async with asyncio.timeout(2):
            await link.stop()
        assert await paying == NoAnswer(Unknown.CONNECTION_LOST)


async def test_frames_may_come_in_many_pieces(tmp_path: Path) -> None:
    async with (
        simulator(tmp_path) as running,
        _byte_by_byte(running.iso_port) as port,
        link_to(port, standby=False) as link,
    ):
        assert await link.wait_up(PATIENCE_S)
        answer = await link.ask(purchase(), PATIENCE_S)
        assert isinstance(answer, Answer)
        assert answer.response_code == "00"


async def test_a_link_with_another_key_never_comes_up(tmp_path: Path) -> None:
    async with (
        simulator(tmp_path) as running,
        link_to(running.iso_port, standby=False, mac_key=b"another key of 16") as link,
    ):
        assert not await link.wait_up(0.2)
        assert (await running.get("/health"))[2]["dropped"]["wrong_mac"] == 1


@asynccontextmanager
async def _byte_by_byte(port: int) -> AsyncIterator[int]:
    """A way to the port on which each byte travels alone."""
    async with listening(pass_on_to(port, 1)) as near:
        yield near


async def test_nothing_of_a_card_is_logged(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with linked(tmp_path) as (link, _):
            await link.ask(purchase(), PATIENCE_S)
            await link.ask(purchase(Choice(number=ANSWERS_LATE, stan=43)), 0.05)
            await until(lambda: link.unmatched[UnmatchedKind.LATE] == 1)
    shown = repr(logs)
    assert len(logs) >= 4
    assert not any(secret in shown for secret in (APPROVES, APPROVES[:6], ANSWERS_LATE, "CV003", "1111"))


def test_options_hide_the_key_and_refuse_a_short_one() -> None:
    assert "0123456789" not in repr(LinkOptions(host="127.0.0.1", port=1, mac_key=MAC_KEY))
    with pytest.raises(SettingsError):
        LinkOptions(host="127.0.0.1", port=1, mac_key=b"short")
