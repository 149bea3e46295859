"""The simulator as a program of its own: its cards, its ledger, its ports. Source: acquirer.md, Simulator; rule B4."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from oneclick.acquirer import fields, mac
from oneclick.acquirer.fields import Message
from oneclick.acquirer.framing import frame
from oneclick.acquirer.messages import (
    NetworkFunction,
    NetworkManagement,
    Trace,
    read_network_management,
    write_network_management,
    write_purchase,
)
from oneclick.acquirer.simulator.cards import Answering, CardVerdict, judge
from oneclick.acquirer.simulator.control import Control
from oneclick.acquirer.simulator.ledger import Entry, Ledger
from oneclick.acquirer.simulator.options import SimulatorOptions
from oneclick.acquirer.simulator.server import IsoServer
from oneclick.card import CardNumber, Cvc2, Expiry
from support.wire import (
    ANSWERS_LATE,
    APPROVES,
    MAC_KEY,
    MOMENT,
    NEVER_ANSWERS,
    PATIENCE_S,
    Choice,
    Running,
    purchase,
    read_frame,
    simulator,
)

TODAY = date(2031, 7, 5)


@dataclass(frozen=True)
class Client:
    """Speaks raw messages to a simulator."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, sent: bytes) -> Message:
        self.writer.write(frame(sent))
        async with asyncio.timeout(PATIENCE_S):
            received = await read_frame(self.reader)
        assert mac.holds(received, MAC_KEY)
        return fields.decode(received)

    async def manage(self, function: NetworkFunction) -> str | None:
        request = NetworkManagement(Trace.at(MOMENT, 1, "NETMGMT1"), function)
        answer = read_network_management(await self.ask(write_network_management(request, MAC_KEY)))
        assert (answer.trace, answer.function) == (request.trace, function)
        return answer.response_code


@asynccontextmanager
async def client_of(running: Running) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.iso_port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


def test_every_other_valid_number_approves() -> None:
    number = CardNumber.read("4012888888881881")
    assert judge(number, Expiry(2031, 7), Cvc2("123"), TODAY) == CardVerdict("00", "M", Answering.AT_ONCE)


def test_a_card_is_good_through_its_last_day() -> None:
    number = CardNumber(APPROVES)
    assert judge(number, Expiry(2031, 7), Cvc2("123"), date(2031, 7, 31)).response_code == "00"
    assert judge(number, Expiry(2031, 7), Cvc2("123"), date(2031, 8, 1)).response_code == "54"


def test_a_number_with_a_wrong_check_digit_is_no_card() -> None:
    assert judge(None, Expiry(2031, 7), Cvc2("123"), TODAY).response_code == "14"


@pytest.mark.parametrize("cvc2", [None, Cvc2("000"), Cvc2("0000")])
def test_a_missing_or_zero_cvc2_is_wrong(cvc2: Cvc2 | None) -> None:
    assert judge(CardNumber(APPROVES), Expiry(2031, 7), cvc2, TODAY) == CardVerdict("N7", "N", Answering.AT_ONCE)


@pytest.mark.parametrize(("number", "answering"), [(NEVER_ANSWERS, Answering.NEVER), (ANSWERS_LATE, Answering.LATE)])
def test_two_cards_approve_and_say_so_late_or_never(number: str, answering: Answering) -> None:
    assert judge(CardNumber(number), Expiry(2031, 7), Cvc2("123"), TODAY) == CardVerdict("00", "M", answering)


