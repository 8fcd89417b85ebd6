"""How long it takes to read, validate and redact an action plan, on one core.

`python -m ops.bench.language` prints one JSON object: medians in microseconds.
"""

import json
import statistics
import time
from collections.abc import Callable

from schemas.categories import Oplysningstype
from schemas.events import dump, read_event
from schemas.redaction import redact

AREAS = ("faglige_kompetencer", "motivation_oensker", "helbred", "misbrug", "netvaerk_familie", "bolig_oekonomi")
MEASURES_PER_AREA = 5
ROUNDS = 5_000


def plan() -> bytes:
    """Return an action plan with 6 areas and 30 measures, every field of a row filled, about 10 kB."""
    row = {
        "delmaal": "Stabil behandling og ro om hverdagen",
        "indsats": "Forløb i behandlingscentret to gange om ugen, aftalt med behandleren",
        "ansvarlige": ["Borger", "Behandler"],
        "status": "bevilget",
        "raekkefoelge": 1,
        "maaned": "2026-11",
        "opfoelgning_dato": "2026-12-01",
        "opfoelgning_maade": "Telefonisk opfølgning",
        "naaet": False,
        "aarsag": "Det går fremad, men langsomt",
    }
    data = {
        "borger": {"cpr": "2509479989", "navn": "Ida Prøve"},
        "sag": "2026-17",
        "formaal": "koordineret indsats",
        "plan_id": "P-1",
        "planversion": 3,
        "opdateret": "2026-11-20",
        "overordnet_maal": "Gennemføre hf",
        **{area: [row] * MEASURES_PER_AREA for area in AREAS},
    }
    head = {"specversion": "1.0", "id": "6d6d9f5c-3c0a-5b7e-9a53-0f4a3d7a1e10", "source": "jobcenter"}
    kind = {"type": "dk.tvaers.indsatsplan.opdateret.v1", "time": "2026-11-20T10:00:00Z"}
    return dump({**head, **kind, "datacontenttype": "application/json", "data": data})


def median_us(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median of `rounds` single runs, in microseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return round(statistics.median(times) / 1000, 1)


def measure() -> dict[str, float]:
    """Measure with substance use withheld, as a receiver without that category gets it."""
    document = plan()
    event = read_event(document)
    permitted = frozenset(Oplysningstype) - {Oplysningstype.MISBRUG}
    copy = redact(event, permitted)
    if copy is None or copy.content().keys() & {"misbrug"}:
        raise AssertionError("what is measured is not a redaction")
    return {
        "bytes": len(document),
        "validate_us": median_us(lambda: read_event(document)),
        "redact_us": median_us(lambda: redact(event, permitted)),
        "validate_and_redact_us": median_us(lambda: redact(read_event(document), permitted)),
        "write_us": median_us(copy.as_json),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))  # noqa: T201 - its one line of output
