"""Sealing of secrets: AES-256-GCM with associated data that has no default. Source: B4; NIST SP 800-38D."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oneclick.errors import VaultError

_NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, associated_data: bytes) -> bytes:
    """Seals bytes: nonce and ciphertext under a 32-byte key, bound to the associated data."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated_data)


def unseal(key: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    """The plain bytes of a sealed secret. Raises ``VaultError`` for a wrong key, place or a changed byte."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated_data)
    except (InvalidTag, ValueError):
        message = "sealed bytes don't open: wrong key, wrong row or changed"
        raise VaultError(message) from None
