"""Correspondence between professionals: MedCom CareCommunication (FHIR) and its predecessor DIS91 (XML and EDIFACT)."""

from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, model_validator

from schemas.categories import FRITEKST, Oplysningstype
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.haendelser.medcom import FEJL, PATIENTSTATUS, Adresse, Base64, Enhed, Fil, Forloeb

__all__ = ["Base64", "Besked", "Bilag", "KorrespondanceModtaget"]


class Bilag(Value):
    """An attachment: opaque to us, so it carries all that the message declares."""

    titel: Tekst | None = felt("Titel", "Bilagets titel", erklaeret=True, default=None)
    indholdstype: Tekst = felt("Indholdstype", "MIME-type", erklaeret=True)
    indhold: Base64 | None = felt("Indhold", "Bilagets bytes, base64", erklaeret=True, default=None)
    adresse: Tekst | None = felt("Adresse", "Hvor bilaget kan hentes", erklaeret=True, default=None)
    oprettet: AwareDatetime | None = felt("Oprettet", "Hvornår bilaget blev lavet", erklaeret=True, default=None)


class Besked(Value):
    """One step of the conversation: a text or an attachment, by one author at one time."""

    id: Tekst | None = felt("Id", "Beskedens id hos forfatteren", erklaeret=True, default=None)
    tidspunkt: AwareDatetime | None = felt("Tidspunkt", "Hvornår beskeden blev skrevet", erklaeret=True, default=None)
    organisation: Tekst | None = felt("Organisation", "Hvem beskeden er skrevet hos", erklaeret=True, default=None)
    forfatter: Tekst | None = felt("Forfatter", "Medarbejderens navn", erklaeret=True, default=None)
    rolle: Tekst | None = felt("Rolle", "Medarbejderens stilling", erklaeret=True, default=None)
    telefon: Tekst | None = felt("Telefon", "Hvor medarbejderen kan træffes", erklaeret=True, default=None)
    tekst: Tekst | None = felt("Tekst", "Beskedens ord", erklaeret=True, default=None)
    bilag: Bilag | None = felt("Bilag", "Vedhæftet fil", erklaeret=True, default=None)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        # A step without content would be an empty object, which a copy cannot tell from a withheld one.
        if self.tekst is None and self.bilag is None:
            raise ValueError("neither a text nor an attachment")
        return self


class KorrespondanceModtaget(Haendelse):
    """A message between professionals, with all the history that it forwards.

    Nothing in it stands under a heading of its own, so all of it goes or stays, but for the citizen's address: it
    carries the categories that its sender declares, or else the message's own category and everything that free text
    may hold.
    """

    navn: ClassVar[str] = "korrespondance.modtaget"
    kaldenavn: ClassVar[str] = "Brev"
    kerne_erklaeret: ClassVar[bool] = True

    kategori: Tekst = felt("Kategori", "MedComs kategorikode", erklaeret=True)
    oplysningstyper: tuple[Oplysningstype, ...] = felt(
        "Oplysningstyper", "De oplysningstyper, afsenderen erklærer, at beskeden har", erklaeret=True, default=()
    )
    emne: Tekst | None = felt("Emne", "Beskedens emne", erklaeret=True, default=None)
    prioritet: Tekst | None = felt("Prioritet", "Hvor meget det haster", erklaeret=True, default=None)
    aktivitet: Literal["ny", "svar", "videresendt", "rettet", "trukket_tilbage", "kopi"] = felt(
        "Aktivitet", "Hvad afsenderen gør med denne besked", erklaeret=True
    )
    fejl: FEJL | None = felt("Trukket tilbage, fordi", "Hvorfor beskeden trækkes tilbage", erklaeret=True, default=None)
    traad: Tekst | None = felt("Tråd", "Samtalens id, ens i alle dens beskeder", erklaeret=True, default=None)
    meddelelse: Tekst = felt("Meddelelse", "Meddelelsens id (MessageHeader.id)", erklaeret=True)
    vedroerer: Tekst | None = felt(
        "Vedrører", "Den meddelelse, denne svarer på eller retter", erklaeret=True, default=None
    )
    forloeb: tuple[Forloeb, ...] = felt("Forløb", "De forløb, samtalen hører til", erklaeret=True, default=())
    afsender: Enhed | None = felt("Afsender", "Enhed, team eller person, der skriver", erklaeret=True, default=None)
    modtager: Enhed | None = felt("Modtager", "Enhed, team eller person, der skrives til", erklaeret=True, default=None)
    patientstatus: PATIENTSTATUS | None = felt(
        "Status", "Borgerens status hos afsenderen", erklaeret=True, default=None
    )
    borgers_adresse: Adresse | None = felt(
        "Adresse", "Borgerens adresse", Oplysningstype.STAMDATA, erklaeret=True, default=None
    )
    beskeder: tuple[Besked, ...] = felt("Beskeder", "Samtalen, nyeste først som modtaget", erklaeret=True, min_length=1)
    filer: tuple[Fil, ...] = felt("Referencer", "Filer, et DIS91 henviser til", erklaeret=True, default=())

    def declared(self) -> frozenset[Oplysningstype]:
        """Return what the sender declares, or everything that unread free text may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST | {Oplysningstype.SAGSFORLOEB}
