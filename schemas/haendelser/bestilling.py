"""The order of a measure in adult social care (FFB, after voksenudredningsmetoden), as KL's FFB order message has it.

After `KLMessagingFFBOrderMessage`: the ordered care plan with target groups, goals, measures and follow-up; who takes
part; what the assessment found; relatives and guardian; account; attachments. Citizen and sender are the event's own.

What the kind of offer and the target group reveal, the sender says in `oplysningstyper`, and the whole order carries
it. What the form keeps apart goes under its own heading as well. A part's leaves carry what its field in the order
says.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.haendelser.journal import Dokument
from schemas.identifiers import Cvr, Gln, Tidspunkt
from schemas.parties import Partsart

Kommunekode = Annotated[str, StringConstraints(pattern=r"^0[0-9]{3}$")]
"""A municipality's number, in the four digits of dk-core."""


class Begreb(Value):
    """An entry of the FFB classification, which KL adds to: its words, and its code where the sender has one."""

    tekst: Tekst = felt("Tekst", "Begrebet i ord")
    kode: Tekst | None = felt("Kode", "Begrebets kode i FFB-klassifikationen", default=None)


class Maalgruppe(Value):
    """A target group that the citizen belongs to, such as autism, social isolation or crime."""

    gruppe: Begreb = felt("Målgruppe", "Målgruppen i FFB-klassifikationen")
    rang: int = felt("Rang", "1 er den primære målgruppe, 2 de øvrige", ge=1)


class Ydelse(Value):
    """One measure of the order; the message names its paragraph in the title."""

    ydelse: Begreb = felt("Ydelse", "Hvad der bestilles")
    paragraf: Tekst | None = felt("Paragraf", "Hvad ydelsen gives efter", default=None)
    fra: date | None = felt("Fra", "Ydelsens første dag", default=None)
    til: date | None = felt("Til", "Ydelsens sidste dag", default=None)


class AndenYdelse(Value):
    """A measure that the citizen has elsewhere already, of which what the order declares of itself says nothing."""

    ydelse: Begreb = felt("Ydelse", "Hvad borgeren modtager i forvejen")
    omfang: Tekst | None = felt("Omfang", "Hvor meget borgeren modtager", default=None)
    udbyder: Tekst | None = felt("Udbyder", "Hvem der giver ydelsen", default=None)
    udbyders_adresse: Tekst | None = felt("Adresse", "Hvor ydelsen gives", default=None)


class Indsatsmaal(Value):
    """A goal of the measure. How able the citizen should become says how able he or she is now."""

    maal: Tekst = felt("Indsatsmål", "Hvad borgeren skal opnå")
    forandring: Begreb | None = felt("Forandring", "Fx at udvikle eller fastholde", default=None)
    niveau: Begreb | None = felt("Niveau", "Funktionsevnen, når målet er nået", Type.HELBRED, default=None)
    omraader: tuple[Begreb, ...] = felt("Områder", "Hvad målet gælder, det vigtigste først", Type.HELBRED, default=())


class Tilstand(Value):
    """The citizen's functioning in one respect, such as cooking or conversation."""

    omraade: Begreb = felt("Område", "Det område, tilstanden gælder")
    niveau: Begreb | None = felt("Niveau", "Hvor nedsat funktionsevnen er", default=None)
    registreret: date | None = felt("Registreret", "Hvornår tilstanden blev vurderet", default=None)
    opfoelgning: date | None = felt("Opfølgning", "Hvornår der følges op på tilstanden", default=None)


class Stoettebehov(Value):
    """How much support the citizen needs, and why."""

    niveau: Begreb = felt("Støttebehov", "Støttebehovets niveau")
    begrundelse: Tekst | None = felt("Begrundelse", "Hvorfor støttebehovet er sådan", default=None)


class Gentagelse(Value):
    """How often something happens: so many times in so many of the unit."""

    gange: int = felt("Gange", "Hvor mange gange i perioden", ge=1)
    periode: int = felt("Periode", "Periodens længde i enheder", ge=1)
    enhed: Literal["dag", "uge", "maaned", "aar"] = felt("Enhed", "Periodens enhed")


class Opfoelgning(Value):
    """When the goals are followed up: first on a date, then again and again."""

    foerste: date = felt("Første opfølgning", "Datoen for den første opfølgning")
    gentagelse: Gentagelse | None = felt("Gentagelse", "Hvor ofte der følges op derefter", default=None)
    aftale: Tekst | None = felt("Beskrivelse", "Hvad der er aftalt om opfølgningen", default=None)
    ansvarlig: Tekst | None = felt("Ansvarlig", "Den enhed, der følger op", default=None)


