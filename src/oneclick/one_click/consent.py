"""The words to which a payer says yes, when a card is kept and when it is erased. They are recorded as shown (C6)."""

from oneclick.languages import Language, marked, translated

LABEL = marked("Remember this card for next time")
EXPLANATION = marked(
    "We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked. You can delete the card"
    " on this page at any time."
)

DELETE_QUESTION = marked("Delete this card?")
DELETE_CONSEQUENCE = marked(
    "Its number, expiry date and name are erased at once, and can't be brought back. To pay with it again, you will"
    " have to enter it anew."
)


def consent_text(language: Language) -> str:
    """The offer's whole text, as the page shows it in that language."""
    return f"{translated(LABEL, language)}. {translated(EXPLANATION, language)}"


def withdrawal_text(language: Language) -> str:
    """The whole question before a card is erased, as the page shows it in that language."""
    return f"{translated(DELETE_QUESTION, language)} {translated(DELETE_CONSEQUENCE, language)}"
