"""A decision in plain Danish: words for everything the rules can answer, and nothing that was not handed in."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.adjudication import Answer, Mode, Premises, Question, adjudicate
from consent.answering import answer as answer_under
from consent.answering import premises as premises_under
from consent.bases import read_bases
from consent.cases import read_cases
from consent.decisions import Basis, Ground, Hjemmelsgrundlag, Reason, SammePart, Samtykkegrundlag
from consent.declarations import NAVNGIVET, Declaration, Unreadable, read_declaration
from consent.explain_commands import explain_case
from consent.explanation import POINTS, REASONS, explain, explain_erased
from consent.rules import COVERED
from schemas.parties import Partsart

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
KINDS: dict[str, str] = {f"part-{kind}": kind for kind in Partsart} | {"anden-forvaltning": "forvaltning"}
NAMES = {party: f"Navn på {party}" for party in KINDS}
PAIR = ("part-forvaltning", "anden-forvaltning")
CLAIM = {"paragraf": "§ A", "begrundelse": "Det haster meget", "ansvarlig": "Leder Ib"}
QUESTION = Question(
    mode=Mode.ORDINARY,
    borger="borger-hemmelig",
    fra=PAIR[0],
    til=PAIR[1],
    cases=(("sag-1", "forloeb"),),
    oplysningstyper=("helbred", "plan"),
    core=(),
)
DECLARED: dict[str, Any] = {
    "samtykke_id": "s-1",
    "version": 3,
    "borger": "borger-hemmelig",
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
ROW: dict[str, Any] = {
    "paragraf": "§ A",
    "tekst": "Sådan er det.",
    "fra": ["forvaltning"],
    "til": ["forvaltning"],
    "oplysningstyper": ["helbred"],
    "kraever": ["begrundelse", "ansvarlig", "gennemsyn"],
    "viger_for_spaerring": True,
    "vaerdispring": True,
    "godkendt_af": "Databeskyttelsesrådgiver Bo",
    "godkendt_den": "2026-01-05",
    "kilde": "Lovbogen",
    "bemaerkning": "En jurist skal bekræfte",
}


def declared(**fields: Any) -> Declaration:
    """Return a declaration."""
    read = read_declaration({**DECLARED, **fields})
    assert isinstance(read, Declaration)
    return read


def told(question: Question = QUESTION, *consents: Declaration | Unreadable, **row: Any) -> str:
    """Return what is said of a question under a register of one row, `§ A`."""
    register = read_bases({"version": 1, "hjemler": [{**ROW, **row}]})
    found = answer_under(question, consents, register, KINDS, NOW)
    there = premises_under(question, consents, register, KINDS, NOW)
    return "\n".join(explain(question, found, there, NAMES, register).afsnit)


class TestWords:
    def test_every_reason_and_every_point_has_words(self) -> None:
        """No reason and no point of the form is without a sentence of its own."""
        assert set(REASONS) == set(Reason)
        assert len(set(REASONS.values())) == len(Reason)
        assert set(POINTS) == set(COVERED)

    def test_a_consent_is_told_by_form_signer_and_point(self) -> None:
        """Which point of which signed form, by whom and when; and what it did not cover, and what would."""
        text = told(QUESTION, declared())
        assert "Plan måtte gives på borgerens samtykke." in text
        assert "Borgeren har underskrevet erklæring s-1, version 3, den 1.2.2026 kl. 13.00." in text
        assert "Dens punkt 1 gælder, når kommunens forvaltninger" in text
        assert "Helbred blev holdt tilbage: det, som må gives fra" in text
        assert (
            "punkt 1 nævner Navn på part-forvaltning og Navn på anden-forvaltning og disse oplysninger: Helbred" in text
        )

    @pytest.mark.parametrize(
        ("relation", "who"),
        [
            ("vaerge", "Borgerens værge"),
            ("foraeldremyndighed", "forældremyndigheden"),
            ("fuldmagt", "borgerens fuldmagt"),
        ],
    )
    def test_another_signer_is_told_as_one(self, relation: str, who: str) -> None:
        """A guardian's signature is not called the citizen's own."""
        assert who in told(QUESTION, declared(underskriver={"relation": relation, "bekraeftet": True}))

    def test_a_basis_is_told_by_who_stated_it_and_who_approved_it(self) -> None:
        """Paragraph, what it says, who stands for it, why, who approved it, and that it will be looked at."""
        text = told(replace(QUESTION, hjemler=(CLAIM,)))
        assert "Helbred måtte gives uden samtykke efter § A. Sådan er det." in text
        assert "Det står Leder Ib for, med begrundelsen »Det haster meget«." in text
        assert "Databeskyttelsesrådgiver Bo den 5.1.2026 (kilde: Lovbogen)" in text
        assert "værdispring" in text
        assert "senest den 21.9.2026 kl. 12.00" in text

    @pytest.mark.parametrize(
        ("claim", "row", "why"),
        [
            ({**CLAIM, "ansvarlig": " "}, {}, "mangler en begrundelse eller en ansvarlig person"),
            ({**CLAIM, "paragraf": "§ B"}, {}, "står ikke i kommunens register"),
            (CLAIM, {"godkendt_af": None, "godkendt_den": None}, "ingen databeskyttelsesrådgiver har godkendt den"),
            (CLAIM, {"gyldig_til": "2026-09-01"}, "gjaldt ikke på det tidspunkt"),
            (CLAIM, {"til": ["uu"]}, "gælder ikke fra Navn på part-forvaltning til Navn på anden-forvaltning"),
            (CLAIM, {"oplysningstyper": ["boern"]}, "omfatter ikke de oplysninger"),
            ({}, {}, "uden at sige hvilken"),
            ("§ A", {}, "uden at sige hvilken"),
        ],
    )
    def test_a_claim_that_came_to_nothing_is_told_with_what_was_missing(self, claim: Any, row: Any, why: str) -> None:
        """What was claimed is kept in the explanation in any case (DOMAIN section 6, step 7)."""
        assert why in told(replace(QUESTION, hjemler=(claim,)), **row)

    def test_a_claim_that_yields_to_a_block_says_so(self) -> None:
        """And the block's own declaration is named: it has to be lifted first."""
        block = declared(samtykke_id="s-2", punkter=[], spaerringer=[{"til": ["*"], "oplysningstyper": ["helbred"]}])
        text = told(replace(QUESTION, hjemler=(CLAIM,)), block)
        assert "den viger for borgerens spærring" in text
        assert "borgeren har spærret for, at Navn på anden-forvaltning får det" in text
        assert "Spærringen står i erklæring s-2." in text

    def test_what_a_core_category_takes_with_it_is_told(self) -> None:
        """The whole is withheld because of one part, and it is said which."""
        assert "holdes ellers helt tilbage: Helbred" in told(replace(QUESTION, core=("helbred",)), declared())

    def test_a_request_is_told_as_what_it_is(self) -> None:
        """It is the answer that must be allowed."""
        text = told(replace(QUESTION, mode=Mode.ASKED))
        assert "ville bede Navn på anden-forvaltning om oplysninger" in text
        assert "oplysninger fra Navn på anden-forvaltning til Navn på part-forvaltning" in text

    def test_news_of_a_declaration_is_told_as_what_it_is(self) -> None:
        """It goes to those it names; no other signature helps."""
        news = replace(QUESTION, mode=Mode.NAMED, samtykke=("s-1", 3), til="part-uu")
        text = told(news, declared())
        assert "besked om borgerens samtykke s-1, version 3" in text
        assert "Borgeren kan tillade det" not in text
        assert "Dens punkt 1 nævner Navn på anden-forvaltning." in told(replace(news, til=PAIR[1]), declared())

    def test_an_erased_decision_is_told_by_what_is_left(self) -> None:
        """Grounds and reasons of the open part, and that the rest is gone."""
        ground = Samtykkegrundlag("s-1", 3, 1).as_json()
        found = explain_erased(*PAIR, {"plan": ground}, {"helbred": "spaerret", "ny": "ny_kode"}, NAMES)
        text = "\n".join(found.afsnit)
        assert "er slettet eller kan ikke læses" in text
        assert "Plan måtte gives: samtykke, punkt 1." in text
        assert "Helbred blev holdt tilbage: borgeren har spærret for det." in text
        assert "ny blev holdt tilbage: ny_kode." in text
        assert found.forslag is None


