"""How long it takes to decide about a citizen who has given five consents, on one core.

`python -m ops.bench.decision` prints one JSON object: medians in microseconds. The declarations are held read, as the
consent service holds them.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from consent.declarations import Declaration, read_declaration
from consent.rules import Request, decide
from ops.bench.language import median_us

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KINDS = {"jobcenter": "forvaltning", "social": "forvaltning", "rusmiddel": "forvaltning", "familie": "forvaltning"}
ROUNDS = 50_000


def consents() -> list[Declaration]:
    """Return five valid declarations, each for a case of its own; the last also blocks one category."""
    read = [read_declaration(_value(number)) for number in range(5)]
    declarations = [one for one in read if isinstance(one, Declaration)]
    if len(declarations) != len(read):
        raise AssertionError("what is measured is not a declaration")
    return declarations


def measure() -> dict[str, float]:
    """Measure what is permitted on the last of them, on the first, and what nobody has permitted."""
    given = consents()
    requests = {
        "permitted_us": _request("sag-4", "social", "plan", "helbred", "sagsforloeb"),
        "partly_us": _request("sag-0", "social", "plan", "misbrug", "helbred"),
        "refused_us": _request("sag-9", "familie", "plan", "helbred", "sagsforloeb"),
    }
    decisions = {name: decide(request, given, (), KINDS, NOW) for name, request in requests.items()}
    if [len(one.permitted) for one in decisions.values()] != [3, 2, 0]:
        raise AssertionError("what is measured is not these decisions")
    return {name: median_us(partial(decide, one, given, (), KINDS, NOW), ROUNDS) for name, one in requests.items()}


def _request(sag: str, til: str, *oplysningstyper: str) -> Request:
    return Request("b-1", sag, "rehabilitering", "jobcenter", til, oplysningstyper)


def _value(number: int) -> dict[str, Any]:
    points = [
        {"punkt": 1, "parter": ["jobcenter", "rusmiddel"], "oplysningstyper": ["plan", "misbrug"]},
        {"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred", "sagsforloeb"]},
    ]
    return {
        "samtykke_id": f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
        "version": 1,
        "borger": "b-1",
        "sag": f"sag-{number}",
        "formaal": "rehabilitering",
        "punkter": points,
        "spaerringer": [{"til": ["familie"], "oplysningstyper": ["misbrug"]}] if number == 4 else [],  # noqa: PLR2004 - the last of the five
        "afgivet": (NOW - timedelta(days=30 + number)).isoformat(),
        "gyldig_til": None,
        "tilbagekaldt": None,
        "underskrift": "gyldig",
        "underskriver": {"relation": "borger", "bekraeftet": True},
    }


if __name__ == "__main__":
    print(json.dumps(measure()))  # noqa: T201 - its one line of output
