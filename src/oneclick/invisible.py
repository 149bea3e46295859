"""Characters that nobody sees, but that change what is read: they turn the text around, or stand for nothing. Pure.

Source: docs/rules.md A4, B15. In Unicode: the controls of direction, the zero-width ones, the separators of lines, and
the fillers of Hangul, which count as letters.
"""

import re

# For the inside of a character class.
INVISIBLE = r"\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\u3164\ufeff\uffa0"

_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def visible(text: str) -> str:
    """The text without what nobody sees."""
    return _INVISIBLE.sub("", text)
