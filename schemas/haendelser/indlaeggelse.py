"""Admission, leave and discharge: MedCom HospitalNotification (FHIR) and its predecessors DIS20, DIS14 and DIS17.

HospitalNotification says in its activity code what happened and whether it is new, revised or cancelled; here those are
two fields. DIS14 is the municipality's answer to an admission: whom the hospital can call about the citizen.
"""

from typing import ClassVar, Literal

from schemas.categories import Oplysningstype as Type
from schemas.fields import felt
from schemas.haendelser.medcom import Brev, Enhed, Kontakt
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart


class Sygehusadvis(Brev):
    """What the notices share. They hold no free text, so nothing but what the unit's kind gives away is declared."""

    kerne_erklaeret: ClassVar[bool] = True

    tidspunkt: Tidspunkt = felt("Tidspunkt", "Hvornår det skete", Type.HELBRED, erklaeret=True)
    enhed: Enhed | None = felt("Enhed", "Hvor borgeren er eller var", Type.HELBRED, erklaeret=True, default=None)
    indlagt: Tidspunkt | None = felt(
        "Indlagt",
        "Hvornår opholdet begyndte, når det ikke er det, der meldes",
        Type.HELBRED,
        erklaeret=True,
        default=None,
    )
    orlov_fra: Tidspunkt | None = felt(
        "Orlov fra", "Hvornår den orlov begyndte, der slutter", Type.HELBRED, erklaeret=True, default=None
    )
    svar_til: Enhed | None = felt(
        "Svar til", "Hvor svar og rapport skal sendes hen", Type.HELBRED, erklaeret=True, default=None
    )

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the unit's kind gives away; an ordinary ward's is health alone."""
        return frozenset(self.oplysningstyper)


class IndlaeggelseRegistreret(Sygehusadvis):
    """The citizen came to hospital, went on leave or came back; or the municipality answers that it knows."""

    navn: ClassVar[str] = "indlaeggelse.registreret"
    kaldenavn: ClassVar[str] = "Indlæggelse"
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.SUNDHEDSVAESEN, Partsart.FORVALTNING})

    haendelsesart: Literal["indlaeggelse", "orlov_begynder", "orlov_slutter", "svar"] = felt(
        "Hændelse", "Hvad der meldes", Type.HELBRED, erklaeret=True
    )
    status: Literal["indlagt", "akut_ambulant", "orlov", "doed"] | None = felt(
        "Status", "Borgerens status på sygehuset; et svar har ingen", Type.HELBRED, erklaeret=True, default=None
    )
    indlaeggelsesrapport_oensket: bool | None = felt(
        "Indlæggelsesrapport",
        "Om sygehuset beder om en indlæggelsesrapport",
        Type.HELBRED,
        erklaeret=True,
        default=None,
    )
    kontakter: tuple[Kontakt, ...] = felt(
        "Kontakter", "Hvem i kommunen sygehuset kan ringe til", Type.KONTAKTPERSONER, Type.YDELSER_TILBUD, default=()
    )


class UdskrivningRegistreret(Sygehusadvis):
    """The citizen left hospital, or died there."""

    navn: ClassVar[str] = "udskrivning.registreret"
    kaldenavn: ClassVar[str] = "Udskrivning"
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.SUNDHEDSVAESEN})

    ophold: Literal["indlagt", "akut_ambulant"] | None = felt(
        "Ophold", "Det ophold, der er slut; DIS17 siger det ikke", Type.HELBRED, erklaeret=True, default=None
    )
    status: Literal[
        "udskrevet_til_hjemmet",
        "udskrevet_til_andet",
        "flyttet_til_sygehusafdeling",
        "flyttet_til_sygehus",
        "doed",
        "uoplyst",
    ] = felt("Status", "Hvor borgeren er udskrevet til", Type.HELBRED, erklaeret=True)
