"""Until when an answer holds: the first instant at which the clock alone may take something of it away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.adjudication import Answer, Mode, Premises, Question, adjudicate
from consent.declarations import Declaration, read_declaration
from consent.rules import Basis

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
PARTIES = {"jobcenter": "forvaltning", "social": "forvaltning"}
BASES = (Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({"helbred"})),)
CLAIM = {"paragraf": "§ A", "begrundelse": "akut", "ansvarlig": "leder"}
PLAN = {"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]}
BLOCK = {"til": ["social"], "oplysningstyper": ["plan"]}
QUESTION = Question(Mode.ORDINARY, "borger-1", "jobcenter", "social", (("sag-1", "forloeb"),), ("plan", "helbred"), ())


def declared(samtykke_id: str = "s-1", **fields: Any) -> Declaration:
    """Return a declaration about `plan` that holds at NOW until 1 February 2027 at 12, changed by `fields`."""
    value = {
        "samtykke_id": samtykke_id,
        "version": 1,
        "borger": "borger-1",
        "sag": "sag-1",
        "formaal": "forloeb",
        "punkter": [PLAN],
        "spaerringer": [],
        "afgivet": "2026-02-01T12:00:00Z",
        "gyldig_til": None,
        "tilbagekaldt": None,
        "underskrift": "gyldig",
        "underskriver": {"relation": "borger", "bekraeftet": True},
        **fields,
    }
    read = read_declaration(value)
    assert isinstance(read, Declaration)
    return read


def answer(asked: Question, *consents: Declaration, now: datetime = NOW) -> Answer:
    """Answer a question."""
    return adjudicate(asked, Premises(consents, BASES, PARTIES, now))


class TestUntil:
    def test_a_consent_holds_until_it_lapses(self) -> None:
        """A year after it was given, or at its own end."""
        assert answer(QUESTION, declared()).until == datetime(2027, 2, 1, 12, tzinfo=UTC)
        ended = declared(gyldig_til="2026-10-01")
        assert answer(QUESTION, ended).until == datetime(2026, 10, 1, 22, tzinfo=UTC)

    def test_the_first_of_several_grounds_counts(self) -> None:
        """What rests on two declarations is asked again when the first of them lapses."""
        health = [{**PLAN, "oplysningstyper": ["helbred"]}]
        until = answer(QUESTION, declared(), declared("s-2", punkter=health, gyldig_til="2026-10-01")).until
        assert until == datetime(2026, 10, 1, 22, tzinfo=UTC)

    def test_what_rests_on_no_consent_does_not_lapse(self) -> None:
        """A legal basis has no end by the clock; a declaration that is no ground of the answer does not count."""
        claimed = replace(QUESTION, oplysningstyper=("helbred",), hjemler=(CLAIM,))
        found = answer(claimed, declared())
        assert (set(found.permitted), found.until) == ({"helbred"}, None)

    def test_a_refusal_does_not_lapse(self) -> None:
        """Nothing of it can be taken away."""
        assert answer(QUESTION).until is None
        assert answer(QUESTION, declared(), now=NOW.replace(tzinfo=None)).until is None

    def test_news_of_a_declaration_outlives_it(self) -> None:
        """It goes to whom the declaration names, whether or not that still holds."""
        asked = replace(QUESTION, mode=Mode.NAMED, oplysningstyper=("sagsforloeb",), samtykke=("s-1", 1))
        found = answer(asked, declared())
        assert (found.refused, found.until) == (False, None)

    def test_a_withdrawal_recorded_for_later_counts(self) -> None:
        """A clock that was set back leaves a withdrawal in the future: the consent ends there."""
        found = answer(QUESTION, declared(tilbagekaldt="2026-09-14T10:00:05Z"))
        assert (set(found.permitted), found.until) == ({"plan"}, NOW + timedelta(seconds=5))

    def test_a_block_given_for_later_counts(self) -> None:
        """It takes the permit away at the instant at which it begins."""
        later = declared("s-2", afgivet="2026-09-14T10:00:05Z", spaerringer=[BLOCK])
        found = answer(QUESTION, declared(), later)
        assert (set(found.permitted), found.until) == ({"plan"}, NOW + timedelta(seconds=5))
        assert answer(QUESTION, declared(), later, now=NOW + timedelta(seconds=5)).refused

    @pytest.mark.parametrize("earlier", [timedelta(microseconds=1), timedelta(days=1)])
    def test_it_is_the_very_instant(self, earlier: timedelta) -> None:
        """Before it the permit stands, from it on it does not."""
        until = answer(QUESTION, declared()).until
        assert until is not None
        assert not answer(QUESTION, declared(), now=until - earlier).refused
        assert answer(QUESTION, declared(), now=until).refused


seconds = st.integers(-3, 5)
instants = seconds.map(lambda after: (NOW + timedelta(seconds=after)).isoformat())
year_before = seconds.map(lambda after: (NOW.replace(year=2025) + timedelta(seconds=after)).isoformat())
declarations = st.builds(
    lambda samtykke_id, version, sag, fields: declared(samtykke_id, version=version, sag=sag, **fields),
    st.sampled_from(["s-1", "s-2", "s-3"]),
    st.integers(1, 2),
    st.sampled_from(["sag-1", "sag-1", "sag-2"]),
    st.fixed_dictionaries(
        {"punkter": st.lists(st.just(PLAN) | st.just({**PLAN, "oplysningstyper": ["plan", "helbred"]}), min_size=1)},
        optional={
            "afgivet": instants | year_before,
            "tilbagekaldt": instants,
            "spaerringer": st.just([BLOCK]),
            "underskrift": st.just("ugyldig"),
        },
    ),
)
consents = st.lists(declarations, max_size=4, unique_by=lambda one: (one.samtykke_id, one.version))
questions = st.builds(
    lambda mode, core, cases, claims: replace(
        QUESTION, mode=mode, core=core, cases=cases, hjemler=claims, samtykke=("s-1", 1)
    ),
    st.sampled_from(Mode),
    st.sampled_from([(), ("plan",)]),
    st.lists(st.sampled_from([("sag-1", "forloeb"), ("sag-2", "forloeb")]), max_size=2, unique=True).map(tuple),
    st.sampled_from([(), (CLAIM,)]),
)


@settings(max_examples=200, deadline=None)
@given(questions, consents, st.integers(0, 7_000_000))
def test_until_then_nothing_that_was_permitted_is_taken_away(
    asked: Question, given: list[Declaration], after: int
) -> None:
    """Whatever was declared, nothing permitted now falls by the clock alone before the instant that was told."""
    first, then = answer(asked, *given), NOW + timedelta(microseconds=after)
    assert first.until is None or first.until > NOW
    if first.until is None or then < first.until:
        assert answer(asked, *given, now=then).permitted.keys() >= first.permitted.keys()
