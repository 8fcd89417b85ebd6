"""A recorded decision, decided again: it comes out the same, and what was changed since shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent.adjudication import Answer, Mode, Question
from consent.answering import answer
from consent.bases import read_bases
from consent.decisions import POLICY_VERSION, Reason, SammePart, Samtykkegrundlag, read_ground
from consent.declarations import Declaration, Unreadable, read_declaration
from consent.recheck import KnownVersion, Outcome, Recorded, Registers, Rested, Why, as_known, recheck
from schemas.parties import Partsart

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
NUMMER = 100
KINDS: dict[str, str] = {f"part-{kind}": kind for kind in Partsart} | {"anden-forvaltning": "forvaltning"}
PAIR = ("part-forvaltning", "anden-forvaltning")
CLAIM = {"paragraf": "§ A", "begrundelse": "Det haster", "ansvarlig": "Leder Ib"}
BASES = read_bases(
    {
        "version": 1,
        "hjemler": [
            {
                "paragraf": "§ A",
                "tekst": "Sådan er det.",
                "fra": ["forvaltning"],
                "til": ["forvaltning"],
                "oplysningstyper": ["helbred"],
                "kraever": ["begrundelse", "ansvarlig"],
                "viger_for_spaerring": True,
                "godkendt_af": "Databeskyttelsesrådgiveren",
                "godkendt_den": "2026-01-05",
                "kilde": "Loven",
                "bemaerkning": "En jurist skal bekræfte",
            }
        ],
    }
)
REGISTERS = Registers(KINDS, {}, BASES)
VALUE: dict[str, Any] = {
    "samtykke_id": "s-1",
    "version": 1,
    "borger": "borger-1",
    "sag": "sag-1",
    "formaal": "forloeb",
    "punkter": [{"punkt": 1, "parter": list(PAIR), "oplysningstyper": ["plan"]}],
    "spaerringer": [],
    "afgivet": "2026-02-01T12:00:00Z",
    "gyldig_til": None,
    "tilbagekaldt": None,
    "underskrift": "gyldig",
    "underskriver": {"relation": "borger", "bekraeftet": True},
}
QUESTION = Question(Mode.ORDINARY, "borger-1", *PAIR, (("sag-1", "forloeb"),), ("helbred", "plan"), ("plan",))


def known(nummer: int | None = 1, bekraeftet: datetime | None = NOW, **fields: Any) -> KnownVersion:
    """Return a stored version."""
    return KnownVersion(read_declaration({**VALUE, **fields}), nummer, bekraeftet, uroert=True)


def recorded(question: Question, found: Answer, **fields: Any) -> Recorded:
    """Return an answer as its entry has it."""
    record = Recorded(
        nummer=NUMMER,
        tid=NOW,
        politik=POLICY_VERSION,
        register="1.1",
        fra=question.fra,
        til=question.til,
        tilladt={category: ground.as_json() for category, ground in found.permitted.items()},
        tilbageholdt={category: reason.value for category, reason in found.withheld.items()},
        borger=question.borger,
        sag=found.sag,
        formaal=found.formaal,
        bemaerkning=None,
    )
    return replace(record, **fields)


def decided(*versions: KnownVersion, question: Question = QUESTION) -> Recorded:
    """Return a decision under these versions."""
    consents = as_known(versions, NUMMER, NOW)
    return recorded(question, answer(question, consents, BASES, KINDS, NOW))


def checked(record: Recorded, *versions: KnownVersion) -> tuple[Outcome, Why | None]:
    """Return what comes of deciding it again under these versions."""
    found = recheck(record, Rested(QUESTION, versions, REGISTERS))
    return found.outcome, found.hvorfor


SAME = (Outcome.SAMME, None)
OTHER_ANSWER = (Outcome.FORSKELLIG, Why.ANDET_SVAR)

values = st.fixed_dictionaries(
    {name: st.just(value) for name, value in VALUE.items()}
    | {
        "samtykke_id": st.sampled_from(["s-1", "s-2"]),
        "version": st.integers(1, 3),
        "sag": st.sampled_from(["sag-1", "sag-2"]),
        "spaerringer": st.sampled_from([[], [], [{"til": ["*"], "oplysningstyper": ["helbred"]}]]),
        "afgivet": st.sampled_from(["2026-02-01T12:00:00Z", "2024-02-01T12:00:00Z", "2026-10-01T12:00:00Z"]),
        "tilbagekaldt": st.sampled_from([None, "2026-03-01T12:00:00Z", "2026-09-20T12:00:00Z"]),
        "underskrift": st.sampled_from(["gyldig", "gyldig", "ugyldig"]),
    }
)
instants = st.sampled_from([None, NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)])
stored = st.lists(
    st.builds(
        lambda value, nummer, since: KnownVersion(read_declaration(value), nummer, since, uroert=True),
        values,
        st.none() | st.integers(1, 200),
        instants,
    ),
    max_size=5,
)
questions = st.builds(
    Question,
    mode=st.sampled_from(Mode),
    borger=st.just("borger-1"),
    fra=st.sampled_from([*PAIR, *KINDS]),
    til=st.sampled_from([*PAIR, *KINDS]),
    cases=st.sampled_from([(("sag-1", "forloeb"),), (("sag-1", "forloeb"), ("sag-2", "forloeb")), ()]),
    oplysningstyper=st.lists(st.sampled_from(["plan", "helbred", "boern"]), min_size=1, unique=True).map(tuple),
    core=st.sampled_from([(), ("plan",)]),
    hjemler=st.sampled_from([(), (CLAIM,)]),
    samtykke=st.sampled_from([None, ("s-1", 1)]),
)


@given(questions, stored)
@settings(max_examples=200)
def test_a_decision_comes_out_the_same(question: Question, versions: list[KnownVersion]) -> None:
    """Whatever was declared, asked and known: the same premises give the same answer."""
    record = decided(*versions, question=question)
    assert recheck(record, Rested(question, versions, REGISTERS)).outcome is Outcome.SAMME


@given(questions, stored, stored)
@settings(max_examples=100)
def test_what_came_later_changes_nothing(
    question: Question, versions: list[KnownVersion], later: list[KnownVersion]
) -> None:
    """Declarations that were recorded after the decision, or that the log knows nothing of, were not there."""
    record = decided(*versions, question=question)
    since = [replace(one, nummer=None if one.nummer is None else NUMMER + one.nummer) for one in later]
    assert recheck(record, Rested(question, [*versions, *since], REGISTERS)).outcome is Outcome.SAMME


@given(questions, stored, st.data())
@settings(max_examples=100)
def test_a_tampered_answer_is_found(question: Question, versions: list[KnownVersion], data: st.DataObject) -> None:
    """An entry that says of one category something else than the rules is told, with the category."""
    record = decided(*versions, question=question)
    category = data.draw(st.sampled_from(question.oplysningstyper))
    forged = replace(record, tilladt={**record.tilladt, category: SammePart().as_json()}, tilbageholdt={})
    assume(question.fra != question.til)
    found = recheck(forged, Rested(question, versions, REGISTERS))
    assert found.outcome is Outcome.FORSKELLIG
    assert any(line.startswith(f"{category}:") for line in found.forskelle)


class TestTampering:
    def test_a_stored_consent_that_says_more_is_found(self) -> None:
        """A point widened after the decision gives another answer."""
        record = decided(known())
        wider = {"punkt": 1, "parter": list(PAIR), "oplysningstyper": ["plan", "helbred"]}
        assert checked(record, known()) == SAME
        assert checked(record, known(punkter=[wider])) == OTHER_ANSWER

    def test_a_stored_consent_that_is_gone_is_found(self) -> None:
        """A version taken out of the store leaves the decision without its ground."""
        assert checked(decided(known())) == OTHER_ANSWER

    def test_a_withdrawal_that_was_put_back_in_time_is_found(self) -> None:
        """Withdrawn after the decision is no difference; withdrawn before it is."""
        record = decided(known())
        assert checked(record, known(tilbagekaldt="2026-09-14T10:00:01Z")) == SAME
        assert checked(record, known(tilbagekaldt="2026-09-14T10:00:00Z")) == OTHER_ANSWER

    def test_a_confirmation_counts_from_when_it_was_made(self) -> None:
        """A signer confirmed after the decision was none at it."""
        record = decided(known(bekraeftet=None))
        assert set(record.tilbageholdt.values()) == {Reason.UNDERSKRIFT_UGYLDIG}
        assert checked(record, known(bekraeftet=NOW + timedelta(seconds=1))) == SAME
        assert checked(record, known(bekraeftet=NOW)) == OTHER_ANSWER

    def test_another_document_is_found_even_where_the_answer_is_the_same(self) -> None:
        """The log holds the hash of what was signed."""
        changed = replace(known(), uroert=False)
        assert checked(decided(known()), changed) == (Outcome.FORSKELLIG, Why.ANDET_SAMTYKKE)
        assert checked(decided(known()), known(), replace(changed, nummer=NUMMER + 1)) == SAME

    def test_a_declaration_that_no_longer_opens_is_found(self) -> None:
        """Its citizen is refused everything now, and was not then."""
        broken = KnownVersion(Unreadable("does not open", "borger-1"), 1, None, uroert=False)
        assert checked(decided(known()), broken) == (Outcome.FORSKELLIG, Why.ANDET_SAMTYKKE)

    def test_a_question_of_another_entry_is_found(self) -> None:
        """The stored question must be of the entry's citizen, sender and receiver."""
        record, other = decided(known()), (Outcome.FORSKELLIG, Why.ANDET_SPOERGSMAAL)
        assert checked(replace(record, borger="en-anden"), known()) == other
        assert checked(replace(record, fra="en-anden"), known()) == other
        assert checked(replace(record, til="en-anden"), known()) == other

    def test_another_case_is_found(self) -> None:
        """The case under which it was decided is part of the answer."""
        found = recheck(replace(decided(known()), sag="sag-9"), Rested(QUESTION, [known()], REGISTERS))
        assert found.forskelle == ("sag, formaal",)


