"""What a run is made of: its size, its merchants, its cards. Everything random comes from the seed."""

import random
from dataclasses import dataclass, field

# Test cards of the simulator. The first ones approve.
GOOD_CARDS = ("4111111111111111", "5555555555554444", "2200000000000004")
DECLINING_CARDS = ("4000000000000002", "4000000000009995", "4000000000000069", "4000000000000119")
WRONG_CVC2_CARD = "4000000000000127"
STOLEN_CARD = "4000000000000259"
SILENT_CARD = "4000000000003220"  # approves, and never answers
ALL_CARDS = (*GOOD_CARDS, *DECLINING_CARDS, WRONG_CVC2_CARD, STOLEN_CARD, SILENT_CARD)

KILL_KINDS = ("serve", "worker", "database", "simulator")
PAYERS_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """A merchant with One Click, as its operator and its shop know it. The limit is one customer's, by day."""

    merchant_id: int
    name: str
    login: str
    limit_day_minor: int | None
    tells_operations: bool
    password: str = field(repr=False)
    secret_word: str = field(repr=False)

    def toml(self, notifications_url: str) -> str:
        """Its merchant file."""
        wishes = str(self.tells_operations).lower()
        limit_minor = self.limit_day_minor
        limits = "" if limit_minor is None else f'[limits]\nday = "{limit_minor // 100}.{limit_minor % 100:02}"\n'
        return (
            f'merchant_id = {self.merchant_id}\nname = "{self.name}"\nsecret_word = "{self.secret_word}"\n'
            "[one_click]\nenabled = true\n"
            f'[web_services]\nlogin = "{self.login}"\npassword = "{self.password}"\n'
            f'[notifications]\nurl = "{notifications_url}"\ncharges = {wishes}\ncancels = {wishes}\n{limits}'
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. ``within_s`` is how soon after a restart a payment must succeed, unless others keep the machine busy."""

    seed: int
    payments: int
    kills: int
    within_s: float
    web_processes: int

    def dice(self, who: str) -> random.Random:
        """A generator of one's own: what one does doesn't change what another one draws."""
        return random.Random(f"{self.seed}/{who}")  # noqa: S311  # repeatable is the point

    @property
    def customers(self) -> int:
        """How many customers a merchant has: so few that limits and stored cards matter."""
        return max(3, self.payments // 20)

    def merchants(self) -> list[Merchant]:
        """One with a limit for each customer and day, one without."""
        dice = self.dice("merchants")
        words = [f"a1{dice.getrandbits(80):020x}" for _ in range(4)]
        return [
            Merchant(
                merchant_id=100_001,
                name="Limited",
                login="limited_ws",
                password=words[0],
                secret_word=words[1],
                limit_day_minor=90_000,
                tells_operations=False,
            ),
            Merchant(
                merchant_id=100_002,
                name="Free",
                login="free_shop_ws",
                password=words[2],
                secret_word=words[3],
                limit_day_minor=None,
                tells_operations=True,
            ),
        ]

    def kill_kinds(self) -> list[str]:
        """What is killed, in order: each kind at least once where there are as many kills."""
        dice = self.dice("kills")
        kinds = list(KILL_KINDS) + dice.choices(KILL_KINDS, weights=(4, 2, 2, 2), k=max(0, self.kills - 4))
        kinds = kinds[: self.kills]
        dice.shuffle(kinds)
        return kinds
