"""The joint plan, by the filled-in example of the guide to integrated efforts (000, section 1.4)."""

from typing import Any

import pytest

from connectors.contract import Hint, read_safely
from connectors.jobcenter import CONNECTOR
from connectors.jobcenter.plan import write
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_event
from schemas.haendelser.indsatsplan import IndsatsplanOpdateret
from schemas.ids import event_id
from schemas.parties import Partregister
from schemas.redaction import present, redact

REGISTER = Partregister(version=1, parter=())


def row(delmaal: str, indsats: str, *ansvarlige: str, **mere: Any) -> dict[str, Any]:
    """Write one row; the example is half filled in, so its measures are proposed and nothing is followed up yet."""
    return {
        "delmaal": delmaal,
        "indsats": indsats,
        "ansvarlige": ["Borger", *ansvarlige],
        "status": "foreslaaet",
    } | mere


ROWS = {
    "faglige_kompetencer": [
        row(
            "Deltage i læse-, skrive- og regnetest",
            "Møde op og gennemføre testen",
            "LAB-myndighedsrådgiver",
            "Anden aktør",
        ),
        row("Udvide kendskabet til uddannelser og jobmuligheder", "Undersøge relevante uddannelser", "UU-vejleder"),
    ],
    "helbred": [row("Stabil behandling af angst", "Mindfulness i Sundhedshuset", "Behandler")],
    "misbrug": [row("Erkende misbrug og få stabil behandling", "Behandling i misbrugscenteret", "Behandler")],
    "netvaerk_familie": [
        row("Flere venner, der støtter", "Social træning: brobygning, åben cafe", "Mentor", "Erhvervsskole")
    ],
    "bolig_oekonomi": [row("Støtte til at flytte hjemmefra", "Voksenstøtte (Socialafdelingen)", "Sagsbehandler")],
}
"""The example's rows under its areas of change, in short form."""


def plan(**rows: Any) -> dict[str, Any]:
    """Put rows under the example's overall goal, in a whole event."""
    return {
        "specversion": "1.0",
        "id": event_id("jobcenter", "hf", 0, key=b"k"),
        "source": "jobcenter",
        "type": "dk.tvaers.indsatsplan.opdateret.v1",
        "time": "2026-03-02T08:15:00+01:00",
        "datacontenttype": "application/json",
        "data": {
            "borger": {"cpr": "0201919990", "navn": "Ask Prøve"},
            "sag": "2026-21",
            "formaal": "koordineret indsats",
            "plan_id": "hf-1",
            "planversion": 1,
            "opdateret": "2026-03-02",
            "overordnet_maal": "Gennemføre hf",
            **rows,
        },
    }


@pytest.fixture
def example() -> Event:
    """Return the guide's example as an event."""
    return event_from(plan(**ROWS))


def through_xml(event: Event) -> Event:
    """Send the event through the jobcenter's document and back; its id is derived anew, so it is put back."""
    native = write(event, REGISTER)
    assert isinstance(native, bytes)
    again = read_safely(CONNECTOR, native, Hint(source="jobcenter", register=REGISTER))
    assert isinstance(again, list)
    return again[0].model_copy(update={"id": event.id})


def test_the_example_survives_the_bus(example: Event):
    """All six rows of the example are in what is sent, word for word."""
    assert read_event(example.as_json()) == example
    assert example.content() == plan(**ROWS)["data"]
    assert sum(len(rows) for rows in ROWS.values()) == 6


def test_the_example_survives_the_jobcenters_document(example: Event):
    """A jobcenter's system can send and receive the whole plan."""
    assert through_xml(example) == example


def test_a_row_that_has_been_followed_up_survives_both():
    """Order, month, when and how it is followed up, whether it was reached and why: no column of the form is lost."""
    filled = row(
        "Stabil behandling af angst",
        "Mindfulness i Sundhedshuset",
        "Behandler",
        status="bevilget",
        raekkefoelge=2,
        maaned="2026-04",
        opfoelgning_dato="2026-05-04",
        opfoelgning_maade="telefon",
        naaet=False,
        aarsag="Holdet blev aflyst",
    )
    event = event_from(plan(helbred=[filled]))
    assert read_event(event.as_json()).content()["helbred"] == [filled]
    assert through_xml(event) == event


def test_without_substance_use_its_row_is_gone_and_the_rest_stands(example: Event):
    """A receiver who may not know of substance use gets the plan of somebody who has none."""
    copy = redact(example, present(example) - {Type.MISBRUG})
    assert copy is not None
    assert copy.content() == {name: part for name, part in example.content().items() if name != "misbrug"}
    assert "misbrug" not in copy.as_json().decode().lower()
    assert through_xml(copy) == copy


@pytest.mark.parametrize("withheld", [Type.BOLIG, Type.OEKONOMI])
def test_a_row_under_two_areas_goes_with_both_or_not_at_all(example: Event, withheld: Type):
    """Housing and economy share a heading, so a row under it tells of either."""
    copy = redact(example, present(example) - {withheld})
    assert copy is not None
    assert isinstance(copy.data, IndsatsplanOpdateret)
    assert copy.data.bolig_oekonomi == ()
    assert copy.data.helbred


@pytest.mark.parametrize("wrong", [{"ansvarlige": []}, {"status": "overvejes"}, {"maaned": "2026-13"}, {"delmaal": ""}])
def test_a_row_without_what_the_form_needs_is_refused(wrong: dict[str, Any]):
    """Nobody responsible, neither proposed nor granted, no such month, no sub-goal: that is no agreement."""
    with pytest.raises(SchemaError) as caught:
        event_from(plan(helbred=[row("Delmål", "Indsats") | wrong]))
    assert caught.value.where.startswith("data.helbred.0.")
