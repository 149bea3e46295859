"""The only door to clear digits.

Only the vault (to encrypt), the acquirer's messages (to send) and the payment page (to give a payer's own typing back)
may import it; import-linter holds the list. Never log, store or raise what comes out. Source: docs/rules.md B4, B9.
"""

from oneclick.card import Secret, _text_of


def clear(secret: Secret) -> str:
    """The text of a secret, in clear. Keep it in a local name for the shortest time."""
    text: str = _text_of(secret)
    return text
