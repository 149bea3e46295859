"""The views of the payment page, filled with one text, and a reader of the pages that they make."""

from dataclasses import replace
from html.parser import HTMLParser

from oneclick.card import Brand, Expiry
from oneclick.languages import Language
from oneclick.money import Money
from oneclick.one_click.consent import OFFERED_NEXT_TIME
from oneclick.web.answers import View
from oneclick.web.pay_page.views import (
    CardForm,
    CardView,
    Choice,
    Confirmation,
    Deadline,
    Declined,
    DeletionQuestion,
    ExpiredCard,
    ExpiredCards,
    OfferBox,
    OrderSummary,
    ResultPage,
    ShopReturn,
)
from oneclick.web.refusal_page import RefusalPage
from oneclick.web.rendering import Renderer

RENDERER = Renderer(https=True)
OFFER = OfferBox(**vars(OFFERED_NEXT_TIME), checked=True, preselected=True)


class Page(HTMLParser):
    """The start tags of a page with their attributes, and the text inside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
            self._inside = ""
        assert self._inside != "script" or not data.strip(), "a script inside the page"

    def named(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the fields of that name."""
        return [attributes for _tag, attributes in self.tags if attributes.get("name") == name]


def order(language: Language, text: str = "Books") -> OrderSummary:
    return OrderSummary(
        merchant_name=text,
        order_number=text,
        amount=Money(129000, "RUB"),
        comment=text,
        language=language,
        other_language_url=f"/pay/pay.cfm?CFSID={text}",
        deadline=Deadline(machine=text, clock=text, zone=text, left_s=1800, url=f"/pay?{text}"),
    )


def stored(brand: Brand = Brand.VISA, card_id: str = "card-1", *, expired: bool = False) -> CardView:
    return CardView(card_id=card_id, brand=brand, last4="1111", expiry=Expiry(2031, 7), expired=expired)


def back(text: str) -> ShopReturn:
    return ShopReturn(action=f"https://shop.example/?{text}", fields=((text, text),))


def choice(text: str) -> Choice:
    cards = (stored(Brand.OTHER, text), stored(Brand.MIR, "card-3"))
    return Choice(method="get", action=f"/pay?{text}", hidden={text: text}, cards=cards)


def form(language: Language, text: str = "text") -> CardForm:
    return CardForm(
        order=order(language, text),
        action=f"/pay?{text}",
        card_number=text,
        expiry=text,
        card_holder=text,
        offer=OFFER,
        expired=ExpiredCards(
            cards=(stored(Brand.OTHER, text, expired=True),), delete_action=f"/pay?{text}", updates=True
        ),
        problems={"CardNumber": text, "Expiry": text, "CardHolder": text, "CVC2": text},
        notice=text,
        saved_cards_url=f"/pay?{text}",
    )


def declined_form(language: Language, text: str = "text") -> CardForm:
    declined = Declined(explanation=text, advice=text, cvc2_again=True, shop_return=back(text))
    return replace(form(language, text), problems={}, notice=None, declined=declined, choice=choice(text))


def confirmation(language: Language, text: str = "text") -> Confirmation:
    return Confirmation(
        order=order(language, text),
        action=f"/pay?{text}",
        card=stored(card_id=text),
        choice=choice(text),
        delete_action=f"/delete?{text}",
        problems={"CVC2": text},
        notice=text,
    )


def expired_card(language: Language, text: str = "text") -> ExpiredCard:
    return ExpiredCard(
        order=order(language, text),
        card=stored(card_id=text, expired=True),
        new_card_url=f"/pay?{text}",
        choice=choice(text),
        delete_action=f"/pay?{text}",
        updates=True,
        notice=text,
    )


def question(language: Language, text: str = "text") -> DeletionQuestion:
    card = stored(card_id=text)
    return DeletionQuestion(order=order(language, text), card=card, action=f"/pay?{text}", keep_url=f"/pay?{text}")


def result(language: Language, text: str = "text") -> ResultPage:
    return ResultPage(
        order=order(language, text),
        outcome="declined",
        title=text,
        explanation=text,
        advice=text,
        card=text,
        shop_return=back(text),
        retry_action=f"/pay?{text}",
        refresh_s=5,
        stillness_url=f"/pay?{text}",
    )


def refusal(language: Language, text: str = "text") -> RefusalPage:
    return RefusalPage(
        language=language,
        code=text,
        title=text,
        explanation=text,
        advice=text,
        for_shop=text,
        other_language_url=f"/pay?{text}",
        order_url=f"/pay?{text}",
    )


def views(language: Language, text: str) -> list[View]:
    builders = (form, declined_form, confirmation, expired_card, question, result, refusal)
    return [build(language, text) for build in builders]


def html_of(view: View, language: Language = Language.EN) -> str:
    return RENDERER.render(view.template, language, view)
