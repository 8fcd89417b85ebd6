"""The log's tables, and the few statements that touch them. Rows are added, given an index once, and never changed.

The one exception is `borger_id`, by which a citizen's entries are found: erasing empties it. It is no part of the leaf.
A checkpoint's note may gain signatures, of a new key or of witnesses; what they are over stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    func,
    insert,
    or_,
    select,
    update,
)

from consent.database import host_time, instant, metadata
from consent.disclosures.entries import Sealed

MAX_PAGE = 1_000
"""Entries of one page of a search."""

STREAM_ROWS = 2_000
"""Rows fetched at a time when the whole log is read, so that memory does not grow with it."""

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself in a column of type INTEGER alone

oplysning = Table(
    "oplysning",
    metadata,
    Column("seq", _BIG, primary_key=True, autoincrement=True),
    Column("leaf_index", _BIG, unique=True),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("box", LargeBinary, nullable=False),
    Column("key_id", String, nullable=False),
    Column("borger_id", String, index=True),
    Column("haendelse", String, index=True),
    Column("art", String, nullable=False),
    Column("fra", String),
    Column("til", String),
    Column("tid", String, nullable=False, index=True),
    sqlite_autoincrement=True,
)
"""One row per entry: the leaf and its place in the tree, the box and its key's id, and what searches go by."""

Index(
    "ix_oplysning_waiting",
    oplysning.c.seq,
    sqlite_where=oplysning.c.leaf_index.is_(None),
    postgresql_where=oplysning.c.leaf_index.is_(None),
)  # holds the few rows that wait for their index, so that finding them does not slow down as the log grows

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", _BIG, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", String, nullable=False),
    Column("tid", String, nullable=False),
)
"""Every checkpoint ever signed; that a size can be signed once only is the table's primary key."""

tree_node = Table(
    "tree_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", _BIG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The root of every full tile: 256**level leaves, from leaf number * 256**level on. Follows from the leaves."""

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", _BIG, primary_key=True, autoincrement=False),
    Column("witness", String, primary_key=True),
    Column("line", String, nullable=False),
)
"""The signature line of a witness (its public key) on the checkpoint of a size."""

key_change = Table(
    "key_change",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("vkey", String, nullable=False, unique=True),
    Column("note", String, nullable=False),
)
"""Every change of the log's key, counted from 1: the key that came, and the note that both keys signed."""

sequencer_lease = Table(
    "sequencer_lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", String, nullable=False),
    Column("fencing", _BIG, nullable=False),
    Column("until", String, nullable=False),
)
"""The one row says who may sequence, under which fencing number, and until when."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it lies in the store. `seq` is its row; `leaf_index` its place in the tree, None while it waits."""

    seq: int
    leaf_index: int | None
    leaf_hash: bytes
    leaf: bytes
    box: bytes
    key_id: str
    borger_id: str | None
    haendelse: str | None
    art: str
    fra: str | None
    til: str | None
    tid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for; None does not narrow. Instants are texts of `consent.database.instant`.

    `since` is included and `until` is not; `part` matches sender or recipient; `before_seq` continues below the last
    row of the page before; `limit` is cut to MAX_PAGE.
    """

    since: str | None = None
    until: str | None = None
    part: str | None = None
    haendelse: str | None = None
    borger_id: str | None = None
    art: str | None = None
    before_seq: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed state of the tree: how many leaves, their root, and the C2SP note that says so."""

    size: int
    root: bytes
    note: str


def append(connection: Connection, entries: Sequence[Sealed]) -> None:
    """Add entries to the log in the caller's transaction, in the order given.

    When this returns nothing is durable yet. The entries become part of the log when, and only when, the transaction
    commits; after that commit returned they survive a power cut, and the sequencer gives them a place in the tree.

    * Every key that sealed an entry MUST be durable before the call, as `KeyStore.keys_for` promises.
    * The decision, the deliveries and these entries MUST be written in the one transaction.
    * Nothing that an entry records as permitted MUST be published, answered or shown before that transaction has
      committed. If it fails or its outcome is unknown, nothing of it MAY be published.
    * The caller MUST NOT assume that row numbers are without gaps, nor that the tree will hold rows of different
      transactions in their order. Rows of one transaction keep their order.
    * The caller SHOULD wake the sequencer (`Sequencer.soon`) after the commit, and MUST NOT before it.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the rows were not taken; `Database.write` turns it into DatabaseUnavailable.
    """
    if entries:
        connection.execute(insert(oplysning), [_row(sealed) for sealed in entries])


