"""Letters as the region and the GP write them: MedCom CareCommunication 5.0, FHIR JSON or XML.

FHIR has no place for case, purpose, basis and categories, so a letter that needs them is handed in wrapped.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from connectors.region.building import bundle, organisation, provenance, reference, resource, stable_id
from connectors.region.terminology import (
    CARE_COMMUNICATION,
    CATEGORY_CODES,
    CORE,
    CPR,
    DESTINATION_USE,
    DESTINATION_USE_CODES,
    ENDPOINT,
    EVENT_CODES,
    IG,
    PAYLOAD_AUTHOR,
    PAYLOAD_CONTACT,
    PAYLOAD_ID,
    PAYLOAD_TIME,
    X_ECPR,
)
from ops.sample.citizens import Citizen
from ops.sample.dates import Day
from ops.sample.steps import WRAPPED, Send
from schemas.events import dump
from schemas.identity import Nummerart, nummerart
from schemas.parties import Partregister
from schemas.xml import parse_xml

Json = dict[str, Any]

NOBODYS_SOR = "999999000016009"
"""Has the form of a SOR number, and no party of the register has it."""

_GUIDE = f"{IG}/carecommunication/StructureDefinition"
_FHIR = "http://hl7.org/fhir"
_WRITERS = {
    "klinisk-funktion": ("Lise Eksempel", "sundhedskoordinator", "70100011"),
    "psykiatrien": ("Henrik Eksempel", "overlæge", "70100012"),
    "laege-099001": ("Birthe Eksempel", "praktiserende læge", "70100013"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a conversation: who wrote it, when, and its words or its file."""

    fra: str
    tid: datetime
    tekst: str = ""
    fil: tuple[str, str, bytes] | None = None
    """Title, MIME type and bytes."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: to a primary receiver and, after it, to those with a copy; party ids, or a SOR number."""

    name: str
    klokken: str
    fra: str
    til: tuple[str, ...]
    citizen: Citizen
    kategori: str
    parts: tuple[Part, ...]
    emne: str = ""
    aktivitet: str = "new-message"
    earlier: str = ""
    """The name of the letter that this one answers or passes on."""
    xml: bool = False
    wrapping: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside the letter where it is handed in wrapped."""


def send(day: Day, letter: Letter, register: Partregister) -> Send:
    """Return the step by which the letter is handed in."""
    native = _native(day, letter, register)
    content_type = "application/fhir+json"
    if letter.xml:
        native, content_type = as_xml(json.loads(native)), "application/fhir+xml"
    if letter.wrapping:
        native, content_type = dump({"dokument": b64encode(native).decode(), **letter.wrapping}), WRAPPED
    return Send(letter.name, letter.klokken, letter.fra, "region", native, content_type)


def as_xml(value: Mapping[str, Any]) -> bytes:
    """Write a resource in FHIR's XML form; the values must stand in FHIR's order, as ours do."""
    return etree.tostring(_resource(value), xml_declaration=True, encoding="UTF-8")


def _native(day: Day, letter: Letter, register: Partregister) -> bytes:
    parties = dict.fromkeys((letter.fra, *letter.til, *(part.fra for part in letter.parts)))
    organisations = {party: _organisation(day, party, register) for party in parties}
    people = {part.fra: _people(day, part.fra) for part in letter.parts}
    patient = _patient(day, letter.citizen)
    conversation = _communication(day, letter, patient, organisations, people)
    header = _header(day, letter, organisations, conversation)
    resources = [
        header,
        patient,
        conversation,
        *(one for both in people.values() for one in both),
        *organisations.values(),
        *_provenances(day, letter, organisations, conversation),
    ]
    name = stable_id(day.ident(letter.name), "bundle")
    profile = f"{_GUIDE}/medcom-careCommunication-message"
    return bundle("carecommunication", profile, name, day.at(letter.klokken), resources)


def _header(day: Day, letter: Letter, organisations: Mapping[str, Json], conversation: Json) -> Json:
    uses = ["primary", *["cc"] * (len(letter.til) - 1)]
    return resource(
        "MessageHeader",
        day.ident(letter.name),
        f"{_GUIDE}/medcom-careCommunication-messageHeader",
        eventCoding={"system": EVENT_CODES, "code": CARE_COMMUNICATION},
        destination=[_destination(organisations[til], use) for til, use in zip(letter.til, uses, strict=True)],
        sender=reference(organisations[letter.fra]),
        source={"endpoint": _endpoint(organisations[letter.fra])},
        focus=[reference(conversation)],
        definition=f"{IG}/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0",
    )


def _destination(receiver: Json, use: str) -> Json:
    coding = {"system": DESTINATION_USE_CODES, "code": use}
    extension = [{"url": DESTINATION_USE, "valueCoding": coding}]
    return {"extension": extension, "endpoint": _endpoint(receiver), "receiver": reference(receiver)}


def _endpoint(receiver: Json) -> str:
    return f"{ENDPOINT}{receiver['identifier'][-1]['value']}"


def _organisation(day: Day, party: str, register: Partregister) -> Json:
    """Return an organisation by GLN and SOR number, the latter last."""
    known = register.by_id.get(party)
    numbers = known.identifikatorer.model_dump(include={"gln", "sor"}) if known else {"sor": party}
    return organisation(stable_id(day.ident("organisation"), party), numbers, known.navn if known else "Ukendt enhed")


def _patient(day: Day, citizen: Citizen) -> Json:
    system = CPR if nummerart(citizen.cpr) is Nummerart.CPR else X_ECPR
    return resource(
        "Patient",
        stable_id(day.ident("patient"), citizen.serie, citizen.fornavn),
        f"{CORE}/medcom-core-patient",
        identifier=[{"system": system, "value": citizen.cpr}],
        name=[{"use": "official", "family": citizen.efternavn, "given": [citizen.fornavn]}],
    )


def _people(day: Day, party: str) -> tuple[Json, Json]:
    """Return the position and the person of whoever writes at a party."""
    name, position, _ = _WRITERS[party]
    given, family = name.split()
    seed = (day.ident("medarbejder"), party)
    person = resource(
        "Practitioner",
        stable_id(*seed, "person"),
        f"{CORE}/medcom-core-practitioner",
        name=[{"family": family, "given": [given]}],
    )
    role = resource(
        "PractitionerRole",
        stable_id(*seed, "role"),
        f"{CORE}/medcom-core-practitionerrole",
        practitioner=reference(person),
        code=[{"text": position}],
    )
    return role, person


def _communication(
    day: Day,
    letter: Letter,
    patient: Json,
    organisations: Mapping[str, Json],
    people: Mapping[str, tuple[Json, Json]],
) -> Json:
    payload = [
        _payload(_part_id(day, letter, place), part, organisations[part.fra], people[part.fra][0])
        for place, part in enumerate(letter.parts)
    ]
    thread = day.ident(f"samtale {letter.earlier or letter.name}")
    return resource(
        "Communication",
        stable_id(day.ident(letter.name), "communication"),
        f"{_GUIDE}/medcom-careCommunication-communication",
        identifier=[{"value": f"urn:uuid:{thread}"}],
        status="unknown",
        category=[{"coding": [{"system": CATEGORY_CODES, "code": letter.kategori}]}],
        subject=reference(patient),
        topic={"text": letter.emne} if letter.emne else None,
        payload=payload,
    )


def _payload(name: str, part: Part, where: Json, author: Json) -> Json:
    extension: list[Json] = [
        {"url": PAYLOAD_TIME, "valueDateTime": part.tid.isoformat()},
        {"url": PAYLOAD_ID, "valueIdentifier": {"value": name, "assigner": reference(where)}},
        {"url": PAYLOAD_AUTHOR, "valueReference": reference(author)},
        {"url": PAYLOAD_CONTACT, "valueContactPoint": {"system": "phone", "value": _WRITERS[part.fra][2]}},
    ]
    if part.fil is None:
        return {"extension": extension, "contentString": part.tekst}
    title, kind, content = part.fil
    file = {"contentType": kind, "data": b64encode(content).decode(), "title": title}
    return {"extension": extension, "contentAttachment": file}


def _part_id(day: Day, letter: Letter, place: int) -> str:
    return f"urn:uuid:{day.ident(f'{letter.name} {place}')}"


def _provenances(day: Day, letter: Letter, organisations: Mapping[str, Json], conversation: Json) -> Sequence[Json]:
    """Return what is done now and, where the letter passes on or answers an earlier one, what was done then."""
    names = [one["extension"][1]["valueIdentifier"]["value"] for one in conversation["payload"]]
    written = list(zip(names, letter.parts, strict=True))
    now = day.at(letter.klokken)
    new = [{"role": "source", "what": {"identifier": {"value": name}}} for name, part in written if part.tid == now]
    before = f"MessageHeader/{day.ident(letter.earlier)}" if letter.earlier else ""
    revision = [{"role": "revision", "what": {"reference": before}}] if before else []
    made = [(letter.name, f"MessageHeader/{day.ident(letter.name)}", now, letter.aktivitet, letter.fra, new + revision)]
    if before:
        name, part = written[-1]
        source = [{"role": "source", "what": {"identifier": {"value": name}}}]
        made.append((letter.earlier, before, part.tid, "new-message", part.fra, source))
    profile = f"{_GUIDE}/medcom-careCommunication-provenance"
    return [
        provenance(
            stable_id(day.ident(who), "provenance"), profile, target, time, activity, organisations[fra], entity=entity
        )
        for who, target, time, activity, fra, entity in made
    ]


def _resource(value: Mapping[str, Any]) -> etree._Element:
    element = etree.Element(f"{{{_FHIR}}}{value['resourceType']}", nsmap={None: _FHIR})  # type: ignore[dict-item]  # the default namespace, which lxml-stubs forgot
    _fill(element, {name: one for name, one in value.items() if name != "resourceType"})
    return element


def _fill(element: etree._Element, value: Mapping[str, Any]) -> None:
    for name, one in value.items():
        for each in one if isinstance(one, list) else [one]:
            if name == "div":
                element.append(parse_xml(each.encode()))
            elif name == "url" and element.tag == f"{{{_FHIR}}}extension":
                element.set("url", each)
            elif name == "resource":
                etree.SubElement(element, f"{{{_FHIR}}}resource").append(_resource(each))
            elif isinstance(each, dict):
                _fill(etree.SubElement(element, f"{{{_FHIR}}}{name}"), each)
            else:
                etree.SubElement(element, f"{{{_FHIR}}}{name}", value=each)
