"""P 4.1: where a payer goes back to."""

import pytest

from oneclick.assist.returns import return_url

OK, NO = "https://merchant.example/ok", "https://merchant.example/no"


@pytest.mark.parametrize(
    ("sent", "after_success", "after_anything_else"),
    [
        ("", OK, NO),
        ("R", "R", "R"),
        ("O", "O", None),
        ("N", None, "N"),
        ("RO", "O", "R"),
        ("RN", "R", "N"),
        ("ON", "O", "N"),
        ("RON", "O", "N"),
    ],
)
def test_the_requests_addresses_win_over_the_merchants(
    sent: str, after_success: str | None, after_anything_else: str | None
) -> None:
    """P 4.1: the merchant's addresses count only if the request has none of the three."""
    names = {"R": "URL_RETURN", "O": "URL_RETURN_OK", "N": "URL_RETURN_NO"}
    parameters = {names[letter]: letter for letter in sent}
    assert return_url(parameters, OK, NO, paid=True) == after_success
    assert return_url(parameters, OK, NO, paid=False) == after_anything_else


def test_an_empty_address_counts_as_none() -> None:
    """P 4.1: shops send empty fields."""
    parameters = {"URL_RETURN": "", "URL_RETURN_OK": "", "URL_RETURN_NO": ""}
    assert return_url(parameters, OK, NO, paid=True) == OK
    assert return_url(parameters, OK, NO, paid=False) == NO
    assert return_url({}, None, None, paid=True) is None
    assert return_url({}, None, None, paid=False) is None
