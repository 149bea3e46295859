"""The languages of the gateway: texts by gettext, amounts by Babel.

English texts are the message ids; Russian ones stand in ``locale/ru/LC_MESSAGES/oneclick.po``, which is compiled in
memory at the first use, so nothing has to be built. No rule lives here. Source: docs/rules.md B15.
"""

import re
from decimal import Decimal
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from babel.support import NullTranslations, Translations

from oneclick.money import CURRENCIES, Money

CATALOGUES = Path(__file__).parent / "locale"


class Language(StrEnum):
    """A language that pages and answers are written in. Values are the protocol's ``Language`` (P 1.2)."""

    RU = "RU"
    EN = "EN"

    @property
    def other(self) -> "Language":
        """The language that a payer can switch to."""
        return Language.EN if self is Language.RU else Language.RU


LOCALES = {Language.RU: Locale("ru", "RU"), Language.EN: Locale("en", "GB")}


def marked(text: str) -> str:
    """The same text, marked as a message id for the catalogue; ``translated`` translates it later."""
    return text


@cache
def translations(language: Language) -> NullTranslations:
    """The texts of a language; English needs no catalogue. Raises ``OSError`` when the file is missing."""
    if language is Language.EN:
        return NullTranslations()
    with (CATALOGUES / "ru" / "LC_MESSAGES" / "oneclick.po").open("rb") as source:
        catalogue = read_po(source, locale="ru", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def translated(text: str, language: Language) -> str:
    """A marked text in that language."""
    return str(translations(language).gettext(text))


@cache
def _currency_pattern(language: Language, exponent: int) -> str:
    """The language's way to write an amount, with the digits of ISO 4217 (Babel's own differ for some currencies)."""
    pattern = str(LOCALES[language].currency_formats["standard"].pattern)
    return pattern.replace("0.00", f"0.{'0' * exponent}" if exponent else "0")


def money_text(money: Money, language: Language) -> str:
    """An amount as people write it: ``1 290,00 ₽``, ``RUB 1,290.00``. Spaces in it don't break. Source: E6."""
    exponent = CURRENCIES[money.currency][1]
    text = format_currency(
        Decimal(money.amount_minor).scaleb(-exponent),
        money.currency,
        format=_currency_pattern(language, exponent),
        locale=LOCALES[language],
        currency_digits=False,
    )
    # Babel leaves out the space that Unicode asks for between a sign that ends in a letter or a point, and a digit
    # (CLDR currencySpacing).
    return re.sub(r"^([^0-9]*(?:[^\W\d]|\.))(?=[0-9])", "\\1\N{NO-BREAK SPACE}", text)


def money_parts(money: Money, language: Language) -> tuple[str, str, str]:
    """The same amount as what stands before its number, the number, and what stands after it.

    A line may break between them, where there is a space, and nowhere else. Source: docs/rules.md B15.
    """
    text = money_text(money, language)
    before, number, after = re.split(r"([0-9](?:.*[0-9])?)", text)
    return before.replace("\N{NO-BREAK SPACE}", " "), number, after.replace("\N{NO-BREAK SPACE}", " ")
