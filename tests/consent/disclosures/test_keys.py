import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent.disclosures import keys
from consent.disclosures.errors import KeyStoreError
from consent.disclosures.keys import KeyStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the key store lies."""
    return tmp_path / "keys.db"


@pytest.fixture
def store(path: Path) -> Iterator[KeyStore]:
    """Return an open, empty key store."""
    opened = KeyStore(path)
    yield opened
    opened.close()


class TestKeys:
    def test_one_key_per_owner_and_period(self, store: KeyStore):
        """A citizen has one key a year, and nobody else has it."""
        first = store.key_for("b-1", "2026")
        assert store.key_for("b-1", "2026") == first
        others = [store.key_for("b-1", "2027"), store.key_for("b-2", "2026"), store.key_for("drift", "2026")]
        assert len({first.secret, *(key.secret for key in others)}) == 4
        assert len(first.secret) == 32

    def test_many_at_once(self, store: KeyStore):
        """Keys of many owners, known and new, are returned under their owners' names."""
        known = store.key_for("b-1", "2026")
        found = store.keys_for(iter(["b-1", "b-2", "b-2", "b-3"]), "2026")
        assert found.keys() == {"b-1", "b-2", "b-3"}
        assert found["b-1"] == known
        assert len({key.key_id for key in found.values()}) == 3

    def test_found_by_id(self, store: KeyStore):
        """A box names its key by id; an unknown id finds nothing."""
        key = store.key_for("b-1", "2026")
        assert store.find(key.key_id) == key
        assert store.find("no-such-key") is None

    def test_the_id_says_nothing(self, store: KeyStore):
        """The id of a key, which stands beside the box, does not hold its owner."""
        assert "b-1" not in store.key_for("b-1", "2026").key_id

    def test_more_keys_than_memory_holds(self, store: KeyStore, monkeypatch: pytest.MonkeyPatch):
        """Keys pushed out of memory are found on disk again."""
        monkeypatch.setattr(keys, "CACHED_KEYS", 3)
        made = {f"b-{number}": store.key_for(f"b-{number}", "2026") for number in range(10)}
        assert len(store._cache) == 3
        assert {owner: store.key_for(owner, "2026") for owner in made} == made

    def test_threads_agree(self, store: KeyStore):
        """Threads that ask for a new owner's key at the same time get the same key."""
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda number: store.key_for(f"b-{number % 5}", "2026"), range(200)))
        assert len({key.secret for key in found}) == 5

    def test_two_processes_agree(self, store: KeyStore, path: Path):
        """Two stores on one file give the same keys, whoever made them."""
        beside = KeyStore(path)
        assert beside.key_for("b-1", "2026") == store.key_for("b-1", "2026")
        assert store.key_for("b-2", "2026") == beside.key_for("b-2", "2026")
        beside.close()


