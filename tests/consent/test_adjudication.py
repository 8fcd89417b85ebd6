"""From an event's question to its answer: cases in order, the core, requests, and news of a declaration."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.adjudication import Answer, Mode, Premises, Question, adjudicate
from consent.declarations import Declaration, Unreadable, read_declaration
from consent.rules import Basis, Hjemmelsgrundlag, Reason, Samtykkegrundlag
from schemas.categories import Oplysningstype

Json = dict[str, Any]

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
PARTIES = {
    "jobcenter": "forvaltning",
    "social": "forvaltning",
    "laegehuset": "praktiserende_laege",
    "klinikken": "region_sundhedsfaglig",
}
BASES = (Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({"plan", "helbred"})),)
CLAIM = {"paragraf": "§ A", "begrundelse": "akut", "ansvarlig": "leder"}
CASE, OTHER = ("sag-1", "forloeb"), ("sag-2", "forloeb")


def point(*oplysningstyper: str, punkt: int = 1, parter: tuple[str, ...] = ("jobcenter", "social")) -> Json:
    """Return one point of the form."""
    return {"punkt": punkt, "parter": list(parter), "oplysningstyper": list(oplysningstyper)}


def declared(samtykke_id: str = "s-1", *punkter: Json, **fields: Any) -> Declaration:
    """Return a declaration in CASE that holds at NOW, changed by `fields`."""
    value = {
        "samtykke_id": samtykke_id,
        "version": 1,
        "borger": "borger-1",
        "sag": "sag-1",
        "formaal": "forloeb",
        "punkter": list(punkter) or [point("plan", "helbred")],
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


def question(*oplysningstyper: str, **fields: Any) -> Question:
    """Return an ordinary question from jobcenter to social in CASE, changed by `fields`."""
    values: Json = {"mode": Mode.ORDINARY, "borger": "borger-1", "fra": "jobcenter", "til": "social", "cases": (CASE,)}
    return Question(**{**values, "oplysningstyper": oplysningstyper or ("plan",), "core": (), **fields})


def answer(asked: Question, *consents: Declaration | Unreadable) -> Answer:
    """Answer a question at NOW."""
    return adjudicate(asked, Premises(consents, BASES, PARTIES, NOW))


class TestOrdinary:
    def test_each_category_is_permitted_or_withheld_by_itself(self) -> None:
        """What is consented to goes and the rest does not, under the event's own case."""
        found = answer(question("plan", "boern"), declared())
        assert found == Answer(
            {"plan": Samtykkegrundlag("s-1", 1, 1)},
            {"boern": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET},
            "sag-1",
            "forloeb",
            until=datetime(2027, 2, 1, 12, tzinfo=UTC),
        )
        assert not found.refused
        assert found.types == {Oplysningstype.PLAN}

    def test_a_withheld_core_category_withholds_everything(self) -> None:
        """Without its core nothing of the event goes, and what would have gone is withheld for the core's reason."""
        found = answer(question("plan", "boern", core=("boern",)), declared())
        assert found.refused
        assert found.withheld == dict.fromkeys(("plan", "boern"), Reason.OPLYSNINGSTYPE_IKKE_OMFATTET)

    def test_a_permitted_core_withholds_nothing(self) -> None:
        """A core that goes leaves the other categories to themselves."""
        assert set(answer(question("plan", "boern", core=("plan",)), declared()).permitted) == {"plan"}

    def test_what_was_withheld_anyway_keeps_its_reason(self) -> None:
        """A withheld core gives its reason to what would have gone, not to what had a reason of its own."""
        blocked = declared(spaerringer=[{"til": ["social"], "oplysningstyper": ["helbred"]}])
        found = answer(question("plan", "helbred", "boern", core=("boern",)), blocked)
        assert found.withheld == {
            "plan": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET,
            "helbred": Reason.SPAERRET,
            "boern": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET,
        }

    def test_nothing_asked_for_is_refused(self) -> None:
        """A question about no category at all is refused, not let through."""
        found = answer(question(oplysningstyper=()), declared())
        assert found.refused
        assert found.withheld == {"*": Reason.UKENDT_OPLYSNINGSTYPE}

    def test_what_the_rules_cannot_settle_is_refused_with_an_alarm(self) -> None:
        """A time without a zone refuses everything, and somebody is told."""
        found = adjudicate(question(), Premises([declared()], BASES, PARTIES, NOW.replace(tzinfo=None)))
        assert (found.refused, found.alarm) == (True, True)

    def test_an_unreadable_declaration_refuses_everything(self) -> None:
        """One declaration that does not open may hold a block, so nothing goes on the others."""
        found = answer(question(), declared(), Unreadable("does not open", "borger-1"))
        assert found.withheld == {"plan": Reason.LAESEFEJL}


