"""The preparation form for cross-disciplinary coordination (000, section 1.5), in each of its three shapes.

Eksempel 1 is the short form of eight points, Eksempel 2 the long form with annexes A to E, Eksempel 3 the long one
without annexes, after a rehabilitation team's. The citizen's declaration on the form is `samtykke.afgivet`, never this.
"""

from datetime import date
from typing import ClassVar, Literal

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst
from schemas.fields import felt
from schemas.haendelser.forberedelsesskema_bilag import (
    Ansaettelse,
    Beskaeftigelsestilbud,
    EgenLaege,
    Forsoergelse,
    Helbredsoplysning,
    Koerekortkategori,
    OevrigtTilbud,
    Sagsbehandler,
    Sprog,
    Uddannelsesforloeb,
    Vedlagt,
)
from schemas.haendelser.forberedelsesskema_spoergsmaal import Spoergsmaal, Svar
from schemas.parties import Partsart


class ForberedelsesskemaUdfyldt(Spoergsmaal):
    """A caseworker has filled in the form with the citizen, before the meeting of those whom it is addressed to.

    Every answer and annex goes under its own category; what stands under none also carries what the sender declares.
    So do benefits and offers, for the name of one may tell of an illness, and the citizen's own comments.
    """

    navn: ClassVar[str] = "forberedelsesskema.udfyldt"
    kaldenavn: ClassVar[str] = "Forberedelsesskema"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.SAGSFORLOEB})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})

    skema: Literal["kort", "langt_med_bilag", "langt_uden_bilag"] = felt(
        "Skema", "Hvilket af guidens skemaer der er udfyldt: eksempel 1, 2 eller 3", Type.SAGSFORLOEB
    )
    udfyldt: date = felt("Udfyldt", "Datoen, da skemaet blev udfyldt", Type.SAGSFORLOEB)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "Hvad afsenderen erklærer, at uopdelte tekster, ydelser og tilbud har",
        Type.SAGSFORLOEB,
        erklaeret=True,
        default=(),
    )
    adresse: Tekst | None = felt("Borgerens adresse", "Hvor borgeren bor", Type.STAMDATA, default=None)
    telefon: Tekst | None = felt("Borgerens tlf.", "Borgerens telefon", Type.STAMDATA, default=None)
    mail: Tekst | None = felt("Borgerens mail", "Borgerens mail", Type.STAMDATA, default=None)
    sagsbehandler: Sagsbehandler | None = felt(
        "Kommunen", "Sagsbehandleren, der udfylder skemaet", Type.KONTAKTPERSONER, default=None
    )
    egen_laege: EgenLaege | None = felt("Egen læge", "Borgerens egen læge", Type.KONTAKTPERSONER, default=None)
    begrundelse: Svar | None = felt(
        "Begrundelse for behovet for tværfaglig koordinering",
        "Hvorfor sagen tages op på et tværfagligt møde",
        Type.SAGSFORLOEB,
        erklaeret=True,
        default=None,
    )
    resume: Svar | None = felt(
        "Kort resume af sagen",
        "Mål for beskæftigelse og uddannelse, ressourcer og udfordringer, iværksatte tiltag",
        *(Type.SAGSFORLOEB, Type.MOTIVATION_OENSKER, Type.YDELSER_TILBUD),
        erklaeret=True,
        default=None,
    )
    samtykke_dato: date | None = felt(
        "Samtykke", "Hvornår borgeren skrev under på skemaets samtykke", Type.SAGSFORLOEB, default=None
    )
    borgerens_kommentarer: Svar | None = felt(
        "Borgerens kommentarer",
        "Borgerens egne kommentarer til skemaet",
        Type.BORGERENS_KOMMENTARER,
        erklaeret=True,
        default=None,
    )

    # Bilag A: CV
    personlig_beskrivelse: Tekst | None = felt(
        "Personlig beskrivelse",
        "Hvad borgeren kan tilbyde en arbejdsgiver",
        Type.FAGLIGE_KOMPETENCER,
        default=None,
    )
    erhvervserfaring: tuple[Ansaettelse, ...] = felt(
        "Erhvervserfaring", "Borgerens ansættelser", Type.FAGLIGE_KOMPETENCER, default=()
    )
    uddannelser: tuple[Uddannelsesforloeb, ...] = felt(
        "Uddannelse og efteruddannelse", "Gennemførte og afbrudte forløb", Type.FAGLIGE_KOMPETENCER, default=()
    )
    anden_erfaring: Tekst | None = felt(
        "Anden erfaring", "Erfaring uden for ansættelser", Type.FAGLIGE_KOMPETENCER, default=None
    )
    sprog: tuple[Sprog, ...] = felt("Sprog", "De sprog, borgeren kan", Type.FAGLIGE_KOMPETENCER, default=())
    koerekort: tuple[Koerekortkategori, ...] = felt(
        "Kørekort", "Kørekortets kategorier", Type.FAGLIGE_KOMPETENCER, default=()
    )
    cv_dokumentation: tuple[Vedlagt, ...] = felt(
        "Dokumentation på ansættelse på særlige vilkår",
        "Vedlagt dokumentation",
        *(Type.FAGLIGE_KOMPETENCER, Type.HELBRED),
        default=(),
    )

    # Bilag B
    helbredsoplysninger: tuple[Helbredsoplysning, ...] = felt(
        "Helbredsoplysninger", "Lægeattester, lægeskøn, epikriser og lignende", Type.HELBRED, default=()
    )

    # Bilag C
    forsoergelseshistorik: tuple[Forsoergelse, ...] = felt(
        "Forsørgelseshistorik", "Borgerens ydelser over tid", Type.YDELSER_TILBUD, erklaeret=True, default=()
    )
    forsoergelse_yderligere: Tekst | None = felt(
        "Eventuelle yderligere oplysninger om forsørgelseshistorik",
        "Hvad rækkerne ikke siger",
        Type.YDELSER_TILBUD,
        erklaeret=True,
        default=None,
    )
    forsoergelse_print: tuple[Vedlagt, ...] = felt(
        "Print fra sagsbehandlingssystemet", "Vedlagt i stedet for rækkerne", Type.YDELSER_TILBUD, default=()
    )

    # Bilag D
    beskaeftigelsestilbud: tuple[Beskaeftigelsestilbud, ...] = felt(
        "Tilbud efter lov om en aktiv beskæftigelsesindsats",
        "De tilbud, borgeren har fået",
        Type.YDELSER_TILBUD,
        erklaeret=True,
        default=(),
    )

    # Bilag E
    sociale_tilbud: tuple[OevrigtTilbud, ...] = felt(
        "Sociale tilbud", "Tilbud efter lov om social service", Type.YDELSER_TILBUD, erklaeret=True, default=()
    )
    sundhedstilbud: tuple[OevrigtTilbud, ...] = felt(
        "Sundhedstilbud", "Tilbud efter sundhedsloven", Type.YDELSER_TILBUD, Type.HELBRED, erklaeret=True, default=()
    )
    andre_tilbud: tuple[OevrigtTilbud, ...] = felt(
        "Andre tilbud", "Øvrige tilbud, borgeren har deltaget i", Type.YDELSER_TILBUD, erklaeret=True, default=()
    )
    boern_foranstaltninger: tuple[OevrigtTilbud, ...] = felt(
        "Foranstaltninger vedr. børn",
        "Tilbud og foranstaltninger vedrørende borgerens børn",
        *(Type.YDELSER_TILBUD, Type.BOERN),
        default=(),
    )

    def declared(self) -> frozenset[Type]:
        """Return what the sender declares of the texts that no heading divides, or all that they may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST
