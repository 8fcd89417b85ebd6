import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, delete, select, text, update

from consent.database import host_time, instant
from consent.disclosures import sequencer, store
from consent.disclosures.errors import SequencerError
from consent.disclosures.merkle import EMPTY_ROOT, leaf_hash, root
from consent.disclosures.sequencer import Sequencer
from consent.disclosures.store import Checkpoint, oplysning, sequencer_lease
from consent.disclosures.verify import verify_export

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log


def execute(log: "Log", statement: object) -> None:
    """Change the database behind everybody's back."""
    with log.database.write() as connection:
        connection.execute(statement)


def expire_lease(log: "Log") -> None:
    """Make the lease run out now."""
    execute(log, update(sequencer_lease).values(until=""))


def in_tree(log: "Log") -> list[bytes]:
    """Return the leaf hashes in the order of the tree."""
    with log.database.read() as connection:
        rows = connection.execute(
            select(oplysning.c.leaf_index, oplysning.c.leaf_hash).order_by(oplysning.c.leaf_index)
        )
        placed = [(index, hashed) for index, hashed in rows if index is not None]
    assert [index for index, _ in placed] == list(range(len(placed)))
    return [hashed for _, hashed in placed]


def found_roots(log: "Log") -> list[bytes]:
    """Return the roots of every checkpoint."""
    with log.database.read() as connection:
        return [checkpoint.root for checkpoint in store.checkpoints(connection, 1000)]


