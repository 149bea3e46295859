"""A notification's message: the fields in the protocol's order, with the checkvalue. Pure. Source: P 4.2, 12.16."""

from urllib.parse import urlencode

from oneclick.assist.operation_fields import (
    NOTIFICATION_FIELDS,
    NOTIFICATION_SIGNED_FIELDS,
    OperationFacts,
    operation_texts,
)
from oneclick.assist.signature import checkvalue


def notification_fields(facts: OperationFacts, secret_word: str) -> dict[str, str]:
    """The form fields by name, in order. What the gateway doesn't know (issuer, 3-D Secure) is an empty text."""
    signed = "".join(operation_texts(facts, NOTIFICATION_SIGNED_FIELDS).values())
    return operation_texts(facts, NOTIFICATION_FIELDS) | {"checkvalue": checkvalue(secret_word, signed)}


def form_body(fields: dict[str, str]) -> bytes:
    """The fields as a form in UTF-8."""
    return urlencode(fields).encode()
