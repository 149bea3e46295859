"""P 2.2, 2.3, 12.5, 12.17: how the protocol signs strings."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.assist.signature import checkvalue, checkvalue_holds, rsa_signature_holds

SIGNED = "123456;A-1;100.50;RUB;client-42"
RIGHT = "D0725E8A226689A4831757201991145B"


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505  # the protocol's length (P 2.3)


def signature(key: rsa.RSAPrivateKey, text: str, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    return key.sign(text.encode(), padding.PKCS1v15(), algorithm or hashes.MD5())  # noqa: S303  # as above


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        ("123456;A-1;100.50;RUB", "1389244E07C0968135921885A0B43BB0"),
        ("123456;A-1;100.50;RUB;client-42", "D0725E8A226689A4831757201991145B"),
        ("123456A-1100.50RUB", "ACF2EA99D140635B556D1C2931C48660"),
        ("123456A-1100.50RUBApproved", "091D35563D10A5E67439E2350BE9CC47"),
    ],
)
def test_a6_a_checkvalue_is_the_published_one(signed: str, expected: str) -> None:
    """A6; P 2.6: the test vectors."""
    assert checkvalue("secret", signed) == expected
    assert checkvalue_holds("secret", signed, expected)


@pytest.mark.parametrize("received", [RIGHT, RIGHT.lower(), RIGHT.title(), f" {RIGHT}\r\n"])
def test_a6_a_checkvalue_holds_in_either_case_of_letters(received: str) -> None:
    """A6, P 12.5: shops send both."""
    assert checkvalue_holds("secret", SIGNED, received)


@pytest.mark.parametrize(
    "received",
    [
        "",
        "0",
        RIGHT[:-1],
        RIGHT + "0",
        "0" * 32,
        RIGHT.replace("D", "\N{CYRILLIC CAPITAL LETTER DE}"),
        "\N{LATIN SMALL LETTER SHARP S}" * 32,
    ],
)
def test_a6_another_checkvalue_does_not_hold(received: str) -> None:
    """A6: and nothing that a shop may send raises."""
    assert not checkvalue_holds("secret", SIGNED, received)


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=40), st.text(max_size=20), st.text(max_size=40))
def test_a6_only_the_same_word_and_string_give_the_same_checkvalue(
    word: str, text: str, word2: str, text2: str
) -> None:
    """A6."""
    assert checkvalue_holds(word, text, checkvalue(word2, text2)) == ((word, text) == (word2, text2))


def test_a6_a_right_signature_holds_however_its_base64_is_broken_into_lines(private_key: rsa.RSAPrivateKey) -> None:
    """A6; P 2.3, 12.5: MD5withRSA; SDKs break base64 after 76 characters."""
    raw = signature(private_key, SIGNED)
    text = base64.b64encode(raw).decode()
    for received in (text, base64.encodebytes(raw).decode(), "\r\n".join(text), f" {text[:5]}\t{text[5:]} "):
        assert rsa_signature_holds(private_key.public_key(), SIGNED, received)


def test_a6_a_wrong_signature_does_not_hold(private_key: rsa.RSAPrivateKey) -> None:
    """A6: another string, key, hash, cut or changed bytes, and what is no base64."""
    key = private_key.public_key()
    raw = signature(private_key, SIGNED)
    stranger = rsa.generate_private_key(65537, 1024)  # noqa: S505  # as above
    wrong = [
        base64.b64encode(other).decode()
        for other in (
            signature(private_key, SIGNED + "0"),
            signature(stranger, SIGNED),
            signature(private_key, SIGNED, hashes.SHA256()),
            raw[:-1],
            raw + b"\0",
            bytes([raw[0] ^ 1]) + raw[1:],
            b"",
        )
    ]
    text = base64.b64encode(raw).decode()
    wrong += ["not base64!", text[:-1], text.replace(text[0], "-"), "\N{CYRILLIC CAPITAL LETTER A}" + text, "\ud800"]
    assert [received for received in wrong if rsa_signature_holds(key, SIGNED, received)] == []
    assert rsa_signature_holds(key, SIGNED, text)
    assert not rsa_signature_holds(key, SIGNED.lower(), text)
