"""The streams and consumers of the bus as data, and how what is there differs from them.

Ops owns the topology; nothing else creates or changes a stream. Sizes, permissions and traps: STACK B.4, D.3, D.5, D.7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.bus.errors import BusRefused
from gateway.bus.identities import party_id

MIB = 2**20
SECOND = 10**9
DAY = 86_400 * SECOND

DUPLICATE_WINDOW = 2 * 3600 * SECOND
"""Nanoseconds in which a message id is known: a second line behind the database, about 230 bytes of memory an id."""

ACK_WAIT = 5 * SECOND
"""Nanoseconds after which what a killed gateway held is handed out again; a living one says that it is at work."""

PARTY_ACK_WAIT = 30 * SECOND
"""The same for recipients, who say nothing while they work: a slower one gets its copy again, and knows its id."""

FENCE = "delivery.fence"
"""Stored in DELIVERY though no consumer filters on it; see `gateway.bus.publish.settle`."""

MAX_DISK_SHARE = 0.7
"""Of a file system, for the sum of the streams: a full disk freezes a stream until the server is restarted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`max_bytes` of each stream, in bytes; `sent` is for each party. The defaults suit the embedded server."""

    sent: int = 64 * MIB
    delivery: int = 256 * MIB
    receipts: int = 32 * MIB
    dead: int = 64 * MIB
    acks: int = 64 * MIB
    given_up: int = 16 * MIB
    journal: int = 64 * MIB
    """For ever: some 500 bytes for each withdrawal, block or erasure there ever was."""

    def total(self, parties: int) -> int:
        """Return the bytes all streams may take together, with `parties` parties."""
        shared = (self.delivery, self.receipts, self.dead, self.acks, self.given_up, self.journal)
        return self.sent * parties + sum(shared)


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream's configuration in JetStream's own JSON, and that of each of its durable consumers by name."""

    name: str
    config: Mapping[str, Any]
    consumers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on the server that is not as the topology wants it; `consumer` is empty for the stream itself."""

    stream: str
    consumer: str
    field: str
    wanted: Any
    found: Any

    def __str__(self) -> str:
        place = f"{self.stream}/{self.consumer}" if self.consumer else self.stream
        return f"{place}: {self.field} is {self.found!r}, should be {self.wanted!r}"


MISSING = "exists"
"""The `field` of a difference about something that is not there at all, or is there and should not be."""

_STREAM_MUST_NOT = ("republish", "mirror", "sources", "subject_transform", "deny_delete", "sealed")
"""Each would copy personal data elsewhere, or make a recall impossible."""
_STREAMS = {"delivery": "DELIVERY", "receipt": "RECEIPTS", "dead": "DEAD", "journal": "JOURNAL"}
_CONSUMER_MUST_NOT = ("deliver_subject", "headers_only")


def sent_stream(party: str) -> str:
    """Return the name of the stream `party` publishes into."""
    return f"SENT_{party}"


def watched_streams(parties: Sequence[str]) -> list[str]:
    """Return the streams that lose nothing they have acknowledged: their sequences never go back.

    ACKS and GIVEN_UP need not wait for the disk, and JOURNAL is compared entry by entry.
    """
    return [*(sent_stream(party) for party in parties), "DELIVERY", "RECEIPTS", "DEAD"]


def stream_of(subject: str) -> str:
    """Return the stream that stores `subject`.

    Raises:
        BusRefused: none of ours does.
    """
    first, _, rest = subject.partition(".")
    if first == "sent":
        return sent_stream(rest.partition(".")[0])
    if first not in _STREAMS:
        raise BusRefused("no stream of ours stores that subject")
    return _STREAMS[first]


def topology(parties: Sequence[str], sizes: Sizes, replicas: int = 1) -> tuple[StreamSpec, ...]:
    """Return every stream and consumer of a bus with these parties; `replicas` is 3 in a cluster of three."""
    specs = _specs(parties, sizes)
    return tuple(replace(spec, config={**spec.config, "num_replicas": replicas}) for spec in specs)


def _specs(parties: Sequence[str], sizes: Sizes) -> tuple[StreamSpec, ...]:
    parties = [party_id(party) for party in parties]
    queue = {"retention": "workqueue", "discard": "new", "max_age": 0, "allow_atomic": True}
    return (
        *(
            _stream(
                sent_stream(party),
                [f"sent.{party}.>"],
                sizes.sent,
                {"gateway": _consumer(f"sent.{party}.>")},
                **queue,
            )
            for party in parties
        ),
        _stream(
            "DELIVERY",
            ["delivery.>"],
            sizes.delivery,
            {party: _consumer(f"delivery.{party}.>", ack_wait=PARTY_ACK_WAIT, sample_freq="100%") for party in parties},
            **queue,
            allow_msg_ttl=True,
        ),
        # A full RECEIPTS drops its oldest: nobody's crossing waits for receipts that are not fetched.
        _stream(
            "RECEIPTS",
            ["receipt.*"],
            sizes.receipts,
            {party: _consumer(f"receipt.{party}", ack_wait=PARTY_ACK_WAIT) for party in parties},
            discard="old",
            max_age=30 * DAY,
            allow_atomic=True,
        ),
        _stream("DEAD", ["dead.>"], sizes.dead, {}, discard="new", max_age=30 * DAY, allow_atomic=True),
        # Every entry has a subject of its own, so each is kept; of the log's checkpoints the newest is.
        _stream("JOURNAL", ["journal.>"], sizes.journal, {}, discard="new", max_age=0, max_msgs_per_subject=1),
        _events("ACKS", ["METRIC.CONSUMER.ACK"], sizes.acks),
        _events("GIVEN_UP", ["ADVISORY.CONSUMER.MAX_DELIVERIES", "ADVISORY.CONSUMER.MSG_TERMINATED"], sizes.given_up),
    )


def check(wanted: Iterable[StreamSpec], found: Mapping[str, StreamSpec]) -> list[Difference]:
    """Return how the streams `found` on the server differ from those `wanted`; an empty list means not at all."""
    wanted = tuple(wanted)
    differences = [_intruder(name, "") for name in sorted(found.keys() - {spec.name for spec in wanted})]
    for spec in wanted:
        if (actual := found.get(spec.name)) is None:
            differences.append(_missing(spec.name, ""))
            continue
        differences += _differences(spec.name, "", spec.config, actual.config, _STREAM_MUST_NOT)
        differences += _check_consumers(spec, actual)
    return differences


def _check_consumers(spec: StreamSpec, actual: StreamSpec) -> list[Difference]:
    # Whoever may create a consumer can read the stream.
    differences = [_intruder(spec.name, name) for name in sorted(actual.consumers.keys() - spec.consumers.keys())]
    for name, config in spec.consumers.items():
        if (there := actual.consumers.get(name)) is None:
            differences.append(_missing(spec.name, name))
        else:
            differences += _differences(spec.name, name, config, there, _CONSUMER_MUST_NOT)
    return differences


def _missing(stream: str, consumer: str) -> Difference:
    return Difference(stream, consumer, MISSING, wanted=True, found=False)


def _intruder(stream: str, consumer: str) -> Difference:
    return Difference(stream, consumer, MISSING, wanted=False, found=True)


def _differences(
    stream: str, consumer: str, wanted: Mapping[str, Any], found: Mapping[str, Any], must_not: Iterable[str]
) -> list[Difference]:
    # JetStream leaves zero, false and empty out of its answers.
    changed = [(field, value, found.get(field)) for field, value in wanted.items()]
    barred = [(field, None, found.get(field)) for field in must_not]
    return [Difference(stream, consumer, *it) for it in (*changed, *barred) if (it[1] or None) != (it[2] or None)]


def _stream(
    name: str, subjects: list[str], max_bytes: int, consumers: Mapping[str, Mapping[str, Any]], **more: Any
) -> StreamSpec:
    config = {
        "name": name,
        "subjects": subjects,
        "storage": "file",
        "retention": "limits",
        "max_bytes": max_bytes,
        "duplicate_window": DUPLICATE_WINDOW,
    }
    named = {durable: {**consumer, "durable_name": durable} for durable, consumer in consumers.items()}
    return StreamSpec(name, {**config, **more}, named)


def _events(name: str, kinds: list[str], max_bytes: int) -> StreamSpec:
    """A stream of what the server tells about DELIVERY: lost at a restart anyway, so it need not wait for the disk."""
    subjects = [f"$JS.EVENT.{kind}.DELIVERY.>" for kind in kinds]
    return _stream(
        name, subjects, max_bytes, {"ledger": _consumer("")}, discard="old", max_age=7 * DAY, persist_mode="async"
    )


def _consumer(subject: str, **more: Any) -> Mapping[str, Any]:
    """A durable pull consumer: never gives up by itself, because poison is counted in the database."""
    return {
        "ack_policy": "explicit",
        "ack_wait": ACK_WAIT,
        "max_ack_pending": 2000,
        "max_deliver": -1,
        "filter_subject": subject,
        **more,
    }
