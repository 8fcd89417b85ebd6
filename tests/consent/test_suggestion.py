"""What the citizen could sign: whoever signs just that has allowed just that."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent.adjudication import Mode, Premises, Question, adjudicate
from consent.decisions import Reason, Request
from consent.declarations import NAVNGIVET, Declaration, read_declaration
from consent.rules import decide
from consent.suggestion import Forslag, could_sign, direction
from schemas.parties import Partsart

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
KINDS: dict[str, str] = {f"part-{kind}": kind for kind in Partsart} | {"anden-forvaltning": "forvaltning"}
PAIR = ("part-forvaltning", "anden-forvaltning")
INCURABLE = {Reason.UKENDT_PART, Reason.UKENDT_OPLYSNINGSTYPE, Reason.LAESEFEJL, Reason.FEJL_I_AFGOERELSE}
VALUE: dict[str, Any] = {
    "version": 1,
    "borger": "borger-1",
    "sag": "sag-1",
    "formaal": "forloeb",
    "punkter": [],
    "spaerringer": [],
    "afgivet": "2026-09-14T09:00:00Z",
    "gyldig_til": None,
    "tilbagekaldt": None,
    "underskrift": "gyldig",
    "underskriver": {"relation": "borger", "bekraeftet": True},
}

parties = st.sampled_from([*PAIR, *KINDS])
types = st.sampled_from(["plan", "helbred", "misbrug", "boern"])
points = st.fixed_dictionaries(
    {"punkt": st.sampled_from([1, 2, 4]), "parter": st.just(list(PAIR)), "oplysningstyper": st.lists(types, max_size=2)}
)
blocks = st.fixed_dictionaries(
    {
        "til": st.lists(parties | st.sampled_from(["*", *Partsart]), min_size=1, max_size=2),
        "oplysningstyper": st.lists(types | st.just("*"), min_size=1, max_size=2),
    }
)
values = st.fixed_dictionaries(
    {name: st.just(value) for name, value in VALUE.items()}
    | {
        "sag": st.sampled_from(["sag-1", "sag-2"]),
        "punkter": st.lists(points, max_size=2),
        "spaerringer": st.lists(blocks, max_size=1),
        "tilbagekaldt": st.sampled_from([None, "2026-09-14T09:30:00Z"]),
        "underskrift": st.sampled_from(["gyldig", "gyldig", "ugyldig"]),
    }
)
files = st.lists(values, max_size=3).map(
    lambda found: [{**value, "samtykke_id": f"s-{number}"} for number, value in enumerate(found)]
)
questions = st.builds(
    Question,
    mode=st.sampled_from([Mode.ORDINARY, Mode.ASKED]),
    borger=st.just("borger-1"),
    fra=parties,
    til=parties,
    cases=st.just((("sag-1", "forloeb"),)),
    oplysningstyper=st.lists(types, min_size=1, max_size=3, unique=True).map(tuple),
    core=st.sampled_from([(), ("plan",)]),
)


def signed(forslag: Forslag, held: list[dict[str, Any]]) -> list[Declaration]:
    """Return the citizen's declarations after just what is suggested was signed."""
    who: dict[str, Any] = {"fra": [forslag.fra], "til": [forslag.til]}
    if forslag.punkt != NAVNGIVET:
        who = {"parter": [forslag.fra, forslag.til]}
    point = {"punkt": forslag.punkt, **who, "oplysningstyper": list(forslag.oplysningstyper)}
    new = {**VALUE, "samtykke_id": "ny", "sag": forslag.sag, "formaal": forslag.formaal, "punkter": [point]}
    lifted = {"version": 2, "spaerringer": [], "underskrift": "gyldig"}
    lifting = [{**value, **lifted} for value in held if value["samtykke_id"] in forslag.spaerringer]
    return [read for value in [*held, *lifting, new] if isinstance(read := read_declaration(value), Declaration)]


