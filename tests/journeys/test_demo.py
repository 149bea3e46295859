"""The demo itself: starts with one command, keeps its data, ends cleanly; the commands that work on it."""

import json
import os
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from support.demo_stack import CARD, call, eventually, fresh, md5_checkvalue, oneclick, running_demo, saved_card_of

pytestmark = pytest.mark.xdist_group("own stack")

MERCHANT = """
merchant_id = 654321
name = "Guests welcome"
secret_word = "another secret"
currency = "RUB"
time_zone = "Europe/Moscow"
language = "EN"
[one_click]
enabled = true
mode = "standard"
consent_preselected = false
guest_orders = true
[web_services]
login = "shop_login"
password = "shop_pass1"
[notifications]
url = "http://127.0.0.1:9000/push"
[returns]
ok = "http://127.0.0.1:9000/ok"
no = "http://127.0.0.1:9000/no"
[limits]
day = "50000.00"
week = "100000.00"
"""


def _processes_of(folder: Path) -> list[str]:
    """Every process that has the folder in its command line."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line and process.pid != os.getpid():
            found.append(line)
    return found


def test_the_demo_keeps_its_data_over_a_restart_and_leaves_no_process(demo_folder: Path) -> None:
    """A restart finds its data: the stored card pays after it. Ctrl-C ends everything."""
    folder = demo_folder
    customer = fresh("stays")
    with running_demo(folder) as first:
        assert call(first.opened(customer), CARD | {"Remember": "1"}).status == 303
        secrets = first.merchant
        for name in ("demo.json", "settings.json", "keys.json", "acquirer-mac.key", "merchant.json"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        second = oneclick("demo", "--data-dir", str(folder))
        assert (second.returncode, "runs on" in second.stderr) == (2, True)
    assert first.process.returncode == 0
    assert not (folder / "demo.json").exists()
    assert _processes_of(folder) == []
    with running_demo(folder) as again:
        assert again.merchant == secrets
        link = again.opened(customer)
        card_id = saved_card_of(call(link).body)
        assert call(link, {"SavedCard": card_id, "CVC2": "123"}).status == 303
        assert [entry["entry_mode"] for entry in again.ledger()] == ["01", "10"]
    assert _processes_of(folder) == []


def test_a_part_that_dies_ends_the_demo_with_an_error(demo_folder: Path) -> None:
    folder = demo_folder
    with running_demo(folder) as stack:
        worker = _process_of(folder, "work")
        worker.send_signal(signal.SIGKILL)
        assert stack.process.wait(60) == 1
    assert "work ended" in (demo_folder.parent / "stack.out").read_text()
    assert _processes_of(folder) == []


def test_a_killed_demo_takes_its_processes_with_it(demo_folder: Path) -> None:
    """The database stays, and is found again by the next start."""
    with running_demo(demo_folder) as stack:
        customer = fresh("killed")
        assert call(stack.opened(customer), CARD | {"Remember": "1"}).status == 303
        stack.process.kill()
        stack.process.wait()
        eventually("nobody left but the database", 40, lambda: all("postgres" in p for p in _processes_of(demo_folder)))
    with running_demo(demo_folder) as stack:
        assert saved_card_of(call(stack.opened(customer)).body)
    assert _processes_of(demo_folder) == []


def test_the_folder_that_it_is_started_from_runs_no_code(demo_folder: Path, tmp_path: Path) -> None:
    """A file that is named like a library, lying where somebody types the command, is never run."""
    for name in ("argon2.py", "psycopg.py", "aiohttp.py", "__init__.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})")
    with running_demo(demo_folder, started_from=tmp_path) as stack:
        assert call(f"{stack.gateway}/health").status == 200
    assert not (tmp_path / "ran").exists()


def test_e7_an_answer_outlives_a_database_that_was_away(demo_folder: Path) -> None:
    """E7, B3: the acquirer approves while every database connection is cut; the outcome is written all the same."""
    with running_demo(demo_folder) as stack, ThreadPoolExecutor(8) as payers:
        orders = [stack.signed(CustomerNumber=fresh("cut")) for _ in range(8)]
        links = [stack.order(order).location for order in orders]
        acquirer = _process_of(stack.folder, "simulate-acquirer")
        acquirer.suspend()
        try:
            replies = [payers.submit(call, link, CARD | {"Remember": "1"}) for link in links]
            with psycopg.connect(stack.database_url, autocommit=True) as connection:
                sent = "SELECT count(*) FROM operation WHERE state = 'sent'"
                eventually("all sent", 20, lambda: connection.execute(sent).fetchone() == (8,))
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oneclick'"
                )
        finally:
            acquirer.resume()
        assert {reply.result().status for reply in replies} == {303}
        for order in orders:
            eventually("approved", 20, lambda n=order["OrderNumber"]: "<orderstate>Approved<" in stack.state(n).body)
        assert [entry["state"] for entry in stack.ledger()] == ["captured"] * 8


def test_b18_e7_a_lost_answer_leaves_the_payment_unknown_and_its_payer_told(demo_folder: Path) -> None:
    """B18, E7: the acquirer never answers; the payment can't be paid twice, and ends when its reversal is confirmed."""
    with running_demo(demo_folder) as stack:
        order = stack.signed(CustomerNumber=fresh("lost"), Language="EN")
        link = stack.order(order).location
        worker = _process_of(stack.folder, "work")
        worker.suspend()  # else it reverses the payment within a second, between two looks of this test
        try:
            begun = time.monotonic()
            reply = call(link, CARD | {"CardNumber": "4000000000003220", "Remember": "1"})
            assert 29 < time.monotonic() - begun < 60
            page = call(stack.gateway + reply.location)
            assert "Please don't pay again" in page.body
            assert page.headers["refresh"] == "4"  # by itself, with scripts or without
            assert call(link, CARD).location == reply.location  # B17
            assert "<orderstate>In Process</orderstate>" in stack.state(order["OrderNumber"]).body
            assert len(stack.ledger()) == 1
            assert '"state": "unknown"' in stack.logs()
            assert '"notification sent"' not in stack.logs()
        finally:
            worker.resume()
        eventually("declined", 40, lambda: "<orderstate>Declined<" in stack.state(order["OrderNumber"]).body)
        assert [entry["state"] for entry in stack.ledger()] == ["reversed"]
        eventually("told", 20, lambda: '"notification sent"' in stack.logs())
        page = call(stack.gateway + reply.location)
        assert "Please don't pay again" not in page.body
        assert "refresh" not in page.headers


