"""A merchant's row as the words of the rules: shared by the use cases that read merchants."""

from oneclick.database.merchants import MerchantRow
from oneclick.one_click.participation import OneClickTerms
from oneclick.vault.keyring import Keyring
from oneclick.vault.sealing import seal, unseal


def one_click_terms(merchant: MerchantRow) -> OneClickTerms:
    """The merchant's One Click settings (A1, A3, A5, B1)."""
    return OneClickTerms(
        enabled=merchant.one_click_enabled,
        mode=merchant.one_click_mode,
        consent_preselected=merchant.consent_preselected,
        guest_orders=merchant.guest_orders,
        offer_after_payments=merchant.offer_after_payments,
        cards_max=merchant.cards_max,
    )


def card_acceptor_id(merchant: MerchantRow) -> str:
    """How the acquirer knows the merchant (ISO field 42)."""
    return f"{merchant.merchant_id:015}"


def secret_word_of(merchant_id: int, sealed: bytes, keyring: Keyring) -> str:
    """The merchant's secret word, opened. Raises ``VaultError`` if the row was changed or the key is another."""
    return unseal(keyring.secret_word_key, sealed, _place(merchant_id)).decode()


def seal_secret_word(merchant_id: int, secret_word: str, keyring: Keyring) -> bytes:
    """The secret word, sealed for its merchant's row."""
    return seal(keyring.secret_word_key, secret_word.encode(), _place(merchant_id))


def v2_key_of(merchant_id: int, sealed: bytes, keyring: Keyring) -> str:
    """The merchant's key for ``SignatureV2``, opened. Raises ``VaultError`` as ``secret_word_of``."""
    return unseal(keyring.secret_word_key, sealed, _v2_place(merchant_id)).decode()


def seal_v2_key(merchant_id: int, key: str, keyring: Keyring) -> bytes:
    """The key for ``SignatureV2``, sealed for its merchant's row."""
    return seal(keyring.secret_word_key, key.encode(), _v2_place(merchant_id))


def _place(merchant_id: int) -> bytes:
    return f"oneclick secret word of merchant {merchant_id}".encode()


def _v2_place(merchant_id: int) -> bytes:
    return f"oneclick v2 key of merchant {merchant_id}".encode()
