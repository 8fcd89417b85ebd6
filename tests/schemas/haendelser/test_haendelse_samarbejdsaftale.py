"""The cooperation agreement: its words go with all that they reveal, its date with the plan."""

from importlib.resources import files
from typing import Any

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Event, read_event
from schemas.haendelser.samarbejdsaftale import SamarbejdsaftaleOpdateret
from schemas.redaction import redact

EXAMPLE = read_event(files("schemas").joinpath(f"eksempler/{SamarbejdsaftaleOpdateret.navn}.v1.json").read_bytes())
DECLARED = (Type.BOLIG, Type.OEKONOMI, Type.NETVAERK_FAMILIE)


def read(event: Event, *typer: Type) -> dict[str, Any]:
    """Return what someone with the plan and these categories reads, beside key and case."""
    copy = redact(event, {Type.PLAN, *typer})
    assert copy is not None
    return {name: value for name, value in copy.content().items() if name not in ("borger", "sag", "formaal")}


def test_the_plan_alone_tells_that_there_is_an_agreement():
    """Without what the words reveal, only the dates of agreement and follow-up go."""
    assert read(EXAMPLE) == {"indgaaet": "2026-03-06", "opfoelgning": {"dato": "2026-06-08"}}


def test_a_goal_goes_with_who_does_what_and_without_how_it_went():
    """Whether and why a goal was reached is progression, which the goal and its actions are not."""
    (goal,) = read(EXAMPLE, *DECLARED)["aftaler"]
    assert goal.keys() == {"maal", "borgers_handlinger", "sagsbehandlers_handlinger", "opfoelgningsdato"}
    (reached,) = read(EXAMPLE, *DECLARED, Type.PROGRESSION)["aftaler"]
    assert reached.keys() - goal.keys() == {"naaet", "gaaet_godt", "gaaet_mindre_godt"}


def test_the_words_stay_with_any_one_category_that_they_reveal():
    """One declared category that is not permitted keeps all that is written."""
    for missing in DECLARED:
        kept = read(EXAMPLE, *(one for one in DECLARED if one is not missing))
        assert kept.keys() == {"indgaaet", "opfoelgning"}


def test_the_authority_tasks_are_benefits_and_the_goals_are_wishes():
    """A heading that belongs to an area keeps its category beside what is declared."""
    assert {"maal", "koordinering", "myndighedsopgaver"} & read(EXAMPLE, *DECLARED).keys() == set()
    assert "maal" in read(EXAMPLE, *DECLARED, Type.MOTIVATION_OENSKER)
    assert "koordinering" in read(EXAMPLE, *DECLARED, Type.SAGSFORLOEB)
    assert "myndighedsopgaver" in read(EXAMPLE, *DECLARED, Type.SAGSFORLOEB, Type.YDELSER_TILBUD)


def test_an_agreement_of_which_nothing_is_declared_may_reveal_anything():
    """Undeclared, the words need everything that free text may hold."""
    silent = EXAMPLE.model_copy(update={"data": EXAMPLE.data.model_copy(update={"oplysningstyper": ()})})
    assert "situation" not in read(silent, *DECLARED)
    assert "situation" in read(silent, *FRITEKST)


def test_without_the_plan_there_is_no_agreement():
    """Every other category together does not open it."""
    assert redact(EXAMPLE, frozenset(Type) - {Type.PLAN}) is None
