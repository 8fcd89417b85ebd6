"""Settings, from a TOML file and the environment (`TVAERS_...`, `__` between levels); the environment wins."""

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

_PREFIX = "TVAERS_"
OPS = Path(__file__).resolve().parents[1] / "ops"


class Vidneadresse(BaseModel):
    """Where a witness answers, and the public key that its cosignatures must be by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    noegle: str


class Settings(BaseSettings):
    """Everything an operator may set. Without any setting Tværs runs by itself in `.tvaers`, on loopback."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid")

    data: Path = Path(".tvaers")
    """The private data folder: database, keys, tokens, and the embedded broker's streams."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8400
    """HTTP; 0 takes any free port. The address is written to `<data>/address.json`."""
    database: str = ""
    """SQLAlchemy URL; empty means SQLite in the data folder."""
    parter: Path = OPS / "sample" / "parter.toml"
    """The party register."""
    hjemler: Path = OPS / "hjemler.toml"
    """The register of legal bases."""
    ankre: Path | None = None
    """PEM file of the certificates that signatures must chain to; empty means `<data>/ankre.pem`."""
    tidsstempelankre: Path | None = None
    """The same for timestamps on signatures; empty means `<data>/tidsstempelankre.pem`, and without it none counts."""
    kraev_ocsp: bool = True
    """Refuse a certificate that names who answers for its revocation, where the document brings no such answer."""
    cvr: str = ""
    """The municipality's CVR number: its employees alone may attest a samtykke on paper, and without it nobody may."""
    journal: Path | None = None
    """A file that the journal is written to as well, best on another disk; empty means in its stream alone."""
    origin: str = "tvaers.example/kommune"
    """The name under which checkpoints of the disclosure log are signed."""
    vidner: tuple[Vidneadresse, ...] = ()
    """The witnesses that cosign the log's checkpoints: `url` and `noegle` (public key) of each."""
    batch: Annotated[int, Field(ge=1, le=1000)] = 250
    """The most messages that cross in one transaction."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic-settings'
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database_url(self) -> str:
        """Return the database to use."""
        return self.database or f"sqlite:///{self.data.absolute() / 'tvaers.db'}"


def read_settings(config: Path | None = None, data: Path | None = None) -> Settings:
    """Read the settings from `config` (if any) and the environment; `data` wins over both.

    Raises:
        SettingsError: saying which setting is wrong.
    """
    if config is not None and not config.is_file():
        raise SettingsError("the configuration file does not exist")

    known = {f"{_PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = sorted({name for name in os.environ if name.upper().startswith(_PREFIX)} - known)
    if unknown:
        raise SettingsError(f"setting {unknown[0]!r}: there is no such setting")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    try:
        return FromFile() if data is None else FromFile(data=data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise SettingsError(f"setting {where!r}: {first['msg']}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the configuration file is not TOML: {error}") from None


class SettingsError(Exception):
    """A setting is wrong; the text says which and why."""
