"""Waits until everything has an end: operations, orders whose time is over, notifications."""

import asyncio
import time

import psycopg
from rich.console import Console

_SETTLED_WITHIN_S = 200.0
_LOOKS_EVERY_S = 0.5
_SAYS_EVERY_S = 10.0
_OPEN = {
    "operations without an end": "SELECT count(*) FROM operation WHERE state IN ('sent', 'unknown', 'reversing')",
    "orders in process": "SELECT count(*) FROM payment_order WHERE state = 'In Process'",
    "notifications due": "SELECT count(*) FROM notification WHERE state = 'due'",
}


async def settle(database_url: str, console: Console) -> float | None:
    """How many seconds it took; None if something is still open when the bound is reached."""
    begun = said = time.monotonic()
    while True:
        left = await asyncio.to_thread(_left, database_url)
        if not any(left.values()):
            return time.monotonic() - begun
        if time.monotonic() - begun > _SETTLED_WITHIN_S:
            return None
        if time.monotonic() - said > _SAYS_EVERY_S:
            said = time.monotonic()
            console.print(f"settling, {said - begun:.0f} s: {_words(left)}", highlight=False)
        await asyncio.sleep(_LOOKS_EVERY_S)


def _left(database_url: str) -> dict[str, int]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = {what: connection.execute(statement).fetchone() for what, statement in _OPEN.items()}
    return {what: row[0] if row else 0 for what, row in found.items()}


def _words(left: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in left.items() if count)
