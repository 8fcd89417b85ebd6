"""The milestones of outreach casework: when they were reached is casework, what comes next is what it reveals."""

from importlib.resources import files
from typing import Any

import pytest

from schemas.addressing import To
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Event, event_types, read_event
from schemas.haendelser.borgerforloeb import (
    BehovsvurderingAfsluttet,
    ForloebAfsluttet,
    KontaktOpnaaet,
    RaadgivningGivet,
)
from schemas.redaction import redact

MILESTONES = (KontaktOpnaaet, RaadgivningGivet, BehovsvurderingAfsluttet, ForloebAfsluttet)
CORE = frozenset({Type.SAGSFORLOEB})


def example(kind: Any) -> Event:
    """Return the example of an event class."""
    return read_event(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())


def content(event: Event, *typer: Type) -> dict[str, Any]:
    """Return what someone with the core and these categories reads."""
    copy = redact(event, CORE | set(typer))
    assert copy is not None
    return copy.content()


@pytest.mark.parametrize("kind", MILESTONES)
def test_its_date_is_what_the_deadlines_count_from(kind):
    """Each milestone tells its date to whoever may know of the casework."""
    assert content(example(kind))["dato"] == example(kind).content()["dato"]


@pytest.mark.parametrize("kind", MILESTONES)
def test_without_the_casework_nothing_of_it_goes(kind):
    """Every other category together does not open a milestone."""
    assert redact(example(kind), frozenset(Type) - CORE) is None


@pytest.mark.parametrize("kind", MILESTONES)
def test_undeclared_words_need_everything_that_free_text_may_hold(kind):
    """Where the sender declares nothing, the next step stays with the least that is missing of all it may hold."""
    event = example(kind)
    silent = event.model_copy(update={"data": event.data.model_copy(update={"oplysningstyper": ()})})
    assert "naeste_skridt" in content(silent, *FRITEKST)
    for one in FRITEKST:
        assert "naeste_skridt" not in content(silent, *(FRITEKST - {one}))


def test_the_need_for_support_needs_what_the_sender_declares():
    """The need and the unit that meets it are of benefits and offers, and here of the housing too."""
    event = example(BehovsvurderingAfsluttet)
    assert {"behov", "enhed"} & content(event, Type.YDELSER_TILBUD).keys() == set()
    assert {"behov", "enhed"} <= content(event, Type.YDELSER_TILBUD, Type.BOLIG).keys()


def test_the_outcome_is_casework_and_goes_without_the_need():
    """Who may know of the casework reads which way it went, not what for."""
    assert content(example(BehovsvurderingAfsluttet))["udfald"] == "ordinaer_sagsbehandling"
    assert "overgaaet_til" not in content(example(ForloebAfsluttet))


def test_only_advice_stays_between_those_it_is_addressed_to():
    """The case is told of contact, outcome and end; what was advised is told to whom it is sent."""
    assert {kind.navn: kind.to for kind in MILESTONES} == {
        "kontakt.opnaaet": To.CASE,
        "raadgivning.givet": To.ADDRESSEES,
        "behovsvurdering.afsluttet": To.CASE,
        "forloeb.afsluttet": To.CASE,
    }


def test_what_they_share_is_no_event_of_its_own():
    """Nothing but the four milestones is a type on the wire."""
    assert {kind for kind in event_types().values() if kind.__module__ == KontaktOpnaaet.__module__} == set(MILESTONES)
