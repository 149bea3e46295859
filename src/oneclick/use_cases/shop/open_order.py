"""Opens an order for a shop: the payment request becomes a row that a payer can pay."""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from oneclick.assist.order_request import OrderRequest
from oneclick.assist.order_signature import SigningTerms, check_signature
from oneclick.clock import Clock
from oneclick.database.merchants import MerchantRow, find_merchant
from oneclick.database.orders import NewOrder, expire_order, find_holder, insert_order
from oneclick.database.pool import Connection, Pool
from oneclick.ids import OrderId
from oneclick.languages import Language
from oneclick.one_click.participation import taking_part
from oneclick.outcome import Reason, Refused
from oneclick.payments.lives import OrderState
from oneclick.use_cases.steps.merchant_terms import one_click_terms, secret_word_of, v2_key_of
from oneclick.vault.keyring import Keyring


class OpenOrder:
    """Takes a well-formed request; answers the order's id or why it is refused."""

    def __init__(self, pool: Pool, keyring: Keyring, clock: Clock, order_lifetime_s: int) -> None:
        self._pool = pool
        self._keyring = keyring
        self._clock = clock
        self._lifetime = timedelta(seconds=order_lifetime_s)

    async def __call__(self, request: OrderRequest) -> OrderId | Refused:
        """Opens the order, or goes on with the same one. One commit. Source: docs/rules.md A4 to A7, E3."""
        async with self._pool.connection() as connection:
            # 1. who asks
            merchant = await find_merchant(connection, request.merchant_id)
            if merchant is None:
                return Refused(Reason.MERCHANT_UNKNOWN)
            # 2. may it, and is it really they
            order = self._order(request, merchant)
            if isinstance(order, Refused):
                return order
            # 3. the row; COMMIT
            return await self._insert(connection, order)

    def _order(self, request: OrderRequest, merchant: MerchantRow) -> NewOrder | Refused:
        now = self._clock.now()
        terms = one_click_terms(merchant)
        refused = check_signature(request, self._signing(merchant), takes_part=terms.enabled, now=now)
        if refused is not None:
            return refused
        customer_number = taking_part(terms, request.customer_number)
        if isinstance(customer_number, Refused):
            return customer_number
        amount = request.amount(merchant.currency)
        if isinstance(amount, Refused):
            return amount
        return NewOrder(
            customer_base_id=merchant.customer_base_id,
            merchant_id=merchant.merchant_id,
            order_number=request.order_number,
            amount=amount,
            customer_number=customer_number,
            language=Language(request.language) if request.language in set(Language) else merchant.language,
            parameters=dict(request.parameters),
            created_at=now,
            expires_at=now + self._lifetime,
            two_stage=request.two_stage,
        )

    def _signing(self, merchant: MerchantRow) -> SigningTerms:
        v2_key = merchant.signature_v2_key_sealed
        return SigningTerms(
            secret_word=secret_word_of(merchant.merchant_id, merchant.secret_word_sealed, self._keyring),
            public_key=_public_key(merchant.signature_public_key),
            delimited=merchant.signature_delimited,
            required=merchant.signature_required,
            v2_key=None if v2_key is None else v2_key_of(merchant.merchant_id, v2_key, self._keyring),
            old_forms=merchant.signature_old_forms,
        )

    async def _insert(self, connection: Connection, order: NewOrder) -> OrderId | Refused:
        """E3: an equal order in process goes on; one whose time is over is closed first; any other holds the number."""
        for _ in range(3):  # the holder may end between the two statements; it can't for ever
            inserted = await insert_order(connection, order)
            if inserted is not None:
                return inserted
            holder = await find_holder(connection, order.customer_base_id, order.merchant_id, order.order_number)
            if holder is None:
                continue
            if holder.state == OrderState.IN_PROCESS and holder.expires_at <= order.created_at:
                await expire_order(connection, holder.order_id, order.created_at)
                continue
            goes_on = holder.state == OrderState.IN_PROCESS and holder.asks_the_same_as(order)
            return holder.order_id if goes_on else Refused(Reason.ORDER_NUMBER_TAKEN)
        return Refused(Reason.ORDER_NUMBER_TAKEN)


def _public_key(pem: str | None) -> RSAPublicKey | None:
    if pem is None:
        return None
    key = load_pem_public_key(pem.encode())
    return key if isinstance(key, RSAPublicKey) else None
