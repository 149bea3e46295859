"""B4: the key file: made once, open to its owner alone, never lost."""

import json
import os
import resource
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rich.pretty import pretty_repr

from oneclick.card import CardData, CardNumber, Expiry
from oneclick.errors import SettingsError
from oneclick.secret_files import write_secret_file
from oneclick.vault.envelope import Place, open_card, seal_card
from oneclick.vault.keyring import Keyring, generate_key_file

NEW_KEY = "q" * 43 + "="
CARD = CardData(CardNumber("4111111111111111"), Expiry(2031, 7), "A PAYER")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    generate_key_file(tmp_path / "keys.json")
    return tmp_path / "keys.json"


def rewritten(path: Path, changes: dict[str, Any]) -> Path:
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))
    return path


def test_b4_a_new_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """B4: mode 0600; five different keys of 32 bytes."""
    before = os.umask(0)
    try:
        generate_key_file(tmp_path / "keys.json")
    finally:
        os.umask(before)
    assert (tmp_path / "keys.json").stat().st_mode & 0o7777 == 0o600
    keyring = Keyring.read(tmp_path / "keys.json")
    keys = {*keyring.card_keys.values(), keyring.fingerprint_key, keyring.secret_word_key, keyring.link_key}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert keyring.card_key_version == 1


def test_b4_two_key_files_have_nothing_in_common(tmp_path: Path) -> None:
    """B4: keys are made at random."""
    for name in ("a", "b"):
        generate_key_file(tmp_path / name)
    first, second = (Keyring.read(tmp_path / name) for name in ("a", "b"))
    assert first.card_keys[1] != second.card_keys[1]
    assert first.fingerprint_key != second.fingerprint_key


def test_b4_a_key_file_is_never_overwritten(path: Path) -> None:
    """B4: losing it loses every card."""
    before = path.read_bytes()
    with pytest.raises(SettingsError, match=r"exists already and is left as it is$"):
        generate_key_file(path)
    assert path.read_bytes() == before
    link = path.with_name("link")
    link.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(SettingsError, match=r"exists already"):
        generate_key_file(link)
    assert not path.with_name("elsewhere").exists()


def test_b4_a_key_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """B4: a full disk leaves no half of a file, which could not be replaced."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))  # what a full disk does, for this process
    try:
        with pytest.raises(SettingsError, match=r"can't be written: File too large$"):
            write_secret_file(tmp_path / "keys.json", b"k" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    write_secret_file(tmp_path / "keys.json", b"k" * 100)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message says what is wrong."""
    with pytest.raises(SettingsError, match=r"can't be written: No such file or directory$"):
        generate_key_file(tmp_path / "none" / "keys.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "oneclick-keys-2"},
        {"format": None},
        {"card_keys": {}},
        {"card_keys": {"one": NEW_KEY}},
        {"card_keys": {"1": "dG9vIHNob3J0"}},
        {"card_keys": None},
        {"fingerprint_key": None},
        {"fingerprint_key": "not base64 v4lue"},
        {"secret_word_key": 5},
        {"link_key": ""},
        {"another_key": NEW_KEY},
    ],
)
def test_b4_a_wrong_key_file_is_refused_without_its_content(path: Path, changes: dict[str, Any]) -> None:
    """B4: missing, short or unknown keys; the message names the file alone."""
    with pytest.raises(SettingsError, match=f"^{path} is not a key file: put its copy back, "):
        Keyring.read(rewritten(path, changes))


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"{", b'{"format": "oneclick-keys-1"'])
def test_b4_what_is_no_json_is_refused(path: Path, content: bytes) -> None:
    """B4."""
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"is not a key file"):
        Keyring.read(path)


def test_b4_a_key_file_open_to_others_is_refused(path: Path) -> None:
    """B4: mode 0600."""
    path.chmod(0o640)
    with pytest.raises(SettingsError, match=r"can be read by others"):
        Keyring.read(path)


def test_b4_keys_do_not_show(keyring: Keyring) -> None:
    """House rule 7: in no form that people print."""
    for shown in (repr(keyring), str(keyring), f"{keyring}", pretty_repr(keyring), f"{[keyring]}"):
        for key in (*keyring.card_keys.values(), keyring.fingerprint_key, keyring.secret_word_key, keyring.link_key):
            assert repr(key)[2:12] not in shown


def test_b4_old_cards_still_open_after_a_new_key_was_added(path: Path) -> None:
    """B4: new cards are sealed under the highest version, cards of older ones stay readable."""
    old = Keyring.read(path)
    place = Place(7, "client-42", UUID(int=1), old.card_key_version)
    sealed = seal_card(old, CARD, place)
    both = Keyring.read(rewritten(path, {"card_keys": {"2": NEW_KEY, **json.loads(path.read_text())["card_keys"]}}))
    assert (old.card_key_version, both.card_key_version) == (1, 2)
    assert open_card(both, sealed, place) == CARD
    new_place = Place(7, "client-42", UUID(int=2), both.card_key_version)
    assert open_card(both, seal_card(both, CARD, new_place), new_place) == CARD
