"""The rehabilitation plan: its levels, and what of it is more than a date."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.redaction import redact

ALL = frozenset(Type)
WORDS = {
    "tidligere_funktionsevne",
    "behandlingsforloeb",
    "funktionsevne",
    "genoptraeningsbehov",
    "genoptraeningspotentiale",
    "rehabiliteringsbehov",
    "restriktioner",
    "information",
    "praktisk",
    "diagnoser",
}


def plan(**changes: Any) -> Event:
    """Return the example of a plan, with other data in it; None takes a field away."""
    document = json.loads(files("schemas").joinpath("eksempler/genoptraeningsplan.modtaget.v1.json").read_bytes())
    data = {name: value for name, value in (document["data"] | changes).items() if value is not None}
    return event_from(document | {"data": data})


def read(event: Event, *typer: Type) -> set[str]:
    """Return the names of what someone with these categories reads."""
    copy = redact(event, frozenset(typer))
    assert copy is not None
    return set(copy.content())


@pytest.mark.parametrize("kind", ["specialiseret", "rehabilitering_paa_specialiseret_niveau", "egentraening"])
def test_only_ordinary_rehabilitation_is_basic_or_advanced(kind: str):
    """The order divides the ordinary kind alone into two levels."""
    plan(genoptraeningstype=kind, niveau=None)
    with pytest.raises(SchemaError):
        plan(genoptraeningstype=kind, niveau="basal")


@pytest.mark.parametrize("level", ["basal", "avanceret"])
def test_ordinary_rehabilitation_has_two_levels(level: str):
    """Either level goes with the ordinary kind, and neither must."""
    plan(genoptraeningstype="almen", niveau=level)
    plan(genoptraeningstype="almen", niveau=None)


def test_the_level_and_the_dates_go_with_health_alone():
    """The municipality can plan for the training before it may read why."""
    silent = plan(oplysningstyper=[])
    dates = {
        "udarbejdet",
        "indlagt",
        "udskrevet",
        "kan_begynde",
        "frist",
        "kontrol_dato",
        "genoptraeningstype",
        "niveau",
    }
    seen = read(silent, Type.HELBRED)
    assert dates <= seen
    assert not WORDS & seen
    assert read(plan(oplysningstyper=["helbred"]), Type.HELBRED) >= dates | WORDS


def test_what_the_citizen_wishes_is_the_citizens_comment():
    """A wish about the training is health and the citizen's own comment both."""
    assert "oensker" not in read(plan(), *(ALL - {Type.BORGERENS_KOMMENTARER}))
    assert "oensker" in read(plan(), Type.HELBRED, Type.BORGERENS_KOMMENTARER)


def test_where_to_ask_is_a_contact():
    """The order wants the plan to say how region and municipality are reached; that is a contact person."""
    assert "kontakter" not in read(plan(), *(ALL - {Type.KONTAKTPERSONER}))
    assert "kontakter" in read(plan(), Type.HELBRED, Type.KONTAKTPERSONER)
