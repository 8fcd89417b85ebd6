"""A small disclosure log to try things on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from consent.database import Database, metadata
from consent.disclosures import checkpoints, store
from consent.disclosures.checkpoints import Signer
from consent.disclosures.entries import Entry, Sealed, seal
from consent.disclosures.export import export_log
from consent.disclosures.keys import KeyStore
from consent.disclosures.sequencer import Sequencer
from consent.disclosures.store import Checkpoint

ORIGIN = "tvaers.example/log"


def made_entry(number: int) -> Entry:
    """Return a decision about one of three made-up citizens."""
    return Entry(
        art="afgoerelse",
        tid=f"2026-03-02T10:00:00.{number:06}Z",
        tilstand="decided",
        politik="1",
        register="1",
        skema="1",
        haendelse=f"haendelse-{number}",
        type="indsatsplan.oprettet",
        fra="jobcenter-1",
        til="laege-1" if number % 2 else "hospital-1",
        forsoeg=1,
        tilladt={"beskaeftigelse": {"samtykke": "s-1", "version": 1, "punkt": 2}},
        tilbageholdt={"oekonomi": "ikke_omfattet"},
        borger=f"borger-{number % 3}",
        sag="sag-7",
        formaal="indsatsplan",
        begrundelse="Borgeren ønsker det; øvrigt fremgår af sagen.",
    )


@dataclass
class Log:
    """A database with a sequencer and keys, driven by hand."""

    database: Database
    keys: KeyStore
    signer: Signer
    sequencer: Sequencer

    @staticmethod
    def entry(number: int) -> Entry:
        """Return a made-up entry."""
        return made_entry(number)

    def seal(self, numbers: Sequence[int]) -> list[Sealed]:
        """Seal made-up entries under their citizens' keys."""
        entries = [made_entry(number) for number in numbers]
        return [seal(entry, self.keys.key_for(str(entry.borger), "2026")) for entry in entries]

    def append(self, count: int, first: int = 0) -> list[Sealed]:
        """Commit made-up entries in one transaction."""
        sealed = self.seal(range(first, first + count))
        with self.database.write() as connection:
            store.append(connection, sealed)
        return sealed

    def integrate(self) -> Checkpoint | None:
        """Run one integration and commit it."""
        with self.database.write() as connection:
            return self.sequencer.integrate(connection)

    def export(self, directory: Path) -> Path:
        """Export to a directory and return it."""
        with self.database.read() as connection:
            export_log(connection, directory)
        return directory

    def another(self) -> Sequencer:
        """Return a second sequencer, started, on the same database."""
        sequencer = Sequencer(self.database, self.signer, ORIGIN)
        sequencer.start()
        return sequencer


@pytest.fixture
def make_log(tmp_path: Path) -> Iterator[Callable[[str], Log]]:
    """Return a function that makes an empty log with a started sequencer in the database at a URL."""
    opened: list[Log] = []

    def make(url: str) -> Log:
        database = Database(url)
        metadata.create_all(database.engine)
        signer = checkpoints.generate(tmp_path / "signer", ORIGIN)
        log = Log(database, KeyStore(tmp_path / "keys.db"), signer, Sequencer(database, signer, ORIGIN))
        log.sequencer.start()
        opened.append(log)
        return log

    yield make
    for log in opened:
        log.database.close()
        log.keys.close()


@pytest.fixture
def log(make_log: Callable[[str], Log], sqlite_url: str) -> Log:
    """Return an empty log in SQLite."""
    return make_log(sqlite_url)
