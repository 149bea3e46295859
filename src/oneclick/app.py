"""The composition root: builds the parts of the gateway and joins them. Reading it is reading the system."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg
import structlog
from starlette.applications import Starlette
from starlette.types import ASGIApp

from oneclick.acquirer.link import Link, LinkOptions, TlsFiles
from oneclick.clock import SystemClock
from oneclick.core_dumps import forbid_core_dumps
from oneclick.database.pool import UNREACHABLE, Pool, new_pool
from oneclick.database.schema import has_newest_schema
from oneclick.database.stan_blocks import StanBlocks
from oneclick.errors import SettingsError
from oneclick.logs import configure_logs
from oneclick.passwords import Passwords
from oneclick.secret_files import read_mac_key
from oneclick.settings import Settings, read_environment
from oneclick.use_cases.payer.delete_own_card import DeleteOwnCard
from oneclick.use_cases.payer.pay import Pay, PayDependencies
from oneclick.use_cases.payer.retry_order import RetryOrder
from oneclick.use_cases.payer.show_order import ShowOrder
from oneclick.use_cases.shop.cancel_order import CancelOrder
from oneclick.use_cases.shop.charge_order import ChargeOrder
from oneclick.use_cases.shop.find_frame_ancestors import FindFrameAncestors
from oneclick.use_cases.shop.open_order import OpenOrder
from oneclick.use_cases.shop.report_order_state import ReportOrderState
from oneclick.use_cases.staff.allow_customer import AllowCustomer
from oneclick.use_cases.staff.delete_card import DeleteCard
from oneclick.use_cases.staff.deny_customer import DenyCustomer
from oneclick.use_cases.staff.limit_customer import LimitCustomer
from oneclick.use_cases.staff.show_customer import ShowCustomer
from oneclick.use_cases.staff.show_order_history import OrderHistory, ShowOrderHistory
from oneclick.use_cases.steps.acquirer_options import AcquirerOptions
from oneclick.use_cases.steps.operation_run import OperationDependencies, OperationRunner
from oneclick.use_cases.upkeep.age_cards import AgeCards
from oneclick.use_cases.upkeep.expire_orders import ExpireOrders
from oneclick.use_cases.upkeep.purge_old_rows import PurgeOldRows
from oneclick.use_cases.upkeep.record_unmatched_answers import RecordUnmatchedAnswers
from oneclick.use_cases.upkeep.resolve_operations import ResolveOperations
from oneclick.vault.keyring import Keyring
from oneclick.web.answers import Answers
from oneclick.web.bounds import Bounds, BoundsOptions
from oneclick.web.cfsid import CfsidCodec
from oneclick.web.client_address import ClientAddress
from oneclick.web.pay_page.routes import PayerUseCases, PayPage
from oneclick.web.rendering import Renderer
from oneclick.web.services.money import MoneyDoor
from oneclick.web.services.order import OrderDoor
from oneclick.web.services.state import StateDoor
from oneclick.web.site import SiteOptions, build_site
from oneclick.workers.loops import run_loop

if TYPE_CHECKING:
    from oneclick.merchant_file import MerchantFile
    from oneclick.use_cases.staff.apply_merchant import Applied

_log = structlog.get_logger()

_EXPIRY_POLL_S = 5.0
_AGEING_POLL_S = 60.0
_PURGE_POLL_S = 60.0
_DRAIN_MARGIN_S = 5.0


def build_gateway(settings: Settings) -> ASGIApp:
    """The web gateway: database, vault, link, use cases, doors. Nothing runs before its lifespan begins.

    Raises ``SettingsError`` if a key file can't be read.
    """
    clock = SystemClock()
    keyring = Keyring.read(settings.key_file)
    pool = new_pool(settings.database_url.get_secret_value(), settings.database_connections_max)
    link = Link(link_options(settings), clock, RecordUnmatchedAnswers(pool, clock))
    stans = StanBlocks(pool, settings.acquirer_terminals)

    show = ShowOrder(pool, clock, settings.order_attempts_max)
    acquirer = _acquirer_options(settings)
    pay = Pay(
        PayDependencies(pool=pool, keyring=keyring, link=link, stans=stans, clock=clock),
        acquirer,
    )
    retry = RetryOrder(pool, clock, settings.order_attempts_max)
    delete_own_card = DeleteOwnCard(pool, clock)
    open_order = OpenOrder(pool, keyring, clock, settings.order_lifetime_s)
    passwords = Passwords()
    report_state = ReportOrderState(pool, keyring, passwords, clock)
    runner = OperationRunner(
        OperationDependencies(pool=pool, passwords=passwords, link=link, stans=stans, clock=clock), acquirer
    )

    https = settings.public_url.startswith("https:")
    answers = Answers(Renderer(https=https))
    cfsids = CfsidCodec(keyring.link_key)
    client_address = ClientAddress(settings.trusted_proxy_networks)
    doors = [
        *OrderDoor(open_order, FindFrameAncestors(pool), cfsids, answers, settings.public_url).routes(),
        *PayPage(PayerUseCases(show, pay, retry, delete_own_card), cfsids, answers, client_address).routes(),
        *StateDoor(report_state, clock).routes(),
        *MoneyDoor(ChargeOrder(runner), CancelOrder(runner), client_address, test_mode=settings.test_mode).routes(),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await pool.open()
        await link.start()
        try:
            yield
        finally:
            await _drained(settings, pay, runner)
            await link.stop()
            await pool.close()

    async def health() -> dict[str, bool]:
        return {"database": await _answers(pool), "acquirer": link.is_up}

    bounds = Bounds(_bounds_options(settings), client_address, cfsids, time.monotonic_ns)
    return build_site(doors, health, answers, lifespan, SiteOptions(bounds=bounds, https=https))


async def run_worker(settings: Settings, stopping: asyncio.Event) -> None:
    """The worker: its loops, until ``stopping`` is set. Raises ``SettingsError`` if the key file can't be read."""
    # The HTTP client is the worker's alone: the web processes start the faster without it.
    from oneclick.notifications.sender import Addresses, NotificationSender
    from oneclick.use_cases.upkeep.deliver_notifications import DeliverNotifications

    clock = SystemClock()
    keyring = Keyring.read(settings.key_file)
    pool = new_pool(settings.database_url.get_secret_value(), settings.database_connections_max)
    link = Link(link_options(settings), clock, RecordUnmatchedAnswers(pool, clock))
    async with (
        pool,
        NotificationSender(Addresses(settings.notification_allowed_networks)) as sender,
        _started(link),
    ):
        deliver = DeliverNotifications(pool, keyring, sender, clock, test_mode=settings.test_mode)
        age = AgeCards(pool, clock)
        resolve = ResolveOperations(pool, link, clock, _acquirer_options(settings))
        expire = ExpireOrders(pool, clock)
        purge = PurgeOldRows(pool, clock)
        _log.info("worker started")
        await asyncio.gather(
            run_loop("deliver notifications", deliver, settings.notification_poll_s, stopping),
            run_loop("resolve operations", resolve, settings.notification_poll_s, stopping),
            run_loop("expire orders", expire, _EXPIRY_POLL_S, stopping),
            run_loop("age cards", age, _AGEING_POLL_S, stopping),
            run_loop("purge unmatched answers", purge.unmatched_answers, _PURGE_POLL_S, stopping),
            run_loop("purge wrong CVC2", purge.guesses, _PURGE_POLL_S, stopping),
            run_loop("purge days of trace numbers", purge.days, _PURGE_POLL_S, stopping),
        )
        await _drained(settings, deliver, resolve)


