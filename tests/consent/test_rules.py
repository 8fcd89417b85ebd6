"""The rules, step by step: what answers first, and why. Blocks and consents have a file of their own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from consent.declarations import read_declaration
from consent.rules import (
    Basis,
    Decision,
    Ground,
    Hjemmelsgrundlag,
    Reason,
    Request,
    SammePart,
    Samtykkegrundlag,
    decide,
    decide_named,
)

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
BASES = (
    Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning", "uu"}), frozenset({"helbred", "bolig"})),
    Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({"boern"})),
    Basis("§ B", frozenset({"sundhedsvaesen"}), frozenset({"forvaltning"}), frozenset({"helbred"})),
)

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


def claim(paragraf: object = "§ A", **fields: object) -> Json:
    """Return a claim that somebody stands behind, changed by `fields`."""
    return {"paragraf": paragraf, "begrundelse": "ansøgning", "ansvarlig": "medarbejder 5", **fields}


def ask(
    *types: str, fra: str = FREM[0], til: str = FREM[1], sag: str = "sag-3", hjemler: tuple[object, ...] = ()
) -> Request:
    """Return a request for `types`, or for `plan`."""
    return Request(CITIZEN, sag, "forloeb", fra, til, types or ("plan",), hjemler)


def answer(*consents: object, request: Request | None = None, now: object = NOW) -> Ground | Reason:
    """Decide a request for one category and return the one answer."""
    decision = decide(request or ask(), consents, BASES, PARTIES, now)
    assert not decision.alarm
    answers: list[Ground | Reason] = [*decision.permitted.values(), *decision.withheld.values()]
    assert len(answers) == 1
    return answers[0]


BY_CONSENT = Samtykkegrundlag("s-1", 1, 1)


class TestStep0BeforeAnyRule:
    def test_an_empty_request_asks_for_nothing_that_exists(self) -> None:
        """No category asked for is answered before anything else is looked at, an unreadable `now` included."""
        for now in (NOW, "yesterday"):
            decision = decide(Request(CITIZEN, "sag-3", "forloeb", "?", "?", ()), [consent()], BASES, PARTIES, now)
            assert decision == Decision({}, {"*": Reason.UKENDT_OPLYSNINGSTYPE})

    @pytest.mark.parametrize("now", [None, "2026-09-14T10:00:00Z", 1_789_000_000, NOW.replace(tzinfo=None), NOW.date()])
    def test_an_unreadable_now_refuses_everything_and_alarms(self, now: object) -> None:
        """Without a time nothing can be in force: not a consent, not even a legal basis."""
        request = ask("plan", "helbred", "*", hjemler=(claim(),))
        assert decide(request, [consent()], BASES, PARTIES, now) == Decision(
            {}, dict.fromkeys(["plan", "helbred", "*"], Reason.FEJL_I_AFGOERELSE), alarm=True
        )
        assert decide_named(request, consent(), [], PARTIES, now).alarm

    def test_the_hour_that_comes_twice_is_told_apart(self) -> None:
        """A `now` on Copenhagen's clock is compared as an instant, not by what the wall shows."""
        given_late = consent(afgivet="2026-10-25T02:10:00+01:00")
        wall = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Copenhagen"))
        assert answer(given_late, now=wall) is Reason.IKKE_TRAADT_I_KRAFT
        assert answer(given_late, now=wall.replace(fold=1)) == BY_CONSENT

    def test_now_may_lie_at_the_calendars_end(self) -> None:
        """The last instants of year 9999 are as good as any other."""
        assert answer(consent(), now=datetime.max.replace(tzinfo=ZoneInfo("Etc/GMT+12"))) is Reason.UDLOEBET

    @pytest.mark.parametrize(
        "fault",
        [
            lambda: decide(ask(), None, BASES, PARTIES, NOW),  # type: ignore[arg-type] # the fault
            lambda: decide(ask(hjemler=(claim(),)), [], None, PARTIES, NOW),  # type: ignore[arg-type] # the fault
            lambda: decide(ask(), [], BASES, None, NOW),  # type: ignore[arg-type] # the fault
            lambda: decide(ask(fra=["x"]), [], BASES, PARTIES, NOW),  # type: ignore[arg-type] # the fault
            lambda: decide(ask(), [], BASES, {FREM[0]: [], FREM[1]: []}, NOW),  # type: ignore[dict-item] # the fault
        ],
        ids=["consents", "bases", "register", "sender", "kind"],
    )
    def test_a_fault_in_the_rules_refuses_everything_and_alarms(self, fault: Callable[[], Decision]) -> None:
        """Arguments of wrong types never raise and never permit."""
        assert fault() == Decision({}, {"plan": Reason.FEJL_I_AFGOERELSE}, alarm=True)

    @pytest.mark.parametrize(
        ("types", "names"),
        [(None, ["*"]), ("plan", ["*"]), ((1, None), ["*"]), (("plan", None), ["plan"]), ((["plan"],), ["*"])],
    )
    def test_categories_that_are_no_strings_are_a_fault(self, types: Any, names: list[str]) -> None:
        """What can be named is named; the rest stands under `*`. A request that is none at all is refused as well."""
        request = Request(CITIZEN, "sag-3", "forloeb", *FREM, types)
        assert decide(request, [consent()], BASES, PARTIES, NOW) == Decision(
            {}, dict.fromkeys(names, Reason.FEJL_I_AFGOERELSE), alarm=True
        )
        assert decide(types, [consent()], BASES, PARTIES, NOW).withheld == {"*": Reason.FEJL_I_AFGOERELSE}


