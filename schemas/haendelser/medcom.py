"""The parts that MedCom's letters share: their head, the units, the citizen's address, relatives, diagnoses, files.

Field by field after MedCom's OIOXML schemas of 2005 to 2013 (Letter, Sender, Receiver, CCReceiver, Patient, Relative,
ClinicalTypes, Reference), their EDIFACT twins (segments NAD, PNA, CIN, FTX) and MedCom's FHIR guides, so that the same
letter has the same content whatever it came as. A part's fields carry the categories of the field that holds it.
"""

from base64 import b64decode
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.identifiers import Afdelingsnummer, Gln, Sor, Tidspunkt, Ydernummer


def _base64(text: str) -> str:
    b64decode(text, validate=True)
    return text


Base64 = Annotated[str, AfterValidator(_base64)]
"""Any bytes as base64 (RFC 4648, section 4), kept as it stands: a PDF is no text, which pydantic's Base64Str wants."""

PATIENTSTATUS = Literal["inaktiv", "indlagt", "ambulant", "doed", "ambulant_roentgen"]
"""MedCom's EpisodeOfCareStatusCode in letters (EpisodeOfCareStatusCode01Type)."""

FEJL = Literal["forkert_cpr", "forkert_modtager", "forkert_bilag"]
"""MedComMessagingCancellationReason: each of the three means that somebody got what was not meant for them."""


def klinisk(titel: str, beskrivelse: str, *typer: Type) -> Any:
    """Declare what a clinician may write: health, and whatever the letter declares; it may be left out.

    A heading says health, but what stands under it in real letters is also alcohol, children and the police.
    """
    return felt(titel, beskrivelse, Type.HELBRED, *typer, erklaeret=True, default=None)


class Adresse(Value):
    """A postal address as MedCom divides it."""

    vej: Tekst = felt("Vej", "Vejnavn, husnummer, etage og dør, eller hvad brevet ellers har først")
    sted: Tekst | None = felt("Sted", "Bynavn eller stednavn", default=None)
    postnummer: Tekst | None = felt("Postnummer", "Fire cifre", default=None, pattern=r"^[0-9]{4}$")
    by: Tekst | None = felt("By", "Postdistrikt", default=None)


class Enhed(Value):
    """A unit of the health service or a municipality. Real messages may lack its name; then a number stands there."""

    navn: Tekst = felt("Navn", "Sygehus, praksis eller kommune; uden navn et af numrene")
    afdeling: Tekst | None = felt("Afdeling", "Afdelingens navn", default=None)
    afsnit: Tekst | None = felt("Afsnit", "Afsnittets eller lægens navn", default=None)
    gln: Gln | None = felt("Lokationsnummer", "GLN (EAN)", default=None)
    sor: Sor | None = felt("SOR", "Nummer i Sundhedsvæsenets Organisationsregister", default=None)
    afdelingsnummer: Afdelingsnummer | None = felt("Afdelingsnummer", "Sygehusafdelingsnummer (SKS)", default=None)
    ydernummer: Ydernummer | None = felt("Ydernummer", "Praksis' nummer hos sygesikringen", default=None)
    kommunekode: Tekst | None = felt("Kommunekode", "Fire cifre, 0173", default=None, pattern=r"^[0-9]{4}$")
    speciale: Tekst | None = felt("Speciale", "MedComs specialekode", default=None, pattern=r"^[a-z_]{1,60}$")
    telefon: Tekst | None = felt("Telefon", "Enhedens telefon", default=None)
    adresse: Adresse | None = felt("Adresse", "Enhedens adresse", default=None)


class Fagperson(Value):
    """A professional, known by name."""

    navn: Tekst = felt("Navn", "Fagpersonens navn")
    titel: Tekst | None = felt("Titel", "Stilling eller rolle", default=None)
    telefon: Tekst | None = felt("Telefon", "Hvor fagpersonen kan træffes", default=None)
    ydernummer: Ydernummer | None = felt("Ydernummer", "Fagpersonens ydernummer", default=None)
    gln: Gln | None = felt("Lokationsnummer", "Fagpersonens GLN (EAN)", default=None)


class Kontakt(Value):
    """Where to turn (ContactInformation of XDIS14, LA_Contact of the LÆ forms)."""

    navn: Tekst = felt("Navn", "Person eller gruppe; uden navn telefonnummeret")
    funktion: Tekst | None = felt("Funktion", "Stilling eller ydelse", default=None)
    telefon: Tekst | None = felt("Telefon", "Telefonnummer", default=None)
    mail: Tekst | None = felt("Mail", "Mailadresse", default=None)
    traeffetid: Tekst | None = felt("Træffetid", "Hvornår kontakten kan træffes", default=None)


class Telefon(Value):
    """A telephone of the citizen's or a relative's."""

    nummer: Tekst = felt("Nummer", "Telefonnummer")
    art: Literal["fastnet", "mobil", "arbejde"] | None = felt("Art", "Slags telefon", default=None)


class Paaroerende(Value):
    """A relative, a third party: name and where to be reached, never the CPR number that MedCom has a place for."""

    relation: Literal["mor", "far", "barn", "uspecificeret"] = felt("Relation", "Hvem den pårørende er for borgeren")
    navn: Tekst = felt("Navn", "Den pårørendes navn")
    adresse: Adresse | None = felt("Adresse", "Den pårørendes adresse", default=None)
    telefoner: tuple[Telefon, ...] = felt("Telefoner", "Den pårørendes telefoner", default=())


