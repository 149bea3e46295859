"""The settings of the demo's own programs, under names that begin with theirs."""

from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from oneclick.settings import PREFIX, EnvironmentSettings, Port


class SimulatorSettings(EnvironmentSettings):
    """The simulator's settings: its ports on loopback, its ledger, and the key that it shares with the gateway."""

    prefix: ClassVar[str] = f"{PREFIX}SIMULATOR_"

    iso_port: Port
    control_port: Port
    ledger_file: Path
    mac_key_file: Path


class ShopSettings(EnvironmentSettings):
    """The settings of the demo's bookshop."""

    prefix: ClassVar[str] = f"{PREFIX}SHOP_"

    port: Port
    shop_url: str
    gateway_url: str
    merchant_id: str
    secret_word: SecretStr
    login: str
    password: SecretStr
    data_file: Path
