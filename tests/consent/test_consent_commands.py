"""`consent decide` and `consent verify`: rules and signatures from the command line, off line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consent.cases import CaseError
from consent.commands import app
from consent.document import write_document
from consent.pdf import write_pdf
from consent.signatures import AnchorsRefused
from ops.sample.pki import SamplePki

ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
CASE: dict[str, Any] = {
    "name": "plan til social",
    "now": "2026-09-14T10:00:00Z",
    "parter": {"jobcenter": {"kind": "forvaltning"}, "social": {"kind": "forvaltning"}},
    "hjemmelregister": [
        {"paragraf": "§ A", "fra": ["forvaltning"], "til": ["forvaltning"], "oplysningstyper": ["plan"]}
    ],
    "samtykker": [],
    "hjemler": [{"paragraf": "§ A", "begrundelse": "ansøgning", "ansvarlig": "medarbejder 5"}],
    "anmodning": {
        "borger": "0201919990",
        "sag": "sag-3",
        "formaal": "forloeb",
        "fra": "jobcenter",
        "til": "social",
        "oplysningstyper": ["plan", "helbred"],
    },
}
ANSWER = {"permitted": ["plan"], "withheld": {"helbred": "hjemmel_ugyldig"}}

DECLARATION = {
    "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
    "version": 1,
    "borger": "2509479989",
    "sag": "sag-1",
    "formaal": "rehabilitering",
    "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]}],
    "spaerringer": [],
    "afgivet": "2026-03-01T10:00:00+01:00",
    "gyldig_til": None,
}
DOCUMENT = write_document(DECLARATION, {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}, "Eva Eksempel")


@pytest.fixture(scope="module")
def pki() -> SamplePki:
    """Return a certificate authority for these tests."""
    return SamplePki.create()


@pytest.fixture
def signed(tmp_path: Path, pki: SamplePki) -> Path:
    """Return a file with a signed samtykke."""
    now, hour = datetime.now(UTC), timedelta(hours=1)
    credential = pki.issue(ANE, "Ane Eksempel", now - hour, now + hour)
    path = tmp_path / "samtykke.xml"
    path.write_bytes(pki.sign(DOCUMENT, credential))
    (tmp_path / "ankre.pem").write_bytes(pki.anchors_pem)
    return path


def run(data: Path, *arguments: object) -> Result:
    """Run a consent command on a data folder where nothing runs."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=SimpleNamespace(data=data))


class TestDecide:
    def test_a_line_of_json_per_case(self, tmp_path: Path) -> None:
        """Scripts read name, what is permitted, and why the rest is withheld; --json changes nothing."""
        path = tmp_path / "cases.json"
        path.write_text(json.dumps([CASE, {**CASE, "name": "igen", "expect": ANSWER}]))
        result = run(tmp_path, "decide", path)
        assert result.exit_code == 0
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert found[0] == {"name": "plan til social", **ANSWER}
        assert [one["name"] for one in found] == ["plan til social", "igen"]
        assert run(tmp_path, "decide", path, "--json").stdout == result.stdout

    def test_a_case_can_be_explained(self, tmp_path: Path) -> None:
        """For people in plain Danish; for scripts the same paragraphs in the case's line; the exit status stays."""
        path = tmp_path / "cases.json"
        path.write_text(json.dumps([{**CASE, "expect": {"permitted": [], "withheld": {}}}]))
        told, line = (run(tmp_path, "decide", path, "--explain", *more) for more in ([], ["--json"]))
        assert (told.exit_code, line.exit_code) == (1, 1)
        assert told.stdout.startswith("plan til social\n\njobcenter ville give social oplysninger i sagen sag-3")
        assert "Plan måtte gives uden samtykke efter § A. Det står medarbejder 5 for" in told.stdout
        assert "0201919990" not in told.stdout
        found = json.loads(line.stdout)
        assert {name: found[name] for name in ("name", *ANSWER)} == {"name": "plan til social", **ANSWER}
        assert found["forklaring"]["afsnit"][0] in told.stdout
        assert found["forklaring"]["forslag"]["oplysningstyper"] == ["helbred"]

    def test_an_unmet_expectation_is_said_and_fails(self, tmp_path: Path) -> None:
        """The answer stays on standard output as it is; what differs goes to standard error."""
        path = tmp_path / "cases.json"
        path.write_text(json.dumps([{**CASE, "expect": {"permitted": ["plan", "helbred"], "withheld": {}}}]))
        result = run(tmp_path, "decide", path)
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {"name": "plan til social", **ANSWER}
        assert "helbred: expected permitted, answered hjemmel_ugyldig" in result.stderr

    def test_a_file_that_is_none_is_refused(self, tmp_path: Path) -> None:
        """The error is the case reader's own, for the command line to print."""
        path = tmp_path / "cases.json"
        path.write_text("{}")
        result = run(tmp_path, "decide", path)
        assert isinstance(result.exception, CaseError)
        assert result.stdout == ""

    def test_the_worked_cases_of_the_domain_are_answered_as_they_expect(self, tmp_path: Path, real: Path) -> None:
        """The cases that came with the domain's rules hold."""
        cases = real.parent / "decision-cases.json"
        result = run(tmp_path, "decide", cases)
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) == len(json.loads(cases.read_text("utf-8")))
        assert run(tmp_path, "decide", cases, "--explain").exit_code == 0


