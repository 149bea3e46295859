"""Characters that nobody sees, but that change what is read: they turn the text around, or stand for nothing. Pure.

Source: docs/rules.md A4, B15. In Unicode: the controls of direction, the zero-width ones, the separators of lines, and
the fillers of Hangul, which count as letters.
"""

import re

# For the inside of a character class.
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def visible(text: str) -> str:
    """The text without what nobody sees."""
    return _INVISIBLE.sub("", text)
