"""The rules about what the citizen has said: blocks, consents, and news of a declaration."""

from datetime import UTC, datetime
from typing import Any

import pytest

from consent.rules import (
    Decision,
    Ground,
    Reason,
    Request,
    SammePart,
    Samtykkegrundlag,
    decide,
    decide_named,
)
from schemas.parties import Partsart

NOW = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
CITIZEN = "0201919990"
PARTIES: dict[str, str] = {
    "beskaeftigelse": "forvaltning",
    "borgerservice": "forvaltning",
    "ungdomsvejledning": "uu",
    "koordinator": "region_sundhedsfaglig",
    "sygehus": "sundhedsvaesen",
    "laegehuset": "praktiserende_laege",
    "nabokommunen": "anden_myndighed",
    "a-kassen": "privat",
}
FREM = ("beskaeftigelse", "borgerservice")
Json = dict[str, Any]


def consent(samtykke_id: str = "s-1", version: Any = 1, **fields: object) -> Json:
    """Return a consent that lets FREM exchange `plan` by point 1, changed by `fields`."""
    return {
        "samtykke_id": samtykke_id,
        "version": version,
        "borger": CITIZEN,
        "sag": "sag-3",
        "formaal": "forloeb",
        "punkter": [{"punkt": 1, "parter": list(FREM), "oplysningstyper": ["plan"]}],
        "spaerringer": [],
        "afgivet": "2026-02-01T12:00:00+01:00",
        "gyldig_til": None,
        "tilbagekaldt": None,
        "underskrift": "gyldig",
        "underskriver": {"relation": "borger", "bekraeftet": True},
        **fields,
    }


def point(number: int, *parter: str, types: tuple[str, ...] = ("plan",)) -> Json:
    """Return one of the form's four points."""
    return {"punkt": number, "parter": list(parter), "oplysningstyper": list(types)}


def named(fra: str, til: str, *types: str) -> Json:
    """Return a point that names its sender and receiver apart."""
    return {"punkt": "navngivet", "fra": [fra], "til": [til], "oplysningstyper": list(types) or ["plan"]}


def block(til: str, *types: str) -> Json:
    """Return a block of `plan`, or of `types`."""
    return {"til": [til], "oplysningstyper": list(types) or ["plan"]}


def ask(*types: str, fra: str = FREM[0], til: str = FREM[1]) -> Request:
    """Return a request for `types`, or for `plan`."""
    return Request(CITIZEN, "sag-3", "forloeb", fra, til, types or ("plan",))


def answer(*consents: object, request: Request | None = None) -> Ground | Reason:
    """Decide a request for one category and return the one answer."""
    return only(decide(request or ask(), consents, (), PARTIES, NOW))


def only(decision: Decision) -> Ground | Reason:
    """Return the one answer of a decision."""
    assert not decision.alarm
    answers: list[Ground | Reason] = [*decision.permitted.values(), *decision.withheld.values()]
    assert len(answers) == 1
    return answers[0]


BY_CONSENT = Samtykkegrundlag("s-1", 1, 1)
UNSIGNED = {"underskrift": "ugyldig"}
UNCONFIRMED = {"underskriver": {"relation": "fuldmagt", "bekraeftet": False}}
WITHDRAWN = {"tilbagekaldt": "2026-09-14T10:00:00Z"}
FUTURE = {"afgivet": "2026-09-14T10:00:01Z"}
LAPSED = {"gyldig_til": "2026-09-13"}