class TestVerify:
    def test_who_when_and_the_words_that_were_signed(self, signed: Path) -> None:
        """The data folder's anchors are the default, and the citizen's own text is shown."""
        result = run(signed.parent, "verify", signed)
        assert result.exit_code == 0
        assert ANE in result.stdout
        assert "Det gælder kun oplysninger om:\n  - mine planer og mål" in result.stdout

    def test_json_says_the_same_without_the_citizen(self, signed: Path) -> None:
        """A script gets signer, claimed time and scope; the citizen's number stays in the document."""
        result = run(signed.parent, "verify", signed, "--json", "--anchors", signed.parent / "ankre.pem")
        found = json.loads(result.stdout)
        assert (found["verified"], found["underskriver"]) == (True, ANE)
        assert found["erklaering"]["sag"] == "sag-1"
        assert datetime.fromisoformat(found["underskrevet"]).tzinfo is not None
        assert "2509479989" not in result.stdout

    def test_it_says_what_was_proven(self, signed: Path) -> None:
        """Form and level are said; without a timestamp no time is proven."""
        found = json.loads(run(signed.parent, "verify", signed, "--json").stdout)
        assert (found["form"], found["niveau"], found["bevist_tid"], found["bemaerkning"]) == ("xml", "B", "", "")

    def test_a_pdf_is_verified_as_one(self, signed: Path, pki: SamplePki) -> None:
        """The same command takes the PDF of a declaration, signed or not."""
        pdf = signed.with_suffix(".pdf")
        pdf.write_bytes(write_pdf(DOCUMENT))
        assert json.loads(run(signed.parent, "verify", pdf, "--json").stdout)["reason"] == "ingen_underskrift"
        now, hour = datetime.now(UTC), timedelta(hours=1)
        pdf.write_bytes(pki.sign_pdf(pdf.read_bytes(), pki.issue(ANE, "Ane Eksempel", now - hour, now + hour)))
        found = json.loads(run(signed.parent, "verify", pdf, "--json").stdout)
        assert (found["verified"], found["form"], found["niveau"], found["underskriver"]) == (True, "pdf", "B", ANE)
        assert found["erklaering"]["sag"] == "sag-1"

    def test_anchors_of_timestamps_are_read_where_they_are(self, signed: Path) -> None:
        """A file of timestamp anchors that holds something else is said to, in the data folder or where named."""
        (signed.parent / "tidsstempelankre.pem").write_bytes(b"x")
        assert isinstance(run(signed.parent, "verify", signed).exception, AnchorsRefused)
        other = signed.parent / "andre.pem"
        other.write_bytes((signed.parent / "ankre.pem").read_bytes())
        assert run(signed.parent, "verify", signed, "--timestamp-anchors", other).exit_code == 0

    def test_a_changed_document_is_not_verified(self, signed: Path) -> None:
        """The reason is a code, and the exit status 1."""
        signed.write_bytes(signed.read_bytes().replace(b"sag-1", b"sag-2"))
        result = run(signed.parent, "verify", signed, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["reason"] == "indhold_aendret"
        assert "not verified: indhold_aendret" in result.stderr

    def test_another_authority_is_not_trusted(self, signed: Path, tmp_path: Path) -> None:
        """A signature is worth what its anchor is."""
        other = tmp_path / "andre.pem"
        other.write_bytes(SamplePki.create().anchors_pem)
        assert run(signed.parent, "verify", signed, "--anchors", other).exit_code == 1

    def test_without_anchors_nothing_is_verified(self, signed: Path) -> None:
        """It says which option names them."""
        (signed.parent / "ankre.pem").unlink()
        result = run(signed.parent, "verify", signed)
        assert isinstance(result.exception, AnchorsRefused)
        assert "--anchors" in str(result.exception)