def test_a_merchant_is_applied_and_shown_and_its_guests_pay(demo_folder: Path) -> None:
    """A5, B1: `merchant apply` on a running demo; guests get no offer; "yes" isn't selected beforehand."""
    with running_demo(demo_folder) as stack:
        demo = ("--demo", str(stack.folder))
        applied = oneclick("merchant", "apply", "-", *demo, text=MERCHANT)
        assert (applied.returncode, applied.stdout) == (0, "Merchant 654321 is created.\n")
        assert oneclick("merchant", "apply", "-", *demo, text=MERCHANT).stdout == "Merchant 654321 is updated.\n"
        shown = oneclick("merchant", "show", "654321", *demo)
        settings = json.loads(shown.stdout)
        assert (settings["name"], settings["limit_day_minor"], settings["guest_orders"]) == (
            "Guests welcome", 5_000_000, True
        )  # fmt: skip
        assert "another secret" not in shown.stdout
        assert "shop_pass1" not in shown.stdout
        assert oneclick("merchant", "show", "1", *demo).returncode == 2

        base = {"Merchant_ID": "654321", "OrderAmount": "10.00", "OrderCurrency": "RUB"}
        guest = stack.order(base | {"OrderNumber": "g-1"}).location
        assert 'name="Remember"' not in call(guest).body
        assert call(guest, CARD | {"Remember": "1"}).status == 303
        signed = base | {"OrderNumber": "c-1", "CustomerNumber": "c-1"}
        text = "654321;c-1;10.00;RUB;c-1"
        member = stack.order(signed | {"Checkvalue": md5_checkvalue("another secret", text)}).location
        page = call(member).body
        assert 'name="Remember"' in page
        assert "checked" not in page

        # B9, E3: two guests under one order number, one after the other: neither is led to the other's order.
        shared = base | {"OrderNumber": "g-2"}
        first = stack.order(shared).location
        call(first, CARD | {"CardNumber": "4000000000009995"})
        second = stack.order(shared).location
        assert call(second, CARD | {"CardNumber": "5555555555554444"}).status == 303
        led = call(first, {"action": "retry"}).location
        assert first.rpartition("=")[2] in led
        assert second.rpartition("=")[2] not in led
        assert stack.ledger()[0]["stored_credential"] is None


def _process_of(folder: Path, name: str) -> psutil.Process:
    """The stack's process that runs this command."""
    end = f"{name} --demo {folder}"
    return next(p for p in psutil.process_iter(["cmdline"]) if " ".join(p.info["cmdline"] or []).endswith(end))
