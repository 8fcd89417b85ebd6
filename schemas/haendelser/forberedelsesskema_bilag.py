"""What stands in the rows of the preparation form's annexes A to E (000, section 1.5.2), and in its contact boxes.

A row carries the category of its annex; a column says here only what it reveals beyond that.
"""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst, Value
from schemas.fields import felt
from schemas.haendelser.beskaeftigelse import Periode
from schemas.haendelser.korrespondance import Base64

Maaned = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
"""A month, YYYY-MM: the annexes ask for år/mdr."""

LabParagraf = Annotated[
    str, StringConstraints(pattern=r"^§ [0-9]{1,3}( [a-z])?(, stk\. [0-9]{1,2})?(, nr\. [0-9]{1,2})?$")
]
"""A paragraph of the employment act (LAB) as jurists cite it; which ones there are changes with every reform."""

LaeNummer = Annotated[str, StringConstraints(pattern=r"^LÆ ?[0-9]{3}$")]
"""The number of a LÆ form."""

Koerekortkategori = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,2}\+?$")]
"""A licence category (kørekortbekendtgørelsen): A2, B, B+, C1E, TM."""


class Sagsbehandler(Value):
    """Box 1.2 Kommunen: who fills in the form with the citizen."""

    navn: Tekst = felt("Sagsbehandler", "Sagsbehandlerens navn", Type.KONTAKTPERSONER)
    besoegsadresse: Tekst | None = felt("Besøgsadresse", "Hvor samtalen holdes", Type.KONTAKTPERSONER, default=None)
    telefon: Tekst | None = felt("Direkte tlf.", "Sagsbehandlerens telefon", Type.KONTAKTPERSONER, default=None)
    mail: Tekst | None = felt("Mail", "Sagsbehandlerens mail", Type.KONTAKTPERSONER, default=None)


class EgenLaege(Value):
    """The citizen's own general practitioner."""

    navn: Tekst = felt("Navn", "Lægens eller lægehusets navn", Type.KONTAKTPERSONER)
    adresse: Tekst | None = felt("Adresse", "Praksis' adresse", Type.KONTAKTPERSONER, default=None)
    telefon: Tekst | None = felt("Telefon", "Praksis' telefon", Type.KONTAKTPERSONER, default=None)


class Vedlagt(Value):
    """A copy or print that an annex encloses: opaque to us, so it also carries all that the form declares."""

    titel: Tekst | None = felt("Titel", "Hvad der er vedlagt", erklaeret=True, default=None)
    indholdstype: Tekst = felt("Indholdstype", "MIME-type", erklaeret=True)
    indhold: Base64 = felt("Indhold", "Filens bytes, base64", erklaeret=True, min_length=1)


class Ansaettelse(Value):
    """Annex A, work experience: one workplace. Why one left is often illness."""

    arbejdssted: Tekst = felt("Arbejdssted", "Hvor borgeren var ansat")
    stilling: Tekst | None = felt("Stillingsbetegnelse og jobindhold", "Stilling og opgaver", default=None)
    fra: Periode | None = felt("Periode, fra", "Hvornår den begyndte, ÅÅÅÅ eller ÅÅÅÅ-MM", default=None)
    til: Periode | None = felt("Periode, til", "Hvornår den sluttede; tom, hvis den varer ved", default=None)
    ophoersaarsag: Tekst | None = felt("Årsag til ophør", "Hvorfor ansættelsen ophørte", Type.HELBRED, default=None)
    timer_per_uge: float | None = felt("Timer/uge", "Ugentlige timer", default=None, ge=0, le=168)


