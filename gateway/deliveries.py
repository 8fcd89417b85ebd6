"""The state of every crossing: one row per event, recipient and attempt, living as long as its log entry.

That table is also the de-duplication: an event whose deliveries are settled is not crossed again, whatever is resent,
redelivered or restarted.

    decided -> sent -> delivered | recalled | recalled_maybe_read
    decided -> revoked [-> recalled | recalled_maybe_read]          refused

`recall` marks what is still to be done about a row, so that no crash forgets it: a sent copy that must be deleted, or a
revoked one of which nobody has asked the broker yet whether it landed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from consent.database import metadata


class State(StrEnum):
    """Where a delivery is."""

    DECIDED = "decided"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    REVOKED = "revoked"
    RECALLED = "recalled"
    RECALLED_MAYBE_READ = "recalled_maybe_read"


class Udfald(StrEnum):
    """What the sender's receipt says of one recipient. Never the reason: a reason can betray a block."""

    AFLEVERET = "afleveret"
    DELVIST = "delvist"
    TILBAGEHOLDT = "tilbageholdt"
    UDLOEBET = "udloebet"


haendelse = Table(
    "haendelse",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("source", String(41), nullable=False),
    Column("type", String(80), nullable=False),
    Column("indhold", String(64), nullable=False, doc="keyed hash of the event: the same id must mean the same event"),
    Column("modtaget", String(27), nullable=False),
)
delivery = Table(
    "delivery",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("til", String(80), primary_key=True),
    Column("forsoeg", Integer, primary_key=True, autoincrement=False),
    Column("borger_id", String(36), nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),
    Column("udfald", String(20), nullable=False),
    Column("tilladt", String, nullable=False, doc="the permitted categories, comma separated"),
    Column("seq", BigInteger, index=True),
    Column("recall", Boolean, nullable=False, default=False, doc="it must be taken back; the broker has yet to do it"),
    Column("uvis", Boolean, nullable=False, default=False, doc="the broker may have forgotten that it handed it out"),
    Column("kopi", LargeBinary, doc="the copy, sealed, while it has no message in SENT to be made from again"),
    Column("box", LargeBinary, nullable=False, doc="the question that was answered, sealed"),
    Column("key_id", String(64), nullable=False),
    Column("tid", String(27), nullable=False),
)

UNSETTLED = (State.DECIDED, State.SENT)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the table."""

    event_id: str
    til: str
    forsoeg: int
    borger_id: str
    state: State
    udfald: Udfald
    tilladt: str
    seq: int | None
    recall: bool
    uvis: bool
    kopi: bytes | None
    box: bytes
    key_id: str
    tid: str

    @property
    def key(self) -> "Key":
        """What names the row."""
        return (self.event_id, self.til, self.forsoeg)

    @property
    def delivery_id(self) -> str:
        """What the broker and the recipient know the copy by."""
        return f"{self.event_id}:{self.til}:{self.forsoeg}"

    @property
    def types(self) -> frozenset[str]:
        """The permitted categories."""
        return frozenset(self.tilladt.split(",")) if self.tilladt else frozenset()


Key = tuple[str, str, int]

_FIELDS = tuple(Delivery.__dataclass_fields__)
_ORDER = (delivery.c.event_id, delivery.c.til, delivery.c.forsoeg)


def known_events(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return event id to content hash of those of `ids` that have been crossed or are being crossed."""
    query = select(haendelse.c.event_id, haendelse.c.indhold).where(haendelse.c.event_id.in_(ids))
    return {row.event_id: row.indhold for row in connection.execute(query)}


def add_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Record events seen for the first time."""
    if rows:
        connection.execute(insert(haendelse), list(rows))


def add(connection: Connection, rows: Sequence[Delivery]) -> None:
    """Insert deliveries; a key that exists already is an error, never an update."""
    if rows:
        connection.execute(insert(delivery), [{name: getattr(row, name) for name in _FIELDS} for row in rows])


def of_events(connection: Connection, ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Return the deliveries of these events, all attempts, by event."""
    found: dict[str, list[Delivery]] = {}
    for row in _select(connection, delivery.c.event_id.in_(ids)):
        found.setdefault(row.event_id, []).append(row)
    return found


def of_keys(connection: Connection, keys: Iterable[Key]) -> list[Delivery]:
    """Return these deliveries."""
    return [row for key in keys for row in _select(connection, _is(key))]


def unsettled_of(connection: Connection, borger_id: str) -> list[Delivery]:
    """Return what of this citizen has been decided or sent and could still be stopped."""
    return _select(connection, (delivery.c.borger_id == borger_id) & delivery.c.state.in_(UNSETTLED))


def citizens_unsettled(connection: Connection) -> list[str]:
    """Return every citizen who has an unsettled delivery."""
    query = select(delivery.c.borger_id).where(delivery.c.state.in_(UNSETTLED)).distinct()
    return [str(row.borger_id) for row in connection.execute(query)]


