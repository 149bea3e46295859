"""Files that hold a secret: readable by their owner alone, written whole or not at all."""

import os
from pathlib import Path

from oneclick.errors import SettingsError


def read_secret_file(path: Path) -> bytes:
    """The bytes of a file that holds a secret.

    Raises ``SettingsError`` if it can't be read, or if others than its owner may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            message = f"{path} can be read by others: run 'chmod 600 {path}'"
            raise SettingsError(message)
        return path.read_bytes()
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}; check the path, and who may read it"
        raise SettingsError(message) from None


def write_secret_file(path: Path, content: bytes) -> None:
    """Writes a secret into a file that only its owner may read, whole or not at all.

    Raises ``SettingsError`` if the file exists or its folder can't be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink()  # it was made here: half a file must not stand in the way of a whole one
            raise
    except FileExistsError:
        message = f"{path} exists already and is left as it is"
        raise SettingsError(message) from None
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise SettingsError(message) from None


def read_mac_key(path: Path) -> bytes:
    """The acquirer link's MAC key: a file of hexadecimal digits. Raises ``SettingsError``."""
    try:
        return bytes.fromhex(read_secret_file(path).decode("ascii").strip())
    except ValueError:
        message = f"{path} is not a MAC key: hexadecimal digits are needed, such as 'openssl rand -hex 32' makes"
        raise SettingsError(message) from None
