"""What has changed between two exports of the shared language, and whether those who rely on the old one break.

Senders rely on it that what they send stays accepted, receivers that what they read stays there and means the same. So
a change breaks when it takes something away, wants something more, or moves something under another category. Receivers
must let an enumeration grow and fields be added; docs/integration.md tells them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from schemas.errors import SchemaError
from schemas.events import read_json
from schemas.export import INDEX
from schemas.fields import BUS_ONLY, DECLARED, KEY, TYPES
from schemas.json_schema import ASKS, CORE, CORE_DECLARED, RECEIVERS, SENDERS, Json


class Verdict(StrEnum):
    """Whether a change breaks those who rely on what was there before."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: at which event type and field (`where`), what it is, and whether it breaks."""

    where: str
    what: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Released:
    """What an export's index and schemas say."""

    version: str
    schemas: Mapping[str, Json]


def read_export(folder: Path) -> Released:
    """Read the index of an export and the schemas that it names.

    Raises:
        SchemaError: it is no export, or a file of it cannot be read.
    """
    try:
        index = read_json((folder / INDEX).read_bytes())
        rows = {row["type"]: row["skema"] for row in index["haendelser"]}
        schemas = {wire_type: read_json((folder / file).read_bytes()) for wire_type, file in rows.items()}
        return Released(str(index["skemaversion"]), schemas)
    except (OSError, KeyError, TypeError):
        raise SchemaError("not an export of `tvaers schemas export`, or a part of it is missing", folder.name) from None


def changes(old: Released, new: Released) -> list[Change]:
    """Return every change from `old` to `new`, each with its verdict; none means that they are the same.

    A new major of an event beside the old one is compatible; the old one's end is not.
    """
    found = [
        *(_breaking(name, "the event type is gone") for name in sorted(old.schemas.keys() - new.schemas.keys())),
        *(_compatible(name, "a new event type") for name in sorted(new.schemas.keys() - old.schemas.keys())),
        *(change for name in sorted(old.schemas.keys() & new.schemas.keys()) for change in _event(name, old, new)),
    ]
    if found and old.version == new.version:
        found.append(_breaking(INDEX, f"the schemas differ under the same skemaversion {old.version}"))
    return found


_MEANING: Mapping[str, str] = {
    TYPES: "its categories changed",
    DECLARED: "whether it carries what the event declares changed",
    KEY: "whether it is key changed",
    BUS_ONLY: "whether the bus alone reads it changed",
    CORE: "the core changed",
    CORE_DECLARED: "whether the core has what the event declares changed",
    RECEIVERS: "who receives it changed",
    ASKS: "whether it asks for information changed",
    "type": "its type changed",
    "format": "its format changed",
    "pattern": "its pattern changed",
    "const": "its value changed",
    "contentEncoding": "its encoding changed",
    "additionalProperties": "whether it takes other fields changed",
    "anyOf": "what it may be changed",
}
"""Keywords any change of which breaks somebody, a wider type too: a receiver's column has the old one."""

_AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_TEXT = ("title", "description", SENDERS, "examples", "$id", "$schema")
_BELOW = ("properties", "required", "items", "enum")


def _event(name: str, old: Released, new: Released) -> Iterator[Change]:
    yield from _compare(name, old.schemas[name], new.schemas[name])


def _compare(where: str, old: Json, new: Json) -> Iterator[Change]:
    for keyword in [*old, *(one for one in new if one not in old)]:
        if old.get(keyword) != new.get(keyword) and keyword not in _BELOW:
            yield _keyword(where, keyword, old.get(keyword), new.get(keyword))
    yield from _values(where, old.get("enum"), new.get("enum"))
    yield from _fields(where, old, new)
    if "items" in old and "items" in new:
        yield from _compare(f"{where}[]", old["items"], new["items"])


def _keyword(where: str, keyword: str, old: Any, new: Any) -> Change:
    if keyword in _TEXT:
        return _compatible(where, f"another {keyword}")
    if keyword in _AT_LEAST:
        wider = new is None or (old is not None and new < old)
        return (_compatible if wider else _breaking)(where, f"{keyword} from {old} to {new}")
    if keyword in _AT_MOST:
        wider = new is None or (old is not None and new > old)
        return (_compatible if wider else _breaking)(where, f"{keyword} from {old} to {new}")
    return _breaking(where, _MEANING.get(keyword, f"{keyword} changed"))


def _values(where: str, old: list[Any] | None, new: list[Any] | None) -> Iterator[Change]:
    if old is None or new is None:
        if old != new:
            yield _breaking(where, "it became an enumeration" if old is None else "it is no enumeration any more")
        return
    yield from (_breaking(where, f"the value {value} is gone") for value in old if value not in new)
    yield from (_compatible(where, f"a new value, {value}") for value in new if value not in old)


def _fields(where: str, old: Json, new: Json) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    wanted_before, wanted = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        if name not in after:
            yield _breaking(f"{where}.{name}", "the field is gone")
            continue
        yield from _compare(f"{where}.{name}", before[name], after[name])
        if (name in wanted) != (name in wanted_before):
            said = "it is required now" if name in wanted else "it may be missing now"
            yield _breaking(f"{where}.{name}", said)
    for name in after.keys() - before.keys():
        new_one = "a new field that is required" if name in wanted else "a new field"
        yield (_breaking if name in wanted else _compatible)(f"{where}.{name}", new_one)


def _breaking(where: str, what: str) -> Change:
    return Change(where, what, Verdict.BREAKING)


def _compatible(where: str, what: str) -> Change:
    return Change(where, what, Verdict.COMPATIBLE)
