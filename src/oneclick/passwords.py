"""Passwords of web services: kept as Argon2id hashes.

The cost is the lower one of RFC 9106's neighbours (19 MiB, 2 passes): shops ask for states often, and their passwords
are long and random.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Hashes and checks passwords. Each check takes some 20 ms of one processor: call it off the event loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash of a password, to be stored."""
        return self._hasher.hash(password)

    def hold(self, password_hash: str | None, password: str) -> bool:
        """True if the password is the hashed one. Without a hash it takes the same time and is False."""
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None
