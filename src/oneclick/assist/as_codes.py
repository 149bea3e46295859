"""The protocol's AS codes: what became of an operation, and which of them an acquirer's response code is. Pure.

Source: docs/protocol/acquirer.md (response codes), P 6.3.
"""

from oneclick.payments import response_codes

APPROVED = "AS000"
REFUSED = "AS100"
WRONG_CARD_DETAILS = "AS101"
NOT_ENOUGH_MONEY = "AS102"
WRONG_EXPIRY = "AS104"
OVER_CARD_LIMIT = "AS105"
WRONG_DATA = "AS107"
SUSPECTED_FRAUD = "AS108"
OVER_LIMIT = "AS109"
IN_PROCESS = "AS300"
SYSTEM_ERROR = "AS998"

_AS_CODES = {
    response_codes.APPROVED: APPROVED,
    "05": REFUSED,
    "57": REFUSED,
    "62": REFUSED,
    "14": WRONG_CARD_DETAILS,
    "N7": WRONG_CARD_DETAILS,
    "82": WRONG_CARD_DETAILS,
    "51": NOT_ENOUGH_MONEY,
    "33": WRONG_EXPIRY,
    "54": WRONG_EXPIRY,
    "61": OVER_CARD_LIMIT,
    "65": OVER_CARD_LIMIT,
    response_codes.MALFORMED: WRONG_DATA,
    "12": WRONG_DATA,
    "13": WRONG_DATA,
    "41": SUSPECTED_FRAUD,
    "43": SUSPECTED_FRAUD,
}


def as_code(response_code: str) -> str:
    """The AS code of an ISO response code; every unknown one is a system error."""
    return _AS_CODES.get(response_code, SYSTEM_ERROR)
