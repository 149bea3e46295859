"""B4, B11, C5: a card is sealed for its row alone, and its fingerprint for its customer base."""

import base64
import json
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.errors import VaultError
from oneclick.vault.envelope import Place, SealedCard, fingerprint, open_card, seal_card
from oneclick.vault.keyring import Keyring
from oneclick.vault.sealing import seal, unseal

NUMBER = "4111111111111111"
CARD = CardData(CardNumber(NUMBER), Expiry(2031, 7), "A PAYER-HOLDER")
PLACE = Place(7, "client-42", UUID(int=1), 1)
KEY = bytes(range(32))


def test_b4_a_sealed_card_opens_in_its_place(keyring: Keyring) -> None:
    """B4: number, expiry and cardholder come back."""
    assert open_card(keyring, seal_card(keyring, CARD, PLACE), PLACE) == CARD


@pytest.mark.parametrize(
    "place",
    [
        replace(PLACE, customer_base_id=8),
        replace(PLACE, customer_number="client-43"),
        replace(PLACE, customer_number="Client-42"),
        replace(PLACE, card_id=UUID(int=2)),
        replace(PLACE, key_version=2),
        Place(7, 'client-42", "x', UUID(int=1), 1),
    ],
)
def test_b4_a_card_moved_to_another_row_does_not_open(keyring: Keyring, place: Place) -> None:
    """B4: another base, customer, card id or key version."""
    two = keyring.model_copy(update={"card_keys": {1: keyring.card_keys[1], 2: keyring.card_keys[1]}})
    sealed = seal_card(two, CARD, PLACE)
    with pytest.raises(VaultError, match=r"^sealed bytes don't open: wrong key, wrong row or changed$"):
        open_card(two, sealed, place)
    assert open_card(two, sealed, PLACE) == CARD


def test_b4_a_key_version_that_is_not_there_is_told(keyring: Keyring) -> None:
    """B4: the message holds the version and nothing else."""
    with pytest.raises(VaultError, match=r"^key version 2 is not in the key file$"):
        open_card(keyring, seal_card(keyring, CARD, PLACE), replace(PLACE, key_version=2))


def test_b4_a_card_without_an_expiry_is_none_and_its_number_is_not_told(keyring: Keyring) -> None:
    """B4: what the vault didn't write is no card, even under the right keys."""
    plain = json.dumps([NUMBER, "13/31", "A PAYER-HOLDER"]).encode()
    sealed = SealedCard(
        wrapped_key=seal(keyring.card_keys[1], KEY, PLACE.associated_data),
        ciphertext=seal(KEY, plain, PLACE.associated_data),
    )
    with pytest.raises(VaultError, match=r"^a sealed card has no expiry$"):
        open_card(keyring, sealed, PLACE)


def test_b4_another_installations_keys_do_not_open_it(keyring: Keyring) -> None:
    """B4: the database alone is worth nothing."""
    sealed = seal_card(keyring, CARD, PLACE)
    with pytest.raises(VaultError):
        open_card(keyring.model_copy(update={"card_keys": {1: KEY}}), sealed, PLACE)


def test_b4_any_changed_or_missing_byte_is_noticed(keyring: Keyring) -> None:
    """B4: in either envelope."""
    sealed = seal_card(keyring, CARD, PLACE)
    broken = []
    for name, content in (("wrapped_key", sealed.wrapped_key), ("ciphertext", sealed.ciphertext)):
        flipped = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content))]
        cut = [content[:at] for at in (0, 1, 11, 12, len(content) - 1)]
        broken += [replace(sealed, **{name: other}) for other in (*flipped, *cut, content + b"\0")]
    broken.append(SealedCard(sealed.ciphertext, sealed.wrapped_key))
    for changed in broken:
        with pytest.raises(VaultError):
            open_card(keyring, changed, PLACE)


def test_b4_the_same_card_is_never_sealed_the_same(keyring: Keyring) -> None:
    """B4: fresh data key and nonces each time, so equal cards don't show."""
    sealed = [seal_card(keyring, CARD, PLACE) for _ in range(50)]
    for pieces in ([one.wrapped_key for one in sealed], [one.ciphertext for one in sealed]):
        assert len(set(pieces)) == 50
        assert len({piece[:12] for piece in pieces}) == 50


def test_b4_nothing_of_the_card_is_in_the_sealed_bytes(keyring: Keyring) -> None:
    """B4: plain, spaced, base64, hexadecimal; and the fingerprint is no plain hash of the number."""
    sealed = seal_card(keyring, CARD, PLACE)
    stored = sealed.wrapped_key + sealed.ciphertext + fingerprint(keyring, 7, CARD.number)
    plain = NUMBER.encode()
    for text in (plain, plain[:6], plain[-6:], b"PAYER", base64.b64encode(plain)[:12], bytes.fromhex(NUMBER)):
        assert text not in stored
    assert "4111" not in repr(CARD)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=64), st.binary(max_size=32), st.binary(max_size=32))
def test_b4_sealed_bytes_open_only_with_the_same_associated_data(plain: bytes, data: bytes, other: bytes) -> None:
    """B4: associated data has no default."""
    sealed = seal(KEY, plain, data)
    assert unseal(KEY, sealed, data) == plain
    assert len(sealed) == 12 + len(plain) + 16
    if other != data:
        with pytest.raises(VaultError):
            unseal(KEY, sealed, other)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=32), st.text(max_size=32), st.integers(1, 99), st.integers(1, 99))
def test_b4_two_places_never_have_the_same_associated_data(one: str, other: str, base: int, base2: int) -> None:
    """B4: whatever a CustomerNumber holds."""
    places = (Place(base, one, PLACE.card_id, 1), Place(base2, other, PLACE.card_id, 1))
    assert (places[0].associated_data == places[1].associated_data) is ((one, base) == (other, base2))


def test_b11_a_fingerprint_finds_a_number_again_within_its_base_alone(keyring: Keyring) -> None:
    """B11, A9: equal for equal numbers of one base; another base, number or key gives another."""
    print_ = fingerprint(keyring, 7, CARD.number)
    assert len(print_) == 32
    assert fingerprint(keyring, 7, CardNumber(NUMBER)) == print_
    others = {
        fingerprint(keyring, 8, CARD.number),
        fingerprint(keyring, 74, CardNumber("5555555555554444")),
        fingerprint(keyring, 7, CardNumber("5555555555554444")),
        fingerprint(keyring.model_copy(update={"fingerprint_key": KEY}), 7, CARD.number),
    }
    assert len(others | {print_}) == 5
