"""The milestones of outreach casework, from first contact to end (arbejdsgang for fremskudt sagsbehandling, 4, 8, 14).

The workflow has no form for them, only what is to be told: that it happened, when, which way it went, and what comes
next. What comes next is in nobody's heading, so it carries what the sender declares that it reveals.
"""

from datetime import date
from typing import ClassVar, Literal

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst
from schemas.fields import felt
from schemas.parties import Partsart

_WORK = Type.SAGSFORLOEB


class _Milepael(Haendelse):
    """What the milestones have in common: a date and what comes next."""

    kerne: ClassVar[frozenset[Type]] = frozenset({_WORK})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})
    to: ClassVar[To] = To.CASE

    dato: date = felt("Dato", "Den dag, det skete", _WORK)
    naeste_skridt: Tekst | None = felt(
        "Næste skridt", "Hvad der skal ske nu, og hvem der gør det", _WORK, erklaeret=True, default=None
    )
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad hændelsens fritekst afslører om borgeren", _WORK, erklaeret=True, default=()
    )

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the free text reveals, or everything that it may hold."""
        return frozenset(self.oplysningstyper) or super().declared()


class KontaktOpnaaet(_Milepael):
    """The outreach caseworker talks with, writes with or meets the citizen."""

    navn: ClassVar[str] = "kontakt.opnaaet"
    kaldenavn: ClassVar[str] = "Kontakt opnået"

    maade: Literal["mail", "telefon", "sms", "brev", "besoeg", "naermeste_netvaerk", "samarbejdspartner"] = felt(
        "Kontaktmåde", "Hvordan kontakten blev opnået", _WORK
    )
    frabeder_sig_besoeg: bool | None = felt(
        "Frabeder sig besøg", "Om borgeren aktivt frabeder sig besøg", _WORK, default=None
    )


class RaadgivningGivet(_Milepael):
    """The citizen has had the advice that the assessment so far calls for."""

    navn: ClassVar[str] = "raadgivning.givet"
    kaldenavn: ClassVar[str] = "Rådgivning"
    to: ClassVar[To] = To.ADDRESSEES

    art: Literal["raad", "vejledning", "raad_og_vejledning"] = felt("Art", "Råd, vejledning eller begge dele", _WORK)
    emne: Tekst | None = felt(
        "Råd og vejledning", "Hvad borgeren er rådgivet og vejledt om", _WORK, erklaeret=True, default=None
    )


class BehovsvurderingAfsluttet(_Milepael):
    """It is settled which support the citizen needs and where it can be had."""

    navn: ClassVar[str] = "behovsvurdering.afsluttet"
    kaldenavn: ClassVar[str] = "Behovsvurdering"

    udfald: Literal["ordinaer_sagsbehandling", "netvaerk_eller_frivillige", "intet_behov"] = felt(
        "Udfald", "Ordinær sagsbehandling, støtte i netværk eller hos frivillige, eller intet behov", _WORK
    )
    behov: Tekst | None = felt(
        "Behov for støtte", "Hvilken støtte borgeren har behov for", Type.YDELSER_TILBUD, erklaeret=True, default=None
    )
    enhed: Tekst | None = felt(
        "Relevant enhed", "Den enhed, der tildeler en sagsbehandler", Type.YDELSER_TILBUD, erklaeret=True, default=None
    )


class ForloebAfsluttet(_Milepael):
    """The outreach casework has ended; from here the follow-up after three to six months is counted."""

    navn: ClassVar[str] = "forloeb.afsluttet"
    kaldenavn: ClassVar[str] = "Forløb afsluttet"

    aarsag: Literal["ordinaer_sagsbehandling", "netvaerk_eller_frivillige", "intet_stoettebehov"] = felt(
        "Årsag", "Overgået til ordinær sagsbehandling eller anden støtte, eller ikke længere behov", _WORK
    )
    overgaaet_til: Tekst | None = felt(
        "Overgået til", "Det tilbud, borgeren er overgået til", Type.YDELSER_TILBUD, erklaeret=True, default=None
    )
    opfoelgning_dato: date | None = felt(
        "Opfølgning", "Det aftalte møde tre til seks måneder efter", _WORK, default=None
    )
    opfoelgning_sted: Tekst | None = felt(
        "Opfølgning, sted",
        "Hvor borgeren ønsker mødet; om hjemmet står der kun det",
        _WORK,
        erklaeret=True,
        default=None,
    )
