"""The ports that the stack's processes take, all on loopback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from oneclick.errors import SettingsError
from oneclick.networks import port_is_free

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The ports on which the stack's processes listen, all on loopback."""

    gateway: int
    shop: int
    control: int
    iso: int

    @classmethod
    def choose(cls, gateway: int) -> "Ports":
        """The asked port and the three after it, as far as they are free; 0 asks for any. Raises ``SettingsError``."""
        if gateway and not port_is_free(HOST, gateway):
            message = f"port {gateway} is taken: choose another one with --port (0: any free one)"
            raise SettingsError(message)
        wished = [gateway + step if gateway else 0 for step in range(4)]
        with _reserved(wished) as ports:
            return cls(*ports)


@contextmanager
def _reserved(wished: list[int]) -> Iterator[list[int]]:
    """Free ports, the wished ones where they are free; held together, so that no two are the same."""
    sockets = []
    try:
        for port in wished:
            held = socket.socket()
            sockets.append(held)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((HOST, port if port_is_free(HOST, port) else 0))
        yield [held.getsockname()[1] for held in sockets]
    finally:
        for held in sockets:
            held.close()
