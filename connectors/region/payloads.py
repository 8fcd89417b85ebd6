"""The steps of a MedCom conversation: texts and attachments, each with its author and time."""

from connectors.region.elements import Extension, Reference
from connectors.region.message import Message
from connectors.region.organisations import numbers_of
from connectors.region.resources import (
    Attachment,
    CareTeam,
    Communication,
    Organization,
    Payload,
    Practitioner,
    PractitionerRole,
)
from connectors.region.terminology import PAYLOAD_AUTHOR, PAYLOAD_CONTACT, PAYLOAD_ID, PAYLOAD_TIME
from schemas.errors import SchemaError
from schemas.haendelser.korrespondance import Besked, Bilag

UNKNOWN_CONTENT = "application/octet-stream"
"""RFC 2046's type for bytes of which nothing is known: a link to a file may leave its type out."""


def read_payloads(message: Message, communication: Communication) -> list[Besked]:
    """Return the steps in the order received.

    Raises:
        SchemaError: there is none, or one is wrong.
    """
    if not communication.payload:
        raise SchemaError("the communication is empty", "Communication.payload")
    return [_step(message, one, f"Communication.payload.{place}") for place, one in enumerate(communication.payload)]


def _step(message: Message, payload: Payload, where: str) -> Besked:
    if (payload.content_string is None) == (payload.content_attachment is None):
        raise SchemaError("neither a text nor an attachment", where)
    time = _extension(payload, PAYLOAD_TIME, where)
    name = _extension(payload, PAYLOAD_ID, where)
    contact = _extension(payload, PAYLOAD_CONTACT, where)
    identifier = name.value_identifier if name else None
    author, role = _author(message, _extension(payload, PAYLOAD_AUTHOR, where), where)
    return Besked(
        id=identifier.value if identifier else None,
        tidspunkt=time.value_date_time if time else None,
        organisation=_organisation(message, identifier.assigner if identifier else None, where),
        forfatter=author,
        rolle=role,
        telefon=contact.value_contact_point.value if contact and contact.value_contact_point else None,
        tekst=payload.content_string,
        bilag=_attachment(payload.content_attachment, where) if payload.content_attachment else None,
    )


def _extension(payload: Payload, url: str, where: str) -> Extension | None:
    found = [one for one in payload.extension if one.url == url]
    if len(found) > 1:
        raise SchemaError("the same extension twice", f"{where}.extension")
    return found[0] if found else None


def _author(message: Message, extension: Extension | None, where: str) -> tuple[str | None, str | None]:
    """Return an author's name and position."""
    if extension is None or extension.value_reference is None:
        return None, None
    author = message.find(extension.value_reference, f"{where}.extension", PractitionerRole, Practitioner, CareTeam)
    if isinstance(author, PractitionerRole):
        return _person(message, author.practitioner), _position(author)
    if isinstance(author, CareTeam):
        return author.name, None
    return _full_name(author) if isinstance(author, Practitioner) else None, None


def _person(message: Message, reference: Reference | None) -> str | None:
    if reference is None:
        return None
    return _full_name(message.find(reference, "PractitionerRole.practitioner", Practitioner))


def _full_name(practitioner: Practitioner) -> str | None:
    return practitioner.name[0].in_full() if practitioner.name else None


def _position(role: PractitionerRole) -> str | None:
    """Return the position's code or, where it has none, its words."""
    words = [concept.coding[0].code if concept.coding else concept.text for concept in role.code]
    return words[0] if words else None


def _organisation(message: Message, reference: Reference | None, where: str) -> str | None:
    """Return where a step was written: the organisation's name, or one of its numbers where it goes without."""
    if reference is None or reference.reference is None:
        return reference.display if reference else None
    organisation = message.find(reference, f"{where}.extension", Organization)
    numbers = (f"{system}:{number}" for system, number in numbers_of(organisation).items())
    return organisation.name or next(numbers, None)


def _attachment(attachment: Attachment, where: str) -> Bilag:
    if attachment.data is None and attachment.url is None:
        raise SchemaError("the attachment has neither bytes nor an address", f"{where}.contentAttachment")
    return Bilag.model_validate(
        {
            "titel": attachment.title,
            "indholdstype": attachment.content_type or UNKNOWN_CONTENT,
            # FHIR allows white space in base64.
            "indhold": "".join(attachment.data.split()) if attachment.data else None,
            "adresse": attachment.url,
        }
    )
