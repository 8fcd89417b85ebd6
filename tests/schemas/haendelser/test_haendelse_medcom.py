"""MedCom's letters: one content whatever a letter came as, health at the least, and no relative's CPR number."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, Haendelse, event_from
from schemas.fields import Branch, Label
from schemas.haendelser.aftale import AftaleBekraeftet
from schemas.haendelser.epikrise import EpikriseModtaget
from schemas.haendelser.genoptraening import GenoptraeningsplanModtaget
from schemas.haendelser.henvisning import HenvisningModtaget
from schemas.haendelser.indlaeggelse import IndlaeggelseRegistreret, UdskrivningRegistreret
from schemas.haendelser.korrespondance import KorrespondanceModtaget
from schemas.haendelser.kvittering import KvitteringModtaget
from schemas.haendelser.medcom import Klinisk
from schemas.haendelser.observation import ObservationModtaget
from schemas.redaction import redact

LETTERS = (EpikriseModtaget, HenvisningModtaget, AftaleBekraeftet, GenoptraeningsplanModtaget, ObservationModtaget)
NOTICES = (IndlaeggelseRegistreret, UdskrivningRegistreret)
ALL = frozenset(Type)
NOWHERE = ""
"""An element that has no place in the event, for what it says is of the format and not of the citizen."""

PERSON = {"CivilRegistrationNumber": "borger.cpr", "AlternativeIdentifier": "borger.cpr"}
NAME = {"PersonSurnameName": "navn", "PersonGivenName": "navn"}
UNIT = {
    "EANIdentifier": "gln",
    "IdentifierCode": NOWHERE,
    "OrganisationName": "navn",
    "DepartmentName": "afdeling",
    "UnitName": "afsnit",
    "StreetName": "adresse.vej",
    "DistrictName": "adresse.by",
    "PostCodeIdentifier": "adresse.postnummer",
    "TelephoneSubscriberIdentifier": "telefon",
    "MedicalSpecialityCode": "speciale",
    "Identifier": "ydernummer",
}
DIAGNOSIS = {
    "DiagnoseDescriptionCode": "art",
    "DiagnoseCode": "kode",
    "DiagnoseTypeCode": "kodesystem",
    "DiagnoseText": "tekst",
    "DiagnoseDateTime/Date": "tidspunkt",
    "DiagnoseDateTime/Time": "tidspunkt",
}


def below(element: str, field: str, part: Mapping[str, str]) -> dict[str, str]:
    """Return the places of an element's children, which are the parts of a field."""
    return {f"{element}/{name}": f"{field}.{place}" if place else NOWHERE for name, place in part.items()}


def at(element: str, field: str) -> dict[str, str]:
    """Return the places of a date and its time, which are one instant of the event."""
    return {f"{element}/{part}": field for part in ("Date", "Time", "TimeWithSec")}


