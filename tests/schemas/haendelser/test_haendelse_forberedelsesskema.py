"""The preparation form: three shapes, and what of them goes without a category."""

import json
from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_event
from schemas.haendelser.forberedelsesskema import ForberedelsesskemaUdfyldt
from schemas.redaction import present, redact

EXAMPLE = Path(schemas.__file__).parent / "eksempler" / "forberedelsesskema.udfyldt.v1.json"
ALL = frozenset(Type)


@pytest.fixture
def full() -> Event:
    """Return the example, in which every question and annex is answered."""
    return read_event(EXAMPLE.read_bytes())


def form(**data: Any) -> Event:
    """Fill in a form with these answers alone."""
    whole = json.loads(EXAMPLE.read_bytes())
    head = {"borger": whole["data"]["borger"], "skema": "kort", "udfyldt": "2026-03-02"}
    return event_from(whole | {"data": head | data})


def without(event: Event, *withheld: Type) -> dict[str, Any]:
    """Return what a receiver gets who may have all but these."""
    copy = redact(event, ALL - set(withheld))
    assert copy is not None
    assert read_event(copy.as_json()) == copy
    return copy.content()


def test_every_answer_of_the_forms_has_its_own_date(full: Event):
    """The form dates each answer, for they are given at different talks."""
    content = full.content()
    answers = [part for part in content.values() if isinstance(part, dict) and "svar" in part]
    assert len(answers) > 45
    assert all(answer.keys() == {"svar", "dato"} for answer in answers)


def test_the_barest_form_says_which_it_is_and_why_it_was_filled_in():
    """A form may be half filled in; that there is one, and when, is part of the casework."""
    assert present(form()) == {Type.SAGSFORLOEB}
    assert redact(form(), ALL - {Type.SAGSFORLOEB}) is None


def test_without_health_no_answer_about_illness_is_left(full: Event):
    """Health stands in many places: the sick-listed's job, why a job ended, a work injury, shielding at work."""
    content = without(full, Type.HELBRED)
    gone = {
        "helbred",
        "eget_helbred",
        "igangvaerende_behandling",
        "afskedigelse",
        "seneste_job_ophoer",
        "arbejdsskadesag",
        "arbejdsskadesag_hvilken",
        "seneste_foranstaltninger",
        "helbredsoplysninger",
        "sundhedstilbud",
        "forsoergelseshistorik",
        "beskaeftigelsestilbud",
        "cv_dokumentation",
    }
    assert not gone & content.keys()
    assert {"seneste_job", "erhvervserfaring", "uddannelser", "oekonomi", "bolig"} <= content.keys()
    assert [set(one) & {"ophoersaarsag", "arbejdssted"} for one in content["erhvervserfaring"]] == [{"arbejdssted"}] * 2


def test_an_ordinary_offer_goes_without_health_and_its_shielding_does_not(full: Event):
    """Where the sender declares that nothing in the form tells of an illness, annex D's own columns still may."""
    declared = {"oplysningstyper": ["ydelser_tilbud"], "beskaeftigelsestilbud": full.content()["beskaeftigelsestilbud"]}
    offer = without(form(**declared), Type.HELBRED)["beskaeftigelsestilbud"][0]
    assert {"tilbud", "maal", "fremmoedte_timer"} <= offer.keys()
    assert not offer.keys() & {"skaanehensyn", "arbejdsevne", "saerlig_stoette"}


@pytest.mark.parametrize(
    "said",
    [
        {"forsoergelseshistorik": [{"ydelse": "Sygedagpenge", "fra": "2025-01"}]},
        {"beskaeftigelsestilbud": [{"tilbud": "Angst og job, hold 3"}]},
        {"borgerens_kommentarer": {"svar": "Jeg vil helst ikke have, at min diagnose nævnes"}},
    ],
)
def test_a_benefit_an_offer_and_a_comment_may_tell_of_an_illness(said: dict[str, Any]):
    """Sickness benefit says that somebody was ill, and the citizen's own comment may say anything."""
    (name,) = said
    assert name not in without(form(**said), Type.HELBRED)
    assert name in without(form(**said, oplysningstyper=["ydelser_tilbud"]), Type.HELBRED)


def test_without_attendance_the_agreed_hours_stand_and_the_attended_are_gone(full: Event):
    """Annex D sets agreed against attended hours; only the latter tell whether the citizen came."""
    offer = without(full, Type.FREMMOEDE)["beskaeftigelsestilbud"][0]
    assert "aftalte_timer" in offer
    assert not {"fremmoedte_timer", "timer_aendret"} & offer.keys()


