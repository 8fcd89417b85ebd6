"""The register of legal bases: a register that cannot be read whole permits nothing, nor does a row nobody approved."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.bases import Krav, read_bases
from consent.errors import ConsentRefused
from consent.rules import Basis
from schemas.categories import Oplysningstype
from schemas.parties import Partsart

DEFAULT = Path(__file__).resolve().parents[2] / "ops" / "hjemler.toml"
ROW: dict[str, Any] = {
    "paragraf": "lov § 1",
    "tekst": "Forvaltninger må dele planer.",
    "fra": ["forvaltning"],
    "til": ["forvaltning", "uu"],
    "oplysningstyper": ["plan", "helbred"],
    "kraever": ["begrundelse", "ansvarlig"],
    "viger_for_spaerring": False,
    "godkendt_af": "Databeskyttelsesrådgiveren",
    "godkendt_den": "2026-01-05",
    "kilde": "Loven",
    "bemaerkning": "En jurist skal bekræfte",
}
EMERGENCY = {
    **ROW,
    "paragraf": "lov § 2",
    "vaerdispring": True,
    "kraever": ["begrundelse", "ansvarlig", "gennemsyn"],
}
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def register(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a register with these rows."""
    return {"version": 3, "hjemler": list(rows), **fields}


def refusal(value: Any) -> str:
    """Return the text of the refusal."""
    with pytest.raises(ConsentRefused) as caught:
        read_bases(value)
    assert caught.value.code == "hjemmelregister"
    return str(caught.value)


def holds(now: datetime, **fields: Any) -> bool:
    """Return whether a row with these fields holds at an instant."""
    return bool(read_bases(register({**ROW, **fields})).holding(now))


class TestReading:
    def test_a_row_becomes_a_basis_of_the_rules(self) -> None:
        """The rules see paragraph, kinds and categories, and the entry of a decision sees the version."""
        found = read_bases(register(ROW))
        basis = Basis(
            "lov § 1", frozenset({"forvaltning"}), frozenset({"forvaltning", "uu"}), frozenset({"plan", "helbred"})
        )
        assert (found.version, [row.basis() for row in found.holding(NOW)]) == (3, [basis])
        assert (found.vaerdispring, found.gennemses) == (frozenset(), frozenset())

    def test_categories_can_be_left_out_of_it(self) -> None:
        """What the citizen has blocked is taken out of a row that yields."""
        [row] = read_bases(register(ROW)).hjemler
        assert row.basis({"plan", "boern"}).oplysningstyper == {"helbred"}

    def test_an_emergency_is_known_by_its_paragraph(self) -> None:
        """A row marked `vaerdispring` is one that a person must review; no other is."""
        found = read_bases(register(ROW, EMERGENCY))
        assert found.vaerdispring == found.gennemses == {"lov § 2"}

    def test_a_use_can_be_reviewed_without_being_an_emergency(self) -> None:
        """The data-protection officer may want to see every use of some other paragraph."""
        found = read_bases(register({**EMERGENCY, "vaerdispring": False}))
        assert not found.vaerdispring
        assert found.gennemses == {"lov § 2"}

    def test_an_empty_register_permits_nothing(self) -> None:
        """Every row can be taken out."""
        assert read_bases(register()).holding(NOW) == []