parties = st.sampled_from([*PAIR, *PAIR, *KINDS, "ukendt"])
types = st.sampled_from(["plan", "helbred", "misbrug", "boern", "stjernetegn", "*"])
points = st.fixed_dictionaries(
    {
        "punkt": st.sampled_from([1, 2, 3, 4]),
        "parter": st.just(list(PAIR)),
        "oplysningstyper": st.lists(types, max_size=3),
    }
) | st.fixed_dictionaries(
    {
        "punkt": st.just(NAVNGIVET),
        "fra": st.lists(parties, max_size=2),
        "til": st.lists(parties, max_size=2),
        "oplysningstyper": st.lists(types, max_size=3),
    }
)
blocks = st.fixed_dictionaries(
    {
        "til": st.lists(parties | st.sampled_from(["*", "forvaltning"]), min_size=1, max_size=2),
        "oplysningstyper": st.lists(types, min_size=1, max_size=2),
    }
)
consents = st.fixed_dictionaries(
    {name: st.just(value) for name, value in DECLARED.items()}
    | {
        "samtykke_id": st.sampled_from(["s-1", "s-2", "s-3"]),
        "version": st.integers(1, 3),
        "borger": st.sampled_from(["borger-hemmelig", "borger-hemmelig", "en-anden"]),
        "sag": st.sampled_from(["sag-1", "sag-1", "sag-2"]),
        "formaal": st.sampled_from(["forloeb", "forloeb", "andet"]),
        "punkter": st.lists(points, max_size=2),
        "spaerringer": st.just([]) | st.lists(blocks, max_size=1),
        "afgivet": st.sampled_from(["2026-02-01T12:00:00Z", "2024-02-01T12:00:00Z", "2026-10-01T12:00:00Z"]),
        "tilbagekaldt": st.sampled_from([None, None, "2026-03-01T12:00:00Z"]),
        "underskrift": st.sampled_from(["gyldig", "gyldig", "gyldig", "ugyldig"]),
    }
).map(read_declaration)
claims = st.sampled_from([CLAIM, {**CLAIM, "paragraf": "§ B"}, {**CLAIM, "begrundelse": ""}, {}, "§ A", None])
questions = st.builds(
    Question,
    mode=st.sampled_from(Mode),
    borger=st.just("borger-hemmelig"),
    fra=parties,
    til=parties,
    cases=st.sampled_from([(("sag-1", "forloeb"),), (("sag-1", "forloeb"), ("sag-2", "andet")), ()]),
    oplysningstyper=st.lists(types, max_size=4, unique=True).map(tuple),
    core=st.sampled_from([(), ("plan",), ("boern",)]),
    hjemler=st.lists(claims, max_size=2).map(tuple),
    samtykke=st.sampled_from([None, ("s-1", 1), ("s-9", 9)]),
)
BASES = (Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({"helbred", "plan"})),)
given_all = st.lists(consents, max_size=4)


