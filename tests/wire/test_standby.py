"""The second connection, and the pauses between tries. Source: acquirer.md, Session."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from pathlib import Path

from oneclick.acquirer.framing import frame
from oneclick.acquirer.in_flight import NotTaken
from oneclick.acquirer.line import reconnect_pauses
from oneclick.acquirer.link import NoAnswer, NotSent, Unknown
from oneclick.acquirer.messages import Answer
from support.wire import (
    ANSWERS_LATE,
    NEVER_ANSWERS,
    PATIENCE_S,
    Choice,
    link_to,
    linked,
    listening,
    pass_on_to,
    purchase,
    read_frame,
    simulator,
    until,
)


class Wires:
    """Passes connections on to a port, and can cut each."""

    def __init__(self, port: int) -> None:
        self._pass_on = pass_on_to(port, 65536)
        self.open: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        await self._pass_on(reader, writer)


async def test_there_are_two_connections_signed_on_or_one_if_told_so(tmp_path: Path) -> None:
    async with linked(tmp_path) as (link, _):
        await until(lambda: link.lines_up == 2)
    async with linked(tmp_path, standby=False) as (link, _):
        await asyncio.sleep(0.05)
        assert link.lines_up == 1


async def test_the_standby_takes_over_at_once(tmp_path: Path) -> None:
    """Measured from before the message whose connection breaks to the first approval after it."""
    slow_pauses = {"reconnect_pause_first_s": 5.0, "reconnect_pause_max_s": 5.0}
    async with linked(tmp_path, **slow_pauses) as (link, running):
        await until(lambda: link.lines_up == 2)
        in_flight = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS, stan=1)), PATIENCE_S))
        await until(lambda: link.in_flight == 1)
        await running.misbehave(fault="drop_after_processing", count=1)
        begun = time.perf_counter()
        struck = await link.ask(purchase(Choice(stan=2)), PATIENCE_S)
        good = await link.ask(purchase(Choice(stan=3)), PATIENCE_S)
        took_s = time.perf_counter() - begun
        assert isinstance(good, Answer)
        assert took_s < 0.1
        assert struck == await in_flight == NoAnswer(Unknown.CONNECTION_LOST)
        assert link.lines_up == 1


async def test_what_was_in_flight_is_never_sent_again_by_the_link(tmp_path: Path) -> None:
    """E7."""
    async with linked(tmp_path) as (link, running):
        await until(lambda: link.lines_up == 2)
        await running.misbehave(fault="close", count=1)
        assert await link.ask(purchase(), PATIENCE_S) == NoAnswer(Unknown.CONNECTION_LOST)
        await until(lambda: link.lines_up == 2)
        assert await running.ledger() == []


async def test_a_connection_that_came_back_is_the_standby_and_its_loss_loses_nothing(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, AsyncExitStack() as stack:
        wires = Wires(running.iso_port)
        port = await stack.enter_async_context(listening(wires.accept))
        link = await stack.enter_async_context(link_to(port))
        await until(lambda: link.lines_up == 2)
        await running.misbehave(fault="close", count=1)
        assert await link.ask(purchase(Choice(stan=1)), PATIENCE_S) == NoAnswer(Unknown.CONNECTION_LOST)
        for stan in range(2, 5):
            await until(lambda: link.lines_up == 2)
            paying = asyncio.create_task(link.ask(purchase(Choice(number=ANSWERS_LATE, stan=stan)), PATIENCE_S))
            await until(lambda: link.in_flight == 1)
            wires.open[-1].transport.abort()  # the one that came back
            await until(lambda: link.lines_up == 1)
            assert isinstance(await paying, Answer)


async def test_an_answer_may_come_on_the_other_connection(tmp_path: Path) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def crossed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", running.iso_port)
        writers.append(writer)

        async def back() -> None:
            while True:
                message = await read_frame(far_reader)
                is_answer = message[:4] == b"0210"
                to = next(each for each in writers if each is not writer) if is_answer else writer
                to.write(frame(message))

        async def forth() -> None:
            while data := await reader.read(65536):
                far_writer.write(data)

        try:
            await asyncio.gather(back(), forth())
        finally:
            far_writer.transport.abort()

    async with simulator(tmp_path) as running, listening(crossed) as port, link_to(port, stop_timeout_s=0.1) as link:
        await until(lambda: link.lines_up == 2)
        assert isinstance(await link.ask(purchase(), PATIENCE_S), Answer)


async def test_a_connection_on_which_nothing_is_heard_any_more_carries_one_message_and_no_next(tmp_path: Path) -> None:
    """It is open, and dead: a firewall has forgotten it, say."""
    silent: list[asyncio.StreamWriter] = []

    async def first_payments_line_dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", running.iso_port)
        try:
            while True:
                message = await read_frame(reader)
                if message[:4] == b"0200" and not silent:
                    silent.append(writer)
                if writer not in silent:
                    far_writer.write(frame(message))
                    writer.write(frame(await read_frame(far_reader)))
        finally:
            far_writer.transport.abort()

    async with (
        simulator(tmp_path) as running,
        listening(first_payments_line_dies) as port,
        link_to(port, stop_timeout_s=0.1) as link,
    ):
        await until(lambda: link.lines_up == 2)
        assert await link.ask(purchase(Choice(stan=1)), 0.1) == NoAnswer(Unknown.TIMED_OUT)
        for stan in range(2, 5):
            assert isinstance(await link.ask(purchase(Choice(stan=stan)), PATIENCE_S), Answer)
        assert link.lines_up == 2


async def test_the_standby_is_kept_alive_by_echoes(tmp_path: Path) -> None:
    async with (
        simulator(tmp_path, idle_timeout_s=1.0) as running,
        link_to(running.iso_port, echo_silence_s=0.2) as link,
    ):
        await until(lambda: link.lines_up == 2)
        for stan in range(1, 9):
            await asyncio.sleep(0.2)
            assert link.lines_up == 2
            assert isinstance(await link.ask(purchase(Choice(stan=stan)), PATIENCE_S), Answer)


async def test_the_bound_of_messages_in_flight_is_the_links(tmp_path: Path) -> None:
    async with linked(tmp_path, in_flight_max=1) as (link, _):
        await until(lambda: link.lines_up == 2)
        waiting = asyncio.create_task(link.ask(purchase(Choice(number=NEVER_ANSWERS, stan=1)), 0.2))
        await until(lambda: link.in_flight == 1)
        assert await link.ask(purchase(Choice(stan=2)), PATIENCE_S) == NotSent(NotTaken.FULL)
        assert await waiting == NoAnswer(Unknown.TIMED_OUT)


async def test_both_connections_sign_off_when_the_link_stops(tmp_path: Path) -> None:
    signed_off = 0

    async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal signed_off
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", running.iso_port)
        try:
            while True:
                message = await read_frame(reader)
                signed_off += message[:4] == b"0800" and message[-8 - 3 : -8] == b"002"
                far_writer.write(frame(message))
                writer.write(frame(await read_frame(far_reader)))
        finally:
            far_writer.transport.abort()

    async with simulator(tmp_path) as running, listening(watch) as port:
        async with link_to(port) as link:
            await until(lambda: link.lines_up == 2)
        assert signed_off == 2
        assert link.lines_up == 0


def test_pauses_grow_up_to_their_bound_with_a_part_of_chance() -> None:
    pauses = reconnect_pauses(0.5, 30.0, random.Random(7))  # noqa: S311  # repeatable on purpose
    taken = [next(pauses) for _ in range(12)]
    full = [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
    assert all(most / 2 <= pause_s <= most for pause_s, most in zip(taken, full, strict=True))
    assert len(set(taken)) == 12
