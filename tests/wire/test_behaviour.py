"""Faults on request: what may be ordered, whom a fault strikes, and the control port. Source: acquirer.md, Faults."""

import json
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.acquirer.simulator.behaviour import ACTIVE_MAX, Behaviour, BehaviourError, Fault, FaultOrder
from support.wire import simulator


def order(**values: object) -> FaultOrder:
    return FaultOrder.read(json.dumps(values).encode())


def strikes(behaviour: Behaviour, mtis: list[str]) -> list[Fault | None]:
    struck = [behaviour.strike(mti) for mti in mtis]
    return [None if strike is None else strike.fault for strike in struck]


def test_a_count_strikes_the_next_messages_and_ends() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="no_answer", count=2))
    assert strikes(behaviour, ["0200"] * 3) == [Fault.NO_ANSWER, Fault.NO_ANSWER, None]
    assert behaviour.list() == []


def test_a_share_with_a_seed_strikes_the_same_messages_again() -> None:
    runs = []
    for _ in range(2):
        behaviour = Behaviour()
        behaviour.add(order(fault="no_answer", share=0.1, seed=7))
        runs.append(strikes(behaviour, ["0200"] * 1000))
    assert runs[0] == runs[1]
    assert 60 < runs[0].count(Fault.NO_ANSWER) < 140


def test_a_share_with_a_count_ends_when_it_has_struck_so_many() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="close", share=0.5, seed=1, count=3))
    assert strikes(behaviour, ["0200"] * 100).count(Fault.CLOSE) == 3


def test_with_neither_all_are_struck_till_it_is_ended() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="close"))
    assert strikes(behaviour, ["0100", "0200", "0220", "0420"]) == [Fault.CLOSE] * 4
    behaviour.clear()
    assert strikes(behaviour, ["0200"]) == [None]


def test_network_management_is_struck_only_when_it_is_named() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="no_answer"))
    assert strikes(behaviour, ["0800"]) == [None]
    behaviour.add(order(fault="delay", seconds=1, mtis=["0800"]))
    assert strikes(behaviour, ["0800", "0200"]) == [Fault.DELAY, Fault.NO_ANSWER]


def test_a_fault_may_be_limited_to_some_messages() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="close", mtis=["0220", "0420"]))
    assert strikes(behaviour, ["0100", "0200", "0220", "0420"]) == [None, None, Fault.CLOSE, Fault.CLOSE]


def test_each_message_is_struck_by_the_first_fault_only() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="close", count=1))
    behaviour.add(order(fault="no_answer", count=1))
    assert strikes(behaviour, ["0200"] * 3) == [Fault.CLOSE, Fault.NO_ANSWER, None]


def test_refused_connections_are_counted_apart_from_messages() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="refuse_connection", count=2))
    assert strikes(behaviour, ["0200", "0800"]) == [None, None]
    assert [behaviour.refuses_connection() for _ in range(3)] == [True, True, False]


def test_the_list_says_what_was_ordered_and_how_often_it_has_struck() -> None:
    behaviour = Behaviour()
    behaviour.add(order(fault="delay", seconds=2, count=10))
    behaviour.add(order(fault="no_answer", share=0.1, seed=7, mtis=["0420"]))
    behaviour.strike("0200")
    assert behaviour.list() == [
        {"fault": "delay", "seconds": 2.0, "count": 10, "struck": 1},
        {"fault": "no_answer", "share": 0.1, "seed": 7, "mtis": ["0420"], "struck": 0},
    ]


def test_active_faults_are_bounded() -> None:
    behaviour = Behaviour()
    for _ in range(ACTIVE_MAX):
        behaviour.add(order(fault="close"))
    with pytest.raises(BehaviourError, match="100 faults"):
        behaviour.add(order(fault="close"))


WRONG: list[tuple[object, str]] = [
    ({}, "fault"),
    ({"fault": "explode"}, "fault"),
    ({"fault": "delay"}, "seconds"),
    ({"fault": "close", "seconds": 1}, "seconds"),
    ({"fault": "delay", "seconds": 0}, "seconds"),
    ({"fault": "delay", "seconds": -1}, "seconds"),
    ({"fault": "delay", "seconds": 3601}, "seconds"),
    ({"fault": "delay", "seconds": "2"}, "seconds"),
    ({"fault": "delay", "seconds": float("nan")}, "seconds"),
    ({"fault": "close", "count": 0}, "count"),
    ({"fault": "close", "count": 1.5}, "count"),
    ({"fault": "close", "count": True}, "count"),
    ({"fault": "close", "count": 1_000_001}, "count"),
    ({"fault": "close", "share": 0}, "share"),
    ({"fault": "close", "share": 1.1}, "share"),
    ({"fault": "close", "seed": "x"}, "seed"),
    ({"fault": "close", "mtis": []}, "mtis"),
    ({"fault": "close", "mtis": ["0210"]}, "mtis"),
    ({"fault": "close", "mtis": "0200"}, "mtis"),
    ({"fault": "refuse_connection", "mtis": ["0200"]}, "mtis"),
    ({"fault": "close", "shares": 0.1}, "shares"),
    (["close"], "object"),
]


@pytest.mark.parametrize(("body", "named"), WRONG)
def test_what_cannot_be_is_refused_with_its_name(body: object, named: str) -> None:
    with pytest.raises(BehaviourError, match=named):
        FaultOrder.read(json.dumps(body).encode())


@given(st.binary(max_size=100))
def test_any_body_is_an_order_or_a_behaviour_error(body: bytes) -> None:
    with pytest.raises(BehaviourError):
        FaultOrder.read(body)


async def test_the_control_port_takes_lists_and_ends_faults(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        assert await running.behaviour("GET") == (200, [])
        first = {"fault": "delay", "seconds": 2.0, "count": 10, "struck": 0}
        second = {"fault": "no_answer", "share": 0.1, "seed": 7, "struck": 0}
        assert await running.behaviour("POST", {"fault": "delay", "seconds": 2, "count": 10}) == (200, [first])
        posted = await running.behaviour("POST", {"fault": "no_answer", "share": 0.1, "seed": 7})
        assert posted == (200, [first, second])
        assert await running.behaviour("GET") == (200, [first, second])
        assert await running.behaviour("DELETE") == (200, [])
        assert await running.behaviour("GET") == (200, [])


async def test_the_control_port_refuses_what_cannot_be_and_nothing_changes(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running:
        for body, named in WRONG:
            if body == {"fault": "delay", "seconds": float("nan")}:
                continue  # no JSON of a client
            status, answer = await running.behaviour("POST", body)
            assert status == 400
            assert named in answer["error"]
        assert await running.behaviour("GET") == (200, [])


async def test_a_page_in_a_browser_cannot_set_faults(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, aiohttp.ClientSession() as client:
        url, headers = f"http://127.0.0.1:{running.control_port}/behaviour", {"Origin": "https://elsewhere.example"}
        async with client.post(url, data=b'{"fault": "close"}', headers=headers) as answer:
            assert answer.status == 403
        async with client.post(url, data=b'{"fault": "close"}') as answer:
            assert answer.status == 200
        async with client.delete(url, headers=headers) as answer:
            assert answer.status == 403
        assert len((await running.behaviour("GET"))[1]) == 1


async def test_a_body_over_its_bound_is_refused(tmp_path: Path) -> None:
    async with simulator(tmp_path) as running, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{running.control_port}/behaviour"
        async with client.post(url, data=b" " * 70_000) as answer:
            assert answer.status == 413