class SequencerContract:
    """What sequencing must do on every database."""

    pytestmark = pytest.mark.anyio

    def test_first_checkpoint_is_of_the_empty_tree(self, log: "Log"):
        """A new log is signed while it is empty, so that an outsider can hold a checkpoint from the start."""
        first = log.integrate()
        assert first is not None
        assert (first.size, first.root) == (0, EMPTY_ROOT)
        assert log.integrate() is None

    def test_entries_get_their_place_in_order(self, log: "Log"):
        """Entries of one transaction follow each other in the tree, and the checkpoint's root is over them."""
        sealed = log.append(5)
        checkpoint = log.integrate()
        assert checkpoint is not None
        assert in_tree(log) == [leaf_hash(one.leaf) for one in sealed]
        assert (checkpoint.size, checkpoint.root) == (5, root(in_tree(log)))

    def test_a_long_backlog_is_taken_in_parts(self, log: "Log", monkeypatch: pytest.MonkeyPatch):
        """An integration takes at most MAX_ROWS entries; repeated until None it takes all."""
        monkeypatch.setattr(sequencer, "MAX_ROWS", 4)
        log.append(10)
        sizes = [checkpoint.size for checkpoint in iter(log.integrate, None)]
        assert sizes == [4, 8, 10]

    def test_gaps_between_rows_are_no_gaps_in_the_tree(self, log: "Log"):
        """Row numbers that were never committed leave no hole among the indexes."""
        log.append(2)
        execute(log, delete(oplysning).where(oplysning.c.haendelse == "haendelse-0"))
        log.append(3, first=2)
        execute(log, delete(oplysning).where(oplysning.c.haendelse == "haendelse-3"))
        log.integrate()
        assert len(in_tree(log)) == 3

    def test_the_tree_only_grows(self, log: "Log", tmp_path: Path):
        """Over many integrations every checkpoint is a beginning of the next, as the independent verifier finds."""
        for number in range(0, 30, 3):
            log.append(3, first=number)
            log.integrate()
        proven = verify_export(log.export(tmp_path / "out"), log.signer.vkey)
        assert (proven.size, proven.checkpoints) == (30, 10)

    def test_crash_between_append_and_integrate(self, log: "Log", tmp_path: Path):
        """Entries committed by a process that died before sequencing are sequenced by the next, once."""
        log.append(3)
        log.integrate()
        log.append(4, first=3)
        successor = log.another()  # nothing was told to it; the first one is never heard of again
        expire_lease(log)
        log.sequencer = successor
        checkpoint = log.integrate()
        assert checkpoint is not None
        assert checkpoint.size == 7
        assert log.integrate() is None
        assert verify_export(log.export(tmp_path / "out"), log.signer.vkey).size == 7

    def test_a_rolled_back_integration_never_was(self, log: "Log"):
        """When the transaction of an integration fails, the next one gives the same places and root."""
        log.append(3)
        seen: list[Checkpoint | None] = []

        def failing() -> None:
            with log.database.write() as connection:
                seen.append(log.sequencer.integrate(connection))
                raise InterruptedError

        with pytest.raises(InterruptedError):
            failing()
        assert in_tree(log) == []
        assert log.integrate() == seen[0]

    def test_a_standby_waits(self, log: "Log"):
        """A second sequencer does nothing while the first one holds the lease."""
        log.append(1)
        log.integrate()
        standby = log.another()
        log.append(1, first=1)
        with log.database.write() as connection:
            assert standby.integrate(connection) is None
        assert len(in_tree(log)) == 1

    def test_a_late_holder_is_fenced(self, log: "Log"):
        """A sequencer that slept past its lease does nothing once another has taken over with the next number."""
        log.append(1)
        log.integrate()
        standby = log.another()
        expire_lease(log)
        log.append(1, first=1)
        with log.database.write() as connection:
            assert standby.integrate(connection) is not None
            fencing = connection.execute(select(sequencer_lease.c.fencing)).scalar_one()
        assert fencing == 2
        log.append(1, first=2)
        assert log.integrate() is None
        expire_lease(log)
        checkpoint = log.integrate()
        assert checkpoint is not None
        assert (checkpoint.size, checkpoint.root) == (3, root(in_tree(log)))

    def test_the_holder_keeps_its_number(self, log: "Log"):
        """Renewing a lease in time does not change the fencing number, and prolongs it."""
        log.integrate()
        with log.database.write() as connection:
            soon = instant(host_time(connection) + sequencer.LEASE / 4)
            connection.execute(update(sequencer_lease).values(until=soon))
        log.integrate()
        with log.database.read() as connection:
            row = connection.execute(select(sequencer_lease)).mappings().one()
        assert row["fencing"] == 1
        assert row["until"] > soon

    def test_two_racing_sequencers_do_not_fork(self, log: "Log", tmp_path: Path):
        """Two sequencers that keep taking the lease from each other, and a writer, make one tree without gaps."""
        rivals = [log.sequencer, log.another()]

        def sequence(rival: Sequencer) -> None:
            while len(in_tree(log)) < 80:
                expire_lease(log)
                with log.database.write() as connection:
                    rival.integrate(connection)

        def write(first: int) -> None:
            for number in range(first, first + 20):
                log.append(2, first=1000 * number)

        with ThreadPoolExecutor(4) as threads:
            working = [threads.submit(sequence, rival) for rival in rivals]
            working += [threads.submit(write, first) for first in (0, 100)]
            for task in working:
                task.result(timeout=60)
        assert verify_export(log.export(tmp_path / "out"), log.signer.vkey).size == 80
        assert len(found_roots(log)) > 1

    async def test_integrated_within_a_second(self, log: "Log"):
        """The running sequencer signs entries within a second of their commit, told or not, until it is stopped."""
        running = asyncio.create_task(log.sequencer.run())
        for first, told in ((0, True), (3, False)):
            await log.database.run(
                lambda connection, first=first: store.append(connection, log.seal(range(first, first + 3)))
            )
            committed = monotonic()
            if told:
                log.sequencer.soon()
            while await log.database.run(_size) < first + 3:
                assert monotonic() - committed < 1
                await asyncio.sleep(0.01)
        log.sequencer.stop()
        await running

    async def test_stopping_finishes_and_lets_go(self, log: "Log"):
        """A stopped sequencer signs what is committed and gives up the lease, so that the next need not wait."""
        running = asyncio.create_task(log.sequencer.run())
        await asyncio.sleep(0.05)
        await log.database.run(lambda connection: store.append(connection, log.seal(range(3))))
        log.sequencer.stop()
        await running
        assert len(in_tree(log)) == 3
        log.sequencer = log.another()
        log.append(1, first=3)
        assert log.integrate() is not None

    async def test_an_unavailable_database_is_waited_for(self, log: "Log"):
        """The running sequencer outlives a database that fails for a while."""
        execute(log, text("ALTER TABLE checkpoint RENAME TO elsewhere"))
        running = asyncio.create_task(log.sequencer.run())
        log.sequencer.soon()
        await asyncio.sleep(0.2)
        await log.database.run(
            lambda connection: connection.execute(text("ALTER TABLE elsewhere RENAME TO checkpoint"))
        )
        await log.database.run(lambda connection: store.append(connection, log.seal(range(3))))
        log.sequencer.stop()
        await running
        assert len(in_tree(log)) == 3

    async def test_a_tree_gone_back_ends_the_run(self, log: "Log"):
        """A running sequencer that finds the log behind what it saw stops with an error instead of signing."""
        log.append(3)
        log.integrate()
        log.append(1, first=3)
        log.integrate()
        log.append(1, first=4)
        assert log.integrate() is not None
        execute(log, text("DELETE FROM checkpoint WHERE size > 3"))
        with pytest.raises(SequencerError, match="gone back"):
            await log.sequencer.run()


