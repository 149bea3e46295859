"""The verdicts of the simulator's issuer on cards. Pure; the table is in docs/protocol/acquirer.md."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from oneclick.card import CardNumber, Cvc2, Expiry

APPROVED = "00"
NO_SUCH_CARD = "14"
EXPIRED = "54"
WRONG_CVC2 = "N7"


class Answering(StrEnum):
    """The moment when an answer goes out, once the payment is in the ledger."""

    AT_ONCE = "at once"
    LATE = "late"
    NEVER = "never"


@dataclass(frozen=True)
class _TestCard:
    number: CardNumber
    response_code: str
    answering: Answering = Answering.AT_ONCE


# Every other number with a right check digit approves. Source: acquirer.md, Simulator.
_TEST_CARDS: tuple[_TestCard, ...] = (
    _TestCard(CardNumber("4000000000000002"), "05"),
    _TestCard(CardNumber("4000000000009995"), "51"),
    _TestCard(CardNumber("4000000000000069"), EXPIRED),
    _TestCard(CardNumber("4000000000000127"), WRONG_CVC2),
    _TestCard(CardNumber("4000000000000259"), "41"),
    _TestCard(CardNumber("4000000000000119"), "96"),
    _TestCard(CardNumber("4000000000003220"), APPROVED, Answering.NEVER),
    _TestCard(CardNumber("4000000000003063"), APPROVED, Answering.LATE),
)
_ZEROS = (Cvc2("000"), Cvc2("0000"))


@dataclass(frozen=True)
class CardVerdict:
    """The issuer's word: response code, CVC2 result ("M" matches, "N" doesn't), and when it is said."""

    response_code: str
    cvc2_result: str
    answering: Answering


def judge(number: CardNumber | None, expiry: Expiry, cvc2: Cvc2 | None, today: date) -> CardVerdict:
    """The issuer's verdict; ``number`` is None when the check digit is wrong, ``cvc2`` when it has a wrong length.

    A test card that declines does so whatever else is wrong, so that a test is sure of its answer.
    """
    cvc2_holds = cvc2 is not None and cvc2 not in _ZEROS
    card = next((card for card in _TEST_CARDS if card.number == number), None)
    if number is None:
        code = NO_SUCH_CARD
    elif card is not None and card.response_code != APPROVED:
        code = card.response_code
    elif expiry.is_past(today):
        code = EXPIRED
    else:
        code = APPROVED if cvc2_holds else WRONG_CVC2
    return CardVerdict(
        response_code=code,
        cvc2_result="M" if cvc2_holds and code != WRONG_CVC2 else "N",
        answering=Answering.AT_ONCE if card is None else card.answering,
    )
