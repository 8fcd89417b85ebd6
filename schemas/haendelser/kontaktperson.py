"""Who holds the threads: outreach or coordinating caseworker, primary and secondary keyworker (tovholder).

Modelled on the outreach workflow (steps 3 and 8.1, where an ordinary caseworker joins) and on the two keyworkers of the
two-municipality project, of whom the secondary is also the mentor.
"""

from datetime import date
from typing import ClassVar, Literal

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst
from schemas.fields import felt


class KontaktpersonTildelt(Haendelse):
    """A contact person was given to the citizen's case; the case index learns from it who takes part.

    Where a contact person works may say what the citizen is there for (a treatment centre, a family unit), so unit and
    mail also carry what the sender declares.
    """

    navn: ClassVar[str] = "kontaktperson.tildelt"
    kaldenavn: ClassVar[str] = "Kontaktperson"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.KONTAKTPERSONER})
    to: ClassVar[To] = To.CASE

    rolle: Literal[
        "fremskudt_sagsbehandler",
        "koordinerende_sagsbehandler",
        "sagsbehandler",
        "primaer_tovholder",
        "sekundaer_tovholder",
        "mentor",
    ] = felt("Rolle", "Kontaktpersonens rolle", Type.KONTAKTPERSONER)
    kontaktperson: Tekst = felt("Navn", "Kontaktpersonens navn", Type.KONTAKTPERSONER)
    enhed: Tekst | None = felt("Enhed", "Kontaktpersonens enhed", Type.KONTAKTPERSONER, erklaeret=True, default=None)
    telefon: Tekst | None = felt("Telefon", "Kontaktpersonens telefon", Type.KONTAKTPERSONER, default=None)
    mail: Tekst | None = felt("Mail", "Kontaktpersonens mail", Type.KONTAKTPERSONER, erklaeret=True, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad enhedens navn afslører om borgeren", Type.KONTAKTPERSONER, erklaeret=True, default=()
    )
    gaelder_fra: date = felt("Fra", "Første dag i rollen", Type.KONTAKTPERSONER)
    gaelder_til: date | None = felt("Til", "Sidste dag i rollen", Type.KONTAKTPERSONER, default=None)

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the unit reveals, or everything that a unit's name could."""
        return frozenset(self.oplysningstyper) or super().declared()
