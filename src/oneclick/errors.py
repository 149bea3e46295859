"""The errors, as one tree: what should not happen. An expected "no" is a ``Refused`` value instead (``outcome``).

OneClickError
├── SettingsError        a setting, key file or merchant file is missing or wrong; the text says which and what to do
├── VaultError           a stored card can't be opened: wrong key, wrong row, changed bytes
├── WireError            bytes or fields that are no message on the acquirer link; never holds them
└── MoveError            a life cycle was asked for a move that its table doesn't have

Messages hold names and ids, never card data and never the value that was wrong.
"""


class OneClickError(Exception):
    """The root of this project's errors."""


class SettingsError(OneClickError):
    """The error of a setting, key file or merchant file that is missing or wrong."""


class VaultError(OneClickError):
    """The error of a stored card that can't be opened."""


class WireError(OneClickError):
    """The error of bytes or fields that are no message on the acquirer link."""


class MoveError(OneClickError):
    """The error of a move that a life hasn't got."""