class TestStep5Blocks:
    @pytest.mark.parametrize("til", [FREM[1], "forvaltning", "*"])
    @pytest.mark.parametrize("category", ["plan", "*"])
    def test_it_names_the_receiver_or_its_kind_or_everyone(self, til: str, category: str) -> None:
        """A block reaches as wide as it says, in the declaration that permits or in another."""
        assert answer(consent(spaerringer=[block(til, category)])) is Reason.SPAERRET
        assert answer(consent(), consent("s-2", punkter=[], spaerringer=[block(til, category)])) is Reason.SPAERRET

    @pytest.mark.parametrize("miss", [block(FREM[0]), block("uu"), block("ukendt"), block("*", "helbred", "bolig")])
    def test_it_touches_nothing_else(self, miss: Json) -> None:
        """A block against the sender, another receiver or another category lets this one go."""
        assert answer(consent(spaerringer=[miss])) == BY_CONSENT

    @pytest.mark.parametrize(
        "fields",
        [
            WITHDRAWN,
            LAPSED,
            UNSIGNED,
            UNCONFIRMED,
            {"sag": "sag-4"},
            {"formaal": "andet"},
            {"afgivet": "2020-01-01T00:00:00Z"},
            {"afgivet": "2026-09-14T10:00:00Z"},
        ],
    )
    def test_it_fails_towards_silence(self, fields: Json) -> None:
        """Neither withdrawal, lapse, signature, case nor purpose of its declaration lifts it."""
        assert answer(consent(), consent("s-2", punkter=[], spaerringer=[block("*")], **fields)) is Reason.SPAERRET

    def test_it_stands_from_the_instant_it_was_given(self) -> None:
        """A block of tomorrow does not stand today."""
        assert answer(consent(), consent("s-2", punkter=[], spaerringer=[block("*")], **FUTURE)) == BY_CONSENT

    @pytest.mark.parametrize("fields", [{}, WITHDRAWN, LAPSED, {"afgivet": "2026-09-14T10:00:00Z"}, {"sag": "sag-4"}])
    def test_a_signed_higher_version_that_was_given_lifts_it(self, fields: Json) -> None:
        """Replaced is replaced, even if the higher version no longer holds itself."""
        blocking = consent("s-2", version=4, punkter=[], spaerringer=[block("*")])
        assert answer(consent(), blocking, consent("s-2", version=6, punkter=[], **fields)) == BY_CONSENT

    @pytest.mark.parametrize("fields", [UNSIGNED, UNCONFIRMED, FUTURE, {"version": 3}, {"samtykke_id": "s-3"}])
    def test_nothing_less_lifts_it(self, fields: Json) -> None:
        """An unsigned, unconfirmed, future or lower version, or one of another id, replaces no block."""
        blocking = consent("s-2", version=4, punkter=[], spaerringer=[block("*")])
        other = {**consent("s-2", version=6, punkter=[]), **fields}
        assert answer(consent(), blocking, other) is Reason.SPAERRET

    def test_every_version_not_replaced_blocks(self) -> None:
        """Under an unsigned highest version the blocks of all versions stand that no signed one replaced."""
        versions = [
            consent("s-2", 1, punkter=[], spaerringer=[block("*", "plan")]),
            consent("s-2", 2, punkter=[], spaerringer=[block("*", "helbred")]),
            consent("s-2", 3, punkter=[], spaerringer=[block("*", "bolig")], **UNSIGNED),
        ]
        decision = decide(ask("plan", "helbred", "bolig"), [consent(), *versions], (), PARTIES, NOW)
        assert decision == Decision({"plan": BY_CONSENT}, dict.fromkeys(("helbred", "bolig"), Reason.SPAERRET))


COVERED = {
    1: {("forvaltning", "forvaltning"), ("forvaltning", "uu"), ("uu", "forvaltning")},
    2: {("forvaltning", "region_sundhedsfaglig"), ("region_sundhedsfaglig", "forvaltning")},
    3: {("sundhedsvaesen", "region_sundhedsfaglig"), ("praktiserende_laege", "region_sundhedsfaglig")},
    4: {("forvaltning", "praktiserende_laege"), ("praktiserende_laege", "forvaltning")},
}

