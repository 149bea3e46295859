"""B16, B18: what the payer and the merchant are told; P 6.4, P 6.5, P 6.6."""
# ruff: noqa: RUF001  # Russian texts are Russian letters

import pytest

from oneclick.assist.answer_texts import AS_CODES, texts_of
from oneclick.assist.codes import Codes, FirstCode, SecondCode
from oneclick.assist.refusal_texts import refusal_texts
from oneclick.languages import Language
from oneclick.payments.lives import OperationKind

LANGUAGES = list(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_response_code_has_three_texts_of_its_own(language: Language) -> None:
    """P 6.4: message, customermessage and recommendation are there for each code, and codes differ."""
    texts = [texts_of(code, language) for code in sorted(AS_CODES)]
    assert len(texts) == 11
    assert all(text.message and text.customer_message and text.recommendation for text in texts)
    assert len({text.message for text in texts}) == len({text.customer_message for text in texts}) == 11


def test_a_decline_says_what_happened_and_what_helps() -> None:
    """B16: in plain words, in the payer's language."""
    english, russian = texts_of("AS102", Language.EN), texts_of("AS102", Language.RU)
    assert english.message == "Refused: not enough money"
    assert english.customer_message == "There isn't enough money on the card."
    assert english.recommendation == "Top up the card, or pay with another one."
    assert russian.message == "Отказ: недостаточно средств"
    assert russian.customer_message == "На карте не хватает денег."
    assert russian.recommendation == "Пополните карту или оплатите другой."


def test_a_cancel_tells_of_money_that_comes_back() -> None:
    """P 6.4: nobody who gets a refund reads that a payment went through; a refused one has the code's own words."""
    told = texts_of("AS000", Language.EN, OperationKind.CANCEL)
    assert told.customer_message == "The money is on its way back to the card."
    assert told.message == texts_of("AS000", Language.EN).message
    assert texts_of("AS000", Language.EN, OperationKind.CHARGE) == texts_of("AS000", Language.EN)
    assert texts_of("AS300", Language.RU, OperationKind.CANCEL) == texts_of("AS300", Language.RU)


def test_an_operation_in_process_asks_not_to_pay_again() -> None:
    """B18: the payer is told that the payment is being checked."""
    assert texts_of("AS300", Language.EN).customer_message == "The payment is being checked. Please don't pay again."
    assert texts_of("AS300", Language.RU).customer_message == "Платёж проверяется. Пожалуйста, не платите ещё раз."


def test_a_code_outside_the_table_is_a_mistake_of_ours() -> None:
    """P 6.3: response codes are a closed list."""
    with pytest.raises(KeyError, match="AS103"):
        texts_of("AS103", Language.EN)


def test_a_wrong_signature_is_told_to_payer_and_shop() -> None:
    """A6: refused with 7/158; the payer reads plain words, the shop reads which parameter."""
    texts = refusal_texts(Codes(FirstCode.AUTHENTICATION, SecondCode.CHECKVALUE), Language.EN)
    assert texts.title == "We can't be sure that the shop sent this order"
    assert texts.advice == "Return to the shop and tell it the code 7.158."
    assert texts.for_shop == "The signature or the password is wrong: Checkvalue, Signature."
    assert refusal_texts(Codes(7, 158), Language.RU).for_shop == "Неверная подпись или пароль: Checkvalue, Signature."


def test_a_missing_customer_number_names_the_parameter() -> None:
    """A5: refused with 3/202."""
    assert (
        refusal_texts(Codes(3, 202), Language.EN).for_shop
        == "A mandatory parameter is missing: customer (CustomerNumber)."
    )
    assert (
        refusal_texts(Codes(3, 202), Language.RU).for_shop
        == "Нет обязательного параметра: покупатель (CustomerNumber)."
    )


def test_an_order_that_may_be_paid_already_warns_against_paying_again() -> None:
    """E3: refused with 11/201."""
    assert refusal_texts(Codes(11, 201), Language.EN).advice.startswith("Don't pay again")
    assert refusal_texts(Codes(11, 201), Language.RU).advice.startswith("Не платите ещё раз")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pair_of_codes_has_its_texts(language: Language) -> None:
    """P 6.5, P 6.6: each known second code is named; the advice shows the code wherever it is needed."""
    for first in FirstCode:
        bare = refusal_texts(Codes(first, SecondCode.NOTHING_MORE), language).for_shop
        for second in SecondCode:
            texts = refusal_texts(Codes(first, second), language)
            assert texts.title
            assert texts.explanation
            assert first is FirstCode.TIMED_OUT or str(Codes(first, second)) in texts.advice
            assert (texts.for_shop == bare) is (second is SecondCode.NOTHING_MORE), second


def test_an_unknown_pair_gets_a_general_text() -> None:
    """P 6.5: other generations of the protocol have more codes."""
    texts = refusal_texts(Codes(99, 999), Language.EN)
    assert texts.title == "The payment page can't be opened"
    assert texts.advice == "Return to the shop and tell it the code 99.999."
    assert texts.for_shop == "The request can't be served."
