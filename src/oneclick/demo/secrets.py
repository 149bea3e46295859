"""The demo's secrets: made at random at its first start, kept in its folder, readable by its owner alone."""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from oneclick.errors import SettingsError
from oneclick.secret_files import read_secret_file, write_secret_file
from oneclick.vault.keyring import generate_key_file

MERCHANT_ID = 123456
_STRINGS = TypeAdapter(dict[str, str])


@dataclass(frozen=True)
class DemoSecrets:
    """The secrets that the gateway and the bookshop agreed on, and the files of the keys."""

    key_file: Path
    mac_key_file: Path
    secret_word: str = field(repr=False)
    login: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The secrets of a demo's folder, made if they aren't there yet. Raises ``SettingsError`` if one is damaged."""
        key_file, mac_key_file, shared_file = (
            folder / "keys.json",
            folder / "acquirer-mac.key",
            folder / "merchant.json",
        )
        if not key_file.exists():
            generate_key_file(key_file)
        if not mac_key_file.exists():
            write_secret_file(mac_key_file, secrets.token_hex(32).encode())
        if not shared_file.exists():
            shared = {"secret_word": secrets.token_urlsafe(18), "login": "bookshop_ws", "password": _password()}
            write_secret_file(shared_file, json.dumps(shared).encode())
        try:
            shared = _STRINGS.validate_json(read_secret_file(shared_file), strict=True)
            return cls(key_file=key_file, mac_key_file=mac_key_file, **shared)
        except (ValueError, TypeError):
            message = f"{shared_file} is damaged: remove it, and start the demo again"
            raise SettingsError(message) from None


def _password() -> str:
    """20 letters and digits, surely of both kinds (P 0.4)."""
    return f"a1{secrets.token_hex(9)}"
