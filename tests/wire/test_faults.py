"""The link against the real simulator, for each fault, over real TCP. Source: acquirer.md, Session, Faults; E7, E8."""

import asyncio
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from oneclick.acquirer import mac
from oneclick.acquirer.fields import Message
from oneclick.acquirer.framing import frame
from oneclick.acquirer.in_flight import NotTaken, UnmatchedAnswer, UnmatchedKind
from oneclick.acquirer.link import Link, NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import Answer
from oneclick.acquirer.session import AcquirerRequest
from support.wire import (
    ANSWERS_LATE,
    APPROVES,
    MAC_KEY,
    NEVER_ANSWERS,
    PATIENCE_S,
    TWO_STAGE,
    Choice,
    Running,
    completion,
    link_to,
    linked,
    listening,
    original,
    purchase,
    read_frame,
    refund,
    reversal,
    simulator,
    until,
)

TIMED_OUT = NoAnswer(Unknown.TIMED_OUT)
LOST = NoAnswer(Unknown.CONNECTION_LOST)


async def code(link: Link, message: AcquirerRequest) -> str | NoAnswer | NotSent:
    answer = await link.ask(message, PATIENCE_S)
    return answer.response_code if isinstance(answer, Answer) else answer


async def states(running: Running) -> list[tuple[str, int, int]]:
    return [(entry["state"], entry["captured_minor"], entry["refunded_minor"]) for entry in await running.ledger()]


