"""What the jobcenter's national systems tell: sick leave and activity (STAR/DFDG), and the CV on Jobnet.

`sygemelding.registreret` has the fields of CreateIllness and `aktivitet.registreret` those of CreateActivity's core,
after STAR's public interface descriptions. `cv.opdateret` has those of annex A of the longer preparation form (000,
example 2), which is filled from the citizen's CV on Jobnet.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.haendelser.journal import Dokument
from schemas.identifiers import Cvr, Pnummer
from schemas.parties import Partsart

STAR_KOMMENTAR = 1500
"""The longest comment that CreateIllness takes, in characters."""

Kode = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")]
"""An entry of one of STAR's code lists, which STAR adds to: a number up to 10000."""

Periode = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$")]
"""A year, or a year and month, as a CV says when: ÅÅÅÅ or ÅÅÅÅ-MM."""


class Virksomhed(Value):
    """The employer that somebody is ill from. Nobody who is out of work has one."""

    cvr: Cvr = felt("CVR-nummer", "Virksomhedens CVR-nummer", Type.HELBRED, Type.FAGLIGE_KOMPETENCER)
    pnummer: Pnummer | None = felt(
        "P-nummer", "Arbejdsstedets P-nummer", Type.HELBRED, Type.FAGLIGE_KOMPETENCER, default=None
    )


class SygemeldingRegistreret(Haendelse):
    """The citizen has been reported ill. All of it is health data; the comment may hold anything."""

    navn: ClassVar[str] = "sygemelding.registreret"
    kaldenavn: ClassVar[str] = "Sygemelding"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.HELBRED})
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.FORVALTNING, Partsart.ANDEN_MYNDIGHED, Partsart.PRIVAT}
    )

    fravaer_id: Tekst | None = felt("Fravær", "Nøgle for fraværsregistreringen", Type.HELBRED, default=None)
    startdato: date = felt("Startdato", "Første sygedag", Type.HELBRED)
    slutdato: date | None = felt("Slutdato", "Sidste sygedag; tom, hvis det varer ved", Type.HELBRED, default=None)
    fravaerstype: Kode = felt("Fraværstype", "STARs kode for typen af fravær", Type.HELBRED)
    kommentar: Tekst | None = felt(
        "Kommentar",
        "Kommentar til fraværet",
        Type.HELBRED,
        erklaeret=True,
        default=None,
        max_length=STAR_KOMMENTAR,
    )
    afslutningsaarsag: Kode | None = felt(
        "Afslutningsårsag", "STARs kode for, hvorfor fraværet sluttede", Type.HELBRED, default=None
    )
    anmeldt: date = felt("Anmeldelsesdato", "Hvornår fraværet blev anmeldt", Type.HELBRED)
    virksomhed: Virksomhed | None = felt("Virksomhed", "Den virksomhed, borgeren er sygemeldt fra", default=None)


class Myndighed(Value):
    """The authority that answers for an activity, and its caseworker."""

    organisationskode: str = felt(
        "Organisationskode", "Myndighedens kode hos STAR", Type.YDELSER_TILBUD, pattern=r"^(-1|[0-9]{1,8})$"
    )
    myndighedsnavn: Tekst = felt("Navn", "Myndighedens navn", Type.YDELSER_TILBUD)
    sagsbehandler: Tekst | None = felt(
        "Sagsbehandler", "Den ansvarlige sagsbehandlers navn", Type.YDELSER_TILBUD, Type.KONTAKTPERSONER, default=None
    )
    telefon: Tekst | None = felt(
        "Telefon", "Sagsbehandlerens telefon", Type.YDELSER_TILBUD, Type.KONTAKTPERSONER, default=None
    )


