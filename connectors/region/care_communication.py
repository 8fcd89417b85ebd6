"""MedCom CareCommunication (FHIR, up to 5.0) read into one `korrespondance.modtaget` event per message.

A message carries its whole conversation: what was forwarded and attached crosses with it, and so all of it is in the
event. Specific senders and recipients inside an organisation, and the encounter, have no place in the event and stay.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from connectors.contract import Hint
from connectors.region.categories import CATEGORIES, OTHER, REGARDING_REFERRAL, declared
from connectors.region.message import Message
from connectors.region.organisations import check_sender, receivers
from connectors.region.patient import read_patient
from connectors.region.payloads import read_payloads
from connectors.region.resources import Communication, MessageHeader, Provenance
from connectors.region.terminology import ACTIVITY_CODES, CATEGORY_CODES, UNKNOWN_CODE
from schemas.errors import SchemaError
from schemas.events import Event, schema_error
from schemas.haendelser.korrespondance import Besked, KorrespondanceModtaget
from schemas.ids import event_id

ACTIVITIES = {
    "new-message": "ny",
    "reply-message": "svar",
    "forward-message": "videresendt",
    "modified-message": "rettet",
    "retract-message": "trukket_tilbage",
    "carboncopy-message": "kopi",
}
"""MedCom's activity code to the event's `aktivitet`."""

_EARLIER = frozenset({"revision", "source", "removal"})
"""The roles in which a Provenance names the message before: answered, forwarded or corrected, and taken back."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def read(message: Message, hint: Hint) -> list[Event]:
    """Read a CareCommunication.

    The event's id is made of MessageHeader.id and its time is when the current message was sent, since Bundle.id and
    Bundle.timestamp change at every sending. Case, purpose, basis and employee have no fields and come from the hint.

    Raises:
        SchemaError: saying which element is wrong, never its value.
    """
    header = message.header()
    check_sender(message, header, hint)
    provenance = _current(message)
    if provenance.occurred_date_time is None:
        raise SchemaError("the time of sending is missing", "Provenance.occurredDateTime")
    try:
        data = _correspondence(message, header, provenance, hint)
        return [
            Event.of(
                event_id(hint.source, header.id, key=hint.content_key), hint.source, provenance.occurred_date_time, data
            )
        ]
    except ValidationError as error:
        raise schema_error(error) from None


def _correspondence(
    message: Message, header: MessageHeader, provenance: Provenance, hint: Hint
) -> KorrespondanceModtaget:
    communications = _communications(message, header)
    categories = [_category(one) for one in communications]
    steps = _newest_first([step for one in communications for step in read_payloads(message, one)])
    first = communications[0]
    return KorrespondanceModtaget.model_validate(
        {
            "borger": read_patient(message, communications),
            "sag": hint.sag,
            "formaal": hint.formaal,
            "hjemmel": hint.hjemmel,
            "bruger": hint.bruger,
            "modtagere": receivers(message, header, hint.register),
            "kategori": categories[0],
            "oplysningstyper": hint.oplysningstyper or declared(*categories),
            "emne": first.topic.text if first.topic else None,
            "prioritet": first.priority,
            "aktivitet": _activity(provenance),
            "traad": first.identifier[0].value if first.identifier else None,
            "meddelelse": header.id,
            "vedroerer": _earlier_message(provenance, {step.id for step in steps}),
            "beskeder": steps,
        }
    )


def _communications(message: Message, header: MessageHeader) -> list[Communication]:
    """Return what the message is about; a retraction may hold both its reason and what it takes back."""
    if not header.focus:
        raise SchemaError("the message is about nothing", "MessageHeader.focus")
    return [message.find(focus, "MessageHeader.focus", Communication) for focus in header.focus]


def _current(message: Message) -> Provenance:
    current = message.provenances()
    if len(current) != 1:
        raise SchemaError("not exactly one Provenance is of this message", "Provenance.target")
    return current[0]


def _category(communication: Communication) -> str:
    """Return the category code, checked together with what it asks for (medcom-careCommunication-5 and -6)."""
    codes = [concept.code_of(CATEGORY_CODES) for concept in communication.category]
    code = codes[0] if len(codes) == 1 else None
    if code is None or code not in CATEGORIES:
        raise SchemaError(UNKNOWN_CODE, "Communication.category")
    if code == OTHER and not (communication.topic and communication.topic.text):
        raise SchemaError("the category `other` needs a topic", "Communication.topic")
    if communication.priority is not None and code != REGARDING_REFERRAL:
        raise SchemaError("only the category `regarding-referral` has a priority", "Communication.priority")
    return code


def _activity(provenance: Provenance) -> str:
    code = provenance.activity.code_of(ACTIVITY_CODES) if provenance.activity else None
    if code not in ACTIVITIES:
        raise SchemaError(UNKNOWN_CODE, "Provenance.activity")
    return ACTIVITIES[code]


def _earlier_message(provenance: Provenance, payloads: set[str | None]) -> str | None:
    """Return the id of the message before: a MessageHeader's, or `<GLN>#<letter>` of one in an older format.

    Entities with an identifier also tell which payloads are new, so a payload's identifier is no message.
    """
    earlier = [entity.what for entity in provenance.entity if entity.role in _EARLIER]
    headers = [what.reference.rpartition("MessageHeader/") for what in earlier if what.reference]
    letters = [what.identifier.value for what in earlier if what.identifier and not what.reference]
    found = [name for _, kind, name in headers if kind] + [value for value in letters if value not in payloads]
    return found[0] if found else None


def _newest_first(steps: Sequence[Besked]) -> list[Besked]:
    """Order by time; what was written at the same time stays as received, and what has no time comes last."""
    return sorted(steps, key=lambda step: step.tidspunkt or _LONG_AGO, reverse=True)
