"""E6: currencies on the real database and wire; one that was withdrawn is given back and takes no new orders."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oneclick.assist.codes import CODES, Codes
from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.assist.signature import checkvalue
from oneclick.database.merchants import MerchantRow, find_merchant
from oneclick.database.notifications import take_due
from oneclick.database.pool import Pool
from oneclick.errors import SettingsError
from oneclick.ids import OrderId
from oneclick.languages import Language, money_text
from oneclick.merchant_file import MerchantFile
from oneclick.money import Money
from oneclick.notifications.message import notification_fields
from oneclick.one_click.statuses import Actor
from oneclick.outcome import Refused
from oneclick.passwords import Passwords
from oneclick.payments.charges_and_cancels import plan_cancel, plan_charge
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.use_cases.staff.apply_merchant import ApplyMerchant
from oneclick.use_cases.staff.limit_customer import LimitCustomer
from oneclick.use_cases.steps.authentication import Credentials
from oneclick.use_cases.steps.customer_ref import CustomerRef
from oneclick.use_cases.steps.operation_run import OperationRequest, Planner
from oneclick.use_cases.upkeep.deliver_notifications import facts_of
from oneclick.vault.keyring import Keyring
from support.bench import CUSTOMER, NOW, ONE_CLICK, Bench, Choice, bench
from support.rows import MERCHANT_ID, WORD

SHOP = f"""{ONE_CLICK}guest_orders = true
[web_services]
login = "shop_login"
password = "shop_pass1"
[notifications]
url = "https://shop.example/push"
cancels = true
charges = true
"""
LEVA = Money(100_000, "BGN")
# By the database's clock too: no day or week of then is counted any more.
WEEKS_AGO = datetime.now(UTC) - timedelta(days=20)


@pytest.fixture
async def shop(pool: Pool, keyring: Keyring, tmp_path: Path) -> AsyncIterator[Bench]:
    """A shop that took leva, with its settings as they were written then."""
    async with bench(pool, keyring, tmp_path, SHOP, deadline_s=0.5) as running:
        await running.do("UPDATE merchant SET currency = 'BGN'")
        yield running


async def said(shop: Bench, planner: Planner, order_id: OrderId, amount: str | None, currency: str = "BGN") -> str:
    """The answer: AS code or refusal, and the order's state after it."""
    asked = OperationRequest(
        credentials=Credentials(merchant_id=MERCHANT_ID, login="shop_login", password="shop_pass1"),
        billnumber=order_id.billnumber,
        amount_text=amount,
        currency=currency if amount else None,
        external_refund_id=None,
        client_ip="192.0.2.9",
    )
    told = await shop.runner.carry_out(asked, planner)
    return told.reason if isinstance(told, Refused) else f"{told.operation.as_code} {told.order.state}"


async def paid(shop: Bench, **changes: Any) -> OrderId:  # noqa: ANN401  # an order's fields
    order_id, _ = await shop.paid(Choice(remember=False), amount=LEVA, **changes)
    return order_id


@pytest.mark.parametrize(
    ("currency", "part", "refused"),
    [("JPY", "300", "300.50"), ("KWD", "300.125", "300.1255"), ("ALL", "300.12", "300.125"), ("XCG", "300,5", "1.001")],
)
async def test_e6_orders_of_all_decimals_are_paid_and_refunded(
    shop: Bench, currency: str, part: str, refused: str
) -> None:
    """E6, E5: the acquirer has the same amount of the same currency; ALL has a number that begins with zeros."""
    amount, back = Money.read("1000", currency), Money.read(part, currency)
    assert amount is not None
    assert back is not None
    order_id, _ = await shop.paid(Choice(remember=False), amount=amount)
    assert await said(shop, plan_cancel, order_id, refused, currency) == "amount_malformed"
    assert await said(shop, plan_cancel, order_id, part, currency) == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", amount.amount_minor, back.amount_minor)]
    ((ledger_currency, ledger_amount),) = [
        (entry["currency"], entry["amount_minor"]) for entry in await shop.acquirer.ledger()
    ]
    assert Money(ledger_amount, ledger_currency) == amount


async def test_e6_an_order_paid_in_a_withdrawn_currency_is_refunded(shop: Bench) -> None:
    """E6, E5: in part, then the rest; the acquirer is told in the same currency, and no other is taken for it."""
    order_id = await paid(shop)
    assert await said(shop, plan_cancel, order_id, "300.00", "EUR") == "currency_mismatch"
    assert await said(shop, plan_cancel, order_id, "300.00") == "AS000 PartialCanceled"
    assert await shop.live(order_id) == [("captured", 100_000, 30_000)]
    assert await said(shop, plan_cancel, order_id, None) == "AS000 Canceled"
    assert await shop.live(order_id) == [("refunded", 100_000, 100_000)]
    assert [entry["currency"] for entry in await shop.acquirer.ledger()] == ["BGN"]


async def test_e6_an_order_authorised_in_a_withdrawn_currency_is_charged_or_cancelled(shop: Bench) -> None:
    """E6, E4, D3: a cancelled one gives its room back."""
    charged, cancelled = await paid(shop, two_stage=True), await paid(shop, two_stage=True)
    assert await shop.turnover() == (200_000, 200_000)
    assert await said(shop, plan_charge, charged, "400.00") == "AS000 PartialDelayed"
    assert await said(shop, plan_cancel, cancelled, None) == "AS000 Canceled"
    assert await shop.live(charged) == [("captured", 40_000, 0)]
    assert await shop.live(cancelled) == [("reversed", 0, 0)]
    assert await shop.turnover() == (100_000, 100_000)


