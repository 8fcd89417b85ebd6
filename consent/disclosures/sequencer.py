"""Giving committed entries their place in the tree, and signing it.

Everything that decides is in the database and changes in one transaction: the lease with its fencing number, the rows'
indexes, the checkpoint. What is in memory is a cache of the tree at a checkpoint that the database has shown, never of
one that was about to be written; so a transaction that fails, or whose outcome is unknown, leaves nothing to undo.

Rows are read as committed. PostgreSQL may commit a lower seq after a higher one: the late row then takes a later index,
and an index once given is never given again.
"""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects import postgresql, sqlite

from consent.database import Database, DatabaseUnavailable, host_time, instant
from consent.disclosures import store
from consent.disclosures.checkpoints import Signer, is_signed_by, key_changes, sign_checkpoint
from consent.disclosures.errors import SequencerError
from consent.disclosures.merkle import CompactRange
from consent.disclosures.store import Checkpoint, sequencer_lease
from consent.disclosures.tiles import store_nodes

LEASE = timedelta(seconds=2)
"""How long a sequencer that died keeps others waiting. Short is safe: the lease saves work, the row lock and the
fencing number keep the tree from forking."""

POLL_SECONDS = 0.5
"""How often to look for entries that another process committed."""

PAUSE_SECONDS = 0.25
"""Between two checkpoints, so that a busy log is signed four times a second and not hundreds of times."""

MAX_ROWS = 5_000
"""Entries of one integration: what a transaction does without holding up the crossings behind it."""

_LEASE_ROW = 1

log = structlog.get_logger(__name__)