async def test_e4_two_stages_charge_and_refund_over_the_wire(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        held = await link.ask(purchase(TWO_STAGE), PATIENCE_S)
        assert isinstance(held, Answer)
        assert held.authorisation_id is not None
        of = original(TWO_STAGE, held.authorisation_id)
        assert await states(running) == [("authorised", 0, 0)]
        taken = await link.ask(completion(100_000, of=of), PATIENCE_S)
        assert taken == Answer(
            response_code="00",
            authorisation_id=held.authorisation_id,
            rrn="118600000042",
            network_transaction_id=None,
            cvc2_result=None,
        )
        assert await states(running) == [("captured", 100_000, 0)]
        assert await code(link, refund(40_000, of=of)) == "00"
        assert await states(running) == [("captured", 100_000, 40_000)]
        assert await code(link, refund(60_000, 45, of=of)) == "00"
        assert await states(running) == [("refunded", 100_000, 100_000)]
        kinds = [(move["kind"], move["amount_minor"]) for move in await running.movements()]
        assert kinds == [("completion", 100_000), ("refund", 40_000), ("refund", 60_000)]


async def test_e7_a_payment_without_an_answer_is_reversed(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        assert await link.ask(purchase(Choice(number=NEVER_ANSWERS)), 0.05) == TIMED_OUT
        assert await states(running) == [("captured", 123450, 0)]
        assert [await code(link, reversal()) for _ in range(2)] == ["00", "00"]
        assert await states(running) == [("reversed", 0, 0)]


async def test_two_reversals_of_one_payment_at_once_get_each_its_own_answer(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        await link.ask(purchase(), PATIENCE_S)
        codes = await asyncio.gather(*(code(link, reversal(left)) for left in (500, 600, None)))
        assert codes == ["00", "13", "00"]
        assert await states(running) == [("reversed", 0, 0)]


@pytest.mark.parametrize("fault", ["no_answer", "drop_before_processing"])
async def test_e7_a_fault_that_leaves_a_message_unanswered_leaves_it_unknown(tmp_path: Path, fault: str) -> None:
    async with linked(tmp_path) as (link, running):
        await running.misbehave(fault=fault, count=1)
        assert await link.ask(purchase(), 0.05) == TIMED_OUT
        assert await states(running) == ([] if fault == "drop_before_processing" else [("captured", 123450, 0)])
        assert link.lines_up >= 1
        assert await code(link, reversal()) == "00"
        assert await code(link, purchase(Choice(stan=7))) == "00"
        live = [entry["stan"] for entry in await running.ledger() if entry["captured_minor"]]
        assert live == [7]


@pytest.mark.parametrize("fault", ["close", "drop_after_processing"])
async def test_e7_a_fault_that_breaks_the_connection_leaves_the_message_unknown(tmp_path: Path, fault: str) -> None:
    async with linked(tmp_path) as (link, running):
        await until(lambda: link.lines_up == 2)
        await running.misbehave(fault=fault, count=1)
        assert await link.ask(purchase(), PATIENCE_S) == LOST
        assert await states(running) == ([] if fault == "close" else [("captured", 123450, 0)])
        assert await code(link, reversal()) == "00"
        await until(lambda: link.lines_up == 2)


async def test_a_delayed_answer_holds_up_no_other(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        await running.misbehave(fault="delay", seconds=0.3, count=1)
        slow = asyncio.create_task(code(link, purchase(Choice(stan=1))))
        await until(lambda: link.in_flight == 1)
        await asyncio.sleep(0.05)
        assert await code(link, purchase(Choice(stan=2))) == "00"
        assert not slow.done()
        assert await slow == "00"


async def test_answers_out_of_order_find_their_askers(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        for seconds in (0.3, 0.2, 0.1):
            await running.misbehave(fault="delay", seconds=seconds, count=1)
        done: list[int] = []

        async def pay(stan: int) -> str:
            answer = await link.ask(purchase(Choice(stan=stan)), PATIENCE_S)
            done.append(stan)
            assert isinstance(answer, Answer)
            return answer.rrn

        rrns = await asyncio.gather(*(pay(stan) for stan in (1, 2, 3, 4)))
        assert rrns == [f"118600{stan:06}" for stan in (1, 2, 3, 4)]
        assert done == [4, 3, 2, 1]


async def test_an_answer_in_the_same_turn_of_the_loop_as_the_deadline_is_a_late_one(tmp_path: Path) -> None:
    """The loop is busy while both come due: the asker is told that nobody knows, and the answer is recorded."""
    unmatched: list[UnmatchedAnswer] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", running.iso_port)
        try:
            for _ in range(2):  # the sign-on, then the payment
                far_writer.write(await reader.read(4096))
                writer.write(await far_reader.read(4096))
                if link.in_flight:
                    time.sleep(0.3)  # noqa: ASYNC251  # the busy loop
            await reader.read()
        finally:
            far_writer.transport.abort()

    async with (
        simulator(tmp_path) as running,
        listening(accept) as port,
        link_to(port, unmatched.append, standby=False) as link,
    ):
        assert await link.wait_up(PATIENCE_S)
        assert await link.ask(purchase(), 0.2) == TIMED_OUT
        await until(lambda: len(unmatched) == 1)
        assert (unmatched[0].kind, unmatched[0].stan, unmatched[0].response_code) == (UnmatchedKind.LATE, 42, "00")
        assert link.unmatched == {UnmatchedKind.LATE: 1}


async def test_a_late_answer_is_recorded_and_changes_nothing(tmp_path: Path) -> None:
    unmatched: list[UnmatchedAnswer] = []
    async with simulator(tmp_path) as running, link_to(running.iso_port, unmatched.append) as link:
        assert await link.wait_up(PATIENCE_S)
        await running.misbehave(fault="delay", seconds=0.2, count=1)
        assert await link.ask(purchase(), 0.05) == TIMED_OUT
        await until(lambda: len(unmatched) == 1)
        [entry] = await running.ledger()
        assert unmatched == [
            UnmatchedAnswer(
                kind=UnmatchedKind.LATE,
                mti="0210",
                stan=42,
                terminal_id="OC000001",
                transmission="0705090807",
                rrn="118600000042",
                response_code="00",
                authorisation_id=entry["authorisation_id"],
            )
        ]
        assert link.unmatched == {UnmatchedKind.LATE: 1}
        assert link.is_up


async def test_a_payments_late_answer_is_not_the_answer_to_its_reversal(tmp_path: Path) -> None:
    """A 0210 that comes while the 0420 is in flight has the same STAN, time and terminal."""
    unmatched: list[UnmatchedAnswer] = []
    async with simulator(tmp_path) as running, link_to(running.iso_port, unmatched.append) as link:
        assert await link.wait_up(PATIENCE_S)
        await running.misbehave(fault="delay", seconds=0.15, mtis=["0200"])
        await running.misbehave(fault="delay", seconds=0.4, mtis=["0420"])
        assert await link.ask(purchase(), 0.05) == TIMED_OUT
        reversing = asyncio.create_task(link.ask(reversal(), PATIENCE_S))
        await until(lambda: len(unmatched) == 1)
        assert not reversing.done()
        assert (unmatched[0].mti, unmatched[0].response_code) == ("0210", "00")
        answer = await reversing
        assert isinstance(answer, Answer)
        assert answer.response_code == "00"
        assert await states(running) == [("reversed", 0, 0)]


async def test_a_second_answer_is_counted_and_harmless(tmp_path: Path) -> None:
    unmatched: list[UnmatchedAnswer] = []
    async with simulator(tmp_path) as running, link_to(running.iso_port, unmatched.append) as link:
        assert await link.wait_up(PATIENCE_S)
        await running.misbehave(fault="answer_twice", count=1)
        assert await code(link, purchase()) == "00"
        await until(lambda: link.unmatched == {UnmatchedKind.TWICE: 1})
        assert [(answer.kind, answer.stan) for answer in unmatched] == [(UnmatchedKind.TWICE, 42)]
        assert len(await running.ledger()) == 1


@pytest.mark.parametrize("fault", ["wrong_mac", "garbage"])
async def test_what_nobody_vouches_for_is_counted_and_nothing_of_it_handed_on(tmp_path: Path, fault: str) -> None:
    unmatched: list[UnmatchedAnswer] = []
    async with simulator(tmp_path) as running, link_to(running.iso_port, unmatched.append) as link:
        assert await link.wait_up(PATIENCE_S)
        await running.misbehave(fault=fault, count=1)
        assert await link.ask(purchase(), 0.1) == TIMED_OUT
        assert unmatched == [UnmatchedAnswer(kind=UnmatchedKind.WRONG_MAC)]
        assert link.unmatched == {UnmatchedKind.WRONG_MAC: 1}
        assert link.is_up
        assert await code(link, reversal()) == "00"


async def test_an_answer_for_nobody_is_counted_and_harmless() -> None:
    unmatched: list[UnmatchedAnswer] = []
    asked: list[bytes] = []

    async def answers_another(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sign_on = await read_frame(reader)
        texts = {7: "0705090807", 11: sign_on[-8 - 3 - 8 - 6 : -8 - 3 - 8].decode(), 41: "NETMGMT1", 70: "001"}
        writer.write(frame(mac.seal(Message("0810", texts | {39: "00"}), MAC_KEY)))
        asked.append(await read_frame(reader))
        nobody = {7: "0705090807", 11: "000099", 41: "OC000009", 37: "118600000099", 39: "00"}
        for mti in ("0110", "0210", "0230", "0430"):
            writer.write(frame(mac.seal(Message(mti, nobody), MAC_KEY)))
        await reader.read()

    async with (
        listening(answers_another) as port,
        link_to(port, unmatched.append, standby=False, stop_timeout_s=0.1) as link,
    ):
        assert await link.wait_up(PATIENCE_S)
        assert await link.ask(purchase(), 0.2) == TIMED_OUT
        assert [(answer.kind, answer.mti, answer.stan) for answer in unmatched] == [
            (UnmatchedKind.UNKNOWN_TRACE, mti, 99) for mti in ("0110", "0210", "0230", "0430")
        ]
        assert link.unmatched == {UnmatchedKind.UNKNOWN_TRACE: 4}


async def test_who_records_strays_may_fail_and_the_link_goes_on(tmp_path: Path) -> None:
    def fails(_: UnmatchedAnswer) -> None:
        message = f"cannot record {APPROVES}"
        raise RuntimeError(message)

    with capture_logs() as logs:
        async with simulator(tmp_path) as running, link_to(running.iso_port, fails) as link:
            assert await link.wait_up(PATIENCE_S)
            await running.misbehave(fault="answer_twice", count=1)
            assert await code(link, purchase()) == "00"
            assert await code(link, purchase(Choice(stan=43))) == "00"
    errors = [line for line in logs if line["event"] == "acquirer_unmatched_answer_not_recorded"]
    assert [line["error"] for line in errors] == ["RuntimeError"]
    assert APPROVES not in repr(logs)


async def test_refused_connections_keep_the_link_down_till_they_are_over(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        await until(lambda: link.lines_up == 2)
        paying = asyncio.create_task(link.ask(purchase(Choice(number=ANSWERS_LATE, stan=1)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        await running.misbehave(fault="refuse_connection")
        assert await paying == LOST
        await until(lambda: not link.is_up)
        begun = time.monotonic()
        assert await link.ask(purchase(), PATIENCE_S) == NotSent(NotTaken.DOWN)
        assert time.monotonic() - begun < 0.1
        assert (await running.behaviour("DELETE"))[0] == 200
        assert await link.wait_up(PATIENCE_S)
        assert await code(link, purchase()) == "00"


async def test_so_many_connections_are_refused(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, running):
        await until(lambda: link.lines_up == 2)
        await running.misbehave(fault="refuse_connection", count=4)
        await until(lambda: link.lines_up == 0)
        await until(lambda: link.lines_up == 2)
        assert await running.behaviour("GET") == (200, [])


async def test_unanswered_echoes_make_the_link_connect_anew(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, link_to(running.iso_port, echo_silence_s=0.03) as link:
        assert await link.wait_up(PATIENCE_S)
        with capture_logs() as logs:
            await running.misbehave(fault="no_answer", mtis=["0800"])
            await until(lambda: any(line["event"] == "acquirer_connection_ended" for line in logs))
            await running.behaviour("DELETE")
            assert await link.wait_up(PATIENCE_S)


async def test_e8_under_many_faults_repeating_does_nothing_twice(tmp_path: Path) -> None:
    """Each message is repeated till it is answered: the ledger has one movement of each."""
    async with linked(tmp_path) as (link, running):
        for fault in ("no_answer", "drop_before_processing", "drop_after_processing", "wrong_mac", "answer_twice"):
            await running.misbehave(fault=fault, share=0.15, seed=7, mtis=["0220", "0420", "0200"])

        async def insist(message: AcquirerRequest) -> str:
            while True:
                answer = await link.ask(message, 0.15)
                if isinstance(answer, Answer):
                    return answer.response_code
                await asyncio.sleep(0.01)

        async def one(stan: int) -> list[str]:
            choice = Choice(stan=stan, two_stage=True)
            of = original(choice)
            assert await insist(purchase(choice)) == "00"
            if stan % 2:
                return [await insist(reversal(of=of))]
            return [await insist(completion(1000, 1000 + stan, of)), await insist(refund(400, 2000 + stan, of))]

        codes = await asyncio.gather(*(one(stan) for stan in range(1, 31)))
        assert {code for codes_of_one in codes for code in codes_of_one} == {"00"}
        assert sorted(await states(running)) == sorted([("captured", 1000, 400), ("reversed", 0, 0)] * 15)
        assert len(await running.movements()) == 45
        assert link.in_flight == 0