class _Drainable(Protocol):
    """What may have begun something that should run to its end."""

    async def drain(self, timeout_s: float) -> None: ...


async def _drained(settings: Settings, *drained: _Drainable) -> None:
    """Waits till nobody waits for the acquirer any more."""
    await asyncio.gather(*(one.drain(settings.authorisation_deadline_s + _DRAIN_MARGIN_S) for one in drained))


def _acquirer_options(settings: Settings) -> AcquirerOptions:
    return AcquirerOptions(acquirer_id=settings.acquirer_id, deadline_s=settings.authorisation_deadline_s)


def _bounds_options(settings: Settings) -> BoundsOptions:
    return BoundsOptions(
        page_requests_per_address_max=settings.page_requests_per_address_per_minute_max,
        page_requests_per_order_max=settings.page_requests_per_order_per_minute_max,
        service_requests_per_address_max=settings.service_requests_per_address_per_minute_max,
    )


@asynccontextmanager
async def _started(link: Link) -> AsyncIterator[None]:
    await link.start()
    try:
        yield
    finally:
        await link.stop()


def link_options(settings: Settings) -> LinkOptions:
    """The acquirer link's options. Raises ``SettingsError`` if the MAC key or the TLS files are wrong."""
    files = (settings.acquirer_tls_ca_file, settings.acquirer_tls_certificate_file, settings.acquirer_tls_key_file)
    given = [file for file in files if file is not None]
    if given and len(given) != len(files):
        message = "TLS on the acquirer link needs all three: ca, certificate and key file"
        raise SettingsError(message)
    return LinkOptions(
        host=settings.acquirer_host,
        port=settings.acquirer_port,
        mac_key=read_mac_key(settings.acquirer_mac_key_file),
        in_flight_max=settings.acquirer_in_flight_max,
        standby=settings.acquirer_standby,
        tls=TlsFiles(*given) if given else None,
    )