@given(questions, given_all)
@settings(max_examples=200)
def test_whatever_the_rules_answer_can_be_told(question: Question, consents: list[Declaration]) -> None:
    """Each category asked for is spoken of, nobody is named, and nothing of another citizen's is quoted."""
    theirs = [replace(one, samtykke_id=f"anden-{one.samtykke_id}", sag="andens-sag") for one in consents if _other(one)]
    everybody = [*(one for one in consents if not _other(one)), *theirs]
    found = adjudicate(question, there := Premises(everybody, BASES, KINDS, NOW))
    text = "\n".join(explain(question, found, there, NAMES).afsnit)
    assert len([*found.permitted, *found.withheld]) == 0 or "måtte gives" in text or "blev holdt tilbage" in text
    assert ("måtte gives" in text) == bool(found.permitted)
    assert ("holdt tilbage: " in text) == bool(found.withheld)
    assert not [secret for secret in ("borger-hemmelig", "en-anden", "anden-s", "andens-sag") if secret in text]


reasons = st.dictionaries(types, st.sampled_from(Reason), max_size=4)
grounds: st.SearchStrategy[Ground] = st.sampled_from(
    [
        SammePart(),
        Hjemmelsgrundlag("§ A"),
        Hjemmelsgrundlag("§ Ø"),
        Samtykkegrundlag("s-1", 1, 1),
        Samtykkegrundlag("s-9", 9, NAVNGIVET),
    ]
)


@given(questions, given_all, st.dictionaries(types, grounds, max_size=3), reasons, st.sampled_from([None, "sag-1"]))
@settings(max_examples=200)
def test_every_recorded_answer_can_be_told(
    question: Question,
    consents: list[Declaration],
    permitted: dict[str, Ground],
    withheld: dict[str, Reason],
    sag: str | None,
) -> None:
    """Also one that these premises do not lead to: what was recorded is told, and it never raises."""
    recorded = Answer(permitted, withheld, sag, sag and "forloeb")
    register = read_bases({"version": 1, "hjemler": [ROW]})
    text = "\n".join(explain(question, recorded, Premises(consents, BASES, KINDS, NOW), NAMES, register).afsnit)
    for reason in withheld.values():
        assert REASONS[reason].partition("{")[0] in text
    for ground in permitted.values():
        named = ground.as_json()
        assert str(named.get("paragraf") or named.get("samtykke_id") or "den samme part") in text


def _other(one: Declaration) -> bool:
    return one.borger != "borger-hemmelig"


garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(garbage, max_size=2), st.lists(garbage, max_size=2), garbage | st.just("2026-09-14T10:00:00Z"))
@settings(max_examples=100)
def test_a_worked_case_of_any_content_can_be_told(consents: list[Any], hjemler: list[Any], now: Any) -> None:
    """Declarations, claims and the time may be anything: the rules refuse, and the words say so."""
    case = {
        "name": "en sag",
        "now": now,
        "parter": {"a": {"kind": "forvaltning"}, "b": {"kind": "forvaltning"}},
        "hjemmelregister": [],
        "samtykker": consents,
        "hjemler": hjemler,
        "anmodning": {
            "borger": "borger-hemmelig",
            "sag": "sag-1",
            "formaal": "forloeb",
            "fra": "a",
            "til": "b",
            "oplysningstyper": ["plan"],
        },
    }
    [read] = read_cases(json.dumps([case]))
    found = explain_case(read)
    assert "a ville give b oplysninger i sagen sag-1 til formålet forloeb: Plan." in found.afsnit[0]
    assert "borger-hemmelig" not in " ".join(found.afsnit)
