"""The keys of the sealed fields, one per citizen and year, in a SQLite file of their own.

Kept apart from the log, so that destroying a key erases for good: the log's backups hold boxes without keys, and the
backups of this file are kept at most 30 days. The keys are not encrypted themselves; the file is readable by the
service's user alone (mode 0600) and nothing else protects it.
"""

import hmac
import os
import secrets
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import RLock

from consent.disclosures.errors import KeyStoreError

KEY_BYTES = 32
"""AES-256 for the boxes, and as much for the keyed hashes."""

CACHED_KEYS = 10_000
"""Keys held in memory, about 4 MB: more citizens than cross in an hour, so that the hot path does not read the disk."""

BUSY_TIMEOUT_SECONDS = 10.0
"""How long to wait for another process, such as an erasing command beside the running gateway."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS noegle (
    key_id TEXT PRIMARY KEY, owner TEXT NOT NULL, period TEXT NOT NULL, secret BLOB NOT NULL, UNIQUE (owner, period));
CREATE TABLE IF NOT EXISTS hemmelighed (name TEXT PRIMARY KEY, secret BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the id by which a box names it. The id is random: it says nothing of whose it is."""

    key_id: str
    secret: bytes = field(repr=False)


class KeyStore:
    """Every key there is. Safe to use from several threads, and beside other processes on the same file.

    An owner is a citizen's internal id, `drift` for entries that concern no citizen, or `dead` for dead letters; a
    period is a year such as `2026`.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, creating it if there is none.

        Raises:
            KeyStoreError: it cannot be opened, is not a key store, or other users may read it.
        """
        self._lock = RLock()
        self._cache: OrderedDict[tuple[str, ...], Key] = OrderedDict()
        self._seen_version = -1
        try:
            path.touch(mode=0o600)
            if path.stat().st_mode & 0o077:
                raise KeyStoreError("other users may read the key store; its mode must be 0600")
        except OSError as error:
            raise KeyStoreError(f"the key store cannot be opened ({error.strerror})") from error
        with self._translated():
            self._db = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
            )
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(_SCHEMA)
        self._hashing_key = self._hashing_secret()

    def key_for(self, owner: str, period: str) -> Key:
        """Return the owner's key of the period, as `keys_for` does."""
        return self.keys_for([owner], period)[owner]

    def keys_for(self, owners: Iterable[str], period: str) -> dict[str, Key]:
        """Return the key of each owner in the period, making the missing ones in one transaction.

        When this returns, every key in the answer survives a power cut; the caller MUST NOT seal before it returns.

        Raises:
            KeyStoreError: the keys could not be read, or new ones not be made durable.
        """
        wanted = set(owners)
        with self._translated():
            self._drop_stale_cache()
            found = {owner: key for owner in wanted if (key := self._known(owner, period))}
            if missing := wanted - found.keys():
                made = [(secrets.token_hex(16), owner, period, os.urandom(KEY_BYTES)) for owner in missing]
                with self._transaction():
                    self._db.executemany("INSERT INTO noegle VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", made)
                found |= {owner: key for owner in missing if (key := self._known(owner, period))}
        if wanted - found.keys():
            raise KeyStoreError("a key was destroyed while it was being made; ask again")
        return found

    def find(self, key_id: str) -> Key | None:
        """Return the key of this id, or None when it was destroyed or never was.

        Raises:
            KeyStoreError: the store could not be read.
        """
        with self._translated():
            self._drop_stale_cache()
            return self._cached("key_id = ?", key_id)

    def destroy(self, owner: str) -> int:
        """Destroy every key of an owner and return how many there were.

        When this returns the keys are overwritten in the file and gone from its journal, and every process that uses
        the store stops using them at its next call. Copies in backups live until the backups are deleted.

        Raises:
            KeyStoreError: they may still be readable; call again.
        """
        with self._translated():
            with self._transaction():
                count = self._db.execute("DELETE FROM noegle WHERE owner = ?", (owner,)).rowcount
            self._cache.clear()
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise KeyStoreError("the keys are deleted, but the store's journal could not be emptied: it is in use")
        return count

    def keyed_hash(self, data: bytes) -> str:
        """Return the HMAC-SHA-256 of content in hex: equal content shows, and nobody without the store can guess it."""
        return self._hmac("indhold", data)

    def index_of(self, purpose: str, value: str) -> str:
        """Return the HMAC-SHA-256 of a value such as a CPR number in hex, to look it up by; differs per purpose."""
        return self._hmac(f"indeks/{purpose}", value.encode())

    def close(self) -> None:
        """Close the file."""
        with self._translated():
            self._db.close()

    def _hmac(self, purpose: str, data: bytes) -> str:
        derived = hmac.digest(self._hashing_key, purpose.encode(), sha256)
        return hmac.digest(derived, data, sha256).hex()

    def _hashing_secret(self) -> bytes:
        with self._translated(), self._transaction():
            made = ("hash", os.urandom(KEY_BYTES))
            self._db.execute("INSERT INTO hemmelighed VALUES (?, ?) ON CONFLICT DO NOTHING", made)
            return bytes(self._db.execute("SELECT secret FROM hemmelighed WHERE name = 'hash'").fetchone()[0])

    def _known(self, owner: str, period: str) -> Key | None:
        return self._cached("owner = ? AND period = ?", owner, period)

    def _cached(self, condition: str, *arguments: str) -> Key | None:
        key = self._cache.get(arguments)
        if key is None:
            query = f"SELECT key_id, secret FROM noegle WHERE {condition}"  # noqa: S608 - one of the two texts above
            row = self._db.execute(query, arguments).fetchone()
            if row is None:
                return None
            key = self._cache[arguments] = Key(*row)
            if len(self._cache) > CACHED_KEYS:
                self._cache.popitem(last=False)
        self._cache.move_to_end(arguments)
        return key

    def _drop_stale_cache(self) -> None:
        """Forget what is in memory when another process wrote: it may have destroyed a key."""
        version = self._db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen_version:
            self._cache.clear()
            self._seen_version = version

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise KeyStoreError(f"the key store failed ({type(error).__name__})") from error
