"""The options of the acquirer link: where the acquirer is, keys and files, and the link's bounds."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from oneclick.errors import SettingsError

MAC_KEY_BYTES_MIN = 16


@dataclass(frozen=True)
class TlsFiles:
    """The PEM files of the link: whom we trust, and our client certificate with its key."""

    ca: Path
    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The certificates and the key, read. Raises ``SettingsError`` when they can't be."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            context.load_cert_chain(self.certificate, self.key)
        except OSError:
            message = "the acquirer link's TLS files can't be read: check the CA, certificate and key paths"
            raise SettingsError(message) from None
        return context


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """The acquirer's place on the network, and the link's bounds in seconds, messages and bytes.

    ``in_flight_max`` is for the whole link; buffers are for each connection. With ``standby`` there are two of them.
    Raises ``SettingsError`` when the MAC key is shorter than 16 bytes.
    """

    host: str
    port: int
    mac_key: bytes = field(repr=False)
    standby: bool = True
    network_terminal_id: str = "NETMGMT1"
    in_flight_max: int = 1000
    frame_bytes_max: int = 4096
    send_buffer_bytes: int = 65536
    write_buffer_bytes_max: int = 262_144
    connect_timeout_s: float = 10.0
    sign_on_timeout_s: float = 10.0
    write_timeout_s: float = 5.0
    stop_timeout_s: float = 5.0
    echo_silence_s: float = 60.0
    reconnect_pause_first_s: float = 0.5
    reconnect_pause_max_s: float = 30.0
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        if len(self.mac_key) < MAC_KEY_BYTES_MIN:
            message = f"the acquirer link's MAC key is shorter than {MAC_KEY_BYTES_MIN} bytes"
            raise SettingsError(message)
