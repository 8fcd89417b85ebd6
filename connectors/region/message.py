"""A FHIR message as it came: a bundle whose resources are looked up, and validated, one by one as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from connectors.region.elements import XML, Element, Many, Reference, Text
from connectors.region.resources import MessageHeader, Provenance, Resource
from connectors.region.xml import read_xml
from schemas.errors import SchemaError
from schemas.events import read_json, schema_error

_BOM = b"\xef\xbb\xbf"

E = TypeVar("E", bound=Element)
R = TypeVar("R", bound=Resource)


class _Entry(Element):
    full_url: Text | None = None
    resource: dict[str, Any]


class _Bundle(Element):
    resource_type: Literal["Bundle"]
    type: Literal["message"]
    entry: Many[_Entry]


@dataclass(frozen=True, slots=True)
class Message:
    """The resources of one message, in order and by address."""

    resources: tuple[dict[str, Any], ...]
    addresses: Mapping[str, dict[str, Any]]
    syntax: str | None
    """`XML`, or None for JSON: how a list of one was written."""

    def header(self) -> MessageHeader:
        """Return the header, which is the first resource of a message.

        Raises:
            SchemaError: it is something else, or is wrong.
        """
        return self._read(MessageHeader, self.resources[0])

    def every(self, kind: type[R]) -> list[R]:
        """Return all resources of one kind, in order.

        Raises:
            SchemaError: one of them is wrong.
        """
        return [self._read(kind, one) for one in self.resources if one.get("resourceType") == kind.__name__]

    def provenances(self) -> list[Provenance]:
        """Return each Provenance of this very message; the others tell of the conversation before it.

        Raises:
            SchemaError: a Provenance is wrong.
        """
        return [step for step in self.every(Provenance) if any(self._is_header(target) for target in step.target)]

    def find(self, reference: Reference, where: str, *kinds: type[R]) -> R:
        """Return the resource of one of these kinds that `reference`, standing at `where`, points at.

        Raises:
            SchemaError: it points at nothing in the bundle or at another kind, or its target is wrong.
        """
        found = self.addresses.get(reference.reference or "")
        if found is None:
            raise SchemaError("the reference points at nothing in the bundle", where)
        kind = next((kind for kind in kinds if kind.__name__ == found.get("resourceType")), None)
        if kind is None:
            raise SchemaError("the reference points at a resource of another kind", where)
        return self._read(kind, found)

    def _is_header(self, reference: Reference) -> bool:
        return self.addresses.get(reference.reference or "") is self.resources[0]

    def _read(self, kind: type[R], value: dict[str, Any]) -> R:
        return _validated(kind, value, self.syntax)


def read_message(native: bytes) -> Message:
    """Read a message bundle, JSON or XML.

    Raises:
        SchemaError: neither JSON nor XML, or no message bundle.
        XmlRefused: not XML that is accepted from strangers.
    """
    document = native.lstrip()
    first = document.removeprefix(_BOM).lstrip()[:1]
    if first == b"<":
        return _message(read_xml(document), XML)
    if first == b"{":
        return _message(read_json(document.removeprefix(_BOM)), None)
    raise SchemaError("neither FHIR JSON nor FHIR XML in UTF-8", "the first byte")


def _message(value: Any, syntax: str | None) -> Message:
    bundle = _validated(_Bundle, value, syntax)
    if not bundle.entry:
        raise SchemaError("the bundle is empty", "Bundle.entry")
    addresses: dict[str, dict[str, Any]] = {}
    for entry in bundle.entry:
        for address in _addresses(entry):
            if addresses.setdefault(address, entry.resource) is not entry.resource:
                raise SchemaError("two resources have the same address", "Bundle.entry")
    return Message(tuple(entry.resource for entry in bundle.entry), addresses, syntax)


def _addresses(entry: _Entry) -> set[str]:
    kind, name = entry.resource.get("resourceType"), entry.resource.get("id")
    relative = f"{kind}/{name}" if isinstance(kind, str) and isinstance(name, str) else None
    return {address for address in (entry.full_url, relative) if address is not None}


def _validated(kind: type[E], value: Any, syntax: str | None) -> E:
    try:
        return kind.model_validate(value, context=syntax)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
        where = ".".join(str(step) for step in (kind.__name__.removeprefix("_"), *place))
        raise SchemaError(schema_error(error).reason, where) from None
