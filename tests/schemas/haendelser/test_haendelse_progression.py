"""Progression: a score goes only with its area, and never without the scale that it was given on."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.addressing import To
from schemas.categories import FRITEKST, Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.export import example
from schemas.haendelser.progression import ProgressionMaalt
from schemas.redaction import redact

ALL = frozenset(Oplysningstype)
NUMBER = st.integers(-1000, 1000).map(lambda number: number / 10)


def event(**data: Any) -> Event:
    """Return the example with other data at the top; None takes a field away."""
    value = deepcopy(example(ProgressionMaalt.wire_type()))
    value["data"] = {name: part for name, part in (value["data"] | data).items() if part is not None}
    return event_from(value)


def copied(whole: Event, *withheld: Oplysningstype) -> dict[str, Any]:
    """Return what leaves of an event when these categories are withheld."""
    copy = redact(whole, ALL.difference(withheld))
    assert copy is not None
    return copy.content()


def point(score: float, lavest: float, hoejest: float) -> list[dict[str, Any]]:
    """Return one point of the wheel."""
    return [{"betegnelse": "ringe selv", "score": score, "lavest": lavest, "hoejest": hoejest}]


@given(NUMBER, NUMBER, NUMBER)
@settings(max_examples=100)
def test_a_score_is_on_its_scale_or_the_event_is_refused(score: float, lavest: float, hoejest: float):
    """Whatever scale a municipality has chosen."""
    if lavest <= score <= hoejest:
        assert event(helbred=point(score, lavest, hoejest)).content()["helbred"][0]["score"] == score
        return
    with pytest.raises(SchemaError) as caught:
        event(helbred=point(score, lavest, hoejest))
    assert caught.value.where == "data.helbred.0"


@pytest.mark.parametrize("number", ["score", "lavest", "hoejest"])
def test_a_number_without_its_scale_is_none(number):
    """Seven says nothing, to those who read it in five years, unless they know of how many."""
    bare = point(7, 0, 10)
    del bare[0][number]
    with pytest.raises(SchemaError):
        event(misbrug=bare)


def test_nought_is_a_score():
    """The lowest score is something that was said, so it stands in the copy."""
    assert copied(event(boern=point(0, 0, 10)))["boern"][0]["score"] == 0


@pytest.mark.parametrize(
    ("area", "withheld"),
    [
        ("faglige_kompetencer", Oplysningstype.FAGLIGE_KOMPETENCER),
        ("motivation_oensker", Oplysningstype.MOTIVATION_OENSKER),
        ("helbred", Oplysningstype.HELBRED),
        ("misbrug", Oplysningstype.MISBRUG),
        ("netvaerk_familie", Oplysningstype.NETVAERK_FAMILIE),
        ("boern", Oplysningstype.BOERN),
        ("bolig_oekonomi", Oplysningstype.BOLIG),
        ("bolig_oekonomi", Oplysningstype.OEKONOMI),
        ("strafbare_forhold", Oplysningstype.STRAFBARE_FORHOLD),
        ("screening", Oplysningstype.HELBRED),
    ],
)
def test_a_point_goes_only_with_its_area(area, withheld):
    """Its name, its score and its cause alike; a screening is health."""
    assert area in copied(event())
    assert area not in copied(event(), withheld)


def test_cause_and_spill_over_may_tell_of_every_area_unless_the_sender_declares_less():
    """Calm about money gives the strength to exercise: one point's cause is another area's business."""
    undeclared = event(oplysningstyper=None)
    areas = FRITEKST | {Oplysningstype.OEKONOMI, Oplysningstype.BOLIG, Oplysningstype.NETVAERK_FAMILIE}
    for withheld in areas:
        assert not {"aarsag", "afsmitning"} & copied(undeclared, withheld)["motivation_oensker"][0].keys()
    declared = copied(event(oplysningstyper=["progression"]), *areas)["motivation_oensker"][0]
    assert {"aarsag", "afsmitning"} <= declared.keys()


def test_the_measure_behind_a_point_is_the_plans():
    """The score goes on to those who may not know the plan."""
    copy = copied(event(), Oplysningstype.PLAN)
    assert "plan_id" not in copy
    assert "indsats" not in copy["helbred"][0]
    assert copy["helbred"][0]["score"] == 5


def test_what_is_declared_holds_beside_the_area():
    """A cause under an area still needs the area."""
    assert "misbrug" not in copied(event(oplysningstyper=["progression"]), Oplysningstype.MISBRUG)


@pytest.mark.parametrize(
    "code", ["Har du smerter eller ubehag?", "eq-5d", "EQ 5D", "EQ-5D\n", "", "SF-36-WITH-A-LONG-TEXT"]
)
@pytest.mark.parametrize("field", ["instrument", "delskala"])
def test_a_screening_has_codes_and_no_words(field, code):
    """The instruments' texts are licensed, so no field has room for one."""
    with pytest.raises(SchemaError):
        event(screening=[{"score": 1, "lavest": 1, "hoejest": 5, "instrument": "SF-36", field: code}])


def test_without_progression_nothing_goes():
    """The measurement itself is the core."""
    assert redact(event(), ALL - {Oplysningstype.PROGRESSION}) is None


def test_a_measurement_is_for_everyone_in_the_case():
    """That measurements reach all who work with the citizen is what the project asked for."""
    assert ProgressionMaalt.to is To.CASE
