"""What a notification says: the fields in the protocol's order, with the checkvalue. Pure. Source: P 4.2, 12.16."""

from datetime import datetime
from urllib.parse import urlencode

from oneclick.assist.answer_texts import texts_of
from oneclick.assist.as_codes import SYSTEM_ERROR
from oneclick.assist.dates import protocol_date
from oneclick.assist.signature import checkvalue
from oneclick.card import Brand
from oneclick.database.notifications import DueNotification
from oneclick.languages import Language
from oneclick.payments.lives import OperationKind


def notification_fields(
    due: DueNotification, secret_word: str, packet_at: datetime, *, test_mode: bool
) -> dict[str, str]:
    """The form fields by name, in order. What the gateway doesn't know (issuer, 3-D Secure) is an empty text."""
    code = due.as_code or SYSTEM_ERROR
    texts = texts_of(code, Language(due.language), OperationKind(due.kind))
    amount = due.amount.protocol_text
    parameters = due.parameters
    signed = f"{due.merchant_id}{due.order_number}{amount}{due.currency}{due.order_state}"
    return {
        "merchant_id": str(due.merchant_id),
        "ordernumber": due.order_number,
        "billnumber": f"{due.billnumber}.{due.operation_number}",
        "testmode": "1" if test_mode else "0",
        "ordercomment": parameters.get("OrderComment", ""),
        "orderamount": due.order_amount.protocol_text,
        "ordercurrency": due.order_currency,
        "amount": amount,
        "currency": due.currency,
        "rate": "1",
        "firstname": parameters.get("Firstname", ""),
        "lastname": parameters.get("Lastname", ""),
        "middlename": parameters.get("Middlename", ""),
        "email": parameters.get("Email", ""),
        "clientip": due.client_ip,
        "ipaddress": due.client_ip,
        "meantype_id": str(Brand(due.brand).mean_type_id),
        "meantypename": due.brand,
        "meansubtype": "",
        "meannumber": due.card_mask,
        "cardholder": due.cardholder,
        "cardexpirationdate": due.card_expiry,
        "issuebank": "",
        "bankcountry": "",
        "orderdate": protocol_date(due.order_created_at),
        "orderstate": due.order_state,
        "responsecode": code,
        "message": texts.message,
        "customermessage": texts.customer_message,
        "recommendation": texts.recommendation,
        "approvalcode": due.authorisation_id or "",
        "protocoltypename": "NET",
        "processingname": "",
        "operationtype": str(OperationKind(due.kind).operation_type),
        "operationdate": protocol_date(due.answered_at),
        "authresult": "",
        "authrequired": "",
        "slipno": due.rrn,
        "packetdate": protocol_date(packet_at),
        "signature": "",
        "checkvalue": checkvalue(secret_word, signed),
        "token": "",
        "version": "",
        "alphaauthresult": "",
        "challenge": "",
        "eci": "",
    }


def form_body(fields: dict[str, str]) -> bytes:
    """The fields as a form in UTF-8."""
    return urlencode(fields).encode()