def to_recall(connection: Connection) -> list[Delivery]:
    """Return what must be taken back and is not yet known to be: sent copies, and revoked ones that may have landed."""
    return _select(connection, delivery.c.recall.is_(True) & delivery.c.state.in_((State.SENT, State.REVOKED)))


def held(connection: Connection) -> list[Delivery]:
    """Return the decided copies that lie here because no message in SENT could make them again."""
    return _select(connection, (delivery.c.state == State.DECIDED) & delivery.c.kopi.is_not(None))


def wire_types(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return event id to wire type."""
    query = select(haendelse.c.event_id, haendelse.c.type).where(haendelse.c.event_id.in_(ids))
    return {row.event_id: row.type for row in connection.execute(query)}


def sent_up_to(connection: Connection, til: str, seq: int) -> list[Delivery]:
    """Return the copies to one party at or below a sequence that are not yet known to have arrived."""
    query = (delivery.c.til == til) & (delivery.c.state == State.SENT) & (delivery.c.seq <= seq)
    return _select(connection, query & delivery.c.recall.is_(False))


def by_sequence(connection: Connection, sequences: Sequence[int]) -> list[Delivery]:
    """Return the sent copies under these sequences of DELIVERY, but for those that are being recalled."""
    query = (delivery.c.state == State.SENT) & delivery.c.seq.in_(sequences)
    return _select(connection, query & delivery.c.recall.is_(False))


def move(connection: Connection, keys: Iterable[Key], *, before: State, after: State) -> set[Key]:
    """Move deliveries from one state to another where they still are in it; return those that were moved."""
    return {
        key
        for key in keys
        if connection.execute(
            update(delivery).where(_is(key), delivery.c.state == before).values(state=after, recall=False)
        ).rowcount
    }


def revoke(connection: Connection, keys: Iterable[Key]) -> None:
    """Revoke what is decided. Whether the copy landed meanwhile is to be found out, and the mark says so."""
    for key in keys:
        decided = _is(key) & (delivery.c.state == State.DECIDED)
        connection.execute(update(delivery).where(decided).values(state=State.REVOKED, recall=True))


def note_settled(connection: Connection, keys: Iterable[Key]) -> None:
    """Note that these revoked copies never landed and never will."""
    for key in keys:
        connection.execute(
            update(delivery).where(_is(key), delivery.c.state == State.REVOKED).values(recall=False, kopi=None)
        )


def mark_sent(connection: Connection, sequences: Mapping[Key, int]) -> set[Key]:
    """Record the sequence of each published copy that still is decided; return those that were."""
    return {
        key
        for key, seq in sequences.items()
        if connection.execute(
            update(delivery)
            .where(_is(key), delivery.c.state == State.DECIDED)
            .values(state=State.SENT, seq=seq, kopi=None)
        ).rowcount
    }


def mark_recall(connection: Connection, keys: Iterable[Key]) -> None:
    """Record the intention to take these sent copies back, so that a crash in between does not forget it."""
    for key in keys:
        connection.execute(update(delivery).where(_is(key), delivery.c.state == State.SENT).values(recall=True))


def mark_uncertain(connection: Connection) -> None:
    """Note that the broker was killed: it may have forgotten handing out any copy that was sent before."""
    could_have = delivery.c.state.in_((State.DECIDED, State.SENT, State.REVOKED))
    connection.execute(update(delivery).where(could_have).values(uvis=True))


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many deliveries there are per state and outcome, attempts counted apart."""
    query = select(delivery.c.state, delivery.c.udfald, func.count().label("number"))
    rows = connection.execute(query.group_by(delivery.c.state, delivery.c.udfald))
    return {(row.state, row.udfald): row.number for row in rows}


def latest(rows: Iterable[Delivery]) -> dict[str, Delivery]:
    """Return the newest attempt per recipient."""
    newest: dict[str, Delivery] = {}
    for row in rows:
        if row.til not in newest or newest[row.til].forsoeg < row.forsoeg:
            newest[row.til] = row
    return newest


def receipt_of(rows: Iterable[Delivery]) -> dict[str, str]:
    """Return what the sender is told: per recipient the outcome of the first attempt, the same however often asked."""
    return {row.til: row.udfald.value for row in rows if row.forsoeg == 1}


def _is(key: Key) -> Any:
    event_id, til, forsoeg = key
    return (delivery.c.event_id == event_id) & (delivery.c.til == til) & (delivery.c.forsoeg == forsoeg)


def _select(connection: Connection, where: Any) -> list[Delivery]:
    query = select(*(delivery.c[name] for name in _FIELDS)).where(where).order_by(*_ORDER)
    return [
        Delivery(**{**row._mapping, "state": State(row.state), "udfald": Udfald(row.udfald)})  # noqa: SLF001 - public API with an underscore
        for row in connection.execute(query)
    ]