HEAD = {
    "Letter/Identifier": "meddelelse",
    "Letter/StatusCode": "aktivitet",
    "Letter/VersionCode": NOWHERE,
    "Letter/StatisticalCode": NOWHERE,
    "Letter/EpisodeOfCareIdentifier": "forloeb.nummer",
    "Letter/NotificationIdentifier": "forloeb.nummer",
    **at("Letter/Authorisation", NOWHERE),
    **below("Sender", "afsender", UNIT),
    **below("Receiver", "modtager", UNIT),
    **{f"Patient/{name}": place for name, place in PERSON.items()},
    **{f"Patient/{name}": f"borger.{place}" for name, place in NAME.items()},
}
CLINICAL = {
    **HEAD,
    "Letter/TypeCode": "brevtype",
    **below("CCReceiver", "kopi_til", UNIT),
    **below("AnswerCCReceiver", "kopi_til", UNIT),
    "Patient/StreetName": "adresse.vej",
    "Patient/DistrictName": "adresse.by",
    "Patient/PostCodeIdentifier": "adresse.postnummer",
    "Patient/EmailIdentifier": "mail",
    "Patient/PersonTitle": "stilling",
    "Patient/EpisodeOfCareStatusCode": "patientstatus",
    "Patient/TelephoneSubscriber/TelephoneSubscriberIdentifier": "telefoner.nummer",
    "Patient/TelephoneSubscriber/TelephoneSubscriberCode": "telefoner.art",
    "Relative/RelationCode": "paaroerende.relation",
    "Relative/PersonIdentifier": NOWHERE,
    **below("Relative", "paaroerende", NAME),
}
DISCHARGE = {
    **CLINICAL,
    "Referral/Identifier": "henvisning",
    **at("Referral/Received", "henvisning_modtaget"),
    **below("Referral/Refer", "henvisningsdiagnoser", DIAGNOSIS),
    **at("Admission", "begyndt"),
    **at("Discharge", "sluttet"),
    **at("CasualtyWardFirstVisit", "begyndt"),
    **at("CasualtyWardLastVisit", "sluttet"),
    **below("Diagnose/Main", "diagnoser", DIAGNOSIS),
    **below("Diagnose/MainAdditional", "diagnoser", DIAGNOSIS),
    **below("Diagnose/Other", "diagnoser", DIAGNOSIS),
    "ClinicalInformation/Text01": "notater.tekst",
}
REFERRAL = {
    **CLINICAL,
    "Sender/Referrer/PersonName": "henviser.navn",
    "Sender/Referrer/PersonTitle": "henviser.titel",
    "Sender/Referrer/IdentifierCode": NOWHERE,
    "AdditionalInformation/Priority": "prioritet",
    "AdditionalInformation/Transport": "transport",
    "AdditionalInformation/ReferralStatus": "henvist_til",
    "AdditionalInformation/Supplementary": "supplerende",
    "AdditionalInformation/ClinicalReason": "henvisningsaarsag",
    **below("Referral/Refer", "henvisningsdiagnose", DIAGNOSIS),
    **below("Referral/ReferralAdditional", "tillaegsdiagnoser", DIAGNOSIS),
    "RelevantClinicalInformation/Cave": "cave",
    "RelevantClinicalInformation/Anamnesis": "anamnese",
    "RelevantClinicalInformation/Examination": "undersoegelse",
    "RelevantClinicalInformation/ActualMedicine": "medicin",
}
STAY = {
    **HEAD,
    "Letter/TypeCode": NOWHERE,
    "Patient/EpisodeOfCareStatusCode": "status",
    "Sender/AnswerTo/EANIdentifier": "svar_til.gln",
}
ADMISSION = {
    **STAY,
    **at("Admission", "tidspunkt"),
    "Sender/ContactInformation/ContactName": "kontakter.navn",
    "Sender/ContactInformation/TelephoneSubscriberIdentifier": "kontakter.telefon",
    "Sender/ContactInformation/ContactTimeText": "kontakter.traeffetid",
}
LEAVING = {**STAY, **at("Discharge", "tidspunkt")}
MAIL = {
    **HEAD,
    "Letter/TypeCode": NOWHERE,
    "Patient/StreetName": "borgers_adresse.vej",
    "Patient/DistrictName": "borgers_adresse.by",
    "Patient/PostCodeIdentifier": "borgers_adresse.postnummer",
    "Patient/EpisodeOfCareStatusCode": "patientstatus",
    "AdditionalInformation/Priority": "prioritet",
    "AdditionalInformation/Subject": "emne",
    "ClinicalInformation/Text01": "beskeder.tekst",
}
RECEIPT = {
    "Letter/Identifier": "meddelelse",
    "Letter/VersionCode": NOWHERE,
    "Letter/StatisticalCode": NOWHERE,
    "Sender/EANIdentifier": NOWHERE,
    "Receiver/EANIdentifier": NOWHERE,
    "OriginalEmessage/OriginalEnvelopeIdentifier": "vedroerer",
    "OriginalEmessage/OriginalSender/EANIdentifier": "oprindelig_afsender",
    "OriginalEmessage/OriginalReceiver/EANIdentifier": "oprindelig_modtager",
    "OriginalEmessage/RefuseCode": "aarsager.kode",
    "OriginalEmessage/RefuseText": "aarsager.tekst",
    "OriginalEmessage/OriginalLetter/OriginalLetterIdentifier": "breve.brev",
    "OriginalEmessage/OriginalLetter/OriginalVersionCode": "breve.version",
}
PLACES: Mapping[str, tuple[type[Haendelse], Mapping[str, str]]] = {
    "DIS01_1": (EpikriseModtaget, DISCHARGE),
    "DIS03_1": (EpikriseModtaget, DISCHARGE),
    "DIS06_1": (EpikriseModtaget, DISCHARGE),
    "DIS08_1": (EpikriseModtaget, DISCHARGE),
    "REF01_1": (HenvisningModtaget, REFERRAL),
    "REF06_1": (HenvisningModtaget, REFERRAL),
    "REF07_2": (HenvisningModtaget, REFERRAL),
    "DIS20_1": (IndlaeggelseRegistreret, ADMISSION),
    "DIS14_1": (IndlaeggelseRegistreret, ADMISSION),
    "DIS17_1": (UdskrivningRegistreret, LEAVING),
    "DIS91_1": (KorrespondanceModtaget, MAIL),
    "CTL01_1": (KvitteringModtaget, RECEIPT),
    "CTL03_1": (KvitteringModtaget, RECEIPT),
}
"""Where each element of MedCom's own example letters stands in the event."""

