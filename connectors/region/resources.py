"""The FHIR R4 resources of MedCom's messages, no more of them than is read."""

from typing import Literal

from connectors.region.elements import (
    CodeableConcept,
    Coding,
    Element,
    Extension,
    HumanName,
    Id,
    Identifier,
    Instant,
    Many,
    Reference,
    Text,
)
from connectors.region.terminology import DESTINATION_USE


class Resource(Element):
    """What every resource has."""

    resource_type: str
    id: Id | None = None


class Destination(Element):
    """Whom a message is for: by technical address, and as an organisation."""

    extension: Many[Extension] = ()
    endpoint: Text | None = None
    receiver: Reference | None = None

    def is_copy(self) -> bool:
        """Say whether it is a carbon-copy destination beside the primary one."""
        return any(
            one.url == DESTINATION_USE and one.value_coding and one.value_coding.code == "cc" for one in self.extension
        )


class Source(Element):
    """The technical address that a message comes from."""

    endpoint: Text | None = None


class MessageHeader(Resource):
    """The first resource of every message; its id is what identifies the letter."""

    resource_type: Literal["MessageHeader"]
    id: Id
    event_coding: Coding
    destination: Many[Destination]
    sender: Reference
    source: Source
    focus: Many[Reference] = ()


class Patient(Resource):
    """The citizen."""

    resource_type: Literal["Patient"]
    identifier: Many[Identifier]
    name: Many[HumanName] = ()


class Organization(Resource):
    """A party of the message, or of the conversation before it."""

    resource_type: Literal["Organization"]
    identifier: Many[Identifier] = ()
    name: Text | None = None


class Practitioner(Resource):
    """An employee's name."""

    resource_type: Literal["Practitioner"]
    name: Many[HumanName] = ()


class PractitionerRole(Resource):
    """An employee's position."""

    resource_type: Literal["PractitionerRole"]
    practitioner: Reference | None = None
    code: Many[CodeableConcept] = ()


class CareTeam(Resource):
    """A group of employees."""

    resource_type: Literal["CareTeam"]
    name: Text | None = None


class Attachment(Element):
    """A file, here or elsewhere."""

    content_type: Text | None = None
    data: Text | None = None
    url: Text | None = None
    title: Text | None = None


class Payload(Element):
    """One step of the conversation."""

    extension: Many[Extension] = ()
    content_string: Text | None = None
    content_attachment: Attachment | None = None


class Communication(Resource):
    """The conversation."""

    resource_type: Literal["Communication"]
    identifier: Many[Identifier] = ()
    category: Many[CodeableConcept]
    priority: Literal["routine", "urgent", "asap", "stat"] | None = None
    subject: Reference
    topic: CodeableConcept | None = None
    payload: Many[Payload]


class Entity(Element):
    """What went into a message: its payloads, and the message that it answers or corrects."""

    role: Text
    what: Reference


class Provenance(Resource):
    """What was done with one message of the conversation, and when."""

    resource_type: Literal["Provenance"]
    target: Many[Reference]
    occurred_date_time: Instant | None = None
    activity: CodeableConcept | None = None
    entity: Many[Entity] = ()
