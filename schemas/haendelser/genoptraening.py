"""The rehabilitation plan from hospital to municipality and own GP (genoptræningsplan, GOP and MedCom's GGOP).

After the order on rehabilitation plans (§§ 1-3 and its annex on levels), the hospitals' guides to the form, and what
KL's reporting repeats of the plan (ServiceRequest, focus condition). What the municipality then does is its own
measures, told by `indsats.*`.
"""

from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst
from schemas.fields import felt
from schemas.haendelser.medcom import Diagnose, Klinisk, Kontakt, klinisk
from schemas.parties import Partsart


class GenoptraeningsplanModtaget(Klinisk):
    """A rehabilitation plan. Without what it declares, what remains is its level and its dates."""

    navn: ClassVar[str] = "genoptraeningsplan.modtaget"
    kaldenavn: ClassVar[str] = "Genoptræningsplan"
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.SUNDHEDSVAESEN})

    udarbejdet: date = felt("Udarbejdet", "Hvornår planen blev udarbejdet", Type.HELBRED)
    indlagt: date | None = felt("Indlagt", "Første dag på sygehuset", Type.HELBRED, default=None)
    udskrevet: date | None = felt("Udskrevet", "Dagen for udskrivning", Type.HELBRED, default=None)
    genoptraeningstype: Literal["almen", "specialiseret", "rehabilitering_paa_specialiseret_niveau", "egentraening"] = (
        felt("Type", "Genoptræningens type", Type.HELBRED)
    )
    niveau: Literal["basal", "avanceret"] | None = felt(
        "Niveau", "Den almene genoptrænings niveau", Type.HELBRED, default=None
    )
    kan_begynde: date | None = felt("Kan begynde", "Hvornår genoptræningen kan begynde", Type.HELBRED, default=None)
    frist: date | None = felt("Tidsfrist", "Hvornår genoptræningen senest skal begynde", Type.HELBRED, default=None)
    frist_begrundelse: Tekst | None = klinisk("Begrundelse for tidsfrist", "Den sundhedsfaglige grund til fristen")
    diagnoser: tuple[Diagnose, ...] = felt(
        "Diagnoser", "Henvisningsdiagnosen og bidiagnoser", Type.HELBRED, erklaeret=True, default=()
    )
    tidligere_funktionsevne: Tekst | None = klinisk("Tidligere funktionsevne", "Funktionsevnen før sygdommen")
    behandlingsforloeb: Tekst | None = klinisk("Behandlingsforløb", "Hvad der er gjort på sygehuset")
    funktionsevne: Tekst | None = klinisk("Aktuel funktionsevne", "Kropsfunktion, aktivitet og deltagelse")
    genoptraeningsbehov: Tekst | None = klinisk("Genoptræningsbehov", "Hvad genoptræningen skal rette sig mod")
    genoptraeningspotentiale: Tekst | None = klinisk("Genoptræningspotentiale", "Hvad der kan genvindes")
    rehabiliteringsbehov: Tekst | None = klinisk("Samlet rehabiliteringsbehov", "Ved rehabilitering på specialniveau")
    restriktioner: Tekst | None = klinisk("Restriktioner", "Hvad borgeren ikke må belaste eller gøre")
    information: Tekst | None = klinisk("Information", "Hvad borgeren har fået at vide")
    oensker: Tekst | None = klinisk("Borgerens ønsker", "Ønsker til tilbud og tid", Type.BORGERENS_KOMMENTARER)
    praktisk: Tekst | None = klinisk("Praktiske oplysninger", "Hvad der ellers skal tages hensyn til")
    tolk: Tekst | None = felt("Tolk", "Sprog, der skal tolkes til", Type.HELBRED, Type.STAMDATA, default=None)
    koersel: bool | None = felt("Kørsel", "Om borgeren har behov for kørsel", Type.HELBRED, default=None)
    kontrol: Literal["ja", "nej", "ved_ikke"] | None = felt(
        "Ambulant kontrol", "Om der er kontrol på sygehuset", Type.HELBRED, default=None
    )
    kontrol_dato: date | None = felt(
        "Dato for kontrol", "Hvornår borgeren skal til kontrol", Type.HELBRED, default=None
    )
    borger_indforstaaet: bool | None = felt(
        "Samtykke til genoptræning", "Om borgeren har samtykket til planen", Type.HELBRED, default=None
    )
    kontakter: tuple[Kontakt, ...] = felt(
        "Kontakt", "Hvor region og kommune træffes om forløbet", Type.KONTAKTPERSONER, Type.HELBRED, default=()
    )

    @model_validator(mode="after")
    def _only_the_ordinary_kind_has_a_level(self) -> Self:
        if self.niveau is not None and self.genoptraeningstype != "almen":
            raise ValueError("only ordinary rehabilitation is basic or advanced")
        return self
