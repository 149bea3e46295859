"""The link when its other end fails: wrong frames, lost connections, silence. Source: acquirer.md, Session; E7."""

import asyncio
import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from oneclick.acquirer import fields, mac
from oneclick.acquirer.framing import frame
from oneclick.acquirer.in_flight import NotTaken, UnmatchedKind
from oneclick.acquirer.link import Link, LinkOptions, NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import (
    Answer,
    NetworkFunction,
    Trace,
    read_network_management,
)
from oneclick.clock import FixedClock
from support.wire import (
    APPROVES,
    MAC_KEY,
    MOMENT,
    PATIENCE_S,
    Choice,
    answer_sign_on,
    link_to,
    listening,
    purchase,
    read_frame,
    simulator,
    until,
)


async def test_wrong_macs_and_garbage_are_dropped_and_counted_and_the_payment_is_unknown() -> None:
    async def hostile(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_sign_on(reader, writer)
        paid = Trace.of(fields.decode(await read_frame(reader)))
        approval = fields.Message("0210", paid.fields | {37: "118600000042", 38: "654321", 39: "00"})
        writer.write(frame(mac.seal(approval, b"the wrong key")))
        writer.write(frame(b"") + frame(b"\x00" * 40))
        writer.write(frame(mac.seal(replace(approval, mti="0200"), MAC_KEY)))
        await reader.read()

    async with listening(hostile) as port, link_to(port, standby=False, stop_timeout_s=0.1) as link:
        assert await link.wait_up(PATIENCE_S)
        assert await link.ask(purchase(), 0.2) == NoAnswer(Unknown.TIMED_OUT)
        assert link.unmatched == {UnmatchedKind.WRONG_MAC: 3, UnmatchedKind.GARBAGE: 1}
        assert link.is_up


async def test_a_connection_lost_after_sending_leaves_the_payment_unknown() -> None:
    """E7."""

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_sign_on(reader, writer)
        await read_frame(reader)

    async with listening(hangs_up) as port, link_to(port, standby=False) as link:
        assert await link.wait_up(PATIENCE_S)
        assert await link.ask(purchase(), PATIENCE_S) == NoAnswer(Unknown.CONNECTION_LOST)


async def test_a_refused_sign_on_keeps_the_link_down_and_it_asks_again() -> None:
    asked = 0

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await answer_sign_on(reader, writer, "91")
        asked += 1
        await reader.read()

    async with listening(refuses) as port, link_to(port, standby=False) as link:
        await until(lambda: asked >= 3)
        assert not link.is_up


async def test_an_acquirer_that_no_longer_answers_echoes_is_left() -> None:
    sign_ons: list[Trace] = []
    echoes = 0

    async def falls_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal echoes
        await answer_sign_on(reader, writer)
        sign_ons.append(Trace(0, "", ""))
        while len(sign_ons) == 1:
            assert read_network_management(fields.decode(await read_frame(reader))).function is NetworkFunction.ECHO
            echoes += 1
        await reader.read()

    async with listening(falls_silent) as port, link_to(port, standby=False, echo_silence_s=0.05, stop_timeout_s=0.1):
        await until(lambda: len(sign_ons) == 2)
        assert echoes == 3


async def test_an_acquirer_that_no_longer_reads_is_left_and_what_was_sent_is_unknown() -> None:
    async def reads_no_more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_sign_on(reader, writer)
        transport = writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await asyncio.sleep(PATIENCE_S)

    bounds: dict[str, Any] = {"standby": False, "in_flight_max": 5000, "write_timeout_s": 0.3, "stop_timeout_s": 0.1}
    async with listening(reads_no_more) as port, link_to(port, **bounds) as link:
        assert await link.wait_up(PATIENCE_S)
        payments = [purchase(Choice(stan=stan)) for stan in range(1, 5001)]
        outcomes = await asyncio.gather(*(link.ask(payment, PATIENCE_S) for payment in payments))
        assert set(outcomes) == {NoAnswer(Unknown.CONNECTION_LOST), NotSent(NotTaken.FULL)}


class _StumblingClock(FixedClock):
    """A clock that fails at its first question."""

    asked = 0

    def now(self) -> datetime:
        self.asked += 1
        if self.asked == 1:
            raise LookupError(APPROVES)
        return super().now()


async def test_a_line_that_fails_on_a_mistake_of_ours_comes_up_again_and_tells_its_name_alone(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        options = LinkOptions(
            host="127.0.0.1", port=running.iso_port, mac_key=MAC_KEY, standby=False, reconnect_pause_first_s=0.02
        )
        link = Link(options, _StumblingClock(MOMENT))
        with capture_logs() as logs:
            await link.start()
            try:
                assert await link.wait_up(PATIENCE_S)
                assert isinstance(await link.ask(purchase(), PATIENCE_S), Answer)
            finally:
                await link.stop()
        assert [line for line in logs if line["log_level"] == "error"] == [
            {"event": "acquirer_connection_failed", "error": "LookupError", "log_level": "error"}
        ]
