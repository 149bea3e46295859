"""P 12.1, 12.11: bodies to pairs, within bounds: what comes twice is seen twice, and what is broken is unreadable."""

import ipaddress
import json

import pytest
from starlette.requests import Request
from starlette.types import Message

from oneclick.web.client_address import ClientAddress
from oneclick.web.reading import Pairs, Unreadable, read_pairs, values

MULTIPART = "multipart/form-data; boundary=b"


async def _read(body: bytes, kind: str) -> Pairs:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return await read_pairs(
        Request({"type": "http", "method": "POST", "query_string": b"", "headers": headers}, receive)
    )


async def test_p12_1_a_name_that_comes_twice_in_json_is_not_lost() -> None:
    """P 12.1: in every form of a body alike; the doors then refuse it."""
    for body in (b'{"a": "1", "A": 2}', b'{"a": "1", "a": "2"}', b'{"a": 1, "merchant": {"a": 2}}'):
        pairs = await _read(body, "application/json")
        assert [value for _, value in pairs] == ["1", "2"]
        assert values(pairs, ["a"]) is None


@pytest.mark.parametrize(("count", "readable"), [(200, True), (201, False)])
async def test_p12_1_no_form_of_a_body_has_more_than_200_fields(count: int, *, readable: bool) -> None:
    names = [f"n{number}" for number in range(count)]
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n1\r\n'
    for body, kind in (
        ("&".join(f"{name}=1" for name in names), "application/x-www-form-urlencoded"),
        ("".join(map(part.format, names)) + "--b--\r\n", MULTIPART),
        (json.dumps(dict.fromkeys(names, "1")), "application/json"),
    ):
        if readable:
            assert await _read(body.encode(), kind) == [(name, "1") for name in names]
        else:
            with pytest.raises(Unreadable, match="400"):
                await _read(body.encode(), kind)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x", "multipart/form-data"),
        (b"x", MULTIPART),
        (b"x", "multipart/form-data; boundary=" + "b" * 300),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n", MULTIPART),
        (b"--b\r\nbroken header\r\n\r\n1\r\n--b--\r\n", MULTIPART),
    ],
    ids=["no boundary", "another boundary", "a long boundary", "no name", "no header"],
)
async def test_p12_10_a_broken_multipart_body_is_unreadable(body: bytes, kind: str) -> None:
    """P 12.10: so that each door answers in its own form."""
    with pytest.raises(Unreadable, match="400"):
        await _read(body, kind)


@pytest.mark.parametrize("zone", ["eth0", "4111111111111111", "<script>", "x" * 5000])
def test_b4_p4_2_an_address_is_recorded_without_its_zone(zone: str) -> None:
    """B4, P 4.2: behind the percent sign of an IPv6 address may stand any text at all."""
    address = ClientAddress((ipaddress.ip_network("10.0.0.0/8"),))
    headers = [(b"x-forwarded-for", f"fe80::1%{zone}".encode())]
    request = Request({"type": "http", "client": ("10.0.0.1", 1), "headers": headers})
    assert address(request) == "fe80::1"
