"""Attendance: who starts a course tells the keyworkers when the citizen does not follow it.

After the section on the action plan in the two municipalities' project plan (004), which asks for the cause of the
absence as well.
"""

from datetime import date
from typing import ClassVar, Literal

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart


class Tilbud(Value):
    """The offer the citizen was to attend, by its id and what its kind reveals."""

    id: Tekst = felt("Tilbud", "Tilbuddets id i kommunens katalog", Type.FREMMOEDE, erklaeret=True)
    navn: Tekst | None = felt("Navn", "Tilbuddets navn", Type.FREMMOEDE, erklaeret=True, default=None)
    udbyder: Tekst | None = felt("Udbyder", "Hvem der driver tilbuddet", Type.FREMMOEDE, erklaeret=True, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad tilbuddets art afslører om borgeren", Type.FREMMOEDE, erklaeret=True, default=()
    )


class Tilbudshaendelse(Haendelse):
    """What whoever runs an offer tells the keyworkers of a citizen's course there: the whole under the offer's kind."""

    kerne: ClassVar[frozenset[Type]] = frozenset({Type.FREMMOEDE})
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset(Partsart) - {Partsart.PRAKTISERENDE_LAEGE}
    to: ClassVar[To] = To.KEYWORKERS

    tilbud: Tilbud = felt("Tilbud", "Det tilbud, det drejer sig om")

    def declared(self) -> frozenset[Type]:
        """Return what the kind of offer reveals; an ordinary offer reveals nothing beyond attendance."""
        return frozenset(self.tilbud.oplysningstyper)


class FravaerRegistreret(Tilbudshaendelse):
    """Absence from an offer. Absence from substance-use treatment is `fremmoede` and `misbrug`.

    That somebody is ill is health data (GDPR, article 4, no. 15): absence through illness is `helbred` too.
    """

    navn: ClassVar[str] = "fravaer.registreret"
    kaldenavn: ClassVar[str] = "Fravær"

    fra: date = felt("Fra", "Første dag med fravær", Type.FREMMOEDE, erklaeret=True)
    til: date | None = felt(
        "Til", "Sidste dag med fravær; tom, hvis det varer ved", Type.FREMMOEDE, erklaeret=True, default=None
    )
    art: Literal["udeblevet", "lovligt", "syg"] = felt("Art", "Slags fravær", Type.FREMMOEDE, erklaeret=True)
    timer: float | None = felt("Timer", "Fraværstimer i alt", Type.FREMMOEDE, erklaeret=True, default=None, ge=0)
    aarsag: Tekst | None = felt(
        "Årsag", "Borgerens egen forklaring", Type.FREMMOEDE, Type.HELBRED, erklaeret=True, default=None
    )
    registreret: Tidspunkt = felt("Registreret", "Hvornår fraværet blev registreret", Type.FREMMOEDE, erklaeret=True)

    def declared(self) -> frozenset[Type]:
        """Return what the kind of offer reveals, and what illness does."""
        return super().declared() | ({Type.HELBRED} if self.art == "syg" else set())
