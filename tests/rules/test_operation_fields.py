"""P 5.4, 5.8, 12.16: what shops are told of an operation, field by field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from oneclick.assist.operation_fields import (
    NOTIFICATION_FIELDS,
    NOTIFICATION_SIGNED_FIELDS,
    SERVICE_FIELDS,
    OperationFacts,
    operation_texts,
)
from oneclick.card import Brand
from oneclick.languages import Language
from oneclick.money import Money
from oneclick.payments.lives import OperationKind

FACTS = OperationFacts(
    merchant_id=123456,
    order_number="A-1",
    billnumber=5_000_000_000_000_001,
    operation_number=2,
    order_amount=Money(123450, "RUB"),
    order_state="PartialCanceled",
    order_created_at=datetime(2031, 7, 15, 14, 59, tzinfo=timezone(timedelta(hours=3))),
    parameters={"OrderComment": "Books & co", "Firstname": "Anna", "Lastname": "Petrova", "Email": "a@b.c"},
    language=Language.EN,
    kind=OperationKind.CANCEL,
    amount=Money(100050, "RUB"),
    brand=Brand.MASTERCARD,
    card_mask="555555******4444",
    card_expiry="07/31",
    cardholder="ANNA PETROVA",
    as_code="AS000",
    authorisation_id="123456",
    rrn="119612000001",
    client_ip="192.0.2.7",
    answered_at=datetime(2031, 7, 15, 12, 0, 2, tzinfo=UTC),
    packet_at=datetime(2031, 7, 15, 12, 5, tzinfo=UTC),
    test_mode=True,
)


def test_e5_a_service_answers_the_fields_of_the_protocol_in_its_order() -> None:
    """E5, P 5.4, 5.8: name by name; what the gateway doesn't know is an empty text."""
    assert list(operation_texts(FACTS, SERVICE_FIELDS).items()) == [
        ("ordernumber", "A-1"),
        ("responsecode", "AS000"),
        ("recommendation", "Nothing else is needed from you."),
        ("message", "Operation completed successfully"),
        ("ordercomment", "Books & co"),
        ("orderdate", "15.07.2031 11:59:00"),
        ("amount", "1000.50"),
        ("currency", "RUB"),
        ("meantype_id", "2"),
        ("meantypename", "MasterCard"),
        ("meannumber", "555555******4444"),
        ("lastname", "Petrova"),
        ("firstname", "Anna"),
        ("middlename", ""),
        ("issuebank", ""),
        ("email", "a@b.c"),
        ("bankcountry", ""),
        ("rate", "1"),
        ("approvalcode", "123456"),
        ("meansubtype", ""),
        ("cardholder", "ANNA PETROVA"),
        ("cardexpirationdate", "07/31"),
        ("ipaddress", "192.0.2.7"),
        ("protocolname", "NET"),
        ("testmode", "1"),
        ("customermessage", "The money is on its way back to the card."),
        ("orderstate", "PartialCanceled"),
        ("processingname", ""),
        ("operationtype", "300"),
        ("billnumber", "5000000000000001.2"),
        ("orderamount", "1234.50"),
        ("ordercurrency", "RUB"),
        ("slipno", "119612000001"),
        ("packetdate", "15.07.2031 12:05:00"),
        ("signature", ""),
    ]


def test_an_open_operation_is_told_without_an_approval_or_a_date_of_its_end() -> None:
    """P 5.4: in process, in the words of its code."""
    facts = replace(FACTS, as_code="AS300", kind=OperationKind.CHARGE, authorisation_id=None, answered_at=None)
    names = ("responsecode", "message", "operationtype", "approvalcode", "operationdate")
    assert operation_texts(facts, names) == {
        "responsecode": "AS300",
        "message": "Operation in process",
        "operationtype": "200",
        "approvalcode": "",
        "operationdate": "",
    }


def test_each_answer_names_a_field_once_and_all_of_them_are_known() -> None:
    """A name that the table hasn't would fail at a shop's request, not before."""
    for names in (NOTIFICATION_FIELDS, SERVICE_FIELDS):
        assert tuple(operation_texts(FACTS, names)) == names
    assert set(NOTIFICATION_SIGNED_FIELDS) < set(NOTIFICATION_FIELDS)
    with pytest.raises(KeyError, match="cardnumber"):
        operation_texts(FACTS, ("cardnumber",))
