"""The jobcenter's national systems: sick leave, activity, CV."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.haendelser.beskaeftigelse import AktivitetRegistreret, CvOpdateret, SygemeldingRegistreret
from schemas.redaction import redact

ALL = frozenset(Type)


def example(kind: Any, **changes: Any) -> Event:
    """Return the example of an event class, with other data in it."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


def content(event: Event, *typer: Type) -> dict[str, Any]:
    """Return what someone with these categories reads; nothing where the event is withheld."""
    copy = redact(event, frozenset(typer))
    return {} if copy is None else copy.content()


class TestSickLeave:
    def test_all_of_it_is_health_data(self):
        """Without health not even the dates go, whatever else is permitted."""
        assert content(example(SygemeldingRegistreret), *(ALL - {Type.HELBRED})) == {}
        assert content(example(SygemeldingRegistreret), Type.HELBRED)["startdato"] == "2026-04-13"

    def test_the_employer_needs_what_working_life_needs(self):
        """Whom the citizen works for is more than that he or she is ill."""
        event = example(SygemeldingRegistreret)
        assert "virksomhed" not in content(event, Type.HELBRED)
        assert set(content(event, Type.HELBRED, Type.FAGLIGE_KOMPETENCER)["virksomhed"]) == {"cvr", "pnummer"}

    @pytest.mark.parametrize("missing", sorted(FRITEKST - {Type.HELBRED}))
    def test_the_comment_needs_everything_that_free_text_may_hold(self, missing: Type):
        """Nobody has read it for us."""
        left = content(example(SygemeldingRegistreret), *(ALL - {missing}))
        assert "kommentar" not in left
        assert "anmeldt" in left

    def test_a_comment_is_no_longer_than_star_takes(self):
        """1500 characters are written, one more is refused."""
        assert example(SygemeldingRegistreret, kommentar="a" * 1500)
        with pytest.raises(SchemaError):
            example(SygemeldingRegistreret, kommentar="a" * 1501)

    @pytest.mark.parametrize("code", ["", "influenza", "100000", "-1"])
    def test_a_type_of_absence_is_a_code(self, code: str):
        """STAR adds to the list, so any number is let through, and no words are."""
        with pytest.raises(SchemaError):
            example(SygemeldingRegistreret, fravaerstype=code)


class TestActivity:
    def test_an_activity_that_is_said_to_be_ordinary_needs_benefits_and_offers_alone(self):
        """Hours and authority go with it; the caseworker's name is a contact person's."""
        left = content(example(AktivitetRegistreret, oplysningstyper=["ydelser_tilbud"]), Type.YDELSER_TILBUD)
        assert {"startdato", "slutdato", "timer_pr_uge", "minutter_pr_uge", "aktivitetstype"} <= set(left)
        assert set(left["ansvarlig_myndighed"]) == {"organisationskode", "myndighedsnavn"}

    def test_the_caseworker_is_told_under_contact_persons(self):
        """Name and phone both."""
        event = example(AktivitetRegistreret, oplysningstyper=["ydelser_tilbud"])
        left = content(event, Type.YDELSER_TILBUD, Type.KONTAKTPERSONER)
        assert {"sagsbehandler", "telefon"} <= set(left["ansvarlig_myndighed"])

    @pytest.mark.parametrize("missing", sorted(FRITEKST))
    def test_an_activity_of_which_nothing_is_said_may_reveal_anything(self, missing: Type):
        """A code that nobody has looked up may be that of a course for people with anxiety."""
        event = example(AktivitetRegistreret, oplysningstyper=[])
        assert content(event, *(ALL - {missing})) == {}
        assert "aktivitetstype" in content(event, Type.YDELSER_TILBUD, *FRITEKST)

    def test_what_the_kind_of_activity_reveals_is_needed_for_all_of_it(self):
        """A course for people with anxiety is health data."""
        event = example(AktivitetRegistreret, oplysningstyper=["helbred"])
        assert content(event, *(ALL - {Type.HELBRED})) == {}
        assert content(event, Type.YDELSER_TILBUD, Type.HELBRED) != {}

    @pytest.mark.parametrize(("code", "good"), [("-1", True), ("999", True), ("-2", False), ("123456789", False)])
    def test_an_authoritys_code_is_one_to_eight_digits_or_minus_one(self, code: str, good: bool):
        """As STAR's pattern has it."""
        authority = {"organisationskode": code, "myndighedsnavn": "Jobcentret"}
        if good:
            assert example(AktivitetRegistreret, ansvarlig_myndighed=authority)
        else:
            with pytest.raises(SchemaError):
                example(AktivitetRegistreret, ansvarlig_myndighed=authority)

    def test_minutes_are_fewer_than_an_hour(self):
        """What is more stands under hours."""
        with pytest.raises(SchemaError):
            example(AktivitetRegistreret, minutter_pr_uge=60)


class TestCv:
    def test_why_a_job_ended_or_a_course_was_broken_off_may_be_illness(self):
        """Both reasons need health; job and course go without them."""
        left = content(example(CvOpdateret), Type.FAGLIGE_KOMPETENCER)
        assert "ophoer" not in left["erhvervserfaring"][0]
        assert "afbrudt" not in left["uddannelser"][0]
        assert left["erhvervserfaring"][0]["stilling"] == "Køkkenmedhjælper, opvask og kolde retter"
        left = content(example(CvOpdateret), Type.FAGLIGE_KOMPETENCER, Type.HELBRED)
        assert "ophoer" in left["erhvervserfaring"][0]
        assert "afbrudt" in left["uddannelser"][0]

    def test_a_cv_is_of_competences_alone(self):
        """Description, other experience, languages and licence need nothing else, and nothing goes without them."""
        event = example(CvOpdateret)
        assert content(event, *(ALL - {Type.FAGLIGE_KOMPETENCER})) == {}
        left = content(event, Type.FAGLIGE_KOMPETENCER)
        assert {"personlig_beskrivelse", "anden_erfaring", "sprogkundskaber", "koerekort"} <= set(left)

    @pytest.mark.parametrize("missing", sorted(FRITEKST | {Type.YDELSER_TILBUD}))
    def test_a_document_of_employment_on_special_terms_needs_the_benefit_and_what_it_may_hold(self, missing: Type):
        """An attachment is opaque."""
        assert "dokumentation" not in content(example(CvOpdateret), *(ALL - {missing}))
        assert "dokumentation" in content(example(CvOpdateret), *ALL)

    @pytest.mark.parametrize(
        ("period", "good"), [("2019", True), ("2019-08", True), ("2019-13", False), ("før", False)]
    )
    def test_a_period_begins_in_a_year_or_a_month(self, period: str, good: bool):
        """A CV seldom knows the day."""
        jobs = [{"stilling": "Gartner", "periode_fra": period}]
        if good:
            assert example(CvOpdateret, erhvervserfaring=jobs)
        else:
            with pytest.raises(SchemaError):
                example(CvOpdateret, erhvervserfaring=jobs)
