"""The shop's side of the ASSIST protocol: send a payer, ask for the state, read a notification.

An example for integrators. Signatures and answers are computed here in full, with the standard library alone; aiohttp
only asks for the state. Nothing of the gateway is used: ``ShopOptions`` and ``Order`` are the shop's own.
No secret goes into an error, and nothing that comes from outside is believed before its checkvalue is right.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import aiohttp

from oneclick.demo.shop.options import ShopOptions
from oneclick.demo.shop.orders import Order

ASK_TIMEOUT_S = 5
ANSWER_BYTES_MAX = 64 * 1024

ACCEPTED = (0, 0)
BAD_CHECKVALUE = (9, 7)
WRONG_ORDER = (13, 0)

# From the most to the least that a shop cares for: several attempts to pay one order may come in one answer.
_STATES = (
    "Approved",
    "Delayed",
    "PartialDelayed",
    "PartialCanceled",
    "Canceled",
    "In Process",
    "Declined",
    "Timeout",
)
_PART_STATES = {"PartialDelayed", "PartialCanceled", "Canceled"}  # an operation on a part of the order's amount


class AnswerError(Exception):
    """The error of a gateway that couldn't be asked, or whose answer can't be believed. The text holds no data."""


def md5(text: str) -> str:
    """The MD5 of a text in 32 lower-case hex digits. The hash is the protocol's choice."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def checkvalue(secret_word: str, signed: str) -> str:
    """The checkvalue of a message: 32 upper-case hex digits over the secret word and the signed string."""
    return md5((md5(secret_word) + md5(signed)).upper()).upper()


def checkvalue_holds(secret_word: str, signed: str, received: str) -> bool:
    """True if a received checkvalue is right. Constant time: a wrong one says nothing about the right one."""
    return hmac.compare_digest(checkvalue(secret_word, signed).encode(), received.upper().encode())


@dataclass(frozen=True)
class FormTexts:
    """The texts that the payer reads on the payment page: its language (``EN``, ``RU``) and the comment."""

    language: str
    comment: str


def payment_url(options: ShopOptions, order: Order, texts: FormTexts) -> str:
    """The web address of an order's payment request, for the payer's browser.

    The customer number is signed too: nobody pays with another's cards.
    """
    signed = f"{options.merchant_id};{order.number};{order.amount};{order.currency};{order.customer_number}"
    return f"{options.gateway_url}/pay/order.cfm?" + urlencode(
        {
            "Merchant_ID": options.merchant_id,
            "OrderNumber": order.number,
            "OrderAmount": order.amount,
            "OrderCurrency": order.currency,
            "CustomerNumber": order.customer_number,
            "Checkvalue": checkvalue(options.secret_word, signed),
            "Language": texts.language,
            "OrderComment": texts.comment,
            "URL_RETURN_OK": f"{options.shop_url}/ok",
            "URL_RETURN_NO": f"{options.shop_url}/no",
        }
    )


async def ask_state(http: aiohttp.ClientSession, options: ShopOptions, order: Order) -> str | None:
    """Asks the gateway how the order stands: one of the protocol's order states, or None if it doesn't know it.

    Raises ``AnswerError`` when no believable answer comes within ``ASK_TIMEOUT_S``.
    """
    question = {
        "Ordernumber": order.number,
        "Merchant_ID": options.merchant_id,
        "Login": options.login,
        "Password": options.password,
        "Format": "3",
    }
    body = b""
    try:
        async with http.post(
            f"{options.gateway_url}/orderstate/orderstate.cfm",
            data=question,
            timeout=aiohttp.ClientTimeout(total=ASK_TIMEOUT_S),
            allow_redirects=False,
        ) as answer:
            async for chunk in answer.content.iter_chunked(8192):
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    break
    except (aiohttp.ClientError, TimeoutError) as error:
        raise AnswerError(type(error).__name__) from error
    return read_state(options, order, body)


def read_state(options: ShopOptions, order: Order, body: bytes) -> str | None:
    """The order's state in an XML answer, or None if the gateway doesn't know the order.

    Raises ``AnswerError`` when the answer is an error, too long, about something else, or wrongly signed.
    """
    root = _parse(body)
    codes = root.get("firstcode"), root.get("secondcode")
    if codes == ("10", "201"):
        return None  # the payer hasn't reached the gateway yet
    if codes != ("0", "0"):
        message = f"the gateway answered with the codes {codes[0]}/{codes[1]}"
        raise AnswerError(message)
    states = []
    for attempt in root.iterfind("order"):
        number, amount, currency, state, received = (
            attempt.findtext(name) or ""
            for name in ("ordernumber", "orderamount", "ordercurrency", "orderstate", "checkvalue")
        )
        signed = f"{options.merchant_id}{number}{amount}{currency}{state}"
        if not checkvalue_holds(options.secret_word, signed, received):
            message = "the answer's checkvalue is wrong"
            raise AnswerError(message)
        if (number, amount, currency) != (order.number, order.amount, order.currency) or state not in _STATES:
            message = "the answer is not about this order"
            raise AnswerError(message)
        states.append(state)
    return min(states, key=_STATES.index, default=None)


def _parse(body: bytes) -> ET.Element:
    if len(body) > ANSWER_BYTES_MAX:
        message = "the answer is too long"
        raise AnswerError(message)
    try:
        text = body.decode()
        if "<!DOCTYPE" in text:  # no entities: the protocol has none, and attacks on XML readers start there
            message = "the answer has a document type"
            raise AnswerError(message)
        return ET.fromstring(text)  # noqa: S314  # bounded, UTF-8, no document type: see above
    except (UnicodeDecodeError, ET.ParseError) as error:
        message = "the answer is not XML"
        raise AnswerError(message) from error


def judge_notification(options: ShopOptions, fields: Mapping[str, str], order: Order | None) -> tuple[int, int]:
    """The pair of codes to answer a notification with: ``ACCEPTED``, ``BAD_CHECKVALUE`` or ``WRONG_ORDER``.

    ``order`` is the shop's own, found by the notification's order number. The signed string has no delimiters, so each
    of its parts is also compared with what the shop knows: the same string can't be cut another way.
    """
    merchant_id, number, amount, currency, state, received = (
        fields.get(name, "")
        for name in ("merchant_id", "ordernumber", "amount", "currency", "orderstate", "checkvalue")
    )
    if not checkvalue_holds(options.secret_word, f"{merchant_id}{number}{amount}{currency}{state}", received):
        return BAD_CHECKVALUE
    if order is None or state not in _STATES:
        return WRONG_ORDER
    if (merchant_id, number, currency) != (options.merchant_id, order.number, order.currency):
        return WRONG_ORDER
    if amount != order.amount and state not in _PART_STATES:
        return WRONG_ORDER
    return ACCEPTED


def notification_answer(codes: tuple[int, int], fields: Mapping[str, str]) -> str:
    """The XML that acknowledges or refuses a notification; an acknowledgement echoes the bill number and the date."""
    echo = ""
    if codes == ACCEPTED:
        bill, date = (
            "".join(letter for letter in escape(fields.get(name, "")) if letter.isprintable())
            for name in ("billnumber", "packetdate")
        )
        echo = f"<order><billnumber>{bill}</billnumber><packetdate>{date}</packetdate></order>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<pushpaymentresult firstcode="{codes[0]}" secondcode="{codes[1]}">{echo}</pushpaymentresult>'
    )
