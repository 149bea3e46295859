"""P 4.2, 12.14: what a merchant's acknowledgement means, and when a notification is sent again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneclick.notifications.plan import REPEAT_AFTER, DeliveryVerdict, read_reply, repeat_after

XML = '<?xml version="1.0" encoding="UTF-8"?>'
GOOD = f"""{XML}
<pushpaymentresult firstcode="0" secondcode="0">
  <order><billnumber>5000000000000001.1</billnumber><packetdate>15.07.2031 12:00:02</packetdate></order>
</pushpaymentresult>"""


@pytest.mark.parametrize(
    ("status", "body", "verdict", "answer"),
    [
        # P 4.2: as it should be
        (200, GOOD, "delivered", "HTTP 200, codes 0/0"),
        (200, f'{XML}<pushpaymentresult firstcode="9" secondcode="7"/>', "refused", "HTTP 200, codes 9/7"),
        # P 12.14: malformed in the field
        (200, f"{XML}\\n{GOOD[38:]}", "delivered", "HTTP 200, codes 0/0"),
        (200, "", "delivered", "HTTP 200"),
        (400, "wrong checkvalue", "refused", "HTTP 400"),
        (200, GOOD.replace('"', "'"), "delivered", "HTTP 200, codes 0/0"),
        (200, f"{XML}\\n<pushpaymentresult firstcode='9' secondcode='7'>", "refused", "HTTP 200, codes 9/7"),
        (200, GOOD.replace("5000000000000001.1", "7"), "delivered", "HTTP 200, codes 0/0"),
        (200, GOOD.replace("15.07.2031 12:00:02", "Tue, 15 Jul 2031 12:00:02 GMT"), "delivered", "HTTP 200, codes 0/0"),
        (200, f'{XML}<pushpaymentresult firstcode = "0" secondcode\t=\n"0"/>', "delivered", "HTTP 200, codes 0/0"),
        (200, "<PushPaymentResult FirstCode='0' SecondCode='0'/>", "delivered", "HTTP 200, codes 0/0"),
        (200, "<r><firstcode>7</firstcode><secondcode>0</secondcode></r>", "refused", "HTTP 200, codes 7/0"),
        (200, "<r firstcode=0 secondcode=0>", "delivered", "HTTP 200, codes 0/0"),
        (200, "OK", "delivered", "HTTP 200"),
        (200, "<html>0</html>", "delivered", "HTTP 200"),
        # refusals seen
        *(
            (200, f'<r firstcode="{first}" secondcode="{second}"/>', "refused", f"HTTP 200, codes {first}/{second}")
            for first, second in [(9, 7), (9, 0), (13, 0), (7, 0), (1, 1), (1, 0), (5, 158)]
        ),
        (200, '<r firstcode="5"/>', "refused", "HTTP 200, codes 5/0"),
        (200, '<r firstcode="-1" secondcode="0"/>', "refused", "HTTP 200, codes -1/0"),
        # a code counts whatever the status; without one the status decides
        (500, GOOD, "delivered", "HTTP 500, codes 0/0"),
        (400, f'<r firstcode="2" secondcode="1"/>{XML}', "refused", "HTTP 400, codes 2/1"),
        (204, "", "delivered", "HTTP 204"),
        (500, "error", "no answer", "HTTP 500"),
        (404, "", "no answer", "HTTP 404"),
        (302, "", "no answer", "HTTP 302"),
        (503, "firstcode", "no answer", "HTTP 503"),
    ],
)
def test_an_acknowledgement_is_read_tolerantly(status: int, body: str, verdict: str, answer: str) -> None:
    """P 12.14: found by a tolerant search; neither billnumber nor packetdate need be echoed."""
    reply = read_reply(status, body.encode())
    assert (reply.verdict, reply.answer) == (verdict, answer)


def test_the_encoding_of_an_acknowledgement_does_not_matter() -> None:
    """P 12.14: windows-1251, or bytes that are no text at all."""
    text = f"<?xml version='1.0' encoding='windows-1251'?><r note='{'Ж' * 9}' firstcode='0'/>"
    assert read_reply(200, text.encode("cp1251")).verdict is DeliveryVerdict.DELIVERED
    assert read_reply(200, b"\xff\xfe\x00firstcode='9'\x80").verdict is DeliveryVerdict.REFUSED


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_acknowledgement_raises_and_none_is_repeated_in_the_record(status: int, body: bytes) -> None:
    """House rule 8: the record holds status and codes, never the body."""
    reply = read_reply(status, body + b"firstcode='0' a secret")
    assert reply.answer.startswith(f"HTTP {status}")
    assert "secret" not in reply.answer
    assert len(reply.answer) < 40


def test_a_huge_acknowledgement_is_searched_in_linear_time() -> None:
    """House rule 12: 64 KiB of near misses."""
    for body in (b"firstcode" + b" " * 65_000, b"firstcode=" * 6_500, b"firstcode \n" * 6_000):
        assert read_reply(200, body).answer == "HTTP 200"


def test_the_retry_plan_is_eight_repeats_within_four_hours() -> None:
    """P 4.2: 1, 2, 5, 10, 20, 40, 60, 90 minutes."""
    assert [pause.total_seconds() / 60 for pause in REPEAT_AFTER] == [1, 2, 5, 10, 20, 40, 60, 90]
    assert sum(REPEAT_AFTER, timedelta()) < timedelta(hours=4)
    assert [repeat_after(attempts) for attempts in range(1, 9)] == list(REPEAT_AFTER)
    assert repeat_after(9) is repeat_after(10) is repeat_after(1000) is None
