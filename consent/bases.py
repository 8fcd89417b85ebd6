"""The register of legal bases: paragraphs as data that a municipality's data-protection officer approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from consent.errors import ConsentRefused
from consent.rules import Basis
from schemas.categories import Oplysningstype
from schemas.parties import Partsart


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    paragraf: str = Field(min_length=1)
    fra: tuple[Partsart, ...] = Field(min_length=1)
    til: tuple[Partsart, ...] = Field(min_length=1)
    oplysningstyper: tuple[Oplysningstype, ...] = Field(min_length=1)
    kilde: str = Field(min_length=1)
    bemaerkning: str = Field(min_length=1)
    vaerdispring: bool = False


class _Register(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    hjemler: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class Hjemmelregister:
    """The bases the rules may permit on, the version of the register, and which paragraphs are emergencies."""

    version: int
    bases: tuple[Basis, ...]
    vaerdispring: frozenset[str]


def read_bases(value: Mapping[str, Any]) -> Hjemmelregister:
    """Read the register from parsed TOML.

    Raises:
        ConsentRefused: naming the row that is wrong; a register that cannot be read permits nothing.
    """
    try:
        register = _Register.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ConsentRefused("hjemmelregister", f"the register of bases is wrong at {where}: {first['msg']}") from None
    return Hjemmelregister(
        version=register.version,
        bases=tuple(
            Basis(row.paragraf, frozenset(row.fra), frozenset(row.til), frozenset(row.oplysningstyper))
            for row in register.hjemler
        ),
        vaerdispring=frozenset(row.paragraf for row in register.hjemler if row.vaerdispring),
    )
