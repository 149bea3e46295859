"""Identifiers of orders, operations and customers: the same in each statement, rule and door."""

from dataclasses import dataclass

# A payment is the first operation of its order, and there is never a second one: a new try is a new order (P 6.1).
PAYMENT_NUMBER = 1

# A message's trace number has six digits (ISO field 11).
STAN_MAX = 999_999


@dataclass(frozen=True)
class OrderId:
    """The key of an order: its customer base, then its billnumber."""

    customer_base_id: int
    billnumber: int


@dataclass(frozen=True)
class OperationId:
    """The key of an operation: its order, then its number within the order."""

    order_id: OrderId
    number: int = PAYMENT_NUMBER


@dataclass(frozen=True)
class CustomerId:
    """The key of a customer: its customer base, then the merchant's CustomerNumber (C1)."""

    customer_base_id: int
    customer_number: str
