"""What the register of bases adds to the rules: dates, approvals, and rows that yield to a block (docs/adr/0009)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.adjudication import Mode, Premises, Question, adjudicate
from consent.answering import answer, premises
from consent.bases import Hjemmelregister, read_bases
from consent.decisions import Hjemmelsgrundlag, Reason, Samtykkegrundlag
from consent.declarations import Declaration, Unreadable, read_declaration

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
KINDS = {"sygehus": "sundhedsvaesen", "laege": "praktiserende_laege", "jobcenter": "forvaltning"}
ROW: dict[str, Any] = {
    "tekst": "Brev til egen læge.",
    "fra": ["sundhedsvaesen"],
    "til": ["praktiserende_laege"],
    "oplysningstyper": ["helbred", "misbrug"],
    "kraever": ["begrundelse", "ansvarlig"],
    "viger_for_spaerring": False,
    "godkendt_af": "Databeskyttelsesrådgiveren",
    "godkendt_den": "2026-01-05",
    "kilde": "Loven",
    "bemaerkning": "En jurist skal bekræfte",
}


def register(**fields: Any) -> Hjemmelregister:
    """Return a register with `§ viger`, which yields to a block, and `§ fast`, which does not."""
    rows = [{**ROW, "paragraf": "§ viger", "viger_for_spaerring": True}, {**ROW, "paragraf": "§ fast"}]
    return read_bases({"version": 1, "hjemler": [{**row, **fields} for row in rows]})


def ask(paragraf: str, **fields: Any) -> Question:
    """Return whether the hospital may send the GP health and misuse on a paragraph."""
    claim = {"paragraf": paragraf, "begrundelse": "udskrevet", "ansvarlig": "overlæge"}
    asked = Question(
        mode=Mode.ORDINARY,
        borger="borger-1",
        fra="sygehus",
        til="laege",
        cases=(("sag-1", "forloeb"),),
        oplysningstyper=("helbred", "misbrug"),
        core=(),
        hjemler=(claim,),
    )
    return replace(asked, **fields)


def declared(**fields: Any) -> Declaration:
    """Return a declaration of the citizen that blocks nothing and permits nothing of this."""
    value = {
        "samtykke_id": "s-1",
        "version": 1,
        "borger": "borger-1",
        "sag": "sag-1",
        "formaal": "forloeb",
        "punkter": [],
        "spaerringer": [],
        "afgivet": "2026-02-01T12:00:00Z",
        "gyldig_til": None,
        "tilbagekaldt": None,
        "underskrift": "gyldig",
        "underskriver": {"relation": "borger", "bekraeftet": True},
    }
    read = read_declaration({**value, **fields})
    assert isinstance(read, Declaration)
    return read


def blocking(til: str = "laege", category: str = "misbrug", **fields: Any) -> Declaration:
    """Return a block."""
    return declared(spaerringer=[{"til": [til], "oplysningstyper": [category]}], **fields)


class TestYielding:
    def test_a_block_goes_before_a_basis_that_yields(self) -> None:
        """What is blocked is withheld as such; the rest still goes on the paragraph."""
        found = answer(ask("§ viger"), [blocking()], register(), KINDS, NOW)
        assert found.permitted == {"helbred": Hjemmelsgrundlag("§ viger")}
        assert found.withheld == {"misbrug": Reason.SPAERRET}

    def test_a_basis_that_does_not_yield_goes_before_a_block(self) -> None:
        """As the rules have it (DOMAIN section 6, step 5)."""
        found = answer(ask("§ fast"), [blocking()], register(), KINDS, NOW)
        assert set(found.permitted) == {"helbred", "misbrug"}

    @pytest.mark.parametrize(
        "block",
        [
            blocking(til="jobcenter"),
            blocking(category="boern"),
            blocking(borger="borger-2"),
            blocking(afgivet="2026-09-14T10:00:01Z"),
        ],
        ids=["other receiver", "other category", "other citizen", "later"],
    )
    def test_only_a_matching_block_of_this_citizen_counts(self, block: Declaration) -> None:
        """Receiver, category, citizen and instant are the rules' own."""
        assert not answer(ask("§ viger"), [block], register(), KINDS, NOW).withheld

    def test_a_lifted_block_counts_no_more(self) -> None:
        """A signed higher version without it."""
        assert not answer(ask("§ viger"), [blocking(), declared(version=2)], register(), KINDS, NOW).withheld

    def test_an_unreadable_declaration_counts_as_a_block_of_everything(self) -> None:
        """There may be a block in it, and the unknown is refused; a basis that does not yield is not touched."""
        unreadable = [Unreadable("gone", "borger-1")]
        assert set(answer(ask("§ viger"), unreadable, register(), KINDS, NOW).withheld.values()) == {Reason.LAESEFEJL}
        assert not answer(ask("§ fast"), unreadable, register(), KINDS, NOW).withheld

    def test_a_request_yields_to_a_block_of_the_asker(self) -> None:
        """What counts of a request is the answer to it: from the one who is asked to the one who asks."""
        asked = ask("§ viger", mode=Mode.ASKED, fra="laege", til="sygehus")
        assert answer(asked, [blocking()], register(), KINDS, NOW).refused
        assert not answer(asked, [blocking(til="sygehus")], register(), KINDS, NOW).refused

    def test_a_consent_still_permits_what_a_block_of_another_does_not_touch(self) -> None:
        """Losing the paragraph is not losing the samtykke."""
        point = {"punkt": "navngivet", "fra": ["sygehus"], "til": ["laege"], "oplysningstyper": ["helbred"]}
        consents = [blocking(), declared(samtykke_id="s-2", punkter=[point])]
        found = answer(ask("§ ukendt"), consents, register(), KINDS, NOW)
        assert found.permitted == {"helbred": Samtykkegrundlag("s-2", 1, "navngivet")}


