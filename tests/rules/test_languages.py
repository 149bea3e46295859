"""B15: the pages and answers are in Russian or English."""
# ruff: noqa: RUF001  # Russian texts are Russian letters

import re

import pytest
from babel.messages.pofile import read_po
from babel.numbers import get_currency_precision, get_currency_symbol

from oneclick.languages import CATALOGUES, LOCALES, Language, money_parts, money_text, translated
from oneclick.money import AMOUNT_MINOR_MAX, CURRENCIES, Money
from update_messages import catalogues, updated, used_messages

CATALOGUE = CATALOGUES / "ru" / "LC_MESSAGES" / "oneclick.po"
NO_BREAK = "\N{NO-BREAK SPACE}"


def russian_texts() -> dict[str, str]:
    """The entries of the Russian catalogue."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="ru", abort_invalid=True)
    assert not [entry.id for entry in catalogue if entry.fuzzy and entry.id]
    return {str(entry.id): str(entry.string) for entry in catalogue if entry.id}


def test_every_text_has_a_russian_translation_and_none_is_left_over() -> None:
    """B15: no page falls back to the other language, and the catalogue is what ``make messages`` writes."""
    used = used_messages(CATALOGUES.parent)
    assert {file.parts[-3]: updated(file, used) for file in catalogues()} == {"ru": CATALOGUE.read_text()}
    russian = russian_texts()
    assert len(russian) > 100
    assert [text for text, translation in russian.items() if not re.search("[а-яё]", translation)] == []


def test_a_translation_keeps_the_places_for_values() -> None:
    """B15: a value shown in one language is shown in the other."""
    places = re.compile(r"%\(\w+\)s|%")
    for text, translation in russian_texts().items():
        assert sorted(places.findall(text)) == sorted(places.findall(translation)), text


def test_texts_are_safe_in_attributes_of_html() -> None:
    """B15: templates take texts of the catalogue as they are, so none may hold HTML's own signs."""
    for text, translation in russian_texts().items():
        assert not set('<>&"') & set(text + translation), text


def test_a_marked_text_is_translated() -> None:
    """B15: English is the text itself, Russian comes from the catalogue."""
    assert translated("To pay", Language.EN) == "To pay"
    assert translated("To pay", Language.RU) == "К оплате"


@pytest.mark.parametrize(
    ("money", "russian", "english"),
    [
        (Money(129000, "RUB"), "1 290,00 ₽", "RUB 1,290.00"),
        (Money(5, "USD"), "0,05 $", "US$0.05"),
        (Money(1234567, "JPY"), "1 234 567 ¥", "JP¥1,234,567"),
        (Money(1234567, "KWD"), "1 234,567 KWD", "KWD 1,234.567"),
        (Money(100, "RSD"), "1,00 RSD", "RSD 1.00"),
        (Money(1234567, "XPF"), "1 234 567 CFPF", "CFPF 1,234,567"),
        (Money(100, "BGN"), "1,00 BGN", "BGN 1.00"),
        (Money(999999999999, "RUB"), "9 999 999 999,99 ₽", "RUB 9,999,999,999.99"),
    ],
)
def test_an_amount_is_written_with_the_digits_of_its_currency(money: Money, russian: str, english: str) -> None:
    """E6: as many decimals as ISO 4217 says; B15: written as the language does, never broken across lines."""
    assert money_text(money, Language.RU) == russian.replace(" ", NO_BREAK)
    assert money_text(money, Language.EN) == english.replace(" ", NO_BREAK)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_an_amount_of_each_currency_is_read_as_people_write_it(currency: str, language: Language) -> None:
    """E6, B15: the decimals are ISO 4217's, the sign is the language's, and what is shown is the amount."""
    exponent = CURRENCIES[currency][1]
    sign = get_currency_symbol(currency, LOCALES[language])
    for amount_minor in (0, 5, 1234567, AMOUNT_MINOR_MAX):
        money = Money(amount_minor, currency)
        before, number, after = money_parts(money, language)
        assert f"{before}{number}{after}".replace(" ", NO_BREAK) == money_text(money, language)
        whole, _, decimals = number.partition("," if language is Language.RU else ".")
        assert len(decimals) == exponent
        assert int(re.sub(r"\D", "", whole) + decimals) == amount_minor
        assert (before, after) in {(sign, ""), (f"{sign} ", ""), ("", f" {sign}")}
        # A letter or a point isn't glued to a digit; a sign such as that of the dollar is.
        assert before.endswith(" ") == (language is Language.EN and (sign[-1].isalpha() or sign[-1] == "."))


def test_the_decimals_never_come_from_babel() -> None:
    """E6: Babel has others for these, and for other ones in each version; without any, the test above proves less."""
    differ = {code for code, (_, exponent) in CURRENCIES.items() if get_currency_precision(code) != exponent}
    assert {"IQD", "IRR"} <= differ
    assert money_text(Money(1234567, "IQD"), Language.EN) == f"IQD{NO_BREAK}1,234.567"
    assert money_text(Money(12345, "IRR"), Language.RU) == f"123,45{NO_BREAK}IRR"


def test_the_payer_can_switch_between_the_two() -> None:
    """B15: each language names the other one."""
    assert [language.other for language in Language] == [Language.EN, Language.RU]
