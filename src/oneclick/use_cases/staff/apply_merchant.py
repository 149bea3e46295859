"""Creates or updates a merchant from its file, and shows a merchant's settings without their secrets."""

from dataclasses import dataclass

from oneclick.database.merchants import (
    MerchantRow,
    counts_in_its_currency,
    find_merchant,
    has_history,
    lock_merchants,
    put_merchant,
    shares_its_base,
)
from oneclick.database.pool import Connection, Pool
from oneclick.errors import SettingsError
from oneclick.languages import Language
from oneclick.merchant_file import MerchantFile
from oneclick.money import WITHDRAWN, Money
from oneclick.one_click.participation import Mode
from oneclick.passwords import Passwords
from oneclick.use_cases.steps.merchant_terms import seal_secret_word, seal_v2_key
from oneclick.vault.keyring import Keyring


@dataclass(frozen=True)
class Applied:
    """The merchant that was written: a new one, or a known one with new settings."""

    merchant_id: int
    created: bool


class ApplyMerchant:
    """Writes a merchant file into the database."""

    def __init__(self, pool: Pool, keyring: Keyring, passwords: Passwords) -> None:
        self._pool = pool
        self._keyring = keyring
        self._passwords = passwords

    async def __call__(self, file: MerchantFile) -> Applied:
        """Writes all of the merchant file or nothing, in one commit. Source: docs/rules.md A1, A9.

        Raises ``SettingsError`` if the customer base or the currency can't be what the file says.
        """
        row = self._row(file)
        async with self._pool.connection() as connection, connection.transaction():
            await lock_merchants(connection)
            known = await find_merchant(connection, file.merchant_id)
            await _check_base(connection, row, known)
            await _check_currency(connection, row, known)
            await put_merchant(connection, row)
        return Applied(file.merchant_id, created=known is None)

    def _row(self, file: MerchantFile) -> MerchantRow:
        services = file.web_services
        v2_key = file.signature.v2_key
        return MerchantRow(
            merchant_id=file.merchant_id,
            customer_base_id=file.customer_base or file.merchant_id,
            name=file.name,
            currency=file.currency,
            time_zone=file.time_zone,
            language=Language(file.language),
            secret_word_sealed=seal_secret_word(file.merchant_id, file.secret_word.get_secret_value(), self._keyring),
            signature_public_key=file.signature.public_key,
            signature_required=file.signature.required,
            signature_delimited=file.signature.delimited,
            signature_v2_key_sealed=seal_v2_key(file.merchant_id, v2_key.get_secret_value(), self._keyring)
            if v2_key
            else None,
            signature_old_forms=file.signature.old_forms,
            takes_cards=file.takes_cards,
            one_click_enabled=file.one_click.enabled,
            one_click_mode=Mode(file.one_click.mode),
            consent_preselected=file.one_click.consent_preselected,
            guest_orders=file.one_click.guest_orders,
            offer_after_payments=file.one_click.offer_after_payments,
            cards_max=file.one_click.cards_max,
            web_login=services.login if services else None,
            web_password_hash=self._passwords.hash(services.password.get_secret_value()) if services else None,
            notification_url=file.notifications.url if file.notifications else None,
            notify_charges=file.notifications is not None and file.notifications.charges,
            notify_cancels=file.notifications is not None and file.notifications.cancels,
            return_ok=file.returns.ok,
            return_no=file.returns.no,
            frame_ancestors=file.page.frame_ancestors,
            limit_day_minor=limit_minor(file.limits.day, file.currency),
            limit_week_minor=limit_minor(file.limits.week, file.currency),
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
        secret = {"secret_word_sealed", "signature_v2_key_sealed", "web_password_hash"}
        return {name: value for name, value in vars(row).items() if name not in secret}


async def _check_base(connection: Connection, row: MerchantRow, known: MerchantRow | None) -> None:
    """A9: a base is another merchant's own or the merchant's; a merchant with orders stays in its base.

    A base that belonged to nobody could become a stranger's later, with all the cards in it.
    """
    if row.customer_base_id != row.merchant_id:
        owner = await find_merchant(connection, row.customer_base_id)
        if owner is None or owner.customer_base_id != owner.merchant_id:
            message = f"customer_base: merchant {row.customer_base_id} must be there, with a customer base of its own"
            raise SettingsError(message)
    if known is None or known.customer_base_id == row.customer_base_id:
        return
    if await has_history(connection, known.customer_base_id, known.merchant_id):
        message = f"customer_base: merchant {known.merchant_id} has orders in its present base and stays in it"
        raise SettingsError(message)
    if await shares_its_base(connection, known.merchant_id):
        message = f"customer_base: others share the base of merchant {known.merchant_id}, so it stays in it"
        raise SettingsError(message)


async def _check_currency(connection: Connection, row: MerchantRow, known: MerchantRow | None) -> None:
    """D5: turnover and limits are amounts in the merchant's own currency; two in one sum would mean nothing.

    E6: who has a withdrawn one can't keep it, and takes another once nothing is counted in it any more.
    """
    if known is None or known.currency == row.currency:
        return
    if known.currency in WITHDRAWN:
        if await counts_in_its_currency(connection, known.customer_base_id, known.merchant_id):
            message = (
                f"currency: limits or turnover of customers of merchant {known.merchant_id} are still counted in"
                f" {known.currency}: take their limits away (oneclick limit clear) and apply the file again next week"
            )
            raise SettingsError(message)
        return
    if await has_history(connection, known.customer_base_id, known.merchant_id):
        message = f"currency: merchant {known.merchant_id} has orders or limits in {known.currency} and keeps it"
        raise SettingsError(message)


def limit_minor(text: str | None, currency: str) -> int | None:
    """A limit in minor units, None if there is none."""
    money = Money.read(text, currency) if text is not None else None
    return money.amount_minor if money else None
