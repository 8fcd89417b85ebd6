"""Each event type as JSON Schema 2020-12, with the categories of every leaf where it stands.

The schema is that of an event's `data`. A part that stands in several places is written out in each of them, since what
its leaves carry depends on where it stands. What is null or empty is read as absent, so no schema speaks of null.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from schemas.categories import FRITEKST, Oplysningstype
from schemas.events import Haendelse
from schemas.fields import BUS_ONLY, DECLARED, KEY, TYPES, Branch, Label

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CORE, CORE_DECLARED = "x-kerne", "x-kerne-erklaeret"
SENDERS, RECEIVERS, ASKS = "x-afsendere", "x-modtagere", "x-anmodning"

Json = dict[str, Any]

_SAID_BY_LABELS = (TYPES, KEY, DECLARED, BUS_ONLY, "default")
"""What pydantic copies from a field's declaration; the labels, which know what stands above the leaf, replace it."""


def schema_of(kind: type[Haendelse]) -> Json:
    """Return the JSON Schema of an event type's `data`.

    On each leaf stands `x-oplysningstyper` (all of them must be permitted), or `x-noegle: true`. A leaf that also
    carries what the event declares says `x-erklaerede-oplysningstyper: true`; what it names is then what holds where
    the sender declares nothing. `x-kun-bus: true` is read by the bus and stands in no copy.
    """
    written = kind.model_json_schema()
    body = _object(written, written.get("$defs", {}), _words(kind.labels, _undeclared(kind)))
    return {
        "$schema": DIALECT,
        "$id": f"urn:tvaers:skema:{kind.wire_type()}",
        "title": kind.kaldenavn,
        "description": " ".join((kind.__doc__ or "").partition("\n\n")[0].split()),
        CORE: sorted(kind.kerne),
        CORE_DECLARED: kind.kerne_erklaeret,
        SENDERS: sorted(kind.senders),
        RECEIVERS: kind.to.value,
        ASKS: kind.asks,
        **body,
    }


def _undeclared(kind: type[Haendelse]) -> frozenset[Oplysningstype]:
    """Return what an event of this type declares when its sender says nothing; where it must say, nothing."""
    try:
        return kind.model_construct().declared()
    except AttributeError:
        return frozenset()


def _words(branch: Branch, undeclared: frozenset[Oplysningstype]) -> Json:
    """Return the keywords of every leaf: a tuple of one for a leaf, the same again for a part."""
    return {
        name: _words(below, undeclared) if isinstance(below, Branch) else (_keywords(below, undeclared),)
        for name, below in branch.fields.items()
    }


def _keywords(label: Label, undeclared: frozenset[Oplysningstype]) -> Json:
    if label.key:
        return {KEY: True}
    if label.bus_only:
        return {TYPES: [Oplysningstype.SAGSFORLOEB.value], BUS_ONLY: True}
    typer = label.needed(undeclared) or FRITEKST
    return {TYPES: sorted(one.value for one in typer)} | ({DECLARED: True} if label.erklaeret else {})


def _object(written: Mapping[str, Any], parts: Mapping[str, Any], words: Json) -> Json:
    properties = {name: _field(field, parts, words[name]) for name, field in written["properties"].items()}
    required = sorted(written.get("required", []))
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _field(written: Mapping[str, Any], parts: Mapping[str, Any], words: Any) -> Json:
    said = {name: value for name, value in written.items() if name not in _SAID_BY_LABELS}
    return _resolved(said, parts, words) | (words[0] if isinstance(words, tuple) else {})


def _resolved(written: Mapping[str, Any], parts: Mapping[str, Any], words: Any) -> Json:
    """Write out what is referred to, and leave out null."""
    said = deepcopy(dict(written))  # a part stands in several places, none of which is another's
    if "$ref" in said:
        return _part(parts[said.pop("$ref").rpartition("/")[2]], parts, words) | said
    if "anyOf" in said:
        some = [one for one in said.pop("anyOf") if one != {"type": "null"}]
        if len(some) == 1:
            return _resolved(some[0], parts, words) | said
        return said | {"anyOf": [_resolved(one, parts, words) for one in some]}
    if "items" in said:
        return said | {"items": _resolved(said["items"], parts, words)}
    return said


def _part(part: Mapping[str, Any], parts: Mapping[str, Any], words: Any) -> Json:
    if "properties" not in part:  # an enumeration: its name is Python's, its meaning the field's
        return {name: value for name, value in part.items() if name not in ("title", "description")}
    return _object(part, parts, dict.fromkeys(part["properties"], words) if isinstance(words, tuple) else words)
