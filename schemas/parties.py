"""The party register: who takes part, of what kind, and by which identifiers the outside knows them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError

PARTY_ID = re.compile(r"[a-z][a-z0-9-]{0,40}")
"""A party id is a NATS subject token and an account name, so it holds nothing that either could misread."""


UNKNOWN = "ukendt"
"""Stands for a party that the register does not have."""


class Partsart(StrEnum):
    """What kind of party it is, which is what the points of a samtykke speak of."""

    FORVALTNING = "forvaltning"
    UU = "uu"
    REGION_SUNDHEDSFAGLIG = "region_sundhedsfaglig"
    SUNDHEDSVAESEN = "sundhedsvaesen"
    PRAKTISERENDE_LAEGE = "praktiserende_laege"
    ANDEN_MYNDIGHED = "anden_myndighed"
    PRIVAT = "privat"


class Identifikatorer(BaseModel):
    """The numbers by which other registers know the party."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cvr: str | None = None
    sor: str | None = None
    gln: str | None = None
    ydernummer: str | None = None
    kombit: str | None = None


class Part(BaseModel):
    """One party of the bus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Partsart
    navn: str = Field(min_length=1)
    system: str = ""
    connector: str = "faelles"
    identifikatorer: Identifikatorer = Identifikatorer()
    afsloerer: frozenset[Oplysningstype] = frozenset()
    """Categories that the mere name of the party gives away: a treatment centre's name says misbrug."""
    hovedversioner: Mapping[str, int] = Field(default_factory=dict)
    """The majors that the party reads, by event name; of an event that is not named here it gets the newest."""

    @field_validator("id")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        if not PARTY_ID.fullmatch(value):
            raise ValueError(
                "a party id is lower case letters, digits and hyphens, at most 41, beginning with a letter"
            )
        if value in {*Partsart, UNKNOWN}:
            raise ValueError("a party id must not equal the name of a kind, nor the word for an unknown party")
        return value


class Partregister(BaseModel):
    """The register as one versioned value; every decision records the version it was made under."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    parter: tuple[Part, ...]

    @classmethod
    def read(cls, value: object) -> Self:
        """Read a register from parsed TOML or JSON.

        Raises:
            SchemaError: naming the entry that is wrong.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise SchemaError(first["msg"], "partregister." + ".".join(str(step) for step in first["loc"])) from None

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        ids = [part.id for part in self.parter]
        outside = [pair for part in self.parter for pair in _identifiers(part)]
        if len(set(ids)) < len(ids) or len(set(outside)) < len(outside):
            raise ValueError("two parties share an id or an identifier")
        return self

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Party id to kind, the form in which the rules read the register."""
        return {part.id: part.kind.value for part in self.parter}

    @cached_property
    def by_id(self) -> Mapping[str, Part]:
        """Party id to party."""
        return {part.id: part for part in self.parter}

    @cached_property
    def _by_identifier(self) -> Mapping[tuple[str, str], str]:
        return {pair: part.id for part in self.parter for pair in _identifiers(part)}

    def party_of(self, system: str, value: str) -> str | None:
        """Return the id of the party with this identifier (system `sor`, `gln`, `cvr`, `ydernummer` or `kombit`)."""
        return self._by_identifier.get((system, value))


def _identifiers(part: Part) -> list[tuple[str, str]]:
    return [(system, value) for system, value in part.identifikatorer.model_dump().items() if value is not None]
