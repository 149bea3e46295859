"""P 6.5, P 6.6: each reason has its pair of codes, its texts, its sentence. A new reason without them fails here."""

import pytest

from oneclick.assist.codes import CODES, Codes
from oneclick.assist.refusal_texts import refusal_texts
from oneclick.customer_commands import SENTENCES
from oneclick.languages import Language
from oneclick.outcome import Reason

# The protocol's own numbers, copied on purpose: what shops' programs have been told so far.
PAIRS = {
    "request_unreadable": "4.0",
    "request_too_large": "4.2",
    "requests_too_often": "17.3",
    "page_unknown": "10.0",
    "internal_error": "2.0",
    "merchant_unknown": "10.200",
    "login_wrong": "7.141",
    "signature_wrong": "7.158",
    "signed_points_ambiguous": "5.0",
    "signed_prepayment_ambiguous": "5.108",
    "customer_required": "3.202",
    "customer_unknown": "10.202",
    "customer_number_malformed": "4.202",
    "status_not_movable": "15.202",
    "limit_malformed": "4.108",
    "limit_reached": "17.211",
    "order_unknown": "10.201",
    "order_number_taken": "11.201",
    "order_over": "16.201",
    "amount_malformed": "4.108",
    "amount_out_of_bounds": "5.108",
    "amount_above_rest": "5.108",
    "currency_mismatch": "5.105",
    "currency_not_payable": "5.105",
    "card_unavailable": "10.203",
    "card_expired": "5.142",
    "card_number_malformed": "4.106",
    "expiry_malformed": "4.142",
    "cardholder_malformed": "4.114",
    "cvc2_malformed": "4.115",
    "not_chargeable": "15.307",
    "not_cancelable": "15.308",
    "operation_in_progress": "12.201",
    "operations_too_many": "15.216",
    "refund_id_taken": "11.216",
    "acquirer_unavailable": "2.205",
}


def test_each_reason_has_its_pair_of_codes() -> None:
    """P 6.5, 6.6: the whole table; no reason without a pair, and no pair without a reason."""
    assert {str(reason): str(CODES[reason]) for reason in Reason} == PAIRS
    assert set(CODES) == set(Reason)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_texts_for_payer_and_shop(reason: Reason, language: Language) -> None:
    """B15, B16: in either language, and never the general text of a code that isn't known."""
    texts, general = refusal_texts(CODES[reason], language), refusal_texts(Codes(99, 999), language)
    assert all((texts.title, texts.explanation, texts.advice, texts.for_shop))
    assert texts.title != general.title
    if language is not Language.EN:
        english = refusal_texts(CODES[reason], Language.EN)
        assert texts.title != english.title
        assert texts.explanation != english.explanation
        assert texts.for_shop != english.for_shop


def test_each_reason_has_its_sentence_on_the_command_line() -> None:
    """A refusal that a command doesn't know yet is a sentence all the same, and no two reasons are told alike."""
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(Reason)
    assert all(sentence and not sentence.endswith(".") for sentence in SENTENCES.values())


def test_codes_are_written_as_one_error_id() -> None:
    """P 12.8: also for a pair that is in no table."""
    assert (str(CODES[Reason.SIGNATURE_WRONG]), str(Codes(7, 999))) == ("7.158", "7.999")
    assert CODES[Reason.SIGNATURE_WRONG] == Codes(7, 158)
