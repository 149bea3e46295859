"""Pure rules of orders and operations: requests, signatures, lives, answer codes."""
