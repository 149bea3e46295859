"""P 4.2: the payer's address, behind trusted proxies and without any."""

import ipaddress

import pytest
from starlette.requests import Request

from oneclick.web.client_address import ClientAddress

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # not a proxy of ours: its word doesn't count
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # what the payer wrote before is passed over
        ("10.0.0.1", "198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "4111111111111111", ""),
        ("10.0.0.1", "<script>", ""),
    ],
)
def test_p4_2_only_trusted_proxies_are_believed(peer: str, forwarded: str, expected: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert ClientAddress(PROXIES)(request) == expected


def test_p4_2_nobody_is_believed_unless_the_settings_say_so() -> None:
    request = Request({"type": "http", "client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", b"192.0.2.7")]})
    assert ClientAddress(())(request) == "10.0.0.1"


def test_p4_2_a_line_that_a_proxy_adds_counts_before_the_clients_own() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"198.51.100.1")]
    request = Request({"type": "http", "client": ("10.0.0.1", 1), "headers": headers})
    assert ClientAddress(PROXIES)(request) == "198.51.100.1"
