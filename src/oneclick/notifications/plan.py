"""The plan of notifications: what an answer means, and when one without is sent again. Pure. Source: P 4.2, 12.14."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# Pauses between attempts: 8 repeats in 228 minutes.
REPEAT_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60, 90))

_FIRSTCODE = re.compile(rb"""firstcode["']?\s*(?:[=:]\s*["']?|>)\s*(-?[0-9]{1,5})""", re.IGNORECASE)
_SECONDCODE = re.compile(rb"""secondcode["']?\s*(?:[=:]\s*["']?|>)\s*(-?[0-9]{1,5})""", re.IGNORECASE)
_OK = range(200, 300)
_BAD_REQUEST = 400


class DeliveryVerdict(StrEnum):
    """The outcome of an attempt to deliver a notification."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    NO_ANSWER = "no answer"


@dataclass(frozen=True)
class MerchantReply:
    """A verdict, and a short word on it for the record: codes and status only, never the body."""

    verdict: DeliveryVerdict
    answer: str


def read_reply(status: int, body: bytes) -> MerchantReply:
    """Reads an acknowledgement tolerantly: a firstcode anywhere decides; without one, the HTTP status does.

    Any 2xx without a code counts as received, a plain 400 as a refusal; everything else is no answer.
    """
    first = _FIRSTCODE.search(body)
    if first is not None:
        second = _SECONDCODE.search(body)
        codes = f"{int(first[1])}/{int(second[1]) if second else 0}"
        return MerchantReply(
            DeliveryVerdict.DELIVERED if int(first[1]) == 0 else DeliveryVerdict.REFUSED,
            f"HTTP {status}, codes {codes}",
        )
    if status in _OK:
        return MerchantReply(DeliveryVerdict.DELIVERED, f"HTTP {status}")
    return MerchantReply(
        DeliveryVerdict.REFUSED if status == _BAD_REQUEST else DeliveryVerdict.NO_ANSWER, f"HTTP {status}"
    )


def repeat_after(attempts: int) -> timedelta | None:
    """The time to wait after so many attempts without an answer; None when it was the last."""
    return REPEAT_AFTER[attempts - 1] if attempts <= len(REPEAT_AFTER) else None
