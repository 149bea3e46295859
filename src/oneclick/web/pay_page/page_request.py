"""A request for a page, and what every page of an order has: its addresses, its summary, its deadline."""

from dataclasses import dataclass, replace
from math import ceil
from urllib.parse import urlencode

from oneclick.invisible import visible
from oneclick.languages import Language
from oneclick.use_cases.payer.show_order import ShownOrder
from oneclick.web.pay_page.time_texts import clock_text, zone_text
from oneclick.web.pay_page.views import Deadline, OrderSummary

PAY = "/pay/pay.cfm"
RESULT = "/pay/result.cfm"

# In an address: the payer said no to the offer at an earlier try of this order; a card was just deleted.
DECLINED_OFFER = "0"
DELETED = "1"
# The payer wants a page that stands still: it isn't asked for again by itself.
STILL = "0"

_COMMENT_SHOWN_MAX = 160  # characters; the shop gets the whole of it back


@dataclass(frozen=True)
class PageRequest:
    """A request for a page: the order's CFSID, the language that the payer chose, if any, and the chosen card.

    ``saved_card`` is ``new``, a card's id, or empty for the one that was used last. ``declined_offer``: at an earlier
    try of this order the payer said no to the offer, so it isn't ticked again (B2). ``deleted``: a card was just
    deleted, which is said once (B7). ``still``: the page isn't to be loaded again by itself (WCAG 2.2.2).
    """

    cfsid: str
    chosen: Language | None
    order_language: Language = Language.RU
    saved_card: str = ""
    declined_offer: bool = False
    deleted: bool = False
    still: bool = False

    @property
    def language(self) -> Language:
        """The payer's choice, else the order's language (B15)."""
        return self.chosen or self.order_language

    def fields(self, **more: str) -> dict[str, str]:
        """The fields that name this order in an address, with the same language and the same answer to the offer."""
        query = {"CFSID": self.cfsid} | more
        if self.chosen:
            query["Language"] = self.chosen
        if self.declined_offer:
            query["Offer"] = DECLINED_OFFER
        if self.still:
            query["Refresh"] = STILL
        return query

    def url(self, path: str, **more: str) -> str:
        """An address of this order."""
        return f"{path}?{urlencode(self.fields(**more))}"

    @property
    def other_language(self) -> "PageRequest":
        """The same page in the other language."""
        return replace(self, chosen=self.language.other)

    @property
    def other_stillness(self) -> "PageRequest":
        """The same page, loaded again by itself where it stood still, and the other way round."""
        return replace(self, still=not self.still)


def summary(shown: ShownOrder, page: PageRequest, path: str) -> OrderSummary:
    """The order's summary, what is paid and to whom; on the pages of ``PAY`` also till when (E2)."""
    more = {"SavedCard": page.saved_card} if page.saved_card and path == PAY else {}
    return OrderSummary(
        merchant_name=shown.merchant.name,
        order_number=shown.order.order_number,
        amount=shown.order.amount,
        comment=_comment(shown.order.parameters.get("OrderComment", "")),
        language=page.language,
        other_language_url=page.other_language.url(path, **more),
        deadline=deadline(shown, page) if path == PAY else None,
    )


def _comment(text: str) -> str:
    """What is paid for, on one line, without what nobody sees."""
    line = " ".join(visible(text).split())
    return line if len(line) <= _COMMENT_SHOWN_MAX else f"{line[: _COMMENT_SHOWN_MAX - 1].rstrip()}…"


def deadline(shown: ShownOrder, page: PageRequest) -> Deadline:
    """Till when the order can be paid, on the merchant's clock (E2)."""
    ends, zone = shown.order.expires_at, shown.merchant.time_zone
    return Deadline(
        machine=ends.isoformat(timespec="seconds"),
        clock=clock_text(ends, shown.now, zone, page.language),
        zone=zone_text(ends, zone, page.language),
        left_s=max(0, ceil((ends - shown.now).total_seconds())),
        url=page.url(RESULT),
    )
