"""The words to which a payer says yes. They are shown, and recorded as shown (C6)."""

from oneclick.languages import Language, marked, translated

LABEL = marked("Remember this card for next time")
EXPLANATION = marked("We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked.")


def consent_text(language: Language) -> str:
    """The offer's whole text, as the page shows it in that language."""
    return f"{translated(LABEL, language)}. {translated(EXPLANATION, language)}"