OBSTACLES: tuple[tuple[Json, Reason], ...] = (
    (UNSIGNED, Reason.UNDERSKRIFT_UGYLDIG),
    (UNCONFIRMED, Reason.UNDERSKRIFT_UGYLDIG),
    (WITHDRAWN, Reason.TILBAGEKALDT),
    (FUTURE, Reason.IKKE_TRAADT_I_KRAFT),
    (LAPSED, Reason.UDLOEBET),
    ({"sag": "sag-4"}, Reason.ANDEN_SAG),
    ({"formaal": "andet"}, Reason.ANDET_FORMAAL),
    ({"punkter": []}, Reason.UDEN_FOR_PUNKT),
    ({"punkter": [point(4, *FREM)]}, Reason.UDEN_FOR_PUNKT),
    ({"punkter": [point(1, FREM[0], "ungdomsvejledning")]}, Reason.PART_IKKE_NAVNGIVET),
    ({"punkter": [point(1, *FREM, types=("bolig",))]}, Reason.OPLYSNINGSTYPE_IKKE_OMFATTET),
)


class TestStep6Consents:
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    @pytest.mark.parametrize("fra", list(Partsart))
    @pytest.mark.parametrize("til", list(Partsart))
    def test_each_point_covers_its_pairs_in_their_direction(self, number: int, fra: str, til: str) -> None:
        """All 196 combinations of point, sender's kind and receiver's kind."""
        parties = {"a": fra, "b": til}
        asked = ask(fra="a", til="b")
        decision = decide(asked, [consent(punkter=[point(number, "a", "b")])], (), parties, NOW)
        covered = (fra, til) in COVERED[number]
        assert decision == (
            Decision({"plan": Samtykkegrundlag("s-1", 1, number)}, {})
            if covered
            else Decision({}, {"plan": Reason.UDEN_FOR_PUNKT})
        )
        by_name = decide(asked, [consent(punkter=[named("a", "b")])], (), parties, NOW)
        assert by_name.permitted == {"plan": Samtykkegrundlag("s-1", 1, "navngivet")}

    def test_a_named_point_goes_one_way(self) -> None:
        """Sender in `fra`, receiver in `til`; the way back is not named."""
        one_way = consent(punkter=[named("a-kassen", "nabokommunen")])
        assert answer(one_way, request=ask(fra="a-kassen", til="nabokommunen")) == Samtykkegrundlag(
            "s-1", 1, "navngivet"
        )
        assert answer(one_way, request=ask(fra="nabokommunen", til="a-kassen")) is Reason.PART_IKKE_NAVNGIVET

    @pytest.mark.parametrize(("fields", "reason"), OBSTACLES)
    def test_each_condition_has_its_reason(self, fields: Json, reason: Reason) -> None:
        """One thing wrong is enough, and is what is said."""
        assert answer(consent(**fields)) is reason

    @pytest.mark.parametrize("earlier", range(len(OBSTACLES)))
    @pytest.mark.parametrize("later", range(len(OBSTACLES)))
    def test_within_a_consent_the_first_obstacle_stops_and_between_consents_the_furthest_counts(
        self, earlier: int, later: int
    ) -> None:
        """One consent with two faults stops at the first; of two consents with a fault each the later is told."""
        (fields, reason), (more, further) = OBSTACLES[earlier], OBSTACLES[later]
        if earlier < later and not fields.keys() & more.keys():
            assert answer(consent(**fields, **more)) is reason
        furthest = reason if earlier > later else further
        assert answer(consent("s-1", **fields), consent("s-2", **more)) is furthest

    def test_the_reason_is_that_of_the_furthest_point(self) -> None:
        """Points are tried one by one, and may add up to nothing."""
        punkter = [point(4, *FREM), point(1, FREM[0]), named(FREM[0], "a-kassen")]
        assert answer(consent(punkter=punkter)) is Reason.PART_IKKE_NAVNGIVET
        assert answer(consent(punkter=[*punkter, point(1, *FREM, types=("bolig",)), point(2)])) is (
            Reason.OPLYSNINGSTYPE_IKKE_OMFATTET
        )

    def test_two_points_never_lend_each_other_parties_or_categories(self) -> None:
        """One and the same point covers the pair, names both and lists the category."""
        halves = [point(1, FREM[0]), point(1, FREM[1]), point(1, *FREM, types=("bolig",)), point(1, FREM[0], "x")]
        assert answer(consent(punkter=halves)) is Reason.OPLYSNINGSTYPE_IKKE_OMFATTET

    def test_the_boundaries_of_time(self) -> None:
        """Given at this instant it holds; withdrawn or lapsed at this instant it does not."""
        assert answer(consent(afgivet="2026-09-14T10:00:00Z")) == BY_CONSENT
        assert answer(consent(tilbagekaldt="2026-09-14T10:00:00.000001Z")) == BY_CONSENT
        assert answer(consent(tilbagekaldt="2026-09-14T12:00:00+02:00")) is Reason.TILBAGEKALDT
        assert answer(consent(afgivet="2025-09-14T10:00:00.000001Z")) == BY_CONSENT
        assert answer(consent(afgivet="2025-09-14T10:00:00Z")) is Reason.UDLOEBET

    @pytest.mark.parametrize("fields", [UNSIGNED, UNCONFIRMED, WITHDRAWN, FUTURE, LAPSED, {"sag": "sag-4"}])
    def test_a_higher_version_that_does_not_hold_does_not_revive_the_lower(self, fields: Json) -> None:
        """Only the highest version counts, in force or not, in whatever order they come."""
        assert isinstance(answer(consent(version=10, **fields), consent(version=9)), Reason)
        assert answer(consent(version=10), consent(version=9, **fields)) == Samtykkegrundlag("s-1", 10, 1)

    def test_the_ground_is_the_smallest_id_and_its_first_permitting_point(self) -> None:
        """Of all that permits, one is named, and always the same."""
        first_misses = [point(1, *FREM, types=("bolig",)), named(*FREM), point(1, *FREM)]
        consents = [consent("s-20"), consent("s-3"), consent("s-10", 7, punkter=first_misses), consent("s-0", **LAPSED)]
        assert answer(*consents) == answer(*reversed(consents)) == Samtykkegrundlag("s-10", 7, "navngivet")

    def test_consents_add_up_category_by_category(self) -> None:
        """Each category finds its own ground, and is answered once however often it is asked for."""
        other = consent("s-0", punkter=[point(1, *FREM, types=("bolig",))])
        decision = decide(ask("plan", "bolig", "plan", "boern"), [consent(), other], (), PARTIES, NOW)
        assert decision == Decision(
            {"plan": BY_CONSENT, "bolig": Samtykkegrundlag("s-0", 1, 1)},
            {"boern": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET},
        )


