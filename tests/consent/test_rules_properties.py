"""What holds of every decision, whatever was declared, asked for and when."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent.declarations import Declaration, lapses_at, read_declaration
from consent.rules import (
    Basis,
    Decision,
    Hjemmelsgrundlag,
    Reason,
    Request,
    SammePart,
    Samtykkegrundlag,
    decide,
    decide_named,
)
from schemas.categories import Oplysningstype
from schemas.parties import Partsart

Json = dict[str, Any]

NOW = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
PARTIES: dict[str, str] = {f"part-{kind}": kind for kind in Partsart} | {"anden-forvaltning": "forvaltning"}
BASES = (
    Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({"plan", "helbred", "*"})),
    Basis("§ B", frozenset(Partsart), frozenset(Partsart), frozenset({"misbrug"})),
)

FREM = ("part-forvaltning", "anden-forvaltning")
PERMITTING: Json = {
    "borger": "borger-1",
    "sag": "sag-1",
    "formaal": "forloeb",
    "spaerringer": [],
    "afgivet": "2026-02-01T12:00:00+01:00",
    "gyldig_til": None,
    "tilbagekaldt": None,
    "underskrift": "gyldig",
    "underskriver": {"relation": "borger", "bekraeftet": True},
}

parter = st.sampled_from([*FREM, *FREM, *FREM, *PARTIES, "ukendt", "*"])
types = st.sampled_from(["plan", "plan", "plan", "helbred", "misbrug", "boern", "stjernetegn", "*"])
numbered = st.fixed_dictionaries(
    {
        "punkt": st.sampled_from([1, 1, 1, 2, 3, 4]),
        "parter": st.just(list(FREM)) | st.lists(parter, max_size=4),
        "oplysningstyper": st.just(["plan"]) | st.lists(types, max_size=3),
    }
)
by_name = st.fixed_dictionaries(
    {
        "punkt": st.just("navngivet"),
        "fra": st.lists(parter, max_size=3),
        "til": st.lists(parter, max_size=3),
        "oplysningstyper": st.just(["plan"]) | st.lists(types, max_size=3),
    }
)
blocks = st.fixed_dictionaries(
    {
        "til": st.lists(parter | st.sampled_from(list(Partsart)), min_size=1, max_size=2),
        "oplysningstyper": st.lists(types, min_size=1, max_size=2),
    }
)
PERMITTING_POINTS: tuple[Json, ...] = (
    {"punkt": 1, "parter": list(FREM), "oplysningstyper": ["plan", "helbred"]},
    {"punkt": "navngivet", "fra": [FREM[0]], "til": [FREM[1]], "oplysningstyper": ["plan", "misbrug"]},
)
DEFECTS = (
    {"borger": "borger-2"},
    {"sag": "sag-2"},
    {"formaal": "andet"},
    {"afgivet": "2026-09-14T12:00:00+02:00"},
    {"afgivet": "2026-09-14T10:00:01Z"},
    {"afgivet": "2025-01-01T00:00:00Z"},
    {"gyldig_til": "2026-09-14"},
    {"gyldig_til": "2026-09-13"},
    {"gyldig_til": "9999-12-31"},
    {"tilbagekaldt": "2026-09-14T10:00:00Z"},
    {"tilbagekaldt": "2026-09-14T10:00:00.1Z"},
    {"underskrift": "ugyldig"},
    {"underskriver": {"relation": "borger", "bekraeftet": False}},
)
# Most declarations nearly permit: what is wrong with one of them is one thing or two.
declarations: st.SearchStrategy[Json] = st.builds(
    lambda samtykke_id, version, punkter, spaerringer, defects: {
        **PERMITTING,
        "samtykke_id": samtykke_id,
        "version": version,
        "punkter": punkter,
        "spaerringer": spaerringer,
        **{key: value for defect in defects for key, value in defect.items()},
    },
    st.sampled_from(["s-1", "s-2", "s-3", "s-10"]),
    st.integers(1, 3),
    st.lists(st.sampled_from(PERMITTING_POINTS) | numbered | by_name, min_size=1, max_size=3),
    st.sampled_from([0, 0, 0, 1]).flatmap(lambda size: st.lists(blocks, min_size=size, max_size=size)),
    st.sampled_from([0, 0, 0, 1, 2]).flatmap(
        lambda size: st.lists(st.sampled_from(DEFECTS), min_size=size, max_size=size)
    ),
)
garbage: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
broken: st.SearchStrategy[Any] = garbage | st.builds(
    lambda whole, key, value: {**whole, key: value},
    declarations,
    st.sampled_from(["version", "borger", "punkter", "afgivet", "tilbagekaldt", "underskriver", "mere"]),
    garbage,
)
good_claims: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "paragraf": st.sampled_from(["§ A", "§ A", "§ B", "§ C"]),
        "begrundelse": st.sampled_from(["nød", "nød", " "]),
        "ansvarlig": st.just("medarbejder 5"),
    }
)
claims = good_claims | garbage
requests = st.builds(
    lambda pair, asked, hjemler: Request(
        "borger-1", "sag-1", "forloeb", pair[0], pair[1], tuple(asked), tuple(hjemler)
    ),
    st.sampled_from([FREM, FREM, FREM, FREM, FREM[::-1], (FREM[0], "part-uu"), (FREM[0], FREM[0])])
    | st.tuples(parter, parter).filter(lambda pair: pair[0] != pair[1]),
    st.lists(types, max_size=3).map(lambda more: ["plan", *more]),
    st.sampled_from([0, 0, 1, 2]).flatmap(lambda size: st.lists(claims, min_size=size, max_size=size)),
)
readable = st.lists(declarations, min_size=1, max_size=4, unique_by=lambda each: (each["samtykke_id"], each["version"]))
mixed: st.SearchStrategy[list[Any]] = readable | st.lists(declarations | broken, max_size=4)

ROUNDS = settings(max_examples=100, deadline=None)


def put(request: Request, consents: list[Any]) -> Decision:
    """Put a request to the rules in this file's fixed world; the rules must not fail in it."""
    decision = decide(request, consents, BASES, PARTIES, NOW)
    assert not decision.alarm
    return decision


