"""The base of every event, the envelope around it, and the list of event types that exist.

The envelope is CloudEvents 1.0 in structured JSON. Everything about a person is inside `data`.
"""

import json
import re
from typing import Annotated, Any, ClassVar, Literal, Self

from jiter import from_json
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from schemas.addressing import To
from schemas.categories import FRITEKST, Oplysningstype
from schemas.errors import SchemaError
from schemas.fields import Branch, Label, check_copies, felt, kun_bus, labels, noegle
from schemas.identity import Personnummer
from schemas.parties import Partsart

PREFIX = "dk.tvaers."
SCHEMA_VERSION = "1"
"""Version of the event schemas, recorded in every entry of the disclosure log."""

Tekst = Annotated[str, StringConstraints(min_length=1)]

MAX_RECIPIENTS = 64
"""More receivers than a case can have is a mistake or an attack; each would be a decision and an entry of its own."""

Modtagere = Annotated[tuple[Tekst, ...], Field(max_length=MAX_RECIPIENTS)]

_TYPES: dict[str, type["Haendelse"]] = {}
_ENVELOPES: dict[str, type["Event"]] = {}
"""The envelope of each type, whose `data` is of that type: one pass reads both."""


class Value(BaseModel):
    """A part of an event: no unknown fields, no numbers that JSON has not, and never changed once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def filled(self) -> list[tuple[str, Any]]:
        """Return the fields that say something, with their values: a default says nothing."""
        return [(name, part) for name, part in self.__dict__.items() if part is not None and part not in ("", ())]


class Borger(Value):
    """The key: whom the event is about."""

    cpr: Personnummer = noegle("CPR-nummer", "CPR-nummer eller erstatnings-CPR")
    navn: Tekst | None = noegle("Navn", "Borgerens navn, som afsenderen kender det", default=None)


class Hjemmel(Value):
    """A claim that a paragraph permits the disclosure without consent; the register of bases judges it."""

    paragraf: Tekst
    begrundelse: str = ""
    ansvarlig: str = ""


class Bruger(Value):
    """The employee who acts."""

    id: Tekst = felt("Medarbejder", "Medarbejderens id i afsenderens system", Oplysningstype.SAGSFORLOEB)
    rolle: Tekst = felt("Rolle", "Den rolle, medarbejderen handler i", Oplysningstype.SAGSFORLOEB)


class Haendelse(Value):
    """What every event carries about its citizen, case and sender, beside its own fields."""

    navn: ClassVar[str] = ""
    """The event's name, `<noun>.<participle>`, part of the wire type and of the subject."""
    kaldenavn: ClassVar[str] = ""
    """What a caseworker calls it."""
    major: ClassVar[int] = 1
    kerne: ClassVar[frozenset[Oplysningstype]] = frozenset()
    """Withholding one of these withholds the whole event."""
    kerne_erklaeret: ClassVar[bool] = False
    """Whether the categories that the event itself declares are core too."""
    senders: ClassVar[frozenset[Partsart]] = frozenset(Partsart)
    """The kinds of party in whose work the event arises. The bus judges who may receive, not who may speak."""
    to: ClassVar[To] = To.ADDRESSEES
    """Who gets it when it names nobody."""
    asks: ClassVar[bool] = False
    """Whether it asks for information: then it may go when the answer could come."""
    earlier: ClassVar[type["Haendelse"] | None] = None
    """The major before this one, as long as somebody sends or reads it; then `up` and `down` lead between the two."""
    later: ClassVar[type["Haendelse"] | None] = None
    """The major after this one; set by that one."""
    labels: ClassVar[Branch]

    borger: Borger = noegle("Borger", "Den borger, hændelsen handler om")
    adressebeskyttet: bool | None = kun_bus(
        "Adressebeskyttelse", "Sand, når borgeren har navne- og adressebeskyttelse", default=None
    )
    sag: Tekst | None = noegle("Sag", "Sagens nummer i afsenderens system", default=None, max_length=60)
    formaal: Tekst | None = noegle("Formål", "Det formål, oplysningerne gives til", default=None, max_length=80)
    bruger: Bruger | None = felt("Bruger", "Den medarbejder, der handler", default=None)
    hjemmel: Hjemmel | None = kun_bus("Hjemmel", "Påberåbt hjemmel uden samtykke", default=None)
    modtagere: Modtagere = kun_bus("Modtagere", "Parter, afsenderen adresserer", default=())

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.labels = labels(cls)
        cls.later = None
        if "earlier" in cls.__dict__ and cls.earlier is not None:
            if (cls.earlier.navn, cls.earlier.major + 1) != (cls.navn, cls.major):
                raise SchemaError("a major succeeds the one before it, of the same event", cls.__name__)
            cls.earlier.later = cls
        if cls.navn:
            check_copies(cls.labels, Label(cls.kerne, cls.kerne_erklaeret), cls.__name__)
            _TYPES[cls.wire_type()] = cls
            _ENVELOPES[cls.wire_type()] = create_model(f"{cls.__name__}Event", __base__=Event, data=(cls, ...))

    @classmethod
    def wire_type(cls) -> str:
        """Return the CloudEvents type, `dk.tvaers.<name>.v<major>`."""
        return f"{PREFIX}{cls.navn}.v{cls.major}"

    @staticmethod
    def up(_data: dict[str, Any]) -> dict[str, Any]:
        """Make `data` of this major from that of `earlier`: what was stored or sent as the old one."""
        raise SchemaError("there is no earlier major", "type")

    @staticmethod
    def down(_data: dict[str, Any]) -> dict[str, Any]:
        """Make `data` of `earlier` from that of any copy of this major, of which anything may have been withheld."""
        raise SchemaError("there is no earlier major", "type")

    def declared(self) -> frozenset[Oplysningstype]:
        """Return the categories that the event says its undivided content has; everything sensitive unless it says."""
        return FRITEKST

    def told_to(self, _part: str) -> Self:
        """Return what of the event concerns this receiver at all, before any category is asked about."""
        return self

    def core(self) -> frozenset[Oplysningstype]:
        """Return the event's core categories."""
        return self.kerne | self.declared() if self.kerne_erklaeret else self.kerne


