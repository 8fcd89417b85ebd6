"""Metrics for operations: how much crosses, what waits, what is wrong. Labels hold parties and states, never ids."""

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, Histogram

from consent import reviews
from consent.database import host_time
from gateway.deliveries import counts

if TYPE_CHECKING:
    from gateway.process import Tvaers

REGISTRY = CollectorRegistry()

DELIVERIES = Gauge("tvaers_deliveries", "Deliveries by state and outcome", ["state", "outcome"], registry=REGISTRY)
WAITING = Gauge("tvaers_sent_waiting", "Messages accepted and not yet crossed", registry=REGISTRY)
READY = Gauge("tvaers_ready", "1 when the gateway can do its work", registry=REGISTRY)
REVIEWS = Gauge("tvaers_reviews_open", "Decisions that the DPO has to look at", registry=REGISTRY)
OVERDUE = Gauge("tvaers_reviews_overdue", "Those of them that should have been looked at by now", registry=REGISTRY)
STOPPED = Gauge("tvaers_stopped", "Number of parties, or everyone, that are stopped", registry=REGISTRY)
HELD = Gauge("tvaers_held", "Reasons found (a loss, a restore) for which nothing crosses at all", registry=REGISTRY)
RECALL_SECONDS = Histogram(
    "tvaers_recall_seconds",
    "From a change of mind to the instant at which no unfetched copy is left that it forbids",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)


FRESH_SECONDS = 5.0
"""Figures this young are shown again: whoever asks often costs no more than whoever asks seldom."""

_read_at = 0.0


async def refresh(tvaers: "Tvaers") -> None:
    """Read the figures, unless they are fresh."""
    global _read_at  # noqa: PLW0603 - the registry that it belongs to is one for the process, too
    if time.monotonic() - _read_at < FRESH_SECONDS:
        return
    _read_at = time.monotonic()
    for (state, outcome), number in (await tvaers.records.database.look(counts)).items():
        DELIVERIES.labels(state, outcome).set(number)
    WAITING.set(await tvaers.waiting_sent())
    waiting, overdue = await tvaers.records.database.look(lambda one: reviews.counts(one, host_time(one)))
    REVIEWS.set(waiting)
    OVERDUE.set(overdue)
    READY.set(0 if tvaers.ready() else 1)
    STOPPED.set(len(tvaers.switch.stopped))
    HELD.set(len(tvaers.switch.held))
