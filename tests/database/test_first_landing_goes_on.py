"""Today's gateway goes on where the first landing stopped: its cards, orders, lost payments and notifications."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.database.migrate import migrate
from oneclick.database.pool import new_pool
from oneclick.languages import Language
from oneclick.notifications.sender import Addresses, NotificationSender
from oneclick.outcome import Reason, Refused
from oneclick.use_cases.payer.pay import Paid
from oneclick.use_cases.payer.retry_order import RetryOrder
from oneclick.use_cases.payer.show_order import Stage
from oneclick.use_cases.shop.cancel_order import CancelOrder
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.use_cases.steps.authentication import Credentials
from oneclick.use_cases.steps.operation_run import OperationRequest, OperationResult
from oneclick.use_cases.upkeep.deliver_notifications import DeliverNotifications
from oneclick.use_cases.upkeep.expire_orders import ExpireOrders
from oneclick.web.cfsid import CfsidCodec
from support.bench import ATTEMPTS_MAX, MASTERCARD, VISA, Bench, Choice
from support.demo_stack import md5_checkvalue
from support.first_landing import (
    BOOKSHOP,
    CAFE,
    GALLERY,
    GUEST,
    LOGIN,
    PASSWORD,
    READER,
    SECRET_WORDS,
    bill,
    gateway_of_today,
    land,
)

# Given out by the first landing: the link to bill 9, and the gallery's signature of "78G/2250.00EUR".
CFSID = "000000000001e2400011c37937e08009d2346aafc0484de6c1c0ea04a92e294c5c9b4cde"
RSA_SIGNATURE = (
    "dOkALlLZLab97Cq/n8CarK4an9uq0dwayuLuD8OA8yv04JWr41dhujLKsGK7Jl02zLg6IJHTYSEKt8ayYDaRni152RW4cPp75mUpCp2TUsTbNLUJ7NV6"
    "sF+qVd/2XSFHV/XLqo5iH498bCmZiB4J9Se5FeUmpk24eJNdbvvl2dtHJ4ytNTcQQh9FkLkY0VAdK3UZvvqrOcaOYgv6GVtYgRL9nl3vMIm67RWn6Fj0"
    "YoYBjpt+51z5Aa94pIObBujyRuxCSMnBRN7Xw/5poZNax0JNq+D7ndChCwd3C6XsAqMrsOH4yOQ9O01/AU7JzpA9bf7rESt54CVjTt10r5VVdA=="
)


@pytest.fixture
async def gateway(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """Today's rooms on the rows of the first landing, migrated."""
    land(database_url)
    migrate(database_url)
    async with new_pool(database_url, 4) as pool, gateway_of_today(pool, tmp_path) as running:
        yield running


async def card_of(gateway: Bench, mask: str) -> Choice:
    """The one-click choice of the reader's card with this mask, kept by the first landing."""
    ((card_id,),) = await gateway.rows(
        "SELECT card_id FROM stored_card WHERE customer_number = %s AND card_mask = %s", READER, mask
    )
    return Choice(saved=card_id)


async def test_b5_a_card_that_was_kept_then_pays_today(gateway: Bench) -> None:
    """B5, B14: as a later use of the credential that was stored then; the wallet counts on."""
    choice = await card_of(gateway, "411111******1111")
    order_id, paid = await gateway.paid(choice, customer_number=READER)
    assert paid is Paid.DONE
    assert await gateway.state(order_id) == "Approved"
    entries = await gateway.acquirer.ledger()
    kept, later = (next(e for e in entries if e["billnumber"] == str(one.billnumber)) for one in (bill(2), order_id))
    assert (later["state"], later["pan_last4"], later["entry_mode"]) == ("captured", "1111", "10")
    assert (later["stored_credential"], later["initiator"]) == ("later", "customer")
    assert later["network_transaction_id"] == kept["network_transaction_id"] is not None
    assert await gateway.rows("SELECT payments, last_payment_at FROM stored_card WHERE card_id = %s", choice.saved) == [
        (3, gateway.clock.now())
    ]


