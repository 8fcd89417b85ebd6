"""What a field of an event says about itself: title, description, and its categories or that it is the key.

Every leaf carries a label. A list that a form divides by area adds the area's category to each leaf below it. A leaf
whose category depends on the message (free text under no heading, an offer's attendance) says `erklaeret`: it also
carries the categories that this very event declares.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError

TYPES = "x-oplysningstyper"
KEY = "x-noegle"
DECLARED = "x-erklaerede-oplysningstyper"
BUS_ONLY = "x-kun-bus"


@dataclass(frozen=True, slots=True)
class Label:
    """Under which categories a leaf may go."""

    typer: frozenset[Oplysningstype] = frozenset()
    erklaeret: bool = False
    key: bool = False
    bus_only: bool = False

    def needed(self, declared: frozenset[Oplysningstype]) -> frozenset[Oplysningstype]:
        """Return the categories without which the leaf stays, in an event that declares these."""
        return self.typer | declared if self.erklaeret else self.typer

    def __or__(self, other: "Label") -> "Label":
        return Label(self.typer | other.typer, self.erklaeret or other.erklaeret)

    def within(self, other: "Label") -> bool:
        """Return whether this leaf goes wherever one with the other label does."""
        return self.typer <= other.typer and (other.erklaeret or not self.erklaeret)


@dataclass(frozen=True, slots=True)
class Branch:
    """The fields of one object, by name: a label for a leaf, a branch for an object or a list of objects."""

    fields: Mapping[str, "Label | Branch"]
    required: frozenset[str] = frozenset()

    def leaves(self) -> Iterator[Label]:
        """Yield every leaf below."""
        for below in self.fields.values():
            yield from below.leaves() if isinstance(below, Branch) else [below]


def felt(titel: str, beskrivelse: str, *typer: Oplysningstype, erklaeret: bool = False, **options: Any) -> Any:
    """Declare a leaf with its categories, or a list of objects whose leaves all carry these categories too."""
    extra: dict[str, Any] = {TYPES: sorted(typer)} | ({DECLARED: True} if erklaeret else {})
    return Field(title=titel, description=beskrivelse, json_schema_extra=extra, **options)


def noegle(titel: str, beskrivelse: str, **options: Any) -> Any:
    """Declare a leaf of the key: it goes if and only if something goes."""
    return Field(title=titel, description=beskrivelse, json_schema_extra={KEY: True}, **options)


def kun_bus(titel: str, beskrivelse: str, **options: Any) -> Any:
    """Declare a leaf that the gateway reads and no receiver ever sees."""
    return Field(title=titel, description=beskrivelse, json_schema_extra={BUS_ONLY: True}, **options)


def labels(model: type[BaseModel], above: Label | None = None) -> Branch:
    """Return the labels of every leaf of `model`, those of the lists above included.

    Raises:
        SchemaError: a leaf has neither category nor key, or both, which keeps its schema from being imported; or its
            default is something, which a copy could not tell from a withheld one.
    """
    fields = {name: _labelled(model, name, info, above or Label()) for name, info in model.model_fields.items()}
    required = frozenset(name for name, info in model.model_fields.items() if info.is_required())
    return Branch(fields, required)


def check_copies(branch: Branch, core: Label, where: str) -> None:
    """Make sure that whatever is withheld of an event with this core, what remains of it is valid.

    What an object requires goes wherever anything of the object does: at the top that is the core itself, and below it
    no leaf may go without what its object requires.

    Raises:
        SchemaError: naming the field that could be missing from a copy.
    """
    for name in sorted(branch.required):
        if not _held_together(branch.fields[name]).within(core):
            raise SchemaError("a required field must be key or core, or a copy could lack it", f"{where}.{name}")
    for name, below in branch.fields.items():
        if isinstance(below, Branch):
            _check_below(below, core, f"{where}.{name}")


def _check_below(branch: Branch, core: Label, where: str) -> None:
    together = _held_together(branch)
    for name, below in branch.fields.items():
        leaves = below.leaves() if isinstance(below, Branch) else [below]
        if any(not together.within(leaf | core) for leaf in leaves if not leaf.key):
            raise SchemaError("this may go where a field that its object requires may not", f"{where}.{name}")
        if isinstance(below, Branch):
            _check_below(below, core, f"{where}.{name}")


def _held_together(below: Label | Branch) -> Label:
    """Return what must be permitted for all that is required here; an object that requires nothing is all of it."""
    if isinstance(below, Label):
        return Label() if below.key or below.bus_only else below
    together = Label()
    for name in below.required or below.fields:
        together |= _held_together(below.fields[name])
    return together


def _labelled(model: type[BaseModel], name: str, info: FieldInfo, above: Label) -> Label | Branch:
    where = f"{model.__name__}.{name}"
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    written = extra.get(TYPES, [])
    label = Label(
        typer=above.typer
        | frozenset(Oplysningstype(str(one)) for one in (written if isinstance(written, list) else [])),
        erklaeret=above.erklaeret or bool(extra.get(DECLARED)),
        key=above.key or bool(extra.get(KEY)),
        bus_only=above.bus_only or bool(extra.get(BUS_ONLY)),
    )
    _check_emptiness(info, where)
    below = _model_in(info.annotation)
    if below is not None and not label.bus_only:
        branch = labels(below, label)
        if not (branch.required or below.__pydantic_decorators__.model_validators):
            raise SchemaError("a part that requires nothing could be empty, which looks like a withheld one", where)
        return branch
    if label == Label():
        raise SchemaError("a field without category cannot exist", where)
    if label.key and (label.typer or label.erklaeret):
        raise SchemaError("a field of the key goes always, so it cannot have a category", where)
    return label


def _check_emptiness(info: FieldInfo, where: str) -> None:
    """Let nothing look like a withheld field but one that is empty, and no required field be empty."""
    bounded = any(getattr(one, "min_length", None) for one in info.metadata)
    if not info.is_required():
        if info.default not in (None, "", ()):
            raise SchemaError("a default must be nothing, for that is what a withheld field looks like", where)
        if bounded and get_origin(info.annotation) is tuple:
            raise SchemaError("an optional list cannot have a least length: withheld, it has none", where)
    elif not bounded and (get_origin(info.annotation) is tuple or (info.annotation is str and not info.metadata)):
        raise SchemaError("a required text or list must have a least length: empty, it would look withheld", where)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)
