"""Use cases of a payer on the payment page."""
