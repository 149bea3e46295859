"""The acquirer's response codes and their meaning to a payment: the values of ISO field 39. Pure.

Source: docs/protocol/acquirer.md (response codes).
"""

APPROVED = "00"  # the only approval
MALFORMED = "30"

_WRONG_CVC2 = frozenset({"N7", "82"})
_MISMATCH = "N"
_STOLEN = frozenset({"41", "43"})


def is_wrong_cvc2(response_code: str, cvc2_result: str | None) -> bool:
    """True if a payment was declined with a CVC2 that doesn't match: by its code, or by the result beside it."""
    return response_code in _WRONG_CVC2 or (response_code != APPROVED and cvc2_result == _MISMATCH)


# The acquirer's own trouble: an earlier attempt of the same message may have moved the money.
_TROUBLE = frozenset({"06", "09", "19", "22", "68", "90", "91", "92", "94", "95", "96"})


def is_trouble(response_code: str) -> bool:
    """True if the answer to a charge, refund or reversal leaves open what became of it (docs/rules.md E7)."""
    return response_code in _TROUBLE


# Approvals of a kind that the gateway doesn't take (in part, against a document, of the account alone), and the answer
# that came too late for the acquirer itself.
_OTHER_APPROVALS = frozenset({"08", "10", "11", "16", "68", "85", "87"})


def may_hold_money(response_code: str) -> bool:
    """True if a payment that isn't approved by this answer may have blocked money all the same (docs/rules.md E7)."""
    return response_code in _OTHER_APPROVALS


def is_stolen_card(response_code: str) -> bool:
    """True if the issuer calls the card lost or stolen (docs/rules.md C4)."""
    return response_code in _STOLEN
