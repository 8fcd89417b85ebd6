"""What caseworkers write in their case systems: tasks (KMD Momentum) and journal notes (SBSYS, KMD Momentum).

Modelled from the systems' public interfaces: a Momentum task has title, description, deadline, assigned employees and
type; an SBSYS note has heading, words and time of writing, on a case with a KLE number. Neither has a heading that says
what it is about, so each goes or stays whole, under the categories that its sender declares or else all that unread
free text may hold.
"""

from typing import ClassVar

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.haendelser.korrespondance import Base64
from schemas.identifiers import Kle, Tidspunkt
from schemas.parties import Partsart

_TYPE = Type.SAGSFORLOEB


class Dokument(Value):
    """A file from a case system: opaque to us, so it carries all that the event declares."""

    titel: Tekst | None = felt("Titel", "Dokumentets titel", erklaeret=True, default=None)
    indholdstype: Tekst = felt("Indholdstype", "MIME-type", erklaeret=True)
    indhold: Base64 | None = felt("Indhold", "Dokumentets bytes, base64", erklaeret=True, default=None)
    adresse: Tekst | None = felt("Adresse", "Hvor dokumentet kan hentes", erklaeret=True, default=None)


class _Sagsskridt(Haendelse):
    """A step of the casework in words of the caseworker's own."""

    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.FORVALTNING, Partsart.UU, Partsart.REGION_SUNDHEDSFAGLIG, Partsart.ANDEN_MYNDIGHED}
    )

    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "De oplysningstyper, afsenderen erklærer, at teksten har", _TYPE, erklaeret=True, default=()
    )

    def declared(self) -> frozenset[Type]:
        """Return what the sender declares, or everything that unread free text may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST


class OpgaveOprettet(_Sagsskridt):
    """Somebody is to do something in the citizen's case."""

    navn: ClassVar[str] = "opgave.oprettet"
    kaldenavn: ClassVar[str] = "Opgave"

    opgave_id: Tekst | None = felt("Opgave", "Opgavens id i afsenderens system", _TYPE, erklaeret=True, default=None)
    opgavetype: Tekst | None = felt(
        "Opgavetype", "Slags opgave i afsenderens system", _TYPE, erklaeret=True, default=None
    )
    titel: Tekst = felt("Titel", "Hvad der skal gøres", _TYPE, erklaeret=True)
    beskrivelse: Tekst | None = felt("Beskrivelse", "Opgaven uddybet", _TYPE, erklaeret=True, default=None)
    frist: Tidspunkt = felt("Frist", "Hvornår opgaven skal være løst", _TYPE, erklaeret=True)
    ansvarlige: tuple[Tekst, ...] = felt(
        "Ansvarlige", "De medarbejdere, opgaven er tildelt", _TYPE, erklaeret=True, min_length=1
    )


class JournalnotatOprettet(_Sagsskridt):
    """A note was written in the citizen's journal. Who wrote it stands in `bruger`, the case in `sag`."""

    navn: ClassVar[str] = "journalnotat.oprettet"
    kaldenavn: ClassVar[str] = "Journalnotat"

    notat_id: Tekst | None = felt("Notat", "Notatets id i afsenderens system", _TYPE, erklaeret=True, default=None)
    kle: Kle | None = felt("KLE", "Sagens KLE-emne, evt. med handlingsfacet", _TYPE, erklaeret=True, default=None)
    titel: Tekst = felt("Titel", "Notatets overskrift", _TYPE, erklaeret=True)
    notat: Tekst = felt("Notat", "Notatets ord", _TYPE, erklaeret=True)
    oprettet: Tidspunkt = felt("Oprettet", "Hvornår notatet blev skrevet", _TYPE, erklaeret=True)
    bilag: tuple[Dokument, ...] = felt("Bilag", "Notatets vedhæftede filer", _TYPE, default=())
