"""Courses at offers: begun, stayed away from, ended; the keyworkers learn of all three under what the offer reveals."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_event
from schemas.haendelser.fremmoede import FravaerRegistreret
from schemas.haendelser.indsats import IndsatsAfsluttet, IndsatsStartet
from schemas.parties import Partsart
from schemas.redaction import redact

COURSE = (IndsatsStartet, FravaerRegistreret, IndsatsAfsluttet)
ALL = frozenset(Type)


def example(kind: Any, **changes: Any) -> Event:
    """Return the example of an event class, with other data in it."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


def fields(event: Event, *typer: Type) -> set[str]:
    """Return the names of what someone with these categories reads; nothing where the event is withheld."""
    copy = redact(event, frozenset(typer))
    return set() if copy is None else set(copy.content()) - {"borger", "sag", "formaal"}


@pytest.mark.parametrize("kind", COURSE)
def test_both_keyworkers_are_told(kind):
    """Two departments hold the threads, and neither should have to chase the provider."""
    assert kind.to is To.KEYWORKERS
    assert Partsart.PRIVAT in kind.senders
    assert Partsart.PRAKTISERENDE_LAEGE not in kind.senders


@pytest.mark.parametrize("kind", COURSE)
def test_a_course_at_a_treatment_centre_needs_what_the_treatment_reveals(kind):
    """That somebody begins, skips or ends treatment says that there is treatment."""
    event = example(kind, tilbud={"id": "rus-07", "oplysningstyper": ["misbrug"]})
    assert fields(event, *(ALL - {Type.MISBRUG})) == set()
    assert fields(event, *(ALL - {Type.FREMMOEDE})) == set()
    assert "tilbud" in fields(event, *ALL)


@pytest.mark.parametrize("kind", [IndsatsStartet, IndsatsAfsluttet])
def test_an_ordinary_offer_reveals_nothing_beyond_attendance(kind):
    """A course of gardening begins and ends under attendance alone."""
    event = example(kind, tilbud={"id": "have-1", "navn": "Gartneriet"})
    assert {"tilbud", "startet"} <= fields(event, Type.FREMMOEDE)


class TestAbsence:
    def test_absence_through_illness_is_health_data(self):
        """Being ill is health data, whatever the offer."""
        ordinary = {"id": "have-1"}
        ill = example(FravaerRegistreret, tilbud=ordinary, art="syg")
        away = example(FravaerRegistreret, tilbud=ordinary, art="udeblevet")
        assert ill.data.core() == {Type.FREMMOEDE, Type.HELBRED}
        assert away.data.core() == {Type.FREMMOEDE}
        assert fields(ill, Type.FREMMOEDE) == set()
        assert "art" in fields(away, Type.FREMMOEDE)

    def test_the_cause_of_an_absence_stays_without_health(self):
        """That the citizen stayed away is told to both keyworkers; why, only to who may read of health."""
        event = example(FravaerRegistreret, tilbud={"id": "have-1"}, art="lovligt")
        assert fields(event, Type.FREMMOEDE) == {"tilbud", "fra", "til", "art", "timer", "registreret"}
        assert "aarsag" in fields(event, Type.FREMMOEDE, Type.HELBRED)

    def test_attendance_is_no_absence(self):
        """Who came is nobody else's business, so the language has no word for it."""
        with pytest.raises(SchemaError):
            example(FravaerRegistreret, art="fremmoedt")


class TestBeginningAndEnd:
    def test_whom_to_ask_is_told_under_contact_persons(self):
        """Name, phone and mail of the offer's contact person go together."""
        contact = {"kontaktperson", "telefon", "mail"}
        event = example(IndsatsStartet, tilbud={"id": "have-1"})
        assert fields(event, Type.FREMMOEDE) == {"tilbud", "startet", "forventet_slut"}
        assert fields(event, Type.FREMMOEDE, Type.KONTAKTPERSONER) >= contact

    @pytest.mark.parametrize("missing", [Type.PROGRESSION, Type.HELBRED])
    def test_that_a_course_has_ended_is_told_without_how_it_went(self, missing: Type):
        """The assessment is progression and may be about health; the end itself is neither."""
        event = example(IndsatsAfsluttet, tilbud={"id": "have-1"})
        assert fields(event, *(ALL - {missing})) == {"tilbud", "startet", "afsluttet", "bruger"}
        assert "statusvurdering" in fields(event, Type.FREMMOEDE, Type.PROGRESSION, Type.HELBRED)

    def test_a_course_ends_on_a_day(self):
        """A course that nobody says the end of has not ended."""
        with pytest.raises(SchemaError) as caught:
            example(IndsatsAfsluttet, afsluttet=None)
        assert caught.value.where == "data.afsluttet"


def test_a_keyworkers_copy_reads_back():
    """What a keyworker gets is an event like any other."""
    copy = redact(example(IndsatsAfsluttet), {Type.FREMMOEDE, Type.MISBRUG})
    assert copy is not None
    assert read_event(copy.as_json()) == copy
