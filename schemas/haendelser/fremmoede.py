"""Attendance: who starts a course tells the keyworkers when the citizen does not follow it."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt


class Tilbud(Value):
    """The offer the citizen was to attend, by its id and what its kind reveals."""

    id: Tekst = felt("Tilbud", "Tilbuddets id i kommunens katalog", Type.FREMMOEDE, erklaeret=True)
    navn: Tekst | None = felt("Navn", "Tilbuddets navn", Type.FREMMOEDE, erklaeret=True, default=None)
    udbyder: Tekst | None = felt("Udbyder", "Hvem der driver tilbuddet", Type.FREMMOEDE, erklaeret=True, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad tilbuddets art afslører om borgeren", Type.FREMMOEDE, erklaeret=True, default=()
    )


class FravaerRegistreret(Haendelse):
    """Absence from an offer. Absence from substance-use treatment is `fremmoede` and `misbrug`."""

    navn: ClassVar[str] = "fravaer.registreret"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.FREMMOEDE})
    kerne_erklaeret: ClassVar[bool] = True
    to: ClassVar[To] = To.KEYWORKERS

    tilbud: Tilbud = felt("Tilbud", "Det tilbud, borgeren var fraværende fra")
    fra: date = felt("Fra", "Første dag med fravær", Type.FREMMOEDE, erklaeret=True)
    til: date | None = felt(
        "Til", "Sidste dag med fravær; tom, hvis det varer ved", Type.FREMMOEDE, erklaeret=True, default=None
    )
    art: Literal["udeblevet", "lovligt", "syg"] = felt("Art", "Slags fravær", Type.FREMMOEDE, erklaeret=True)
    timer: float | None = felt("Timer", "Fraværstimer i alt", Type.FREMMOEDE, erklaeret=True, default=None, ge=0)
    aarsag: Tekst | None = felt(
        "Årsag", "Borgerens egen forklaring", Type.FREMMOEDE, Type.HELBRED, erklaeret=True, default=None
    )
    registreret: AwareDatetime = felt(
        "Registreret", "Hvornår fraværet blev registreret", Type.FREMMOEDE, erklaeret=True
    )

    def declared(self) -> frozenset[Type]:
        """Return what the kind of offer reveals; an ordinary offer reveals nothing beyond attendance."""
        return frozenset(self.tilbud.oplysningstyper)
