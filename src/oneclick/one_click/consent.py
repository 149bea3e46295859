"""The words to which a payer says yes, when a card is kept and when it is erased. They are recorded as shown (C6).

What they promise is what will happen: where a kept card isn't offered at the next order, they neither promise that nor
that it can be deleted on the page (A3, B7, B13).
"""

from dataclasses import dataclass

from oneclick.languages import Language, marked, translated
from oneclick.one_click.eligibility import Payer, is_offered_next_time, may_keep
from oneclick.one_click.participation import OneClickTerms


@dataclass(frozen=True)
class OfferWords:
    """The offer to remember a card: what its box says, and what it means."""

    label: str
    explanation: str


OFFERED_NEXT_TIME = OfferWords(
    marked("Remember this card for next time"),
    marked(
        "We keep the number, the expiry date and the name, encrypted. Next time you'll only be asked for the CVC2."
        " You can delete the card on this page at any time."
    ),
)
ONLY_KEPT = OfferWords(
    marked("Remember this card"),
    marked("We keep the number, the expiry date and the name, encrypted. To have the card deleted, ask the shop."),
)

DELETE_QUESTION = marked("Delete this card?")
DELETE_CONSEQUENCE = marked(
    "Its number, expiry date and name are erased at once, and can't be brought back. To pay with it again, you will"
    " have to enter it anew."
)


@dataclass(frozen=True)
class Consent:
    """A payer's "yes": the text as shown, its language, and whether the page came with "yes" selected (B1, C6)."""

    text: str
    language: Language
    preselected: bool


def offer_words(terms: OneClickTerms) -> OfferWords:
    """The words of the offer at a merchant: those on the page, and those in the record."""
    return OFFERED_NEXT_TIME if is_offered_next_time(terms) else ONLY_KEPT


def consent_text(terms: OneClickTerms, language: Language) -> str:
    """The offer's whole text, as the page shows it in that language."""
    words = offer_words(terms)
    return f"{translated(words.label, language)}. {translated(words.explanation, language)}"


def consent_given(terms: OneClickTerms, payer: Payer, language: Language, *, preselected: bool) -> Consent | None:
    """A payer's "yes" as it is recorded; None where there was no offer: a "yes" to none counts for nothing.

    Source: A1, A3, A5, B1, C3, C4, C6.
    """
    if not may_keep(terms, payer):
        return None
    return Consent(consent_text(terms, language), language, preselected and terms.consent_preselected)


def withdrawal_text(language: Language) -> str:
    """The whole question before a card is erased, as the page shows it in that language."""
    return f"{translated(DELETE_QUESTION, language)} {translated(DELETE_CONSEQUENCE, language)}"