class TestNothingToSend:
    def test_a_permit_of_which_nothing_could_be_sent_is_the_same(self) -> None:
        """It was recorded as not covered, with a remark that says why; the event itself is gone."""
        found = answer(QUESTION, as_known([known()], NUMMER, NOW), BASES, KINDS, NOW)
        nothing = dict.fromkeys(found.permitted, Reason.OPLYSNINGSTYPE_IKKE_OMFATTET)
        emptied = replace(found, permitted={}, withheld={**nothing, **found.withheld})
        record = recorded(QUESTION, emptied, bemaerkning="intet_at_sende")
        assert checked(record, known()) == SAME
        assert checked(replace(record, bemaerkning=None), known()) == OTHER_ANSWER


class TestWhatCannotBeRecomputed:
    @pytest.mark.parametrize("why", [Why.SLETTET, Why.INTET_SPOERGSMAAL])
    def test_without_its_question_it_says_so(self, why: Why) -> None:
        """Erased, or never there: that is no difference, and is told as what it is."""
        found = recheck(decided(known()), Rested(why, [known()], REGISTERS))
        assert (found.outcome, found.hvorfor, found.forskelle) == (Outcome.UMULIG, why, ())

    def test_a_question_that_does_not_open_with_its_key_is_a_difference(self) -> None:
        """Somebody has changed it."""
        found = recheck(decided(known()), Rested(Why.ANDET_SPOERGSMAAL, [known()], REGISTERS))
        assert found.outcome is Outcome.FORSKELLIG

    def test_rules_and_registers_of_another_time_are_named(self) -> None:
        """A release that lacks them says so, and guesses nothing."""
        record = decided(known())
        assert checked(replace(record, politik="0"), known()) == (Outcome.UMULIG, Why.UKENDT_POLITIK)
        lost = recheck(record, Rested(QUESTION, [known()], None))
        assert (lost.outcome, lost.hvorfor) == (Outcome.UMULIG, Why.UKENDT_REGISTER)


class TestReadingGrounds:
    def test_a_ground_is_read_as_it_was_written(self) -> None:
        """Every ground of the log's form comes back the same; another form is none."""
        for ground in (SammePart(), Samtykkegrundlag("s-1", 2, 4)):
            assert read_ground(ground.as_json()) == ground
        with pytest.raises(ValueError, match="another version"):
            read_ground({"ground": "held"})


def test_only_declarations_are_undone() -> None:
    """What cannot be read stays unreadable, whenever it was recorded."""
    broken = KnownVersion(Unreadable("does not open", "borger-1"), 1, None, uroert=False)
    [found, read] = as_known([broken, known()], NUMMER, NOW)
    assert isinstance(found, Unreadable)
    assert isinstance(read, Declaration)
