"""A `korrespondance.modtaget` event written as MedCom CareCommunication 5.0, FHIR JSON, for one receiver.

Case, purpose and employee have no fields in MedCom's message and stay behind. The message keeps its MessageHeader.id,
so that an answer to it is an answer to what its first sender sent.
"""

import re
from collections.abc import Iterator, Mapping

from connectors.contract import NotExpressible
from connectors.region.building import (
    Json,
    address,
    bundle,
    header,
    organisation,
    provenance,
    reachable,
    reference,
    resource,
    stable_id,
)
from connectors.region.care_communication import ACTIVITIES
from connectors.region.categories import CATEGORIES, OTHER, REGARDING_REFERRAL
from connectors.region.organisations import Numbers
from connectors.region.terminology import (
    CARE_COMMUNICATION,
    CATEGORY_CODES,
    CORE,
    IG,
    PATIENT_SYSTEMS,
)
from connectors.region.write_payloads import Author, human_name, write_authors, write_payloads
from schemas.events import Event
from schemas.haendelser.korrespondance import KorrespondanceModtaget
from schemas.identity import nummerart
from schemas.parties import Partregister

_GUIDE = f"{IG}/carecommunication/StructureDefinition"
_FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_PRIORITIES = frozenset({"routine", "urgent", "asap", "stat"})
_ACTIVITY_CODES: Mapping[str, str] = {name: code for code, name in ACTIVITIES.items()}


def write(event: Event, register: Partregister, *, til: str | None = None) -> bytes | NotExpressible:
    """Write the event for the party `til`, or else for the first that the event itself is addressed to.

    A copy that was handed out names no receivers, so whoever delivers it says `til`.
    """
    data = event.data
    if not isinstance(data, KorrespondanceModtaget):
        return NotExpressible("a CareCommunication holds correspondence and nothing else")
    receiver = til or next(iter(data.modtagere), "")
    obstacle = next(_obstacles(event.source, receiver, data, register), None)
    return NotExpressible(obstacle) if obstacle else _written(event, data, receiver, register)


def _obstacles(sender: str, receiver: str, data: KorrespondanceModtaget, register: Partregister) -> Iterator[str]:
    """Say what MedCom's message has no place for, or cannot go without."""
    if not (reachable(_numbers(sender, register)) and reachable(_numbers(receiver, register))):
        yield "the party register lacks the SOR number or the GLN of the sender or the receiver"
    if data.kategori not in CATEGORIES:
        yield "MedCom has no such category of correspondence"
    if data.kategori == OTHER and data.emne is None:
        yield "the category `other` needs a subject"
    if data.prioritet and (data.kategori != REGARDING_REFERRAL or data.prioritet not in _PRIORITIES):
        yield "only the category `regarding-referral` has a priority, and only FHIR's four"
    if nummerart(data.borger.cpr) not in PATIENT_SYSTEMS:
        yield "a replacement number goes with its issuer, whom an event does not name"
    if any(step.tekst and step.bilag for step in data.beskeder):
        yield "a step of the conversation is a text or an attachment, and not both"
    if any(step.bilag and not (step.bilag.indhold or step.bilag.adresse) for step in data.beskeder):
        yield "an attachment has neither bytes nor an address"


def _written(event: Event, data: KorrespondanceModtaget, receiver: str, register: Partregister) -> bytes:
    sender, other = (_party(event, party, register) for party in (event.source, receiver))
    authors = write_authors(event.id, data.beskeder)
    patient = _patient(event, data)
    conversation = _communication(event, data, patient, sender, authors)
    own = header(
        data.meddelelse if _FHIR_ID.fullmatch(data.meddelelse) else stable_id(event.id, "header"),
        f"{_GUIDE}/medcom-careCommunication-messageHeader",
        CARE_COMMUNICATION,
        sender,
        other,
        focus=[reference(conversation)],
        definition=f"{IG}/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0",
    )
    step = provenance(
        stable_id(event.id, "provenance"),
        f"{_GUIDE}/medcom-careCommunication-provenance",
        address(own),
        event.time,
        _ACTIVITY_CODES[data.aktivitet],
        sender,
        entity=_entities(data, conversation),
    )
    people = [one for author in authors.values() for one in author]
    name = stable_id(event.id, receiver, "bundle")
    resources = [own, patient, conversation, *people, sender, other, step]
    return bundle("carecommunication", f"{_GUIDE}/medcom-careCommunication-message", name, event.time, resources)


def _numbers(party: str, register: Partregister) -> Numbers:
    if party not in register.by_id:
        return {}
    return register.by_id[party].identifikatorer.model_dump(exclude_none=True)


def _party(event: Event, party: str, register: Partregister) -> Json:
    name = stable_id(event.id, "organisation", party)
    return organisation(name, _numbers(party, register), register.by_id[party].navn)


def _patient(event: Event, data: KorrespondanceModtaget) -> Json:
    kind = nummerart(data.borger.cpr)
    system = PATIENT_SYSTEMS[kind] if kind else None
    return resource(
        "Patient",
        stable_id(event.id, "patient"),
        f"{CORE}/medcom-core-patient",
        identifier=[{"system": system, "value": data.borger.cpr}],
        name=[{"use": "official", **human_name(data.borger.navn)}] if data.borger.navn else None,
    )


def _communication(
    event: Event, data: KorrespondanceModtaget, patient: Json, sender: Json, authors: Mapping[Author, list[Json]]
) -> Json:
    return resource(
        "Communication",
        stable_id(event.id, "communication"),
        f"{_GUIDE}/medcom-careCommunication-communication",
        identifier=[{"value": data.traad or f"urn:uuid:{stable_id(event.id, 'thread')}"}],
        status="unknown",
        category=[{"coding": [{"system": CATEGORY_CODES, "code": data.kategori}]}],
        priority=data.prioritet,
        subject=reference(patient),
        topic={"text": data.emne} if data.emne else None,
        payload=write_payloads(event.id, data.beskeder, sender, authors),
    )


def _entities(data: KorrespondanceModtaget, conversation: Json) -> list[Json]:
    """Return the identifiers of the newest steps, and the message that this one answers or corrects."""
    names = [payload["extension"][0]["valueIdentifier"] for payload in conversation["payload"]]
    newest = data.beskeder[0].tidspunkt
    new = [
        {"role": "source", "what": {"identifier": {"value": name["value"]}}}
        for name, step in zip(names, data.beskeder, strict=True)
        if step.tidspunkt == newest
    ]
    return [*new, *([{"role": "revision", "what": _earlier(data.vedroerer)}] if data.vedroerer else [])]


def _earlier(message: str) -> Json:
    """Return a reference to a FHIR message, or the identifier of one in an older format."""
    if _FHIR_ID.fullmatch(message):
        return {"reference": f"MessageHeader/{message}"}
    return {"identifier": {"value": message}}