class TestHolding:
    def test_a_row_nobody_has_approved_never_holds(self) -> None:
        """What the data-protection officer has not approved is not in the register of bases at any time."""
        assert not holds(NOW, godkendt_af=None, godkendt_den=None)
        assert holds(NOW)

    def test_an_approval_counts_from_its_day(self) -> None:
        """Not before: the day begins in Denmark, an hour before it does in UTC."""
        begins = datetime(2026, 3, 1, 23, tzinfo=UTC)
        assert holds(begins, godkendt_den="2026-03-02")
        assert not holds(begins - timedelta(microseconds=1), godkendt_den="2026-03-02")

    def test_it_holds_from_its_first_day(self) -> None:
        """An approval in advance does not make it hold earlier."""
        begins = datetime(2026, 6, 30, 22, tzinfo=UTC)
        assert holds(begins, gyldig_fra="2026-07-01")
        assert not holds(begins - timedelta(microseconds=1), gyldig_fra="2026-07-01")

    def test_it_holds_to_the_end_of_its_last_day(self) -> None:
        """The last day is included, and at its end it is over."""
        ends = datetime(2026, 7, 31, 22, tzinfo=UTC)
        assert holds(ends - timedelta(microseconds=1), gyldig_til="2026-07-31")
        assert not holds(ends, gyldig_til="2026-07-31")
        [row] = read_bases(register({**ROW, "gyldig_til": "2026-07-31"})).hjemler
        assert row.ends == ends

    def test_what_is_no_instant_finds_nothing_in_force(self) -> None:
        """A time without a zone is no instant, and the unknown is refused."""
        assert not holds(NOW.replace(tzinfo=None))


class TestDefaultRegister:
    ROWS = tomllib.loads(DEFAULT.read_text("utf-8"))["hjemler"]
    FOUND = read_bases(tomllib.loads(DEFAULT.read_text("utf-8")))

    def test_it_reads(self) -> None:
        """The register that is shipped can be read, and no paragraph stands in it twice."""
        paragraphs = [row.paragraf for row in self.FOUND.hjemler]
        assert len(paragraphs) == len(set(paragraphs)) == 6

    def test_it_has_the_first_events(self) -> None:
        """What has no consent to rest on: admission notices, discharge letters, and referral between departments."""
        pairs = {(fra, til) for row in self.FOUND.holding(NOW) for fra in row.fra for til in row.til}
        assert pairs >= {
            ("sundhedsvaesen", "forvaltning"),
            ("sundhedsvaesen", "praktiserende_laege"),
            ("forvaltning", "forvaltning"),
            ("forvaltning", "praktiserende_laege"),
        }

    def test_no_row_reaches_private_parties_or_everything(self) -> None:
        """No default paragraph sends to a private party or another authority, or carries offences or the economy."""
        for row in self.FOUND.hjemler:
            assert not {Partsart.PRIVAT, Partsart.ANDEN_MYNDIGHED}.intersection(row.til)
            assert not {Oplysningstype.STRAFBARE_FORHOLD, Oplysningstype.OEKONOMI}.intersection(row.oplysningstyper)

    def test_the_emergency_is_the_only_one_to_be_reviewed(self) -> None:
        """One row is a vaerdispring, and it does not yield to a block: it is for when life is at stake."""
        [paragraph] = self.FOUND.vaerdispring
        assert "§ 43" in paragraph
        assert self.FOUND.gennemses == {paragraph}
        assert not any(row.viger_for_spaerring for row in self.FOUND.rows_of(paragraph))

    def test_every_row_says_that_a_jurist_must_confirm_it(self) -> None:
        """The product is a guard, not a lawyer; every row says where it comes from and in plain words what it is."""
        assert all(row["bemaerkning"].startswith("En jurist skal bekræfte") for row in self.ROWS)
        assert all(row["kilde"] and row["tekst"] for row in self.ROWS)

    def test_the_shipped_approvals_name_nobody_real(self) -> None:
        """They are those of the sample day's made-up municipality, and a real one puts its own in their place."""
        assert {row["godkendt_af"] for row in self.ROWS} == {"Eksempelkommunens databeskyttelsesrådgiver"}


