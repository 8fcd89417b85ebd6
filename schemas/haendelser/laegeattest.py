"""Medical certificates: the municipality's requests and the doctors' answers (the LÆ forms).

After MedCom's schemas of LÆ121 to LÆ215, whose requests carry a legal authority: consent, or retssikkerhedsloven § 11 c
and the subsection; after what the orders on sick-pay follow-up (§ 15) and on the rehabilitation plan (§ 4) ask of LÆ285
and LÆ265; and after annex B of the long preparation form: number, date, copy, conclusion. LÆ165 is the doctor's own
proposal, which nobody has asked for.
"""

from datetime import date
from typing import Any, ClassVar, Literal

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.haendelser.korrespondance import Bilag
from schemas.haendelser.medcom import Adresse, Enhed, Fagperson, Kontakt, klinisk
from schemas.identifiers import Cvr
from schemas.parties import Partsart

BLANKET = r"^LÆ ?[0-9]{3}$"


def _bedt(titel: str, beskrivelse: str, *typer: Type) -> Any:
    """Declare what a request may say beside what it asks for."""
    return felt(titel, beskrivelse, *typer, erklaeret=True, default=None)


class LaegeattestAnmodet(Haendelse):
    """A request for a certificate. It may go when the answer could come, so it carries what it asks for."""

    navn: ClassVar[str] = "laegeattest.anmodet"
    kaldenavn: ClassVar[str] = "Anmodning om lægeattest"
    kerne_erklaeret: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "De oplysningstyper, der bedes om", erklaeret=True, min_length=1
    )
    blanket: Tekst = felt("Blanket", "LÆ-blankettens nummer", erklaeret=True, pattern=BLANKET)
    lovgrundlag: Tekst = felt("Lovgrundlag", "Samtykke, eller det stykke og litra der påberåbes", erklaeret=True)
    anmodet: date = felt("Anmodet", "Datoen for anmodningen", erklaeret=True)
    meddelelse: Tekst | None = _bedt("Meddelelse", "Anmodningens nummer, som svaret henviser til")
    svarfrist: date | None = _bedt("Svarfrist", "Hvornår svaret ønskes")
    tid_senest: date | None = _bedt("Tid hos lægen senest", "Hvornår borgeren senest skal være undersøgt")
    aarsag: Literal["sygedagpenge", "refusion", "kontanthjaelp"] | None = _bedt(
        "Årsag til anmodning", "Den ydelse, det drejer sig om", Type.YDELSER_TILBUD
    )
    anden_aarsag: Tekst | None = _bedt("Anden årsag", "Hvorfor attesten ellers ønskes")
    redegoerelse: Tekst | None = _bedt("Kort redegørelse", "Sagen i korthed")
    spoergsmaal: Tekst | None = _bedt("Spørgsmål", "Hvad der ønskes belyst")
    borgerens_oplysninger: Tekst | None = _bedt(
        "Borgerens oplysninger", "Hvad sygdommen betyder for arbejdet", Type.HELBRED, Type.BORGERENS_KOMMENTARER
    )
    arbejdsgiverens_oplysninger: Tekst | None = _bedt(
        "Arbejdsgiverens oplysninger", "Hvad arbejdsgiveren har oplyst om det samme", Type.HELBRED
    )
    kontakter: tuple[Kontakt, ...] = felt(
        "Kontaktpersoner", "Hvem lægen kan ringe til", Type.KONTAKTPERSONER, erklaeret=True, default=()
    )

    def declared(self) -> frozenset[Type]:
        """Return the categories asked for, and health: a form that a doctor is to fill in is about nothing else."""
        return frozenset(self.oplysningstyper) | {Type.HELBRED}


class Betaling(Value):
    """Where the doctor's fee goes (LÆ290): never to a CPR number, which the form has a place for."""

    registreringsnummer: Tekst = felt("Registreringsnummer", "Bankens fire cifre", pattern=r"^[0-9]{4}$")
    kontonummer: Tekst = felt("Kontonummer", "Kontoens nummer", pattern=r"^[0-9]{1,10}$")
    bank: Tekst | None = felt("Bank", "Bankens navn", default=None)
    cvr: Cvr | None = felt("CVR-nummer", "Betalingsmodtagerens CVR-nummer", default=None)


