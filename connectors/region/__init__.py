"""The region family: MedCom, and so hospitals, klinisk funktion and general practitioners."""

from collections.abc import Callable, Mapping

from connectors.contract import Connector, Hint, Malformed
from connectors.region import acknowledgement, care_communication
from connectors.region.message import Message, read_message
from connectors.region.terminology import CARE_COMMUNICATION, EVENT_CODES, EVENTS, UNKNOWN_CODE
from connectors.region.write_care_communication import write
from schemas.errors import SchemaError
from schemas.events import Event

_READERS: Mapping[str, Callable[[Message, Hint], list[Event]]] = {CARE_COMMUNICATION: care_communication.read}


def read(native: bytes, hint: Hint) -> list[Event] | Malformed:
    """Read a MedCom FHIR message, JSON or XML, by the event that its header names.

    Raises:
        SchemaError: saying which element is wrong, never its value.
        XmlRefused: not XML that is accepted from strangers.
    """
    message = read_message(native)
    event = message.header().event_coding
    if event.system != EVENT_CODES or event.code not in EVENTS:
        raise SchemaError(UNKNOWN_CODE, "MessageHeader.eventCoding")
    reader = _READERS.get(event.code)
    if reader is None:
        return Malformed(f"event {event.code} is not read yet", "MessageHeader.eventCoding")
    return reader(message, hint)


CONNECTOR = Connector(
    name="region",
    read=read,
    writers={"carecommunication": write},
    acknowledge=acknowledgement.answer,
    acknowledgement_type="application/fhir+json",
    volatile=("Bundle.id", "Bundle.timestamp"),
)
"""MedCom FHIR messages; a bundle gets a new id and time at every sending, the letter inside stays the same."""