async def test_b5_the_card_of_then_belongs_to_its_customer_alone(gateway: Bench) -> None:
    """A9, B5: to another customer of the base it isn't there, and the acquirer isn't asked."""
    before = await gateway.asked_acquirer()
    choice = await card_of(gateway, "411111******1111")
    _, paid = await gateway.paid(choice, customer_number="reader-2")
    assert paid == Refused(Reason.CARD_UNAVAILABLE)
    assert await gateway.asked_acquirer() == before


async def test_b11_a_number_that_was_kept_then_becomes_no_second_entry(gateway: Bench) -> None:
    """B11: today's fingerprint finds it; a number that wasn't kept becomes one."""
    before = await gateway.cards(READER)
    assert len(before) == 2
    order_id, _ = await gateway.paid(Choice(number=MASTERCARD), customer_number=READER)
    assert await gateway.state(order_id) == "Approved"
    assert sorted(await gateway.cards(READER)) == sorted(before)
    await gateway.paid(Choice(number=VISA), customer_number="reader-2")
    assert await gateway.status("reader-2") == "Member"
    assert len(await gateway.cards("reader-2")) == 1


async def test_c5_a_card_of_then_can_be_deleted(gateway: Bench) -> None:
    """B7, C5: number, key and fingerprint are gone; the consent of then stays."""
    choice = await card_of(gateway, "555555******4444")
    assert choice.saved is not None
    order_id = await gateway.order(customer_number=READER)
    assert await gateway.delete_own_card(order_id, choice.saved, Language.EN) is None
    assert await gateway.rows("SELECT FROM vault_card WHERE card_id = %s", choice.saved) == []
    assert await gateway.rows(
        "SELECT status, card_mask, payments FROM stored_card WHERE card_id = %s", choice.saved
    ) == [("Deleted", "555555******4444", 2)]
    assert await gateway.rows("SELECT count(*) FROM consent WHERE card_id = %s", choice.saved) == [(1,)]


async def test_e2_an_open_order_of_then_is_found_by_its_link_and_paid(gateway: Bench) -> None:
    """P 1.1, E2: the payer's page stayed open during the update."""
    order_id = CfsidCodec(gateway.keyring.link_key).read(CFSID)
    assert order_id == bill(9)
    shown = await gateway.shown(order_id)
    assert (shown.stage, shown.order.order_number) == (Stage.PAYABLE, "BOOK-000008")
    assert await gateway.pay(order_id, Choice().instrument, "192.0.2.7") is Paid.DONE
    assert await gateway.state(order_id) == "Approved"
    assert await gateway.live(order_id) == [("captured", 72_010, 0)]
    used = await gateway.rows(
        "SELECT count(*), count(DISTINCT (terminal_id, stan)) FROM operation WHERE customer_base_id = %s", BOOKSHOP
    )
    assert used[0][0] == used[0][1]  # no trace number of the day twice


async def test_e2_an_open_order_of_then_is_closed_when_its_time_is_over(gateway: Bench) -> None:
    """E2: those that are in doubt are left to the worker."""
    gateway.clock.moment += timedelta(minutes=30)
    assert await ExpireOrders(gateway.pool, gateway.clock)() == 1
    states = [await gateway.state(bill(number)) for number in (9, 10, 11, 18)]
    assert states == ["Timeout", "In Process", "In Process", "In Process"]