class LaegeattestModtaget(Haendelse):
    """A certificate: each heading of the forms is a field, filled or not as the form has it.

    That there is one, of which number and when, is health. What the doctor writes also carries what the certificate
    declares, and whatever its heading names beside health.
    """

    navn: ClassVar[str] = "laegeattest.modtaget"
    kaldenavn: ClassVar[str] = "Lægeattest"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.HELBRED})
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.PRAKTISERENDE_LAEGE, Partsart.SUNDHEDSVAESEN, Partsart.REGION_SUNDHEDSFAGLIG}
    )

    blanket: Tekst = felt("Lægeattest", "LÆ-blankettens nummer", Type.HELBRED, pattern=BLANKET)
    udfyldt: date = felt("Dato", "Hvornår attesten blev udfyldt", Type.HELBRED)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "De oplysningstyper, lægen erklærer, at attesten har",
        Type.HELBRED,
        erklaeret=True,
        default=(),
    )
    meddelelse: Tekst | None = felt("Meddelelse", "Attestens nummer", Type.HELBRED, default=None)
    vedroerer: Tekst | None = felt("Vedrører", "Anmodningens nummer", Type.HELBRED, default=None)
    lovgrundlag: Tekst | None = felt("Lovgrundlag", "Det grundlag, anmodningen påberåbte", Type.HELBRED, default=None)
    konklusion: Tekst | None = klinisk("Konklusion", "Konklusion på attesten")
    returneret: bool | None = felt(
        "Returneret", "Om attesten returneres, fordi lægen ikke har oplysningerne (LÆ125)", Type.HELBRED, default=None
    )
    adresse: Adresse | None = felt("Adresse", "Borgerens adresse", Type.STAMDATA, default=None)
    telefon: Tekst | None = felt("Telefon", "Borgerens telefon", Type.STAMDATA, default=None)
    stilling: Tekst | None = felt("Stilling", "Borgerens stilling", Type.FAGLIGE_KOMPETENCER, default=None)
    laege: Fagperson | None = klinisk("Læge", "Den læge, der har udfyldt attesten")
    praksis: Enhed | None = klinisk("Praksis", "Lægens praksis eller afdeling")
    laege_siden: Tekst | None = klinisk("Borgerens læge siden", "Hvor længe lægen har haft borgeren (LÆ145)")

    sygehistorie: Tekst | None = klinisk("Sygehistorie", "Relevante sygdomsforløb og tilstande (LÆ125-145)")
    objektiv_undersoegelse: Tekst | None = klinisk("Objektiv undersøgelse", "Fund ved undersøgelsen (LÆ135-145)")
    diagnoser: Tekst | None = klinisk("Diagnoser", "Aktuelle diagnoser eller årsag til fraværet")
    andre_diagnoser: Tekst | None = klinisk("Andre diagnoser", "Andre betydende diagnoser (LÆ215)")
    behandling: Tekst | None = klinisk("Igangværende behandling", "Undersøgelse og behandling, også andre steder")
    behandlingsmuligheder: Tekst | None = klinisk("Behandlingsmuligheder", "Hvad der kan gøres (LÆ145)")
    funktionsevne: Tekst | None = klinisk("Funktionsevne", "Hvad borgeren kan og ikke længere kan (LÆ145)")
    prognose: Tekst | None = klinisk("Prognose", "De helbredsmæssige udsigter og udviklingen i funktionsevnen")
    vurdering: Tekst | None = klinisk("Vurdering", "Helbredets betydning for sagen (LÆ125, LÆ215)")
    socialmedicinsk_forslag: Tekst | None = klinisk(
        "Socialmedicinsk forslag", "Forslag til behandlingsmuligheder (LÆ145)", Type.YDELSER_TILBUD
    )
    speciallaege: Tekst | None = klinisk("Speciallæge", "Om speciallægeundersøgelse er nødvendig, og hvilken")
    eventuelt: Tekst | None = klinisk("Eventuelt", "Supplerende oplysninger")

    problemstilling: Tekst | None = klinisk(
        "Problemstilling", "Det, lægen beder kommunen behandle (LÆ165)", Type.SAGSFORLOEB
    )
    foreslaaede_attester: tuple[
        Literal["statusattest", "specifik_helbredsattest", "generel_helbredsattest", "speciallaegeattest"], ...
    ] = felt(
        "Forslag om attester", "Attester, lægen foreslår indhentet (LÆ165)", Type.HELBRED, Type.SAGSFORLOEB, default=()
    )
    andre_forslag: Tekst | None = klinisk("Andet", "Andre oplysninger, der bør indhentes (LÆ165)", Type.SAGSFORLOEB)
    oensker_underretning: bool | None = felt(
        "Ønsker underretning", "Om lægen vil høre, hvad der videre sker (LÆ165)", Type.HELBRED, default=None
    )

    foerste_fravaersdag: Tekst | None = klinisk(
        "Første fraværsdag", "Som lægen har skrevet den (LÆ205, LÆ215)", Type.FREMMOEDE
    )
    foerste_konsultation: date | None = felt(
        "Første konsultation", "Om den nuværende sygdom (LÆ205)", Type.HELBRED, default=None
    )
    uarbejdsdygtig: bool | None = felt(
        "Uarbejdsdygtig", "Om borgeren er eller har været det (LÆ205)", Type.HELBRED, default=None
    )
    uarbejdsdygtighed: Literal["fuld", "delvis"] | None = felt(
        "Grad", "Fuld eller delvis uarbejdsdygtighed (LÆ205)", Type.HELBRED, default=None
    )
    forventet_varighed: Tekst | None = klinisk("Forventet varighed", "Som lægen har skrevet den (LÆ205)")
    forventet_varighed_dage: int | None = felt(
        "Forventet varighed i dage", "Regnet fra attestens dato (LÆ215)", Type.HELBRED, default=None, ge=0
    )
    arbejde_genoptaget: bool | None = felt("Arbejdet genoptaget", "LÆ205", Type.HELBRED, default=None)
    behandling_er_nok: bool | None = felt(
        "Behandling alene", "Om behandling alene kan genetablere arbejdsdygtigheden (LÆ215)", Type.HELBRED, default=None
    )
    behandling_og_foranstaltning: bool | None = felt(
        "Behandling og foranstaltninger", "Om de tilsammen kan (LÆ215)", Type.HELBRED, default=None
    )
    sygdomsbillede: Literal["klart", "uklart"] | None = felt(
        "Sygdomsbilledet", "Om det er klart eller uklart (LÆ285)", Type.HELBRED, default=None
    )
    behandlingsstatus: Literal["behandlingsplan", "behov_for_behandling", "ingen_yderligere_muligheder"] | None = felt(
        "Behandlingsplan", "Hvor behandlingen står (LÆ285)", Type.HELBRED, default=None
    )
    arbejdsmuligheder: Tekst | None = klinisk("Muligheder for at arbejde", "Lægens vurdering (LÆ285)")
    skaanebehov: Tekst | None = klinisk("Skånebehov", "Hvad der kan fremme genoptagelse af arbejdet (LÆ285)")
    genoptagelse: Literal["helt", "delvist", "nyt_arbejde", "ikke"] | None = felt(
        "Genoptagelse af arbejdet", "Om det kan ske, og hvordan (LÆ285)", Type.HELBRED, default=None
    )
    genoptagelse_fra: date | None = felt("Genoptagelse fra", "Hvornår det kan ske (LÆ285)", Type.HELBRED, default=None)

    helbredsforhold: Tekst | None = klinisk("Relevante helbredsforhold", "Af betydning for job og uddannelse (LÆ265)")
    saerlige_hensyn: Tekst | None = klinisk("Særlige hensyn", "Hensyn i det videre forløb (LÆ265)")
    borgerens_perspektiv: Tekst | None = klinisk(
        "Borgerens perspektiv", "Lægens bemærkninger til det (LÆ265)", Type.BORGERENS_KOMMENTARER
    )
    andre_forhold: Tekst | None = klinisk(
        "Andre forhold",
        "Sociale forhold, misbrug mv. (LÆ265)",
        Type.MISBRUG,
        Type.BOLIG,
        Type.OEKONOMI,
        Type.NETVAERK_FAMILIE,
    )
    bilag: tuple[Bilag, ...] = felt(
        "Kopi vedlagt", "Kopi af attesten, epikriser og lægeskøn", Type.HELBRED, erklaeret=True, default=()
    )
    betaling: Betaling | None = felt("Betaling", "Hvor lægens honorar skal hen", Type.SAGSFORLOEB, default=None)

    def declared(self) -> frozenset[Type]:
        """Return what the doctor declares, or everything that unread free text may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST
