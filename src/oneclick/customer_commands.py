"""The commands on one customer and its limits: for the client department, until it has its desk.

Messages name the customer by the number that was typed; a card is named by its id, and shown by its mask.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console

from oneclick.errors import SettingsError
from oneclick.limits.windows import Period
from oneclick.money import Money
from oneclick.one_click.statuses import Actor
from oneclick.outcome import Reason, Refused
from oneclick.settings import Settings, read_environment

if TYPE_CHECKING:
    from oneclick.app import CustomerUseCases
    from oneclick.use_cases.staff.show_customer import ShownCustomer
    from oneclick.use_cases.steps.customer_ref import CustomerRef

Demo = Annotated[Path | None, typer.Option(metavar="DIR", help="Work on the demo in this folder.")]
MerchantId = Annotated[int, typer.Argument(metavar="MERCHANT", help="The Merchant_ID.")]
CustomerNumber = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The CustomerNumber.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Erase without asking: for scripts.")]
LimitOption = Annotated[str | None, typer.Option(metavar="AMOUNT", help="In the merchant's currency, e.g. 500.00.")]

customers = typer.Typer(no_args_is_help=True, help="One customer: status, cards, opt-out.")
limits = typer.Typer(no_args_is_help=True, help="A customer's own limits of turnover.")

_console = Console()
_T = TypeVar("_T")

_AS_MERCHANT = "as the merchant's"

# What each refusal says on the terminal.
SENTENCES = {
    Reason.REQUEST_UNREADABLE: "the request can't be read",
    Reason.REQUEST_TOO_LARGE: "the request is too large",
    Reason.REQUESTS_TOO_OFTEN: "there are too many requests at once",
    Reason.PAGE_UNKNOWN: "there is no such page",
    Reason.INTERNAL_ERROR: "something went wrong: the log names it",
    Reason.MERCHANT_UNKNOWN: "there is no such merchant",
    Reason.LOGIN_WRONG: "the login or the password is wrong",
    Reason.SIGNATURE_WRONG: "the order's signature is missing or wrong",
    Reason.SIGNED_POINTS_AMBIGUOUS: "an order with a CustomerNumber can't carry OrderMaxPoints as well",
    Reason.SIGNED_PREPAYMENT_AMBIGUOUS: "a Prepayment of 1 must be written with its decimals: 1.00",
    Reason.CUSTOMER_REQUIRED: "this merchant's orders need a CustomerNumber",
    Reason.CUSTOMER_UNKNOWN: "this merchant has no such customer",
    Reason.CUSTOMER_NUMBER_MALFORMED: ("a CustomerNumber has 1 to 32 characters, none of < > \" = ' / \\ ( ) ; #"),
    Reason.STATUS_NOT_MOVABLE: "the customer's status allows no such move",
    Reason.LIMIT_MALFORMED: "a limit is an amount in the merchant's currency, e.g. 500.00",
    Reason.LIMIT_REACHED: "the customer's limit is reached",
    Reason.ORDER_UNKNOWN: "there is no such order",
    Reason.ORDER_NUMBER_TAKEN: "another order has this number",
    Reason.ORDER_OVER: "this order can't be paid any more",
    Reason.AMOUNT_MALFORMED: "an amount is written in the order's currency, e.g. 500.00",
    Reason.AMOUNT_OUT_OF_BOUNDS: "the amount must be above zero, and of 12 digits at most",
    Reason.AMOUNT_ABOVE_REST: "the amount must be above zero, and at most what is left of the order's",
    Reason.CURRENCY_MISMATCH: "this isn't the order's currency",
    Reason.CURRENCY_NOT_PAYABLE: "no new orders are taken in this currency",
    Reason.CARD_UNAVAILABLE: "this customer has no such card: 'customer show' lists them",
    Reason.CARD_EXPIRED: "the card has expired",
    Reason.CARD_NUMBER_MALFORMED: "the card number is wrong",
    Reason.EXPIRY_MALFORMED: "an expiry date is a month and a year, e.g. 07/31",
    Reason.CARDHOLDER_MALFORMED: "the cardholder's name is written in Latin letters",
    Reason.CVC2_MALFORMED: "the CVC2 has 3 digits, an American Express card's 4",
    Reason.NOT_CHARGEABLE: "this order can't be charged",
    Reason.NOT_CANCELABLE: "this order can't be canceled",
    Reason.OPERATION_IN_PROGRESS: "another operation of this order is in process",
    Reason.OPERATIONS_TOO_MANY: "this order has had too many operations",
    Reason.REFUND_ID_TAKEN: "another cancel of this order has this Externalrefundid",
    Reason.ACQUIRER_UNAVAILABLE: "the acquirer can't be reached",
}


@customers.command("show")
def show(merchant: MerchantId, customer: CustomerNumber, demo: Demo = None) -> None:
    """Show a customer as JSON: status, cards by their masks, turnover and limits."""
    shown = _run(demo, merchant, customer, lambda use_cases, ref: use_cases.show(ref))
    sys.stdout.write(json.dumps(_shown(shown), indent=2, ensure_ascii=False) + "\n")


@customers.command("deny")
def deny(merchant: MerchantId, customer: CustomerNumber, *, yes: Yes = False, demo: Demo = None) -> None:
    """Opt a customer out: erase all cards, and offer nothing till 'allow'. Asks first."""
    _confirm(f"Erase all cards of customer {customer}, of merchant {merchant}, for good?", yes=yes)
    status = _run(demo, merchant, customer, lambda use_cases, ref: use_cases.deny(ref))
    _console.print(f"The customer's status is {status}. No card is kept.", highlight=False)


@customers.command("allow")
def allow(merchant: MerchantId, customer: CustomerNumber, demo: Demo = None) -> None:
    """Let a customer take part again who was opted out, suspicious or blocked."""
    status = _run(demo, merchant, customer, lambda use_cases, ref: use_cases.allow(ref))
    _console.print(f"The customer's status is {status}.", highlight=False)


@customers.command("delete-card")
def delete_card(
    merchant: MerchantId,
    customer: CustomerNumber,
    card: Annotated[UUID, typer.Argument(metavar="CARD", help="The card's id, as 'customer show' tells it.")],
    *,
    yes: Yes = False,
    demo: Demo = None,
) -> None:
    """Erase one card of a customer. Asks first."""
    _confirm(f"Erase the card {card} of customer {customer}, of merchant {merchant}, for good?", yes=yes)
    _run(demo, merchant, customer, lambda use_cases, ref: use_cases.delete_card(ref, card))
    _console.print(f"The card {card} is erased.", highlight=False)


@limits.command("set")
def limit_set(
    merchant: MerchantId, customer: CustomerNumber, day: LimitOption = None, week: LimitOption = None, demo: Demo = None
) -> None:
    """Give a customer own limits; a window that isn't named has the merchant's."""
    if day is None and week is None:
        message = "name a limit: --day AMOUNT, --week AMOUNT or both; 'limit clear' takes them away"
        raise SettingsError(message)
    _run(demo, merchant, customer, lambda use_cases, ref: use_cases.limit(ref, day, week))
    _console.print(
        f"The customer's own limits: day {day or _AS_MERCHANT}, week {week or _AS_MERCHANT}.", highlight=False
    )


@limits.command("clear")
def limit_clear(merchant: MerchantId, customer: CustomerNumber, demo: Demo = None) -> None:
    """Take a customer's own limits away: the merchant's hold again."""
    _run(demo, merchant, customer, lambda use_cases, ref: use_cases.limit(ref, None, None))
    _console.print("The customer has the merchant's limits.", highlight=False)


def _confirm(question: str, *, yes: bool) -> None:
    """Asks on the terminal; a "no" aborts. Raises ``SettingsError`` where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        message = "this erases for good: add --yes where nobody can be asked"
        raise SettingsError(message)
    typer.confirm(question, abort=True, err=True)


