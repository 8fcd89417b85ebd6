"""The screening form's rule: who belongs to which group of outreach casework, and why not."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.screening import Aldersgraenser, Aldersspaend, Emne, Grund, Screening, screen

GRAENSER = Aldersgraenser(maalgruppe_1=Aldersspaend(18, 24), maalgruppe_2=Aldersspaend(25, 64))
TO_EMNER = frozenset({Emne.BOLIGPROBLEMER, Emne.MISBRUG})

quick = settings(max_examples=150, deadline=None)
alder = st.integers(-1, 120)
kategori_1 = st.frozensets(st.sampled_from(["opsoeger_ikke_hjaelp", "svarer_ikke_paa_henvendelser"]))
emner = st.frozensets(st.sampled_from(Emne))
spaend = st.builds(Aldersspaend, st.integers(0, 120), st.integers(0, 120))
graenser = st.builds(Aldersgraenser, spaend, spaend)


@pytest.mark.parametrize(
    ("years", "ticked", "topics", "expected"),
    [
        (18, set(), TO_EMNER, Screening(1, Grund.OPFYLDT)),
        (24, set(), TO_EMNER, Screening(1, Grund.OPFYLDT)),
        (25, {"opsoeger_ikke_hjaelp"}, TO_EMNER, Screening(2, Grund.OPFYLDT)),
        (64, {"opsoeger_ikke_hjaelp"}, TO_EMNER, Screening(2, Grund.OPFYLDT)),
        (25, set(), TO_EMNER, Screening(None, Grund.INTET_I_KATEGORI_1)),
        (18, set(), {Emne.MISBRUG}, Screening(None, Grund.FOR_FAA_EMNER)),
        (25, {"opsoeger_ikke_hjaelp"}, {Emne.MISBRUG}, Screening(None, Grund.FOR_FAA_EMNER)),
        (17, {"opsoeger_ikke_hjaelp"}, TO_EMNER, Screening(None, Grund.UDEN_FOR_ALDER)),
        (65, {"opsoeger_ikke_hjaelp"}, set(Emne), Screening(None, Grund.UDEN_FOR_ALDER)),
    ],
)
def test_each_group_asks_for_its_own(years, ticked, topics, expected):
    """Group 1 needs two topics, group 2 one criterion of category 1 beside them; the age limits are included."""
    assert screen(years, ticked, topics, GRAENSER) == expected


@quick
@given(alder, kategori_1, emner, graenser)
def test_a_group_means_that_all_its_conditions_hold(years, ticked, topics, limits):
    """Whoever is in a group is of its age, has two topics, and in group 2 a criterion of category 1."""
    outcome = screen(years, ticked, topics, limits)
    assert (outcome.maalgruppe is not None) == (outcome.grund is Grund.OPFYLDT)
    if outcome.maalgruppe == 1:
        assert years in limits.maalgruppe_1
        assert len(topics) >= 2
    if outcome.maalgruppe == 2:
        assert years in limits.maalgruppe_2
        assert len(topics) >= 2
        assert ticked


@quick
@given(alder, kategori_1, emner, graenser)
def test_nobody_is_left_out_who_meets_the_conditions_of_a_group(years, ticked, topics, limits):
    """Where a group's conditions hold, the citizen is in a group."""
    enough = len(topics) >= 2
    first = years in limits.maalgruppe_1 and enough
    second = years in limits.maalgruppe_2 and enough and bool(ticked)
    assert (screen(years, ticked, topics, limits).maalgruppe is not None) == (first or second)


@quick
@given(alder, kategori_1, emner, graenser, st.data())
def test_fewer_ticks_never_put_anyone_into_a_group(years, ticked, topics, limits, data):
    """What is withheld from a copy can hide that the citizen belongs to a group, never make it look so."""
    fewer = data.draw(st.frozensets(st.sampled_from(sorted(topics)))) if topics else topics
    less = data.draw(st.frozensets(st.sampled_from(sorted(ticked)))) if ticked else ticked
    if screen(years, less, fewer, limits).maalgruppe is not None:
        assert screen(years, ticked, topics, limits).maalgruppe is not None


@quick
@given(alder, kategori_1, emner)
def test_limits_that_end_before_they_begin_hold_nobody(years, ticked, topics):
    """A configuration without ages refers nobody."""
    empty = Aldersspaend(1, 0)
    assert screen(years, ticked, topics, Aldersgraenser(empty, empty)).grund is Grund.UDEN_FOR_ALDER


def test_who_is_of_both_groups_is_judged_by_the_one_that_asks_for_less():
    """Where the configured ages overlap, nobody is refused for what only the other group needs."""
    both = Aldersgraenser(Aldersspaend(18, 40), Aldersspaend(30, 64))
    assert screen(35, frozenset(), TO_EMNER, both) == Screening(1, Grund.OPFYLDT)


def test_an_outcome_cannot_be_changed():
    """A decision is a value."""
    with pytest.raises(FrozenInstanceError):
        screen(18, frozenset(), TO_EMNER, GRAENSER).maalgruppe = 2
