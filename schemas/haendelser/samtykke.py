"""News of a samtykke: its scope, and only to the parties that it names."""

from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt

_TYPE = Type.SAGSFORLOEB


class SamtykkePunkt(Value):
    """One point of the declaration: between whom, and what."""

    punkt: Literal[1, 2, 3, 4, "navngivet"] = felt("Punkt", "Blankettens punkt, eller navngivne parter", _TYPE)
    parter: tuple[Tekst, ...] = felt("Parter", "De navngivne parter i punkt 1 til 4", _TYPE, default=())
    fra: tuple[Tekst, ...] = felt("Fra", "Hvem der må give", _TYPE, default=())
    til: tuple[Tekst, ...] = felt("Til", "Hvem der må modtage", _TYPE, default=())
    oplysningstyper: tuple[Tekst, ...] = felt("Oplysningstyper", "Hvad der må gives", _TYPE, default=())


class SamtykkeAfgivet(Haendelse):
    """The citizen has signed a declaration, or a new version of one."""

    navn: ClassVar[str] = "samtykke.afgivet"
    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})
    to: ClassVar[To] = To.NAMED

    samtykke_id: Tekst = felt("Samtykke", "Erklæringens id", _TYPE)
    samtykkeversion: int = felt("Version", "Erklæringens version", _TYPE, ge=1)
    afgivet: AwareDatetime = felt("Afgivet", "Hvornår borgeren skrev under", _TYPE)
    gyldig_til: date | None = felt("Gyldig til", "Sidste dag; højst et år efter underskriften", _TYPE, default=None)
    punkter: tuple[SamtykkePunkt, ...] = felt("Punkter", "De punkter, der nævner modtageren", _TYPE, default=())

    def told_to(self, part: str) -> Self:
        """Return the news with the points alone that name `part`: whom else the citizen trusts is not its business."""
        named = tuple(one for one in self.punkter if part in one.parter + one.fra + one.til)
        return self.model_copy(update={"punkter": named})


class SamtykkeTilbagekaldt(Haendelse):
    """The citizen has withdrawn a declaration: whoever was told of it is told of that too."""

    navn: ClassVar[str] = "samtykke.tilbagekaldt"
    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})
    to: ClassVar[To] = To.NAMED

    samtykke_id: Tekst = felt("Samtykke", "Erklæringens id", _TYPE)
    samtykkeversion: int = felt("Version", "Erklæringens version", _TYPE, ge=1)
    tilbagekaldt: AwareDatetime = felt("Tilbagekaldt", "Hvornår det blev trukket tilbage", _TYPE)