class Deltager(Value):
    """A unit that takes part in the work, with whom to ask there."""

    organisation: Tekst = felt("Organisation", "Enhedens navn")
    rolle: Literal["koordinerende_myndighed", "samarbejdende_myndighed", "koordinerende_udfoerer"] = felt(
        "Rolle", "Enhedens rolle i samarbejdet"
    )
    kontaktperson: Tekst | None = felt("Kontaktperson", "Navnet på enhedens kontaktperson", default=None)
    titel: Tekst | None = felt("Titel", "Kontaktpersonens stilling", default=None)
    telefon: Tekst | None = felt("Telefon", "Kontaktpersonens telefon", default=None)
    mail: Tekst | None = felt("Mail", "Kontaktpersonens mail", default=None)


class Paaroerende(Value):
    """A third party. Being told of a fuldmagt is no declaration that the bus could rest on."""

    paaroerende: Tekst = felt("Navn", "Den pårørendes navn")
    relation: Tekst = felt("Relation", "Hvad den pårørende er for borgeren, fx mor")
    bisidder: bool | None = felt("Bisidder", "Om den pårørende er borgerens bisidder", default=None)
    telefon: Tekst | None = felt("Telefon", "Den pårørendes telefon", default=None)
    mail: Tekst | None = felt("Mail", "Den pårørendes mail", default=None)
    inddragelse: Tekst | None = felt("Inddragelse", "Hvad der er aftalt med den pårørende", default=None)
    fuldmagt: Tekst | None = felt("Fuldmagt", "Hvad den pårørende må få at vide", default=None)
    fuldmagt_givet: Tidspunkt | None = felt("Fuldmagt givet", "Hvornår fuldmagten blev givet", default=None)


class Vaerge(Value):
    """The citizen's guardian. A guardianship rests on the citizen's health as a rule (værgemålsloven, section 5)."""

    vaerge: Tekst = felt("Navn", "Værgens navn")
    form: Literal["paragraf_5", "paragraf_6", "paragraf_7"] | None = felt(
        "Form", "Værgemålets paragraf i værgemålsloven", default=None
    )
    adresse: Tekst | None = felt("Adresse", "Værgens adresse", default=None)
    telefon: Tekst | None = felt("Telefon", "Værgens telefon", default=None)
    mail: Tekst | None = felt("Mail", "Værgens mail", default=None)


class Konto(Value):
    """Where the bill goes."""

    ejer: Tekst = felt("Kontoejer", "Den enhed, der betaler")
    kontonummer: Tekst | None = felt("Konto", "Kontoens nummer hos ejeren", default=None)
    gln: Gln | None = felt("EAN/GLN", "Ejerens lokationsnummer", default=None)
    kontaktperson: Tekst | None = felt(
        "Kontaktperson", "Kontoejerens kontaktperson", Type.KONTAKTPERSONER, default=None
    )
    titel: Tekst | None = felt("Titel", "Kontaktpersonens stilling", Type.KONTAKTPERSONER, default=None)
    telefon: Tekst | None = felt("Telefon", "Kontaktpersonens telefon", Type.KONTAKTPERSONER, default=None)
    mail: Tekst | None = felt("Mail", "Kontaktpersonens mail", Type.KONTAKTPERSONER, default=None)


class Bilag(Dokument):
    """An attachment of the order: a record, a report."""

    beskrivelse: Tekst | None = felt("Beskrivelse", "Hvad bilaget er, og hvem det er fra", default=None)


