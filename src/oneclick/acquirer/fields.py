"""The table of ISO 8583 fields that the link uses, and how a message and its private data become bytes.

Pure: bytes in, fields out, and back. Errors name a field, never its value: pyiso8583's own errors hold the whole
message, so they end here.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NoReturn

import iso8583

from oneclick.errors import WireError


class FieldFormat(Enum):
    """The characters that a field may hold; the value is the pattern. Source: ISO 8583:1987, 4.2."""

    N = re.compile(r"[0-9]*")
    AN = re.compile(r"[0-9A-Za-z]*")
    ANS = re.compile(r"[ -~]*")
    B = re.compile(r"(?:[0-9A-F]{2})*")


@dataclass(frozen=True)
class Field:
    """A field: ``length`` in characters (bytes for ``B``), exact unless ``length_digits`` stand before it."""

    number: int
    name: str
    format: FieldFormat
    length: int
    length_digits: int = 0


FIELDS: tuple[Field, ...] = (
    Field(2, "primary account number (PAN)", FieldFormat.N, 19, 2),
    Field(3, "processing code", FieldFormat.N, 6),
    Field(4, "amount", FieldFormat.N, 12),
    Field(7, "transmission date and time, UTC", FieldFormat.N, 10),
    Field(11, "system trace audit number (STAN)", FieldFormat.N, 6),
    Field(12, "local time", FieldFormat.N, 6),
    Field(13, "local date", FieldFormat.N, 4),
    Field(14, "expiry", FieldFormat.N, 4),
    Field(18, "merchant category code (MCC)", FieldFormat.N, 4),
    Field(22, "point of service entry mode", FieldFormat.N, 3),
    Field(25, "point of service condition code", FieldFormat.N, 2),
    Field(32, "acquiring institution id", FieldFormat.N, 11, 2),
    Field(37, "retrieval reference number (RRN)", FieldFormat.AN, 12),
    Field(38, "authorisation id", FieldFormat.AN, 6),
    Field(39, "response code", FieldFormat.AN, 2),
    Field(41, "terminal id", FieldFormat.ANS, 8),
    Field(42, "card acceptor id", FieldFormat.ANS, 15),
    Field(43, "card acceptor name and place", FieldFormat.ANS, 40),
    Field(48, "private data", FieldFormat.ANS, 999, 3),
    Field(49, "currency", FieldFormat.N, 3),
    Field(70, "network management code", FieldFormat.N, 3),
    Field(90, "original data", FieldFormat.N, 42),
    Field(95, "replacement amounts", FieldFormat.AN, 42),
    Field(128, "message authentication code (MAC)", FieldFormat.B, 8),
)
MAC = 128
_BY_NUMBER = {row.number: row for row in FIELDS}


class Tag(StrEnum):
    """The parts of the private data, field 48. Source: acquirer.md, Fields."""

    CVC2 = "CV"
    CVC2_RESULT = "CR"
    BILLNUMBER = "BN"
    ORIGINAL_TERMINAL = "OT"
    STORED_CREDENTIAL = "SC"
    INITIATOR = "IN"
    NETWORK_TRANSACTION_ID = "NT"


TAGS: Mapping[Tag, re.Pattern[str]] = {
    Tag.CVC2: re.compile(r"[0-9]{3,4}"),
    Tag.CVC2_RESULT: re.compile(r"[A-Z]"),
    Tag.BILLNUMBER: re.compile(r"[!-~]{1,32}"),
    Tag.ORIGINAL_TERMINAL: re.compile(r"[!-~]{8}"),
    Tag.STORED_CREDENTIAL: re.compile(r"[FL]"),
    Tag.INITIATOR: re.compile(r"C"),
    Tag.NETWORK_TRANSACTION_ID: re.compile(r"[0-9A-Za-z]{1,15}"),
}
_KNOWN_TAGS = frozenset(tag.value for tag in Tag)
_TAG_LENGTH = re.compile(r"[0-9]{3}")
_TAG_CHARS, _TAG_HEAD_CHARS = 2, 5  # the tag alone; the tag with its three digits of length


@dataclass(frozen=True)
class Message:
    """A message as text: its MTI and its fields by number, DE128 in upper-case hex. ``repr`` shows the MTI only."""

    mti: str
    fields: Mapping[int, str] = field(repr=False)

    def require(self, number: int) -> str:
        """The text of a field; raises ``WireError`` if the message hasn't got it."""
        text = self.fields.get(number)
        if text is None:
            reject(f"DE{number} is missing")
        return text


