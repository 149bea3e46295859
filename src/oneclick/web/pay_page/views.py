"""What each page of the hosted payment page shows. Values only: no rule, no HTTP, no SQL.

A page's template has its name in ``template``. Source: docs/rules.md B1 to B18, P 12.8.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal, Self
from urllib.parse import parse_qsl, quote_plus, urldefrag, urlsplit

from oneclick.card import Brand, Expiry
from oneclick.languages import Language, marked, translated
from oneclick.money import Money
from oneclick.one_click.consent import EXPLANATION, LABEL


class Problem(StrEnum):
    """What can be wrong with a typed field: one text for the server's answer and for the page's script."""

    NUMBER_MISSING = marked("Enter the card number.")
    NUMBER_WRONG = marked("There is a typing error in the number: compare it with the card.")
    EXPIRY_MISSING = marked("Enter the expiry date.")
    EXPIRY_WRONG = marked("The date as on the card, month and year: 07/31.")
    EXPIRED = marked("This card has expired.")
    HOLDER_WRONG = marked("The name in Latin letters, as on the card.")
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
class OrderSummary:
    """What is paid, and to whom; stands on every page of a payment."""

    merchant_name: str
    order_number: str
    amount: Money
    comment: str
    language: Language
    other_language_url: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The offer to remember the card: the answer selected beforehand (B1), in the words that are recorded (C6)."""

    label: ClassVar[str] = LABEL
    explanation: ClassVar[str] = EXPLANATION

    checked: bool


@dataclass(frozen=True, kw_only=True)
class CardForm:
    """The full card form. Typed texts are given back after an error, the CVC2 never (B4, B16)."""

    template: ClassVar[str] = "card_form.html"
    Problem: ClassVar[type[Problem]] = Problem

    order: OrderSummary
    action: str
    card_number: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    card_holder: str = field(default="", repr=False)
    offer: Offer | None
    problems: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    saved_cards_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredCard:
    """A kept card as its payer may see it: brand and last four digits (B9)."""

    card_id: str
    brand: Brand
    last4: str
    expiry: Expiry


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The payment in one click: a kept card, and one field, the CVC2 (B5, B6)."""

    template: ClassVar[str] = "confirmation.html"
    Problem: ClassVar[type[Problem]] = Problem

    order: OrderSummary
    action: str
    card: StoredCard
    other_cards: tuple[StoredCard, ...]
    choose_action: str
    choose_hidden: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    notice: str | None = None


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


Outcome = Literal["approved", "declined", "checking", "expired"]


@dataclass(frozen=True, kw_only=True)
class ResultPage:
    """How a payment ended. A text that is None is the template's own for that outcome.

    ``retry_action`` takes a new attempt after a decline (B16); ``refresh_s`` lets ``checking`` resolve by itself (B18).
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
    refresh_s: int | None = None