class AktivitetRegistreret(Haendelse):
    """An activity of the employment effort. Some kinds reveal more than that there is one: the sender says what."""

    navn: ClassVar[str] = "aktivitet.registreret"
    kaldenavn: ClassVar[str] = "Aktivitet"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.YDELSER_TILBUD})
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.FORVALTNING, Partsart.ANDEN_MYNDIGHED, Partsart.PRIVAT}
    )

    aktivitet_id: Tekst | None = felt("Aktivitet", "Id for aktiviteten", Type.YDELSER_TILBUD, default=None)
    aktivitetstype: Kode | None = felt(
        "Aktiveringstype", "STARs kode, fx for løntilskud", Type.YDELSER_TILBUD, erklaeret=True, default=None
    )
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "Hvad aktivitetens art afslører; en almindelig siger ydelser_tilbud",
        Type.YDELSER_TILBUD,
        erklaeret=True,
        default=(),
    )
    startdato: date = felt("Startdato", "Aktivitetens første dag", Type.YDELSER_TILBUD)
    slutdato: date | None = felt("Slutdato", "Aktivitetens sidste dag", Type.YDELSER_TILBUD, default=None)
    timer_pr_uge: int | None = felt(
        "Timer pr. uge", "Hele timer om ugen", Type.YDELSER_TILBUD, default=None, ge=0, le=59
    )
    minutter_pr_uge: int | None = felt(
        "Minutter pr. uge", "Minutter om ugen ud over timerne", Type.YDELSER_TILBUD, default=None, ge=0, le=59
    )
    ansvarlig_myndighed: Myndighed = felt("Ansvarlig myndighed", "Den myndighed, der svarer for aktiviteten")

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the kind of activity reveals, or everything that it could."""
        return frozenset(self.oplysningstyper) or super().declared()


class Erhvervserfaring(Value):
    """One employment. Why it ended may be illness."""

    stilling: Tekst = felt("Stillingsbetegnelse og jobindhold", "Hvad jobbet bestod i", Type.FAGLIGE_KOMPETENCER)
    arbejdssted: Tekst | None = felt("Arbejdssted", "Hvor borgeren var ansat", Type.FAGLIGE_KOMPETENCER, default=None)
    periode_fra: Periode | None = felt("Periode fra", "Hvornår jobbet begyndte", Type.FAGLIGE_KOMPETENCER, default=None)
    periode_til: Periode | None = felt("Periode til", "Hvornår jobbet sluttede", Type.FAGLIGE_KOMPETENCER, default=None)
    ophoer: Tekst | None = felt(
        "Årsag til ophør", "Hvorfor jobbet sluttede", Type.FAGLIGE_KOMPETENCER, Type.HELBRED, default=None
    )
    timer_pr_uge: float | None = felt(
        "Timer/uge", "Ugentlig arbejdstid i timer", Type.FAGLIGE_KOMPETENCER, default=None, ge=0, le=168
    )


class Uddannelse(Value):
    """One education or course, finished or not. Why it was broken off may be illness."""

    uddannelse: Tekst = felt("Uddannelse og efteruddannelse", "Uddannelsens navn", Type.FAGLIGE_KOMPETENCER)
    periode_fra: Periode | None = felt(
        "Periode fra", "Hvornår uddannelsen begyndte", Type.FAGLIGE_KOMPETENCER, default=None
    )
    periode_til: Periode | None = felt(
        "Periode til", "Hvornår uddannelsen sluttede", Type.FAGLIGE_KOMPETENCER, default=None
    )
    afbrudt: Tekst | None = felt(
        "Begrundelse, hvis uddannelsesforløbet er afbrudt",
        "Hvorfor forløbet er afbrudt",
        Type.FAGLIGE_KOMPETENCER,
        Type.HELBRED,
        default=None,
    )


class Sprog(Value):
    """A language and how well it is mastered."""

    sprog: Tekst = felt("Sprog", "Sproget", Type.FAGLIGE_KOMPETENCER)
    niveau: Tekst | None = felt("Niveau", "Hvor godt sproget beherskes", Type.FAGLIGE_KOMPETENCER, default=None)


class CvOpdateret(Haendelse):
    """A new version of the citizen's CV, whole."""

    navn: ClassVar[str] = "cv.opdateret"
    kaldenavn: ClassVar[str] = "CV"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.FAGLIGE_KOMPETENCER})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING, Partsart.PRIVAT})

    opdateret: date = felt("Opdateret", "Datoen for denne version", Type.FAGLIGE_KOMPETENCER)
    personlig_beskrivelse: Tekst | None = felt(
        "Personlig beskrivelse",
        "Hvad borgeren kan tilbyde en arbejdsgiver",
        Type.FAGLIGE_KOMPETENCER,
        default=None,
    )
    erhvervserfaring: tuple[Erhvervserfaring, ...] = felt("Erhvervserfaring", "Borgerens job", default=())
    uddannelser: tuple[Uddannelse, ...] = felt(
        "Uddannelse og efteruddannelse", "Både gennemførte og afbrudte", default=()
    )
    anden_erfaring: Tekst | None = felt(
        "Anden erfaring", "Erfaring uden for job og uddannelse", Type.FAGLIGE_KOMPETENCER, default=None
    )
    sprogkundskaber: tuple[Sprog, ...] = felt("Sprog", "De sprog, borgeren kan", default=())
    koerekort: tuple[Tekst, ...] = felt("Kørekort", "Kørekortets typer", Type.FAGLIGE_KOMPETENCER, default=())
    dokumentation: tuple[Dokument, ...] = felt(
        "Dokumentation på ansættelse på særlige vilkår",
        "Også for ansættelse efter de sociale kapitler",
        Type.FAGLIGE_KOMPETENCER,
        Type.YDELSER_TILBUD,
        Type.HELBRED,
        default=(),
    )