def own(consents: list[Any]) -> list[Declaration]:
    """Return the citizen's readable declarations."""
    read = [read_declaration(consent) for consent in consents]
    return [each for each in read if isinstance(each, Declaration) and each.borger == "borger-1"]


def fits(declaration: Declaration, request: Request, category: str, punkt: int | str) -> bool:
    """Whether the declaration holds now and has such a point that names both and lists the category."""
    point_names = any(
        each.punkt == punkt and request.fra in each.fra and request.til in each.til and category in each.oplysningstyper
        for each in declaration.punkter
    )
    withdrawn = declaration.tilbagekaldt is not None and declaration.tilbagekaldt <= NOW
    in_force = declaration.afgivet <= NOW < lapses_at(declaration) and not withdrawn
    signed = declaration.underskrift == "gyldig" and declaration.underskriver.bekraeftet
    return point_names and in_force and signed and (declaration.sag, declaration.formaal) == ("sag-1", "forloeb")


@ROUNDS
@given(request=garbage, everything=st.tuples(*[garbage | st.just(object())] * 4))
def test_no_argument_makes_it_raise_or_permit(request: Any, everything: tuple[Any, ...]) -> None:
    """Arguments of any type at all are answered, and permit nothing."""
    assert not decide(request, *everything).permitted
    assert not decide_named(request, *everything).permitted


@ROUNDS
@given(
    request=st.builds(Request, *[garbage] * 5, oplysningstyper=garbage | st.lists(garbage).map(tuple), hjemler=garbage),
    consents=garbage | mixed,
    now=garbage | st.datetimes() | st.just(NOW),
)
def test_no_field_makes_it_raise(request: Request, consents: Any, now: object) -> None:
    """Fields of any type at all are answered, with at least one refusal."""
    for decision in (
        decide(request, consents, BASES, PARTIES, now),
        decide_named(request, consents, consents, PARTIES, now),
    ):
        assert decision.withheld
        assert all(isinstance(category, str) for category in decision.withheld)
        assert decision.alarm == (Reason.FEJL_I_AFGOERELSE in decision.withheld.values())