async def test_a_payment_before_the_sign_on_is_refused_and_not_in_the_ledger(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, client_of(running) as client:
        answer = await client.ask(write_purchase(purchase(), MAC_KEY))
        assert (answer.mti, answer.fields[39]) == ("0210", "91")
        assert await client.manage(NetworkFunction.ECHO) == "91"
        assert await client.manage(NetworkFunction.SIGN_ON) == "00"
        assert await client.manage(NetworkFunction.ECHO) == "00"
        assert (await client.ask(write_purchase(purchase(Choice(stan=2)), MAC_KEY))).fields[39] == "00"
        assert await client.manage(NetworkFunction.SIGN_OFF) == "00"
        assert (await client.ask(write_purchase(purchase(Choice(stan=3)), MAC_KEY))).fields[39] == "91"
        assert [entry["stan"] for entry in await running.ledger()] == [2]


async def test_a_wrong_check_digit_on_the_wire_is_14(tmp_path: Path) -> None:
    payment = fields.decode(write_purchase(purchase(), MAC_KEY))
    async with simulator(tmp_path) as running, client_of(running) as client:
        await client.manage(NetworkFunction.SIGN_ON)
        answer = await client.ask(mac.seal(_with(payment, 2, "4111111111111112"), MAC_KEY))
        assert answer.fields[39] == "14"
        assert [entry["response_code"] for entry in await running.ledger()] == ["14"]


@pytest.mark.parametrize(
    ("number", "text", "code"),
    [
        (14, "3113", "30"),
        (22, "992", "30"),
        (49, "999", "30"),
        (48, "CV003123", "30"),
        (48, "CV9", "30"),
        (3, "010000", "12"),
        (4, "0" * 12, "13"),
    ],
)
async def test_a_payment_that_makes_no_sense_is_refused_and_not_in_the_ledger(
    tmp_path: Path, number: int, text: str, code: str
) -> None:
    payment = fields.decode(write_purchase(purchase(), MAC_KEY))
    async with simulator(tmp_path) as running, client_of(running) as client:
        await client.manage(NetworkFunction.SIGN_ON)
        assert (await client.ask(mac.seal(_with(payment, number, text), MAC_KEY))).fields[39] == code
        assert await running.ledger() == []


async def test_a_duplicate_gets_the_same_answer_bytes_on_another_connection(tmp_path: Path) -> None:
    sent = write_purchase(purchase(), MAC_KEY)
    answers = []
    async with simulator(tmp_path) as running:
        for _ in range(2):
            async with client_of(running) as client:
                await client.manage(NetworkFunction.SIGN_ON)
                answers.append(await client.ask(sent))
        assert answers[0] == answers[1]
        assert len(await running.ledger()) == 1


async def test_wrong_macs_and_garbage_are_passed_over_and_counted(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, client_of(running) as client:
        client.writer.write(frame(write_purchase(purchase(), b"another key")))
        client.writer.write(frame(b""))
        client.writer.write(frame(mac.seal(Message("0100", purchase().trace.fields), MAC_KEY)))
        client.writer.write(frame(mac.seal(Message("0200", {}), MAC_KEY)))
        assert await client.manage(NetworkFunction.SIGN_ON) == "00"
        health = (await running.get("/health"))[2]
        assert health == {"status": "ok", "dropped": {"wrong_mac": 2, "garbage": 2, "too_many": 0}}


async def test_a_frame_over_the_bound_ends_the_connection(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, client_of(running) as client:
        client.writer.write(b"\xff\xff")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await read_frame(client.reader)


async def test_an_idle_connection_and_one_too_many_are_ended(tmp_path: Path) -> None:
    async with (
        simulator(tmp_path, idle_timeout_s=0.3, connections_max=1) as running,
        client_of(running) as first,
        client_of(running) as second,
    ):
        for client in (second, first):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await read_frame(client.reader)


async def test_over_the_bound_a_late_answer_is_never_given(tmp_path: Path) -> None:
    async with simulator(tmp_path, late_answers_max=0) as running, client_of(running) as client:
        await client.manage(NetworkFunction.SIGN_ON)
        client.writer.write(frame(write_purchase(purchase(Choice(number=ANSWERS_LATE)), MAC_KEY)))
        assert await client.manage(NetworkFunction.ECHO) == "00"
        assert (await running.get("/health"))[2]["dropped"]["too_many"] == 1


async def test_no_file_of_the_simulator_holds_card_digits_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    """B4, B9."""
    async with simulator(tmp_path) as running, client_of(running) as client:
        await client.manage(NetworkFunction.SIGN_ON)
        await client.ask(write_purchase(purchase(Choice(number="378282246310005", cvc2="9274")), MAC_KEY))
        await client.ask(write_purchase(purchase(Choice(number=APPROVES, stan=43)), MAC_KEY))
        files = _files(tmp_path)
        held = b"".join(file.read_bytes() for file in files)
        assert files
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
        assert b"0005" in held
        assert not any(secret in held for secret in (b"378282", b"9274", b"411111", b"1111111"))


async def test_the_ledgers_page_shows_the_payments_and_escapes_them(tmp_path: Path) -> None:
    payment = replace(purchase(), billnumber="<script>alert(1)</script>")
    async with simulator(tmp_path) as running:
        assert "No payment has come yet." in (await running.get("/"))[1]
        async with client_of(running) as client:
            await client.manage(NetworkFunction.SIGN_ON)
            await client.ask(write_purchase(payment, MAC_KEY))
        status, page, _ = await running.get("/")
    assert status == 200
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "1234.50 RUB" in page
    assert "•••• 1111" in page


async def test_the_control_port_is_on_loopback_only(tmp_path: Path) -> None:
    options = SimulatorOptions(ledger_file=tmp_path / "l", mac_key=MAC_KEY, iso_port=0, control_port=0)
    ledger = Ledger(options.ledger_file)
    async with Control(ledger, IsoServer(options, ledger)).listening(0) as port:
        assert port > 0
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.2", port)
    ledger.close()


async def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        with pytest.raises(OSError, match="address already in use"):
            async with simulator(tmp_path, iso_port=running.iso_port):
                pass


def test_a_failed_decision_leaves_no_row(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")

    def fail(_: bool) -> Entry:  # noqa: FBT001  # a fact, not a flag
        message = "no decision"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        ledger.settle(purchase().trace, fail)
    assert ledger.entries() == []
    ledger.close()


def test_options_hide_the_key(tmp_path: Path) -> None:
    options = SimulatorOptions(ledger_file=tmp_path / "l", mac_key=MAC_KEY, iso_port=0, control_port=0)
    assert "0123456789" not in repr(options)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def _with(message: Message, number: int, text: str) -> Message:
    return Message(message.mti, {**message.fields, number: text})
