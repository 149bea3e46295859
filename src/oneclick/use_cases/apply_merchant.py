"""Creates or updates a merchant from its file, and shows a merchant's settings without their secrets."""

from dataclasses import dataclass

from oneclick.database.merchants import MerchantRow, find_merchant, put_merchant
from oneclick.database.pool import Pool
from oneclick.merchant_file import MerchantFile
from oneclick.money import Money
from oneclick.passwords import Passwords
from oneclick.use_cases.merchant_terms import seal_secret_word
from oneclick.vault.keyring import Keyring


@dataclass(frozen=True)
class Applied:
    """What was done: a new merchant, or new settings for a known one."""

    merchant_id: int
    created: bool


class ApplyMerchant:
    """Writes a merchant file into the database."""

    def __init__(self, pool: Pool, keyring: Keyring, passwords: Passwords) -> None:
        self._pool = pool
        self._keyring = keyring
        self._passwords = passwords

    async def __call__(self, file: MerchantFile) -> Applied:
        """One statement, one commit: all of the file or nothing. Source: docs/rules.md A1, A9."""
        async with self._pool.connection() as connection:
            known = await find_merchant(connection, file.merchant_id)
            await put_merchant(connection, self._row(file))
        return Applied(file.merchant_id, created=known is None)

    def _row(self, file: MerchantFile) -> MerchantRow:
        services = file.web_services
        return MerchantRow(
            merchant_id=file.merchant_id,
            customer_base_id=file.merchant_id,  # each merchant has a customer base of its own (A9)
            name=file.name,
            currency=file.currency,
            time_zone=file.time_zone,
            language=file.language,
            secret_word_sealed=seal_secret_word(file.merchant_id, file.secret_word.get_secret_value(), self._keyring),
            signature_public_key=file.signature.public_key,
            signature_required=file.signature.required,
            signature_delimited=file.signature.delimited,
            one_click_enabled=file.one_click.enabled,
            one_click_mode=file.one_click.mode,
            consent_preselected=file.one_click.consent_preselected,
            guest_orders=file.one_click.guest_orders,
            web_login=services.login if services else None,
            web_password_hash=self._passwords.hash(services.password.get_secret_value()) if services else None,
            notification_url=file.notifications.url if file.notifications else None,
            return_ok=file.returns.ok,
            return_no=file.returns.no,
            limit_day_minor=_limit(file.limits.day, file.currency),
            limit_week_minor=_limit(file.limits.week, file.currency),
            mcc=file.acquirer.mcc,
            name_and_place=file.name_and_place,
        )


class ShowMerchant:
    """Reads a merchant's settings for an engineer's eyes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, merchant_id: int) -> dict[str, object] | None:
        """The settings by name, secrets left out; None if there is no such merchant."""
        async with self._pool.connection() as connection:
            row = await find_merchant(connection, merchant_id)
        if row is None:
            return None
        secret = {"secret_word_sealed", "web_password_hash"}
        return {name: value for name, value in vars(row).items() if name not in secret}


def _limit(text: str | None, currency: str) -> int | None:
    money = Money.read(text, currency) if text is not None else None
    return money.amount_minor if money else None