PARTS = {
    "Letter": "meddelelse",
    "Sender": "afsender",
    "Receiver": "modtager",
    "CCReceiver": "kopi_til",
    "AnswerCCReceiver": "kopi_til",
    "Patient": "borger",
    "Relative": "paaroerende",
    "Reference": "filer",
}
COURSE = {
    **PARTS,
    "Referral": "henvisning",
    **dict.fromkeys(("Admission", "OutPatientFirstVisit", "CasualtyWardFirstVisit", "ExaminationStart"), "begyndt"),
    **dict.fromkeys(("Discharge", "OutPatientLastVisit", "CasualtyWardLastVisit", "ExaminationEnd"), "sluttet"),
    "Diagnose": "diagnoser",
    "ClinicalInformation": "notater",
}
ORDER = {
    **PARTS,
    "AdditionalInformation": "henvisningsaarsag",
    "Referral": "henvisningsdiagnose",
    "RelevantClinicalInformation": "anamnese",
    "FirstDateOfPeriod": "sidste_menstruation",
    "HospitalVisitation": "visitation",
}
BOOKING = {
    **PARTS,
    "Referral": "henvisning",
    "Received": "henvisning_modtaget",
    "Confirmation": "tidspunkt",
    "ClinicalInformation": "bemaerkning",
}
SCHEMAS: Mapping[str, tuple[type[Haendelse], Mapping[str, str]]] = {
    "2005/08/07/DischargeLetter": (EpikriseModtaget, COURSE),
    "2005/08/07/OutPatientDischargeLetter": (EpikriseModtaget, COURSE),
    "2005/08/07/CasualtyWardLetter": (EpikriseModtaget, COURSE),
    "2005/08/07/RadiologyReport": (EpikriseModtaget, COURSE),
    "2008/09/17/PsychologistLetter": (EpikriseModtaget, COURSE),
    "2005/08/07/HospitalReferral": (HenvisningModtaget, ORDER),
    "2005/08/07/XRayRequest": (HenvisningModtaget, ORDER),
    "2006/07/01/BookingConfirmation": (AftaleBekraeftet, BOOKING),
}
"""Where each part of a letter stands, of the kinds that have a published schema but mostly no published example."""

MARKUP = frozenset({"Break", "Bold", "Italic", "Underline", "FixedFont", "Space", "Center", "Right"})


