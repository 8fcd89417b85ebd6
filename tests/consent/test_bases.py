"""The register of legal bases: a register that cannot be read whole permits nothing."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from consent.bases import read_bases
from consent.errors import ConsentRefused
from consent.rules import Basis
from schemas.categories import Oplysningstype
from schemas.parties import Partsart

DEFAULT = Path(__file__).resolve().parents[2] / "ops" / "hjemler.toml"
ROW: dict[str, Any] = {
    "paragraf": "lov § 1",
    "fra": ["forvaltning"],
    "til": ["forvaltning", "uu"],
    "oplysningstyper": ["plan", "helbred"],
    "kilde": "Loven",
    "bemaerkning": "En jurist skal bekræfte",
}


def register(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a register with these rows."""
    return {"version": 3, "hjemler": list(rows), **fields}


def refusal(value: Any) -> str:
    """Return the text of the refusal."""
    with pytest.raises(ConsentRefused) as caught:
        read_bases(value)
    assert caught.value.code == "hjemmelregister"
    return str(caught.value)


class TestReading:
    def test_a_row_becomes_a_basis_of_the_rules(self) -> None:
        """The rules see paragraph, kinds and categories, and the entry of a decision sees the version."""
        found = read_bases(register(ROW))
        basis = Basis(
            "lov § 1", frozenset({"forvaltning"}), frozenset({"forvaltning", "uu"}), frozenset({"plan", "helbred"})
        )
        assert (found.version, found.bases, found.vaerdispring) == (3, (basis,), frozenset())

    def test_an_emergency_is_known_by_its_paragraph(self) -> None:
        """A row marked `vaerdispring` is one that a person must review; no other is."""
        emergency = {**ROW, "paragraf": "lov § 2", "vaerdispring": True}
        assert read_bases(register(ROW, emergency)).vaerdispring == {"lov § 2"}

    def test_an_empty_register_permits_nothing(self) -> None:
        """Every row can be taken out."""
        assert read_bases(register()).bases == ()


class TestDefaultRegister:
    FOUND = read_bases(tomllib.loads(DEFAULT.read_text("utf-8")))

    def test_it_reads(self) -> None:
        """The register that is shipped can be read, and no paragraph stands in it twice."""
        paragraphs = [basis.paragraf for basis in self.FOUND.bases]
        assert len(paragraphs) == len(set(paragraphs)) == 6

    def test_it_has_the_first_events(self) -> None:
        """What has no consent to rest on: admission notices, discharge letters, and referral between departments."""
        pairs = {(fra, til) for basis in self.FOUND.bases for fra in basis.fra for til in basis.til}
        assert pairs >= {
            ("sundhedsvaesen", "forvaltning"),
            ("sundhedsvaesen", "praktiserende_laege"),
            ("forvaltning", "forvaltning"),
            ("forvaltning", "praktiserende_laege"),
        }

    def test_no_row_reaches_private_parties_or_everything(self) -> None:
        """No default paragraph sends to a private party or another authority, or carries offences or the economy."""
        for basis in self.FOUND.bases:
            assert not basis.til & {Partsart.PRIVAT, Partsart.ANDEN_MYNDIGHED}
            assert not basis.oplysningstyper & {Oplysningstype.STRAFBARE_FORHOLD, Oplysningstype.OEKONOMI}

    def test_the_emergency_is_the_only_one_to_be_reviewed(self) -> None:
        """One row is a vaerdispring."""
        [paragraph] = self.FOUND.vaerdispring
        assert "§ 43" in paragraph

    def test_every_row_says_that_a_jurist_must_confirm_it(self) -> None:
        """The product is a guard, not a lawyer."""
        rows = tomllib.loads(DEFAULT.read_text("utf-8"))["hjemler"]
        assert all(row["bemaerkning"].startswith("En jurist skal bekræfte") for row in rows)


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
            ("kilde", "", "hjemler.1.kilde"),
            ("bemaerkning", None, "hjemler.1.bemaerkning"),
            ("vaerdispring", "måske", "hjemler.1.vaerdispring"),
            ("undtagelse", True, "hjemler.1.undtagelse"),
        ],
    )
    def test_a_wrong_row_is_named(self, field: str, value: Any, where: str) -> None:
        """Wildcards, unknown kinds, categories and fields, and empty lists and texts are refused by their place."""
        assert f"wrong at {where}:" in refusal(register(ROW, {**ROW, field: value}))

    @pytest.mark.parametrize("field", ["paragraf", "fra", "til", "oplysningstyper", "kilde", "bemaerkning"])
    def test_a_row_without_a_field_is_refused(self, field: str) -> None:
        """Every row states all of it, its source and what is to be confirmed included."""
        assert f"wrong at hjemler.0.{field}:" in refusal(register({name: ROW[name] for name in ROW if name != field}))

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