class TestCases:
    def test_the_first_case_that_permits_anything_is_used_and_named(self) -> None:
        """Several cases are tried in the order given; the answer says under which one it permits."""
        found = answer(question(cases=(OTHER, CASE)), declared())
        assert (set(found.permitted), found.sag, found.formaal) == ({"plan"}, "sag-1", "forloeb")

    def test_an_earlier_case_that_permits_less_is_not_passed_over(self) -> None:
        """The first case that permits anything decides, even where a later one would permit more."""
        consents = declared("s-1", point("plan")), declared("s-2", point("plan", "helbred"), sag="sag-2")
        found = answer(question("plan", "helbred", cases=(CASE, OTHER)), *consents)
        assert (set(found.permitted), found.sag) == ({"plan"}, "sag-1")

    def test_a_case_whose_core_is_withheld_permits_nothing(self) -> None:
        """A case that permits something but not the core is passed over for one that permits the core."""
        consents = declared("s-1", point("helbred")), declared("s-2", point("plan"), sag="sag-2")
        found = answer(question("plan", "helbred", core=("plan",), cases=(CASE, OTHER)), *consents)
        assert (set(found.permitted), found.sag) == ({"plan"}, "sag-2")

    def test_where_no_case_permits_the_first_one_answers(self) -> None:
        """A refusal under several cases is told as the first case refused it."""
        found = answer(question("boern", cases=(CASE, OTHER)), declared())
        assert (found.withheld, found.sag) == ({"boern": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET}, "sag-1")

    def test_without_a_case_a_consent_is_not_looked_for(self) -> None:
        """No case at all is `anden_sag`, with consents and without, and no case is named."""
        for consents in ((), (declared(),), (declared(tilbagekaldt="2026-03-01T00:00:00Z"),)):
            found = answer(question(cases=()), *consents)
            assert (found.withheld, found.sag, found.formaal) == ({"plan": Reason.ANDEN_SAG}, None, None)

    def test_without_a_case_what_rests_on_no_case_keeps_its_reason(self) -> None:
        """Blocks, unknown parties and categories, unreadable declarations and failed claims say what they are."""
        blocked = declared(spaerringer=[{"til": ["*"], "oplysningstyper": ["plan"]}])
        unread = Unreadable("does not open", "borger-1")
        claimed = question("boern", cases=(), hjemler=(CLAIM,))
        assert answer(question(cases=()), blocked).withheld == {"plan": Reason.SPAERRET}
        assert answer(question(cases=(), til="ukendt")).withheld == {"plan": Reason.UKENDT_PART}
        assert answer(question("stjernetegn", cases=())).withheld == {"stjernetegn": Reason.UKENDT_OPLYSNINGSTYPE}
        assert answer(question(cases=()), unread).withheld == {"plan": Reason.LAESEFEJL}
        assert answer(claimed).withheld == {"boern": Reason.HJEMMEL_UGYLDIG}

    def test_without_a_case_a_legal_basis_still_permits(self) -> None:
        """First events have neither case nor consent to rest on: a claimed paragraph needs neither."""
        found = answer(question("plan", "boern", cases=(), hjemler=(CLAIM,)), declared())
        assert found.permitted == {"plan": Hjemmelsgrundlag("§ A")}
        assert found.withheld == {"boern": Reason.ANDEN_SAG}


class TestAsked:
    """A request may go when the answer could come."""

    GP = ("jobcenter", "laegehuset")

    def test_it_is_decided_with_sender_and_receiver_exchanged(self) -> None:
        """A consent that lets the answer come lets the request go, though it lets nothing go the request's own way."""
        answers_only = {"punkt": "navngivet", "fra": ["laegehuset"], "til": ["jobcenter"], "oplysningstyper": ["plan"]}
        asked = question(mode=Mode.ASKED, til="laegehuset")
        assert set(answer(asked, declared("s-1", answers_only)).permitted) == {"plan"}
        assert answer(question(til="laegehuset"), declared("s-1", answers_only)).refused

    def test_all_that_is_asked_for_must_be_permitted(self) -> None:
        """One category that could not come withholds the whole request."""
        consent = declared("s-1", point("helbred", punkt=4, parter=self.GP))
        asked = question("helbred", "misbrug", mode=Mode.ASKED, til="laegehuset")
        assert answer(asked, consent).refused
        assert set(answer(asked, consent).withheld) == {"helbred", "misbrug"}
        assert not answer(question("helbred", mode=Mode.ASKED, til="laegehuset"), consent).refused

    def test_a_block_against_the_asker_stops_the_request(self) -> None:
        """What must not reach the asker is not asked for."""
        block = [{"til": ["jobcenter"], "oplysningstyper": ["helbred"]}]
        consent = declared("s-1", point("helbred", punkt=4, parter=self.GP), spaerringer=block)
        found = answer(question("helbred", mode=Mode.ASKED, til="laegehuset"), consent)
        assert found.withheld == {"helbred": Reason.SPAERRET}


NEWS: Json = {"mode": Mode.NAMED, "samtykke": ("s-1", 1)}


