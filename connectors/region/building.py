"""FHIR JSON as MedCom wants it written: resources with profile and narrative, entries with addresses, stable ids."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from connectors.region.organisations import Numbers
from connectors.region.terminology import (
    ACTIVITY_CODES,
    DESTINATION_USE,
    DESTINATION_USE_CODES,
    ENDPOINT,
    EVENT_CODES,
    GLN,
    IG,
    SOR,
    YDERNUMMER,
)
from schemas.events import dump

_NAMESPACE = UUID("0d6f4f0e-6a55-5c1e-8f0a-2a1c54c9d7b3")
_NUMBER_SYSTEMS = (("gln", GLN), ("sor", SOR), ("ydernummer", YDERNUMMER))
_NARRATIVE = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'

ORGANISATION_PROFILE = f"{IG}/messaging/StructureDefinition/medcom-messaging-organization"

Json = dict[str, Any]


def stable_id(*seed: str) -> str:
    """Return the UUIDv5 of `seed`: the same message written again is the same to the last byte."""
    return str(uuid5(_NAMESPACE, "\n".join(seed)))


def resource(kind: str, name: str, profile: str, /, **elements: Any) -> Json:
    """Return a resource without its empty elements; its narrative tells its kind and nothing of a person."""
    narrative = {"status": "generated", "div": _NARRATIVE.format(kind)}
    head = {"resourceType": kind, "id": name, "meta": {"profile": [profile]}, "text": narrative}
    return head | {element: value for element, value in elements.items() if value is not None}


def bundle(guide: str, profile: str, name: str, time: datetime, resources: Sequence[Json]) -> bytes:
    """Return a message bundle of `resources`, the header first, with addresses in the named guide."""
    entries = [{"fullUrl": f"{IG}/{guide}/{address(one)}", "resource": one} for one in resources]
    head = {"resourceType": "Bundle", "id": name, "meta": {"profile": [profile]}}
    return dump(head | {"type": "message", "timestamp": time.isoformat(), "entry": entries})


def address(one: Json) -> str:
    """Return the address of a resource inside its bundle."""
    return f"{one['resourceType']}/{one['id']}"


def reference(one: Json) -> Json:
    """Return a reference to a resource of the bundle."""
    return {"reference": address(one)}


def reachable(numbers: Numbers) -> bool:
    """Say whether MedCom can send to and from this organisation: it needs a SOR number and a GLN."""
    return "sor" in numbers and "gln" in numbers


def organisation(name: str, numbers: Numbers, title: str | None) -> Json:
    """Return the Organization with these numbers."""
    identifiers = [{"system": url, "value": numbers[system]} for system, url in _NUMBER_SYSTEMS if system in numbers]
    return resource("Organization", name, ORGANISATION_PROFILE, identifier=identifiers, name=title)


def header(name: str, profile: str, event: str, sender: Json, receiver: Json, **elements: Any) -> Json:
    """Return a MessageHeader from one organisation to another."""
    use = {"url": DESTINATION_USE, "valueCoding": {"system": DESTINATION_USE_CODES, "code": "primary"}}
    destination = {"extension": [use], "endpoint": _endpoint(receiver), "receiver": reference(receiver)}
    return resource(
        "MessageHeader",
        name,
        profile,
        eventCoding={"system": EVENT_CODES, "code": event},
        destination=[destination],
        sender=reference(sender),
        source={"endpoint": _endpoint(sender)},
        **elements,
    )


def provenance(name: str, profile: str, target: str, time: datetime, activity: str, who: Json, **elements: Any) -> Json:
    """Return what `who` did with the message that `target` is the header of."""
    return resource(
        "Provenance",
        name,
        profile,
        target=[{"reference": target}],
        occurredDateTime=time.isoformat(),
        recorded=time.isoformat(),
        activity={"coding": [{"system": ACTIVITY_CODES, "code": activity}]},
        agent=[{"who": reference(who)}],
        **elements,
    )


def _endpoint(one: Json) -> str:
    numbers = {identifier["system"]: identifier["value"] for identifier in one["identifier"]}
    return f"{ENDPOINT}{numbers[SOR]}"
