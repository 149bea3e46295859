"""What the journeys on the payment page share: cards kept in advance, orders made older, a form filled in."""

from typing import Any

import psycopg
from playwright.sync_api import Page

from support.demo_stack import CARD, RunningDemo, call

VISA = "4111111111111111"
MASTERCARD = "5555555555554444"
AMEX = "378282246310005"
NO_MONEY = "4000000000009995"


def keep_cards(stack: RunningDemo, customer: str, *numbers: str) -> None:
    """Pays an order with each card and has it remembered; the last one is the one last used."""
    for number in numbers:
        cvc2 = "1234" if number == AMEX else "123"
        reply = call(stack.opened(customer), CARD | {"CardNumber": number, "CVC2": cvc2, "Remember": "1"})
        assert "result.cfm" in reply.location


def sql(stack: RunningDemo, statement: str, *values: object) -> Any:  # noqa: ANN401  # rows of whatever is asked
    """Runs a statement in the stack's database; its rows, if it gives any."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def make_expired(stack: RunningDemo, customer: str, last4: str) -> None:
    """The card's last day was in 2020."""
    statement = "UPDATE stored_card SET expires_on = '2020-01-31' WHERE customer_number = %s AND card_mask LIKE %s"
    sql(stack, statement, customer, f"%{last4}")


def leave_seconds(stack: RunningDemo, customer: str, seconds: float) -> None:
    """The customer's orders live so much longer."""
    statement = "UPDATE payment_order SET expires_at = now() + make_interval(secs => %s) WHERE customer_number = %s"
    sql(stack, statement, seconds, customer)


def type_card(page: Page, number: str = VISA) -> None:
    page.fill("#CardNumber", number)
    page.fill("#Expiry", "12/31")
    page.fill("#CardHolder", "IVAN PETROV")
    page.fill("#CVC2", "123")