@ROUNDS
@given(requests, mixed)
def test_every_requested_category_is_answered_exactly_once(request: Request, consents: list[Any]) -> None:
    """What was asked is what is answered: permitted or withheld, never both, nothing more."""
    decision = put(request, consents)
    assert Counter([*decision.permitted, *decision.withheld]) == Counter(set(request.oplysningstyper))


@ROUNDS
@given(requests, mixed)
def test_whatever_is_permitted_has_a_ground_that_holds(request: Request, consents: list[Any]) -> None:
    """A party with itself, a claimed row of the register, or the newest version of a consent that holds here and now.

    What holds is worked out anew from the declarations, not asked of the rules.
    """
    for category, ground in put(request, consents).permitted.items():
        assert category in set(Oplysningstype)
        match ground:
            case SammePart():
                assert request.fra == request.til
            case Hjemmelsgrundlag(paragraf):
                kinds = PARTIES[request.fra], PARTIES[request.til]
                rows = [row for row in BASES if row.paragraf == paragraf and category in row.oplysningstyper]
                assert any(kinds[0] in row.fra and kinds[1] in row.til for row in rows)
                stated = [claim for claim in request.hjemler if isinstance(claim, dict) and len(claim) == 3]
                assert any(claim["paragraf"] == paragraf and claim["begrundelse"] != " " for claim in stated)
            case Samtykkegrundlag(samtykke_id, version, punkt):
                versions = [each for each in own(consents) if each.samtykke_id == samtykke_id]
                assert version == max(each.version for each in versions)
                assert all(fits(each, request, category, punkt) for each in versions if each.version == version)


@ROUNDS
@given(st.data(), requests, mixed)
def test_the_order_of_the_consents_does_not_matter(data: st.DataObject, request: Request, consents: list[Any]) -> None:
    """Answers, grounds and reasons are the same in every order, and whether the consents come raw or read."""
    decision = put(request, consents)
    assert put(request, data.draw(st.permutations(consents))) == decision
    assert put(request, [read_declaration(consent) for consent in consents]) == decision


@ROUNDS
@given(st.data(), requests, readable.filter(bool))
def test_taking_a_consent_away_permits_nothing_new(data: st.DataObject, request: Request, consents: list[Json]) -> None:
    """Unless it carried a block, or hid a lower version, or contradicted another: then it was a refusal itself."""
    gone = data.draw(st.sampled_from(consents))
    rest = [each for each in consents if each is not gone]
    assume(not gone["spaerringer"])
    assume(all(each["samtykke_id"] != gone["samtykke_id"] or each["version"] > gone["version"] for each in rest))
    assert put(request, rest).permitted.keys() <= put(request, consents).permitted.keys()


@ROUNDS
@given(st.data(), requests, readable, blocks)
def test_adding_a_block_permits_nothing_new(
    data: st.DataObject, request: Request, consents: list[Json], block: Json
) -> None:
    """Whether a declaration gains it or a new one brings it."""
    before = put(request, consents).permitted.keys()
    bringing = {**data.draw(declarations), "samtykke_id": "s-new", "punkter": [], "spaerringer": [block]}
    assert put(request, [*consents, bringing]).permitted.keys() <= before
    for at, consent in enumerate(consents):
        gaining = {**consent, "spaerringer": [*consent["spaerringer"], block]}
        assert put(request, [*consents[:at], gaining, *consents[at + 1 :]]).permitted.keys() <= before


@ROUNDS
@given(requests, readable, blocks)
def test_a_block_given_now_is_obeyed(request: Request, consents: list[Json], block: Json) -> None:
    """No consent, of whatever date, takes to the receiver what a standing block names; only a basis does."""
    bringing = {
        "samtykke_id": "s-new",
        "version": 1,
        "borger": "borger-1",
        "sag": "another",
        "formaal": "another",
        "punkter": [],
        "spaerringer": [block],
        "afgivet": "2026-09-14T10:00:00Z",
        "gyldig_til": "2026-01-01",
        "tilbagekaldt": "2026-09-14T10:00:00Z",
        "underskrift": "ugyldig",
        "underskriver": {"relation": "vaerge", "bekraeftet": False},
    }
    hit = {request.til, PARTIES.get(request.til), "*"} & set(block["til"])
    for category, ground in put(request, [*consents, bringing]).permitted.items():
        if isinstance(ground, Samtykkegrundlag):
            assert not hit or not {category, "*"} & set(block["oplysningstyper"])


