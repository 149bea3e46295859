"""P 4.2, 12.15, 12.16: what a notification says."""
# Russian texts are Russian letters

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest

from oneclick.card import Brand
from oneclick.database.notifications import DueNotification
from oneclick.languages import Language
from oneclick.notifications.message import form_body, notification_fields
from oneclick.payments.lives import OperationKind, OrderState
from oneclick.use_cases.upkeep.deliver_notifications import facts_of

WORD = "a secret word"
DUE = DueNotification(
    customer_base_id=1,
    billnumber=5_000_000_000_000_001,
    operation_number=1,
    attempts=1,
    created_at=datetime(2031, 7, 15, 12, 0, 2, tzinfo=UTC),
    merchant_id=123456,
    secret_word_sealed=b"",
    notification_url="https://shop.example/push",
    order_number="A-1",
    order_amount_minor=123450,
    order_currency="RUB",
    order_state=OrderState.APPROVED,
    order_created_at=datetime(2031, 7, 15, 14, 59, tzinfo=timezone(timedelta(hours=3))),
    language=Language.EN,
    parameters={"OrderComment": "Books & co", "Firstname": "Anna", "Lastname": "Petrova", "Email": "a@b.c"},
    amount_minor=100050,
    currency="RUB",
    kind=OperationKind.PAYMENT,
    brand=Brand.MASTERCARD,
    card_mask="555555******4444",
    card_expiry="07/31",
    cardholder="ANNA PETROVA",
    as_code="AS000",
    authorisation_id="123456",
    rrn="119612000001",
    client_ip="192.0.2.7",
    answered_at=datetime(2031, 7, 15, 12, 0, 2, tzinfo=UTC),
)
PACKET_AT = datetime(2031, 7, 15, 12, 5, tzinfo=UTC)


def told(due: DueNotification = DUE, *, test_mode: bool = False) -> dict[str, str]:
    return notification_fields(facts_of(due, PACKET_AT, test_mode=test_mode), WORD)


def checkvalue(text: str) -> str:
    """P 4.2, written anew."""
    inner = "".join(hashlib.md5(part.encode(), usedforsecurity=False).hexdigest() for part in (WORD, text)).upper()
    return hashlib.md5(inner.encode(), usedforsecurity=False).hexdigest().upper()


def test_the_fields_are_those_of_the_protocol_in_its_order() -> None:
    """P 12.16: name by name; what the gateway doesn't know is an empty text."""
    assert list(told().items()) == [
        ("merchant_id", "123456"),
        ("ordernumber", "A-1"),
        ("billnumber", "5000000000000001.1"),
        ("testmode", "0"),
        ("ordercomment", "Books & co"),
        ("orderamount", "1234.50"),
        ("ordercurrency", "RUB"),
        ("amount", "1000.50"),
        ("currency", "RUB"),
        ("rate", "1"),
        ("firstname", "Anna"),
        ("lastname", "Petrova"),
        ("middlename", ""),
        ("email", "a@b.c"),
        ("clientip", "192.0.2.7"),
        ("ipaddress", "192.0.2.7"),
        ("meantype_id", "2"),
        ("meantypename", "MasterCard"),
        ("meansubtype", ""),
        ("meannumber", "555555******4444"),
        ("cardholder", "ANNA PETROVA"),
        ("cardexpirationdate", "07/31"),
        ("issuebank", ""),
        ("bankcountry", ""),
        ("orderdate", "15.07.2031 11:59:00"),
        ("orderstate", "Approved"),
        ("responsecode", "AS000"),
        ("message", "Operation completed successfully"),
        ("customermessage", "The payment went through."),
        ("recommendation", "Nothing else is needed from you."),
        ("approvalcode", "123456"),
        ("protocoltypename", "NET"),
        ("processingname", ""),
        ("operationtype", "100"),
        ("operationdate", "15.07.2031 12:00:02"),
        ("authresult", ""),
        ("authrequired", ""),
        ("slipno", "119612000001"),
        ("packetdate", "15.07.2031 12:05:00"),
        ("signature", ""),
        ("checkvalue", checkvalue("123456A-11000.50RUBApproved")),
        ("token", ""),
        ("version", ""),
        ("alphaauthresult", ""),
        ("challenge", ""),
        ("eci", ""),
    ]


@pytest.mark.parametrize(
    ("changes", "signed"),
    [
        ({}, "123456A-11000.50RUBApproved"),
        ({"amount_minor": 1}, "123456A-10.01RUBApproved"),
        ({"amount_minor": 1000}, "123456A-110.00RUBApproved"),
        ({"order_state": "Declined", "as_code": "AS102", "authorisation_id": None}, "123456A-11000.50RUBDeclined"),
        ({"currency": "EUR"}, "123456A-11000.50EURApproved"),
        ({"currency": "JPY", "amount_minor": 500}, "123456A-1500JPYApproved"),
        ({"order_number": "\u0416-1 & 2"}, "123456\u0416-1 & 21000.50RUBApproved"),
    ],
)
def test_the_checkvalue_is_over_the_operations_amount(changes: dict[str, object], signed: str) -> None:
    """P 4.2, 12.15: merchant_id, ordernumber, amount, currency, orderstate, without delimiters."""
    due = replace(DUE, **changes)  # type: ignore[arg-type]
    fields = told(due)
    assert fields["checkvalue"] == checkvalue(signed)
    names = ("merchant_id", "ordernumber", "amount", "currency", "orderstate")
    assert "".join(fields[name] for name in names) == signed


def test_a_decline_is_told_with_its_code_and_without_an_approval() -> None:
    """P 6.3, 6.4; the texts are in the order's language."""
    declined = replace(
        DUE, order_state=OrderState.DECLINED, as_code="AS102", authorisation_id=None, language=Language.RU
    )
    fields = told(declined)
    assert (fields["orderstate"], fields["responsecode"], fields["approvalcode"]) == ("Declined", "AS102", "")
    assert fields["message"] == "Отказ: недостаточно средств"
    assert told(replace(declined, as_code=None))["responsecode"] == "AS998"


def test_a_test_payment_says_so() -> None:
    """P 4.2: shops must not ship goods for testmode=1."""
    assert told(test_mode=True)["testmode"] == "1"


@pytest.mark.parametrize("brand", Brand)
def test_each_brand_is_told_by_name_and_number(brand: Brand) -> None:
    """P 7."""
    fields = told(replace(DUE, brand=brand))
    assert (fields["meantypename"], fields["meantype_id"]) == (brand.value, str(brand.mean_type_id))


def test_the_body_is_a_form_in_utf_8() -> None:
    """P 4.2: what a shop reads is what was meant, whatever a text holds; no line break can slip in."""
    due = replace(DUE, parameters={"OrderComment": "\u041a\u043d\u0438\u0433\u0438 & \r\nx=1;+%", "Lastname": "O Neil"})
    body = form_body(told(due))
    assert dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)) == told(due)
    assert b"\n" not in body


def test_b9_no_more_than_six_and_four_digits_are_told() -> None:
    """B9, B4."""
    assert told()["meannumber"] == "555555******4444"
    assert WORD not in form_body(told()).decode()
    assert "cvc" not in form_body(told()).decode().lower()
