"""A gateway with small bounds beside the running stack's, on the same database, keys and acquirer."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.demo_stack import CARD, Reply, RunningDemo, call, clean_environment, eventually, fresh

pytestmark = pytest.mark.xdist_group("stack")

PAGES_MAX, ORDER_MAX, SERVICES_MAX = 6, 3, 5


@pytest.fixture(scope="module")
def bounded(stack: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The stack, asked at a gateway that bounds its requests and believes what a proxy on this machine says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    settings: dict[str, str] = json.loads((stack.folder / "settings.json").read_text())
    settings |= {
        "ONECLICK_LISTEN_PORT": str(port),
        "ONECLICK_PUBLIC_URL": url,
        "ONECLICK_TRUSTED_PROXY_NETWORKS": "127.0.0.1/32",
        "ONECLICK_PAGE_REQUESTS_PER_ADDRESS_PER_MINUTE_MAX": str(PAGES_MAX),
        "ONECLICK_PAGE_REQUESTS_PER_ORDER_PER_MINUTE_MAX": str(ORDER_MAX),
        "ONECLICK_SERVICE_REQUESTS_PER_ADDRESS_PER_MINUTE_MAX": str(SERVICES_MAX),
    }
    log = tmp_path_factory.mktemp("bounded") / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "oneclick", "serve"],
            env=clean_environment(settings),
            stdout=output,
            stderr=output,
        )
    try:
        eventually("the gateway", 30, lambda: _is_up(url))
        yield replace(stack, folder=log.parent, facts=stack.facts | {"gateway": url})
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _is_up(url: str) -> bool:
    try:
        return call(f"{url}/health").status == 200
    except OSError:
        return False


def _until_refused(ask: Callable[[], Reply], allowed: int) -> Reply:
    """Asks till it is told to wait. A minute may end on the way: then twice as many pass, and no more."""
    for passed in range(2 * allowed + 1):
        reply = ask()
        if reply.status == 429:
            assert passed >= allowed
            assert 1 <= int(reply.headers["retry-after"]) <= 60
            return reply
    pytest.fail("never told to wait")


def _log_of(bounded: RunningDemo) -> str:
    return (Path(bounded.folder) / "serve.log").read_text()


def test_bounds_stop_an_address_at_the_pages_and_leave_others_alone(bounded: RunningDemo, stack: RunningDemo) -> None:
    """Links can't be guessed without end; the demo's own gateway, with its generous settings, isn't touched."""
    link = f"{bounded.gateway}/pay/pay.cfm?CFSID=guessed"
    refused = _until_refused(
        lambda: call(link, X_Forwarded_For="198.51.100.1", Accept_Language="en"), allowed=PAGES_MAX
    )
    assert 'lang="en"' in refused.body
    assert "17.3" in refused.body
    for path in ("result", "body"):
        assert call(f"{bounded.gateway}/pay/{path}.cfm", X_Forwarded_For="198.51.100.1").status == 429
    assert call(link, X_Forwarded_For="198.51.100.2").status == 404
    assert call(f"{bounded.gateway}/health").status == 200
    assert call(f"{stack.gateway}/pay/pay.cfm?CFSID=guessed", X_Forwarded_For="198.51.100.1").status == 404
    assert '"path": "/pay/pay.cfm", "bound": "address"' in _log_of(bounded)
    assert "198.51.100" not in _log_of(bounded)


def test_bounds_stop_guesses_at_one_order_from_many_addresses(bounded: RunningDemo) -> None:
    """What is too much isn't paid, not even with the right code; another order is paid at the same time."""
    link = bounded.opened(fresh("c"))
    numbers = iter(range(1, 100))
    wrong = CARD | {"CVC2": "1"}
    _until_refused(lambda: call(link, wrong, X_Forwarded_For=f"203.0.113.{next(numbers)}"), allowed=ORDER_MAX)
    for form in (CARD, None):
        assert call(link, form, X_Forwarded_For="203.0.113.200").status == 429
    bill = int(link.rpartition("=")[2][16:32], 16)
    assert all(entry["billnumber"] != str(bill) for entry in bounded.ledger())
    other = bounded.opened(fresh("c"))
    paid = call(other, CARD, X_Forwarded_For="203.0.113.201")
    assert paid.status == 303
    assert "result.cfm" in paid.location


def test_bounds_stop_a_shop_that_asks_without_end_in_its_own_form(bounded: RunningDemo) -> None:
    """P 6.6: second code 3; orders and states count together, and another shop's server is served."""
    url = f"{bounded.gateway}/orderstate/orderstate.cfm"
    wrong = {"Merchant_ID": "x"}
    refused = _until_refused(lambda: call(url, wrong, X_Forwarded_For="2001:db8::1"), allowed=SERVICES_MAX)
    assert refused.body.endswith('<result firstcode="17" secondcode="3" count="0"></result>')
    told = call(url, b"{}", Content_Type="application/json", X_Forwarded_For="2001:db8::ffff:2")
    assert (told.status, json.loads(told.body)) == (429, {"firstcode": 17, "secondcode": 3})
    order = call(f"{bounded.gateway}/pay/order.cfm", wrong, X_Forwarded_For="2001:db8::1")
    assert (order.status, "17.3" in order.body) == (429, True)
    assert call(url, wrong, X_Forwarded_For="2001:db8:0:1::1").status == 200
