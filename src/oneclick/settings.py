"""The settings: ``ONECLICK_*`` names to one frozen object. Secrets have no default; an unknown name is an error.

A running demo keeps the same names and values in its folder, so every command works on both.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, SecretStr, TypeAdapter, ValidationError

from oneclick.database.stan_blocks import TERMINALS_MAX
from oneclick.errors import SettingsError
from oneclick.input_errors import what_to_do
from oneclick.networks import Network, read_networks

PREFIX = "ONECLICK_"
SETTINGS_FILE = "settings.json"

Port = Annotated[int, Field(ge=1, le=65535)]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]


def _terminals(value: object) -> tuple[str, ...]:
    terminals = tuple(str(value).split(","))
    are_names = all(re.fullmatch(r"[A-Z0-9]{8}", name) for name in terminals)
    if len(set(terminals)) != len(terminals) or len(terminals) > TERMINALS_MAX or not are_names:
        message = "different terminal ids of 8 upper-case letters and digits, joined by commas, 100 at most"
        raise ValueError(message)
    return terminals


def _networks(value: object) -> tuple[Network, ...]:
    try:
        return read_networks(str(value))
    except ValueError:
        message = "networks such as 127.0.0.1/32, joined by commas"
        raise ValueError(message) from None


Networks = Annotated[tuple[Network, ...], PlainValidator(_networks)]

_STRINGS = TypeAdapter(dict[str, str])


class EnvironmentSettings(BaseModel):
    """Settings whose names begin with ``prefix``, but for those that begin with one of ``others``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    prefix: ClassVar[str]
    others: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Reads the settings of this class. Raises ``SettingsError`` that names each missing, wrong or unknown one."""
        values = {
            name.removeprefix(cls.prefix).lower(): value
            for name, value in environment.items()
            if name.startswith(cls.prefix) and not name.startswith(cls.others)
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            lines = (f"{cls.prefix}{str(item['loc'][0]).upper()}: {what_to_do(item)}" for item in error.errors())
            message = "settings:\n  " + "\n  ".join(lines)
            raise SettingsError(message) from None


class Settings(EnvironmentSettings):
    """Everything that an installation decides. Times are seconds, sizes are counts unless the name says otherwise."""

    prefix: ClassVar[str] = PREFIX
    # Programs of the demo share the environment; their names are theirs to check.
    others: ClassVar[tuple[str, ...]] = (f"{PREFIX}SIMULATOR_", f"{PREFIX}SHOP_")

    database_url: SecretStr
    database_connections_max: Annotated[int, Field(ge=1, le=200)] = 8
    key_file: Path
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")]
    listen_host: str = "127.0.0.1"
    listen_port: Port = 8000
    web_processes: Annotated[int, Field(ge=1, le=64)] = 1
    test_mode: bool = False
    order_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 1_800
    order_attempts_max: Annotated[int, Field(ge=1, le=100)] = 10
    page_requests_per_address_per_minute_max: PerMinute = 300
    page_requests_per_order_per_minute_max: PerMinute = 120
    service_requests_per_address_per_minute_max: PerMinute = 6_000
    acquirer_host: str
    acquirer_port: Port
    acquirer_mac_key_file: Path
    acquirer_id: Annotated[str, Field(pattern=r"^[0-9]{1,11}$")]
    acquirer_terminals: Annotated[tuple[str, ...], PlainValidator(_terminals)]
    acquirer_in_flight_max: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    acquirer_standby: bool = True
    acquirer_tls_ca_file: Path | None = None
    acquirer_tls_certificate_file: Path | None = None
    acquirer_tls_key_file: Path | None = None
    authorisation_deadline_s: Annotated[float, Field(gt=0, le=100)] = 30.0
    trusted_proxy_networks: Networks = ()
    notification_allowed_networks: Networks = ()
    notification_poll_s: Annotated[float, Field(gt=0, le=60)] = 0.5


def read_environment(demo_dir: Path | None) -> dict[str, str]:
    """The ``ONECLICK_*`` settings of a demo's folder, or of this process if none is named.

    Raises ``SettingsError`` when the folder holds no demo.
    """
    if demo_dir is None:
        return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    try:
        return _STRINGS.validate_json((demo_dir / SETTINGS_FILE).read_bytes(), strict=True)
    except (OSError, ValueError):
        message = f"no demo in {demo_dir}: start one with 'oneclick demo --data-dir {demo_dir}'"
        raise SettingsError(message) from None