class TestI7TheUnknownIsRefused:
    """Step 1."""

    @pytest.mark.parametrize(("fra", "til"), [("ukendt", FREM[1]), (FREM[0], "ukendt"), ("", FREM[1]), (FREM[0], "*")])
    def test_an_unknown_party(self, fra: str, til: str) -> None:
        """Neither a sender nor a receiver outside the register takes part, whatever is claimed."""
        everyone = consent(punkter=[point(1, fra, til) if fra else named("*", til), named("*", "*")])
        assert answer(everyone, request=ask("helbred", fra=fra, til=til, hjemler=(claim(),))) is Reason.UKENDT_PART

    def test_an_unknown_party_is_not_even_itself(self) -> None:
        """Step 1 comes before step 2."""
        assert answer(request=ask(fra="ukendt", til="ukendt")) is Reason.UKENDT_PART

    @pytest.mark.parametrize("parties", [{**PARTIES, FREM[1]: "frisoer"}, {**PARTIES, FREM[1]: ""}])
    def test_a_party_of_no_known_kind_is_unknown(self, parties: dict[str, str]) -> None:
        """A kind outside the seven is no kind."""
        assert decide(ask(), [consent()], BASES, parties, NOW).withheld == {"plan": Reason.UKENDT_PART}

    def test_a_register_that_holds_a_wildcard_registers_nobody(self) -> None:
        """`*` names nobody, not even a party of that name."""
        parties = {**PARTIES, "*": "forvaltning"}
        wild = consent(punkter=[point(1, FREM[0], "*"), named(FREM[0], "*")])
        assert decide(ask(til="*"), [wild], BASES, parties, NOW).withheld == {"plan": Reason.UKENDT_PART}

    @pytest.mark.parametrize("unknown", ["*", "", "Plan", "plan ", "stjernetegn"])
    def test_an_unknown_category(self, unknown: str) -> None:
        """A category outside the seventeen is refused though a point, a basis and one party would let it go."""
        basis = Basis("§ A", frozenset({"forvaltning"}), frozenset({"forvaltning"}), frozenset({unknown, "*"}))
        wild = consent(punkter=[point(1, *FREM, types=("*", unknown or "*"))])
        for til in FREM:
            request = ask(unknown, "plan", "stjernetegn", til=til, hjemler=(claim(),))
            withheld = decide(request, [wild], [basis], PARTIES, NOW).withheld
            assert withheld[unknown] is Reason.UKENDT_OPLYSNINGSTYPE

    def test_an_unknown_party_is_said_before_an_unknown_category(self) -> None:
        """The order within step 1."""
        assert answer(request=ask("*", til="ukendt")) is Reason.UKENDT_PART

    @pytest.mark.parametrize(
        ("punkt", "reason"),
        [
            (point(1, "*"), Reason.PART_IKKE_NAVNGIVET),
            (point(1, FREM[0], "*"), Reason.PART_IKKE_NAVNGIVET),
            (point(1, "forvaltning"), Reason.PART_IKKE_NAVNGIVET),
            (named("*", "*"), Reason.PART_IKKE_NAVNGIVET),
            (point(1), Reason.PART_IKKE_NAVNGIVET),
            (point(1, *FREM, types=("*",)), Reason.OPLYSNINGSTYPE_IKKE_OMFATTET),
            (point(1, *FREM, types=()), Reason.OPLYSNINGSTYPE_IKKE_OMFATTET),
        ],
    )
    def test_a_wildcard_a_kind_or_an_empty_list_permits_nothing(self, punkt: Json, reason: Reason) -> None:
        """A point speaks of those and that which it names, one by one."""
        assert answer(consent(punkter=[punkt])) is reason


