"""Recommendation and grant: the kind may be health information, and a sub-goal goes only with its area."""

from copy import deepcopy
from typing import Any

import pytest

from schemas.categories import FRITEKST, Oplysningstype
from schemas.events import Event, event_from
from schemas.export import example
from schemas.haendelser.rehabilitering import BevillingGivet, IndstillingAfgivet
from schemas.redaction import redact

ALL = frozenset(Oplysningstype)
both = pytest.mark.parametrize("kind", [IndstillingAfgivet, BevillingGivet], ids=lambda kind: kind.navn)


def event(kind: type[Any], art: str) -> Event:
    """Return the example of an event type, of another kind of support."""
    value = deepcopy(example(kind.wire_type()))
    value["data"]["art"] = art
    return event_from(value)


def copied(whole: Event, *withheld: Oplysningstype) -> dict[str, Any]:
    """Return what leaves of an event when these categories are withheld."""
    copy = redact(whole, ALL.difference(withheld))
    assert copy is not None
    return copy.content()


@both
@pytest.mark.parametrize("art", ["fleksjob", "foertidspension"])
def test_a_fleksjob_and_a_foertidspension_are_health_information(kind, art):
    """Both need a lasting loss of the capacity for work, so the kind alone says helbred."""
    assert redact(event(kind, art), ALL - {Oplysningstype.HELBRED}) is None
    assert copied(event(kind, art))["art"] == art


@both
def test_a_ressourceforloeb_says_nothing_of_health_but_in_its_area(kind):
    """Those who work with the citizen plan by it without knowing an illness."""
    copy = copied(event(kind, "ressourceforloeb"), Oplysningstype.HELBRED)
    assert copy["art"] == "ressourceforloeb"
    assert "helbred" not in copy
    assert "faglige_kompetencer" in copy


@both
@pytest.mark.parametrize("withheld", [Oplysningstype.PLAN, Oplysningstype.YDELSER_TILBUD])
def test_what_is_offered_and_the_plan_for_it_are_one(kind, withheld):
    """Without either the whole event stays."""
    assert redact(event(kind, "ressourceforloeb"), ALL - {withheld}) is None


@both
@pytest.mark.parametrize(
    ("area", "withheld"),
    [
        ("misbrug", Oplysningstype.MISBRUG),
        ("netvaerk_familie", Oplysningstype.NETVAERK_FAMILIE),
        ("boern", Oplysningstype.BOERN),
        ("bolig_oekonomi", Oplysningstype.BOLIG),
        ("bolig_oekonomi", Oplysningstype.OEKONOMI),
        ("strafbare_forhold", Oplysningstype.STRAFBARE_FORHOLD),
    ],
)
def test_a_sub_goal_goes_only_with_its_area(kind, area, withheld):
    """Goal, measures, contact persons and progression alike."""
    whole = event(kind, "ressourceforloeb")
    assert area in copied(whole)
    assert area not in copied(whole, withheld)


@both
def test_a_contact_person_is_withheld_without_the_measure(kind):
    """What is to be done goes on, and only whom to call is missing."""
    copy = copied(event(kind, "ressourceforloeb"), Oplysningstype.KONTAKTPERSONER)
    assert set(copy["misbrug"][0]["indsatser"][0]) == {"indsats", "ikke_parallelt"}


@both
def test_the_progression_expected_is_withheld_without_the_sub_goal(kind):
    """The sub-goal stays where only its progression may not go."""
    copy = copied(event(kind, "ressourceforloeb"), Oplysningstype.PROGRESSION)
    assert set(copy["misbrug"][0]) == {"delmaal", "indsatser"}


def test_other_conditions_need_everything_that_the_checklist_names_under_them():
    """Social conditions, appearance, dyslexia and misbrug stand in one text, so one category withheld withholds it."""
    whole = event(IndstillingAfgivet, "fleksjob")
    assert copied(whole)["fleksjobbegrundelse"]["andre_forhold"]
    for withheld in (
        Oplysningstype.MISBRUG,
        Oplysningstype.BOLIG,
        Oplysningstype.OEKONOMI,
        Oplysningstype.NETVAERK_FAMILIE,
        Oplysningstype.FAGLIGE_KOMPETENCER,
    ):
        assert "andre_forhold" not in copied(whole, withheld)["fleksjobbegrundelse"]


def test_what_a_recommendation_weighs_beside_its_kind_is_health_too():
    """That a fleksjob or a foertidspension was weighed says as much as that it was recommended."""
    whole = event(IndstillingAfgivet, "ressourceforloeb")
    weighed = {"fleksjob", "fleksjobbegrundelse", "pensionsbegrundelse"}
    assert weighed <= copied(whole).keys()
    assert not weighed & copied(whole, Oplysningstype.HELBRED).keys()


def test_what_the_citizen_can_do_is_a_professional_competence():
    """The job and what it must allow for go only with it."""
    copy = copied(event(IndstillingAfgivet, "fleksjob"), Oplysningstype.FAGLIGE_KOMPETENCER)
    assert "fleksjob" not in copy
    assert copy["fleksjobbegrundelse"]["arbejdsevne"]


@pytest.mark.parametrize("withheld", sorted(FRITEKST))
def test_special_conditions_of_the_follow_up_are_free_text(withheld):
    """Nobody has read it for us."""
    whole = event(IndstillingAfgivet, "ressourceforloeb")
    assert "saerlige_forhold" not in copied(whole, withheld)


def test_the_level_of_payment_is_the_citizens_economy():
    """That something is granted may be known without what it pays."""
    assert "ydelse" not in copied(event(BevillingGivet, "ressourceforloeb"), Oplysningstype.OEKONOMI)
