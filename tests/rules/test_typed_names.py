"""P 1.4, B16: the cardholder as payers really type it."""

from dataclasses import replace

import pytest

from oneclick.languages import Language
from oneclick.use_cases.payer.pay import TypedCard
from oneclick.web.pay_page.form import PostedForm, Problems, read_form, read_instrument
from oneclick.web.pay_page.views import Problem
from support.page_states import TYPED


def posted(holder: str) -> PostedForm:
    form = read_form([("CardHolder", holder)])
    assert form is not None
    return replace(TYPED, holder=form.holder)


@pytest.mark.parametrize("apostrophe", ["'", "\u2018", "\u2019", "\u02bc"])
def test_b16_an_apostrophe_is_one_however_it_is_written(apostrophe: str) -> None:
    """P 1.4: phones write the typographic one; the card has the plain one, and so has what is kept (B4)."""
    means = read_instrument(posted(f" Shane O{apostrophe}Brien "), Language.EN)
    assert isinstance(means, TypedCard)
    assert means.data.cardholder == "SHANE O'BRIEN"


@pytest.mark.parametrize("holder", ["\u2019Brien", "O\u201dBrien", "\u041e\u2019\u0411\u0440\u0430\u0439\u0435\u043d"])
def test_b16_other_signs_are_still_a_problem(holder: str) -> None:
    """B16: in plain words at the field, with the typing given back as it was."""
    form = posted(holder)
    assert read_instrument(form, Language.EN) == Problems({"CardHolder": Problem.HOLDER_WRONG})
    assert form.holder == holder