class TestStep2OneParty:
    def test_nothing_crosses_within_one_party(self) -> None:
        """No consent is needed, and neither a block nor an unreadable declaration stands in the way."""
        request = ask("plan", til=FREM[0], hjemler=(claim(),))
        assert answer(consent(spaerringer=[block("*", "*")]), request=request) == SammePart()
        assert answer("unreadable", request=request) == SammePart()


class TestStep3LegalBasis:
    def test_a_claim_in_the_register_permits_its_categories_alone(self) -> None:
        """Rows of one paragraph add up; what none of them lists is withheld for want of a valid basis."""
        decision = decide(ask("helbred", "boern", "plan", hjemler=(claim(),)), [], BASES, PARTIES, NOW)
        assert decision == Decision(
            {"helbred": Hjemmelsgrundlag("§ A"), "boern": Hjemmelsgrundlag("§ A")}, {"plan": Reason.HJEMMEL_UGYLDIG}
        )

    @pytest.mark.parametrize(
        ("fra", "til", "category"),
        [
            ("ungdomsvejledning", FREM[0], "helbred"),
            (FREM[0], "laegehuset", "helbred"),
            (FREM[0], "ungdomsvejledning", "boern"),
            ("sygehus", FREM[0], "helbred"),
        ],
    )
    def test_the_kinds_and_the_category_stand_in_one_row(self, fra: str, til: str, category: str) -> None:
        """Two rows of a paragraph never lend each other their kinds, nor does another paragraph."""
        assert answer(request=ask(category, fra=fra, til=til, hjemler=(claim(),))) is Reason.HJEMMEL_UGYLDIG

    @pytest.mark.parametrize(
        ("wrong", "explained"),
        [
            (claim(begrundelse=""), "§ A"),
            (claim(begrundelse=" \t\u00a0"), "§ A"),
            (claim(ansvarlig="  "), "§ A"),
            (claim(ansvarlig=None), "§ A"),
            (claim(begrundelse=["nød"]), "§ A"),
            (claim(haster=True), "§ A"),
            ({"paragraf": "§ A"}, "§ A"),
            (claim("§ C"), "§ C"),
            (claim("§ a"), "§ a"),
            (claim("*"), "*"),
            (claim(""), "?"),
            (claim(7), "?"),
            ({}, "?"),
            ("§ A", "?"),
            (["§ A", "ansøgning", "medarbejder 5"], "?"),
            (None, "?"),
        ],
    )
    def test_a_claim_that_nobody_stands_behind_fails_and_is_kept(self, wrong: object, explained: str) -> None:
        """A failed claim permits nothing, is kept in the explanation, and leaves the way to the consents open."""
        bare = decide(ask("helbred", hjemler=(wrong,)), [], BASES, PARTIES, NOW)
        assert bare == Decision({}, {"helbred": Reason.HJEMMEL_UGYLDIG}, failed_claims=(explained,))
        consented = decide(ask(hjemler=(wrong,)), [consent()], BASES, PARTIES, NOW)
        assert consented == Decision({"plan": BY_CONSENT}, {}, failed_claims=(explained,))

    def test_one_good_claim_among_bad_ones_is_enough(self) -> None:
        """Each claim is judged alone; the first that holds is the ground."""
        hjemler = (None, claim("§ C"), claim(), claim("§ B"))
        decision = decide(ask("helbred", hjemler=hjemler), [], BASES, PARTIES, NOW)
        assert decision == Decision({"helbred": Hjemmelsgrundlag("§ A")}, {}, failed_claims=("?", "§ C", "§ B"))

    def test_a_basis_comes_before_a_block_and_before_an_unreadable_declaration(self) -> None:
        """What the law allows does not wait for what the citizen has said; everything else does."""
        request = ask("helbred", "plan", hjemler=(claim(),))
        for stands, reason in (
            (consent(spaerringer=[block("*", "*")]), Reason.SPAERRET),
            ({"borger": CITIZEN}, Reason.LAESEFEJL),
        ):
            decision = decide(request, [stands], BASES, PARTIES, NOW)
            assert decision == Decision({"helbred": Hjemmelsgrundlag("§ A")}, {"plan": reason})

    def test_the_rules_never_pick_a_paragraph_themselves(self) -> None:
        """A basis that nobody claims permits nothing."""
        assert answer(request=ask("helbred")) is Reason.INTET_SAMTYKKE

    def test_a_claim_is_the_reason_only_where_there_is_no_consent(self) -> None:
        """With a consent of the citizen the reason speaks of that consent."""
        assert answer(consent(), request=ask("helbred", sag="sag-4", hjemler=(claim("§ C"),))) is Reason.ANDEN_SAG


