"""The base of every event, the envelope around it, and the list of event types that exist.

The envelope is CloudEvents 1.0 in structured JSON. Everything about a person is inside `data`.
"""

import json
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas.categories import FRITEKST, Oplysningstype
from schemas.errors import SchemaError
from schemas.fields import Branch, felt, kun_bus, labels, noegle
from schemas.identity import Personnummer

PREFIX = "dk.tvaers."
SCHEMA_VERSION = "1"
"""Version of the event schemas, recorded in every entry of the disclosure log."""

Tekst = Annotated[str, StringConstraints(min_length=1)]

MAX_RECIPIENTS = 64
"""More receivers than a case can have is a mistake or an attack; each would be a decision and an entry of its own."""

Modtagere = Annotated[tuple[Tekst, ...], Field(max_length=MAX_RECIPIENTS)]

_TYPES: dict[str, type["Haendelse"]] = {}


class Value(BaseModel):
    """A part of an event: no unknown fields, no numbers that JSON has not, and never changed once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
    major: ClassVar[int] = 1
    kerne: ClassVar[frozenset[Oplysningstype]] = frozenset()
    """Withholding one of these withholds the whole event."""
    kerne_erklaeret: ClassVar[bool] = False
    """Whether the categories that the event itself declares are core too."""
    labels: ClassVar[Branch]

    borger: Borger = noegle("Borger", "Den borger, hændelsen handler om")
    sag: Tekst | None = noegle("Sag", "Sagens nummer i afsenderens system", default=None)
    formaal: Tekst | None = noegle("Formål", "Det formål, oplysningerne gives til", default=None)
    bruger: Bruger | None = felt("Bruger", "Den medarbejder, der handler", default=None)
    hjemmel: Hjemmel | None = kun_bus("Hjemmel", "Påberåbt hjemmel uden samtykke", default=None)
    modtagere: Modtagere = kun_bus("Modtagere", "Parter, afsenderen adresserer", default=())

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.labels = labels(cls)
        if cls.navn:
            _TYPES[cls.wire_type()] = cls

    @classmethod
    def wire_type(cls) -> str:
        """Return the CloudEvents type, `dk.tvaers.<name>.v<major>`."""
        return f"{PREFIX}{cls.navn}.v{cls.major}"

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
    def of(cls, event_id: str, source: str, time: AwareDatetime, data: Haendelse) -> Self:
        """Put `data` into an envelope of its type."""
        return cls(id=event_id, source=source, type=data.wire_type(), time=time, data=data)

    def as_json(self) -> bytes:
        """Return the event as UTF-8 JSON; a field that is empty looks like one that was withheld: absent."""
        head = self.model_dump(mode="json", exclude={"data"})
        return dump({**head, "data": self.content()})

    def content(self) -> dict[str, Any]:
        """Return `data` as JSON values, without what is empty."""
        content: dict[str, Any] = _without_empty(self.data.model_dump(mode="json", exclude_none=True))
        return content

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
        value = json.loads(document.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if b"\\ud" in document.lower():
            dump(value)  # half a surrogate pair can be escaped, but never written as UTF-8
    except UnicodeDecodeError as error:
        raise SchemaError("not UTF-8", f"byte {error.start}") from None
    except UnicodeEncodeError:
        raise SchemaError("half a surrogate pair is no character", "a string") from None
    except json.JSONDecodeError as error:
        raise SchemaError("not JSON", f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise SchemaError("nested too deeply", "the whole document") from None
    except ValueError as error:
        raise (
            error if isinstance(error, SchemaError) else SchemaError("a number is out of bounds", "a number")
        ) from None
    return value


def read_event(document: bytes) -> Event:
    """Read one event as it stands on the wire.

    Raises:
        SchemaError: naming the first field that is wrong, never its value.
    """
    return event_from(read_json(document))


def event_from(value: Any) -> Event:
    """Build an event from JSON values.

    Raises:
        SchemaError: naming the first field that is wrong, never its value.
    """
    if not isinstance(value, dict):
        raise SchemaError("an event is a JSON object", "the whole document")
    kind = _TYPES.get(value["type"]) if isinstance(value.get("type"), str) else None
    if kind is None:
        raise SchemaError("unknown event type", "type")
    try:
        data = kind.model_validate_json(dump(value.get("data")), strict=True)
        return Event.model_validate({**value, "data": data})
    except ValidationError as error:
        raise schema_error(error) from None
    except (ValueError, RecursionError):
        raise SchemaError("not JSON that can be written again", "the whole document") from None


def schema_error(error: ValidationError) -> SchemaError:
    """Tell what pydantic found, without the value it found it in: the name of an unknown field is a value too."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    known = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return SchemaError(first["type"].replace("_", " "), ".".join(str(step) for step in known) or "data")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise SchemaError("a name stands twice in one object", "an object")
    return found


def _no_constant(_name: str) -> None:
    raise SchemaError("NaN and Infinity are not JSON", "a number")


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_empty(one) for one in value]
    return value