def search(connection: Connection, search: Search) -> list[Stored]:
    """Return one page of the entries that match, newest first."""
    columns = oplysning.c
    narrowing = [
        search.since is not None and columns.tid >= search.since,
        search.until is not None and columns.tid < search.until,
        search.part is not None and or_(columns.fra == search.part, columns.til == search.part),
        search.haendelse is not None and columns.haendelse == search.haendelse,
        search.borger_id is not None and columns.borger_id == search.borger_id,
        search.art is not None and columns.art == search.art,
        search.before_seq is not None and columns.seq < search.before_seq,
    ]
    query = select(oplysning).where(*[condition for condition in narrowing if condition is not False])
    page = query.order_by(columns.seq.desc()).limit(min(search.limit, MAX_PAGE))
    return [_stored(row) for row in connection.execute(page).mappings()]


def get(connection: Connection, seq: int) -> Stored | None:
    """Return the entry of this row number, or None."""
    row = connection.execute(select(oplysning).where(oplysning.c.seq == seq)).mappings().first()
    return _stored(row) if row else None


def forget(connection: Connection, borger_id: str) -> int:
    """Take a citizen's id off every entry, so that none can be found by it any more; return how many it was on."""
    erased = update(oplysning).where(oplysning.c.borger_id == borger_id).values(borger_id=None)
    return connection.execute(erased).rowcount


