import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from consent.disclosures import cosigning, store
from consent.disclosures.checkpoints import COSIGNATURE, Signer
from consent.disclosures.cosigning import Cosigning, Vidne
from consent.disclosures.errors import SequencerError, SignerError
from consent.disclosures.verify import verify_export
from consent.disclosures.witnessing import application, open_witness

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log

pytestmark = pytest.mark.anyio

Serve = Callable[..., AbstractAsyncContextManager[str]]


class Region:
    """A real witness that answers over HTTP, and can be away."""

    def __init__(self, key: Path, log: "Log", serve: Serve) -> None:
        self.signer, self.witness = open_witness(key, "region.example/vidne", [log.signer.vkey])
        self._serve = serve

    @asynccontextmanager
    async def there(self) -> AsyncIterator[Vidne]:
        """Answer inside the block."""
        async with self._serve(application(self.witness)) as address:
            yield Vidne(address, self.signer.vkey)


@pytest.fixture
def region(log: "Log", tmp_path: Path, serve: Serve) -> Iterator[Region]:
    """Return a witness of the log."""
    region = Region(tmp_path / "vidne.key", log, serve)
    yield region
    region.witness.close()


def grow(log: "Log", count: int, first: int) -> None:
    """Add and sign entries."""
    log.append(count, first=first)
    log.integrate()


def cosignatures(log: "Log") -> int:
    """Return how many cosignatures the newest checkpoint carries."""
    with log.database.read() as connection:
        newest = store.latest_checkpoint(connection)
        assert newest is not None
        return store.cosigned(connection, newest).note.count("\u2014") - 1


async def check(log: "Log", *witnesses: Vidne) -> None:
    """Compare once, as a start does."""
    await Cosigning(log.database, log.signer, witnesses).check()


class TestCosigned:
    async def test_each_new_checkpoint(self, log: "Log", region: Region, tmp_path: Path):
        """A witness cosigns from the first entry on, and the export with its cosignatures proves who did."""
        async with region.there() as vidne:
            for number in range(4):
                grow(log, 3, first=3 * number)
                await check(log, vidne)
        assert cosignatures(log) == 1
        proven = verify_export(log.export(tmp_path / "out"), log.signer.vkey, witnesses=[vidne.vkey])
        assert (proven.size, proven.witnessed) == (12, 12)

    async def test_within_two_seconds_while_running(self, log: "Log", region: Region):
        """While it runs, a checkpoint is cosigned soon after it was signed, and stopping ends it."""
        async with region.there() as vidne:
            running = Cosigning(log.database, log.signer, [vidne])
            task = asyncio.create_task(running.run())
            for number in range(2):
                await asyncio.to_thread(grow, log, 2, 2 * number)
                signed = monotonic()
                while not await asyncio.to_thread(cosignatures, log):
                    assert monotonic() - signed < 4
                    await asyncio.sleep(0.02)
            running.stop()
            await task

    async def test_where_we_do_not_know_how_far_it_is(self, log: "Log", region: Region):
        """A witness that has come further than we remember says so, and the proof goes out from there."""
        async with region.there() as vidne:
            grow(log, 5, first=0)
            await check(log, vidne)
            with log.database.write() as connection:
                connection.execute(text("DELETE FROM cosignature"))
            grow(log, 5, first=5)
            await check(log, vidne)
        assert cosignatures(log) == 1

    async def test_the_newest_that_a_witness_has_signed(self, log: "Log", region: Region):
        """A log that is ahead of its witnesses still shows the newest checkpoint that they have cosigned."""
        async with region.there() as vidne:
            grow(log, 5, first=0)
            await check(log, vidne)
        grow(log, 5, first=5)
        with log.database.read() as connection:
            found = store.latest_witnessed(connection)
        assert found is not None
        assert found.size == 5
        assert vidne.vkey.split("+")[0] in found.note