def reject(what: str) -> NoReturn:
    """Raises ``WireError`` with a text that names a field or a rule, never a value."""
    raise WireError(what)


def _spec_row(data: str, length_digits: int, length: int, name: str) -> dict[str, str | int]:
    return {"data_enc": data, "len_enc": "ascii", "len_type": length_digits, "max_len": length, "desc": name}


_SPEC: dict[str, dict[str, str | int]] = {
    "h": _spec_row("ascii", 0, 0, "header"),
    "t": _spec_row("ascii", 0, 4, "message type (MTI)"),
    "p": _spec_row("b", 0, 8, "primary bitmap"),
    "1": _spec_row("b", 0, 8, "secondary bitmap"),
} | {
    str(row.number): _spec_row("b" if row.format is FieldFormat.B else "ascii", row.length_digits, row.length, row.name)
    for row in FIELDS
}
_MTI = re.compile(r"[0-9]{4}")


def check(number: int, text: str) -> None:
    """Raises ``WireError`` (without the text) unless the text has the field's format and length."""
    row = _BY_NUMBER.get(number)
    if row is None:
        reject(f"DE{number} isn't in the table")
    length = row.length * 2 if row.format is FieldFormat.B else row.length
    fits = 0 < len(text) <= length if row.length_digits else len(text) == length
    if not fits or row.format.value.fullmatch(text) is None:
        reject(f"DE{number} has a wrong format")


def encode(message: Message) -> bytes:
    """The message's bytes: MTI in ASCII, binary bitmaps, fields in ASCII, DE128 binary.

    Raises ``WireError``, without data, if a field isn't in the table or doesn't fit it.
    """
    _check_all(message)
    document = {"t": message.mti} | {str(number): text for number, text in message.fields.items()}
    return bytes(iso8583.encode(document, _SPEC)[0])


def decode(received: bytes) -> Message:
    """The message in the bytes.

    Raises ``WireError``, without data, on anything that ``encode`` would not have written: a message has one spelling.
    """
    document: dict[str, str] | None = None
    # The error holds the message: it must not even become the context of ours. KeyError: a field outside the table.
    with suppress(iso8583.DecodeError, KeyError):
        document = iso8583.decode(received, _SPEC)[0]
    if document is None:
        reject("the bytes are no message")
    message = Message(document["t"], {int(key): text for key, text in document.items() if key not in {"t", "p", "1"}})
    _check_all(message)
    if encode(message) != received:
        reject("the bytes spell a message in an unusual way")
    return message


def encode_private(values: Mapping[Tag, str]) -> str:
    """The text of field 48: for each value its two-character tag, three digits of length and the value.

    Raises ``WireError``, without data.
    """
    for tag, value in values.items():
        _check_tag(tag, value)
    return "".join(f"{tag}{len(value):03}{value}" for tag, value in values.items())


def decode_private(text: str) -> dict[Tag, str]:
    """The values in field 48 by tag; tags that we don't know are passed over.

    Raises ``WireError``, without data, on a wrong length, format or a tag that comes twice.
    """
    values: dict[Tag, str] = {}
    seen: set[str] = set()
    while text:
        head, digits = text[:_TAG_CHARS], text[_TAG_CHARS:_TAG_HEAD_CHARS]
        end = _TAG_HEAD_CHARS + int(digits) if _TAG_LENGTH.fullmatch(digits) else len(text) + 1
        if end > len(text) or head in seen:
            reject("DE48 has a wrong part")
        seen.add(head)
        value, text = text[_TAG_HEAD_CHARS:end], text[end:]
        if head in _KNOWN_TAGS:
            _check_tag(Tag(head), value)
            values[Tag(head)] = value
    return values


def _check_all(message: Message) -> None:
    if _MTI.fullmatch(message.mti) is None:
        reject("the MTI isn't four digits")
    for number, text in message.fields.items():
        check(number, text)


def _check_tag(tag: Tag, value: str) -> None:
    if TAGS[tag].fullmatch(value) is None:
        reject(f"DE48 tag {tag} has a wrong format")
