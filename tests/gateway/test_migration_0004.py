"""From the third schema to the fourth, with declarations in it: since when their signers are confirmed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert

from consent import store
from consent.database import Database
from gateway.process import migrate

MIGRATIONS = Path(__file__).resolve().parents[2] / "ops" / "migrations"
EARLY, LATE = "2026-03-02T10:00:00.000000Z", "2026-03-05T10:00:00.000000Z"
ROW: dict[str, Any] = {
    "version": 1,
    "borger_id": "borger-1",
    "box": b"box",
    "key_id": "noegle",
    "underskrift": "gyldig",
    "relation": "borger",
    "tilbagekaldt": None,
    "registreret_af": "registrar",
}
SIGNER: dict[str, Any] = {
    "borger_id": "borger-1",
    "relation": "borger",
    "kilde": "MitID",
    "reference": "sag 7",
    "registreret_af": "registrar",
}
OLD = [
    {**ROW, "samtykke_id": "known-before", "underskriver": "u-1", "bekraeftet": True, "registreret": LATE},
    {**ROW, "samtykke_id": "known-later", "underskriver": "u-2", "bekraeftet": True, "registreret": EARLY},
    {**ROW, "samtykke_id": "unknown", "underskriver": "u-3", "bekraeftet": False, "registreret": EARLY},
]
SIGNERS = [{**SIGNER, "uuid": "u-1", "registreret": EARLY}, {**SIGNER, "uuid": "u-2", "registreret": LATE}]


def third_schema(database: Database) -> None:
    """Bring an empty database to the third schema, and put declarations and signers in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "0003")
    with database.write() as connection:
        connection.execute(insert(store.borger).values(borger_id="borger-1", senest=EARLY))
        connection.execute(insert(Table("samtykke", MetaData(), autoload_with=connection)), OLD)
        connection.execute(insert(store.underskriver), SIGNERS)


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


class FourthSchemaContract:
    """What holds on every database."""

    def test_a_signer_is_confirmed_since_the_later_of_two_records(self, database: Database) -> None:
        """Since the declaration was recorded, or since its signer was where that came later; else not at all."""
        third_schema(database)
        migrate(database)
        with database.read() as connection:
            found = {row.samtykke_id: since for row, since in store.history_of(connection, "borger-1")}
        assert found == {"known-before": LATE, "known-later": LATE, "unknown": None}


class TestFourthSchemaSqlite(FourthSchemaContract):
    @pytest.fixture
    def database(self, sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty SQLite database."""
        return open_database(sqlite_url)


class TestFourthSchemaPostgres(FourthSchemaContract):
    @pytest.fixture
    def database(self, postgres_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty PostgreSQL database."""
        return open_database(postgres_url)
