"""The FFB order: the order itself under what the offer reveals, and each heading of the form under its own as well."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.haendelser.bestilling import IndsatsBestilt
from schemas.redaction import redact

ALL = frozenset(Type)
ORDER = {"bestilling_id", "bestilt", "bestiller", "udfoerer", "tilbudstype", "fra", "til", "ydelser", "konto"}


def example(**changes: Any) -> Event:
    """Return the example order, with other data in it."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{IndsatsBestilt.navn}.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


def content(event: Event, *typer: Type) -> dict[str, Any]:
    """Return what someone with these categories reads; nothing where the order is withheld."""
    copy = redact(event, frozenset(typer))
    return {} if copy is None else copy.content()


def test_an_order_that_says_nothing_of_its_offer_needs_everything_that_an_offer_could_reveal():
    """Offers for people with substance use or a sentence are ordered by the same form."""
    event = example(oplysningstyper=[])
    assert set(content(event, Type.YDELSER_TILBUD, *FRITEKST)) >= ORDER
    for one in FRITEKST | {Type.YDELSER_TILBUD}:
        assert content(event, *(ALL - {one})) == {}


def test_a_provider_who_may_know_of_the_offer_alone_gets_the_order_and_nothing_of_the_assessment():
    """What is ordered, by whom, from whom, from when, and who pays."""
    left = set(content(example(oplysningstyper=["bolig"]), Type.YDELSER_TILBUD, Type.BOLIG))
    assert left >= ORDER
    assert left - ORDER == {
        "borger",
        "sag",
        "formaal",
        "oplysningstyper",
        "udfoerer_cvr",
        "handlekommune",
    }


@pytest.mark.parametrize(
    ("missing", "heading"),
    [
        (Type.HELBRED, "maalgrupper"),
        (Type.HELBRED, "diagnoser"),
        (Type.MISBRUG, "diagnoser"),
        (Type.HELBRED, "tilstande"),
        (Type.MISBRUG, "tilstande"),
        (Type.HELBRED, "stoettebehov"),
        (Type.MISBRUG, "stoettebehov"),
        (Type.BOERN, "paaroerende"),
        (Type.HELBRED, "vaerge"),
        (Type.NETVAERK_FAMILIE, "vaerge"),
        (Type.NETVAERK_FAMILIE, "paaroerende"),
        (Type.PLAN, "indsatsformaal"),
        (Type.PLAN, "indsatsmaal"),
        (Type.PLAN, "opfoelgning"),
        (Type.MOTIVATION_OENSKER, "borgerens_maal"),
        (Type.MOTIVATION_OENSKER, "perspektiv"),
        (Type.BORGERENS_KOMMENTARER, "perspektiv"),
        (Type.FAGLIGE_KOMPETENCER, "ressourcer"),
        (Type.STAMDATA, "adresse"),
        (Type.KONTAKTPERSONER, "deltagere"),
    ],
)
def test_a_heading_needs_its_own_categories(missing: Type, heading: str):
    """Each heading stays behind with any one of its categories, and the rest of the order goes."""
    event = example(oplysningstyper=["bolig"])
    assert heading in content(event, *ALL)
    left = content(event, *(ALL - {missing}))
    assert heading not in left
    assert "tilbudstype" in left


@pytest.mark.parametrize("missing", sorted(FRITEKST | {Type.NETVAERK_FAMILIE, Type.OEKONOMI, Type.BOLIG}))
def test_the_assessment_of_the_whole_situation_needs_all_that_it_may_be_about(missing: Type):
    """Functions, surroundings and participation stand in one text, which no declaration of the offer's kind narrows."""
    assert "situation" not in content(example(oplysningstyper=["plan"]), *(ALL - {missing}))


@pytest.mark.parametrize("missing", sorted(FRITEKST))
def test_what_the_citizen_has_elsewhere_needs_everything_that_it_could_reveal(missing: Type):
    """What the sender declares of the ordered offer says nothing of the others: one of them may be treatment."""
    event = example(oplysningstyper=["bolig"])
    assert "andre_ydelser" in content(event, *ALL)
    assert "andre_ydelser" not in content(event, *(ALL - {missing}))


@pytest.mark.parametrize("missing", sorted(FRITEKST))
def test_attachments_need_everything_that_free_text_may_hold(missing: Type):
    """What the sender declares of the offer's kind says nothing of an attached record."""
    assert "bilag" not in content(example(oplysningstyper=["plan"]), *(ALL - {missing}))


def test_how_able_the_citizen_should_become_needs_health():
    """A goal goes under the plan; the level of functioning that it aims at does not."""
    (goal,) = content(example(oplysningstyper=["bolig"]), Type.YDELSER_TILBUD, Type.BOLIG, Type.PLAN)["indsatsmaal"]
    assert goal.keys() == {"maal", "forandring"}


def test_the_accounts_contact_person_is_told_under_contact_persons():
    """Where the bill goes is part of the order; who sits there is not."""
    left = content(example(oplysningstyper=["bolig"]), Type.YDELSER_TILBUD, Type.BOLIG)["konto"]
    assert left.keys() == {"ejer", "kontonummer", "gln"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("handlekommune", "999"),
        ("udfoerer_cvr", "99999999"),
        ("tilbudstype", {"kode": "ffb-1"}),
        ("maalgrupper", [{"gruppe": {"tekst": "Social isolation"}, "rang": 0}]),
        ("opfoelgning", {"aftale": "Om tre måneder"}),
        ("deltagere", [{"organisation": "Team Syd", "rolle": "tilskuer"}]),
        ("vaerge", {"vaerge": "Birgit Værgesen", "form": "paragraf_4"}),
    ],
)
def test_what_the_form_has_no_place_for_is_refused(name: str, value: Any):
    """Numbers that are none, a kind without words, ranks below one, roles and paragraphs that do not exist."""
    with pytest.raises(SchemaError) as caught:
        example(**{name: value})
    assert caught.value.where.startswith(f"data.{name}")


PLACES = {
    "OrderMessage": "bestilling_id",
    "OrderMessageHeader": "bestilt",
    "Organization": "udfoerer",
    "OrderCarePlan": "fra",
    "ServicePerformer": "tilbudstype",
    "ParticipatingOrganization": "deltagere",
    "Intervention": "ydelser",
    "RelatedCarePlan": "andre_ydelser",
    "CareTeam": "andre_ydelser",
    "CarePlan": "andre_ydelser",
    "TargetGroup": "maalgrupper",
    "KLCommonCareSocialPurpose": "indsatsformaal",
    "InterventionGoal": "indsatsmaal",
    "CitizenObjective": "borgerens_maal",
    "InformationGathering": "vurderet",
    "Evaluation": "situation",
    "Diagnosis": "diagnoser",
    "Condition": "tilstande",
    "FollowUp": "tilstande",
    "Citizen": "adresse",
    "Consent": "paaroerende",
    "RelatedPerson": "paaroerende",
    "Guardian": "vaerge",
    "Account": "konto",
    "AccountOwner": "konto",
    "DocumentReference": "bilag",
}
"""Where what each profile of KL's message says stands in the event."""


def test_every_part_of_the_real_example_has_a_place_in_the_event(real):
    """KL's own example uses no profile that the event has no field for."""
    text = (real / "kl-ffb" / "KLMessagingFFBOrderExample.fsh").read_text(encoding="utf-8")
    used = {line.split()[1].rsplit("/", 1)[-1] for line in text.splitlines() if line.startswith("InstanceOf:")}
    assert {one.removeprefix("KLMessagingFFB") for one in used} == PLACES.keys()
    assert set(PLACES.values()) <= IndsatsBestilt.model_fields.keys()
