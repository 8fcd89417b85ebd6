"""The state of every crossing: one row per event, recipient and attempt, living as long as its log entry.

That table is also the de-duplication: an event whose deliveries are settled is not crossed again, whatever is resent,
redelivered or restarted.

    decided -> sent -> delivered | recalled | recalled_maybe_read
    decided -> revoked [-> recalled | recalled_maybe_read]          refused

`recall` marks what is still to be done about a row, so that no crash forgets it: a sent copy that must be deleted, or a
revoked one of which nobody has asked the broker yet whether it landed.

`kopi` is always the row's own copy, sealed, while nothing else holds it for certain: of a decided row the one that is
to be sent, of a marked row the one that is about to be deleted and from which the next, narrower attempt is made. A row
that has come to its end keeps none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
    tuple_,
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
    Column("borger_id", String(36), nullable=False),
    Column("state", String(20), nullable=False),
    Column("udfald", String(20), nullable=False),
    Column("tilladt", String, nullable=False, doc="the permitted categories, comma separated"),
    Column("seq", BigInteger, index=True),
    Column("recall", Boolean, nullable=False, default=False, doc="it must be taken back; the broker has yet to do it"),
    Column("uvis", Boolean, nullable=False, default=False, doc="the broker may have forgotten that it handed it out"),
    Column("kopi", LargeBinary, doc="the copy, sealed, while neither SENT nor DELIVERY holds it for certain"),
    Column("box", LargeBinary, nullable=False, doc="the question that was answered, sealed"),
    Column("key_id", String(64), nullable=False),
    Column("tid", String(27), nullable=False),
    Column("udloeber", String(27), doc="when the clock alone may end the decision; null where it cannot"),
    Index("ix_delivery_borger_id", "borger_id", "state"),
    Index("ix_delivery_state", "state", "udloeber"),
)
Index(
    "ix_delivery_recall",
    delivery.c.til,
    sqlite_where=delivery.c.recall.is_(True),
    postgresql_where=delivery.c.recall.is_(True),
)  # holds the few rows that are marked, so that looking for them costs nothing as the table grows

UNSETTLED = (State.DECIDED, State.SENT)

_DECIDED = delivery.c.state == State.DECIDED
_HELD = _DECIDED & delivery.c.kopi.is_not(None)


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
    udloeber: str | None

    @property
    def key(self) -> "Key":
        """What names the row."""
        return (self.event_id, self.til, self.forsoeg)

    @property
    def delivery_id(self) -> str:
        """What the broker and the recipient know the copy by."""
        return f"{self.event_id}:{self.til}:{self.forsoeg}"

    @property
    def unlanded(self) -> bool:
        """Whether it was revoked and never found in DELIVERY; after a crash it may have been read even so."""
        return self.state is State.REVOKED or (self.state is State.RECALLED_MAYBE_READ and self.seq is None)

    @property
    def types(self) -> frozenset[str]:
        """The permitted categories."""
        return frozenset(self.tilladt.split(",")) if self.tilladt else frozenset()


Key = tuple[str, str, int]

KEYS_AT_A_TIME = 500
"""Rows named in one statement."""

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


def of_keys(connection: Connection, keys: Collection[Key]) -> list[Delivery]:
    """Return these deliveries, in this order."""
    found = {row.key: row for part in _parts(keys) for row in _select(connection, _among(part))}
    return [found[key] for key in keys if key in found]


def unsettled_of(connection: Connection, citizens: Collection[str]) -> list[Delivery]:
    """Lock and return what of these citizens has been decided or sent and could still be stopped.

    The lock keeps a copy that is being recorded as sent from slipping past whoever revokes it (PostgreSQL; SQLite has
    one writer).
    """
    where = delivery.c.borger_id.in_(citizens) & delivery.c.state.in_(UNSETTLED)
    return _select(connection, where, lock=True)


def citizens_unsettled(connection: Connection) -> list[str]:
    """Return every citizen who has an unsettled delivery."""
    return _citizens(connection, delivery.c.state.in_(UNSETTLED))


def citizens_due(connection: Connection, now: str) -> list[str]:
    """Return the citizens of whose unsettled deliveries some rest on a decision that the clock may have ended."""
    unsettled = delivery.c.state.in_(UNSETTLED) & delivery.c.recall.is_(False)
    return _citizens(connection, unsettled & (delivery.c.udloeber <= now))


def note_until(connection: Connection, until: Mapping[Key, str | None]) -> None:
    """Record until when the decisions of these deliveries hold."""
    for key, udloeber in until.items():
        connection.execute(update(delivery).where(_is(key)).values(udloeber=udloeber))


def to_recall(connection: Connection) -> list[Key]:
    """Return what must be taken back and is not yet known to be, what lies in DELIVERY for certain first."""
    columns = (delivery.c.event_id, delivery.c.til, delivery.c.forsoeg)
    query = select(*columns).where(delivery.c.recall.is_(True)).order_by(delivery.c.seq.is_(None), *_ORDER)
    return [(row.event_id, row.til, row.forsoeg) for row in connection.execute(query)]


def citizens_held(connection: Connection, limit: int) -> list[str]:
    """Return some of the citizens who have a decided copy lying here, at most `limit`."""
    return _citizens(connection, _HELD, limit)


def held(connection: Connection, citizens: Collection[str]) -> list[Delivery]:
    """Return the decided copies of these citizens that lie here: no message in SENT could make them again."""
    return _select(connection, _HELD & delivery.c.borger_id.in_(citizens))


def keep(connection: Connection, key: Key, seq: int, kopi: bytes | None) -> None:
    """Keep where a marked copy lies in DELIVERY, and the copy (sealed) where it is still there, before it is deleted.

    What was kept before stays: after an interrupted delete there is nothing left to read.
    """
    values = {"seq": seq} | ({"kopi": kopi} if kopi is not None else {})
    connection.execute(update(delivery).where(_is(key), delivery.c.recall.is_(True)).values(values))


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


def lying_above(connection: Connection, seq: int) -> list[Delivery]:
    """Return the copies that should lie in DELIVERY above a sequence, those that are to be taken back included."""
    there = (delivery.c.state == State.SENT) | ((delivery.c.state == State.REVOKED) & delivery.c.recall.is_(True))
    return _select(connection, there & (delivery.c.seq > seq))


def taken_out(connection: Connection, seq: int) -> list[int]:
    """Return the sequences, up to `seq`, of the copies that were taken out of DELIVERY."""
    gone = delivery.c.state.in_((State.RECALLED, State.RECALLED_MAYBE_READ, State.REVOKED))
    return list(connection.execute(select(delivery.c.seq).where(gone, delivery.c.seq <= seq)).scalars())


def highest_sequence(connection: Connection) -> int:
    """Return the highest sequence of DELIVERY that is on record, or 0."""
    return connection.execute(select(func.max(delivery.c.seq))).scalar() or 0


def recorded(connection: Connection, sequences: Sequence[int]) -> set[int]:
    """Return which of these sequences of DELIVERY are on record, whatever became of the copies."""
    query = select(delivery.c.seq).where(delivery.c.seq.in_(sequences))
    return {row.seq for row in connection.execute(query)}


def move(connection: Connection, keys: Iterable[Key], *, before: State, after: State) -> set[Key]:
    """Move deliveries from one state to another where they still are in it; return those that were moved.

    Nothing is left to be done about them, and no copy is kept.
    """
    done = {"state": after, "recall": False, "kopi": None}
    return _changed(connection, keys, delivery.c.state == before, done)


def revoke(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Revoke what is decided; return what was. Whether it landed meanwhile is to be found out, and the mark says so."""
    return _changed(connection, keys, _DECIDED, {"state": State.REVOKED, "recall": True})


