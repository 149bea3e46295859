"""P 6.3: what the acquirer's response codes mean to merchants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.assist.answer_texts import AS_CODES
from oneclick.assist.as_codes import APPROVED, IN_PROCESS, SYSTEM_ERROR, as_code
from oneclick.payments.response_codes import is_trouble

TABLE = {
    "AS000": ["00"],
    "AS100": ["05", "57", "62"],
    "AS101": ["14", "N7", "82"],
    "AS102": ["51"],
    "AS104": ["33", "54"],
    "AS105": ["61", "65"],
    "AS107": ["12", "13", "30"],
    "AS108": ["41", "43"],
    "AS998": ["96", "91", "68", "10", "85", "01", "", "0", "000", " 00", "n7", "\N{FULLWIDTH DIGIT ZERO}0"],
}


@pytest.mark.parametrize(("code", "response"), [(code, response) for code, line in TABLE.items() for response in line])
def test_each_response_code_has_its_as_code(code: str, response: str) -> None:
    """P 6.3; an unknown code is a system error."""
    assert as_code(response) == code


@given(st.text(max_size=4))
def test_e7_only_00_is_an_approval_and_every_code_has_its_texts(response: str) -> None:
    """E7: nothing else is ever taken for money, partial approvals included."""
    assert (as_code(response) == APPROVED) is (response == "00")
    assert as_code(response) in AS_CODES


def test_the_three_codes_that_the_gateway_gives_by_itself_have_texts() -> None:
    """P 6.3."""
    assert (APPROVED, SYSTEM_ERROR, IN_PROCESS) == ("AS000", "AS998", "AS300")
    assert {APPROVED, SYSTEM_ERROR, IN_PROCESS} <= AS_CODES


@pytest.mark.parametrize("code", ["06", "09", "19", "22", "68", "90", "91", "92", "94", "95", "96"])
def test_e7_the_acquirers_own_trouble_says_nothing_of_the_money(code: str) -> None:
    """E7: a charge, refund or reversal that is answered so is asked again."""
    assert is_trouble(code)


@pytest.mark.parametrize("code", ["00", "05", "12", "30", "51", "54", "N7", "", "9", "966"])
def test_e7_any_other_answer_is_the_end_of_a_message(code: str) -> None:
    """E7."""
    assert not is_trouble(code)
