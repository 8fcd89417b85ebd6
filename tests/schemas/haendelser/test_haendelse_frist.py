"""A passed deadline: it reveals what it was counted from, and goes only where that may."""

from copy import deepcopy
from typing import Any

import pytest

from schemas.categories import Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.export import example
from schemas.haendelser.frist import FristOverskredet
from schemas.redaction import redact

ALL = frozenset(Oplysningstype)


def overskredet(**data: Any) -> Event:
    """Return the example with other data; None takes a field away."""
    value = deepcopy(example(FristOverskredet.wire_type()))
    value["data"] = {name: part for name, part in (value["data"] | data).items() if part is not None}
    return event_from(value)


def test_a_plain_deadline_is_casework():
    """A receiver who may know of the casework gets all of it, and one who may not gets nothing."""
    plain = overskredet(oplysningstyper=None)
    assert redact(plain, {Oplysningstype.SAGSFORLOEB}).content()["frist"] == "behovsvurdering"
    assert redact(plain, ALL - {Oplysningstype.SAGSFORLOEB}) is None


@pytest.mark.parametrize("withheld", [Oplysningstype.PLAN, Oplysningstype.MISBRUG])
def test_what_the_deadline_reveals_is_core(withheld):
    """A follow-up missed in the plan's rows on misbrug is told to nobody who may not see those rows."""
    of_the_plan = overskredet(oplysningstyper=["plan", "misbrug"], frist="planens_egne")
    assert redact(of_the_plan, ALL) is not None
    assert redact(of_the_plan, ALL - {withheld}) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frist", "Ida Prøve"),
        ("fra_type", "mødet med Ida"),
        ("ventet", "moede.afholdt(Ida)"),
        ("fra_haendelse", "25094-79989"),
        ("overskredet", "2026-03-04T00:00:00"),
    ],
)
def test_nothing_can_be_told_in_passing(field, value):
    """Names are names of the table and the language, ids are event ids, instants have a zone: none is free text."""
    with pytest.raises(SchemaError) as refused:
        overskredet(**{field: value})
    assert refused.value.where == f"data.{field}"
