"""Read the two registers that a municipality keeps as files: its parties, and its legal bases."""

import tomllib
from pathlib import Path
from typing import Any

from consent.bases import Hjemmelregister, read_bases
from gateway.settings import Settings
from schemas.errors import SchemaError
from schemas.parties import Partregister


def party_register(settings: Settings) -> Partregister:
    """Return the party register.

    Raises:
        SchemaError: it cannot be read, naming the entry that is wrong.
    """
    return Partregister.read(_toml(settings.parter, "partregister"))


def base_register(settings: Settings) -> Hjemmelregister:
    """Return the register of legal bases.

    Raises:
        SchemaError, ConsentRefused: it cannot be read, naming the row that is wrong.
    """
    return read_bases(_toml(settings.hjemler, "hjemmelregister"))


def _toml(path: Path, register: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path.name} cannot be read: {error}", register) from None