def leaves(connection: Connection, start: int, stop: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Stream (index, leaf hash, leaf) of the tree's leaves from index `start` up to `stop`, in their order."""
    columns = oplysning.c
    return _in_tree(connection, start, stop, columns.leaf_index, columns.leaf_hash, columns.leaf)


def leaf_hashes(connection: Connection, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Stream (index, leaf hash) of the tree's leaves from index `start` up to `stop`, in their order."""
    return _in_tree(connection, start, stop, oplysning.c.leaf_index, oplysning.c.leaf_hash)


def waiting(connection: Connection, limit: int) -> list[tuple[int, bytes]]:
    """Return (seq, leaf hash) of the committed entries that have no index yet, lowest seq first."""
    columns = oplysning.c
    query = select(columns.seq, columns.leaf_hash).where(columns.leaf_index.is_(None))
    return [(seq, hashed) for seq, hashed in connection.execute(query.order_by(columns.seq).limit(limit))]


def assign(connection: Connection, seqs: Sequence[int], first_index: int) -> int:
    """Give rows, in ascending order of `seq`, the indexes from `first_index` on; return how many took theirs.

    A row that has an index keeps it, whatever is asked. Runs of consecutive rows are numbered by one statement each.
    """
    columns, taken = oplysning.c, 0
    for distance, run in groupby(enumerate(seqs), lambda place: place[1] - place[0]):
        rows = [seq for _, seq in run]
        these = columns.seq.between(rows[0], rows[-1]) & columns.leaf_index.is_(None)
        number = update(oplysning).where(these).values(leaf_index=columns.seq + (first_index - distance))
        taken += connection.execute(number).rowcount
    return taken


def assigned_from(connection: Connection, index: int) -> bool:
    """Whether any row has an index at or above `index`."""
    return (
        connection.execute(select(oplysning.c.seq).where(oplysning.c.leaf_index >= index).limit(1)).first() is not None
    )


def latest_checkpoint(connection: Connection) -> Checkpoint | None:
    """Return the largest checkpoint, or None in a log that never had one."""
    return next(checkpoints(connection, 1), None)


def checkpoints(connection: Connection, limit: int) -> Iterator[Checkpoint]:
    """Yield the newest checkpoints, the largest first."""
    columns = checkpoint.c
    query = select(columns.size, columns.root, columns.note).order_by(columns.size.desc()).limit(limit)
    for size, root, note in connection.execute(query):
        yield Checkpoint(size, root, note)


def save_checkpoint(connection: Connection, signed: Checkpoint) -> None:
    """Keep a checkpoint; a second one of its size is refused by the database."""
    row = {"size": signed.size, "root": signed.root, "note": signed.note, "tid": instant(host_time(connection))}
    connection.execute(insert(checkpoint), row)


def sign_again(connection: Connection, size: int, note: str) -> None:
    """Replace the note of a checkpoint by one over the same text that more keys have signed."""
    connection.execute(update(checkpoint).where(checkpoint.c.size == size).values(note=note))


def checkpoint_of(connection: Connection, size: int) -> Checkpoint | None:
    """Return the checkpoint of this size, or None."""
    columns = checkpoint.c
    row = connection.execute(select(columns.size, columns.root, columns.note).where(columns.size == size)).first()
    return Checkpoint(*row) if row else None


def nodes(connection: Connection, level: int, start: int, stop: int) -> list[bytes]:
    """Return the kept roots of full tiles, `number` from `start` up to `stop`."""
    columns = tree_node.c
    wanted = (columns.level == level) & (columns.number >= start) & (columns.number < stop)
    return list(connection.execute(select(columns.hash).where(wanted).order_by(columns.number)).scalars())


def node_count(connection: Connection, level: int) -> int:
    """Return how many roots of a level are kept; they are kept in order."""
    last = connection.execute(select(func.max(tree_node.c.number)).where(tree_node.c.level == level)).scalar()
    return 0 if last is None else int(last) + 1


def save_node(connection: Connection, level: int, number: int, hashed: bytes) -> None:
    """Keep the root of a full tile."""
    connection.execute(insert(tree_node), {"level": level, "number": number, "hash": hashed})


def save_cosignature(connection: Connection, size: int, witness: str, line: str) -> None:
    """Keep a witness's newest signature line on the checkpoint of a size; `witness` is its public key."""
    these = (cosignature.c.size == size) & (cosignature.c.witness == witness)
    if not connection.execute(update(cosignature).where(these).values(line=line)).rowcount:
        connection.execute(insert(cosignature), {"size": size, "witness": witness, "line": line})


def witnessed_size(connection: Connection, witness: str) -> int:
    """Return the size of the largest checkpoint that a witness has cosigned; 0 where there is none."""
    largest = select(func.max(cosignature.c.size)).where(cosignature.c.witness == witness)
    return connection.execute(largest).scalar() or 0


def latest_witnessed(connection: Connection) -> Checkpoint | None:
    """Return the largest checkpoint that a witness has cosigned, with its cosignatures, or None."""
    largest = connection.execute(select(func.max(cosignature.c.size))).scalar()
    found = None if largest is None else checkpoint_of(connection, largest)
    return cosigned(connection, found) if found else None


def cosigned(connection: Connection, signed: Checkpoint) -> Checkpoint:
    """Return the checkpoint with the signature lines of its witnesses at the end of its note."""
    columns = cosignature.c
    query = select(columns.line).where(columns.size == signed.size).order_by(columns.witness)
    return replace(signed, note=signed.note + "".join(connection.execute(query).scalars()))


def key_changes(connection: Connection) -> list[tuple[str, str]]:
    """Return (the key that came, the note that both keys signed) of every change of keys, oldest first."""
    query = select(key_change.c.vkey, key_change.c.note).order_by(key_change.c.number)
    return [(vkey, note) for vkey, note in connection.execute(query)]


def save_key_change(connection: Connection, number: int, vkey: str, note: str) -> None:
    """Keep a change of keys."""
    connection.execute(insert(key_change), {"number": number, "vkey": vkey, "note": note})


def _row(sealed: Sealed) -> dict[str, object]:
    entry = sealed.entry
    return {
        "leaf_hash": sealed.leaf_hash,
        "leaf": sealed.leaf,
        "box": sealed.box,
        "key_id": sealed.key_id,
        "borger_id": entry.borger,
        "haendelse": entry.haendelse,
        "art": entry.art,
        "fra": entry.fra,
        "til": entry.til,
        "tid": entry.tid,
    }


def _stored(row: RowMapping) -> Stored:
    return Stored(**{str(name): value for name, value in row.items()})


def _in_tree(connection: Connection, start: int, stop: int, *columns: Column[Any]) -> Iterator[Any]:
    place = oplysning.c.leaf_index
    query = select(*columns).order_by(place)
    for first in range(start, stop, STREAM_ROWS):
        page = query.where(place >= first, place < min(first + STREAM_ROWS, stop))
        yield from connection.execute(page).all()
