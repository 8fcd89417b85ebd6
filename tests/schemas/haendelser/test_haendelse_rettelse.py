"""Withdrawal and correction of what may have been read: a delivery's id, and nothing of the content."""

from copy import deepcopy

import pytest

from schemas.errors import SchemaError
from schemas.events import event_from
from schemas.export import example
from schemas.haendelser.rettelse import OplysningRettet, OplysningTilbagekaldt

EVENT = "8558d34a-d3c6-5881-a6e3-bf8f3e6110ea"
both = pytest.mark.parametrize("kind", [OplysningTilbagekaldt, OplysningRettet], ids=lambda kind: kind.navn)


def named(kind, levering):
    """Return the example of a kind about another delivery."""
    value = deepcopy(example(kind.wire_type()))
    value["data"]["levering"] = levering
    return event_from(value)


@both
def test_it_says_which_delivery_and_when(kind):
    """No field could hold what the delivery held, or why it is taken back: a reason can betray a block."""
    own = set(kind.model_fields) - set(kind.__base__.model_fields)
    assert own <= {"levering", "tilbagekaldt", "rettet", "erstattes_af"}


@both
@pytest.mark.parametrize("levering", [f"{EVENT}:social:1", f"{EVENT}:laege-099001:12"])
def test_a_delivery_is_named_as_the_bus_names_it(kind, levering):
    """By event, recipient and attempt."""
    assert named(kind, levering).data.levering == levering


@both
@pytest.mark.parametrize(
    "levering", [EVENT, f"{EVENT}:social", f"{EVENT}:social:0", f"{EVENT}:Ida Prøve:1", "2509479989:social:1", ""]
)
def test_nothing_else_names_a_delivery(kind, levering):
    """A number or a name in that place is refused."""
    with pytest.raises(SchemaError) as refused:
        named(kind, levering)
    assert refused.value.where == "data.levering"
