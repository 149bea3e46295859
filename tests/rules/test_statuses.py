"""C2, C4, C5: the moves of a stored card are one table, with who may make them."""

from itertools import product

import pytest

from oneclick.errors import MoveError
from oneclick.one_click.statuses import CARD_LIFE, Actor, CardStatus

ALLOWED = {
    ("Member", "Expired", "system"),
    ("Member", "Fraud", "system"),
    ("Expired", "Member", "system"),
    ("Expired", "Fraud", "system"),
    *product(("Member", "Expired", "Fraud"), ("Deleted",), ("payer", "merchant", "operator")),
}


@pytest.mark.parametrize("move", list(product(CardStatus, CardStatus, Actor)), ids=" ".join)
def test_c2_a_card_moves_as_the_table_says_and_not_otherwise(move: tuple[CardStatus, CardStatus, Actor]) -> None:
    """C2: a stolen card stays stolen (C4); whoever may ask deletes it (C5), once."""
    if move in ALLOWED:
        made = CARD_LIFE.move(*move)
        assert (made.origin, made.to, made.actor) == move
    else:
        with pytest.raises(MoveError, match=f"^no move from {move[0]} to {move[1]} by the {move[2]}$"):
            CARD_LIFE.move(*move)
