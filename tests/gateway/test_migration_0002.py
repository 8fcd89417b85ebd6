"""From the first schema to the second, with deliveries in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert

from consent.database import Database
from gateway import deliveries
from gateway.deliveries import State
from gateway.process import migrate

MIGRATIONS = Path(__file__).resolve().parents[2] / "ops" / "migrations"
ROW: dict[str, Any] = {
    "event_id": "00000000-0000-5000-8000-000000000001",
    "forsoeg": 1,
    "borger_id": "borger-1",
    "udfald": "afleveret",
    "tilladt": "plan",
    "seq": None,
    "recall": False,
    "uvis": False,
    "kopi": None,
    "box": b"box",
    "key_id": "noegle",
    "tid": "2026-03-02T10:00:00.000000Z",
}
OLD = [
    {**ROW, "til": "familie", "state": "delivered", "seq": 3},
    {**ROW, "til": "jobcenter", "state": "sent", "seq": 4, "recall": True},
    {**ROW, "til": "social", "state": "decided", "kopi": b"kopi"},
]


def first_schema(database: Database) -> None:
    """Bring an empty database to the first schema, as the first release did, and put deliveries in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "0001")
    with database.write() as connection:
        connection.execute(insert(Table("delivery", MetaData(), autoload_with=connection)), OLD)


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


class SecondSchemaContract:
    """What holds on every database."""

    def test_deliveries_come_through_as_they_were(self, database: Database) -> None:
        """Every row and field is there, without an instant: the next start gives the unsettled ones theirs."""
        first_schema(database)
        migrate(database)
        with database.read() as connection:
            rows = deliveries.of_events(connection, [ROW["event_id"]])[ROW["event_id"]]
        found = [{name: getattr(row, name) for name in (*OLD[0], "udloeber")} for row in rows]
        assert found == [{**one, "udloeber": None} for one in OLD]

    def test_what_was_unsettled_is_still_found(self, database: Database) -> None:
        """Marks, kept copies and unsettled citizens are looked for through the new indexes, and nothing is due yet."""
        first_schema(database)
        migrate(database)
        with database.read() as connection:
            assert [til for _, til, _ in deliveries.to_recall(connection)] == ["jobcenter"]
            assert [row.state for row in deliveries.held(connection, ["borger-1"])] == [State.DECIDED]
            assert deliveries.citizens_unsettled(connection) == ["borger-1"]
            assert deliveries.citizens_due(connection, "9999-12-31T23:59:59.999999Z") == []


class TestSecondSchemaSqlite(SecondSchemaContract):
    @pytest.fixture
    def database(self, sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty SQLite database."""
        return open_database(sqlite_url)


class TestSecondSchemaPostgres(SecondSchemaContract):
    @pytest.fixture
    def database(self, postgres_url: str, open_database: Callable[[str], Database]) -> Database:
        """Return an empty PostgreSQL database."""
        return open_database(postgres_url)
