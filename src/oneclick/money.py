"""Money as an integer of minor units with its ISO 4217 currency (E6). No I/O, no floating point."""

import re
from dataclasses import dataclass
from typing import Self

# ISO 4217: alphabetic code -> (numeric code, digits after the point).
CURRENCIES: dict[str, tuple[str, int]] = {
    "AMD": ("051", 2),
    "AUD": ("036", 2),
    "AZN": ("944", 2),
    "BGN": ("975", 2),
    "BRL": ("986", 2),
    "BYN": ("933", 2),
    "CAD": ("124", 2),
    "CHF": ("756", 2),
    "CNY": ("156", 2),
    "CZK": ("203", 2),
    "DKK": ("208", 2),
    "EUR": ("978", 2),
    "GBP": ("826", 2),
    "GEL": ("981", 2),
    "HUF": ("348", 2),
    "INR": ("356", 2),
    "JPY": ("392", 0),
    "KGS": ("417", 2),
    "KRW": ("410", 0),
    "KWD": ("414", 3),
    "KZT": ("398", 2),
    "MDL": ("498", 2),
    "NOK": ("578", 2),
    "PLN": ("985", 2),
    "RON": ("946", 2),
    "RSD": ("941", 2),
    "RUB": ("643", 2),
    "SEK": ("752", 2),
    "SGD": ("702", 2),
    "TJS": ("972", 2),
    "TMT": ("934", 2),
    "TRY": ("949", 2),
    "UAH": ("980", 2),
    "USD": ("840", 2),
    "UZS": ("860", 2),
    "ZAR": ("710", 2),
}
_ALPHABETIC = {numeric: alphabetic for alphabetic, (numeric, _) in CURRENCIES.items()}

# The ISO field 4 has 12 digits: no payment can be larger, whatever the protocol's 15 digits allow.
AMOUNT_MINOR_MAX = 10**12 - 1

_AMOUNT = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{1,3}))?")


@dataclass(frozen=True)
class Money:
    """An amount in minor units (kopecks, cents) of a currency of ``CURRENCIES``."""

    amount_minor: int
    currency: str

    @classmethod
    def read(cls, text: str, currency: str) -> Self | None:
        """Reads a protocol amount: digits, and decimals after a point or comma; None if it isn't one.

        At most two decimals, or as many as the currency has; those that it doesn't have must be zeros. Every amount
        that ``protocol_text`` writes is read as itself. Source: P 0.4, P 1.4 (OrderAmount), P 12.2.
        """
        match = _AMOUNT.fullmatch(text)
        if match is None:
            return None
        exponent = CURRENCIES[currency][1]
        decimals = (match[2] or "").ljust(exponent, "0")
        if len(decimals) > max(exponent, 2) or decimals[exponent:].strip("0"):
            return None
        return cls(int(match[1] + decimals[:exponent]), currency)

    @property
    def protocol_text(self) -> str:
        """As answers and notifications write it: ``1234.50``, always the currency's own decimals (P 12.2)."""
        exponent = CURRENCIES[self.currency][1]
        if exponent == 0:
            return str(self.amount_minor)
        whole, decimals = divmod(self.amount_minor, 10**exponent)
        return f"{whole}.{decimals:0{exponent}}"

    @property
    def numeric_currency(self) -> str:
        """The three digits of ISO field 49."""
        return CURRENCIES[self.currency][0]


def alphabetic_currency(numeric: str) -> str | None:
    """The alphabetic code of a numeric one, or None if it isn't in the table."""
    return _ALPHABETIC.get(numeric)
