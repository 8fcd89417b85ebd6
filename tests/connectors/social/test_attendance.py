"""Attendance lists: which rows become events, what identifies them, and how one bad row stops the message."""

import json
from typing import Any

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.social import CONNECTOR
from connectors.social.attendance import write
from schemas.categories import Oplysningstype
from schemas.events import Bruger, Event, Hjemmel
from schemas.haendelser import FravaerRegistreret
from schemas.ids import event_id
from schemas.parties import Partregister
from schemas.redaction import redact

REGISTER = Partregister(version=1, parter=())
HINT = Hint(source="social", register=REGISTER, content_key=b"noegle")

ROW: dict[str, Any] = {
    "cpr": "2509479989",
    "tilbud": {"id": "t1"},
    "fra": "2026-03-02",
    "art": "udeblevet",
    "registreret": "2026-03-02T09:00:00+01:00",
}
FULL: dict[str, Any] = ROW | {
    "raekke_id": "r-7",
    "navn": "Ida Prøve",
    "sag": "2026-17",
    "formaal": "koordinering",
    "modtagere": ["jobcenter"],
    "hjemmel": {"paragraf": "§ 1", "begrundelse": "Haster", "ansvarlig": "ab12"},
    "tilbud": {"id": "t2", "navn": "Hold", "udbyder": "Centret", "oplysningstyper": ["misbrug"]},
    "til": "2026-03-04",
    "art": "syg",
    "timer": 7.5,
    "aarsag": "Influenza",
}
CAME = ROW | {"art": "fremmoedt", "cpr": "0201919990"}
LIST: dict[str, Any] = {
    "meddelelse_id": "liste-1",
    "afsendt": "2026-03-02T16:00:00Z",
    "medarbejder": {"id": "ab12", "rolle": "kontaktperson"},
    "raekker": [CAME, ROW, FULL, CAME],
}


def read(form: dict[str, Any], hint: Hint = HINT) -> list[Event]:
    """Read a list that is good."""
    events = read_safely(CONNECTOR, json.dumps(form).encode(), hint)
    assert isinstance(events, list)
    return events


def absence(event: Event) -> FravaerRegistreret:
    """Return the event's data, an absence."""
    assert isinstance(event.data, FravaerRegistreret)
    return event.data


