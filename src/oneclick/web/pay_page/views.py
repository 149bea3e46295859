"""Views of the hosted payment page, one for each of its pages. Values only: no rule, no HTTP, no SQL.

A page's template has its name in ``template``. Source: docs/rules.md B1 to B18, P 12.8.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal, Self
from urllib.parse import parse_qsl, quote_plus, urldefrag, urlsplit

from oneclick.card import Brand, Expiry
from oneclick.languages import Language, marked, translated
from oneclick.money import Money
from oneclick.one_click.consent import DELETE_CONSEQUENCE, DELETE_QUESTION

# What the offer's box posts, and the field beside it that says that it came ticked.
YES = "1"


class Problem(StrEnum):
    """A problem of a typed field: one text for the server's answer and for the page's script."""

    NUMBER_MISSING = marked("Enter the card number.")
    NUMBER_WRONG = marked("There is a typo in the number: check it against the card.")
    EXPIRY_MISSING = marked("Enter the expiry date.")
    EXPIRY_WRONG = marked("Enter the date as on the card, month and year: 07/31.")
    EXPIRED = marked("This card has expired.")
    HOLDER_WRONG = marked("Enter the name in Latin letters, as on the card.")
    CVC2_THREE = marked("Enter the 3 digits from the back of the card.")
    CVC2_FOUR = marked("Enter the 4 digits from the front of the card.")

    def text(self, language: Language) -> str:
        """The translated text."""
        return translated(self.value, language)

    @classmethod
    def of_cvc2(cls, brand: Brand) -> "Problem":
        """The problem of a CVC2 that hasn't the digits of its brand."""
        return cls.CVC2_FOUR if brand is Brand.AMEX else cls.CVC2_THREE


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """Till when the order can be paid (E2): ``machine`` in ISO 8601, ``clock`` and ``zone`` for people.

    ``left_s`` is counted by the server: a payer's clock may be wrong. ``url`` tells how the order stands after it.
    """

    machine: str
    clock: str
    zone: str
    left_s: int
    url: str


@dataclass(frozen=True, kw_only=True)
class OrderSummary:
    """The order in short, what is paid and to whom; stands on every page of a payment."""

    merchant_name: str
    order_number: str
    amount: Money
    comment: str
    language: Language
    other_language_url: str
    deadline: Deadline | None = None

    @property
    def monogram(self) -> str:
        """The first letter or digit of the merchant's name, for the mark beside it."""
        return next((sign for sign in self.merchant_name if sign.isalnum()), "").upper()


@dataclass(frozen=True, kw_only=True)
class OfferBox:
    """The offer to remember the card, in the words that are recorded (C6).

    ``checked`` is how its box comes; ``preselected`` that this is the merchant's doing, not the payer's own (B1).
    """

    label: str
    explanation: str
    checked: bool
    preselected: bool


@dataclass(frozen=True, kw_only=True)
class FullWallet:
    """No card is kept but one with the number of a saved one: ``held`` are, ``too_many`` must go first (B13).

    ``by_shop``: the page shows too few of them for the payer to delete so many.
    """

    held: int
    too_many: int
    by_shop: bool


@dataclass(frozen=True, kw_only=True)
class CardView:
    """A kept card as its payer may see it: brand and last four digits (B9)."""

    card_id: str
    brand: Brand
    last4: str
    expiry: Expiry
    expired: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The other cards to pay with, and "New card" (B6), as a form.

    After a decline the choice opens a new attempt, so ``method`` is ``post`` then (B16). ``new`` is False where the
    new card's form is on the page already.
    """

    method: Literal["get", "post"]
    action: str
    hidden: dict[str, str]
    cards: tuple[CardView, ...]
    new: bool = True


@dataclass(frozen=True, kw_only=True)
class ExpiredCards:
    """The customer's expired cards, each with a way to delete it (B10, B12).

    ``updates``: a re-issued card of the same number can take a saved one's place by itself (B11).
    """

    cards: tuple[CardView, ...]
    delete_action: str
    updates: bool


@dataclass(frozen=True, kw_only=True)
class ShopReturn:
    """The way back to the shop, as a GET form: a browser replaces the action's query by the fields (P 12.8)."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, return_url: str, billnumber: str, order_number: str) -> Self:
        """Appends the two parameters as shops look for them: lower case, bill first, an ampersand at the end.

        In the order number, everything but letters, digits, hyphen and underscore is escaped, a space is a plus.
        Source: P 4.1, P 12.8.
        """
        base = urldefrag(return_url).url
        joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
        escaped = quote_plus(order_number, safe="").replace(".", "%2E").replace("~", "%7E")
        action = f"{base}{joint}billnumber={quote_plus(billnumber)}&ordernumber={escaped}&"
        return cls(action=action, fields=tuple(parse_qsl(urlsplit(action).query, keep_blank_values=True)))


@dataclass(frozen=True, kw_only=True)
class Declined:
    """The words of a page after a decline, with the form beside it for another try (B16).

    ``cvc2_again``: the CVC2 may have been the only fault, so the way to it is offered.
    """

    explanation: str
    advice: str
    cvc2_again: bool
    shop_return: ShopReturn | None


@dataclass(frozen=True, kw_only=True)
class CardForm:
    """The full card form. Typed texts are given back after an error, the CVC2 never (B4, B16).

    ``full`` stands beside the offer where there is no room for another card (B13).
    """

    template: ClassVar[str] = "card_form.html"
    Problem: ClassVar[type[Problem]] = Problem

    order: OrderSummary
    action: str
    card_number: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    card_holder: str = field(default="", repr=False)
    offer: OfferBox | None
    full: FullWallet | None = None
    expired: ExpiredCards | None = None
    saved_cards_url: str | None = None
    choice: Choice | None = None
    problems: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    deleted: bool = False
    declined: Declined | None = None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The payment in one click: a kept card, and one field, the CVC2 (B5, B6, B7)."""

    template: ClassVar[str] = "confirmation.html"
    Problem: ClassVar[type[Problem]] = Problem

    order: OrderSummary
    action: str
    card: CardView
    choice: Choice
    delete_action: str | None = None
    problems: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    deleted: bool = False
    declined: Declined | None = None


@dataclass(frozen=True, kw_only=True)
class ExpiredCard:
    """An expired card: nothing to pay with, the way to the new one (B10)."""

    template: ClassVar[str] = "expired_card.html"

    order: OrderSummary
    card: CardView
    new_card_url: str
    choice: Choice
    delete_action: str
    updates: bool
    notice: str | None = None
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class DeletionQuestion:
    """Asks once more before a card is erased, in the words that are recorded (B7, C6)."""

    template: ClassVar[str] = "deletion.html"
    question: ClassVar[str] = DELETE_QUESTION
    consequence: ClassVar[str] = DELETE_CONSEQUENCE

    order: OrderSummary
    card: CardView
    action: str
    keep_url: str


Outcome = Literal["approved", "declined", "checking", "canceled", "expired"]


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """How a payment ended. A text that is None is the template's own for that outcome.

    ``retry_action`` takes a new attempt after a decline (B16); ``retry_first`` puts it before the way back to the shop.
    ``refresh_s`` lets ``checking`` resolve by itself (B18); ``stillness_url`` stops that, or starts it again.
    """

    template: ClassVar[str] = "result.html"

    order: OrderSummary
    outcome: Outcome
    title: str | None = None
    explanation: str | None = None
    advice: str | None = None
    card: str | None = None
    shop_return: ShopReturn | None = None
    retry_action: str | None = None
    retry_first: bool = True
    refresh_s: int | None = None
    stillness_url: str = ""
