"""Commands of the data-protection officer: what they ask of the running process, and how they show its answer."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from consent import recheck_commands, review_commands

REVIEW = {
    "nummer": 84,
    "haendelse": "h-1",
    "fra": "psykiatrien",
    "til": "social",
    "paragraf": "§ akut",
    "aabnet": "2026-09-14T10:00:00.000000Z",
    "frist": "2026-09-21T10:00:00.000000Z",
    "lukket": None,
    "lukket_af": None,
    "udfald": None,
}
DIFFERENT = {"nummer": 7, "udfald": "forskellig", "hvorfor": "andet_svar", "forskelle": ["plan: spaerret -> intet"]}
SAME = {"nummer": 8, "udfald": "samme", "hvorfor": None, "forskelle": []}
ERASED = {"nummer": 9, "udfald": "umulig", "hvorfor": "slettet", "forskelle": []}


class Process:
    """Stands for the running process: keeps what it is asked and answers what it was given."""

    data = Path()

    def __init__(self, *answers: Any) -> None:
        self.asked: list[tuple[str, str, str, dict[str, Any]]] = []
        self._answers = list(answers)

    def call(self, who: str, method: str, path: str, **request: Any) -> Any:
        """Answer the next."""
        self.asked.append((who, method, path, request))
        return self._answers.pop(0)


def run(process: Process, app: typer.Typer, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, list(arguments), obj=process)


@pytest.fixture
def log() -> typer.Typer:
    """Return the commands as the log composes them."""
    app = typer.Typer()
    recheck_commands.add_to(app)
    return app


class TestReview:
    def test_the_queue_is_listed(self) -> None:
        """With number, paragraph and deadline; closed ones only where they are asked for."""
        process = Process([REVIEW], [REVIEW])
        assert "§ akut" in run(process, review_commands.app, "list").stdout
        assert json.loads(run(process, review_commands.app, "list", "--all", "--json").stdout) == [REVIEW]
        path = ("role_dpo", "GET", "/v1/gennemsyn")
        assert process.asked == [(*path, {"params": {}}), (*path, {"params": {"lukkede": "true"}})]

    def test_an_empty_queue_is_said(self) -> None:
        """Nothing to look at is said in words."""
        assert "Nothing waits" in run(Process([]), review_commands.app, "list").stdout

    def test_a_review_is_closed_with_a_verdict_and_a_reason(self) -> None:
        """Both are needed, and there are two verdicts."""
        process = Process({"nummer": 84, "udfald": "ikke_i_orden"})
        given = ("close", "84", "--udfald", "ikke_i_orden", "--begrundelse", "Ingen fare")
        assert run(process, review_commands.app, *given).stdout == "Closed: ikke_i_orden.\n"
        body = {"json": {"udfald": "ikke_i_orden", "begrundelse": "Ingen fare"}}
        assert process.asked == [("role_dpo", "POST", "/v1/gennemsyn/84/luk", body)]
        assert run(process, review_commands.app, "close", "84", "--udfald", "i_orden").exit_code == 2
        assert run(process, review_commands.app, "close", "84", "--udfald", "ja", "--begrundelse", "x").exit_code == 2


class TestExplain:
    def test_paragraphs_for_people_and_all_of_it_for_scripts(self, log: typer.Typer) -> None:
        """The same text, and what could be signed."""
        found = {"nummer": 7, "afsnit": ["Et afsnit.", "Et til."], "forslag": None}
        process = Process(found, found)
        assert run(process, log, "explain", "7", "--begrundelse", "klage").stdout == "Et afsnit.\n\nEt til.\n"
        assert json.loads(run(process, log, "explain", "7", "--begrundelse", "klage", "--json").stdout) == found
        assert process.asked[0][2:] == ("/v1/oplysninger/7/forklaring", {"json": {"begrundelse": "klage"}})


class TestRecheck:
    def test_every_page_is_asked_for_and_a_difference_fails(self, log: typer.Typer) -> None:
        """What differs or cannot be recomputed is named; the rest is counted."""
        process = Process({"fund": [SAME, DIFFERENT], "naeste": 7}, {"fund": [ERASED, SAME], "naeste": None})
        result = run(process, log, "recheck", "--begrundelse", "årsrevision", "--from", "2026-09-01")
        assert result.exit_code == 1
        assert "plan: spaerret -> intet" in result.stdout
        assert "slettet" in result.stdout
        assert "2 came out the same, 1 otherwise, 1 cannot be recomputed." in result.stdout
        first, second = (request["json"] for *_, request in process.asked)
        assert (first["before"], second["before"]) == (None, 7)
        assert (first["since"], first["until"]) == ("2026-08-31T22:00:00.000000Z", None)

    def test_what_cannot_be_recomputed_is_no_failure(self, log: typer.Typer) -> None:
        """An erased citizen's decisions are gone by right."""
        result = run(Process({"fund": [ERASED], "naeste": None}), log, "recheck", "--begrundelse", "x", "--json")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == {"samme": 0, "forskellig": 0, "umulig": 1, "fund": [ERASED]}