class I11Contract:
    """What was lost outside our reach is found: a sequencer refuses a tree that is not the one that was signed."""

    @pytest.fixture
    def signed(self, log: "Log") -> "Log":
        """Return a log of ten signed entries."""
        for first in (0, 5):
            log.append(5, first=first)
            log.integrate()
        return log

    def test_an_honest_log_starts(self, signed: "Log"):
        """A log that is what was signed starts, also with checkpoints that others kept of it."""
        with signed.database.read() as connection:
            kept = list(store.checkpoints(connection, 10))
        assert [checkpoint.size for checkpoint in kept] == [10, 5]
        Sequencer(signed.database, signed.signer, signed.sequencer._origin).start(kept)

    @pytest.mark.parametrize("lost", [0, 4, 9])
    def test_a_lost_entry(self, signed: "Log", lost: int):
        """A missing entry is named, wherever it stood."""
        execute(signed, delete(oplysning).where(oplysning.c.leaf_index == lost))
        with pytest.raises(SequencerError, match=f"entry {lost} is missing"):
            signed.another()

    def test_a_changed_leaf_hash(self, signed: "Log"):
        """Leaf hashes that do not give the signed root are refused."""
        execute(signed, update(oplysning).where(oplysning.c.leaf_index == 3).values(leaf_hash=leaf_hash(b"other")))
        with pytest.raises(SequencerError, match="not those"):
            signed.another()

    def test_a_cut_tail(self, signed: "Log"):
        """A log that lost its newest entries, but not its checkpoint, is refused."""
        execute(signed, delete(oplysning).where(oplysning.c.leaf_index >= 6))
        with pytest.raises(SequencerError, match="entry 6 is missing: a checkpoint covers 10"):
            signed.another()

    def test_a_restored_backup(self, signed: "Log"):
        """A log restored whole from before a checkpoint that others know is refused: it would sign a second history."""
        with signed.database.read() as connection:
            known = store.latest_checkpoint(connection)
        assert known is not None
        execute(signed, delete(oplysning).where(oplysning.c.leaf_index >= 5))
        execute(signed, text("DELETE FROM checkpoint WHERE size > 5"))
        signed.another()
        with pytest.raises(SequencerError, match="entry 5 is missing"):
            Sequencer(signed.database, signed.signer, known.note.split("\n")[0]).start([known])

    def test_another_history_of_equal_size(self, signed: "Log"):
        """A log as long as a known checkpoint, but not the one it was signed over, is refused."""
        other = Checkpoint(7, root([leaf_hash(bytes([number])) for number in range(7)]), "")
        with pytest.raises(SequencerError, match="first 7 entries"):
            Sequencer(signed.database, signed.signer, "").start([other])

    def test_an_index_beyond_the_checkpoint(self, signed: "Log"):
        """An entry with a place that no checkpoint covers was not put there by a sequencer, and stops the log."""
        signed.append(1, first=10)
        execute(signed, update(oplysning).where(oplysning.c.leaf_index.is_(None)).values(leaf_index=12))
        with pytest.raises(SequencerError, match="index at or above 10"):
            signed.integrate()

    def test_not_started(self, signed: "Log"):
        """A sequencer that has not compared the tree with its checkpoints signs nothing."""
        with pytest.raises(SequencerError, match="not started"), signed.database.write() as connection:
            Sequencer(signed.database, signed.signer, "").integrate(connection)


def _size(connection: Connection) -> int:
    latest = store.latest_checkpoint(connection)
    return latest.size if latest else 0


class OnSqlite:
    @pytest.fixture
    def log(self, make_log: "Callable[[str], Log]", sqlite_url: str) -> "Log":
        """Return a log in SQLite."""
        return make_log(sqlite_url)


class OnPostgres:
    @pytest.fixture
    def log(self, make_log: "Callable[[str], Log]", postgres_url: str) -> "Log":
        """Return a log in PostgreSQL."""
        return make_log(postgres_url)


class TestSqliteSequencer(OnSqlite, SequencerContract):
    pass


class TestPostgresSequencer(OnPostgres, SequencerContract):
    def test_rows_that_commit_out_of_order(self, log: "Log", tmp_path: Path):
        """A row that commits after a later row takes the next free place; no place given is taken back."""
        late, early = log.seal([1]), log.seal([2])
        with log.database.write() as slow:
            store.append(slow, late)
            with log.database.write() as quick:
                store.append(quick, early)
            first = log.integrate()
            assert first is not None
            assert in_tree(log) == [early[0].leaf_hash]
        second = log.integrate()
        assert second is not None
        assert in_tree(log) == [early[0].leaf_hash, late[0].leaf_hash]
        assert verify_export(log.export(tmp_path / "out"), log.signer.vkey, [first.note]).size == 2


class TestI11OnSqlite(OnSqlite, I11Contract):
    pass


class TestI11OnPostgres(OnPostgres, I11Contract):
    pass
