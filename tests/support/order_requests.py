"""A good payment request, every parameter with its second code, and how the tests read them."""

from oneclick.assist.codes import CODES, Codes
from oneclick.assist.order_request import OrderRequest, read_order_request
from oneclick.outcome import Refused

GOOD = {"Merchant_ID": "123456", "OrderNumber": "A-1", "OrderAmount": "100.50", "OrderCurrency": "RUB"}
MEANS = ("CardPayment", "YMPayment", "FastPayPayment")
SECOND_CODES = {
    "Merchant_ID": 100,
    "OrderNumber": 107,
    "OrderAmount": 108,
    "OrderCurrency": 105,
    "CustomerNumber": 202,
    "Delay": 109,
    "Language": 127,
    "Checkvalue": 158,
    "Signature": 158,
    "RecurringIndicator": 320,
    "ChequeItems": 179,
    "Disable3DS": 0,
    "Prepayment": 108,
    "OrderMaxPoints": 108,
    "OrderComment": 110,
    "Lastname": 117,
    "Firstname": 118,
    "Middlename": 119,
    "Email": 120,
    "Address": 121,
    "HomePhone": 122,
    "WorkPhone": 122,
    "MobilePhone": 122,
    "Fax": 122,
    "Country": 128,
    "State": 124,
    "City": 123,
    "Zip": 125,
    "URL_RETURN": 154,
    "URL_RETURN_OK": 154,
    "URL_RETURN_NO": 154,
    "CardPayment": 218,
    "YMPayment": 218,
    "WMPayment": 218,
    "QIWIPayment": 218,
    "QIWIMtsPayment": 218,
    "QIWIMegafonPayment": 218,
    "QIWIBeelinePayment": 218,
    "AssistIDPayment": 218,
    "ERIPPayment": 218,
    "ApplePayPayment": 218,
    "GooglePayPayment": 218,
    "SamsungPayPayment": 218,
    "MirPayPayment": 218,
    "FastPayPayment": 218,
    "RecurringMinAmount": 108,
    "RecurringMaxAmount": 108,
    "RecurringPeriod": 0,
    "RecurringMaxDate": 0,
    "TestMode": 212,
    "PaymentMode": 177,
    "MobileDevice": 0,
    "ListParameters": 0,
    "TaxationSystem": 179,
    "FPMode": 179,
}


def read(changes: dict[str, str] | None = None, *, without: str = "") -> OrderRequest | Codes:
    values = GOOD | (changes or {})
    values.pop(without, None)
    return read_order_request(values.items())


def code(result: OrderRequest | Codes) -> str:
    """The refusal's code, of the reading or else of the amount."""
    if isinstance(result, OrderRequest):
        amount = result.amount("RUB")
        return str(CODES[amount.reason]) if isinstance(amount, Refused) else "accepted"
    return str(result)


def accepted(result: OrderRequest | Codes) -> OrderRequest:
    assert isinstance(result, OrderRequest), result
    return result
