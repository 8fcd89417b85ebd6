"""Observations in the citizen's home: MedCom HomeCareObservation, from the acute team of a municipality to the own GP.

After the guide's DiagnosticReport, Observation, Media and the producer's and requester's Organization. A quantity keeps
the digits it was written with, for 0.10 is not 0.1 to a laboratory.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst, Value
from schemas.fields import felt
from schemas.haendelser.medcom import Base64, Brev, Enhed, Fagperson, klinisk
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart

Decimaltal = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$")]
"""A decimal number as written."""

STATUS = Literal["registreret", "delvis", "foreloebig", "endelig", "rettet", "annulleret", "fejlregistreret", "ukendt"]
"""FHIR's statuses of a report and of an observation; MedCom's reports are final."""


class Maaling(Value):
    """One result: a quantity or words."""

    kode: Tekst = felt("Kode", "Undersøgelsens kode", pattern=r"^[A-Za-z0-9.-]{1,40}$")
    kodesystem: Literal["npu", "medcom", "loinc", "snomed_ct", "ieee"] = felt("Kodesystem", "Hvis kode det er")
    betegnelse: Tekst | None = felt("Betegnelse", "Undersøgelsens navn", default=None)
    status: STATUS = felt("Status", "Resultatets status")
    tidspunkt: Tidspunkt | None = felt("Prøvetagningstidspunkt", "Hvornår der blev målt", default=None)
    sammenligning: Literal["<", "<=", ">=", ">"] | None = felt(
        "Sammenligning", "Om resultatet er over eller under tallet", default=None
    )
    tal: Decimaltal | None = felt("Tal", "Resultatet som tal", default=None)
    maaleenhed: Tekst | None = felt("Enhed", "Tallets enhed", default=None)
    tekst: Tekst | None = felt("Tekst", "Resultatet som ord", default=None)
    fortolkning: Tekst | None = felt(
        "Fortolkning", "HL7's kode; NI betyder ikke fortolket", default=None, pattern=r"^[A-Z<>+-]{1,5}$"
    )
    kommentar: Tekst | None = felt("Analysekommentar", "Bemærkning til resultatet", erklaeret=True, default=None)


class Medie(Value):
    """A picture or another file that goes with the results."""

    titel: Tekst = felt("Titel", "Filens titel")
    indholdstype: Tekst = felt("Indholdstype", "MIME-type")
    indhold: Base64 = felt("Indhold", "Filens bytes, base64", min_length=1)
    id: Tekst | None = felt("Id", "Filens id hos afsenderen", default=None)
    oprettet: Tidspunkt | None = felt("Oprettet", "Hvornår filen blev lavet", default=None)
    optaget_af: Fagperson | None = felt("Optaget af", "Den, der lavede filen", default=None)


class ObservationModtaget(Brev):
    """What an acute team found. The results are health; comments and files also carry what the report declares."""

    navn: ClassVar[str] = "observation.modtaget"
    kaldenavn: ClassVar[str] = "Observation"
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})

    rapportstatus: STATUS = felt("Status", "Svarets status", Type.HELBRED)
    udstedt: Tidspunkt = felt("Udstedt", "Hvornår svaret blev frigivet", Type.HELBRED)
    begraenset: bool | None = felt(
        "Begrænset", "Om borgeren har sagt nej til, at svaret deles med andre", Type.HELBRED, default=None
    )
    producent: Enhed | None = klinisk("Producent", "Den enhed, der har målt")
    producent_id: Tekst | None = felt(
        "Producent-id", "MedComs kode for producenten", Type.HELBRED, default=None, pattern=r"^[A-Z0-9]{1,10}$"
    )
    udfoert_af: Fagperson | None = klinisk("Udført af", "Den, der har målt")
    rekvirent: Enhed | None = klinisk("Rekvirent", "Den praksis, der har bedt om det")
    rekvirent_laege: Fagperson | None = klinisk("Rekvirerende læge", "Lægen, der har bedt om det")
    rekvirent_initialer: Tekst | None = felt(
        "Rekvirentens initialer", "Lægens initialer; tom, når de er ukendte", Type.HELBRED, default=None
    )
    maalinger: tuple[Maaling, ...] = felt("Resultater", "Hvad der blev målt", Type.HELBRED, default=())
    konklusion: Tekst | None = klinisk("Klinisk kommentar", "Bemærkning til hele svaret")
    medier: tuple[Medie, ...] = felt("Bilag", "Billeder og andre filer", Type.HELBRED, erklaeret=True, default=())