class TestDurability:
    def test_a_key_survives_kill_9(self, path: Path):
        """A key that was returned is there after the process was killed at that instant."""
        program = (
            "import os, pathlib, signal, sys\n"
            "from consent.disclosures.keys import KeyStore\n"
            "key = KeyStore(pathlib.Path(sys.argv[1])).key_for('b-1', '2026')\n"
            "print(key.key_id, key.secret.hex(), flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        killed = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False)
        key_id, secret = killed.stdout.decode().split()
        store = KeyStore(path)
        found = store.find(key_id)
        assert found is not None
        assert found.secret.hex() == secret
        store.close()

    def test_no_key_is_returned_that_is_not_durable(self, store: KeyStore):
        """When the disk is full, there is no key, and none is remembered as if there were."""
        store._db.execute(f"PRAGMA max_page_count={store._db.execute('PRAGMA page_count').fetchone()[0]}")
        owners = [f"b-{number}" for number in range(500)]
        with pytest.raises(KeyStoreError):
            store.keys_for(owners, "2026")
        assert store._db.execute("SELECT count(*) FROM noegle").fetchone() == (0,)
        store._db.execute("PRAGMA max_page_count=100000")
        assert store.keys_for(owners, "2026").keys() == set(owners)

    def test_commits_reach_the_disk(self, store: KeyStore):
        """The file is written through at each commit and overwrites what is deleted."""
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store._db.execute("PRAGMA secure_delete").fetchone() == (1,)


class TestErasure:
    def test_destroyed_keys_are_in_no_file(self, store: KeyStore, path: Path):
        """After destroying, no byte of the keys is left in the file or its journal; others' keys stay."""
        gone = [store.key_for("b-1", "2026"), store.key_for("b-1", "2027")]
        kept = store.key_for("b-2", "2026")
        assert store.destroy("b-1") == 2
        left = b"".join(file.read_bytes() for file in path.parent.glob("keys.db*"))
        assert all(key.secret not in left for key in gone)
        assert kept.secret in left
        assert [store.find(key.key_id) for key in [*gone, kept]] == [None, None, kept]

    def test_a_new_key_is_another(self, store: KeyStore):
        """Whoever comes back after erasure gets a key that opens nothing old."""
        before = store.key_for("b-1", "2026")
        store.destroy("b-1")
        assert store.key_for("b-1", "2026").secret != before.secret

    def test_another_process_forgets_too(self, store: KeyStore, path: Path):
        """A key destroyed by a command is not served from the gateway's memory."""
        before = store.key_for("b-1", "2026")
        assert store.find(before.key_id) == before
        beside = KeyStore(path)
        beside.destroy("b-1")
        beside.close()
        assert store.find(before.key_id) is None
        assert store.key_for("b-1", "2026").secret != before.secret

    def test_a_reader_in_the_way_is_reported(self, store: KeyStore, path: Path, monkeypatch: pytest.MonkeyPatch):
        """Destroying does not claim to be done while someone keeps the journal alive; the next call finishes."""
        monkeypatch.setattr(keys, "BUSY_TIMEOUT_SECONDS", 0.1)
        hasty = KeyStore(path)
        key = hasty.key_for("b-1", "2026")
        store._db.execute("BEGIN")
        store._db.execute("SELECT count(*) FROM noegle").fetchone()
        with pytest.raises(KeyStoreError, match="in use"):
            hasty.destroy("b-1")
        store._db.execute("ROLLBACK")
        assert hasty.destroy("b-1") == 0
        assert key.secret not in b"".join(file.read_bytes() for file in path.parent.glob("keys.db*"))
        hasty.close()


class TestHashes:
    def test_keyed_hashes_are_stable_and_secret(self, store: KeyStore, tmp_path: Path):
        """Equal content has an equal hash across restarts, and another one in another installation."""
        first = store.keyed_hash(b"content")
        beside = KeyStore(tmp_path / "keys.db")
        elsewhere = KeyStore(tmp_path / "other.db")
        assert beside.keyed_hash(b"content") == first
        assert elsewhere.keyed_hash(b"content") != first
        assert store.keyed_hash(b"other") != first
        beside.close()
        elsewhere.close()

    def test_indexes_of_different_purposes_do_not_meet(self, store: KeyStore):
        """A CPR number has one index per purpose, none of them its content hash."""
        number = "2509479989"
        assert store.index_of("cpr", number) == store.index_of("cpr", number)
        assert (
            len({store.index_of("cpr", number), store.index_of("sag", number), store.keyed_hash(number.encode())}) == 3
        )


class TestFile:
    def test_only_the_owner_may_read(self, store: KeyStore, path: Path):
        """The file and its journals are created with mode 0600."""
        store.key_for("b-1", "2026")
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("keys.db*")} == {0o600}

    def test_a_file_open_to_others_is_refused(self, path: Path):
        """A key store that other users may read is not used."""
        path.touch(mode=0o644)
        path.chmod(0o644)
        with pytest.raises(KeyStoreError, match="0600"):
            KeyStore(path)

    def test_another_file_is_refused(self, path: Path, tmp_path: Path):
        """A file that is no key store, and a folder that is not there, are errors of the key store."""
        path.touch(mode=0o600)
        path.write_bytes(b"not a database, and long enough to be seen as none" * 100)
        with pytest.raises(KeyStoreError):
            KeyStore(path)
        with pytest.raises(KeyStoreError):
            KeyStore(tmp_path / "missing" / "keys.db")

    def test_a_closed_store_fails_as_a_key_store(self, path: Path):
        """Using a closed store raises the log's error, never SQLite's."""
        store = KeyStore(path)
        store.close()
        with pytest.raises(KeyStoreError) as failed:
            store.key_for("b-1", "2026")
        assert isinstance(failed.value.__cause__, sqlite3.Error)
