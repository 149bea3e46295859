"""What payers and shops note down of what they did and were told: in memory, and in a file for who looks later."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Notebook:
    """Notes of one kind each: ``told``, ``asked``, ``gave up``."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self.notes: list[dict[str, Any]] = []

    def write(self, kind: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401  # facts of any kind
        """Adds a note; the facts must fit into JSON."""
        note = {"kind": kind, "at": datetime.now(UTC).isoformat()} | facts
        self.notes.append(note)
        self._file.write(json.dumps(note) + "\n")
        self._file.flush()
        return note

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """All notes of a kind, oldest first."""
        return [note for note in self.notes if note["kind"] == kind]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
