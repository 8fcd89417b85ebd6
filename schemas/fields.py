"""What a field of an event says about itself: title, description, and its categories or that it is the key.

Every leaf carries a label. A list that a form divides by area adds the area's category to each leaf below it. A leaf
whose category depends on the message (free text under no heading, an offer's attendance) says `erklaeret`: it also
carries the categories that this very event declares.
"""

from dataclasses import dataclass
from typing import Any, get_args

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


@dataclass(frozen=True, slots=True)
class Branch:
    """The fields of one object, by name: a label for a leaf, a branch for an object or a list of objects."""

    fields: dict[str, "Label | Branch"]


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
        SchemaError: a leaf has neither category nor key, or both, which keeps its schema from being imported.
    """
    return Branch({name: _labelled(model, name, info, above or Label()) for name, info in model.model_fields.items()})


def _labelled(model: type[BaseModel], name: str, info: FieldInfo, above: Label) -> Label | Branch:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    written = extra.get(TYPES, [])
    label = Label(
        typer=above.typer
        | frozenset(Oplysningstype(str(one)) for one in (written if isinstance(written, list) else [])),
        erklaeret=above.erklaeret or bool(extra.get(DECLARED)),
        key=above.key or bool(extra.get(KEY)),
        bus_only=above.bus_only or bool(extra.get(BUS_ONLY)),
    )
    below = _model_in(info.annotation)
    if below is not None and not label.bus_only:
        return labels(below, label)
    if label == Label():
        raise SchemaError("a field without category cannot exist", f"{model.__name__}.{name}")
    if label.key and (label.typer or label.erklaeret):
        raise SchemaError("a field of the key goes always, so it cannot have a category", f"{model.__name__}.{name}")
    return label


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)