def test_without_children_their_measures_are_gone_and_the_other_annexes_stand(full: Event):
    """Annex E mixes the citizen's offers and the children's; here each is a list of its own."""
    content = without(full, Type.BOERN)
    assert "boern_foranstaltninger" not in content
    assert {"sociale_tilbud", "sundhedstilbud", "andre_tilbud"} <= content.keys()


def test_without_substance_use_the_undivided_health_boxes_are_gone():
    """Where the form asks for substance use within the health box, nobody can tell the two apart."""
    event = form(helbred={"svar": "Angst; ryger hash"}, eget_helbred={"svar": "Ondt i ryggen"})
    content = without(event, Type.MISBRUG)
    assert "helbred" not in content
    assert content["eget_helbred"] == {"svar": "Ondt i ryggen"}


@pytest.mark.parametrize("withheld", [Type.OEKONOMI, Type.BOLIG, Type.NETVAERK_FAMILIE])
def test_social_circumstances_go_with_all_their_areas_or_not_at_all(withheld: Type):
    """One box for economy, housing and network."""
    event = form(sociale_forhold={"svar": "Restance og få venner"}, begrundelse={"svar": "Flere sager"})
    assert "sociale_forhold" not in without(event, withheld)


@pytest.mark.parametrize("withheld", sorted(FRITEKST))
def test_undivided_text_may_hold_anything_sensitive_unless_its_sender_declares_less(withheld: Type):
    """Why coordination is needed is told in free words."""
    said = {"begrundelse": {"svar": "Flere forvaltninger skal samarbejde"}}
    assert "begrundelse" not in without(form(**said), withheld)
    assert "begrundelse" in without(form(**said, oplysningstyper=["oekonomi"]), withheld)
    assert "begrundelse" not in without(form(**said, oplysningstyper=["oekonomi"]), Type.OEKONOMI)


def test_a_declaration_does_not_loosen_what_a_heading_says():
    """A sender who declares less takes nothing from the form's own headings."""
    event = form(helbred={"svar": "Angst"}, oplysningstyper=["oekonomi"])
    assert "helbred" not in without(event, Type.HELBRED)


def test_an_enclosed_copy_goes_with_its_annex_and_what_the_form_declares(full: Event):
    """Nobody reads an attachment for us: the row may go where its copy may not, nor the tick that says there is one."""
    content = without(full, Type.OEKONOMI)
    (row, *_) = content["helbredsoplysninger"]
    assert {"attest", "lae_nummer", "dateret"} == row.keys()
    assert "forsoergelse_print" not in content


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"skema": "langt"}, "data.skema"),
        ({"helbredsoplysninger": [{"attest": "Attest", "lae_nummer": "265"}]}, "data.helbredsoplysninger.0.lae_nummer"),
        ({"forsoergelseshistorik": [{"ydelse": "Løn", "fra": "2025"}]}, "data.forsoergelseshistorik.0.fra"),
        ({"koerekort": ["bil"]}, "data.koerekort.0"),
        ({"erhvervserfaring": [{"arbejdssted": "Kantinen", "fra": "2015-13"}]}, "data.erhvervserfaring.0.fra"),
        (
            {"beskaeftigelsestilbud": [{"tilbud": "Praktik", "lab_paragraf": "57"}]},
            "data.beskaeftigelsestilbud.0.lab_paragraf",
        ),
        ({"beskaeftigelsestilbud": [{"tilbud": "Praktik", "aftalte_timer": 169.0}]}, "aftalte_timer"),
        ({"forsoergelse_print": [{"indholdstype": "application/pdf", "indhold": ""}]}, "indhold"),
        ({"forsoergelse_print": [{"indholdstype": "application/pdf", "indhold": "ikke base64"}]}, "indhold"),
        ({"eget_helbred": {"dato": "2026-01-01"}}, "data.eget_helbred.svar"),
    ],
)
def test_what_the_form_has_no_room_for_is_refused(data: dict[str, Any], where: str):
    """An unknown form, a number or month that is none, more hours than a week has, an answer that answers nothing."""
    with pytest.raises(SchemaError) as caught:
        form(**data)
    assert caught.value.where.endswith(where)


def test_a_cv_may_know_only_the_year():
    """Annex A is filled in from the citizen's CV, where an old job has a year and no month."""
    assert form(erhvervserfaring=[{"arbejdssted": "Kantinen", "fra": "2015", "til": "2017-04"}], koerekort=["B+"])


def test_only_the_municipality_fills_it_in():
    """The form is filled in by the caseworker together with the citizen."""
    assert {kind.value for kind in ForberedelsesskemaUdfyldt.senders} == {"forvaltning"}
