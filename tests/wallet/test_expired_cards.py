"""B10, on the hot path: a kept card whose last day is over at the merchant's."""

from datetime import UTC, datetime
from pathlib import Path

from oneclick.database.pool import Pool
from oneclick.outcome import Reason, Refused
from oneclick.vault.keyring import Keyring
from support.bench import Choice, bench


async def test_b10_an_expired_card_cannot_be_paid_with_by_its_id(pool: Pool, keyring: Keyring, tmp_path: Path) -> None:
    """B10: the id still stands in old pages: it pays up to the last minute of its month, and is refused after it."""
    async with bench(pool, keyring, tmp_path) as room:
        await room.paid()
        (card_id,) = await room.cards()
        room.clock.moment = datetime(2031, 12, 31, 20, 59, tzinfo=UTC)  # 23:59 in Moscow
        assert await room.ended(Choice(saved=card_id)) == ("approved", "AS000")
        room.clock.moment = datetime(2031, 12, 31, 21, 0, tzinfo=UTC)
        asked = await room.asked_acquirer()
        order_id, refused = await room.paid(Choice(saved=card_id))
        assert refused == Refused(Reason.CARD_EXPIRED)
        assert (await room.shown(order_id)).payment is None
        assert await room.asked_acquirer() == asked
        offer = (await room.shown(order_id)).offer
        assert ([card.card_id for card in offer.cards], [card.card_id for card in offer.expired]) == ([], [card_id])
