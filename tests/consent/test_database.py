"""The one database: what was kept is durable, what failed is gone, and no error quotes a value."""

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import anyio
import anyio.to_thread
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, create_engine, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from consent.database import (
    BUSY_TIMEOUT_MS,
    Database,
    DatabaseConflict,
    DatabaseUnavailable,
    host_time,
)

SECRET = "2509479989"
sheet = Table(
    "sheet", MetaData(), Column("id", Integer, primary_key=True), Column("text", String, nullable=False, unique=True)
)


def put(connection: Connection, number: int, text: object) -> None:
    """Insert one row."""
    connection.execute(insert(sheet).values(id=number, text=text))


def count(connection: Connection) -> int:
    """Return how many rows there are."""
    return connection.execute(select(func.count()).select_from(sheet)).scalar_one()


@pytest.fixture
def make_database() -> Iterator[Callable[[str], Database]]:
    """Return a function that opens a database with one table in it."""
    opened: list[Database] = []

    def make(url: str) -> Database:
        opened.append(Database(url))
        sheet.metadata.create_all(opened[-1].engine)
        return opened[-1]

    yield make
    for one in opened:
        one.close()


class DatabaseContract:
    """What Tværs relies on, whichever database it is."""

    def test_it_passes_its_own_check(self, database: Database) -> None:
        """A database as it is opened keeps what it acknowledges."""
        database.check()

    def test_what_was_written_is_there(self, database: Database) -> None:
        """A block left normally is kept, for every connection to see."""
        with database.write() as connection:
            put(connection, 1, "a")
        with database.read() as connection:
            assert count(connection) == 1

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
    def test_a_failed_block_keeps_nothing(self, database: Database, error: type[BaseException]) -> None:
        """Whatever leaves the block, nothing of it is kept, and the error is the one that was raised."""

        def fail() -> None:
            with database.write() as connection:
                put(connection, 1, "a")
                raise error

        with pytest.raises(error):
            fail()
        with database.read() as connection:
            assert count(connection) == 0

    def test_a_refused_statement_keeps_nothing_before_it(self, database: Database) -> None:
        """What the database refuses is told as that, and the block's earlier rows are gone."""
        with database.write() as connection:
            put(connection, 1, "a")

        def clash() -> None:
            with database.write() as connection:
                put(connection, 2, "b")
                put(connection, 1, "c")

        with pytest.raises(DatabaseConflict, match="IntegrityError"):
            clash()
        with database.read() as connection:
            assert count(connection) == 1

    def test_reading_keeps_nothing(self, database: Database) -> None:
        """A block for reading is rolled back at its end."""
        with database.read() as connection:
            put(connection, 1, "a")
        with database.read() as connection:
            assert count(connection) == 0

    def test_reading_sees_one_state(self, database: Database) -> None:
        """What others commit meanwhile does not show in a block for reading: a report's parts fit together."""
        with database.read() as reading:
            before = count(reading)
            with database.write() as writing:
                put(writing, 1, "a")
            assert count(reading) == before
        with database.read() as reading:
            assert count(reading) == before + 1

    @pytest.mark.parametrize(
        "row",
        [{"id": 2, "text": SECRET}, {"id": int(SECRET[:6]), "text": None}, {"id": f"nr. {SECRET}", "text": "b"}],
        ids=["taken", "missing", "malformed"],
    )
    def test_no_error_quotes_a_value(self, database: Database, row: dict[str, object]) -> None:
        """Neither the error nor what it is chained to shows what was in the statement: a log may print both."""
        with database.write() as connection:
            put(connection, 1, SECRET)
        with pytest.raises(DatabaseConflict) as caught, database.write() as connection:
            connection.execute(insert(sheet), row)
        assert SECRET[:6] not in "".join(traceback.format_exception(caught.value))

    def test_a_missing_table_is_unavailable(self, database: Database) -> None:
        """No error of the library leaves the module, whether it wrote or read."""
        sheet.metadata.drop_all(database.engine)
        with pytest.raises(DatabaseUnavailable, match="could not be read"), database.read() as connection:
            count(connection)
        with pytest.raises(DatabaseUnavailable, match="was not kept"), database.write() as connection:
            count(connection)

    @pytest.mark.anyio
    async def test_work_on_a_worker_thread_is_durable_when_it_returns(self, database: Database) -> None:
        """`run` answers with the work's own answer, once it is kept."""

        def work(connection: Connection) -> str:
            put(connection, 1, "a")
            return "svar"

        assert await database.run(work) == "svar"
        with database.read() as connection:
            assert count(connection) == 1

    @pytest.mark.anyio
    async def test_failed_work_keeps_nothing(self, database: Database) -> None:
        """`run` raises what the work raised and keeps nothing of it."""

        def work(connection: Connection) -> None:
            put(connection, 1, "a")
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await database.run(work)
        with database.read() as connection:
            assert count(connection) == 0

    @pytest.mark.anyio
    async def test_a_long_look_holds_up_nobody(self, database: Database) -> None:
        """Work is written while somebody reads; the look itself sees nothing of it, and keeps nothing."""
        looking, written = Event(), Event()

        def look(connection: Connection) -> None:
            assert count(connection) == 0
            looking.set()
            assert written.wait(10)
            assert count(connection) == 0

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.look, look)
            await anyio.to_thread.run_sync(looking.wait, 10)
            await database.run(lambda connection: put(connection, 1, "a"))
            written.set()
        await database.look(lambda connection: put(connection, 2, "b"))
        assert await database.look(count) == 1

    def test_the_host_tells_the_time(self, database: Database) -> None:
        """The time is the database host's, aware, in UTC, and goes on within a transaction."""
        with database.read() as connection:
            first, second = host_time(connection), host_time(connection)
        assert first < second
        assert first.utcoffset() == timedelta(0)
        assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)


