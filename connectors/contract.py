"""What a connector is: two pure functions and a description.

`read` turns native bytes into events, or says what is malformed and where. `write` turns an event into native bytes, or
says why the format cannot express it. A connector never does I/O, never invents a purpose, and never guesses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Bruger, Event, Hjemmel
from schemas.parties import Partregister
from schemas.xml import XmlRefused

MAX_NATIVE_BYTES = 5 * 1024 * 1024
"""Native input above 5 MiB is refused before it is read."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The native message could not be read. Neither field ever quotes the message."""

    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class NotExpressible:
    """The native format has no place for this event."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known beside the native bytes: who sends, and what the format has no field for.

    `source` is the authenticated sender's party id. Where the native message itself says the same thing, it holds over
    the hint. `content_key` keys the event ids; without it they are those of no running system.
    """

    source: str
    register: Partregister
    sag: str | None = None
    formaal: str | None = None
    hjemmel: Hjemmel | None = None
    bruger: Bruger | None = None
    oplysningstyper: tuple[Oplysningstype, ...] = ()
    modtagere: tuple[str, ...] = ()
    content_key: bytes = b""


Reader = Callable[[bytes, Hint], "list[Event] | Malformed"]
Writer = Callable[[Event, Partregister], "bytes | NotExpressible"]
Acknowledger = Callable[[bytes, "Malformed | None", datetime], "bytes | NotExpressible"]
"""From the native message, what was wrong with it (None where it was accepted), and when that was first decided."""


@dataclass(frozen=True, slots=True)
class Connector:
    """One family of department systems: its reader and, by format name, its writers with their content types."""

    name: str
    read: Reader
    writers: Mapping[str, Writer] = field(default_factory=dict)
    acknowledge: Acknowledger | None = None
    """Writes the format's own acknowledgement, where it has one; the same message and instant give the same bytes."""
    acknowledgement_type: str = ""
    """The content type of that acknowledgement."""
    volatile: tuple[str, ...] = ()
    """Native fields that change at every sending of the same message and so are no part of its content."""


def read_safely(connector: Connector, native: bytes, hint: Hint) -> list[Event] | Malformed:
    """Read native bytes; whatever is wrong with them comes back as a value.

    The errors of the shared language and of XML are turned into `Malformed` here, once for all connectors.
    """
    if not native.strip():
        return Malformed("the message is empty", "the whole message")
    if len(native) > MAX_NATIVE_BYTES:
        return Malformed(f"the message is larger than {MAX_NATIVE_BYTES} bytes", "the whole message")
    try:
        return connector.read(native, hint)
    except (SchemaError, XmlRefused) as error:
        return Malformed(error.reason, error.where)