class Uddannelsesforloeb(Value):
    """Annex A, education and further training: one course, finished or broken off."""

    uddannelse: Tekst = felt("Uddannelse og efteruddannelse", "Uddannelsens eller kursets navn")
    fra: Periode | None = felt("Periode, fra", "Hvornår forløbet begyndte, ÅÅÅÅ eller ÅÅÅÅ-MM", default=None)
    til: Periode | None = felt("Periode, til", "Hvornår forløbet sluttede, ÅÅÅÅ eller ÅÅÅÅ-MM", default=None)
    gennemfoert: bool | None = felt("Gennemført", "Om forløbet er gennemført eller afbrudt", default=None)
    afbrudt_begrundelse: Tekst | None = felt(
        "Begrundelse, hvis uddannelsesforløbet er afbrudt", "Hvorfor det blev afbrudt", Type.HELBRED, default=None
    )


class Sprog(Value):
    """Annex A: a language and how well it is mastered."""

    sprog: Tekst = felt("Sprog", "Sproget")
    niveau: Tekst | None = felt("Niveau", "Hvor godt borgeren behersker det", default=None)


class Helbredsoplysning(Value):
    """Annex B: one certificate, medical estimate or discharge letter.

    That a copy is enclosed goes only where the copy may: else a copy of the form would tell that one was withheld.
    """

    attest: Tekst = felt("Lægeattester mv.", "Attestens art, for eksempel lægeattest, lægeskøn eller epikrise")
    lae_nummer: LaeNummer | None = felt("LÆ-nummer", "LÆ-blankettens nummer", default=None)
    dateret: Maaned | None = felt("Dato (år/mdr.)", "Attestens måned, ÅÅÅÅ-MM", default=None)
    kopi_vedlagt: bool | None = felt("Kopi vedlagt", "Om en kopi følger med skemaet", erklaeret=True, default=None)
    konklusion: Tekst | None = felt("Konklusion på attest", "Hvad attesten konkluderer", erklaeret=True, default=None)
    kopi: Vedlagt | None = felt("Kopi", "Den vedlagte kopi", default=None)


class Forsoergelse(Value):
    """Annex C: one benefit, from when to when."""

    ydelse: Tekst = felt("Ydelse", "Ydelsens navn")
    fra: Maaned | None = felt("Fra (år/mdr.)", "Første måned, ÅÅÅÅ-MM", default=None)
    til: Maaned | None = felt("Til (år/mdr.)", "Sidste måned, ÅÅÅÅ-MM; tom, hvis den løber", default=None)


