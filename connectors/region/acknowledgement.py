"""MedCom's acknowledgement of a FHIR message: accepted, or refused for now or for good.

Ids follow from the message acknowledged, so a duplicate gets the very same acknowledgement (MedCom, reliable
messaging), as long as the time given is the one kept from the first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from connectors.contract import Malformed, NotExpressible
from connectors.region.building import (
    Json,
    bundle,
    header,
    organisation,
    provenance,
    reachable,
    reference,
    resource,
    stable_id,
)
from connectors.region.elements import Reference
from connectors.region.message import Message, read_message
from connectors.region.organisations import NO_RECEIVER, numbers_of
from connectors.region.resources import MessageHeader, Organization
from connectors.region.terminology import ACKNOWLEDGEMENT, ACTIVITY_CODES, ERROR_CODES, IG, UNKNOWN_CODE
from schemas.errors import SchemaError
from schemas.xml import XmlRefused

_GUIDE = f"{IG}/acknowledgement/StructureDefinition"
_PROVENANCE = f"{IG}/messaging/StructureDefinition/medcom-messaging-provenance"


class Outcome(StrEnum):
    """What became of a message (FHIR ResponseType)."""

    OK = "ok"
    TRANSIENT_ERROR = "transient-error"
    FATAL_ERROR = "fatal-error"


class ErrorCode(StrEnum):
    """Why a message was not accepted (MedComAcknowledgementErrorCodes; the spelling is MedCom's)."""

    RECEIVER_UNKNOWN = "MSG_Receiver_Identifier_UNKNOWN"
    RECEIVER_MISSING = "MSG_Receiver_Identifier_MISSING"
    TYPE_NOT_RECEIVED = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
    VALUE_UNKNOWN = "MSG_VALUESET_VALUE_UNKNOWN"
    CODE_UNKNOWN = "MSG_CodeSystem_VALUE_UNKNOWN"
    TOO_LONG = "MSG_Element_To_Long"
    WRONG_DATATYPE = "MSG_Datatype_Wrong"
    OUT_OF_OPERATION = "MSG_Mailbox_Out_Of_Operation"
    DAMAGED = "MSG_Damaged_durin_transport"


_ISSUES: Mapping[ErrorCode, str] = {
    ErrorCode.RECEIVER_UNKNOWN: "not-found",
    ErrorCode.RECEIVER_MISSING: "required",
    ErrorCode.TYPE_NOT_RECEIVED: "not-supported",
    ErrorCode.VALUE_UNKNOWN: "code-invalid",
    ErrorCode.CODE_UNKNOWN: "code-invalid",
    ErrorCode.TOO_LONG: "too-long",
    ErrorCode.WRONG_DATATYPE: "structure",
    ErrorCode.OUT_OF_OPERATION: "transient",
    ErrorCode.DAMAGED: "structure",
}
"""FHIR's own word for each of MedCom's codes (IssueType)."""


def error_code(malformed: Malformed) -> ErrorCode:
    """Return MedCom's code for what is wrong with a message."""
    if malformed.reason == UNKNOWN_CODE:
        return ErrorCode.VALUE_UNKNOWN
    if malformed.reason == NO_RECEIVER:
        return ErrorCode.RECEIVER_MISSING
    if malformed.where == "MessageHeader.eventCoding":
        return ErrorCode.TYPE_NOT_RECEIVED
    return ErrorCode.WRONG_DATATYPE


def answer(native: bytes, malformed: Malformed | None, at: datetime) -> bytes | NotExpressible:
    """Acknowledge a message as accepted, or as refused for good with MedCom's code for what is wrong with it."""
    if malformed is None:
        return acknowledge(native, Outcome.OK, at=at)
    return acknowledge(native, Outcome.FATAL_ERROR, error_code(malformed), at=at)


def acknowledge(original: bytes | Message, outcome: Outcome, *codes: ErrorCode, at: datetime) -> bytes | NotExpressible:
    """Write the acknowledgement of a message, from its primary receiver to its sender.

    Of the original no more is read than header, organisations and Provenance, so that one which is malformed further
    in gets its answer too. `at` is when the outcome was decided, with an offset. Every outcome but ok has its codes.
    """
    if (outcome is Outcome.OK) == bool(codes):
        return NotExpressible("an error needs its codes, and an ok has none")
    try:
        message = original if isinstance(original, Message) else read_message(original)
        head = message.header()
        sender = _organisation(message, head.sender, "sender")
        receiver = _organisation(message, _primary(head), "receiver")
    except (SchemaError, XmlRefused):
        return NotExpressible("the message does not say which one it is and between whom")
    return _written(message, head, sender, receiver, (outcome, *codes), at)


def _written(
    message: Message,
    head: MessageHeader,
    sender: Json,
    receiver: Json,
    answer: tuple[Outcome, *tuple[ErrorCode, ...]],
    at: datetime,
) -> bytes:
    outcome, *codes = answer
    seed = (head.id, *answer)
    details = _details(stable_id(*seed, "outcome"), codes)
    response = {"identifier": head.id, "code": outcome} | ({"details": reference(details[0])} if details else {})
    own = header(
        stable_id(*seed, "header"),
        f"{_GUIDE}/medcom-messaging-acknowledgementHeader",
        ACKNOWLEDGEMENT,
        receiver,
        sender,
        response=response,
    )
    resources = [own, *_provenances(message, head, own, sender, receiver, at), receiver, sender, *details]
    name = stable_id(*seed, "bundle")
    return bundle("acknowledgement", f"{_GUIDE}/medcom-messaging-acknowledgement", name, at, resources)


def _provenances(
    message: Message, head: MessageHeader, own: Json, sender: Json, receiver: Json, at: datetime
) -> list[Json]:
    """Return exactly two: what the sender did with the original, and what the receiver does now."""
    original = f"MessageHeader/{head.id}"
    activity, time = _original_activity(message)
    answered = {"role": "revision", "what": {"reference": original}}
    return [
        provenance(stable_id(head.id, "original"), _PROVENANCE, original, time or at, activity, sender),
        provenance(
            stable_id(own["id"], "acknowledgement"),
            _PROVENANCE,
            f"MessageHeader/{own['id']}",
            at,
            "acknowledgement",
            receiver,
            entity=[answered],
        ),
    ]


def _original_activity(message: Message) -> tuple[str, datetime | None]:
    """Return what the original says was done with it, and when; a new message, where it does not say."""
    try:
        current = next(iter(message.provenances()), None)
    except SchemaError:
        current = None
    activity = current.activity.code_of(ACTIVITY_CODES) if current and current.activity else None
    return activity or "new-message", current.occurred_date_time if current else None


def _primary(head: MessageHeader) -> Reference:
    receivers = [destination.receiver for destination in head.destination if not destination.is_copy()]
    if not receivers or receivers[0] is None:
        raise SchemaError(NO_RECEIVER, "MessageHeader.destination")
    return receivers[0]


def _organisation(message: Message, where: Reference, role: str) -> Json:
    found = message.find(where, f"MessageHeader.{role}", Organization)
    numbers = numbers_of(found)
    if not reachable(numbers):
        raise SchemaError("MedCom needs a SOR number and a GLN", f"MessageHeader.{role}")
    return organisation(stable_id(role, *numbers.values()), numbers, found.name)


def _details(name: str, codes: Sequence[ErrorCode]) -> list[Json]:
    if not codes:
        return []
    issues: list[dict[str, Any]] = [
        {
            "severity": "error",
            "code": _ISSUES[code],
            "details": {"coding": [{"system": ERROR_CODES, "code": code}]},
        }
        for code in codes
    ]
    profile = f"{_GUIDE}/medcom-acknowledgement-operationoutcome"
    return [resource("OperationOutcome", name, profile, issue=issues)]
