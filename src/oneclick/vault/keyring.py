"""The keys of an installation, in one file that is neither in the repository nor in the database.

The file is JSON and readable by its owner alone. Card keys carry a version, so that a new one can be added while
older cards stay readable. Source: docs/rules.md B4; SECURITY.md.
"""

import base64
import json
import secrets
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from oneclick.errors import SettingsError
from oneclick.secret_files import read_secret_file, write_secret_file

_KEY_BYTES = 32


def _of_32_bytes(key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        message = "a key has 32 bytes"
        raise ValueError(message)
    return key


Key = Annotated[Base64Bytes, AfterValidator(_of_32_bytes)]


class Keyring(BaseModel):
    """Keys of 32 bytes, one for each purpose; none of them shows in ``repr``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    format: Literal["oneclick-keys-1"]
    card_keys: Annotated[dict[Annotated[int, Field(ge=1)], Key], Field(min_length=1, repr=False)]
    fingerprint_key: Annotated[Key, Field(repr=False)]
    secret_word_key: Annotated[Key, Field(repr=False)]
    link_key: Annotated[Key, Field(repr=False)]

    def __repr__(self) -> str:
        return "Keyring(***)"

    def __str__(self) -> str:
        return repr(self)

    @property
    def card_key_version(self) -> int:
        """The version that new cards are sealed under: the highest."""
        return max(self.card_keys)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a key file. Raises ``SettingsError`` if it is missing, open to others or not a key file."""
        content = read_secret_file(path)
        try:
            return cls.model_validate_json(content)
        except ValidationError:
            message = (
                f"{path} is not a key file: put its copy back, since other keys open no card that is kept;"
                " a new installation makes one with 'oneclick keys generate FILE'"
            )
            raise SettingsError(message) from None


def generate_key_file(path: Path) -> None:
    """Writes a new key file, mode 0600. Raises ``SettingsError`` if the file is there already: keys are never lost."""
    keys = {
        "format": "oneclick-keys-1",
        "card_keys": {"1": _new_key()},
        "fingerprint_key": _new_key(),
        "secret_word_key": _new_key(),
        "link_key": _new_key(),
    }
    write_secret_file(path, json.dumps(keys, indent=2).encode())


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