async def apply_merchant_file(settings: Settings, file: "MerchantFile") -> "Applied":
    """Creates or updates a merchant. Raises ``SettingsError`` if the database or the key file can't be read."""
    from oneclick.use_cases.staff.apply_merchant import ApplyMerchant

    async with _one_connection(settings) as pool:
        return await ApplyMerchant(pool, Keyring.read(settings.key_file), Passwords())(file)


async def show_merchant(settings: Settings, merchant_id: int) -> dict[str, object] | None:
    """A merchant's settings without its secrets, or None. Raises ``SettingsError`` if the database can't be read."""
    from oneclick.use_cases.staff.apply_merchant import ShowMerchant

    async with _one_connection(settings) as pool:
        return await ShowMerchant(pool)(merchant_id)


async def show_order_history(settings: Settings, billnumber: int) -> OrderHistory | None:
    """An order's history, or None. Raises ``SettingsError`` if the database can't be read."""
    async with _one_connection(settings) as pool:
        return await ShowOrderHistory(pool)(billnumber)


@dataclass(frozen=True)
class CustomerUseCases:
    """The use cases of one customer that the command line has."""

    show: ShowCustomer
    deny: DenyCustomer
    allow: AllowCustomer
    delete_card: DeleteCard
    limit: LimitCustomer


@asynccontextmanager
async def customer_use_cases(settings: Settings) -> AsyncIterator[CustomerUseCases]:
    """The use cases, for one command. Raises ``SettingsError`` if the database can't be reached."""
    clock = SystemClock()
    async with _one_connection(settings) as pool:
        yield CustomerUseCases(
            show=ShowCustomer(pool, clock),
            deny=DenyCustomer(pool, clock),
            allow=AllowCustomer(pool, clock),
            delete_card=DeleteCard(pool, clock),
            limit=LimitCustomer(pool),
        )


@asynccontextmanager
async def _one_connection(settings: Settings) -> AsyncIterator[Pool]:
    """A pool for one command."""
    try:
        async with new_pool(settings.database_url.get_secret_value(), 1) as pool:
            yield pool
    except psycopg.OperationalError:
        raise SettingsError(UNREACHABLE) from None


def gateway_from_environment() -> ASGIApp:
    """The gateway that the web server calls in each of its processes."""
    forbid_core_dumps()
    configure_logs()
    return build_gateway(Settings.read(read_environment(None)))


async def _answers(pool: Pool) -> bool:
    """Whether the server answers, with the schema that this code needs."""
    with suppress(psycopg.Error):
        async with pool.connection(timeout=1) as connection:
            return await has_newest_schema(connection)
    return False
