"""From the fifth schema to the sixth, with declarations and signers in it."""

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
THEN = "2026-03-02T10:00:00.000000Z"
ROW: dict[str, Any] = {
    "version": 1,
    "borger_id": "borger-1",
    "box": b"box",
    "key_id": "noegle",
    "relation": "borger",
    "tilbagekaldt": None,
    "registreret": THEN,
    "registreret_af": "registrar",
}
SIGNED = {**ROW, "samtykke_id": "signed", "underskrift": "gyldig", "underskriver": "u-1", "bekraeftet": True}
BLOCK = {**ROW, "samtykke_id": "block", "underskrift": "ugyldig", "underskriver": "", "bekraeftet": False}
SIGNER: dict[str, Any] = {
    "uuid": "u-1",
    "borger_id": "borger-1",
    "relation": "vaerge",
    "kilde": "Familieretshuset",
    "reference": "sag 7",
    "registreret": THEN,
    "registreret_af": "registrar",
}


def fifth_schema(database: Database) -> None:
    """Bring an empty database to the fifth schema, and put a declaration, a block and a signer in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "0005")
    with database.write() as connection:
        connection.execute(insert(store.borger).values(borger_id="borger-1", senest=THEN))
        rows = [{**SIGNED, "bekraeftet_fra": THEN}, {**BLOCK, "bekraeftet_fra": None}]
        connection.execute(insert(Table("samtykke", MetaData(), autoload_with=connection)), rows)
        connection.execute(insert(store.underskriver), [SIGNER])


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


class SixthSchemaContract:
    """What holds on every database."""

    def test_declarations_come_through_with_their_form(self, database: Database) -> None:
        """What was signed was XML; a block has no form, so that it can be lifted; neither was lifted yet."""
        fifth_schema(database)
        migrate(database)
        with database.read() as connection:
            rows = {row.samtykke_id: row for row in store.samtykker_of(connection, ["borger-1"])}
        assert {name: row.form for name, row in rows.items()} == {"signed": "xml", "block": None}
        assert {(row.ophaevet, row.bekraeftet_til) for row in rows.values()} == {(None, None)}
        assert rows["signed"].bekraeftet

    def test_signers_come_through_without_an_end(self, database: Database) -> None:
        """A record that is there already goes on confirming until somebody says for how long."""
        fifth_schema(database)
        migrate(database)
        with database.read() as connection:
            record = store.signer_of(connection, "u-1", "borger-1")
            assert store.protected_since(connection, ["borger-1"]) == {}
            assert store.refusals_of(connection, "borger-1") == []
        assert record is not None
        assert (record.relation, record.gyldig_fra, record.gyldig_til, record.forkastet) == ("vaerge", None, None, None)


class TestSixthSchemaSqlite(SixthSchemaContract):
    @pytest.fixture
    def database(self, sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty SQLite database."""
        return open_database(sqlite_url)


class TestSixthSchemaPostgres(SixthSchemaContract):
    @pytest.fixture
    def database(self, postgres_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty PostgreSQL database."""
        return open_database(postgres_url)
