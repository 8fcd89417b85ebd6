"""The one database: SQLite by default, PostgreSQL by setting.

SQLite runs in WAL with synchronous=FULL, so that a commit that returned survives a power cut, and with secure_delete,
so that what was erased is gone from the file. Work is written as plain functions of a connection and run in one
transaction on a worker thread: the functions stay testable, the event loop stays free, and SQLite has one writer.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, MetaData, create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

metadata = MetaData()

Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite writer waits for another process, such as a command beside the running gateway."""


class DatabaseUnavailable(Exception):  # noqa: N818 - the state of the database, not a fault of the caller's
    """The database cannot promise what Tværs needs of it, or refused the work. Nothing of the work was kept."""


class DatabaseConflict(Exception):  # noqa: N818 - what happened
    """The database refused the content of the work, and nothing of it was kept.

    The same again would be refused too, unless what it met was another transaction of the same instant.
    """


class Database:
    """One engine and the rules by which it is used."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite and self.url.database not in (None, "", ":memory:"):
            Path(str(self.url.database)).touch(mode=0o600)
        self.engine = _engine(url, sqlite=self.sqlite)
        self._writing = self.engine.execution_options(writes=True)
        # SQLite's every transaction sees one state; PostgreSQL's does at this level.
        self._reading = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._threads = ThreadPoolExecutor(max_workers=1 if self.sqlite else 4, thread_name_prefix="database")
        self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="database-reader")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open one read-write transaction; commit at the end of the block, roll back on any exception.

        When the block was left normally the work is durable. SQLite takes its write lock at once (BEGIN IMMEDIATE), so
        that a decision read inside the block cannot be overtaken by a withdrawal.

        Raises:
            DatabaseUnavailable: the work could not be made durable.
            DatabaseConflict: the database refused its content.
        """
        try:
            with self._writing.begin() as connection:
                yield connection
        except (IntegrityError, DataError) as error:
            raise DatabaseConflict(f"the transaction was refused ({type(error).__name__})") from None
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(f"the transaction was not kept ({type(error).__name__})") from None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database and is rolled back at the end of the block.

        Raises:
            DatabaseUnavailable: the database could not be read.
        """
        try:
            with self._reading.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseUnavailable(f"the database could not be read ({type(error).__name__})") from None

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one read-write transaction on a worker thread and return what it returned, once durable."""

        def in_transaction() -> Result:
            with self.write() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, in_transaction)

    async def look(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work`, which only reads, on a thread of its own: it holds up no transaction, however long it takes."""

        def reading() -> Result:
            with self.read() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    def check(self) -> None:
        """Refuse a database that would lose what it acknowledged.

        Raises:
            DatabaseUnavailable: SQLite is not in WAL with synchronous=FULL, or PostgreSQL has fsync or
                synchronous_commit off, or is older than 15.
        """
        with self.read() as connection:
            if self.sqlite:
                self._expect(connection, "PRAGMA journal_mode", "wal")
                self._expect(connection, "PRAGMA synchronous", "2")
            else:
                self._expect(connection, "SHOW fsync", "on")
                self._expect(connection, "SHOW synchronous_commit", "on")
                if int(str(connection.exec_driver_sql("SHOW server_version_num").scalar())) < 150_000:  # noqa: PLR2004 - 15.0
                    raise DatabaseUnavailable("PostgreSQL must be version 15 or newer")

    @staticmethod
    def _expect(connection: Connection, question: str, answer: str) -> None:
        found = str(connection.exec_driver_sql(question).scalar())
        if found != answer:
            raise DatabaseUnavailable(f"{question} answers {found!r}; Tværs needs {answer!r}")

    def close(self) -> None:
        """Finish what runs and close every connection."""
        self._threads.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


def host_time(connection: Connection) -> datetime:
    """Return the database host's clock, the only clock decisions are made by, as an aware instant in UTC."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    return datetime.fromisoformat(str(connection.execute(text("SELECT clock_timestamp()")).scalar())).astimezone(UTC)


def instant(moment: datetime) -> str:
    """Write an aware instant as UTC text whose alphabetical order is its order in time."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_instant(written: str) -> datetime:
    """Read what `instant` wrote."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _engine(url: str, *, sqlite: bool) -> Engine:
    # Parameters hold what is personal; no exception and no log line may quote them.
    engine = create_engine(url, hide_parameters=True)
    if sqlite:
        event.listen(engine, "connect", _sqlite_promises)
        event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _sqlite_promises(connection: object, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined] # we write BEGIN IMMEDIATE ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined] # a sqlite3 connection, typed as any DB-API one
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