class Event(Value):
    """The envelope, CloudEvents 1.0."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
    source: str
    type: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: Haendelse

    @classmethod
    def of(cls, event_id: str, source: str, time: AwareDatetime, data: Haendelse) -> "Event":
        """Put `data` into an envelope of its type."""
        envelope = _ENVELOPES.get(data.wire_type(), cls)
        return envelope(id=event_id, source=source, type=data.wire_type(), time=time, data=data)

    def as_json(self) -> bytes:
        """Return the event as UTF-8 JSON; a field that is empty looks like one that was withheld: absent."""
        head = dump(self.model_dump(mode="json", exclude={"data"}))
        return head[:-1] + b',"data":' + self.data.model_dump_json(exclude_defaults=True).encode() + b"}"

    def content(self) -> dict[str, Any]:
        """Return `data` as JSON values, without what is empty."""
        return self.data.model_dump(mode="json", exclude_defaults=True)

    @property
    def subject_type(self) -> str:
        """The type as it stands in a subject: without the prefix that all types share."""
        return self.type.removeprefix(PREFIX)


def event_types() -> dict[str, type[Haendelse]]:
    """Return every wire type that exists with its class."""
    return dict(_TYPES)


def dump(value: object) -> bytes:
    """Write compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def read_json(document: bytes) -> Any:
    """Read JSON that a stranger wrote: UTF-8, no duplicate names, no NaN, no half characters, no runaway nesting.

    Raises:
        SchemaError: saying where reading stopped.
    """
    try:
        return from_json(document, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise _json_error(str(error)) from None


def read_event(document: bytes) -> Event:
    """Read one event as it stands on the wire.

    Raises:
        SchemaError: naming the first field that is wrong, never its value.
    """
    value = read_json(document)
    if not isinstance(value, dict):
        raise SchemaError("an event is a JSON object", "the whole document")
    envelope = _ENVELOPES.get(value["type"]) if isinstance(value.get("type"), str) else None
    if envelope is None:
        raise SchemaError("unknown event type", "type")
    try:
        return envelope.model_validate_json(document, strict=True)
    except ValidationError as error:
        raise schema_error(error) from None


def event_from(value: Any) -> Event:
    """Build an event from JSON values.

    Raises:
        SchemaError: naming the first field that is wrong, never its value.
    """
    try:
        return read_event(dump(value))
    except (TypeError, ValueError, RecursionError):
        raise SchemaError("not JSON that can be written", "the whole document") from None


def schema_error(error: ValidationError) -> SchemaError:
    """Tell what pydantic found, without the value it found it in: the name of an unknown field is a value too."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    known = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return SchemaError(first["type"].replace("_", " "), ".".join(str(step) for step in known) or "the whole document")


def _json_error(message: str) -> SchemaError:
    """Tell what the JSON reader found, without the words it found it in."""
    place = _PLACE.search(message)
    where = f"line {place[1]}, column {place[2]}" if place else "the whole document"
    known = next((reason for said, reason in _JSON_REASONS.items() if message.startswith(said)), "not JSON")
    return SchemaError(known, where)


_PLACE = re.compile(r"at line ([0-9]+) column ([0-9]+)$")
_JSON_REASONS = {
    "Detected duplicate key": "a name stands twice in one object",
    "lone leading surrogate": "half a surrogate pair is no character",
    "unexpected end of hex escape": "half a surrogate pair is no character",
    "invalid unicode code point": "not UTF-8",
    "recursion limit exceeded": "nested too deeply",
    "number out of range": "a number is out of bounds",
}
