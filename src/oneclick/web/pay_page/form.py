"""Reads what a payer posted. Number and CVC2 become secrets here, before anything else sees them (B4)."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from oneclick.card import Brand, CardData, CardNumber, Cvc2, Expiry, TypedText
from oneclick.card_clear import clear
from oneclick.languages import Language
from oneclick.outcome import Reason
from oneclick.use_cases.payer.pay import SavedCard, TypedCard
from oneclick.web.pay_page.views import YES, Problem
from oneclick.web.reading import Pairs, values

NEW_CARD = "new"
_HOLDER = re.compile(r"[A-Za-z][A-Za-z .'\-]{0,68}[A-Za-z.]?")
_APOSTROPHES = re.compile(r"[\u2018\u2019\u02bc]")  # as phones write them

# Why a form with a wrong field is refused, in the fields' order.
_FIELD_REASONS = {
    "CardNumber": Reason.CARD_NUMBER_MALFORMED,
    "Expiry": Reason.EXPIRY_MALFORMED,
    "CardHolder": Reason.CARDHOLDER_MALFORMED,
    "CVC2": Reason.CVC2_MALFORMED,
}


@dataclass(frozen=True)
class PostedForm:
    """The fields of either form, typed. ``saved_card`` is empty for a new card.

    ``preselected``: the payer left "yes" as it came, ticked beforehand (B1).
    """

    saved_card: str
    number: TypedText
    expiry: str
    holder: str
    cvc2: TypedText
    remember: bool
    preselected: bool = False

    @property
    def number_as_typed(self) -> str:
        """To give a payer's own typing back after an error (B16); cut at what a field takes."""
        return clear(self.number)[:40]


@dataclass(frozen=True)
class Problems:
    """Problems of a posted form, by field."""

    by_field: dict[str, Problem]

    def with_expiry_of(self, form: PostedForm, today: date) -> "Problems":
        """The same, and that the typed card has expired: a payer wants to hear it all at once."""
        expiry = Expiry.read(form.expiry)
        if form.saved_card or expiry is None or not expiry.is_past(today):
            return self
        found = self.by_field | {"Expiry": Problem.EXPIRED}
        return Problems({field: found[field] for field in _FIELD_REASONS if field in found})

    @property
    def reasons(self) -> list[Reason]:
        """The same, as reasons."""
        return [
            Reason.CARD_EXPIRED if problem is Problem.EXPIRED else _FIELD_REASONS[field]
            for field, problem in self.by_field.items()
        ]


def read_form(pairs: Pairs) -> PostedForm | None:
    """The posted fields; None if one of them comes twice. The CVC2 is taken out of the pairs: they live longer (B4)."""
    fields = values(pairs, ("SavedCard", "CardNumber", "Expiry", "CardHolder", "CVC2", "Remember", "Preselected"))
    pairs[:] = [(name, "" if name.lower() == "cvc2" else value) for name, value in pairs]
    if fields is None:
        return None
    saved_card, remember = fields.get("SavedCard", ""), fields.get("Remember") == YES
    return PostedForm(
        saved_card="" if saved_card == NEW_CARD else saved_card,
        number=TypedText(fields.get("CardNumber", "")),
        expiry=fields.get("Expiry", "")[:20],
        holder=fields.get("CardHolder", "").strip()[:100],
        cvc2=TypedText(fields.get("CVC2", "")),
        remember=remember,
        preselected=remember and fields.get("Preselected") == YES,
    )


def read_instrument(form: PostedForm, language: Language | None) -> TypedCard | SavedCard | Problems | None:
    """The payment instrument, or what is wrong with it; None if the stored card's id is none."""
    if form.saved_card:
        return _read_saved(form)
    number = CardNumber.read(clear(form.number))
    brand = number.brand if number else None
    expiry = Expiry.read(form.expiry)
    cvc2 = Cvc2.read(clear(form.cvc2), brand.cvc2_digits if brand else None)
    problems: dict[str, Problem] = {}
    if number is None:
        problems["CardNumber"] = Problem.NUMBER_WRONG if clear(form.number).strip() else Problem.NUMBER_MISSING
    if expiry is None:
        problems["Expiry"] = Problem.EXPIRY_WRONG if form.expiry.strip() else Problem.EXPIRY_MISSING
    holder = _APOSTROPHES.sub("'", form.holder)
    if holder and not _HOLDER.fullmatch(holder):
        problems["CardHolder"] = Problem.HOLDER_WRONG
    if cvc2 is None:
        problems["CVC2"] = Problem.of_cvc2(brand or Brand.OTHER)
    if number is None or expiry is None or cvc2 is None or problems:
        return Problems(problems)
    data = CardData(number, expiry, holder.upper())
    return TypedCard(data, cvc2, form.remember, form.preselected, language)


def _read_saved(form: PostedForm) -> SavedCard | Problems | None:
    cvc2 = Cvc2.read(clear(form.cvc2))
    try:
        card_id = UUID(form.saved_card)
    except ValueError:
        return None
    return SavedCard(card_id, cvc2) if cvc2 else Problems({"CVC2": Problem.CVC2_THREE})
