"""A small disclosure log to try things on."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import insert

from consent.database import Database, metadata
from consent.disclosures import checkpoints, store
from consent.disclosures.checkpoints import Signer
from consent.disclosures.entries import Entry, Sealed, seal
from consent.disclosures.export import export_log
from consent.disclosures.keys import KeyStore
from consent.disclosures.merkle import leaf_hash
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


def planted_leaf(number: int) -> bytes:
    """Return a made-up leaf, in more than one script."""
    return f'{{"tilstand":"besøgt","v":{number}}}'.encode()


@pytest.fixture
def plant() -> Callable[[Log, int], list[bytes]]:
    """Return a function that puts made-up leaves into a log's tree quickly, and returns their leaf hashes."""

    def planting(log: Log, count: int) -> list[bytes]:
        leaves = [planted_leaf(number) for number in range(count)]
        rows = [{"leaf": leaf, "leaf_hash": leaf_hash(leaf), **EMPTY_ROW} for leaf in leaves]
        with log.database.write() as connection:
            connection.execute(insert(store.oplysning), rows)
        while log.integrate():
            pass
        return [leaf_hash(leaf) for leaf in leaves]

    return planting


EMPTY_ROW = {"box": b"", "key_id": "", "art": "drift", "tid": "2026-03-02T10:00:00.000000Z"}


@asynccontextmanager
async def answering(application: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI application over real HTTP inside the block; yield its address."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def serve() -> Callable[..., AbstractAsyncContextManager[str]]:
    """Return a function that serves an ASGI application over real HTTP."""
    return answering
