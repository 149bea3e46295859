"""P 1.4: whatever is sent as a payment request is read or refused, in bounded time."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.assist.codes import Codes
from oneclick.assist.order_request import STORED, read_order_request
from support.order_requests import GOOD, SECOND_CODES, code, read

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # what PostgreSQL or XML can't hold
HUGE = 64 * 1024
PAYLOADS = [
    "a" * HUGE,
    "0" * HUGE,
    "<" * HUGE,
    "#" * HUGE,
    "#;" * (HUGE // 2),
    "[" * HUGE,
    "&" * HUGE,
    " " * HUGE,
    "." * HUGE,
    "a@" + "." * HUGE,
    "a@a" + ".a" * (HUGE // 2) + "@",
    "@" * HUGE,
    "https://" + "a" * HUGE + "\\",
    "https://" + "%3" * (HUGE // 3) + "C" * (HUGE // 3),
    "1" * HUGE + "x",
    "\N{CYRILLIC SMALL LETTER ZHE}" * HUGE,
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload[:12])
def test_huge_values_are_judged_in_linear_time(payload: str) -> None:
    """64 KiB in any parameter are turned away, or read, within a second."""
    names = [*SECOND_CODES, *(parameter.name for parameter in STORED)]
    started = time.process_time()
    for name in names:
        result = read({name: payload})
        assert (
            name in {"Checkvalue", "Signature", "ChequeItems"}
            or isinstance(result, Codes)
            or not any(len(value) > 4000 for value in result.parameters.values())
        )
    assert (time.process_time() - started) / len(names) < 0.25
    assert time.process_time() - started < 4.0


@pytest.mark.parametrize("name", ["Email", "URL_RETURN", "OrderComment", "CustomerNumber", "OrderAmount"])
def test_one_huge_value_takes_less_than_a_second(name: str) -> None:
    """One parameter alone, each payload by itself."""
    for payload in PAYLOADS:
        started = time.process_time()
        read({name: payload})
        assert time.process_time() - started < 1.0


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
NAMES = st.sampled_from([*SECOND_CODES, "Foo"]) | ANY_TEXT
VALUES = st.sampled_from(["", "0", "1", "100.50", "RUB", "A-1", "https://a.example/", "a@b.c", "[1]"]) | ANY_TEXT


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=12), st.booleans())
def test_any_pairs_are_read_or_refused_and_never_raise(pairs: list[tuple[str, str]], complete: bool) -> None:  # noqa: FBT001
    """Whatever comes, a clear answer with its codes."""
    given_names = {name.lower() for name, _ in pairs}
    rest = [(name, value) for name, value in GOOD.items() if complete and name.lower() not in given_names]
    result = read_order_request([*pairs, *rest])
    if isinstance(result, Codes):
        assert result.first in {3, 4, 5, 15}
    else:
        assert result.merchant_id > 0
        assert code(result) in {"accepted", "4.108", "5.108"}
        assert not any(CONTROL.search(value) for value in result.parameters.values())