class IndsatsBestilt(Haendelse):
    """An authority orders a measure from a provider: what kind, for whom, to what end, from when."""

    navn: ClassVar[str] = "indsats.bestilt"
    kaldenavn: ClassVar[str] = "Bestilling af indsats"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.YDELSER_TILBUD})
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING, Partsart.ANDEN_MYNDIGHED})

    bestilling_id: Tekst = felt("Bestilling", "Bestillingens id i afsenderens system", Type.YDELSER_TILBUD)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "Hvad tilbuddets art, målgruppen og samarbejdsparterne afslører",
        Type.YDELSER_TILBUD,
        erklaeret=True,
        default=(),
    )
    bestilt: Tidspunkt = felt("Bestilt", "Hvornår bestillingen blev sendt", Type.YDELSER_TILBUD)
    bestiller: Tekst = felt("Bestiller", "Den enhed, der bestiller", Type.YDELSER_TILBUD, erklaeret=True)
    udfoerer: Tekst = felt("Udfører", "Tilbuddets navn", Type.YDELSER_TILBUD, erklaeret=True)
    udfoerer_cvr: Cvr | None = felt(
        "Udførers CVR-nummer", "CVR-nummer for tilbuddet", Type.YDELSER_TILBUD, erklaeret=True, default=None
    )
    handlekommune: Kommunekode | None = felt(
        "Handlekommune", "Den kommune, der handler for borgeren", Type.YDELSER_TILBUD, default=None
    )
    tilbudstype: Begreb = felt("Tilbudstype", "Tilbuddets art", Type.YDELSER_TILBUD, erklaeret=True)
    fra: date = felt("Fra", "Hvornår indsatsen skal begynde", Type.YDELSER_TILBUD)
    til: date | None = felt("Til", "Hvornår indsatsen skal slutte", Type.YDELSER_TILBUD, default=None)
    ydelser: tuple[Ydelse, ...] = felt(
        "Ydelser", "De ydelser, bestillingen gælder", Type.YDELSER_TILBUD, erklaeret=True, default=()
    )
    andre_ydelser: tuple[AndenYdelse, ...] = felt(
        "Andre indsatser",
        "Hvad borgeren modtager i forvejen",
        *(Type.YDELSER_TILBUD, *FRITEKST),
        erklaeret=True,
        default=(),
    )
    maalgrupper: tuple[Maalgruppe, ...] = felt(
        "Målgruppe", "De målgrupper, borgeren hører til", Type.HELBRED, erklaeret=True, default=()
    )

    indsatsformaal: tuple[Tekst, ...] = felt(
        "Indsatsformål", "Formålet med indsatsen", Type.PLAN, erklaeret=True, default=()
    )
    indsatsmaal: tuple[Indsatsmaal, ...] = felt(
        "Indsatsmål", "De mål, indsatsen skal nå", Type.PLAN, erklaeret=True, default=()
    )
    borgerens_maal: tuple[Tekst, ...] = felt(
        "Borgerens overordnede mål", "Hvad borgeren selv ønsker", Type.MOTIVATION_OENSKER, erklaeret=True, default=()
    )
    opfoelgning: Opfoelgning | None = felt("Opfølgning", "Hvornår der følges op på målene", Type.PLAN, default=None)

    vurderet: Tidspunkt | None = felt("Vurderet", "Hvornår udredningen blev færdig", Type.SAGSFORLOEB, default=None)
    situation: Tekst | None = felt(
        "Vurdering af borgerens situation",
        "Funktioner og forhold, omgivelser, aktivitet og deltagelse",
        *FRITEKST,
        Type.NETVAERK_FAMILIE,
        Type.BOLIG,
        Type.OEKONOMI,
        default=None,
    )
    stoettebehov: Stoettebehov | None = felt(
        "Støttebehovsvurdering", "Borgerens støttebehov", Type.HELBRED, Type.MISBRUG, default=None
    )
    ressourcer: Tekst | None = felt(
        "Borgerens ressourcer i forhold til indsatsen",
        "Hvad borgeren kan og vil selv",
        Type.FAGLIGE_KOMPETENCER,
        Type.MOTIVATION_OENSKER,
        erklaeret=True,
        default=None,
    )
    perspektiv: Tekst | None = felt(
        "Borgerens perspektiv på indsatsen",
        "Hvad borgeren selv siger om indsatsen",
        Type.BORGERENS_KOMMENTARER,
        Type.MOTIVATION_OENSKER,
        erklaeret=True,
        default=None,
    )
    diagnoser: tuple[Tekst, ...] = felt(
        "Diagnoser", "Borgerens diagnoser, og hvem der stillede dem", Type.HELBRED, Type.MISBRUG, default=()
    )
    tilstande: tuple[Tilstand, ...] = felt(
        "Tilstande", "Borgerens funktionsevne, område for område", Type.HELBRED, Type.MISBRUG, default=()
    )

    adresse: Tekst | None = felt("Adresse", "Borgerens adresse", Type.STAMDATA, default=None)
    telefon: Tekst | None = felt("Telefon", "Borgerens telefon", Type.STAMDATA, default=None)
    mail: Tekst | None = felt("Mail", "Borgerens mail", Type.STAMDATA, default=None)
    deltagere: tuple[Deltager, ...] = felt(
        "Samarbejdsparter", "De enheder, der samarbejder om indsatsen", Type.KONTAKTPERSONER, erklaeret=True, default=()
    )
    paaroerende: tuple[Paaroerende, ...] = felt(
        "Pårørende", "De pårørende, der inddrages", Type.NETVAERK_FAMILIE, Type.BOERN, default=()
    )
    vaerge: Vaerge | None = felt("Værge", "Borgerens værge", Type.NETVAERK_FAMILIE, Type.HELBRED, default=None)
    konto: Konto | None = felt("Konto", "Hvem der betaler", Type.YDELSER_TILBUD, default=None)
    bilag: tuple[Bilag, ...] = felt("Bilag", "Vedhæftede filer", *FRITEKST, erklaeret=True, default=())

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that offer and target group reveal, or everything that they could."""
        return frozenset(self.oplysningstyper) or FRITEKST
