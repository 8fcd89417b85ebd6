"""Two majors of one event at a time: what is old comes up, and who still reads the old one gets it down.

An event crosses as its newest major. What was stored or sent as an older one is upcast when it is read; a copy for a
party that reads an older major is downcast after it was redacted, and redacted again by that major's own labels.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError
from schemas.events import PREFIX, Event, Haendelse, event_from, event_types
from schemas.parties import Partregister
from schemas.redaction import redact


def check_majors(register: Partregister) -> None:
    """Make sure that every party reads majors that exist.

    Raises:
        SchemaError: naming the party that does not.
    """
    for part in register.parter:
        for navn, major in part.hovedversioner.items():
            if f"{PREFIX}{navn}.v{major}" not in event_types():
                raise SchemaError("reads an event, or a major of it, that does not exist", f"partregister.{part.id}")


def newest(event: Event) -> Event:
    """Return the event as its newest major.

    Raises:
        SchemaError: an upcaster does not make a valid event of it.
    """
    while (later := event.data.later) is not None:
        event = _cast(event, later, later.up(event.content()))
    return event


def copy_for(event: Event, permitted: AbstractSet[Oplysningstype], major: int | None = None) -> Event | None:
    """Return the redacted copy as the major that its receiver reads (by default the newest), or None as `redact` does.

    Raises:
        SchemaError: there is no way to that major.
    """
    copy = redact(event, permitted)
    while copy is not None and major is not None and copy.data.major > major:
        if copy.data.earlier is None:
            raise SchemaError("there is no way down from this major", copy.type)
        copy = redact(_cast(copy, copy.data.earlier, copy.data.down(copy.content())), permitted)
    return copy


def _cast(event: Event, kind: type[Haendelse], data: dict[str, Any]) -> Event:
    head = event.model_dump(mode="json", exclude={"data"})
    return event_from({**head, "type": kind.wire_type(), "data": data})
