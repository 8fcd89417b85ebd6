"""The table of deadlines as a municipality keeps it: data (TOML), for the lengths are its own, not the law's."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import SchemaError
from schemas.haendelser.frist import Forbehold, Fristnavn, Haendelsesnavn

MAX_LENGTH = 1000
"""Of a deadline, in its own unit: a longer one is a mistake."""

Enhed = Literal["arbejdsdage", "kalenderdage", "uger", "maaneder"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Felter(_Frozen):
    """Which fields of an event say on which day it took place, of which kind it is, and what it is about."""

    dag: str | None = None
    art: str | None = None
    noegle: str | None = None


class Raekker(_Frozen):
    """Which field of a row holds the date to count from, and which one says that the row was followed up."""

    dato: str
    fulgt_op: str


class Frist(_Frozen):
    """One row of the table: how long after `fra` at the latest `til` must come; see `ops/frister.toml` for the rest."""

    frist: Fristnavn
    fra: Haendelsesnavn
    til: Haendelsesnavn | None = None
    antal: int = Field(ge=-MAX_LENGTH, le=MAX_LENGTH)
    enhed: Enhed
    tidligst: int | None = Field(default=None, ge=1)
    samme: bool = False
    raekker: Raekker | None = None
    forbehold: Forbehold | None = None
    kilde: str = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.enhed != "kalenderdage" and self.antal < 1:
            raise ValueError("only calendar days can be counted backwards, or not at all")
        if self.tidligst is not None and self.tidligst > self.antal:
            raise ValueError("an answer cannot count from a day after the last one on")
        return self


class Fristtabel(_Frozen):
    """The table as one versioned value."""

    version: int = Field(ge=1)
    haendelser: Mapping[str, Felter]
    frister: tuple[Frist, ...] = Field(min_length=1)

    @classmethod
    def read(cls, value: object) -> Self:
        """Read a table from parsed TOML.

        Raises:
            SchemaError: naming the row that is wrong.
        """
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise SchemaError(first["msg"], "fristtabel." + ".".join(str(step) for step in first["loc"])) from None

    @model_validator(mode="after")
    def _nobody_twice(self) -> Self:
        names = [row.frist for row in self.frister]
        if len(set(names)) < len(names):
            raise ValueError("two deadlines share a name")
        return self

    def fields_of(self, navn: str) -> Felter:
        """Return where an event of this name says what; one that is not listed says nothing of it."""
        return self.haendelser.get(navn, Felter())