class TestStep4Unreadable:
    @pytest.mark.parametrize(
        "unreadable",
        [
            {"borger": CITIZEN},
            {"samtykke_id": "s-2"},
            {"borger": ""},
            {"borger": None},
            {"borger": [CITIZEN]},
            consent("s-2", borger=7),
            consent("s-2", version=True),
            consent("s-2", sag=""),
            consent("s-2", punkter="1"),
            "not an object",
            None,
            [],
        ],
    )
    def test_one_unreadable_declaration_silences_everything(self, unreadable: object) -> None:
        """Nobody knows what it forbids, so nothing goes on consent, if it is or may be this citizen's."""
        assert answer(consent(), unreadable) is Reason.LAESEFEJL
        assert answer(unreadable, consent()) is Reason.LAESEFEJL
        assert answer(consent(), read_declaration(unreadable)) is Reason.LAESEFEJL

    def test_it_comes_before_a_block(self) -> None:
        """Step 4 before step 5."""
        assert answer(consent(spaerringer=[block("*", "*")]), {"borger": CITIZEN}) is Reason.LAESEFEJL

    def test_another_citizens_unreadable_declaration_is_ignored(self) -> None:
        """What plainly belongs to somebody else silences nobody here."""
        assert answer(consent(), {"borger": "3001749995"}) == BY_CONSENT

    def test_two_different_declarations_of_one_version_are_unreadable(self) -> None:
        """Which of them was signed cannot be known; that neither would permit this does not matter."""
        assert answer(consent(), consent(sag="sag-4")) is Reason.LAESEFEJL
        assert answer(consent("s-2"), consent(version=3), consent(), consent(version=3, punkter=[])) is Reason.LAESEFEJL

    def test_the_same_declaration_twice_is_one(self) -> None:
        """Whether raw or already read, and in whatever order its fields stand."""
        turned = dict(reversed(consent().items()))
        assert answer(consent(), turned, read_declaration(consent())) == BY_CONSENT

    def test_another_citizens_declaration_of_the_same_id_is_none_of_ours(self) -> None:
        """Id and version are one citizen's; a stranger's neither conflicts nor counts."""
        stranger = consent(version=1, borger="3001749995", punkter=[], spaerringer=[block("*", "*")])
        assert answer(consent(), stranger, {**stranger, "version": 2}) == BY_CONSENT


class TestStep7Otherwise:
    def test_no_consent_at_all(self) -> None:
        """Nothing said, nothing goes; a stranger's consent is nothing said."""
        assert answer() is Reason.INTET_SAMTYKKE
        assert answer(consent(borger="3001749995")) is Reason.INTET_SAMTYKKE


class TestGrounds:
    @pytest.mark.parametrize(
        ("ground", "json", "text"),
        [
            (SammePart(), {"ground": "samme_part"}, "samme_part"),
            (Hjemmelsgrundlag("§ A"), {"ground": "hjemmel", "paragraf": "§ A"}, "hjemmel § A"),
            (
                Samtykkegrundlag("s-1", 2, "navngivet"),
                {"ground": "samtykke", "samtykke_id": "s-1", "version": 2, "punkt": "navngivet"},
                "samtykke s-1 version 2 punkt navngivet",
            ),
        ],
    )
    def test_a_ground_is_written_the_same_way_always(self, ground: Ground, json: Json, text: str) -> None:
        """Entries of the log hold these forms for years."""
        assert ground.as_json() == json
        assert str(ground) == text

    def test_the_reason_codes_are_those_of_the_domain(self) -> None:
        """Sixteen codes, no more: the console, the log and the case files share them."""
        assert {str(reason) for reason in Reason} == {
            "ukendt_part",
            "ukendt_oplysningstype",
            "laesefejl",
            "spaerret",
            "underskrift_ugyldig",
            "tilbagekaldt",
            "ikke_traadt_i_kraft",
            "udloebet",
            "anden_sag",
            "andet_formaal",
            "uden_for_punkt",
            "part_ikke_navngivet",
            "oplysningstype_ikke_omfattet",
            "hjemmel_ugyldig",
            "intet_samtykke",
            "fejl_i_afgoerelse",
        }