class Sequencer:
    """One of possibly several sequencers on a database; the lease lets one of them work at a time."""

    def __init__(self, database: Database, signer: Signer, origin: str) -> None:
        self._database = database
        self._signer = signer
        self._origin = origin
        self._holder = secrets.token_hex(8)
        self._fencing: int | None = None
        self._tree: CompactRange | None = None
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    def start(self, known: Iterable[Checkpoint] = ()) -> None:
        """Rebuild the tree from the stored leaf hashes and compare it with the last checkpoint and with `known` ones.

        `known` are checkpoints kept outside this database: by the journal, by witnesses. Takes seconds per million
        entries; it runs on the calling thread.

        A change of keys is put on record before the new key signs anything.

        Raises:
            SequencerError: a leaf is missing, a root differs, the log is smaller than a checkpoint that is known, or
                the key does not follow from the one that signed last.
            DatabaseUnavailable: the log could not be read.
        """
        with self._database.write() as connection:
            _make_lease(connection)
            _lease(connection)  # its lock lets one sequencer at a time begin
            last = store.latest_checkpoint(connection)
            _put_on_record(connection, self._signer, last)
            store_nodes(connection, last.size if last else 0)
        with self._database.read() as connection:
            last = store.latest_checkpoint(connection)
            self._tree = _rebuild(connection, [*known, *([last] if last else [])])
        if last and not is_signed_by(last.note, self._signer):
            # Who is given the new key must not have to wait for the next entry.
            note = sign_checkpoint(self._origin, last.size, last.root, self._signer)
            with self._database.write() as connection:
                store.sign_again(connection, last.size, note)

    def integrate(self, connection: Connection) -> Checkpoint | None:
        """Give the waiting entries their indexes and store a checkpoint, in the caller's transaction.

        Returns the checkpoint, or None when nothing waited or another sequencer holds the lease. A log without any
        checkpoint gets one of its empty tree. At most MAX_ROWS entries are taken; call again until None.

        The transaction MUST be a read-write one (`Database.write`, `Database.run`), so that two sequencers take turns.
        The checkpoint MUST NOT be shown to anyone before the transaction has committed.

        Raises:
            SequencerError: the tree in the database is behind, or is not the one that was signed.
        """
        if self._tree is None:
            raise SequencerError("the sequencer was not started")
        if not self._hold_lease(connection):
            return None
        last = store.latest_checkpoint(connection)
        self._tree = _caught_up(connection, self._tree, last)
        rows = store.waiting(connection, MAX_ROWS)
        if last and not rows:
            return None
        tree = self._tree.copy()
        if store.assign(connection, [seq for seq, _ in rows], tree.size) != len(rows):
            raise SequencerError("a waiting entry got its index from someone else, in spite of the lease")
        tree.extend(hashed for _, hashed in rows)
        note = sign_checkpoint(self._origin, tree.size, tree.root(), self._signer)
        signed = Checkpoint(tree.size, tree.root(), note)
        store.save_checkpoint(connection, signed)
        store_nodes(connection, signed.size)
        return signed

    def soon(self) -> None:
        """Ask for an integration: entries were committed. Call it on the event loop's thread."""
        self._wake.set()

    def stop(self) -> None:
        """Let `run` integrate what is committed, give up the lease and return. Call it on the event loop's thread."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Integrate within a second of each commit until `stop`.

        While the database is unavailable it tries again; nothing crosses meanwhile, as nothing can be logged.

        Raises:
            SequencerError: see `integrate`. Nothing MUST cross any more until a person has looked.
            DatabaseUnavailable: the last integration, after `stop`, failed; the entries wait for the next start.
        """
        while not self._stopping.is_set():
            await self._woken()
            try:
                if await self._database.run(self.integrate):
                    self._wake.set()  # more may wait than one integration takes
                    await asyncio.sleep(PAUSE_SECONDS)
            except DatabaseUnavailable as error:
                log.warning("sequencer_waits_for_database", reason=str(error))
        while await self._database.run(self.integrate):
            pass
        await self._database.run(self._release_lease)

    async def _woken(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _hold_lease(self, connection: Connection) -> bool:
        """Take, keep or renew the lease; False while another holds it. Locks its row until the transaction ends."""
        row = _lease(connection)
        now = host_time(connection)
        mine = row["holder"] == self._holder and row["fencing"] == self._fencing
        if not mine and row["until"] > instant(now):
            return False
        if mine and row["until"] > instant(now + LEASE / 2):
            return True
        self._fencing = row["fencing"] + (0 if mine else 1)
        _set_lease(connection, holder=self._holder, fencing=self._fencing, until=instant(now + LEASE))
        return True

    def _release_lease(self, connection: Connection) -> None:
        row = _lease(connection)
        if row["holder"] == self._holder and row["fencing"] == self._fencing:
            _set_lease(connection, until=instant(host_time(connection)))


def _rebuild(connection: Connection, signed: Iterable[Checkpoint]) -> CompactRange:
    tree = CompactRange()
    for checkpoint in sorted(signed, key=lambda one: one.size):
        _extend(connection, tree, checkpoint)
    return tree


def _put_on_record(connection: Connection, signer: Signer, last: Checkpoint | None) -> None:
    """Store the changes of keys that the signer can say, and refuse a key that outsiders could not be led to."""
    known = store.key_changes(connection)
    for vkey, note in key_changes(signer):
        if vkey not in {key for key, _ in known}:
            known.append((vkey, note))
            store.save_key_change(connection, len(known), vkey, note)
    if known and known[-1][0] != signer.vkey:
        raise SequencerError("the signing key is not the one that the log's last change of keys leads to")
    if not known and last and not any(is_signed_by(last.note, one) for one in signer.all):
        raise SequencerError(
            "the signing key is not the one that signed the last checkpoint; was the key file replaced?"
        )


def _caught_up(connection: Connection, tree: CompactRange, last: Checkpoint | None) -> CompactRange:
    """Return the tree of the last checkpoint, growing the one in memory by what was committed since."""
    size = last.size if last else 0
    if tree.size > size:
        raise SequencerError(f"the log has gone back from {tree.size} entries to {size}")
    if store.assigned_from(connection, size):
        raise SequencerError(f"an entry has an index at or above {size}, where the last checkpoint ends")
    grown = tree.copy()
    if last:
        _extend(connection, grown, last)
    return grown


def _extend(connection: Connection, tree: CompactRange, to: Checkpoint) -> None:
    for index, hashed in store.leaf_hashes(connection, tree.size, to.size):
        if index != tree.size:
            break
        tree.append(hashed)
    if tree.size != to.size:
        raise SequencerError(f"entry {tree.size} is missing: a checkpoint covers {to.size} entries")
    if tree.root() != to.root:
        raise SequencerError(f"the first {to.size} entries are not those that the checkpoint was signed over")


def _make_lease(connection: Connection) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    free = {"id": _LEASE_ROW, "holder": "", "fencing": 0, "until": ""}
    connection.execute(dialect.insert(sequencer_lease).values(free).on_conflict_do_nothing())


def _lease(connection: Connection) -> RowMapping:
    return connection.execute(select(sequencer_lease).with_for_update()).mappings().one()


def _set_lease(connection: Connection, **values: object) -> None:
    connection.execute(update(sequencer_lease).values(**values))
