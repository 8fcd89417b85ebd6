"""The cooperation agreement (samarbejdsaftale) between the citizen and the outreach caseworker.

Its questions are about the citizen's whole life and none belongs to one area, so all that is written carries what the
sender declares that the agreement reveals.
"""

from datetime import date
from typing import Any, ClassVar

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.parties import Partsart


def _said(titel: str, beskrivelse: str, *typer: Type) -> Any:
    return felt(titel, beskrivelse, Type.PLAN, *typer, erklaeret=True, default=None)


class Aftale(Value):
    """One goal for the next three months: who does what, and how it went."""

    maal: Tekst = felt("Mål", "Hvad der skal nås", Type.PLAN, erklaeret=True)
    borgers_handlinger: Tekst | None = _said("Handlinger/aftaler (borger)", "Hvad borgeren gør")
    sagsbehandlers_handlinger: Tekst | None = _said("Handlinger/aftaler (FS)", "Hvad den fremskudte sagsbehandler gør")
    opfoelgningsdato: date | None = _said("Opfølgningsdato", "Hvornår der følges op på målet")
    naaet: bool | None = _said("Er målet nået?", "Om målet er nået", Type.PROGRESSION)
    gaaet_godt: Tekst | None = _said("Hvad er gået godt?", "Hvad der er gået godt", Type.PROGRESSION)
    gaaet_mindre_godt: Tekst | None = _said(
        "Hvad er gået mindre godt?", "Hvad der er gået mindre godt", Type.PROGRESSION
    )


class Opfoelgning(Value):
    """The follow-up of the agreement as a whole."""

    dato: date = felt("Dato", "Hvornår der følges op", Type.PLAN)
    status: Tekst | None = _said("Status", "Hvordan det går", Type.PROGRESSION)
    behov_for_nye_maal: bool | None = _said("Er der behov for nye mål?", "Om der skal aftales nye mål")


class SamarbejdsaftaleOpdateret(Haendelse):
    """A new version of the agreement."""

    navn: ClassVar[str] = "samarbejdsaftale.opdateret"
    kaldenavn: ClassVar[str] = "Samarbejdsaftale"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})
    to: ClassVar[To] = To.CASE

    alder: int | None = felt("Alder", "Borgerens alder i hele år", Type.STAMDATA, default=None, ge=0, le=150)
    indgaaet: date = felt("Aftalen blev indgået d.", "Den dag, aftalen blev indgået", Type.PLAN)
    sted: Tekst | None = _said("På/hos (skriv sted)", "Hvor aftalen blev indgået; om borgerens hjem kun det")
    tilstede: tuple[Tekst, ...] = felt(
        "Tilstede", "Hvem der var til stede", Type.PLAN, Type.SAGSFORLOEB, erklaeret=True, default=()
    )
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad aftalens ord afslører om borgeren", Type.PLAN, erklaeret=True, default=()
    )
    situation: Tekst | None = _said("Hvad er borgerens aktuelle situation?", "Borgerens aktuelle situation")
    maal: Tekst | None = _said(
        "Hvilke mål er der for de næste tre måneder?", "Målene for de næste tre måneder", Type.MOTIVATION_OENSKER
    )
    udfordringer: Tekst | None = _said(
        "Hvilke eventuelle udfordringer er der for at nå disse mål?", "Ifølge borger og fremskudt sagsbehandler"
    )
    lettelser: Tekst | None = _said(
        "Hvad kan gøre det lettere at overkomme udfordringerne og nå målet?", "Konkrete ideer"
    )
    aftaler: tuple[Aftale, ...] = felt("Aftaler", "Hvad der skal ske de næste tre måneder", default=())
    koordinering: Tekst | None = _said(
        "Koordinering", "Kontakt og orientering til samarbejdsparter, rundbordsmøder", Type.SAGSFORLOEB
    )
    myndighedsopgaver: Tekst | None = _said(
        "Myndighedsopgaver", "Ydelser, udredning, råd og vejledning mv.", Type.SAGSFORLOEB, Type.YDELSER_TILBUD
    )
    andre_opgaver: Tekst | None = _said("Andre opgaver", "Ledsagelse, faste besøg hos borger mv.", Type.SAGSFORLOEB)
    opfoelgning: Opfoelgning | None = felt("Opfølgning", "Opfølgning på aftalen som helhed", default=None)

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the agreement reveals, or everything that free text may hold."""
        return frozenset(self.oplysningstyper) or super().declared()
