"""Use cases of the merchant's and the operator's staff."""
