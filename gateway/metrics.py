"""Metrics for operations: how much crosses, what waits, what is wrong. Labels hold parties and states, never ids."""

import time

from prometheus_client import CollectorRegistry, Gauge

from gateway.deliveries import counts
from gateway.process import Tvaers

REGISTRY = CollectorRegistry()

DELIVERIES = Gauge("tvaers_deliveries", "Deliveries by state and outcome", ["state", "outcome"], registry=REGISTRY)
WAITING = Gauge("tvaers_sent_waiting", "Messages accepted and not yet crossed", registry=REGISTRY)
READY = Gauge("tvaers_ready", "1 when the gateway can do its work", registry=REGISTRY)
STOPPED = Gauge("tvaers_stopped", "Number of parties, or everyone, that are stopped", registry=REGISTRY)


FRESH_SECONDS = 5.0
"""Figures this young are shown again: whoever asks often costs no more than whoever asks seldom."""

_read_at = 0.0


async def refresh(tvaers: Tvaers) -> None:
    """Read the figures, unless they are fresh."""
    global _read_at  # noqa: PLW0603 - the registry that it belongs to is one for the process, too
    if time.monotonic() - _read_at < FRESH_SECONDS:
        return
    _read_at = time.monotonic()
    for (state, outcome), number in (await tvaers.records.database.look(counts)).items():
        DELIVERIES.labels(state, outcome).set(number)
    WAITING.set(await tvaers.waiting_sent())
    READY.set(0 if tvaers.ready() else 1)
    STOPPED.set(len(tvaers.switch.stopped))
