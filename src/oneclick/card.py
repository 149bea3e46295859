"""The words of a payment card: number, CVC2, expiry, brand.

Number and CVC2 are secrets from the moment they are read: they can't be printed, pickled, copied or turned into JSON.
The clear digits come out only through ``card_clear``. This module does no I/O.
"""

import calendar
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn, Self, SupportsIndex

from oneclick.invisible import visible


class Secret:
    """A text that doesn't show itself.

    ``repr``, ``str`` and ``format`` give a mask; pickling and copying raise ``TypeError``; equality takes constant
    time. After ``forget`` whatever needs the text raises ``AttributeError``. Source: docs/rules.md B4, B9.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def forget(self) -> None:
        """Drops the text: whoever still holds this secret holds an empty one. More than once does no harm."""
        with suppress(AttributeError):
            del self.__text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        encoded = (text.encode("utf-8", "surrogatepass") for text in (self.__text, other.__text))
        return hmac.compare_digest(*encoded)

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key: hashes leak into errors

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        message = f"a {type(self).__name__} can't be pickled or copied"
        raise TypeError(message)

    def __getstate__(self) -> NoReturn:
        message = f"a {type(self).__name__} doesn't give its state away"
        raise TypeError(message)


class TypedText(Secret):
    """A text that a payer typed into a card field, not yet checked."""


class EntryMode(StrEnum):
    """How a payment's card came to us. Values are the first two digits of ISO field 22."""

    TYPED = "01"
    ON_FILE = "10"


class Brand(StrEnum):
    """Card brands that the gateway tells apart. Values are the protocol's ``meantypename`` (P 7)."""

    VISA = "VISA"
    MASTERCARD = "MasterCard"
    MIR = "MIR"
    AMEX = "AMEX"
    OTHER = "Card"

    @property
    def mean_type_id(self) -> int:
        """The protocol's ``meantype_id`` (P 7); 0 where the protocol names none."""
        return {Brand.VISA: 1, Brand.MASTERCARD: 2, Brand.AMEX: 5, Brand.MIR: 6}.get(self, 0)

    @property
    def cvc2_digits(self) -> int:
        """The number of digits of the CVC2: four for American Express, else three."""
        return 4 if self is Brand.AMEX else 3


_BRANDS: tuple[tuple[re.Pattern[str], Brand, frozenset[int]], ...] = (
    (re.compile(r"3[47]"), Brand.AMEX, frozenset({15})),
    (re.compile(r"220[0-4]"), Brand.MIR, frozenset({16, 17, 18, 19})),
    (re.compile(r"4"), Brand.VISA, frozenset({13, 16, 19})),
    (
        re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"),
        Brand.MASTERCARD,
        frozenset({16}),
    ),
)
_OTHER_DIGITS = frozenset(range(12, 20))
_BETWEEN_DIGITS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212]")
_CVC2_DIGITS = frozenset({3, 4})


def _luhn_holds(digits: str) -> bool:
    """Whether the check digit is right. Source: ISO/IEC 7812-1 annex B."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    plain = (int(digit) for digit in digits[-1::-2])
    return (sum(doubled) + sum(plain)) % 10 == 0


class CardNumber(Secret):
    """A PAN of 12 to 19 digits with a right check digit. Source: ISO/IEC 7812-1."""

    __slots__ = ("brand", "first6", "last4")

    def __init__(self, digits: str) -> None:
        """Takes digits already checked by ``read``; raises ``ValueError`` (without them) on others."""
        brand, lengths = next(
            ((brand, lengths) for prefix, brand, lengths in _BRANDS if prefix.match(digits)),
            (Brand.OTHER, _OTHER_DIGITS),
        )
        if not (digits.isascii() and digits.isdigit() and len(digits) in lengths and _luhn_holds(digits)):
            message = "not a card number"
            raise ValueError(message)
        super().__init__(digits)
        self.brand = brand
        self.first6 = digits[:6]
        self.last4 = digits[-4:]

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """The number in what a payer typed, or None if there is none.

        Passed over is what separates digits, or comes along when a number is copied: spaces, hyphens and dashes, the
        invisible.
        """
        try:
            return cls(_BETWEEN_DIGITS.sub("", visible(typed)))
        except ValueError:
            return None

    @property
    def merchant_mask(self) -> str:
        """The mask that merchants may see: first six and last four digits (B9)."""
        hidden = len(_text_of(self)) - 10
        return f"{self.first6}{'*' * hidden}{self.last4}"


class Cvc2(Secret):
    """A card verification code of three or four digits. It is never written anywhere (B4)."""

    __slots__ = ("digits",)

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.digits = len(code)

    @classmethod
    def read(cls, typed: str, digits: int | None = None) -> Self | None:
        """The code in what a payer typed, or None if it hasn't ``digits`` digits: three or four if none are named.

        Signs that slip in are passed over and a letter O, Latin or Cyrillic, counts as zero. Source: P 1.4 (cvc2).
        """
        cleaned = re.sub(r"[+\-._\\/\s]", "", typed)
        cleaned = re.sub(r"[OoОо]", "0", cleaned)  # noqa: RUF001  # the second pair is Cyrillic, on purpose
        lengths = _CVC2_DIGITS if digits is None else {digits}
        if len(cleaned) not in lengths or not (cleaned.isascii() and cleaned.isdigit()):
            return None
        return cls(cleaned)


@dataclass(frozen=True, order=True)
class Expiry:
    """The month through whose last day a card is good."""

    year: int
    month: int

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """Reads an expiry as ``MM/YY``, ``MMYY``, ``MM/YYYY`` (also with spaces, dots or hyphens), or gives None."""
        match = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*[/.\- ]\s*((?:20)?[0-9]{2})\s*", typed)
        match = match or re.fullmatch(r"\s*(0[1-9]|1[0-2])((?:20)?[0-9]{2})\s*", typed)
        if match is None:
            return None
        return cls(2000 + int(match[2]) % 100, int(match[1]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The expiry whose month holds the day."""
        return cls(day.year, day.month)

    @property
    def last_day(self) -> date:
        """The last day on which the card is good."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def mm_yy(self) -> str:
        """The expiry as printed on the card: ``07/31``."""
        return f"{self.month:02}/{self.year % 100:02}"

    @property
    def yymm(self) -> str:
        """The expiry as ISO field 14 has it: ``3107``."""
        return f"{self.year % 100:02}{self.month:02}"

    def is_past(self, today: date) -> bool:
        """True if the card is no longer good on that day."""
        return today > self.last_day


@dataclass(frozen=True)
class CardData:
    """A card as it is paid with and kept: number, expiry, cardholder (B4)."""

    number: CardNumber
    expiry: Expiry
    cardholder: str


_text_of = Secret.__dict__["_Secret__text"].__get__  # for this module and for card_clear, which guards it
