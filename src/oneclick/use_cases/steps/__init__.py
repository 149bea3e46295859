"""Steps of a payment, an operation or a customer's change that several use cases share."""
