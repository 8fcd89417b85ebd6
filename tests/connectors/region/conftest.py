"""A made-up MedCom letter, as JSON values that a test changes, and as the XML that says the same."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from connectors.contract import Hint
from schemas.parties import Partregister

Json = dict[str, Any]
IG = "http://medcomfhir.dk/ig"
CORE = f"{IG}/core/StructureDefinition/medcom-core"
HEADER = "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e01"
EARLIER = "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e00"

PARTIES = [
    {"id": "psykiatrien", "kind": "sundhedsvaesen", "numbers": {"sor": "222222000016002", "gln": "5790000000067"}},
    {"id": "social", "kind": "forvaltning", "numbers": {"sor": "111111000016002", "gln": "5790000000029"}},
    {"id": "laege-099001", "kind": "praktiserende_laege", "numbers": {"gln": "5790000000074", "ydernummer": "099001"}},
    {"id": "boligforening", "kind": "privat", "numbers": {}},
]


def organisation(name: str, title: str | None, *numbers: tuple[str, str]) -> Json:
    """Return an Organization with these (system, value) numbers."""
    identifiers = [{"system": system, "value": value} for system, value in numbers]
    return {
        "resourceType": "Organization",
        "id": name,
        "identifier": identifiers,
        **({"name": title} if title else {}),
    }


def step(name: str, time: str, who: str = "afsender", **content: Any) -> Json:
    """Return a payload by the employee of the letter."""
    return {
        "extension": [
            {"url": f"{CORE}-datetime-extension", "valueDateTime": time},
            {
                "url": f"{CORE}-identifier-extension",
                "valueIdentifier": {"value": name, "assigner": {"reference": f"Organization/{who}"}},
            },
            {"url": f"{CORE}-practitioner-extension", "valueReference": {"reference": "PractitionerRole/rolle"}},
            {"url": f"{CORE}-contact-extension", "valueContactPoint": {"system": "phone", "value": "12345678"}},
        ],
        **content,
    }


def coding(system: str, code: str) -> Json:
    """Return a code of one of MedCom's own systems."""
    return {"system": f"{IG}/terminology/CodeSystem/medcom-{system}", "code": code}


def destination(use: str, endpoint: str, receiver: str) -> Json:
    """Return a destination of the header."""
    extension = {
        "url": f"{IG}/messaging/StructureDefinition/medcom-messaging-destinationUseExtension",
        "valueCoding": coding("messaging-destinationUse", use),
    }
    return {"extension": [extension], "endpoint": endpoint, "receiver": {"reference": f"Organization/{receiver}"}}