def settings_of(demo: Path | None) -> Settings:
    """The settings of a demo's folder, or of the environment. Raises ``SettingsError``."""
    return Settings.read(read_environment(demo))


def _run(
    demo: Path | None,
    merchant_id: int,
    customer_number: str,
    use_case: Callable[["CustomerUseCases", "CustomerRef"], Awaitable[_T | Refused]],
) -> _T:
    """Runs one use case as the operator. Raises ``SettingsError`` with the reason if it is refused."""
    from oneclick.app import customer_use_cases
    from oneclick.use_cases.steps.customer_ref import CustomerRef

    try:
        customer_number.encode()
    except UnicodeEncodeError:  # bytes that the shell handed on as they were
        message = "this CustomerNumber isn't UTF-8 text"
        raise SettingsError(message) from None

    async def run() -> _T | Refused:
        async with customer_use_cases(settings_of(demo)) as use_cases:
            return await use_case(use_cases, CustomerRef(merchant_id, customer_number, Actor.OPERATOR))

    done = asyncio.run(run())
    if isinstance(done, Refused):
        raise SettingsError(SENTENCES[done.reason])
    return done


def _shown(shown: "ShownCustomer") -> dict[str, object]:
    def limit(period: Period) -> str | None:
        amount_minor = shown.limits.of(period)
        return None if amount_minor is None else Money(amount_minor, shown.currency).protocol_text

    return {
        "status": shown.customer.status,
        "status_by": shown.customer.status_by,
        "status_at": _moment(shown.customer.status_at),
        "first_payment_at": _moment(shown.customer.first_payment_at),
        "last_payment_at": _moment(shown.customer.last_payment_at),
        "currency": shown.currency,
        "turnover": {period: money.protocol_text for period, money in shown.turnover.items()},
        "limits": {period: limit(period) for period in Period},
        "own_limits": shown.own_limit is not None,
        "cards": [
            {name: value if isinstance(value, int) else value and str(value) for name, value in vars(card).items()}
            for card in shown.cards
        ],
    }


def _moment(moment: object) -> str | None:
    return None if moment is None else str(moment)
