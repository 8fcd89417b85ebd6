"""The table of the forms' headings: what a reviewer has read, and that no event type carries less."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import schemas.haendelser
from schemas.categories import TITLER
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import event_types
from schemas.fields import Branch, Label, _model_in
from schemas.overskrifter import OVERSKRIFTER, categories_of

for module in pkgutil.iter_modules(schemas.haendelser.__path__):
    importlib.import_module(f"schemas.haendelser.{module.name}")

REVIEWED = Path(__file__).with_suffix(".txt")
"""The table as it was last read through: one heading a line, its categories behind it."""

LANGUAGE = sorted(name for name, kind in event_types().items() if kind.__module__.startswith("schemas.haendelser."))


def written() -> str:
    """Write the table for a reader: one heading a line, in the order of the forms."""
    lines = (f"{heading:<91}{', '.join(sorted(types))}\n" for heading, types in OVERSKRIFTER.items())
    return "".join(lines)


def carried(below: Label | Branch) -> frozenset[Type]:
    """Return what a field surely carries: a leaf its categories, a part or a list those that all its leaves have."""
    leaves = below.leaves() if isinstance(below, Branch) else [below]
    return frozenset(Type).intersection(*(leaf.typer for leaf in leaves))


def titled(model: type[BaseModel], branch: Branch, where: str) -> Iterator[tuple[str, str, Label | Branch]]:
    """Yield every field of an event with a category: its place, its title and its labels."""
    for name, info in model.model_fields.items():
        below = branch.fields[name]
        if isinstance(below, Label) and (below.key or below.bus_only):
            continue
        yield f"{where}.{name}", info.title or "", below
        inner = _model_in(info.annotation)
        if inner is not None and isinstance(below, Branch):
            yield from titled(inner, below, f"{where}.{name}")


def test_the_table_is_the_one_that_was_reviewed():
    """Whoever changes what stands under a heading changes the reviewed table too, where a reader sees it."""
    sys.stdout.write(written())
    assert written() == REVIEWED.read_text(encoding="utf-8")


def test_no_heading_is_without_categories():
    """Nothing that a form asks for is free to go."""
    assert all(OVERSKRIFTER.values())


@pytest.mark.parametrize(
    ("heading", "types"),
    [
        ("Bolig og økonomi", {Type.BOLIG, Type.OEKONOMI}),
        ("Sociale forhold", {Type.BOLIG, Type.OEKONOMI, Type.NETVAERK_FAMILIE}),
        ("Helbred, herunder evt. misbrug", {Type.HELBRED, Type.MISBRUG}),
        ("Foranstaltninger vedr. børn", {Type.YDELSER_TILBUD, Type.BOERN}),
        ("Risiko for afskedigelse som følge af sygemelding", {Type.MOTIVATION_OENSKER, Type.HELBRED}),
    ],
)
def test_a_heading_with_several_areas_has_all_of_them(heading: str, types: set[Type]):
    """A box that the form does not divide goes only where each of its areas may."""
    assert categories_of(heading) == types


def test_every_category_with_a_heading_of_its_own_is_found_under_its_title():
    """Where a form's heading and a category share their words they mean the same."""
    shared = {title: type_ for type_, title in TITLER.items() if title in OVERSKRIFTER}
    assert len(shared) > 8
    assert all(type_ in OVERSKRIFTER[title] for title, type_ in shared.items())


@pytest.mark.parametrize("heading", ["", "helbred", "Helbred ", "Ukendt overskrift"])
def test_an_unknown_heading_is_refused_and_not_repeated(heading: str):
    """What nobody has classified has no categories, not none; the text could be a citizen's own words."""
    with pytest.raises(SchemaError) as caught:
        categories_of(heading)
    assert caught.value.where == "overskrift"
    assert not heading or heading not in str(caught.value)


@pytest.mark.parametrize("wire_type", LANGUAGE)
def test_a_field_under_a_heading_carries_at_least_its_categories(wire_type: str):
    """No event type may read a form's heading more leniently than the reviewed table does."""
    kind = event_types()[wire_type]
    lacking = {
        where: sorted(OVERSKRIFTER[title] - carried(below))
        for where, title, below in titled(kind, kind.labels, wire_type)
        if title in OVERSKRIFTER and not OVERSKRIFTER[title] <= carried(below)
    }
    assert not lacking


def test_the_forms_fields_are_found_by_their_headings():
    """The comparison above is about something: most fields of the preparation form bear a heading of the table."""
    kind = event_types()["dk.tvaers.forberedelsesskema.udfyldt.v1"]
    found = [title for _, title, _ in titled(kind, kind.labels, "") if title in OVERSKRIFTER]
    assert len(found) > 70