def note_settled(connection: Connection, keys: Iterable[Key]) -> None:
    """Note that these revoked copies never landed and never will."""
    nowhere = (delivery.c.state == State.REVOKED) & delivery.c.seq.is_(None)
    _changed(connection, keys, nowhere, {"recall": False, "kopi": None})


def mark_sent(connection: Connection, sequences: Mapping[Key, int]) -> set[Key]:
    """Record the sequence of each published copy that still is decided; return those that were."""
    sent = {key: {"state": State.SENT, "seq": seq, "kopi": None} for key, seq in sorted(sequences.items())}
    return {key for key, values in sent.items() if _updated(connection, _is(key) & _DECIDED, values)}


def mark_late(connection: Connection, sequences: Mapping[Key, int]) -> set[Key]:
    """Mark copies that landed though revoked, where nobody knew that they would; return those that were."""
    unknown = (delivery.c.state == State.REVOKED) & delivery.c.seq.is_(None)
    late = {key: {"recall": True, "seq": seq} for key, seq in sorted(sequences.items())}
    return {key for key, values in late.items() if _updated(connection, _is(key) & unknown, values)}


def mark_recall(connection: Connection, keys: Iterable[Key]) -> None:
    """Record the intention to take these sent copies back, so that a crash in between does not forget it."""
    _changed(connection, keys, delivery.c.state == State.SENT, {"recall": True})


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


def _parts(keys: Iterable[Key]) -> list[Sequence[Key]]:
    """Sort keys, in parts that fit a statement: rows that are locked in one order do not wait for each other."""
    ordered = sorted(set(keys))
    return [ordered[at : at + KEYS_AT_A_TIME] for at in range(0, len(ordered), KEYS_AT_A_TIME)]


def _among(keys: Sequence[Key]) -> Any:
    return tuple_(*_ORDER).in_(keys)


def _changed(connection: Connection, keys: Iterable[Key], where: Any, values: Mapping[str, Any]) -> set[Key]:
    """Change those of these rows of which `where` still is true, and return them."""
    changed: set[Key] = set()
    for part in _parts(keys):
        query = select(*_ORDER).where(_among(part), where).order_by(*_ORDER).with_for_update()
        found: list[Key] = [(row.event_id, row.til, row.forsoeg) for row in connection.execute(query)]
        if found:
            connection.execute(update(delivery).where(_among(found)).values(**values))
            changed.update(found)
    return changed


def _updated(connection: Connection, where: Any, values: Mapping[str, Any]) -> bool:
    return connection.execute(update(delivery).where(where).values(values)).rowcount > 0


def _citizens(connection: Connection, where: Any, limit: int | None = None) -> list[str]:
    query = select(delivery.c.borger_id).where(where).distinct().limit(limit)
    return [str(row.borger_id) for row in connection.execute(query)]


def _select(connection: Connection, where: Any, *, lock: bool = False) -> list[Delivery]:
    query = select(*(delivery.c[name] for name in _FIELDS)).where(where).order_by(*_ORDER)
    return [
        Delivery(**{**row._mapping, "state": State(row.state), "udfald": Udfald(row.udfald)})  # noqa: SLF001 - public API with an underscore
        for row in connection.execute(query.with_for_update() if lock else query)
    ]