def told(declaration: object, *consents: object, til: str = FREM[1], fra: str = FREM[0]) -> Ground | Reason:
    """Decide whether news of the declaration may reach the receiver."""
    return only(decide_named(ask("sagsforloeb", fra=fra, til=til), declaration, consents, PARTIES, NOW))


class TestNewsOfADeclaration:
    @pytest.mark.parametrize("fields", [{}, WITHDRAWN, LAPSED, FUTURE, {"sag": "sag-4"}, {"formaal": "andet"}])
    def test_it_reaches_whoever_is_named_whether_or_not_it_still_holds(self, fields: Json) -> None:
        """A withdrawal must reach those who were told of the consent."""
        assert told(consent(**fields), consent(**fields)) == BY_CONSENT

    def test_any_role_in_any_point_is_being_named(self) -> None:
        """The kinds of the parties do not matter, and the first point that names the receiver is the ground."""
        declaration = consent(punkter=[point(1, "a-kassen"), named("laegehuset", "nabokommunen"), point(2, FREM[1])])
        for til, punkt in (("a-kassen", 1), ("laegehuset", "navngivet"), ("nabokommunen", "navngivet"), (FREM[1], 2)):
            assert told(declaration, til=til) == Samtykkegrundlag("s-1", 1, punkt)
        assert told(declaration, consent("s-2"), til="koordinator") is Reason.PART_IKKE_NAVNGIVET

    def test_what_the_sender_gives_away_must_be_listed_by_a_point_between_the_two(self) -> None:
        """News from substance-use treatment tells of substance use, whoever the declaration names."""
        asked = ask("sagsforloeb", "misbrug", fra=FREM[0], til=FREM[1])
        elsewhere = point(1, FREM[1], "a-kassen", types=("misbrug",))
        for points in ([point(1, *FREM)], [point(1, *FREM), elsewhere], [point(1, *FREM), point(4, *FREM)]):
            decision = decide_named(asked, consent(punkter=points), [], PARTIES, NOW)
            assert decision.permitted == {"sagsforloeb": BY_CONSENT}
            assert decision.withheld == {"misbrug": Reason.OPLYSNINGSTYPE_IKKE_OMFATTET}
        listed = consent(punkter=[point(1, *FREM), point(1, *FREM, types=("misbrug",))])
        assert decide_named(asked, listed, [], PARTIES, NOW).permitted.keys() == {"sagsforloeb", "misbrug"}

    def test_a_wildcard_names_nobody(self) -> None:
        """Neither `*` nor a kind makes the receiver named."""
        assert told(consent(punkter=[point(1, "*", "forvaltning"), named("*", "*")])) is Reason.PART_IKKE_NAVNGIVET

    @pytest.mark.parametrize("fields", [UNSIGNED, UNCONFIRMED])
    def test_it_must_have_been_signed(self, fields: Json) -> None:
        """What nobody has validly signed is told to nobody."""
        assert told(consent(**fields)) is Reason.UNDERSKRIFT_UGYLDIG

    def test_steps_1_2_4_and_5_come_first(self) -> None:
        """Unknown, one party, unreadable, blocked: as for any other event."""
        unsigned_block = consent(spaerringer=[block("*", "*")], **UNSIGNED)
        assert told("unreadable", {}, til="ukendt") is Reason.UKENDT_PART
        assert told("unreadable", {}, til=FREM[0]) == SammePart()
        assert told("unreadable") is Reason.LAESEFEJL
        assert told({"borger": "3001749995"}) is Reason.LAESEFEJL
        assert told(consent(), unsigned_block, {}) is Reason.LAESEFEJL
        assert told(consent(), consent("s-2", spaerringer=[block("forvaltning", "*")])) is Reason.SPAERRET
        decision = decide_named(ask("*"), consent(), [], PARTIES, NOW)
        assert decision.withheld == {"*": Reason.UKENDT_OPLYSNINGSTYPE}

    def test_its_own_block_counts_until_a_higher_version_replaces_it(self) -> None:
        """Whether or not the declaration is among the consents."""
        blocking = consent(spaerringer=[block(FREM[1], "*")])
        assert told(blocking) is told(blocking, blocking) is Reason.SPAERRET
        assert told(blocking, consent(version=2)) == BY_CONSENT

    def test_another_citizens_declaration_is_no_consent_of_this_one(self) -> None:
        """The mistake of passing the wrong declaration tells nobody anything, and its blocks are not this citizen's."""
        stranger = consent(borger="3001749995", spaerringer=[block("*", "*")])
        assert told(stranger) is Reason.INTET_SAMTYKKE

    def test_a_fault_refuses_and_alarms(self) -> None:
        """As in `decide`."""
        decision = decide_named(ask(), consent(), None, PARTIES, NOW)  # type: ignore[arg-type] # the fault
        assert decision == Decision({}, {"plan": Reason.FEJL_I_AFGOERELSE}, alarm=True)