@pytest.mark.parametrize(
    ("amount", "state", "ledger"),
    [(None, "Canceled", ("refunded", 72_010, 72_010)), ("20.10", "PartialCanceled", ("captured", 72_010, 2_010))],
    ids=["in full", "in part"],
)
async def test_e5_an_order_that_was_paid_then_is_refunded(
    gateway: Bench, amount: str | None, state: str, ledger: tuple[str, int, int]
) -> None:
    """E5; P 5.8: by the login of then, on the acquirer's own entry of the payment; a wrong password does nothing."""
    cancel = CancelOrder(gateway.runner)

    def asked(password: str) -> OperationRequest:
        return OperationRequest(
            credentials=Credentials(merchant_id=BOOKSHOP, login=LOGIN, password=password),
            billnumber=bill(2).billnumber,
            amount_text=amount,
            currency="RUB" if amount else None,
            external_refund_id=None,
            client_ip="192.0.2.9",
        )

    assert await cancel(asked("an0ther-password")) == Refused(Reason.LOGIN_WRONG)
    assert await gateway.live(bill(2)) == [("captured", 72_010, 0)]
    told = await cancel(asked(PASSWORD))
    assert isinstance(told, OperationResult)
    assert (told.order.state, told.operation.state, told.operation.card_mask) == (state, "approved", "411111******1111")
    assert await gateway.live(bill(2)) == [ledger]


async def test_e7_e8_payments_that_had_no_end_then_are_reversed_and_told(gateway: Bench) -> None:
    """E7, E8: the unknown ones and the one whose process was killed; the acquirer had taken the money of all three."""
    in_doubt = [bill(10), bill(11), bill(18)]
    for order_id in in_doubt:
        assert (await gateway.shown(order_id)).stage is Stage.CHECKING
        assert [state for state, _, _ in await gateway.live(order_id)] == ["captured"]
    before = await gateway.rows("SELECT count(*) FROM vault_card")
    assert await gateway.resolve() == 3
    for order_id in in_doubt:
        assert await gateway.state(order_id) == "Declined"
        assert [row[2] for row in await gateway.operations(order_id)] == ["declined"]
        assert await gateway.live(order_id) == [("reversed", 0, 0)]
        assert await gateway.rows(
            "SELECT state, attempts FROM notification WHERE billnumber = %s", order_id.billnumber
        ) == [("due", 0)]
    assert await gateway.resolve() == 0
    assert await gateway.rows("SELECT count(*) FROM vault_card") == before  # B3: what isn't approved keeps nothing
    others = [state for state, _, _ in await gateway.live(bill(2)) + await gateway.live(bill(19))]
    assert others == ["captured", "captured"]


async def opened(gateway: Bench, merchant_id: int, signature: str | None = None, **fields: str) -> str | int:
    """The end of the billnumber that a signed request comes to, or the reason of its refusal."""
    values = {"Merchant_ID": str(merchant_id), **fields}
    names = ("Merchant_ID", "OrderNumber", "OrderAmount", "OrderCurrency", "CustomerNumber")
    signed = ";".join(values[name] for name in names if name in values)
    checked = (
        {"Signature": signature} if signature else {"Checkvalue": md5_checkvalue(SECRET_WORDS[merchant_id], signed)}
    )
    request = read_order_request((values | checked).items())
    assert isinstance(request, OrderRequest)
    found = await OpenOrder(gateway.pool, gateway.keyring, gateway.clock, 1800)(request)
    return found.reason if isinstance(found, Refused) else found.billnumber % 100


@pytest.mark.parametrize(
    ("number", "amount", "reader", "found"),
    [
        ("BOOK-000002", "720.10", "reader-1", Reason.ORDER_NUMBER_TAKEN),
        ("BOOK-000006", "1250.00", "reader-2", Reason.ORDER_NUMBER_TAKEN),
        ("BOOK-000008", "720.10", "reader-3", 9),
        ("BOOK-000008", "720.11", "reader-3", Reason.ORDER_NUMBER_TAKEN),
        ("BOOK-000008", "720.10", "reader-4", Reason.ORDER_NUMBER_TAKEN),
        ("BOOK-000011", "490.50", "reader-5", 18),
        ("BOOK-000007", "490.50", "reader-3", 20),
        ("BOOK-000001", "385.00", "reader-3", 20),
    ],
    ids=[
        "approved",
        "declined, then approved",
        "open, the same",
        "open, another amount",
        "open, another customer",
        "sent",
        "declined",
        "timed out",
    ],
)
async def test_e3_an_order_number_that_was_held_then_is_held_today(
    gateway: Bench, number: str, amount: str, reader: str, found: str | int
) -> None:
    """E3, A6: signed with the secret word of then; billnumbers go on behind those of then."""
    fields = {"OrderNumber": number, "OrderAmount": amount, "OrderCurrency": "RUB", "CustomerNumber": reader}
    assert await opened(gateway, BOOKSHOP, **fields) == found


