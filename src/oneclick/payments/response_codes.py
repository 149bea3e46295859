"""What the acquirer's response codes mean to merchants: ISO field 39 to the protocol's AS codes.

Source: docs/protocol/acquirer.md (response codes), P 6.3.
"""

APPROVED = "AS000"
SYSTEM_ERROR = "AS998"
IN_PROCESS = "AS300"

_AS_CODES = {
    "00": APPROVED,
    "05": "AS100",
    "57": "AS100",
    "62": "AS100",
    "14": "AS101",
    "N7": "AS101",
    "82": "AS101",
    "51": "AS102",
    "33": "AS104",
    "54": "AS104",
    "61": "AS105",
    "65": "AS105",
    "30": "AS107",
    "12": "AS107",
    "13": "AS107",
    "41": "AS108",
    "43": "AS108",
}


def as_code(response_code: str) -> str:
    """The AS code of an ISO response code; every unknown one is a system error."""
    return _AS_CODES.get(response_code, SYSTEM_ERROR)
