"""Envelopes of stored cards, and the fingerprints that find a card again.

Each stored card has a data key of its own, wrapped by the key-encryption key of the key file. The associated data is
the card's place (base, customer, card, key version), so that bytes moved to another row don't open.
Source: docs/rules.md B4, B11, C5; NIST SP 800-38D.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from uuid import UUID

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.card_clear import clear
from oneclick.errors import VaultError
from oneclick.vault.keyring import Keyring
from oneclick.vault.sealing import seal, unseal


@dataclass(frozen=True)
class Place:
    """The row that a sealed card belongs to."""

    customer_base_id: int
    customer_number: str
    card_id: UUID
    key_version: int

    @property
    def associated_data(self) -> bytes:
        """The place as bytes, unambiguous whatever the customer number holds."""
        parts = ["oneclick card", self.customer_base_id, self.customer_number, str(self.card_id), self.key_version]
        return json.dumps(parts).encode()


@dataclass(frozen=True)
class SealedCard:
    """A card in its two envelopes."""

    wrapped_key: bytes
    ciphertext: bytes


def seal_card(keyring: Keyring, card: CardData, place: Place) -> SealedCard:
    """Seals a card for its place under a fresh data key."""
    data_key = secrets.token_bytes(32)
    plain = json.dumps([clear(card.number), card.expiry.mm_yy, card.cardholder]).encode()
    return SealedCard(
        wrapped_key=seal(keyring.card_keys[place.key_version], data_key, place.associated_data),
        ciphertext=seal(data_key, plain, place.associated_data),
    )


def open_card(keyring: Keyring, sealed: SealedCard, place: Place) -> CardData:
    """Opens a card. Raises ``VaultError`` if its key version is not in the key file, or as ``unseal``."""
    key = keyring.card_keys.get(place.key_version)
    if key is None:
        message = f"key version {place.key_version} is not in the key file"
        raise VaultError(message)
    data_key = unseal(key, sealed.wrapped_key, place.associated_data)
    number, expiry_text, cardholder = json.loads(unseal(data_key, sealed.ciphertext, place.associated_data))
    expiry = Expiry.read(expiry_text)
    if expiry is None:
        message = "a sealed card has no expiry"
        raise VaultError(message)
    return CardData(CardNumber(number), expiry, cardholder)


def guess_fingerprint(keyring: Keyring, number: CardNumber) -> bytes:
    """32 bytes that are equal for equal numbers, for counting wrong CVC2 over all merchants and for nothing else.

    They differ from every fingerprint: nobody can tell from both tables that they speak of the same card.
    """
    return hmac.digest(keyring.fingerprint_key, b"wrong cvc2:" + clear(number).encode(), hashlib.sha256)


def fingerprint(keyring: Keyring, customer_base_id: int, number: CardNumber) -> bytes:
    """32 bytes that are equal for equal numbers of one customer base, and tell nothing without the key (B11)."""
    message = f"{customer_base_id}:{clear(number)}".encode()
    return hmac.digest(keyring.fingerprint_key, message, hashlib.sha256)