async def test_e6_an_order_in_a_withdrawn_currency_is_shown_and_told(shop: Bench) -> None:
    """E6, B15, P 4.2: on its page and in the notification of its refund."""
    order_id = await paid(shop)
    assert await said(shop, plan_cancel, order_id, "0.50") == "AS000 PartialCanceled"
    amount = (await shop.shown(order_id)).order.amount
    assert money_text(amount, Language.EN) == "BGN\N{NO-BREAK SPACE}1,000.00"
    async with shop.pool.connection() as connection:
        due = await take_due(connection, NOW, NOW, 10)
    (refund,) = [one for one in due if one.operation_number == 2]
    fields = notification_fields(facts_of(refund, NOW, test_mode=True), WORD)
    assert [fields[name] for name in ("orderamount", "ordercurrency", "amount", "currency")] == [
        "1000.00",
        "BGN",
        "0.50",
        "BGN",
    ]
    assert fields["checkvalue"] == checkvalue(WORD, f"{MERCHANT_ID}{refund.order_number}0.50BGNPartialCanceled")


def request(**values: str) -> OrderRequest | Codes:
    least = {"Merchant_ID": str(MERCHANT_ID), "OrderNumber": "N-1", "OrderAmount": "5"}
    return read_order_request((least | values).items())


@pytest.mark.parametrize("named", [{}, {"OrderCurrency": ""}, {"OrderCurrency": "BGN"}])
async def test_e6_no_new_order_is_taken_in_a_withdrawn_currency(shop: Bench, named: dict[str, str]) -> None:
    """E6: 5/105, whether the order names it or its merchant has it; nothing is written. Another currency goes on."""
    opening = OpenOrder(shop.pool, shop.keyring, shop.clock, 1800)

    async def opened(**values: str) -> OrderId | Codes:
        asked = request(**values)
        done = asked if isinstance(asked, Codes) else await opening(asked)
        return CODES[done.reason] if isinstance(done, Refused) else done

    refused = await opened(**named)
    assert str(refused) == "5.105"
    assert await shop.rows("SELECT * FROM payment_order") == []
    order_id = await opened(OrderCurrency="EUR")
    assert isinstance(order_id, OrderId)
    assert await shop.rows("SELECT billnumber, amount_minor, currency FROM payment_order") == [
        (order_id.billnumber, 500, "EUR")
    ]


async def applied(shop: Bench, currency: str) -> MerchantRow:
    """The shop's row after its file was applied in that currency. Raises ``SettingsError``."""
    text = f'merchant_id = {MERCHANT_ID}\nname = "Shop 2"\nsecret_word = "{WORD}"\ncurrency = "{currency}"\n{SHOP}'
    await ApplyMerchant(shop.pool, shop.keyring, Passwords())(MerchantFile.read(text, Path("/nonexistent")))
    return await row(shop)


async def row(shop: Bench) -> MerchantRow:
    async with shop.pool.connection() as connection:
        found = await find_merchant(connection, MERCHANT_ID)
    assert found is not None
    return found


async def test_e6_a_file_in_a_withdrawn_currency_is_refused_also_where_the_merchant_has_it(shop: Bench) -> None:
    """E6: in one sentence that says what to do; nothing is written."""
    before = await row(shop)
    with pytest.raises(SettingsError) as refused:
        await applied(shop, "BGN")
    assert str(refused.value) == (
        "merchant file:\n  currency: this currency was withdrawn and takes no new orders:"
        " name the one that took its place"
    )
    assert await row(shop) == before


async def test_e6_a_merchant_leaves_a_withdrawn_currency_with_its_orders(shop: Bench) -> None:
    """E6, D5: once nothing of today or this week is counted in it; what was paid in it is refunded after that."""
    shop.clock.moment = WEEKS_AGO
    order_id = await paid(shop)
    assert (await applied(shop, "EUR")).currency == "EUR"
    assert await said(shop, plan_cancel, order_id, "1000.00") == "AS000 Canceled"
    with pytest.raises(SettingsError, match=r"^currency: merchant 123456 has orders or limits in EUR and keeps it$"):
        await applied(shop, "USD")


async def test_d5_a_merchant_keeps_a_withdrawn_currency_while_something_is_counted_in_it(shop: Bench) -> None:
    """D5: the turnover of this week, or a limit of a customer; two currencies in one sum would mean nothing."""
    before = await row(shop)
    await paid(shop)
    with pytest.raises(SettingsError, match=r"still counted in BGN: .*\(oneclick limit clear\).* next week$"):
        await applied(shop, "EUR")
    await shop.do("DELETE FROM turnover")
    asked, limiting = CustomerRef(MERCHANT_ID, CUSTOMER, Actor.OPERATOR), LimitCustomer(shop.pool)
    await limiting(asked, "500.00", None)
    with pytest.raises(SettingsError, match=r"still counted in BGN: "):
        await applied(shop, "EUR")
    assert await row(shop) == before
    await limiting(asked, None, None)
    assert (await applied(shop, "EUR")).currency == "EUR"


async def test_d5_what_is_given_back_in_a_withdrawn_currency_takes_nothing_from_another(shop: Bench) -> None:
    """D3, D5: an authorisation of before is cancelled after the shop has taken another currency."""
    shop.clock.moment = WEEKS_AGO
    old = await paid(shop, two_stage=True)
    await applied(shop, "EUR")
    shop.clock.moment = NOW
    await shop.paid(Choice(remember=False), amount=Money(700, "EUR"))
    assert await said(shop, plan_cancel, old, None) == "AS000 Canceled"
    assert await shop.turnover() == (700, 700)
    shop.clock.moment = WEEKS_AGO
    assert await shop.turnover() == (0, 0)
