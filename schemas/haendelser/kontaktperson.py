"""Who holds the threads: outreach or coordinating caseworker, primary and secondary keyworker (tovholder)."""

from datetime import date
from typing import ClassVar, Literal

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst
from schemas.fields import felt


class KontaktpersonTildelt(Haendelse):
    """A contact person was given to the citizen's case; the case index learns from it who takes part."""

    navn: ClassVar[str] = "kontaktperson.tildelt"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.KONTAKTPERSONER})
    to: ClassVar[To] = To.CASE

    rolle: Literal[
        "opsoegende_medarbejder", "koordinerende_sagsbehandler", "primaer_tovholder", "sekundaer_tovholder", "mentor"
    ] = felt("Rolle", "Kontaktpersonens rolle", Type.KONTAKTPERSONER)
    kontaktperson: Tekst = felt("Navn", "Kontaktpersonens navn", Type.KONTAKTPERSONER)
    enhed: Tekst | None = felt("Enhed", "Kontaktpersonens enhed", Type.KONTAKTPERSONER, default=None)
    telefon: Tekst | None = felt("Telefon", "Kontaktpersonens telefon", Type.KONTAKTPERSONER, default=None)
    mail: Tekst | None = felt("Mail", "Kontaktpersonens mail", Type.KONTAKTPERSONER, default=None)
    gaelder_fra: date = felt("Fra", "Første dag i rollen", Type.KONTAKTPERSONER)
    gaelder_til: date | None = felt("Til", "Sidste dag i rollen", Type.KONTAKTPERSONER, default=None)
