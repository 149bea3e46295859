"""The demo shop's side of the protocol: what it signs, and what it believes. Source: P 1, 2, 4.2, 5.1."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from oneclick.demo.shop import ShopOptions
from oneclick.demo.shop.orders import Order, Status
from oneclick.demo.shop.protocol import (
    ACCEPTED,
    ANSWER_BYTES_MAX,
    BAD_CHECKVALUE,
    WRONG_ORDER,
    AnswerError,
    FormTexts,
    checkvalue,
    judge_notification,
    notification_answer,
    payment_url,
    read_state,
)

OPTIONS = ShopOptions(
    port=9000,
    shop_url="http://127.0.0.1:9000",
    gateway_url="http://127.0.0.1:8000",
    merchant_id="123456",
    secret_word="secret",
    login="shop_login",
    password="shop_pass1",
    data_file=Path("unused"),
)
ORDER = Order("A-1", "client-42", "tea", "100.50", "RUB", None, None)


def notification(**changed: str) -> dict[str, str]:
    """A rightly signed notification of ORDER, with some fields changed before the signing."""
    fields = {
        "merchant_id": "123456",
        "ordernumber": "A-1",
        "billnumber": "5111111000965142.1",
        "amount": "100.50",
        "currency": "RUB",
        "orderstate": "Approved",
        "packetdate": "23.11.2025 10:00:00",
    } | changed
    signed = "".join(fields[name] for name in ("merchant_id", "ordernumber", "amount", "currency", "orderstate"))
    return {**fields, "checkvalue": checkvalue("secret", signed)}


def answer(*states: str, signed_with: str = "secret", amount: str = "100.50", number: str = "A-1") -> bytes:
    """An orderstate answer with one attempt for each state."""
    attempts = "".join(
        f"<order><ordernumber>{number}</ordernumber><billnumber>511111100096514{index}</billnumber>"
        f"<orderamount>{amount}</orderamount><ordercurrency>RUB</ordercurrency><orderstate>{state}</orderstate>"
        f"<packetdate/><signature/>"
        f"<checkvalue>{checkvalue(signed_with, f'123456{number}{amount}RUB{state}')}</checkvalue></order>"
        for index, state in enumerate(states)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><result firstcode="0" secondcode="0">{attempts}</result>'.encode()


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        ("123456;A-1;100.50;RUB", "1389244E07C0968135921885A0B43BB0"),
        ("123456;A-1;100.50;RUB;client-42", "D0725E8A226689A4831757201991145B"),
        ("123456A-1100.50RUBApproved", "091D35563D10A5E67439E2350BE9CC47"),
    ],
)
def test_the_checkvalue_is_the_protocols(signed: str, expected: str) -> None:
    assert checkvalue("secret", signed) == expected


def test_the_payer_is_sent_with_a_signed_customer_number_and_no_secret() -> None:
    address = urlsplit(payment_url(OPTIONS, ORDER, FormTexts("RU", "Чай")))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "http://127.0.0.1:8000/pay/order.cfm"
    assert parse_qs(address.query, strict_parsing=True) == {
        "Merchant_ID": ["123456"],
        "OrderNumber": ["A-1"],
        "OrderAmount": ["100.50"],
        "OrderCurrency": ["RUB"],
        "CustomerNumber": ["client-42"],
        "Checkvalue": ["D0725E8A226689A4831757201991145B"],
        "Language": ["RU"],
        "OrderComment": ["Чай"],
        "URL_RETURN_OK": ["http://127.0.0.1:9000/ok"],
        "URL_RETURN_NO": ["http://127.0.0.1:9000/no"],
    }


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["Approved"], "Approved"),
        (["In Process"], "In Process"),
        (["Declined", "Approved"], "Approved"),
        (["Declined", "In Process"], "In Process"),
        (["Timeout"], "Timeout"),
        ([], None),
    ],
)
def test_the_best_attempt_is_the_orders_state(states: list[str], expected: str | None) -> None:
    assert read_state(OPTIONS, ORDER, answer(*states)) == expected


def test_an_order_that_the_gateway_does_not_know_has_no_state() -> None:
    assert read_state(OPTIONS, ORDER, b'<result firstcode="10" secondcode="201" count="0"/>') is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(answer("Approved", signed_with="other"), id="signed by another"),
        pytest.param(answer("Approved").replace(b"Approved", b"Declined"), id="changed after signing"),
        pytest.param(answer("Approved", amount="1.00"), id="another amount"),
        pytest.param(answer("Approved", number="A-2"), id="another order"),
        pytest.param(answer("Wonderful"), id="an unknown state"),
        pytest.param(answer("Approved").replace(b"RUB", b"USD"), id="another currency"),
        pytest.param(b'<result firstcode="7" secondcode="141" count="0"/>', id="an error"),
        pytest.param(b"<result/>", id="no codes"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html><p>Bad gateway", id="no XML"),
        pytest.param(b"\xff\xfe<\x00", id="no UTF-8"),
        pytest.param(b'<!DOCTYPE r [<!ENTITY a "b">]><result firstcode="0" secondcode="0"/>', id="entities"),
        pytest.param(answer("Approved") + b" " * ANSWER_BYTES_MAX, id="too long"),
    ],
)
def test_an_answer_that_proves_nothing_is_not_believed(body: bytes) -> None:
    with pytest.raises(AnswerError) as raised:
        read_state(OPTIONS, ORDER, body)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(notification(), ACCEPTED, id="right"),
        pytest.param(notification(orderstate="Declined"), ACCEPTED, id="a decline"),
        pytest.param(notification(orderstate="PartialCanceled", amount="50.00"), ACCEPTED, id="a part given back"),
        pytest.param(notification() | {"checkvalue": notification()["checkvalue"].lower()}, ACCEPTED, id="lower case"),
        pytest.param(notification() | {"checkvalue": "0" * 32}, BAD_CHECKVALUE, id="a wrong checkvalue"),
        pytest.param(notification() | {"checkvalue": "ё"}, BAD_CHECKVALUE, id="no ASCII"),
        pytest.param(notification() | {"orderstate": "Declined"}, BAD_CHECKVALUE, id="changed after signing"),
        pytest.param({}, BAD_CHECKVALUE, id="nothing"),
        pytest.param(notification(amount="1.00"), WRONG_ORDER, id="another amount"),
        pytest.param(notification(currency="USD"), WRONG_ORDER, id="another currency"),
        pytest.param(notification(orderstate="Wonderful"), WRONG_ORDER, id="an unknown state"),
        pytest.param(notification(merchant_id="654321"), WRONG_ORDER, id="another merchant"),
        pytest.param(notification(merchant_id="12345", ordernumber="6A-1"), WRONG_ORDER, id="cut another way"),
    ],
)
def test_a_notification_is_judged(fields: dict[str, str], expected: tuple[int, int]) -> None:
    assert judge_notification(OPTIONS, fields, ORDER) == expected


def test_a_notification_of_no_order_of_ours_is_refused() -> None:
    assert judge_notification(OPTIONS, notification(), None) == WRONG_ORDER


def test_an_acknowledgement_echoes_bill_and_date_and_a_refusal_nothing() -> None:
    fields = notification(billnumber='51<"&\n>')
    assert notification_answer(ACCEPTED, fields) == (
        '<?xml version="1.0" encoding="UTF-8"?><pushpaymentresult firstcode="0" secondcode="0"><order>'
        "<billnumber>51&lt;&quot;&amp;&gt;</billnumber><packetdate>23.11.2025 10:00:00</packetdate>"
        "</order></pushpaymentresult>"
    )
    assert notification_answer(BAD_CHECKVALUE, fields) == (
        '<?xml version="1.0" encoding="UTF-8"?><pushpaymentresult firstcode="9" secondcode="7"></pushpaymentresult>'
    )


@pytest.mark.parametrize(
    ("notified", "asked", "status"),
    [
        (None, None, Status.WAITING),
        (None, "In Process", Status.WAITING),
        (None, "Approved", Status.CONFIRMING),
        ("Approved", None, Status.CONFIRMING),
        ("Approved", "In Process", Status.CONFIRMING),
        ("Declined", "Approved", Status.CONFIRMING),
        ("Approved", "Approved", Status.PAID),
        ("Approved", "Declined", Status.DECLINED),
        (None, "Declined", Status.DECLINED),
        ("Declined", None, Status.WAITING),
        (None, "Timeout", Status.EXPIRED),
        ("Approved", "Canceled", Status.CANCELED),
    ],
)
def test_paid_means_told_and_asked(notified: str | None, asked: str | None, status: Status) -> None:
    order = Order("A-1", "client-42", "tea", "100.50", "RUB", notified, asked)
    assert order.status is status


def test_options_show_no_secret() -> None:
    assert "secret'" not in repr(OPTIONS)
    assert "shop_pass1" not in repr(OPTIONS)