@given(questions, files)
@settings(max_examples=200)
def test_signing_what_is_suggested_allows_it(question: Question, held: list[dict[str, Any]]) -> None:
    """The rules themselves permit everything that was suggested, once it is signed."""
    before = Premises([_read(value) for value in held], (), KINDS, NOW)
    answer = adjudicate(question, before)
    assume(answer.withheld and question.fra != question.til)
    forslag = could_sign(question, answer.withheld, before)
    assert forslag is not None
    fra, til = direction(question)
    asked = Request("borger-1", "sag-1", "forloeb", fra, til, forslag.oplysningstyper)
    assert not decide(asked, signed(forslag, held), (), KINDS, NOW).withheld


@given(questions, files)
@settings(max_examples=100)
def test_nothing_is_suggested_that_is_allowed_already(question: Question, held: list[dict[str, Any]]) -> None:
    """What a core category took with it needs no signature of its own."""
    there = Premises([_read(value) for value in held], (), KINDS, NOW)
    answer = adjudicate(question, there)
    assume(answer.withheld)
    forslag = could_sign(question, answer.withheld, there)
    assert forslag is not None
    fra, til = direction(question)
    alone = decide(
        Request("borger-1", "sag-1", "forloeb", fra, til, question.oplysningstyper), there.consents, (), KINDS, NOW
    )
    assert set(forslag.oplysningstyper) <= alone.withheld.keys()


class TestWhatNoSignatureMends:
    @pytest.mark.parametrize("reason", sorted(INCURABLE))
    def test_nothing_is_suggested(self, reason: Reason) -> None:
        """An unknown party, a fault, or a declaration that cannot be read is for others to mend."""
        assert could_sign(QUESTION, {"plan": reason}, Premises((), (), KINDS, NOW)) is None

    @pytest.mark.parametrize("reason", sorted(set(Reason) - INCURABLE))
    def test_everything_else_can_be_signed(self, reason: Reason) -> None:
        """Every other reason has a suggestion that names the category."""
        found = could_sign(QUESTION, {"plan": reason}, Premises((), (), KINDS, NOW))
        assert found == Forslag(1, *PAIR, ("plan",), "sag-1", "forloeb")

    def test_news_of_a_declaration_goes_to_those_it_names(self) -> None:
        """Signing another declaration does not help."""
        news = {"plan": Reason.PART_IKKE_NAVNGIVET}
        asked = Question(Mode.NAMED, "borger-1", *PAIR, (), ("plan",), (), (), ("s-1", 1))
        assert could_sign(asked, news, Premises((), (), KINDS, NOW)) is None


QUESTION = Question(Mode.ORDINARY, "borger-1", *PAIR, (("sag-1", "forloeb"),), ("plan",), ())


@pytest.mark.parametrize(
    ("fra", "til", "punkt"),
    [
        ("forvaltning", "uu", 1),
        ("forvaltning", "region_sundhedsfaglig", 2),
        ("sundhedsvaesen", "region_sundhedsfaglig", 3),
        ("praktiserende_laege", "forvaltning", 4),
        ("region_sundhedsfaglig", "sundhedsvaesen", NAVNGIVET),
        ("forvaltning", "privat", NAVNGIVET),
    ],
)
def test_the_point_is_the_forms_own_where_it_has_one(fra: str, til: str, punkt: int | str) -> None:
    """The point that covers this pair of kinds in this direction, else the one that names its parties."""
    question = Question(Mode.ORDINARY, "borger-1", f"part-{fra}", f"part-{til}", (), ("plan",), ())
    found = could_sign(question, {"plan": Reason.INTET_SAMTYKKE}, Premises((), (), KINDS, NOW))
    assert found == Forslag(punkt, f"part-{fra}", f"part-{til}", ("plan",), None, None)


def _read(value: dict[str, Any]) -> Declaration:
    read = read_declaration(value)
    assert isinstance(read, Declaration)
    return read
