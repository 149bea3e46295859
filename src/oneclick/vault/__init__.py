"""The vault, where card numbers are kept: sealed one by one, opened only for an authorisation (B4, C5)."""