def without(form: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the form without these fields."""
    return {name: value for name, value in form.items() if name not in names}


class TestReading:
    def test_each_row_of_absence_is_an_event_and_attendance_is_none(self):
        """Who came is nobody else's business."""
        bare, full = (absence(event) for event in read(LIST))
        assert (bare.borger.cpr, bare.art, bare.tilbud.id) == ("2509479989", "udeblevet", "t1")
        assert full.model_dump(mode="json") == {
            **without(FULL, "raekke_id", "cpr", "navn"),
            "borger": {"cpr": "2509479989", "navn": "Ida Prøve"},
            "adressebeskyttet": None,
            "bruger": {"id": "ab12", "rolle": "kontaktperson"},
            "registreret": "2026-03-02T09:00:00+01:00",
        }

    @pytest.mark.parametrize("rows", [[], [CAME], [CAME, CAME]])
    def test_a_list_without_absence_gives_no_event(self, rows: list[dict[str, Any]]):
        """Nothing happened, and nothing is wrong with saying so."""
        assert read(LIST | {"raekker": rows}) == []

    def test_what_the_row_leaves_out_comes_from_the_hint(self):
        """Case, purpose, basis, employee, recipients and what the offer reveals may be known beside the message."""
        hint = Hint(
            source="social",
            register=REGISTER,
            sag="2026-99",
            formaal="andet",
            hjemmel=Hjemmel(paragraf="§ 2"),
            bruger=Bruger(id="cd34", rolle="mentor"),
            oplysningstyper=(Oplysningstype.HELBRED,),
            modtagere=("familie",),
        )
        bare, full = (absence(event) for event in read(without(LIST, "medarbejder"), hint))
        assert (bare.sag, bare.formaal, bare.hjemmel) == ("2026-99", "andet", Hjemmel(paragraf="§ 2"))
        assert (bare.bruger, bare.modtagere) == (hint.bruger, ("familie",))
        assert bare.declared() == {Oplysningstype.HELBRED}
        assert (full.sag, full.formaal, full.modtagere) == ("2026-17", "koordinering", ("jobcenter",))
        assert full.declared() == {Oplysningstype.MISBRUG, Oplysningstype.HELBRED}


class TestIds:
    def test_an_id_is_made_of_the_message_and_the_rows_place_in_it(self):
        """Rows that make no event keep their place."""
        assert [event.id for event in read(LIST)] == [
            event_id("social", "liste-1", 1, key=HINT.content_key),
            event_id("social", "liste-1", 2, key=HINT.content_key),
        ]

    def test_a_list_sent_again_gives_the_same_events(self):
        """A new time of sending makes no new event, with the sender's own id or without one."""
        for form in (LIST, without(LIST, "meddelelse_id")):
            assert read(form | {"afsendt": "2026-04-02T16:00:00Z"}) == read(form)

    def test_without_an_id_the_content_is_the_id_under_a_key(self):
        """Other content or another key is another id, and a guess at the content cannot be tested without the key."""
        form = without(LIST, "meddelelse_id")
        ids = {read(form)[0].id, read(form | {"raekker": [ROW]})[0].id}
        other = read(form, Hint(source="social", register=REGISTER, content_key=b"anden"))[0].id
        assert len(ids | {other}) == 3

    def test_white_space_and_order_of_fields_make_no_new_event(self):
        """The content counts, not how it was written."""
        form = without(LIST, "meddelelse_id")
        shuffled = json.dumps(dict(reversed(form.items())), indent=2).encode()
        assert read_safely(CONNECTOR, shuffled, HINT) == read(form)


class TestRefusing:
    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"cpr": "3202479989"}, "raekker.3.cpr"),
            ({"cpr": 2509479989}, "raekker.3.cpr"),
            ({"fra": "2026-02-30"}, "raekker.3.fra"),
            ({"til": ""}, "raekker.3.til"),
            ({"art": "fraværende"}, "raekker.3.art"),
            ({"timer": -1}, "raekker.3.timer"),
            ({"timer": "7"}, "raekker.3.timer"),
            ({"aarsag": ""}, "raekker.3.aarsag"),
            ({"registreret": "2026-03-02T09:00:00"}, "raekker.3.registreret"),
            ({"tilbud": {"id": "t1", "oplysningstyper": ["alt"]}}, "raekker.3.tilbud.oplysningstyper.0"),
            ({"Ida Prøve": 1}, "raekker.3"),
        ],
    )
    def test_one_bad_row_and_nothing_is_read(self, change: dict[str, Any], where: str):
        """The row and field are named, counted from 0, even in a row that would have made no event."""
        form = json.loads(json.dumps(LIST))
        form["raekker"][3] |= change
        outcome = read_safely(CONNECTOR, json.dumps(form).encode(), HINT)
        assert isinstance(outcome, Malformed)
        assert outcome.where == where

    @pytest.mark.parametrize(
        "form",
        [
            without(LIST, "afsendt"),
            without(LIST, "raekker"),
            LIST | {"ukendt": 1},
            LIST | {"meddelelse_id": ""},
            LIST | {"medarbejder": {"id": "ab12"}},
            LIST | {"raekker": ROW},
        ],
    )
    def test_a_list_in_another_form_is_refused(self, form: dict[str, Any]):
        """Fields that are missing, unknown, empty or of another kind."""
        assert isinstance(read_safely(CONNECTOR, json.dumps(form).encode(), HINT), Malformed)

    def test_a_name_that_stands_twice_is_refused(self):
        """Two readers could take different values, so nobody takes either."""
        native = json.dumps(LIST).replace('"art": "syg"', '"art": "syg", "art": "fremmoedt"').encode()
        assert isinstance(read_safely(CONNECTOR, native, HINT), Malformed)


class TestWriting:
    def test_a_copy_is_written_as_a_list_of_one_row(self):
        """The receiver reads the same form that the sender wrote."""
        event = read(LIST)[1]
        native = write(event, REGISTER)
        assert isinstance(native, bytes)
        assert json.loads(native) == {
            "meddelelse_id": event.id,
            "afsendt": "2026-03-02T09:00:00+01:00",
            "medarbejder": {"id": "ab12", "rolle": "kontaktperson"},
            "raekker": [without(FULL, "raekke_id", "modtagere", "hjemmel")],
        }

    def test_every_copy_reads_back_but_for_its_id(self):
        """Whatever was withheld from it."""
        core = {Oplysningstype.FREMMOEDE, Oplysningstype.MISBRUG, Oplysningstype.HELBRED}
        for extra in (set(), {Oplysningstype.SAGSFORLOEB}, set(Oplysningstype)):
            for event in read(LIST):
                copy = redact(event, core | extra)
                assert copy is not None
                native = write(copy, REGISTER)
                assert isinstance(native, bytes)
                again = read_safely(CONNECTOR, native, HINT)
                assert isinstance(again, list)
                assert [one.model_copy(update={"id": copy.id}) for one in again] == [copy]
                assert again[0].id == event_id("social", copy.id, 0, key=HINT.content_key)
