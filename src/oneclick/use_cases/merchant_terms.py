"""A merchant's row as the words of the rules: shared by the use cases that read merchants."""

from oneclick.database.merchants import MerchantRow
from oneclick.one_click.participation import Mode, OneClickTerms
from oneclick.vault.envelope import seal, unseal
from oneclick.vault.keyring import Keyring


def one_click_terms(merchant: MerchantRow) -> OneClickTerms:
    """The merchant's One Click settings (A1, A3, A5, B1)."""
    return OneClickTerms(
        enabled=merchant.one_click_enabled,
        mode=Mode(merchant.one_click_mode),
        consent_preselected=merchant.consent_preselected,
        guest_orders=merchant.guest_orders,
    )


def secret_word_of(merchant_id: int, sealed: bytes, keyring: Keyring) -> str:
    """The merchant's secret word, opened. Raises ``VaultError`` if the row was changed or the key is another."""
    return unseal(keyring.secret_word_key, sealed, _place(merchant_id)).decode()


def seal_secret_word(merchant_id: int, secret_word: str, keyring: Keyring) -> bytes:
    """The secret word, sealed for its merchant's row."""
    return seal(keyring.secret_word_key, secret_word.encode(), _place(merchant_id))


def _place(merchant_id: int) -> bytes:
    return f"oneclick secret word of merchant {merchant_id}".encode()