@ROUNDS
@given(requests, readable, st.lists(st.sampled_from(["*", *Partsart]), max_size=3))
def test_wildcards_and_kinds_in_points_permit_nothing(request: Request, consents: list[Json], wild: list[str]) -> None:
    """Whoever is named only by `*` or by kind is not named, and what is listed only as `*` is not listed."""
    for keys in (("fra", "parter"), ("til", "parter"), ("oplysningstyper",)):
        widened = [
            {
                **each,
                "punkter": [{key: wild if key in keys else punkt[key] for key in punkt} for punkt in each["punkter"]],
            }
            for each in consents
        ]
        grounds = put(request, widened).permitted.values()
        assert not [ground for ground in grounds if isinstance(ground, Samtykkegrundlag)]


@ROUNDS
@given(requests, mixed)
def test_a_claim_only_ever_adds(request: Request, consents: list[Any]) -> None:
    """Stating a basis, good or bad, takes away nothing that was permitted without it."""
    without = put(replace(request, hjemler=()), consents)
    assert without.permitted.keys() <= put(request, consents).permitted.keys()


@ROUNDS
@given(requests, mixed, st.lists(declarations, max_size=3))
def test_other_citizens_do_not_matter(request: Request, consents: list[Any], others: list[Json]) -> None:
    """Nobody's decision changes by what plainly belongs to another citizen, readable or not."""
    strangers = [{**other, "borger": "borger-3"} for other in others]
    unreadable = [{**stranger, "version": None} for stranger in strangers]
    assert put(request, [*strangers, *consents, *unreadable]) == put(request, consents)


@ROUNDS
@given(requests, mixed, broken)
def test_one_unreadable_declaration_leaves_only_what_rests_on_no_consent(
    request: Request, consents: list[Any], unreadable: Any
) -> None:
    """Nothing is permitted on consent beside a declaration that is or may be this citizen's and cannot be read."""
    read = read_declaration(unreadable)
    assume(not isinstance(read, Declaration) and read.borger in {None, "borger-1"})
    decision = put(request, [*consents, unreadable])
    assert not [ground for ground in decision.permitted.values() if isinstance(ground, Samtykkegrundlag)]
    assert set(decision.withheld.values()) <= {Reason.UKENDT_PART, Reason.UKENDT_OPLYSNINGSTYPE, Reason.LAESEFEJL}


@ROUNDS
@given(requests, readable, st.integers(0, 800))
def test_nothing_rests_on_a_consent_more_than_a_year_old(request: Request, consents: list[Json], days: int) -> None:
    """However long a declaration says that it runs."""
    later = NOW + timedelta(days=days)
    decision = decide(request, consents, BASES, PARTIES, later)
    for ground in decision.permitted.values():
        if isinstance(ground, Samtykkegrundlag):
            chosen = [
                each
                for each in own(consents)
                if (each.samtykke_id, each.version) == (ground.samtykke_id, ground.version)
            ]
            assert all(later - each.afgivet <= timedelta(days=366, hours=1) for each in chosen)


@ROUNDS
@given(requests, declarations, mixed)
def test_news_goes_only_to_the_named(request: Request, declaration: Json, consents: list[Any]) -> None:
    """Whoever is told of a declaration is named in it, by id, and it was validly signed."""
    decision = decide_named(request, declaration, consents, PARTIES, NOW)
    assert Counter([*decision.permitted, *decision.withheld]) == Counter(set(request.oplysningstyper))
    for ground in decision.permitted.values():
        if isinstance(ground, Samtykkegrundlag):
            said = [punkt.get(key, []) for punkt in declaration["punkter"] for key in ("parter", "fra", "til")]
            assert any(request.til in names for names in said)
            assert declaration["underskrift"] == "gyldig"
            assert declaration["underskriver"]["bekraeftet"]
            assert (ground.samtykke_id, ground.version) == (declaration["samtykke_id"], declaration["version"])
