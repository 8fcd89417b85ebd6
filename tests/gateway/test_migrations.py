"""The migrations lead from nothing to the tables that the code knows, and nowhere else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select

from consent import store
from consent.database import Database, metadata
from gateway.process import migrate

ROOT = Path(__file__).resolve().parents[2]
VERSION = "alembic_version"


def differences(database: Database) -> list[Any]:
    """Return what would have to change for the database to be the code's."""
    with database.engine.connect() as connection:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    return found


def shape(database: Database) -> dict[str, Any]:
    """Return every table as the database itself describes it: what `compare_metadata` does not look at too."""
    seen = inspect(database.engine)
    return {
        name: {
            "columns": [{**column, "type": str(column["type"])} for column in seen.get_columns(name)],
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "foreign": seen.get_foreign_keys(name),
            "unique": sorted(one["column_names"] for one in seen.get_unique_constraints(name)),
            "indexes": sorted(map(written, seen.get_indexes(name))),
        }
        for name in seen.get_table_names()
        if name != VERSION
    }


def written(index: Any) -> str:
    """Return an index as text, with the condition under which it holds a row."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return repr((index["name"], index["column_names"], bool(index["unique"]), options))


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Return a function that opens an empty database."""
    opened: list[Database] = []

    def make(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


class MigrationsContract:
    """What holds on every database."""

    def test_an_empty_database_becomes_the_codes(self, database: Database) -> None:
        """Tables, columns, types, keys and indexes are those of the code, as if the code had made them itself."""
        migrate(database)
        assert differences(database) == []
        migrated = shape(database)
        metadata.drop_all(database.engine)
        metadata.create_all(database.engine)
        assert migrated == shape(database)
        assert migrated.keys() == metadata.tables.keys()

    def test_a_difference_would_show(self, database: Database) -> None:
        """The comparison is not blind: a column too many is found."""
        migrate(database)
        with database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE borger ADD COLUMN navn VARCHAR(10)")
        assert "remove_column" in [one[0] for one in differences(database)]

    def test_migrating_twice_keeps_what_is_there(self, database: Database) -> None:
        """Every start migrates; a database that is at the newest schema is left as it is."""
        migrate(database)
        with database.write() as connection:
            connection.execute(insert(store.borger).values(borger_id="b", senest="2026-03-02T10:00:00.000000Z"))
        migrate(database)
        with database.read() as connection:
            assert connection.execute(select(store.borger.c.borger_id)).scalars().all() == ["b"]

    def test_it_says_how_far_it_has_come(self, database: Database) -> None:
        """The database records the newest step, and there is one newest step."""
        migrate(database)
        config = Config()
        config.set_main_option("script_location", str(ROOT / "ops" / "migrations"))
        with database.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
        assert current == tuple(ScriptDirectory.from_config(config).get_heads())
        assert len(current) == 1


class TestMigrationsSqlite(MigrationsContract):
    @pytest.fixture
    def database(self, sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty SQLite database."""
        return open_database(sqlite_url)

    def test_the_log_counts_up_for_ever(self, database: Database) -> None:
        """A row number of the log is never used again, and the few waiting rows have an index of their own."""
        migrate(database)
        with database.read() as connection:
            query = "SELECT sql FROM sqlite_master WHERE name IN ('oplysning', 'ix_oplysning_waiting') ORDER BY name"
            index, table = connection.exec_driver_sql(query).scalars()
        assert "AUTOINCREMENT" in table
        assert "WHERE leaf_index IS NULL" in index


class TestMigrationsPostgres(MigrationsContract):
    @pytest.fixture
    def database(self, postgres_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty PostgreSQL database."""
        return open_database(postgres_url)