def leaves(element: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every element that holds a value, text's own markup aside."""
    children = [one for one in element if isinstance(one.tag, str) and etree.QName(one).localname not in MARKUP]
    if not children:
        yield path
    for one in children:
        yield from leaves(one, f"{path}/{etree.QName(one).localname}".lstrip("/"))


def exists(kind: type[Haendelse], place: str) -> bool:
    """Return whether an event class has this field."""
    branch: Branch | Label = kind.labels
    for step in place.split("."):
        if isinstance(branch, Label) or step not in branch.fields:
            return False
        branch = branch.fields[step]
    return True


def example(kind: type[Haendelse], **changes: Any) -> Event:
    """Return the example of an event class, with other data in it."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


def read(event: Event, *typer: Type) -> set[str]:
    """Return the names of what someone with these categories reads; nothing where the event is withheld."""
    copy = redact(event, frozenset(typer))
    return set() if copy is None else set(copy.content()) - {"borger", "sag", "formaal"}


@pytest.mark.parametrize("letter", PLACES)
def test_every_element_of_a_real_letter_has_a_place(letter: str, real: Path):
    """Nothing that MedCom's own example letters say is lost, but what is of the format or a relative's number."""
    _, places = PLACES[letter]
    _, body = etree.parse(real / "medcom-oioxml" / f"{letter}.xml").getroot()
    assert {path for path in leaves(body) if path not in places} == set()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_part_of_a_schema_has_a_place(schema: str, real: Path):
    """A kind of letter of which there is no example has a field for each of its parts too."""
    kind, parts = SCHEMAS[schema]
    tree = etree.parse(real / "medcom-xsd" / f"{schema}.xsd").getroot()
    letter = next(
        one for one in tree.iterfind("{*}complexType") if one.find("{*}sequence/{*}element[@name='Letter']") is not None
    )
    names = {one.get("name") or one.get("ref") for one in letter.iterfind("{*}sequence/{*}element")}
    assert names <= parts.keys()
    assert {parts[name] for name in names} <= kind.model_fields.keys()


@pytest.mark.parametrize(("kind", "places"), PLACES.values(), ids=PLACES)
def test_every_place_is_a_field(kind: type[Haendelse], places: Mapping[str, str]):
    """What the table says of the event is so."""
    assert {place for place in places.values() if place and not exists(kind, place)} == set()


@pytest.mark.parametrize("kind", [*LETTERS, *NOTICES])
def test_a_letter_is_health_at_the_least(kind: type[Haendelse]):
    """Who may not know of the citizen's health does not learn that there is a letter."""
    assert read(example(kind), *(ALL - {Type.HELBRED})) == set()


@pytest.mark.parametrize("kind", LETTERS)
def test_what_a_clinician_writes_is_unread_text_unless_declared(kind: type[Haendelse]):
    """A diagnosis can be alcoholism and a department's name can say so: without a declaration the strictest holds."""
    silent = example(kind, oplysningstyper=[])
    head = read(silent, Type.HELBRED)
    assert {"meddelelse", "aktivitet", "vedroerer", "fejl", "forloeb"} <= head
    assert not {"afsender", "modtager", "kopi_til", "diagnoser", "notater", "anamnese", "konklusion"} & head
    assert "afsender" in read(silent, *FRITEKST)
    assert "afsender" in read(example(kind, oplysningstyper=["helbred"]), Type.HELBRED)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_declaration_can_name_more_than_health(kind: type[Haendelse]):
    """A letter that declares substance use is read as one about substance use."""
    told = example(kind, oplysningstyper=["helbred", "misbrug"])
    assert "afsender" not in read(told, *(ALL - {Type.MISBRUG}))
    assert "afsender" in read(told, Type.HELBRED, Type.MISBRUG)


@pytest.mark.parametrize("kind", [one for one in LETTERS if issubclass(one, Klinisk)])
def test_address_occupation_and_relatives_have_categories_of_their_own(kind: type[Haendelse]):
    """A health worker's letter carries more than health, and each part of it needs its own permission."""
    event = example(kind)
    private = {"adresse", "telefoner", "mail", "stilling", "paaroerende"}
    assert not private & read(event, Type.HELBRED)
    assert read(event, Type.HELBRED, Type.STAMDATA) & private == {"adresse", "telefoner", "mail"}
    assert read(event, Type.HELBRED, Type.FAGLIGE_KOMPETENCER) & private == {"stilling"}
    assert not read(event, Type.HELBRED, Type.NETVAERK_FAMILIE) & private
    assert read(event, Type.HELBRED, Type.NETVAERK_FAMILIE, Type.BOERN) & private == {"paaroerende"}


@pytest.mark.parametrize("name", ["cpr", "personnummer", "id"])
def test_a_relative_has_no_cpr_number(name: str):
    """MedCom has a place for a relative's number; it is a third party's, and the event refuses it."""
    relative = {"relation": "mor", "navn": "Bodil Prøve", name: "0201919990"}
    with pytest.raises(SchemaError):
        example(HenvisningModtaget, paaroerende=[relative])
