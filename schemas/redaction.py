"""What an event holds, and the copy of it that may leave: built from the permitted categories alone."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, Final

from schemas.categories import Oplysningstype
from schemas.events import Event, Haendelse, Value
from schemas.fields import Branch, Label

DECLARATION: Final = "oplysningstyper"
"""The field in which an event declares what its undivided content has."""

WHOLE: Final = "whole"
"""In place of the parts of a field: all of it goes, so nobody needs to look inside."""


def present(event: Event) -> frozenset[Oplysningstype]:
    """Return the categories that would leave if the whole event did: those of every filled leaf, and its core."""
    declared = event.data.declared()
    filled = frozenset(_filled(_without_idle_declaration(event.data, event.data), event.data.labels))
    return event.data.core().union(*(label.needed(declared) for label in filled))


def redact(event: Event, permitted: AbstractSet[Oplysningstype]) -> Event | None:
    """Return the copy that someone with these categories may read, or None where nothing may go.

    A leaf goes only if all its categories are permitted; a withheld core category withholds the event; the key goes
    with anything and never alone. The copy of an empty field and of a withheld one are the same. That the copy is valid
    needs no check here: `schemas.fields.check_copies` lets no event type exist of which it could be otherwise.
    """
    data = event.data
    if not data.core() <= permitted:
        return None
    copy = _copy(data, _going(type(data), data.declared(), frozenset(permitted)))
    if copy is None:
        return None
    copy = _without_idle_declaration(copy, data)
    return event.model_copy(update={"data": copy}) if any(_filled(copy, data.labels)) else None


@lru_cache(maxsize=4096)
def _going(
    kind: type[Haendelse], declared: frozenset[Oplysningstype], permitted: frozenset[Oplysningstype]
) -> Mapping[str, Any]:
    """Return which fields go: by name, `WHOLE` or the same again of the parts below. What does not go has no name."""
    return _parts(kind.labels, declared, permitted)


def _parts(
    branch: Branch, declared: frozenset[Oplysningstype], permitted: frozenset[Oplysningstype]
) -> Mapping[str, Any]:
    going: dict[str, Any] = {}
    for name, below in branch.fields.items():
        if isinstance(below, Label):
            if below.key or (not below.bus_only and below.needed(declared) <= permitted):
                going[name] = WHOLE
        elif parts := _parts(below, declared, permitted):
            whole = len(parts) == len(below.fields) and all(part is WHOLE for part in parts.values())
            going[name] = WHOLE if whole else parts
    return going


def _copy(value: Value, going: Mapping[str, Any]) -> Value | None:
    """Return what goes of one object, or None where nothing does."""
    kept = {name: _part(part, going[name]) for name, part in value.filled() if name in going}
    kept = {name: part for name, part in kept.items() if part not in (None, ())}
    return type(value).model_construct(**kept) if kept else None


def _without_idle_declaration(copy: Value, whole: Haendelse) -> Value:
    """Leave out what the event declares where nothing that it is declared of is left: it would tell of what is not."""
    declares = whole.labels.fields.get(DECLARATION)
    if not isinstance(declares, Label) or whole.kerne_erklaeret or DECLARATION not in dict(copy.filled()):
        return copy
    rest = {name: part for name, part in copy.filled() if name != DECLARATION}
    left = type(copy).model_construct(**rest)
    return copy if any(label.erklaeret for label in _filled(left, whole.labels)) else left


def _part(part: Any, going: Any) -> Any:
    if going is WHOLE:
        return part
    if isinstance(part, tuple):
        return tuple(copy for one in part if (copy := _copy(one, going)) is not None)
    return _copy(part, going)


def _filled(value: Value, branch: Branch) -> Iterator[Label]:
    """Yield the label of every filled leaf that is neither key nor for the bus alone."""
    for name, part in value.filled():
        below = branch.fields[name]
        if isinstance(below, Branch):
            for one in part if isinstance(part, tuple) else (part,):
                yield from _filled(one, below)
        elif not (below.key or below.bus_only):
            yield below
