"""Admission, leave and discharge: what a municipality learns of a stay in hospital, and under what."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.haendelser.indlaeggelse import IndlaeggelseRegistreret, UdskrivningRegistreret
from schemas.parties import Partsart
from schemas.redaction import present, redact

ALL = frozenset(Type)
NOTICES = (IndlaeggelseRegistreret, UdskrivningRegistreret)
ACTIVITIES = {
    "admit-inpatient": ("indlaeggelse", "indlagt"),
    "admit-emergency": ("indlaeggelse", "akut_ambulant"),
    "start-leave-inpatient": ("orlov_begynder", "orlov"),
    "end-leave-inpatient": ("orlov_slutter", "indlagt"),
}
ENDINGS = {"discharge-inpatient-home": "indlagt", "discharge-emergency-home": "akut_ambulant"}
VARIANTS = {"": "ny", "revise-": "rettet", "cancel-": "annulleret"}


def example(kind: Any, **changes: Any) -> Event:
    """Return the example of an event class, with other data in it; None takes a field away."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    data = {name: value for name, value in (document["data"] | changes).items() if value is not None}
    return event_from(document | {"data": data})


def test_no_activity_of_a_stay_is_missing(real: Path):
    """What MedCom's activity codes tell of a stay in hospital is what the two events tell."""
    system = real / "medcom-fhir" / "terminology" / "CodeSystem-medcom-messaging-activityCodes.json"
    codes = {concept["code"] for concept in json.loads(system.read_bytes())["concept"]}
    of_letters = {code for code in codes if code.endswith("-message")} | {"acknowledgement"}
    assert codes - of_letters == {variant + activity for variant in VARIANTS for activity in (*ACTIVITIES, *ENDINGS)}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_before_the_end_is_an_admission_event(activity: str, variant: str):
    """HospitalNotification's admissions and leaves, new, revised and cancelled, are told apart."""
    kind, status = ACTIVITIES[activity]
    event = example(IndlaeggelseRegistreret, haendelsesart=kind, status=status, aktivitet=VARIANTS[variant])
    data = event.data
    assert isinstance(data, IndlaeggelseRegistreret)
    assert (data.haendelsesart, data.status, data.aktivitet) == (kind, status, VARIANTS[variant])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("activity", ENDINGS)
def test_every_ending_is_a_discharge_event(activity: str, variant: str):
    """HospitalNotification's discharges say from what kind of stay."""
    data = example(UdskrivningRegistreret, ophold=ENDINGS[activity], aktivitet=VARIANTS[variant]).data
    assert isinstance(data, UdskrivningRegistreret)
    assert (data.ophold, data.aktivitet) == (ENDINGS[activity], VARIANTS[variant])


@pytest.mark.parametrize(
    "status",
    [
        "doed",
        "udskrevet_til_hjemmet",
        "udskrevet_til_andet",
        "flyttet_til_sygehusafdeling",
        "flyttet_til_sygehus",
        "uoplyst",
    ],
)
def test_a_discharge_says_where_to(status: str):
    """All six of DIS17's statuses have a word, and FHIR's two are among them."""
    assert status in get_args(UdskrivningRegistreret.model_fields["status"].annotation)


def test_a_municipality_answers_an_admission():
    """DIS14 has neither status nor ward, and tells the hospital whom to call."""
    event = example(
        IndlaeggelseRegistreret, haendelsesart="svar", status=None, enhed=None, indlagt=None, orlov_fra=None
    )
    assert {Partsart.FORVALTNING, Partsart.SUNDHEDSVAESEN} == event.data.senders
    copy = redact(event, frozenset({Type.HELBRED, Type.KONTAKTPERSONER, Type.YDELSER_TILBUD}))
    assert copy is not None
    assert copy.content()["kontakter"]


def test_whom_to_call_says_which_help_the_citizen_gets():
    """A night nurse's telephone is a contact and a service both."""
    event = example(IndlaeggelseRegistreret)
    for missing in (Type.KONTAKTPERSONER, Type.YDELSER_TILBUD):
        copy = redact(event, ALL - {missing})
        assert copy is not None
        assert "kontakter" not in copy.content()


@pytest.mark.parametrize("kind", NOTICES)
def test_an_ordinary_wards_notice_is_health_alone(kind: Any):
    """Health is enough for the whole notice, so that the default basis for notices lets it through."""
    event = example(kind, kontakter=None, bruger=None, oplysningstyper=[])
    assert present(event) == {Type.HELBRED}
    copy = redact(event, frozenset({Type.HELBRED}))
    assert copy is not None
    assert {"tidspunkt", "enhed", "status"} <= copy.content().keys()


@pytest.mark.parametrize("kind", NOTICES)
def test_a_detoxification_wards_notice_needs_substance_use_too(kind: Any):
    """That somebody is on such a ward says why, so the notice goes whole or not at all."""
    event = example(kind, oplysningstyper=["misbrug"])
    assert redact(event, ALL - {Type.MISBRUG}) is None
    assert redact(event, ALL - {Type.HELBRED}) is None
    assert redact(event, frozenset({Type.HELBRED, Type.MISBRUG})) is not None


@pytest.mark.parametrize("kind", NOTICES)
def test_a_time_without_an_offset_is_refused(kind: Any):
    """When somebody came or left is an instant; half past eight is not."""
    with pytest.raises(SchemaError) as caught:
        example(kind, tidspunkt="2026-03-05T08:45:00")
    assert caught.value.where == "data.tidspunkt"