async def test_p2_a_shop_that_signed_by_rsa_then_does_so_today(gateway: Bench) -> None:
    """P 2.3, 2.5: by the public key and in the old form of the merchant's row."""
    fields = {"OrderNumber": "G/2", "OrderAmount": "250.00", "OrderCurrency": "EUR"}
    assert await opened(gateway, GALLERY, RSA_SIGNATURE, **fields) == 20
    assert await opened(gateway, GALLERY, RSA_SIGNATURE, **fields | {"OrderAmount": "250.01"}) == Reason.SIGNATURE_WRONG


async def test_b17_the_address_of_a_declined_attempt_of_then_shows_the_one_that_was_paid(gateway: Bench) -> None:
    """B17: and opens no third one."""
    shown = await gateway.shown(bill(6))
    assert (shown.order.billnumber, shown.stage) == (bill(7).billnumber, Stage.APPROVED)
    assert await RetryOrder(gateway.pool, gateway.clock, ATTEMPTS_MAX)(bill(6)) == bill(7)
    assert await gateway.rows("SELECT max(billnumber) FROM payment_order") == [(bill(19).billnumber,)]


async def test_a3_a_store_only_shop_of_then_keeps_cards_and_offers_none(gateway: Bench) -> None:
    """A3: its guest's card is there, under a number that isn't Latin."""
    order_id = await gateway.order(customer_base_id=CAFE, merchant_id=CAFE, customer_number=GUEST)
    shown = await gateway.shown(order_id)
    assert (shown.stage, shown.offer.cards) == (Stage.PAYABLE, ())
    held = await gateway.rows("SELECT card_mask, payments FROM stored_card WHERE customer_base_id = %s", CAFE)
    assert held == [("220000******0004", 2)]


@dataclass
class Listener:
    """The shops' server, up again at last."""

    packets: list[dict[str, str]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.packets.append(dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)))
        return web.Response(text='<pushpaymentresult firstcode="0" secondcode="0"/>')

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/push", self.receive)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/push"
        finally:
            await runner.cleanup()


async def test_f1_notifications_that_were_due_then_are_delivered_and_no_others(gateway: Bench) -> None:
    """F1; P 4.2: those that got no answer, and the one that was never sent; signed with each shop's word of then."""
    listener, loopback = Listener(), Addresses((ipaddress.ip_network("127.0.0.1/32"),))
    async with listener.listening() as url, NotificationSender(loopback, 5.0) as sender:
        async with gateway.pool.connection() as connection:
            statement = "UPDATE merchant SET notification_url = %s WHERE notification_url IS NOT NULL"
            await connection.execute(statement, (url,))
        deliver = DeliverNotifications(gateway.pool, gateway.keyring, sender, gateway.clock, test_mode=True)
        assert await deliver() == 5
        await deliver.drain(10)
        assert await deliver() == 0
    told = {packet["billnumber"][-4:]: packet for packet in listener.packets}
    assert sorted(told) == ["12.1", "13.1", "14.1", "15.1", "19.1"]
    for packet in listener.packets:
        signed = "".join(packet[name] for name in ("merchant_id", "ordernumber", "amount", "currency", "orderstate"))
        assert packet["checkvalue"] == md5_checkvalue(SECRET_WORDS[int(packet["merchant_id"])], signed)
    assert (told["15.1"]["orderstate"], told["15.1"]["responsecode"]) == ("Declined", "AS100")
    assert (told["19.1"]["orderstate"], told["19.1"]["meannumber"]) == ("Approved", "555555******4444")
    assert await gateway.rows("SELECT state, attempts, count(*) FROM notification GROUP BY 1, 2 ORDER BY 1, 2") == [
        ("delivered", 1, 8),
        ("delivered", 2, 4),
        ("refused", 1, 1),
    ]
