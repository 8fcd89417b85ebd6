"""What an event holds, and the copy of it that may leave: built from the permitted categories alone."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from schemas.categories import Oplysningstype
from schemas.events import Event, event_from
from schemas.fields import Branch, Label


def present(event: Event) -> frozenset[Oplysningstype]:
    """Return the categories that would leave if the whole event did: those of every filled leaf, and its core."""
    declared = event.data.declared()
    filled = _filled(event.content(), event.data.labels)
    return event.data.core().union(*(_needed(label, declared) for label in filled))


def redact(event: Event, permitted: AbstractSet[Oplysningstype]) -> Event | None:
    """Return the copy that someone with these categories may read, or None where nothing may go.

    A leaf goes only if all its categories are permitted; a withheld core category withholds the event; the key goes
    with anything and never alone. The copy of an empty field and of a withheld one are the same.
    """
    if not event.data.core() <= permitted:
        return None
    kept, anything = _kept(event.content(), event.data.labels, event.data.declared(), permitted)
    if not anything:
        return None
    return event_from({**event.model_dump(mode="json", exclude={"data"}), "data": kept})


def _needed(label: Label, declared: frozenset[Oplysningstype]) -> frozenset[Oplysningstype]:
    return label.typer | declared if label.erklaeret else label.typer


def _filled(content: dict[str, Any], branch: Branch) -> Iterator[Label]:
    for name, value in content.items():
        below = branch.fields[name]
        if isinstance(below, Label):
            if not (below.key or below.bus_only):
                yield below
            continue
        for one in value if isinstance(value, list) else [value]:
            yield from _filled(one, below)


def _kept(
    content: dict[str, Any], branch: Branch, declared: frozenset[Oplysningstype], permitted: AbstractSet[Oplysningstype]
) -> tuple[dict[str, Any], bool]:
    """Return what may go of one object, and whether any of it is more than key."""
    kept: dict[str, Any] = {}
    anything = False
    for name, value in content.items():
        below = branch.fields[name]
        if isinstance(below, Label):
            if below.key or (not below.bus_only and _needed(below, declared) <= permitted):
                kept[name] = value
                anything = anything or not below.key
            continue
        parts = [_kept(one, below, declared, permitted) for one in (value if isinstance(value, list) else [value])]
        going = [part for part, more_than_key in parts if more_than_key or _is_key(below)]
        if going:
            kept[name] = going if isinstance(value, list) else going[0]
        anything = anything or any(more_than_key for _, more_than_key in parts)
    return kept, anything


def _is_key(branch: Branch) -> bool:
    return all(isinstance(label, Label) and label.key for label in branch.fields.values())
