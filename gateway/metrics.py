"""Metrics for operations: how much crosses, what waits, what is wrong. Labels hold parties and states, never ids."""

from prometheus_client import CollectorRegistry, Gauge

from gateway.deliveries import counts
from gateway.process import Tvaers

REGISTRY = CollectorRegistry()

DELIVERIES = Gauge("tvaers_deliveries", "Deliveries by state and outcome", ["state", "outcome"], registry=REGISTRY)
WAITING = Gauge("tvaers_sent_waiting", "Messages accepted and not yet crossed", registry=REGISTRY)
READY = Gauge("tvaers_ready", "1 when the gateway can do its work", registry=REGISTRY)
STOPPED = Gauge("tvaers_stopped", "Number of parties, or everyone, that are stopped", registry=REGISTRY)


async def refresh(tvaers: Tvaers) -> None:
    """Read the figures."""
    for (state, outcome), number in (await tvaers.records.database.run(counts)).items():
        DELIVERIES.labels(state, outcome).set(number)
    WAITING.set(await tvaers.waiting_sent())
    READY.set(0 if tvaers.ready() else 1)
    STOPPED.set(len(tvaers.switch.stopped))