class TestRefusing:
    @pytest.mark.parametrize(
        ("field", "value", "where"),
        [
            ("fra", ["*"], "hjemler.1.fra.0"),
            ("til", ["forvaltning", "*"], "hjemler.1.til.1"),
            ("oplysningstyper", ["plan", "*"], "hjemler.1.oplysningstyper.1"),
            ("fra", ["kommune"], "hjemler.1.fra.0"),
            ("til", ["jobcenter"], "hjemler.1.til.0"),
            ("oplysningstyper", ["stjernetegn"], "hjemler.1.oplysningstyper.0"),
            ("fra", [], "hjemler.1.fra"),
            ("til", [], "hjemler.1.til"),
            ("oplysningstyper", [], "hjemler.1.oplysningstyper"),
            ("oplysningstyper", "plan", "hjemler.1.oplysningstyper"),
            ("paragraf", "", "hjemler.1.paragraf"),
            ("tekst", "", "hjemler.1.tekst"),
            ("kilde", "", "hjemler.1.kilde"),
            ("bemaerkning", None, "hjemler.1.bemaerkning"),
            ("vaerdispring", "måske", "hjemler.1.vaerdispring"),
            ("viger_for_spaerring", "måske", "hjemler.1.viger_for_spaerring"),
            ("kraever", ["held"], "hjemler.1.kraever.0"),
            ("kraever", ["ansvarlig"], "hjemler.1.kraever"),
            ("kraever", [], "hjemler.1.kraever"),
            ("gyldig_fra", "i morgen", "hjemler.1.gyldig_fra"),
            ("gyldig_til", "9999-12-31", "hjemler.1.gyldig_til"),
            ("godkendt_den", "0001-01-01", "hjemler.1.godkendt_den"),
            ("godkendt_af", "", "hjemler.1.godkendt_af"),
            ("godkendt_af", None, "hjemler.1"),
            ("godkendt_den", None, "hjemler.1"),
            ("vaerdispring", True, "hjemler.1"),
            ("undtagelse", True, "hjemler.1.undtagelse"),
        ],
    )
    def test_a_wrong_row_is_named(self, field: str, value: Any, where: str) -> None:
        """What a row says wrong is refused by its place, and so is half an approval and an unreviewed emergency."""
        assert f"wrong at {where}:" in refusal(register(ROW, {**ROW, field: value}))

    @pytest.mark.parametrize(
        "field",
        [
            "paragraf",
            "tekst",
            "fra",
            "til",
            "oplysningstyper",
            "kraever",
            "viger_for_spaerring",
            "kilde",
            "bemaerkning",
        ],
    )
    def test_a_row_without_a_field_is_refused(self, field: str) -> None:
        """Every row states all of it, its source and what is to be confirmed included."""
        assert f"wrong at hjemler.0.{field}:" in refusal(register({name: ROW[name] for name in ROW if name != field}))

    def test_a_row_cannot_end_before_it_begins(self) -> None:
        """Such a row would hold never, which nobody who writes dates means."""
        assert "gyldig_til is before gyldig_fra" in refusal(
            register({**ROW, "gyldig_fra": "2026-07-01", "gyldig_til": "2026-06-30"})
        )

    @pytest.mark.parametrize("other", [{"vaerdispring": False}, {"vaerdispring": False, "kraever": [*Krav][:2]}])
    def test_the_rows_of_one_paragraph_agree_on_what_its_use_brings(self, other: dict[str, Any]) -> None:
        """A decision's entry names the paragraph alone, so it must be plain whether its use is an emergency."""
        assert "the rows of lov § 2 differ" in refusal(register(EMERGENCY, {**EMERGENCY, **other}))
        assert len(read_bases(register(EMERGENCY, {**EMERGENCY, "fra": ["uu"]})).hjemler) == 2

    @pytest.mark.parametrize("value", [{}, {"hjemler": []}, {"version": 0, "hjemler": []}, {"version": 1}, None])
    def test_a_register_without_version_or_rows_is_refused(self, value: Any) -> None:
        """A decision records the version of the register, so there is no register without one."""
        assert "the register of bases is wrong" in refusal(value)

    def test_one_wrong_row_refuses_the_whole_register(self) -> None:
        """A register is not read in part: what is left out could be what a person relied on."""
        refusal(register({**ROW, "fra": ["*"]}, ROW))

    def test_no_foreign_exception_shows(self) -> None:
        """The refusal stands alone: what the parser saw is not chained to it."""
        with pytest.raises(ConsentRefused) as caught:
            read_bases(register({**ROW, "fra": ["hemmelig"]}))
        assert caught.value.__suppress_context__
        assert "hemmelig" not in str(caught.value)
