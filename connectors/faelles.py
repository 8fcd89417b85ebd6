"""For systems that speak the shared language already: one event, or a list of events, as JSON.

The sender gives `id` (its own message id), `type`, `time` and `data`; the envelope's id and source are ours to set.
"""

from typing import Any

from connectors.contract import Connector, Hint, Malformed
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_json
from schemas.ids import event_id
from schemas.parties import Partregister


def read(native: bytes, hint: Hint) -> list[Event] | Malformed:
    """Read one event or a list of them; each keeps the sender's own id as the seed of its event id."""
    value = read_json(native)
    events = value if isinstance(value, list) else [value]
    if not events:
        return Malformed("a list of events must not be empty", "the whole message")
    return [_event(one, hint, place) for place, one in enumerate(events)]


def write(event: Event, _register: Partregister) -> bytes:
    """Write the event as it is."""
    return event.as_json()


def _event(value: Any, hint: Hint, place: int) -> Event:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"]:
        raise SchemaError("an event is an object with the sender's own `id`", f"event {place}")
    if value.get("source", hint.source) != hint.source:
        raise SchemaError("the source is not the authenticated party", "source")
    return event_from({**value, "source": hint.source, "id": event_id(hint.source, value["id"], key=hint.content_key)})


CONNECTOR = Connector(name="faelles", read=read, writers={"haendelse": write})