class Diagnose(Value):
    """A diagnosis or a treatment. An EDIFACT letter may have the code alone; then its words are the code's."""

    art: Literal[
        "aktionsdiagnose",
        "tillaegskode",
        "bidiagnose",
        "tillaegsdiagnose",
        "henvisningsdiagnose",
        "midlertidig_diagnose",
        "forloebsdiagnose",
        "uspecificeret_diagnose",
        "operation",
        "roentgenundersoegelse",
        "speciallaegehenvisning",
        "fysioterapihenvisning",
        "fysioterapihenvisning_speciale",
        "psykologhenvisning",
    ] = felt("Art", "Hvad koden beskriver")
    kode: Tekst | None = felt("Kode", "Diagnose- eller behandlingskode", default=None)
    kodesystem: Tekst | None = felt(
        "Kodesystem", "SKS, ICPC eller MedComs egne", default=None, pattern=r"^[A-Za-z0-9_]{1,40}$"
    )
    tekst: Tekst = felt("Tekst", "Diagnosens eller behandlingens ord")
    tidspunkt: Tidspunkt | None = felt("Tidspunkt", "Hvornår den blev stillet eller udført", default=None)


class Notat(Value):
    """One clinical text of a letter."""

    signeret: Tidspunkt | None = felt("Signeret", "Hvornår teksten blev underskrevet", default=None)
    tekst: Tekst = felt("Tekst", "Den kliniske tekst")


class Fil(Value):
    """What a letter refers to: a link, the standard extract of the record, or an object sent in a letter beside it."""

    beskrivelse: Tekst = felt("Beskrivelse", "Hvad der henvises til")
    art: Literal["adresse", "journaludtraek", "objekt"] = felt("Art", "Slags henvisning (URL, SUP, BIN)")
    adresse: Tekst | None = felt("Adresse", "Hvor filen kan hentes", default=None)
    objekt: Tekst | None = felt("Objekt", "Objektets id", default=None)
    objektart: Tekst | None = felt("Objektets art", "Tekstfil, billede mv.", default=None, pattern=r"^[a-z_]{1,40}$")
    filtype: Tekst | None = felt("Filtype", "Filens endelse", default=None, pattern=r"^[a-z0-9]{1,10}$")
    stoerrelse: int | None = felt("Størrelse", "Objektets størrelse i bytes", default=None, ge=1)
    indhold: Base64 | None = felt("Indhold", "Objektets bytes, base64, når de er modtaget", default=None)


class Forloeb(Value):
    """What ties the letters of one course together (EpisodeOfCareIdentifier, NotificationIdentifier, episodeOfCare)."""

    nummer: Tekst = felt("Nummer", "Forløbets, henvisningens eller advisets nummer")
    udsteder: Sor | None = felt("Udsteder", "SOR-nummer på den, der gav nummeret; tom for LPR3", default=None)


class Brev(Haendelse):
    """A letter about the citizen's health: its head, which every letter has, and who wrote to whom.

    Beyond its head everything also carries what the letter declares: a department's name can say as much as its text.
    """

    kerne: ClassVar[frozenset[Type]] = frozenset({Type.HELBRED})

    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "De oplysningstyper, afsenderen erklærer, at brevet har",
        Type.HELBRED,
        erklaeret=True,
        default=(),
    )
    meddelelse: Tekst = felt("Meddelelse", "Brevets nummer (Letter/Identifier, MessageHeader.id)", Type.HELBRED)
    aktivitet: Literal["ny", "rettet", "annulleret"] = felt("Aktivitet", "Hvad afsenderen gør", Type.HELBRED)
    vedroerer: Tekst | None = felt("Vedrører", "Det brev, dette retter eller annullerer", Type.HELBRED, default=None)
    fejl: FEJL | None = felt("Annulleret, fordi", "Hvorfor brevet annulleres", Type.HELBRED, default=None)
    forloeb: tuple[Forloeb, ...] = felt("Forløb", "De forløb, brevet hører til", Type.HELBRED, default=())
    afsender: Enhed | None = klinisk("Afsender", "Den enhed, der skriver")
    modtager: Enhed | None = klinisk("Modtager", "Den enhed, der skrives til")
    kopi_til: tuple[Enhed, ...] = felt("Kopi til", "Andre modtagere", Type.HELBRED, erklaeret=True, default=())

    def declared(self) -> frozenset[Type]:
        """Return what the sender declares, or everything that unread free text may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST


class Klinisk(Brev):
    """A letter that also tells where the citizen lives, what the citizen does, and who the relatives are."""

    kontaktsted: Enhed | None = klinisk("Kontaktsted", "Hvor afsenderen træffes om brevet (Sender/Contact)")
    adresse: Adresse | None = felt("Adresse", "Borgerens adresse", Type.STAMDATA, default=None)
    telefoner: tuple[Telefon, ...] = felt("Telefoner", "Borgerens telefoner", Type.STAMDATA, default=())
    mail: Tekst | None = felt("Mail", "Borgerens mail", Type.STAMDATA, default=None)
    stilling: Tekst | None = felt("Stilling", "Borgerens stilling", Type.FAGLIGE_KOMPETENCER, default=None)
    paaroerende: tuple[Paaroerende, ...] = felt(
        "Pårørende", "Borgerens pårørende", Type.NETVAERK_FAMILIE, Type.BOERN, default=()
    )
    patientstatus: PATIENTSTATUS | None = felt("Status", "Borgerens status hos afsenderen", Type.HELBRED, default=None)
    filer: tuple[Fil, ...] = felt("Referencer", "Filer, brevet henviser til", Type.HELBRED, erklaeret=True, default=())
