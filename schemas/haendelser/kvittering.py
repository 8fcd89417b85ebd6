"""Acknowledgements: MedCom's FHIR Acknowledgement, CTL01 to CTL03 (XML and CONTRL), and the receipts of VANSEnvelope.

They name no citizen; whoever reads one takes the citizen from the message that it acknowledges. Who wrote to whom, and
what kind of letter it was, says health; the rest is casework: it arrived, or why it did not.
"""

from typing import ClassVar, Literal

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt


class Aarsag(Value):
    """Why a message was refused, by code and perhaps in words."""

    kode: Tekst = felt(
        "Kode",
        "MedComs fejlkode (FHIR) eller afvisningskode (CTL); uden kode ikke_specificeret",
        Type.SAGSFORLOEB,
        pattern=r"^[A-Za-z0-9_.-]{1,60}$",
    )
    alvor: Literal["fatal", "fejl", "advarsel", "oplysning"] | None = felt(
        "Alvor", "Hvor alvorligt det er (FHIR)", Type.SAGSFORLOEB, default=None
    )
    art: Tekst | None = felt(
        "Art", "FHIRs ord for slags fejl", Type.SAGSFORLOEB, default=None, pattern=r"^[a-z-]{1,30}$"
    )
    tekst: Tekst | None = felt("Tekst", "Afvisningens ord", Type.SAGSFORLOEB, erklaeret=True, default=None)


class Kvitteretbrev(Value):
    """One letter of the envelope that is acknowledged."""

    brev: Tekst = felt("Brev", "Brevets nummer", Type.SAGSFORLOEB)
    version: Tekst | None = felt(
        "Version",
        "Brevets type og version",
        Type.SAGSFORLOEB,
        Type.HELBRED,
        default=None,
        pattern=r"^[A-Za-z0-9:#._-]{1,60}$",
    )
    aarsager: tuple[Aarsag, ...] = felt("Årsager", "Hvorfor brevet blev afvist", default=())


class KvitteringModtaget(Haendelse):
    """A message was received, refused for now, or refused for good."""

    navn: ClassVar[str] = "kvittering.modtaget"
    kaldenavn: ClassVar[str] = "Kvittering"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.SAGSFORLOEB})

    meddelelse: Tekst = felt("Kvittering", "Kvitteringens egen id", Type.SAGSFORLOEB)
    vedroerer: Tekst = felt("Vedrører", "Den meddelelse eller kuvert, der kvitteres for", Type.SAGSFORLOEB)
    vedroerer_art: Literal["meddelelse", "kuvert"] = felt(
        "Slags", "Om der kvitteres for en meddelelse (FHIR) eller en kuvert (CTL)", Type.SAGSFORLOEB
    )
    udfald: Literal["modtaget", "afvist_midlertidigt", "afvist"] = felt(
        "Udfald", "Hvad der blev af meddelelsen", Type.SAGSFORLOEB
    )
    kvitteret_af: Literal["modtager", "vans"] = felt(
        "Kvitteret af", "Modtagerens system eller VANS-leverandøren", Type.SAGSFORLOEB
    )
    aarsager: tuple[Aarsag, ...] = felt("Årsager", "Hvorfor den blev afvist", Type.SAGSFORLOEB, default=())
    breve: tuple[Kvitteretbrev, ...] = felt("Breve", "De breve, kuverten indeholdt", Type.SAGSFORLOEB, default=())
    oprindelig_afsender: Tekst | None = felt(
        "Oprindelig afsender", "Lokationsnummer, som det stod", Type.SAGSFORLOEB, Type.HELBRED, default=None
    )
    oprindelig_modtager: Tekst | None = felt(
        "Oprindelig modtager", "Lokationsnummer, som det stod", Type.SAGSFORLOEB, Type.HELBRED, default=None
    )
