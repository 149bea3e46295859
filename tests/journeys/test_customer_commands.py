"""C1, C3, C5, D1: the commands on one customer, at the running demo."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.demo_stack import CARD, RunningDemo, call, clean_environment, fresh, oneclick, saved_card_of

pytestmark = pytest.mark.xdist_group("stack")

PAID = "result.cfm"


def run(stack: RunningDemo, *command: str) -> str:
    """A command that must succeed; what it says."""
    done = oneclick(*command, "--demo", str(stack.folder))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(stack: RunningDemo, *command: str) -> str:
    """A command that must be refused; why."""
    done = oneclick(*command, "--demo", str(stack.folder))
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def shown(stack: RunningDemo, customer: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(stack, "customer", "show", merchant(stack), customer))
    return told


def merchant(stack: RunningDemo) -> str:
    return str(stack.merchant["merchant_id"])


def kept(stack: RunningDemo, customer: str, number: str = CARD["CardNumber"]) -> str:
    """Pays and keeps the card; its id on the next page."""
    link = stack.opened(customer, OrderAmount="100.00")
    assert PAID in call(link, CARD | {"CardNumber": number, "Remember": "1"}).location
    return saved_card_of(call(stack.opened(customer)).body)


def test_c1_c2_a_customer_is_shown_by_the_merchants_masks(stack: RunningDemo) -> None:
    """C1, C2, B9, D1."""
    customer = fresh("shown")
    card_id = kept(stack, customer)
    told = shown(stack, customer)
    assert (told["status"], told["currency"], told["own_limits"]) == ("Member", "RUB", False)
    assert told["turnover"] == {"day": "100.00", "week": "100.00"}
    assert told["limits"] == {"day": "50000.00", "week": "100000.00"}
    (card,) = told["cards"]
    assert (card["card_id"], card["card_mask"], card["status"]) == (card_id, "411111******1111", "Member")
    assert (card["brand"], card["expires_on"], card["payments"]) == ("VISA", "2031-12-31", 1)


def test_c5_an_operator_erases_one_card(stack: RunningDemo) -> None:
    """C5, B8: then the full form and the offer are back; twice it is told that there is no such card."""
    customer = fresh("erased")
    card_id = kept(stack, customer)
    command = ("customer", "delete-card", merchant(stack), customer, card_id, "--yes")
    assert run(stack, *command) == f"The card {card_id} is erased.\n"
    (card,) = shown(stack, customer)["cards"]
    assert (card["status"], card["deleted_by"]) == ("Deleted", "operator")
    page = call(stack.opened(customer)).body
    assert 'id="CardNumber"' in page
    assert 'name="Remember"' in page
    assert "no such card" in refused(stack, *command)


def test_c3_an_opt_out_lasts_till_it_is_lifted(stack: RunningDemo) -> None:
    """C3: no card, no offer; a payment is a plain one; then all begins anew."""
    customer = fresh("deny")
    kept(stack, customer)
    assert run(stack, "customer", "deny", merchant(stack), customer, "--yes").startswith(
        "The customer's status is Deny."
    )
    page = call(stack.opened(customer)).body
    assert 'id="CardNumber"' in page
    assert 'name="Remember"' not in page
    assert PAID in call(stack.opened(customer), CARD | {"Remember": "1"}).location
    assert [card["status"] for card in shown(stack, customer)["cards"]] == ["Deleted"]
    assert run(stack, "customer", "allow", merchant(stack), customer) == "The customer's status is New.\n"
    assert 'name="Remember"' in call(stack.opened(customer)).body
    kept(stack, customer)
    assert shown(stack, customer)["status"] == "Member"


def test_c5_what_erases_is_asked_about_on_a_terminal_and_refused_where_nobody_can_be_asked(stack: RunningDemo) -> None:
    """C3, C5: without a terminal and without --yes: exit code 2; a "no": 1; nothing is erased before a "yes"."""
    customer = fresh("asked")
    card_id = kept(stack, customer)
    commands = (
        ("customer", "delete-card", merchant(stack), customer, card_id),
        ("customer", "deny", merchant(stack), customer),
    )
    for command in commands:
        assert "add --yes" in refused(stack, *command)
        code, said = _on_a_terminal(stack, "n\n", *command)
        assert (code, "for good? [y/N]" in said, "Aborted" in said) == (1, True, True)
    assert shown(stack, customer)["cards"][0]["status"] == "Member"
    code, said = _on_a_terminal(stack, "y\n", *commands[0])
    assert (code, f"The card {card_id} is erased." in said) == (0, True)
    assert shown(stack, customer)["cards"][0]["status"] == "Deleted"


def _on_a_terminal(stack: RunningDemo, answer: str, *command: str) -> tuple[int, str]:
    """Exit code of a command that reads from a terminal, and all that it says there."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, answer.encode())
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "oneclick", *command, "--demo", str(stack.folder)],
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
            env=clean_environment({}),
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout


def test_d1_d2_a_single_customers_limit_is_set_and_cleared(stack: RunningDemo) -> None:
    """D1, D2: 17/211 on the page, Declined to the shop, nothing at the acquirer; then the merchant's holds again."""
    customer = fresh("limit")
    told = run(stack, "limit", "set", merchant(stack), customer, "--day", "150.00")
    assert told == "The customer's own limits: day 150.00, week as the merchant's.\n"
    kept(stack, customer)
    order = stack.signed(CustomerNumber=customer, OrderAmount="50.01", Language="EN")
    link = stack.order(order).location
    reply = call(f"{link}&SavedCard=new", CARD)
    assert (reply.status, reply.headers["errorid"]) == (303, "17.211")
    page = call(stack.gateway + reply.location)
    assert page.headers["errorid"] == "17.211"
    assert "You have reached your payment limit at this shop." in page.body
    state = stack.state(order["OrderNumber"]).body
    assert "<orderstate>Declined</orderstate>" in state
    assert not [entry for entry in stack.ledger() if entry["amount_minor"] == 5001]
    assert shown(stack, customer)["limits"] == {"day": "150.00", "week": "100000.00"}
    assert run(stack, "limit", "clear", merchant(stack), customer) == "The customer has the merchant's limits.\n"
    assert PAID in call(stack.opened(customer, OrderAmount="50.01"), CARD).location


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("customer", "show", "123456", "never-seen"), "this merchant has no such customer"),
        (("customer", "show", "1", "c"), "there is no such merchant"),
        (("customer", "deny", "123456", "a;b", "--yes"), "a CustomerNumber has 1 to 32 characters"),
        (("customer", "show", "123456", "\udcff"), "this CustomerNumber isn't UTF-8 text"),
        (("customer", "deny", "123456", "\udcff", "--yes"), "this CustomerNumber isn't UTF-8 text"),
        (("limit", "set", "123456", "\udcff", "--day", "1"), "this CustomerNumber isn't UTF-8 text"),
        (("customer", "allow", "123456", "never-seen"), "this merchant has no such customer"),
        (("limit", "set", "123456", "c", "--day", "1.001"), "a limit is an amount"),
        (("limit", "set", "123456", "c", "--day", "-1"), "a limit is an amount"),
        (("limit", "set", "123456", "c"), "name a limit"),
    ],
)
def test_c1_d1_what_cannot_be_done_is_said_so(stack: RunningDemo, command: tuple[str, ...], message: str) -> None:
    """C1, D1: one message, exit code 2, and nothing is written."""
    assert message in " ".join(refused(stack, *command).split())
