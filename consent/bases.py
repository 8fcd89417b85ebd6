"""The register of legal bases: paragraphs as data that a municipality's data-protection officer approves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from consent.declarations import COPENHAGEN
from consent.errors import ConsentRefused
from consent.rules import Basis
from schemas.categories import Oplysningstype
from schemas.parties import Partsart

REVIEWED_WITHIN = timedelta(days=7)
"""How long the data-protection officer has to look at a use that is to be reviewed (DOMAIN section 6, step 3)."""

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
"""A day of which every clock can say when it begins."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Krav(StrEnum):
    """What a claim of a paragraph takes."""

    BEGRUNDELSE = "begrundelse"
    ANSVARLIG = "ansvarlig"
    GENNEMSYN = "gennemsyn"
    """The data-protection officer looks at every use of it within seven days."""


ALWAYS = frozenset({Krav.BEGRUNDELSE, Krav.ANSVARLIG})
"""What the rules themselves take of every claim (DOMAIN section 6, step 3): a row says it, and cannot waive it."""


class Bestemmelse(BaseModel):
    """One row: a paragraph, what it lets whom send to whom, and who has approved that.

    Days are Danish days, and the last one is included. A row that nobody has approved permits nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    paragraf: str = Field(min_length=1)
    tekst: str = Field(min_length=1)
    """What it allows, in plain words."""
    fra: tuple[Partsart, ...] = Field(min_length=1)
    til: tuple[Partsart, ...] = Field(min_length=1)
    oplysningstyper: tuple[Oplysningstype, ...] = Field(min_length=1)
    kraever: tuple[Krav, ...]
    viger_for_spaerring: bool
    """Whether a citizen's block goes before it (docs/adr/0009)."""
    vaerdispring: bool = False
    """Whether it is an emergency."""
    gyldig_fra: Day | None = None
    gyldig_til: Day | None = None
    godkendt_af: str | None = Field(default=None, min_length=1)
    godkendt_den: Day | None = None
    kilde: str = Field(min_length=1)
    bemaerkning: str = Field(min_length=1)

    @field_validator("kraever")
    @classmethod
    def _takes_what_the_rules_take(cls, value: tuple[Krav, ...]) -> tuple[Krav, ...]:
        if not ALWAYS.issubset(value):
            raise ValueError(f"every claim takes {' and '.join(sorted(ALWAYS))}; a row cannot waive them")
        return value

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.vaerdispring and Krav.GENNEMSYN not in self.kraever:
            raise ValueError(f"an emergency takes {Krav.GENNEMSYN}")
        if (self.godkendt_af is None) != (self.godkendt_den is None):
            raise ValueError("an approval says both by whom (godkendt_af) and when (godkendt_den), or there is none")
        if self.gyldig_fra and self.gyldig_til and self.gyldig_til < self.gyldig_fra:
            raise ValueError("gyldig_til is before gyldig_fra")
        return self

    @cached_property
    def begins(self) -> datetime | None:
        """The instant from which it permits something; None where nobody has approved it."""
        if self.godkendt_den is None:
            return None
        return max(_start_of(self.godkendt_den), _start_of(self.gyldig_fra) if self.gyldig_fra else _BEFORE_ALL)

    @cached_property
    def ends(self) -> datetime | None:
        """The instant from which it permits nothing any more; None where it has no end."""
        return _start_of(self.gyldig_til + timedelta(days=1)) if self.gyldig_til else None

    def holds(self, now: datetime) -> bool:
        """Whether it is approved and in force at `now` (aware)."""
        return self.begins is not None and self.begins <= now and (self.ends is None or now < self.ends)

    def basis(self, without: Collection[str] = frozenset()) -> Basis:
        """Return the row as the rules read it, less some categories."""
        categories = frozenset[str](self.oplysningstyper).difference(without)
        return Basis(self.paragraf, frozenset(self.fra), frozenset(self.til), categories)


class Hjemmelregister(BaseModel):
    """The register as one versioned value; every decision records the version it was made under."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    hjemler: tuple[Bestemmelse, ...]

    @model_validator(mode="after")
    def _one_paragraph_one_meaning(self) -> Self:
        """An entry of the log names the paragraph alone, so its rows agree on what happens when it is used."""
        for row in self.hjemler:
            first = self.rows_of(row.paragraf)[0]
            if (row.vaerdispring, set(row.kraever)) != (first.vaerdispring, set(first.kraever)):
                raise ValueError(f"the rows of {row.paragraf} differ in vaerdispring or kraever")
        return self

    def rows_of(self, paragraf: str) -> Sequence[Bestemmelse]:
        """Return the rows of a paragraph."""
        return [row for row in self.hjemler if row.paragraf == paragraf]

    def holding(self, now: datetime) -> Sequence[Bestemmelse]:
        """Return the rows that are approved and in force at `now`; none where `now` is no instant."""
        return [row for row in self.hjemler if row.holds(now)] if now.tzinfo else []

    @cached_property
    def vaerdispring(self) -> frozenset[str]:
        """The paragraphs that are emergencies."""
        return frozenset(row.paragraf for row in self.hjemler if row.vaerdispring)

    @cached_property
    def gennemses(self) -> frozenset[str]:
        """The paragraphs whose every use the data-protection officer looks at."""
        return frozenset(row.paragraf for row in self.hjemler if Krav.GENNEMSYN in row.kraever)


def read_bases(value: Mapping[str, Any]) -> Hjemmelregister:
    """Read the register from parsed TOML or JSON.

    Raises:
        ConsentRefused: naming the row that is wrong; a register that cannot be read permits nothing.
    """
    try:
        return Hjemmelregister.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "its rows"
        raise ConsentRefused("hjemmelregister", f"the register of bases is wrong at {where}: {first['msg']}") from None


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN).astimezone(UTC)
