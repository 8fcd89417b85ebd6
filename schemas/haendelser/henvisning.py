"""Referrals: MedCom REF01 (hospital), REF02 (imaging), REF06 (specialist), REF07 (physiotherapist), psychologist.

After HospitalReferral and XrayRequest (2005), PrivateSpecialistReferral (2007), PhysiotherapyReferral (2013) and their
EDIFACT twin MEDREF. The letter has a place for a relative's CPR number; that is a third party's, and here is none.
"""

from typing import ClassVar, Literal

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst, Value
from schemas.fields import felt
from schemas.haendelser.medcom import Diagnose, Fagperson, Klinisk, klinisk
from schemas.parties import Partsart


class Visitation(Value):
    """One line of what the hospital has done with the referral (HospitalVisitation)."""

    art: Literal[
        "ustruktureret",
        "egen_laege",
        "henvisning_modtaget",
        "visitering",
        "indkaldt",
        "indlagt_paa",
        "udenamts_kaution",
    ] = felt("Art", "Hvad linjen siger noget om")
    tekst: Tekst = felt("Tekst", "Linjens ord")


class HenvisningModtaget(Klinisk):
    """A referral to examination or treatment. Without what it declares, what remains is its kind and its urgency."""

    navn: ClassVar[str] = "henvisning.modtaget"
    kaldenavn: ClassVar[str] = "Henvisning"
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.PRAKTISERENDE_LAEGE, Partsart.SUNDHEDSVAESEN, Partsart.REGION_SUNDHEDSFAGLIG, Partsart.FORVALTNING}
    )

    brevtype: Tekst = felt("Brevtype", "MedComs brevtype, REF01 mv.", Type.HELBRED, pattern=r"^REF[0-9]{2}$")
    prioritet: Literal["elektiv", "akut", "saerlige_forhold"] | None = felt(
        "Prioritet", "Hvor meget det haster", Type.HELBRED, default=None
    )
    henvist_til: Literal["ambulant", "indlaeggelse", "hjemmet"] | None = felt(
        "Henvisningsstatus", "Hvor behandlingen skal foregå", Type.HELBRED, default=None
    )
    transport: Literal["ingen", "liggende", "siddende"] | None = felt(
        "Transport", "Borgerens behov for transport", Type.HELBRED, default=None
    )
    henviser: Fagperson | None = klinisk("Henviser", "Den, der henviser")
    henvisningsdiagnose: Diagnose | None = klinisk("Henvisningsdiagnose", "Hvad der henvises for")
    tillaegsdiagnoser: tuple[Diagnose, ...] = felt(
        "Tillægsdiagnoser", "Øvrige diagnoser og behandlinger", Type.HELBRED, erklaeret=True, default=()
    )
    henvisningsaarsag: Tekst | None = klinisk("Henvisningsårsag", "Hvorfor der henvises")
    supplerende: Tekst | None = klinisk("Supplerende oplysninger", "Fx hvor borgeren indkaldes fra", Type.STAMDATA)
    cave: Tekst | None = klinisk("Cave", "Allergi og andet, der skal undgås")
    anamnese: Tekst | None = klinisk("Anamnese", "Sygehistorien")
    undersoegelse: Tekst | None = klinisk("Undersøgelse", "Fund og prøvesvar")
    medicin: Tekst | None = klinisk("Aktuel medicin", "Hvad borgeren får")
    sidste_menstruation: Tekst | None = klinisk("Sidste menstruations første dag", "Ved billeddiagnostik (REF02)")
    visitation: tuple[Visitation, ...] = felt(
        "Visitation", "Hvad modtageren har gjort", Type.HELBRED, erklaeret=True, default=()
    )
