"""From the fourth schema to the fifth, with declarations in it: the journal begins empty, and nothing else changes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert, select

from consent import journal
from consent.database import Database
from gateway.process import migrate

MIGRATIONS = Path(__file__).resolve().parents[2] / "ops" / "migrations"
SAMTYKKE = {
    "samtykke_id": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "version": 1,
    "borger_id": "b",
    "box": b"box",
    "key_id": "noegle",
    "underskrift": "gyldig",
    "relation": "borger",
    "underskriver": "u",
    "bekraeftet": True,
    "tilbagekaldt": "2026-03-02T10:00:00.000000Z",
    "registreret": "2026-03-01T10:00:00.000000Z",
    "registreret_af": "registrar",
    "bekraeftet_fra": "2026-03-01T10:00:00.000000Z",
}


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Return a function that opens a database at the fourth schema, with a withdrawn declaration."""
    opened: list[Database] = []

    def make(url: str) -> Database:
        database = Database(url)
        opened.append(database)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = database.engine
        command.upgrade(config, "0004")
        with database.write() as connection:
            borger, samtykke = (Table(name, MetaData(), autoload_with=connection) for name in ("borger", "samtykke"))
            connection.execute(insert(borger).values(borger_id="b", senest=SAMTYKKE["registreret"]))
            connection.execute(insert(samtykke).values(SAMTYKKE))
        return database

    yield make
    for one in opened:
        one.close()


class FifthSchemaContract:
    """What holds on every database."""

    def test_declarations_come_through_and_the_journal_begins_empty(self, database: Database) -> None:
        """What was withdrawn before stays so; the first entry will be number 1."""
        migrate(database)
        with database.write() as connection:
            samtykke = Table("samtykke", MetaData(), autoload_with=connection)
            found = connection.execute(select(*(samtykke.c[name] for name in SAMTYKKE))).mappings().one()
            assert dict(found) == SAMTYKKE
            assert journal.head(connection) == (0, journal.BEGINNING)
            journal.note_withdrawal(connection, "b", "s", "2026-03-03T10:00:00.000000Z")
            assert journal.head(connection)[0] == 1


class TestFifthSchemaSqlite(FifthSchemaContract):
    @pytest.fixture
    def database(self, sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return a SQLite database at the fourth schema."""
        return open_database(sqlite_url)


class TestFifthSchemaPostgres(FifthSchemaContract):
    @pytest.fixture
    def database(self, postgres_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return a PostgreSQL database at the fourth schema."""
        return open_database(postgres_url)
