from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from consent.database import Database, DatabaseConflict, DatabaseUnavailable
from consent.disclosures import store
from consent.disclosures.entries import SEALED, unseal
from consent.disclosures.store import Search, Stored

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log


def found(log: "Log", **what: object) -> list[Stored]:
    """Search and return one page."""
    with log.database.read() as connection:
        return store.search(connection, Search(**what))


class StoreContract:
    """What the log's tables must do on every database."""

    def test_appended_entries_are_found_whole(self, log: "Log"):
        """What was appended comes back byte for byte, newest first, and opens with its key."""
        sealed = log.append(3)
        rows = found(log)
        assert [row.leaf for row in rows] == [one.leaf for one in reversed(sealed)]
        assert [(row.leaf_hash, row.box) for row in rows] == [(one.leaf_hash, one.box) for one in reversed(sealed)]
        key = log.keys.find(rows[0].key_id)
        assert key is not None
        assert unseal(rows[0].leaf, rows[0].box, key)["borger"] == rows[0].borger_id

    def test_rows_keep_the_order_given(self, log: "Log"):
        """Entries of one transaction are numbered in the order in which they were given."""
        log.append(300)
        log.append(5, first=300)
        rows = found(log, limit=1000)
        assert [row.haendelse for row in rows] == [f"haendelse-{number}" for number in reversed(range(305))]

    def test_appending_nothing_is_fine(self, log: "Log"):
        """An empty batch adds nothing."""
        log.append(0)
        assert found(log) == []

    def test_search_narrows(self, log: "Log"):
        """Each condition of a search narrows it, and they narrow together."""
        log.append(12)
        assert len(found(log, part="laege-1")) == 6
        assert len(found(log, part="jobcenter-1")) == 12
        assert len(found(log, borger_id="borger-0")) == 4
        assert [row.haendelse for row in found(log, haendelse="haendelse-7")] == ["haendelse-7"]
        assert found(log, art="drift") == []
        assert len(found(log, art="afgoerelse", part="laege-1", borger_id="borger-1")) == 2

    def test_time_includes_its_start_and_not_its_end(self, log: "Log"):
        """A period includes its first instant and not its last, so that periods can be laid end to end."""
        log.append(6)
        rows = found(log, since="2026-03-02T10:00:00.000002Z", until="2026-03-02T10:00:00.000004Z")
        assert [row.haendelse for row in rows] == ["haendelse-3", "haendelse-2"]

    def test_pages_are_bounded_and_continue(self, log: "Log", monkeypatch: pytest.MonkeyPatch):
        """A page holds at most the limit, and the next one continues below it without gap or overlap."""
        monkeypatch.setattr(store, "MAX_PAGE", 4)
        log.append(10)
        seen: list[int] = []
        while page := found(log, limit=1_000_000, before_seq=seen[-1] if seen else None):
            assert len(page) <= 4
            seen += [row.seq for row in page]
        assert len(seen) == len(set(seen)) == 10

    def test_one_entry_by_its_number(self, log: "Log"):
        """An entry is found by its row number; an unknown number finds nothing."""
        log.append(2)
        newest = found(log)[0]
        with log.database.read() as connection:
            assert store.get(connection, newest.seq) == newest
            assert store.get(connection, newest.seq + 1) is None

    def test_forgetting_a_citizen(self, log: "Log"):
        """A forgotten citizen's entries stay in the log and are found by the citizen no more; others' still are."""
        log.append(6)
        with log.database.write() as connection:
            assert store.forget(connection, "borger-0") == 2
        assert found(log, borger_id="borger-0") == []
        assert len(found(log, borger_id="borger-1")) == 2
        assert len(found(log)) == 6

    def test_i1_a_rolled_back_transaction_leaves_no_entry(self, log: "Log"):
        """Entries whose transaction failed are not in the log and take no place in the tree."""

        def failing() -> None:
            with log.database.write() as connection:
                store.append(connection, log.seal([1, 2]))
                raise InterruptedError

        with pytest.raises(InterruptedError):
            failing()
        log.append(1)
        checkpoint = log.integrate()
        assert checkpoint is not None
        assert checkpoint.size == 1
        assert len(found(log)) == 1

    def test_a_size_is_signed_once(self, log: "Log"):
        """A second checkpoint of one size is refused by the database itself."""
        first = log.integrate()
        assert first is not None
        with pytest.raises(DatabaseConflict), log.database.write() as connection:
            store.save_checkpoint(connection, first)

    def test_an_index_is_given_once(self, log: "Log"):
        """A row that has its place in the tree keeps it, and no place is given twice."""
        log.append(3)
        log.integrate()
        seqs = [row.seq for row in reversed(found(log))]
        with log.database.write() as connection:
            assert store.assign(connection, seqs, 7) == 0
        assert [row.leaf_index for row in found(log)] == [2, 1, 0]
        log.append(1, first=3)
        with pytest.raises(DatabaseConflict), log.database.write() as connection:
            store.assign(connection, [found(log)[0].seq], 0)

    def test_i9_no_personal_text_in_the_open_columns(self, log: "Log"):
        """The open columns and the leaf hold no sealed value; only the citizen's internal id stands beside them."""
        entry = log.seal([5])[0].entry
        log.append(1, first=5)
        row = found(log)[0]
        personal = [str(getattr(entry, name)) for name in SEALED if name != "borger" and getattr(entry, name)]
        shown = [row.leaf.decode(), row.key_id, row.haendelse, row.art, row.fra, row.til, row.tid]
        assert personal
        assert not [value for value in personal if value in shown or f'"{value}"' in row.leaf.decode()]


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def log(self, make_log: "Callable[[str], Log]", sqlite_url: str) -> "Log":
        """Return a log in SQLite."""
        return make_log(sqlite_url)

    def test_i1_a_full_disk_keeps_nothing(self, log: "Log"):
        """When the database cannot grow, the whole batch is refused and nothing of it stays."""
        with log.database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(DatabaseUnavailable):
            log.append(500)
        assert found(log) == []

    def test_i4_a_committed_entry_survives_another_connection(self, log: "Log", sqlite_url: str):
        """What was committed is read by a process that starts afterwards."""
        log.append(2)
        afterwards = Database(sqlite_url)
        with afterwards.read() as connection:
            assert len(store.search(connection, Search())) == 2
        afterwards.close()


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def log(self, make_log: "Callable[[str], Log]", postgres_url: str) -> "Log":
        """Return a log in PostgreSQL."""
        return make_log(postgres_url)