class TestNamed:
    """News of a declaration goes to whoever that declaration names."""

    def test_a_named_party_is_told_whatever_the_points_list(self) -> None:
        """The news carries sagsforloeb, which no point needs to list."""
        found = answer(question("sagsforloeb", **NEWS), declared())
        assert found.permitted == {"sagsforloeb": Samtykkegrundlag("s-1", 1, 1)}

    def test_the_withdrawal_reaches_those_who_were_told(self) -> None:
        """A declaration that no longer holds is still told of."""
        withdrawn = declared(tilbagekaldt="2026-03-01T00:00:00Z")
        assert not answer(question("sagsforloeb", **NEWS), withdrawn).refused

    def test_nobody_else_is_told(self) -> None:
        """A party that only another declaration names hears nothing."""
        other = declared("s-2", point("plan", punkt=2, parter=("jobcenter", "klinikken")))
        found = answer(question("sagsforloeb", til="klinikken", **NEWS), declared(), other)
        assert found.withheld == {"sagsforloeb": Reason.PART_IKKE_NAVNGIVET}

    @pytest.mark.parametrize("blocked", ["s-1", "s-2"])
    def test_a_block_in_any_declaration_silences_the_news(self, blocked: str) -> None:
        """A named party that the citizen has blocked for sagsforloeb is not told either."""
        block = [{"til": ["social"], "oplysningstyper": ["sagsforloeb"]}]
        consents = [declared(one, spaerringer=block if one == blocked else []) for one in ("s-1", "s-2")]
        assert answer(question("sagsforloeb", **NEWS), *consents).withheld == {"sagsforloeb": Reason.SPAERRET}

    def test_a_declaration_that_nobody_has_is_told_to_nobody(self) -> None:
        """News of an unknown declaration, or another version of one, is refused."""
        for told in (("s-9", 1), ("s-1", 2), None):
            asked = question("sagsforloeb", mode=Mode.NAMED, samtykke=told)
            assert answer(asked, declared()).refused


types = st.sampled_from(["plan", "helbred", "boern", "stjernetegn", "*"])
texts = st.text(max_size=5)
parter = st.sampled_from([*PARTIES, "ukendt"])
sager = st.sampled_from([CASE, OTHER, ("sag-3", "forloeb")])
points = st.builds(
    lambda typer, punkt: point(*typer, punkt=punkt, parter=tuple(PARTIES)), st.lists(types), st.sampled_from([1, 2, 4])
)
blocks = st.fixed_dictionaries(
    {"til": st.lists(parter, min_size=1, max_size=2), "oplysningstyper": st.lists(types, min_size=1, max_size=2)}
)
declarations = st.builds(
    lambda samtykke_id, case, punkter, spaerringer: declared(
        samtykke_id, *punkter, sag=case[0], formaal=case[1], spaerringer=spaerringer
    ),
    st.sampled_from(["s-1", "s-2"]),
    sager,
    st.lists(points, min_size=1, max_size=2),
    st.just([]) | st.lists(blocks, max_size=1),
)
consents = st.lists(declarations, max_size=3, unique_by=lambda one: one.samtykke_id).map(tuple)
questions = st.builds(
    Question,
    mode=st.sampled_from(Mode),
    borger=st.just("borger-1"),
    fra=parter,
    til=parter,
    cases=st.lists(sager, max_size=3).map(tuple),
    oplysningstyper=st.lists(types, max_size=4, unique=True).map(tuple),
    core=st.lists(types, max_size=1).map(tuple),
    hjemler=st.just(()) | st.just((CLAIM,)),
    samtykke=st.none() | st.just(("s-1", 1)),
)
json_values = st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2))


@settings(max_examples=200, deadline=None)
@given(questions, consents)
def test_permitted_and_withheld_share_out_what_was_asked_for(asked: Question, given: tuple[Declaration, ...]) -> None:
    """Every requested category is answered once; a withheld core or part of a request leaves nothing permitted."""
    found = answer(asked, *given)
    assert not found.permitted.keys() & found.withheld.keys()
    assert found.permitted.keys() | found.withheld.keys() == set(asked.oplysningstyper or "*")
    assert not (found.permitted and (found.withheld.keys() & set(asked.core)))
    assert not (found.permitted and found.withheld and asked.mode is Mode.ASKED)


@settings(max_examples=200, deadline=None)
@given(questions, consents, sager)
def test_another_case_takes_no_permit_away(asked: Question, given: tuple[Declaration, ...], case: Any) -> None:
    """What an earlier case permits, and on what ground, a further case does not change."""
    more = replace(asked, cases=(*asked.cases, case))
    before, after = answer(asked, *given), answer(more, *given)
    assert before.permitted.items() <= after.permitted.items()


@settings(max_examples=100, deadline=None)
@given(questions, st.lists(st.tuples(texts, texts), max_size=2), st.lists(json_values, max_size=2))
def test_a_question_comes_back_from_json_as_it_was(asked: Question, cases: list[Any], claims: list[Any]) -> None:
    """What is sealed with the delivery is the very question that was answered, whatever the sender claimed."""
    whole = replace(asked, cases=tuple(cases), hjemler=tuple(claims))
    assert Question.from_json(json.loads(json.dumps(whole.as_json()))) == whole
