"""News of a samtykke: its scope, and only to the parties that it names (the samtykke text of the forms).

Four things happen to a declaration: it is given, changed by a new version, withdrawn, and it lapses. What is told of it
is what the stored declaration says; the sender says only which one and which version.
"""

from datetime import date
from typing import ClassVar, Literal, Self

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.identifiers import Tidspunkt

_TYPE = Type.SAGSFORLOEB


class SamtykkePunkt(Value):
    """One point of the declaration: between whom, and what."""

    punkt: Literal[1, 2, 3, 4, "navngivet"] = felt("Punkt", "Blankettens punkt, eller navngivne parter", _TYPE)
    parter: tuple[Tekst, ...] = felt("Parter", "De navngivne parter i punkt 1 til 4", _TYPE, default=())
    fra: tuple[Tekst, ...] = felt("Fra", "Hvem der må give", _TYPE, default=())
    til: tuple[Tekst, ...] = felt("Til", "Hvem der må modtage", _TYPE, default=())
    oplysningstyper: tuple[Tekst, ...] = felt("Oplysningstyper", "Hvad der må gives", _TYPE, default=())


class Samtykkenyt(Haendelse):
    """What all news of a declaration has: which one, and which version of it."""

    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})
    to: ClassVar[To] = To.NAMED

    samtykke_id: Tekst = felt("Samtykke", "Erklæringens id", _TYPE)
    samtykkeversion: int = felt("Version", "Erklæringens version", _TYPE, ge=1)


class Samtykkeomfang(Samtykkenyt):
    """What is told of a version that was signed: from when, until when, and its points."""

    afgivet: Tidspunkt = felt("Afgivet", "Hvornår borgeren skrev under", _TYPE)
    gyldig_til: date | None = felt("Gyldig til", "Sidste dag; højst et år efter underskriften", _TYPE, default=None)
    punkter: tuple[SamtykkePunkt, ...] = felt("Punkter", "De punkter, der nævner modtageren", _TYPE, default=())

    def told_to(self, part: str) -> Self:
        """Return the news with the points alone that name `part`: whom else the citizen trusts is not its business."""
        named = tuple(one for one in self.punkter if part in one.parter + one.fra + one.til)
        return self.model_copy(update={"punkter": named})


class SamtykkeAfgivet(Samtykkeomfang):
    """The citizen has signed a declaration, or a new version of one."""

    navn: ClassVar[str] = "samtykke.afgivet"
    kaldenavn: ClassVar[str] = "Nyt om samtykke"


class SamtykkeAendret(Samtykkeomfang):
    """The citizen has signed a version that replaces an earlier one, of which nothing counts any more."""

    navn: ClassVar[str] = "samtykke.aendret"
    kaldenavn: ClassVar[str] = "Samtykke ændret"


class SamtykkeTilbagekaldt(Samtykkenyt):
    """The citizen has withdrawn a declaration: whoever was told of it is told of that too."""

    navn: ClassVar[str] = "samtykke.tilbagekaldt"
    kaldenavn: ClassVar[str] = "Samtykke trukket tilbage"

    tilbagekaldt: Tidspunkt = felt("Tilbagekaldt", "Hvornår det blev trukket tilbage", _TYPE)


class SamtykkeUdloebet(Samtykkenyt):
    """A declaration has lapsed by the clock, at its own end or a year after it was given."""

    navn: ClassVar[str] = "samtykke.udloebet"
    kaldenavn: ClassVar[str] = "Samtykke udløbet"

    udloebet: Tidspunkt = felt("Udløbet", "Det tidspunkt, hvorfra det ikke længere gælder", _TYPE)
