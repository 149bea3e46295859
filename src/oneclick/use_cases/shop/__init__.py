"""Use cases of a merchant's program, through the protocol."""
