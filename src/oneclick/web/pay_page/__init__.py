"""The hosted payment page, for payers."""
