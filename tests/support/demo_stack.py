"""A running demo for the journeys: real processes, asked only from outside, as shops and payers do."""

import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

READY_WITHIN_S = 90.0


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, redirects not followed."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def error_id(self) -> str:
        """The ``ErrorID`` of a refused order's address."""
        return parse_qs(urlsplit(self.location).query)["ErrorID"][0]


def call(url: str, form: dict[str, Any] | list[tuple[str, str]] | bytes | None = None, **headers: str) -> Reply:
    """GET, or POST when there is a form."""
    body = form if isinstance(form, bytes) or form is None else urlencode(form).encode()
    request = Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})  # noqa: S310
    try:
        with build_opener(_NoRedirects()).open(request, timeout=90) as answer:
            return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode())
    except HTTPError as error:
        with error:
            return Reply(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode())


def md5_checkvalue(secret_word: str, signed: str) -> str:
    """The protocol's checkvalue, computed here once more, apart from the gateway's code."""
    parts = [hashlib.md5(text.encode()).hexdigest() for text in (secret_word, signed)]  # noqa: S324
    return hashlib.md5("".join(parts).upper().encode()).hexdigest().upper()  # noqa: S324


@dataclass
class RunningDemo:
    """A running demo."""

    folder: Path
    process: subprocess.Popen[bytes]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def gateway(self) -> str:
        return str(self.facts["gateway"])

    @property
    def shop(self) -> str:
        return str(self.facts["shop"])

    @property
    def database_url(self) -> str:
        return str(self.facts["database_url"])

    @property
    def merchant(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.facts["merchants"][0])

    def signed(self, **parameters: str) -> dict[str, str]:
        """An order's parameters with the right Checkvalue, unless another one is given."""
        order = {
            "Merchant_ID": str(self.merchant["merchant_id"]),
            "OrderNumber": fresh("T"),
            "OrderAmount": "100.50",
            "OrderCurrency": "RUB",
        } | parameters
        names = ("Merchant_ID", "OrderNumber", "OrderAmount", "OrderCurrency", "CustomerNumber")
        text = ";".join(order[name] for name in names if order.get(name) not in {None, "0"} or name == "OrderAmount")
        return {"Checkvalue": md5_checkvalue(self.merchant["secret_word"], text.removesuffix(";"))} | order

    def order(self, parameters: dict[str, str]) -> Reply:
        """Posts a payment request."""
        return call(f"{self.gateway}/pay/order.cfm", parameters)

    def opened(self, customer: str, **parameters: str) -> str:
        """The payment page's address of a fresh order."""
        reply = self.order(self.signed(CustomerNumber=customer, **parameters))
        assert reply.status == 302
        assert "pay.cfm?CFSID=" in reply.location
        return reply.location

    def ledger(self) -> list[dict[str, Any]]:
        """Every financial message that the acquirer accepted."""
        return cast("list[dict[str, Any]]", json.loads(call(f"{self.facts['acquirer_control']}/ledger").body))

    def state(self, number: str, **parameters: str) -> Reply:
        """Asks for an order's state, in XML unless told otherwise."""
        login = {name: self.merchant[key] for name, key in (("Login", "login"), ("Password", "password"))}
        fields = {"Merchant_ID": str(self.merchant["merchant_id"]), "Ordernumber": number, "Format": "3"}
        return call(f"{self.gateway}/orderstate/orderstate.cfm", fields | login | parameters)

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted((self.folder / "logs").iterdir()))


CARD = {"CardNumber": "4111 1111 1111 1111", "Expiry": "12/31", "CardHolder": "IVAN PETROV", "CVC2": "123"}


def oneclick(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, with these settings and no others."""
    command = [sys.executable, "-m", "oneclick", *arguments]
    return subprocess.run(  # noqa: S603
        command, input=text, capture_output=True, text=True, timeout=60, check=False, env=clean_environment(environment)
    )


def clean_environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's environment with these ``ONECLICK_*`` settings and no others."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ONECLICK_")} | settings


def fresh(prefix: str) -> str:
    """A name that no other test uses: letters alone, so that no digits that a test looks for can be in it."""
    return f"{prefix}-{''.join(secrets.choice(ascii_lowercase) for _ in range(12))}"


def saved_card_of(page: str) -> str:
    """The stored card's id on a confirmation page."""
    found = re.search(r'name="SavedCard" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


@contextmanager
def running_demo(folder: Path, port: int = 0, started_from: Path | None = None) -> Iterator[RunningDemo]:
    """Starts ``oneclick demo`` and waits until it is ready; ends it as Ctrl-C does."""
    output = (folder.parent / f"{folder.name}.out").open("wb")
    arguments = ["demo", "--data-dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "oneclick", *arguments], stdout=output, stderr=output, cwd=started_from
    )
    stack = RunningDemo(folder, process)
    try:
        ready = folder / "demo.json"
        if ready.exists():  # left by a demo that was killed; the new one takes it away first
            eventually("the old file gone", READY_WITHIN_S, lambda: not ready.exists())
        until = time.monotonic() + READY_WITHIN_S
        while not ready.exists():
            assert process.poll() is None, Path(output.name).read_text()
            assert time.monotonic() < until, "the demo is not ready in time"
            time.sleep(0.05)
        stack.facts = json.loads(ready.read_text())
        yield stack
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(60)
        output.close()


def eventually(what: str, within_s: float, look: Any) -> Any:  # noqa: ANN401  # whatever the look sees
    """Looks again and again till it sees something true; fails with ``what`` if it doesn't in time."""
    until = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < until, f"not in time: {what}"
        time.sleep(0.1)