def new_letter() -> Json:
    """Return a new message from psykiatrien to social, with one text."""
    resources = [
        {
            "resourceType": "MessageHeader",
            "id": HEADER,
            "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">brev</div>'},
            "eventCoding": coding("messaging-eventCodes", "care-communication-message"),
            "destination": [destination("primary", "https://sor2.sum.dsdn.dk/#id=111111000016002", "modtager")],
            "sender": {"reference": "Organization/afsender"},
            "source": {"endpoint": "https://sor2.sum.dsdn.dk/#id=222222000016002"},
            "focus": [{"reference": "Communication/samtale"}],
        },
        {
            "resourceType": "Patient",
            "id": "borger",
            "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "2509479989"}],
            "name": [{"use": "official", "family": "Prøvesen", "given": ["Ane", "Test"]}],
        },
        {
            "resourceType": "Communication",
            "id": "samtale",
            "identifier": [{"value": "urn:uuid:11111111-0000-4000-8000-000000000001"}],
            "status": "unknown",
            "category": [{"coding": [coding("careCommunication-categoryCodes", "psychiatry-social-disability")]}],
            "subject": {"reference": "Patient/borger"},
            "topic": {"text": "Samarbejde om støtte"},
            "payload": [step("urn:uuid:a1", "2024-06-01T13:55:00+02:00", contentString="Kan vi mødes?\nHilsen Mette")],
        },
        {
            "resourceType": "PractitionerRole",
            "id": "rolle",
            "practitioner": {"reference": "Practitioner/person"},
            "code": [{"coding": [coding("core-PractitionerRolesSKSadministrativ", "sygeplejerske")]}],
        },
        {"resourceType": "Practitioner", "id": "person", "name": [{"family": "Fiktiv", "given": ["Mette"]}]},
        organisation(
            "afsender",
            "Psykiatrisk ambulatorium",
            ("https://www.gs1.org/gln", "5790000000067"),
            ("urn:oid:1.2.208.176.1.1", "222222000016002"),
        ),
        organisation(
            "modtager",
            "Socialafdelingen",
            ("https://www.gs1.org/gln", "5790000000029"),
            ("urn:oid:1.2.208.176.1.1", "111111000016002"),
        ),
        {
            "resourceType": "Provenance",
            "id": "nu",
            "target": [{"reference": f"MessageHeader/{HEADER}"}],
            "occurredDateTime": "2024-06-01T13:55:00+02:00",
            "recorded": "2024-06-01T13:55:00+02:00",
            "activity": {"coding": [coding("messaging-activityCodes", "new-message")]},
            "agent": [{"who": {"reference": "Organization/afsender"}}],
            "entity": [{"role": "source", "what": {"identifier": {"value": "urn:uuid:a1"}}}],
        },
    ]
    entries = [{"fullUrl": f"{IG}/x/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
    head = {"resourceType": "Bundle", "id": "b1", "type": "message", "timestamp": "2024-06-01T14:00:00+02:00"}
    return {**head, "entry": entries}


def to_xml(bundle: Json) -> bytes:
    """Write the JSON values of a bundle as FHIR XML."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + _resource(bundle, ' xmlns="http://hl7.org/fhir"').encode()


def _resource(value: Json, namespace: str = "") -> str:
    kind = value["resourceType"]
    inside = "".join(_element(name, one) for name, one in value.items() if name != "resourceType")
    return f"<{kind}{namespace}>{inside}</{kind}>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if name == "resource":
        return f"<resource>{_resource(value)}</resource>"
    if name == "div":
        return str(value)
    if isinstance(value, str):
        return f"<{name} value={quoteattr(value, {chr(10): '&#10;'})}/>"
    url = f" url={quoteattr(value['url'])}" if name == "extension" else ""
    inside = "".join(_element(key, one) for key, one in value.items() if not (url and key == "url"))
    return f"<{name}{url}>{inside}</{name}>"


@pytest.fixture
def letter() -> Json:
    """Return a letter to change."""
    return new_letter()


@pytest.fixture
def forwarded() -> Json:
    """Return a letter that forwards an earlier one with its attachment, the oldest step first."""
    bundle = new_letter()
    by_kind = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    attachment = {"contentType": "application/pdf", "data": "JVBERi0xLjcKtbW1", "title": "Plan"}
    link = {"url": "https://example.org/plan", "title": "Om planen"}
    by_kind["Communication"]["payload"] = [
        step("urn:uuid:a1", "2024-05-01T12:00:00+02:00", "modtager", contentString="Først"),
        step("urn:uuid:a2", "2024-05-01T12:00:00+02:00", "modtager", contentAttachment=attachment),
        step("urn:uuid:a3", "2024-06-01T11:55:00Z", contentString="Sidst"),
        step("urn:uuid:a4", "2024-05-02T12:00:00+02:00", contentAttachment=link),
    ]
    current = by_kind["Provenance"]
    current["activity"] = {"coding": [coding("messaging-activityCodes", "forward-message")]}
    current["entity"] = [
        {"role": "source", "what": {"identifier": {"value": "urn:uuid:a3"}}},
        {"role": "revision", "what": {"reference": f"MessageHeader/{EARLIER}"}},
    ]
    history = {**current, "id": "foer", "target": [{"reference": f"MessageHeader/{EARLIER}"}], "entity": []}
    history["occurredDateTime"] = "2024-05-01T12:00:00+02:00"
    bundle["entry"].insert(3, {"fullUrl": "Provenance/foer", "resource": history})
    return bundle


@pytest.fixture
def pick() -> Callable[[Json, str], Json]:
    """Return how to get the first resource of a kind out of a bundle."""

    def first(bundle: Json, kind: str) -> Json:
        found: Json = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
        return found

    return first


@pytest.fixture
def as_json() -> Callable[[Json], bytes]:
    """Return how to write a bundle as JSON."""
    return lambda bundle: json.dumps(bundle, ensure_ascii=False).encode()


@pytest.fixture
def as_xml() -> Callable[[Json], bytes]:
    """Return how to write a bundle as XML."""
    return to_xml


@pytest.fixture(scope="session")
def register() -> Partregister:
    """Return a register of made-up parties."""
    parties = [
        {"id": one["id"], "kind": one["kind"], "navn": one["id"], "identifikatorer": one["numbers"]} for one in PARTIES
    ]
    return Partregister.read({"version": 1, "parter": parties})


@pytest.fixture(scope="session")
def hint(register: Partregister) -> Hint:
    """Return what is known when psykiatrien has authenticated."""
    return Hint(source="psykiatrien", register=register)


@pytest.fixture(scope="session")
def whole() -> Json:
    """Return a letter that no test changes."""
    return new_letter()


@pytest.fixture(scope="session")
def whole_xml(whole: Json) -> bytes:
    """Return the unchanged letter as XML."""
    return to_xml(whole)