class TestNeverInTheWay:
    async def test_nobody_there(self, log: "Log"):
        """A witness that is away is passed over, at a start too."""
        grow(log, 5, first=0)
        witness = Vidne("http://127.0.0.1:9", generated_vkey())
        started = monotonic()
        await check(log, witness)
        assert monotonic() - started < cosigning.TIMEOUT_SECONDS
        assert cosignatures(log) == 0

    @pytest.mark.parametrize(
        "answer", [(200, ""), (200, "hej\n"), (409, "hej"), (403, ""), (404, ""), (500, "x" * 100_000)]
    )
    async def test_nonsense(self, log: "Log", serve: Serve, answer: tuple[int, str]):
        """An answer without a cosignature of that witness is not believed, and stops nothing."""
        grow(log, 5, first=0)
        async with serve(answering(answer)) as address:
            await check(log, Vidne(address, generated_vkey()))
        assert cosignatures(log) == 0

    async def test_a_witness_that_takes_its_time(self, log: "Log"):
        """A witness that takes the call and says nothing holds up a start for a moment only."""
        grow(log, 5, first=0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            witness = Vidne(f"http://127.0.0.1:{silent.getsockname()[1]}", generated_vkey())
            started = monotonic()
            await check(log, witness)
        assert cosigning.START_SECONDS <= monotonic() - started < cosigning.TIMEOUT_SECONDS

    async def test_somebody_elses_cosignature(self, log: "Log", region: Region):
        """A cosignature by another key than the one we know is not kept."""
        grow(log, 5, first=0)
        async with region.there() as vidne:
            await check(log, Vidne(vidne.url, generated_vkey()))
        assert cosignatures(log) == 0

    async def test_one_away_does_not_hold_up_the_other(self, log: "Log", region: Region):
        """Of two witnesses, the one that is there cosigns."""
        grow(log, 5, first=0)
        async with region.there() as vidne:
            await check(log, Vidne("http://127.0.0.1:9", generated_vkey()), vidne)
        assert cosignatures(log) == 1

    async def test_it_is_asked_again(self, log: "Log", region: Region, monkeypatch: pytest.MonkeyPatch):
        """A witness that comes back cosigns without anyone doing anything."""
        monkeypatch.setattr(cosigning, "PACE_SECONDS", 0.02)
        grow(log, 5, first=0)
        async with region.there() as vidne:
            pass
        running = Cosigning(log.database, log.signer, [vidne])
        task = asyncio.create_task(running.run())
        await asyncio.sleep(0.1)
        async with region._serve(application(region.witness), int(vidne.url.rpartition(":")[2])), asyncio.timeout(10):
            while not await asyncio.to_thread(cosignatures, log):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)
            running.stop()
            await task

    def test_a_witness_without_a_key(self, log: "Log"):
        """A witness whose public key is none, or a log's, is refused when it is configured."""
        for vkey in ("", "hej", log.signer.vkey):
            with pytest.raises(SignerError):
                Cosigning(log.database, log.signer, [Vidne("http://127.0.0.1:9", vkey)])
        with pytest.raises(SignerError, match="address"):
            Cosigning(log.database, log.signer, [Vidne("127.0.0.1:9", generated_vkey())])


class TestI11Witnesses:
    """A log that is behind, or beside, what a witness has cosigned does not start, and does not go on."""

    async def test_a_restored_backup(self, log: "Log", region: Region):
        """A log that has gone back behind a witness's checkpoint is found, and how far it is behind is said."""
        async with region.there() as vidne:
            grow(log, 5, first=0)
            await check(log, vidne)
            grow(log, 5, first=5)
            await check(log, vidne)
            restore(log, 5)
            with pytest.raises(SequencerError, match=r"has cosigned 10 entries; this log has 5"):
                await check(log, vidne)

    async def test_everything_lost(self, log: "Log", region: Region):
        """An empty database under the key of a log that a witness knows is found before anything is signed."""
        async with region.there() as vidne:
            grow(log, 5, first=0)
            await check(log, vidne)
            for table in ("cosignature", "checkpoint", "oplysning"):
                with log.database.write() as connection:
                    connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names above
            with pytest.raises(SequencerError, match="has cosigned 5 entries; this log has 0"):
                await check(log, vidne)

    @pytest.mark.parametrize("regrown", [5, 7])
    async def test_another_history(self, log: "Log", region: Region, regrown: int):
        """A log that was restored and has grown again, as far or further, is found to be another one."""
        async with region.there() as vidne:
            grow(log, 3, first=0)
            await check(log, vidne)
            grow(log, 2, first=3)
            await check(log, vidne)
            restore(log, 3)
            log.sequencer = log.another()
            grow(log, regrown - 3, first=40)
            with pytest.raises(SequencerError, match=r"another history|does not begin"):
                await check(log, vidne)

    async def test_found_while_running(self, log: "Log", region: Region):
        """A witness that was away at the start stops the log when it comes back and knows better."""
        async with region.there() as vidne:
            grow(log, 5, first=0)
            await check(log, vidne)
        restore(log, 0)
        running = Cosigning(log.database, log.signer, [vidne])
        async with region._serve(application(region.witness), int(vidne.url.rpartition(":")[2])), asyncio.timeout(10):
            with pytest.raises(SequencerError):
                await running.run()


def restore(log: "Log", size: int) -> None:
    """Take the database back to when it had this many entries."""
    with log.database.write() as connection:
        for table, column, least in (("cosignature", "size", size), ("checkpoint", "size", size)):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} > {least}"))  # noqa: S608 - the names above
        connection.execute(text("UPDATE sequencer_lease SET until = ''"))
        connection.execute(text(f"DELETE FROM oplysning WHERE leaf_index >= {size}"))  # noqa: S608 - a number


def generated_vkey() -> str:
    """Return the public key of a witness that nobody runs."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Signer("nobody.example/vidne", Ed25519PrivateKey.generate(), COSIGNATURE).vkey


def answering(answer: tuple[int, str]) -> Any:
    """Return an application that always answers so."""

    async def add_checkpoint(_: Request) -> Response:
        return PlainTextResponse(answer[1], answer[0])

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])
