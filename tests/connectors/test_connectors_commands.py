"""`translate` and `render`: the edges from the command line, with neither broker nor data folder."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from connectors import commands

app = typer.Typer()
commands.add_to(app)


@pytest.fixture
def event() -> dict[str, Any]:
    """Return an absence as a system that speaks the shared language hands it in."""
    return {
        "id": "besked-1",
        "type": "dk.tvaers.fravaer.registreret.v1",
        "time": "2026-03-02T09:00:00+01:00",
        "data": {
            "borger": {"cpr": "2509479989"},
            "sag": "sag-1",
            "formaal": "opfølgning på fremmøde",
            "tilbud": {"id": "t-1"},
            "fra": "2026-03-02",
            "art": "udeblevet",
            "registreret": "2026-03-02T09:00:00+01:00",
        },
    }


@pytest.fixture
def native(tmp_path: Path, event: dict[str, Any]) -> Path:
    """Return a file with that event."""
    path = tmp_path / "fravær.json"
    path.write_text(json.dumps(event), "utf-8")
    return path


def run(*arguments: object) -> Result:
    """Run a command with the sample's party register."""
    parter = Path(__file__).resolve().parents[2] / "ops" / "sample" / "parter.toml"
    settings = SimpleNamespace(settings=SimpleNamespace(parter=parter))
    return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=settings)


def lines(result: Result) -> list[dict[str, Any]]:
    """Return what was printed, a value per line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestTranslate:
    def test_a_line_per_file_in_their_order(self, native: Path, tmp_path: Path) -> None:
        """Each line has the file as it was named and the events it means."""
        other = tmp_path / "to.json"
        other.write_text(f"[{native.read_text('utf-8')}, {native.read_text('utf-8').replace('besked-1', 'b-2')}]")
        result = run("translate", "--connector", "faelles", native, other)
        assert result.exit_code == 0
        assert [(line["file"], len(line["events"])) for line in lines(result)] == [(str(native), 1), (str(other), 2)]

    def test_events_are_the_objects_that_stand_on_the_wire(self, native: Path) -> None:
        """The event is whole, and its source is the party that would send it."""
        (line,) = lines(run("translate", "--connector", "faelles", "--as", "jobcenter", native))
        (found,) = line["events"]
        assert found["source"] == "jobcenter"
        assert found["data"]["formaal"] == "opfølgning på fremmøde"
        assert found["datacontenttype"] == "application/json"

    def test_what_is_malformed_says_why_and_where_and_the_rest_is_read(self, native: Path, tmp_path: Path) -> None:
        """One bad file makes the exit status 1 and stops nothing."""
        bad = tmp_path / "bad.json"
        bad.write_text('{"id": "x", "type": "dk.tvaers.fravaer.registreret.v1"}')
        result = run("translate", "--connector", "faelles", bad, native)
        assert result.exit_code == 1
        first, second = lines(result)
        assert first["malformed"].keys() == {"reason", "where"}
        assert "events" not in first
        assert len(second["events"]) == 1

    def test_what_is_malformed_is_never_quoted(self, tmp_path: Path) -> None:
        """A line about a message that cannot be read holds nothing of the message."""
        bad = tmp_path / "bad.json"
        bad.write_text('{"borger": "2509479989", "tekst": "hemmelig"')
        assert "hemmelig" not in (out := run("translate", "--connector", "faelles", bad).stdout)
        assert "2509479989" not in out

    @pytest.mark.parametrize("name", ["findes-ikke.json", "."])
    def test_a_file_that_cannot_be_read_is_malformed(self, name: str, tmp_path: Path) -> None:
        """A missing file and a folder are answered like any other bad input."""
        result = run("translate", "--connector", "faelles", tmp_path / name)
        assert result.exit_code == 1
        assert lines(result)[0]["malformed"] == {"reason": "cannot be read", "where": "the file"}

    def test_an_unknown_connector_is_wrong_usage(self, native: Path) -> None:
        """The connectors that exist are named."""
        result = run("translate", "--connector", "fax", native)
        assert result.exit_code == 2
        assert "jobcenter" in result.stderr

    def test_a_real_medcom_letter_is_read_without_a_register(self, real: Path) -> None:
        """Published CareCommunications translate as they are."""
        letters = sorted((real / "medcom-fhir" / "carecommunication").glob("*.json"))
        result = run("translate", "--connector", "region", *letters)
        assert len(lines(result)) == len(letters) > 0
        assert any("events" in line for line in lines(result))


class TestRender:
    def test_native_bytes_and_nothing_else_on_standard_output(self, native: Path, tmp_path: Path) -> None:
        """What is written reads back as the same event."""
        (line,) = lines(run("translate", "--connector", "faelles", "--as", "social", native))
        path = tmp_path / "event.json"
        path.write_text(json.dumps(line["events"][0]), "utf-8")
        result = run("render", "--connector", "faelles", "--format", "haendelse", path)
        assert result.exit_code == 0
        assert json.loads(result.stdout_bytes) == line["events"][0]

    def test_an_unknown_format_is_wrong_usage(self, native: Path) -> None:
        """The formats that the connector writes are named."""
        result = run("render", "--connector", "region", "--format", "edifact", native)
        assert result.exit_code == 2
        assert "carecommunication" in result.stderr

    def test_what_the_format_has_no_place_for_is_said(self, native: Path, tmp_path: Path) -> None:
        """An absence is no letter: exit status 1, the reason on standard error, nothing on standard output."""
        (line,) = lines(run("translate", "--connector", "faelles", native))
        path = tmp_path / "event.json"
        path.write_text(json.dumps(line["events"][0]), "utf-8")
        result = run("render", "--connector", "region", "--format", "carecommunication", path)
        assert (result.exit_code, result.stdout_bytes) == (1, b"")
        assert "correspondence" in result.stderr
