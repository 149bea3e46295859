"""The options of the shop."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ShopOptions:
    """The shop's address, the gateway's, and what the gateway gave the merchant. No URL ends in a slash."""

    port: int
    shop_url: str
    gateway_url: str
    merchant_id: str
    secret_word: str = field(repr=False)
    login: str
    password: str = field(repr=False)
    data_file: Path
