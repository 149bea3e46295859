"""IP networks and ports of this machine: which addresses are trusted or allowed, which port is free."""

import ipaddress
import socket

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(text: str) -> tuple[Network, ...]:
    """The networks in a text such as ``127.0.0.1/32, 10.0.0.0/8``; raises ``ValueError`` if one isn't a network."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def port_is_free(host: str, port: int) -> bool:
    """True if no process listens on the port of that address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