class Beskaeftigelsestilbud(Value):
    """Annex D: one offer after the employment act, why, with what purpose, and what came of it."""

    tilbud: Tekst = felt("Beskæftigelsesrettet tilbud", "Tilbuddets navn")
    lab_paragraf: LabParagraf | None = felt(
        "§ i LAB", "Bestemmelsen i lov om aktiv beskæftigelsesindsats", default=None
    )
    valg_begrundelse: Tekst | None = felt(
        "Begrundelse for valg af tilbud", "Hvorfor sagsbehandleren valgte tilbuddet", erklaeret=True, default=None
    )
    arbejdsfunktioner: Tekst | None = felt("Konkrete arbejdsfunktioner", "Borgerens opgaver i tilbuddet", default=None)
    tilbudsformaal: Tekst | None = felt("Formål med tilbuddet", "Hvad tilbuddet skulle tjene til", default=None)
    maal: Tekst | None = felt("Mål med tilbuddet", "Tilbuddets mål", default=None)
    delmaal: Tekst | None = felt("Delmål med tilbuddet", "Tilbuddets delmål", default=None)
    indhold: Tekst | None = felt(
        "Indhold og erfaringer", "Indhold, opgaver, effektivitet, arbejdstilrettelæggelse", erklaeret=True, default=None
    )
    skaanehensyn: Tekst | None = felt("Skånehensyn", "Hensyn, der blev taget", Type.HELBRED, default=None)
    motivation: Tekst | None = felt("Motivation", "Borgerens motivation", Type.MOTIVATION_OENSKER, default=None)
    saerlig_stoette: Tekst | None = felt(
        "Særlig støtte/mentor/hjælpemidler", "Støtte, der blev givet", Type.HELBRED, default=None
    )
    arbejdsevne: Tekst | None = felt(
        "Bidrag til udvikling af arbejdsevnen", "Hvordan tilbuddet udviklede arbejdsevnen", Type.HELBRED, default=None
    )
    maal_naaet: bool | None = felt("Er mål og delmål nået", "Om mål og delmål er nået", default=None)
    ikke_naaet_begrundelse: Tekst | None = felt(
        "Hvis nej, begrundelse", "Hvorfor mål og delmål ikke er nået", erklaeret=True, default=None
    )
    resultat: Tekst | None = felt("Resultat", "Hvad tilbuddet førte til", erklaeret=True, default=None)
    revision: Tekst | None = felt(
        "Revision af mål og delmål og resultat", "Ændrede mål og deres resultat", erklaeret=True, default=None
    )
    overvejelser: Tekst | None = felt("Andre overvejelser", "Øvrige overvejelser", erklaeret=True, default=None)
    aftalte_timer: float | None = felt("Aftalte timer", "Timer/uge aftalt fra start", default=None, ge=0, le=168)
    timer_aendret: Tekst | None = felt(
        "Begrundelse for evt. ændringer", "Hvorfor timerne blev ændret", Type.FREMMOEDE, erklaeret=True, default=None
    )
    fremmoedte_timer: float | None = felt(
        "Fremmødte timer", "Timer/uge, borgeren mødte", Type.FREMMOEDE, default=None, ge=0, le=168
    )
    fra: date | None = felt("Periode, fra", "Første dag i tilbuddet", default=None)
    til: date | None = felt("Periode, til", "Sidste dag i tilbuddet", default=None)
    periode_begrundelse: Tekst | None = felt(
        "Periode, begrundelse", "Hvorfor perioden blev valgt", erklaeret=True, default=None
    )
    forlaenget_til: date | None = felt("Evt. forlængelse", "Sidste dag efter forlængelse", default=None)
    forlaenget_begrundelse: Tekst | None = felt(
        "Forlængelse, begrundelse", "Hvorfor tilbuddet blev forlænget", erklaeret=True, default=None
    )
    evalueringer: tuple[Vedlagt, ...] = felt(
        "Evalueringer", "Evalueringer fra konsulent, projekt eller andre", default=()
    )


class OevrigtTilbud(Value):
    """Annex E: one offer after the social services act, the health act or other, or a measure for a child."""

    tilbud: Tekst = felt("Hvilket tilbud", "Tilbuddets navn")
    tilbudsformaal: Tekst | None = felt("Formål med tilbuddet", "Hvad tilbuddet skulle tjene til", default=None)
    maal: Tekst | None = felt("Mål/delmål", "Tilbuddets mål og delmål", default=None)
    indhold: Tekst | None = felt("Indhold i tilbud", "Hvad tilbuddet bestod af", default=None)
    erfaringer: Tekst | None = felt(
        "Erfaringer og opnåede resultater", "Sagsbehandlerens beskrivelse", erklaeret=True, default=None
    )
    timer_per_uge: float | None = felt("Evt. timetal pr. uge", "Ugentlige timer", default=None, ge=0, le=168)
    fra: date | None = felt("Fra", "Første dag", default=None)
    til: date | None = felt("Til", "Sidste dag; tom, hvis det varer ved", default=None)
    maal_naaet: bool | None = felt("Er mål/delmål opnået", "Om mål og delmål er opnået", default=None)
    ikke_naaet_begrundelse: Tekst | None = felt(
        "Hvis nej, begrundelse", "Hvorfor mål og delmål ikke er opnået", erklaeret=True, default=None
    )
    overvejelser: Tekst | None = felt(
        "Overvejelse om andre tilbud", "Hvad der ellers er overvejet", erklaeret=True, default=None
    )
    evalueringer: tuple[Vedlagt, ...] = felt("Evalueringer", "Kopi af evalueringer mv.", default=())