class TestDates:
    @pytest.mark.parametrize(
        "fields",
        [
            {"godkendt_af": None, "godkendt_den": None},
            {"godkendt_den": "2026-09-15"},
            {"gyldig_fra": "2026-09-15"},
            {"gyldig_til": "2026-09-13"},
        ],
    )
    def test_a_row_that_does_not_hold_is_not_there(self, fields: dict[str, Any]) -> None:
        """Its claim fails as if the register had never had it."""
        found = answer(ask("§ fast"), [], register(**fields), KINDS, NOW)
        assert found.withheld == dict.fromkeys(("helbred", "misbrug"), Reason.HJEMMEL_UGYLDIG)

    def test_an_answer_holds_no_longer_than_its_basis(self) -> None:
        """The end of the row's last day is when the clock may take the answer away."""
        found = answer(ask("§ fast"), [], register(gyldig_til="2026-09-30"), KINDS, NOW)
        assert found.until == datetime(2026, 9, 30, 22, tzinfo=UTC)
        assert answer(ask("§ fast"), [], register(), KINDS, NOW).until is None

    def test_what_could_end_it_sooner_still_does(self) -> None:
        """A block that begins earlier than the row ends."""
        later = blocking(afgivet="2026-09-20T10:00:00Z")
        found = answer(ask("§ viger"), [later], register(gyldig_til="2026-09-30"), KINDS, NOW)
        assert found.until == datetime(2026, 9, 20, 10, tzinfo=UTC)
        assert answer(ask("§ viger"), [later], register(), KINDS, NOW + timedelta(days=6)).withheld

    def test_a_time_without_a_zone_is_refused_as_ever(self) -> None:
        """It fails inside the rules, which refuse everything and alarm."""
        found = answer(ask("§ fast"), [blocking()], register(), KINDS, NOW.replace(tzinfo=None))
        assert found.alarm


class TestWithoutClaims:
    @given(st.sampled_from(Mode), st.lists(st.sampled_from([blocking(), declared(), blocking(version=2)])))
    def test_the_register_changes_nothing(self, mode: Mode, consents: list[Declaration]) -> None:
        """Without a claim the answer is that of the rules alone, whatever the register has."""
        asked = ask("", mode=mode, hjemler=())
        assert premises(asked, consents, register(), KINDS, NOW).bases == ()
        assert answer(asked, consents, register(), KINDS, NOW) == adjudicate(asked, Premises(consents, (), KINDS, NOW))
