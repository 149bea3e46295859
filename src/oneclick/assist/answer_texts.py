"""Texts of each AS code: to the merchant, to the payer, and what helps. Pure.

Sources: P 6.3 (codes), P 6.4 (fields ``message``, ``customermessage``, ``recommendation``), docs/rules.md B16, B18.
"""

from dataclasses import dataclass, replace

from oneclick.assist import as_codes
from oneclick.languages import Language, marked, translated
from oneclick.payments.lives import OperationKind


@dataclass(frozen=True, kw_only=True)
class AnswerTexts:
    """The three texts of a response code."""

    message: str
    customer_message: str
    recommendation: str


_TEXTS = {
    as_codes.APPROVED: AnswerTexts(
        message=marked("Operation completed successfully"),
        customer_message=marked("The payment went through."),
        recommendation=marked("Nothing else is needed from you."),
    ),
    as_codes.REFUSED: AnswerTexts(
        message=marked("Authorisation refused"),
        customer_message=marked("The bank that issued the card refused this payment."),
        recommendation=marked("Ask the bank for the reason, or pay with another card."),
    ),
    as_codes.WRONG_CARD_DETAILS: AnswerTexts(
        message=marked("Refused: wrong card details"),
        customer_message=marked("The bank didn't accept the card details."),
        recommendation=marked("Check the number, the expiry date and the CVC2, and try again."),
    ),
    as_codes.NOT_ENOUGH_MONEY: AnswerTexts(
        message=marked("Refused: not enough money"),
        customer_message=marked("There isn't enough money on the card."),
        recommendation=marked("Top up the card, or pay with another one."),
    ),
    as_codes.WRONG_EXPIRY: AnswerTexts(
        message=marked("Refused: wrong card expiry date"),
        customer_message=marked("The expiry date is wrong, or the card has expired."),
        recommendation=marked("Check the date on the card, or pay with another card."),
    ),
    as_codes.OVER_CARD_LIMIT: AnswerTexts(
        message=marked("Refused: limit of card operations exceeded"),
        customer_message=marked("The bank's limit for this card is used up."),
        recommendation=marked("Raise the limit in your bank's app, or pay with another card."),
    ),
    as_codes.WRONG_DATA: AnswerTexts(
        message=marked("Refused: error in the data received"),
        customer_message=marked("The bank couldn't read the payment details."),
        recommendation=marked("Try again. If that doesn't help, tell the shop."),
    ),
    as_codes.SUSPECTED_FRAUD: AnswerTexts(
        message=marked("Refused: suspected fraud"),
        customer_message=marked("A security check stopped this payment."),
        recommendation=marked("Call the bank that issued the card, or pay with another card."),
    ),
    as_codes.OVER_LIMIT: AnswerTexts(
        message=marked("Refused: operation limit exceeded"),
        customer_message=marked("You have reached your payment limit at this shop."),
        recommendation=marked("Pay later, or ask the shop about the limit."),
    ),
    as_codes.IN_PROCESS: AnswerTexts(
        message=marked("Operation in process"),
        customer_message=marked("The payment is being checked. Please don't pay again."),
        recommendation=marked("Wait a little: the result will appear by itself."),
    ),
    as_codes.SYSTEM_ERROR: AnswerTexts(
        message=marked("System error"),
        customer_message=marked("The payment failed because of a technical fault."),
        recommendation=marked("Try again in a few minutes, or pay with another card."),
    ),
}
AS_CODES = frozenset(_TEXTS)


_GIVEN_BACK = marked("The money is on its way back to the card.")


def texts_of(as_code: str, language: Language, kind: OperationKind = OperationKind.PAYMENT) -> AnswerTexts:
    """The texts of a code of ``AS_CODES`` for an operation of this kind; raises ``KeyError`` on another one."""
    texts = _TEXTS[as_code]
    if kind is OperationKind.CANCEL and as_code == as_codes.APPROVED:
        texts = replace(texts, customer_message=_GIVEN_BACK)
    return AnswerTexts(
        message=translated(texts.message, language),
        customer_message=translated(texts.customer_message, language),
        recommendation=translated(texts.recommendation, language),
    )