class TestDatabaseSqlite(DatabaseContract):
    @pytest.fixture
    def database(self, sqlite_url: str, make_database: Callable[[str], Database]) -> Database:
        """Return a SQLite database."""
        return make_database(sqlite_url)

    @pytest.mark.parametrize(
        ("pragma", "value"),
        [
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("secure_delete", 1),
            ("foreign_keys", 1),
            ("busy_timeout", BUSY_TIMEOUT_MS),
        ],
    )
    def test_every_connection_has_the_pragmas(self, database: Database, pragma: str, value: object) -> None:
        """Two connections at once both promise the same."""
        with database.read() as one, database.read() as other:
            for connection in (one, other):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value

    @pytest.mark.parametrize("pragma", ["synchronous=NORMAL", "synchronous=OFF", "journal_mode=DELETE"])
    def test_weaker_pragmas_are_refused(self, sqlite_url: str, pragma: str) -> None:
        """A database that could lose what it acknowledged is not used."""
        database = Database(sqlite_url)
        event.listen(database.engine, "connect", lambda raw, _record: raw.execute(f"PRAGMA {pragma}"))
        with pytest.raises(DatabaseUnavailable, match=rf"{pragma.partition('=')[0]} answers .*Tværs needs"):
            database.check()
        database.close()

    def test_a_database_in_memory_is_refused(self) -> None:
        """What a restart forgets is no record."""
        database = Database("sqlite://")
        with pytest.raises(DatabaseUnavailable, match="journal_mode answers 'memory'"):
            database.check()
        database.close()

    def test_the_librarys_own_error_hides_what_was_bound(self, database: Database) -> None:
        """Inside the block too: whoever catches the library's error there does not see the values of the statement."""
        with database.write() as connection:
            put(connection, 1, SECRET)
            with pytest.raises(IntegrityError) as caught:
                put(connection, 2, SECRET)
        assert SECRET not in str(caught.value)

    def test_the_file_is_the_services_own(self, database: Database) -> None:
        """Nobody else may read the database or its journal."""
        folder = Path(str(database.url.database)).parent
        modes = {one.name: one.stat().st_mode & 0o777 for one in folder.glob("tvaers.db*")}
        assert len(modes) == 3
        assert set(modes.values()) == {0o600}

    def test_a_decision_and_a_withdrawal_do_not_overlap(self, database: Database) -> None:
        """The write lock is taken at the start of the block, before its first read, not at its first change."""
        inside, go_on, order = Event(), Event(), list[str]()

        def decide() -> None:
            with database.write():
                inside.set()
                go_on.wait(10)
                order.append("decided")

        def withdraw() -> None:
            inside.wait(10)
            with database.write():
                order.append("withdrawn")

        with ThreadPoolExecutor() as threads:
            waiting = [threads.submit(decide), threads.submit(withdraw)]
            inside.wait(10)
            go_on.wait(0.1)
            go_on.set()
            for one in waiting:
                one.result(10)
        assert order == ["decided", "withdrawn"]


class TestDatabasePostgres(DatabaseContract):
    @pytest.fixture
    def database(self, postgres_url: str, make_database: Callable[[str], Database]) -> Database:
        """Return a PostgreSQL database."""
        return make_database(postgres_url)

    def test_a_server_that_acknowledges_too_early_is_refused(self, postgres_url: str) -> None:
        """With synchronous_commit off a commit that returned can be lost."""
        administrator = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with administrator.connect() as connection:
            name = administrator.url.database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        administrator.dispose()
        database = Database(postgres_url)
        with pytest.raises(DatabaseUnavailable, match="synchronous_commit answers 'off'"):
            database.check()
        database.close()
