"""A bound on everything: how often one key may ask within a minute, and what it costs to be forgotten."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.web.bounds import RequestBound, address_key

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS

Asked = list[tuple[int, str]]
# Steps of up to twenty seconds, so that a run sees several windows.
ASKED: st.SearchStrategy[Asked] = st.lists(
    st.tuples(st.integers(0, 20 * SECOND_NS), st.sampled_from("abc")), max_size=80
)


class _HandClock:
    """Nanoseconds that pass when a test says so; like a real one, it begins anywhere."""

    def __init__(self, begun_ns: int = 7_123_456_789) -> None:
        self.now_ns = begun_ns

    def __call__(self) -> int:
        return self.now_ns


@given(requests_max=st.integers(1, 6), asked=ASKED)
def test_bounds_refuse_what_is_over_the_maximum_of_a_window_and_nothing_below_it(
    requests_max: int, asked: Asked
) -> None:
    """The whole promise, against a plain list of what passed: windows of a minute, begun by a request."""
    clock = _HandClock()
    bound = RequestBound(requests_max, clock)
    begun_ns = -MINUTE_NS
    passed: Asked = []
    for step_ns, key in asked:
        clock.now_ns += step_ns
        if clock.now_ns >= begun_ns + MINUTE_NS:
            begun_ns = clock.now_ns
        before = sum(1 for at_ns, who in passed if who == key and at_ns >= begun_ns)
        wait_s = bound.wait_s(key)
        if before < requests_max:
            assert wait_s == 0
            passed.append((clock.now_ns, key))
        else:
            assert wait_s == math.ceil((begun_ns + MINUTE_NS - clock.now_ns) / SECOND_NS)
            assert 1 <= wait_s <= 60


@given(requests_max=st.integers(1, 6), asked=ASKED)
def test_bounds_let_no_more_than_twice_the_maximum_through_in_any_minute(requests_max: int, asked: Asked) -> None:
    """A minute meets two windows at most."""
    clock = _HandClock()
    bound = RequestBound(requests_max, clock)
    passed: Asked = []
    for step_ns, key in asked:
        clock.now_ns += step_ns
        if bound.wait_s(key) == 0:
            passed.append((clock.now_ns, key))
    for begun_ns, key in passed:
        within = [at for at, who in passed if who == key and begun_ns <= at < begun_ns + MINUTE_NS]
        assert len(within) <= 2 * requests_max


@given(st.integers(0, MINUTE_NS - 1))
def test_bounds_open_again_after_the_seconds_that_they_tell(spent_ns: int) -> None:
    """Retry-After is enough, and not a whole second too much."""
    clock = _HandClock()
    bound = RequestBound(1, clock)
    assert bound.wait_s("a") == 0
    clock.now_ns += spent_ns
    wait_s = bound.wait_s("a")
    clock.now_ns += (wait_s - 1) * SECOND_NS
    assert bound.wait_s("a") == 1
    clock.now_ns += SECOND_NS
    assert bound.wait_s("a") == 0
    assert bound.wait_s("a") == 60


def test_bounds_do_not_count_what_they_refuse() -> None:
    """Who asks on and on gets in again as soon as the others."""
    clock = _HandClock()
    bound = RequestBound(2, clock)
    assert [bound.wait_s("a") for _ in range(100)] == [0, 0, *[60] * 98]
    clock.now_ns += MINUTE_NS
    assert [bound.wait_s("a") for _ in range(3)] == [0, 0, 60]


def test_bounds_keep_each_key_apart() -> None:
    """One who asks too often takes nothing from another."""
    bound = RequestBound(1, _HandClock())
    assert [bound.wait_s(key) for key in ("a", "a", "b", "b", "c")] == [0, 60, 0, 60, 0]


@given(keys_max=st.integers(1, 20), keys=st.lists(st.integers(0, 40), max_size=200))
def test_bounds_remember_no_more_keys_than_they_may(keys_max: int, keys: list[int]) -> None:
    """An attacker with many addresses grows no memory; a key that is not there any more begins afresh."""
    bound = RequestBound(3, _HandClock(), keys_max)
    for key in keys:
        bound.wait_s(key)
        assert len(bound) <= keys_max
    assert len(bound) == min(keys_max, len(set(keys)))


def test_bounds_forget_everybody_when_the_window_ends() -> None:
    """Addresses are personal data: the next window begins with none of them."""
    clock = _HandClock()
    bound = RequestBound(3, clock)
    for key in range(1_000):
        bound.wait_s(key)
    clock.now_ns += MINUTE_NS
    bound.wait_s("a")
    assert len(bound) == 1


@given(requests_max=st.integers(2, 20), flood=st.integers(1, 2_000))
def test_bounds_keep_a_key_that_has_asked_most_through_any_flood_of_new_ones(requests_max: int, flood: int) -> None:
    """New keys take each other's places, never the place of one that has asked more than they."""
    bound = RequestBound(requests_max, _HandClock(), keys_max=10)
    for _ in range(requests_max):
        assert bound.wait_s("hot") == 0
    for key in range(flood):
        assert bound.wait_s(key) == 0
    assert bound.wait_s("hot") == 60


def test_bounds_keep_counting_a_key_that_comes_into_a_full_memory() -> None:
    """Who fills the memory with keys that asked twice can't make a new one be forgotten at each request.

    The new key asks beside a stream of fresh ones; of 1000 places it loses its own to few of them.
    """
    bound = RequestBound(20, _HandClock(), keys_max=1_000)
    for _ in range(2):
        for key in range(1_000):
            bound.wait_s(key)
    passed = 0
    for other in range(1_000, 1_200):
        passed += bound.wait_s("hot") == 0
        bound.wait_s(other)
    assert 20 <= passed <= 40


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_bounds_count_ipv6_by_its_64_and_ipv4_by_itself(address: str, key: str) -> None:
    """A household has a whole /64; IPv4 in the clothes of IPv6 is not one network for all."""
    assert address_key(address) == key
