"""I11: what was lost outside our reach is found, not hidden; nothing crosses until it is named and released."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx2
import pytest
from anyio import Path
from sqlalchemy import Connection
from typer.testing import CliRunner

from consent.disclosures.errors import SequencerError
from gateway.bus.api import call
from gateway.bus.client import connect
from gateway.bus.deploy import apply
from gateway.bus.topology import topology
from gateway.client import Address
from gateway.commands.journal import journal as commands
from gateway.context import Context
from gateway.doctor import examine
from gateway.errors import GatewayRefused
from gateway.settings import Settings

if TYPE_CHECKING:
    from tests.e2e.conftest import Town

pytestmark = pytest.mark.anyio

WHY = {"begrundelse": "prøve"}
NEW_LOG = "tvaers.example/kommune-2"


def back_up(settings: Settings) -> None:
    """Take a copy of the database while it is in use."""
    with (
        closing(sqlite3.connect(settings.data / "tvaers.db")) as source,
        closing(sqlite3.connect(settings.data.parent / "copy.db")) as copy,
    ):
        source.backup(copy)


def restore(settings: Settings) -> None:
    """Put the copy in the database's place."""
    for name in ("tvaers.db-wal", "tvaers.db-shm"):
        (settings.data / name).unlink(missing_ok=True)
    shutil.copy(settings.data.parent / "copy.db", settings.data / "tvaers.db")


def begin_a_new_log(settings: Settings) -> Settings:
    """Do what docs/genskabelse.md says where entries of the log are lost: another name, and with it another key."""
    (settings.data / "checkpoint.key").rename(settings.data / "checkpoint.key.old")
    return settings.model_copy(update={"origin": NEW_LOG})


def wipe(settings: Settings, stream: str) -> None:
    """Lose the folder of a stream."""
    [folder] = (settings.data / "bus" / "streams").glob(f"**/{stream}")
    shutil.rmtree(folder)


async def look(town: "Town") -> None:
    """Let two seconds' looks happen now: what they see the first time they record the second."""
    await town.tvaers._look()
    await town.tvaers._look()


async def held(town: "Town") -> str:
    """Return why it is not ready, or an empty text."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        response = await http.get(Address.read(town.settings.data).http + "/health/ready")
    return "" if response.is_success else str(response.json()["grund"])


async def nothing_crosses(town: "Town") -> None:
    """Hand in a plan, and see that it goes no further while everything is held."""
    before = len(await town.rows())
    assert await town.plan() == 202
    await asyncio.sleep(0.3)
    assert len(await town.rows()) == before
    assert await town.fetch("social") == []


async def replay(town: "Town") -> None:
    """Replay the journal as its registrar."""
    await town.client.call("role_registrar", "POST", "/v1/journal/genafspil", json=WHY)


async def release(town: "Town") -> None:
    """Release what was lost as the data-protection officer."""
    await town.client.call("role_dpo", "POST", "/v1/journal/frigiv", json=WHY)


class TestI11RestoredDatabase:
    async def test_a_smaller_log_refuses_to_start(self, settings, run):
        """The last checkpoint lies outside the database; a log that is smaller is said to be, with the range."""
        async with run(settings) as town:
            back_up(settings)
            await town.consent()
            await town.settled()
            await look(town)
        restore(settings)
        with pytest.raises(SequencerError, match=r"entries \d+ to \d+ are lost. Restore a newer copy"):
            async with run(settings):
                pytest.fail("it started")

    async def test_a_withdrawal_survives_the_database(self, settings, run):
        """A copy from before the withdrawal: nothing crosses, the journal is replayed, and then it is refused."""
        async with run(settings) as town:
            samtykke_id = await town.consent()
            await town.plan()
            await town.settled()
            back_up(settings)
            await town.client.withdraw(samtykke_id)
            await town.settled()
            await look(town)
        restore(settings)
        async with run(begin_a_new_log(settings)) as town:
            assert "entries 1 to 1 of the journal must be replayed" in await held(town)
            await nothing_crosses(town)
            with pytest.raises(GatewayRefused, match="replay the journal first"):
                await release(town)
            await replay(town)
            assert "begun anew" in await held(town)
            await nothing_crosses(town)
            await release(town)
            assert await held(town) == ""
            await town.settled()
            assert await town.fetch("social") == []
            assert {row.state.value for row in await town.rows()} <= {"refused", "recalled", "recalled_maybe_read"}
            assert {"tilbagekaldt"} <= {one["tilstand"] for one in await town.entries("samtykke")}
            states = [one["tilstand"] for one in await town.entries("drift")]
            assert {"ny_log", "journal_genafspillet", "ny_log_frigivet"} <= set(states)

    async def test_a_block_survives_the_database(self, settings, run):
        """It lies sealed in the journal, and blocks as before."""
        async with run(settings) as town:
            await town.consent()
            back_up(settings)
            await town.client.block("2509479989", ["social"], ["*"])
            await look(town)
        restore(settings)
        async with run(begin_a_new_log(settings)) as town:
            await replay(town)
            await release(town)
            await town.plan()
            await town.settled()
            assert await town.states() == {"social": "refused"}
            [entry] = await town.entries()
            assert set(entry["tilbageholdt"].values()) == {"spaerret"}

    async def test_a_copy_that_is_not_on_record_is_not_handed_out(self, settings, run):
        """What crossed after the copy was taken lies in DELIVERY without entry: it goes to the dead letters."""
        async with run(settings) as town:
            await town.consent()
            await look(town)
            back_up(settings)
            await town.plan()
            await town.settled()
            await look(town)
        restore(settings)
        async with run(begin_a_new_log(settings)) as town:
            assert "1 copies in DELIVERY, sequences 1 to 1, are not on record" in await held(town)
            assert await town.fetch("social") == []
            await release(town)
            assert "restart Tværs" in await held(town)
        async with run(settings.model_copy(update={"origin": NEW_LOG})) as town:
            assert await held(town) == ""
            assert await town.fetch("social") == []
            [letter] = (await town.client.call("role_drift", "GET", "/v1/drift/doede")).json()
            assert letter["reason"] == "ikke_paa_log"
            await town.client.call("role_drift", "POST", f"/v1/drift/doede/{letter['dead_id']}/genafspil", json=WHY)
            await town.settled()
            assert len(await town.fetch("social")) == 1

    async def test_a_restart_forgets_nothing_of_what_waits(self, settings, run):
        """Held once, held after every start, and taken in once."""
        async with run(settings) as town:
            samtykke_id = await town.consent()
            back_up(settings)
            await town.client.withdraw(samtykke_id)
            await look(town)
        restore(settings)
        renamed = begin_a_new_log(settings)
        async with run(renamed):
            pass
        async with run(renamed) as town:
            why = await held(town)
            assert "entries 1 to 1 of the journal must be replayed" in why
            assert "begun anew" in why

    async def test_a_database_that_goes_back_while_it_runs_is_found(self, settings, run):
        """As after a failover to a copy that lags behind: its new entries are another journal than the one outside."""
        async with run(settings) as town:
            first, second = await town.consent(), await town.consent()
            await town.client.withdraw(first)
            await look(town)
            await town.tvaers.records.database.run(_forget_withdrawals)
            await look(town)
            assert "entries 1 to 1 of the journal must be replayed" in await held(town)
            await town.client.withdraw(second)
            await replay(town)
            assert await held(town) == ""
            await town.plan()
            await town.settled()
            assert await town.states() == {"social": "refused"}

    async def test_another_journal_outside_is_taken_in_and_released(self, settings, run):
        """Each has an entry that the other has not: what is outside is replayed, and the officer releases the rest."""
        async with run(settings) as town:
            first, second = await town.consent(), await town.consent()
            await town.client.withdraw(first)
            await look(town)
            town.tvaers.guard.look = asyncio.Event().wait
            await town.tvaers.records.database.run(_forget_withdrawals)
            await town.client.withdraw(second)
            del town.tvaers.guard.look
            await look(town)
            why = await held(town)
            assert "entries 2 to 2 of the journal must be replayed" in why
            assert "JOURNAL and the database differ from entry 1 on" in why
            await replay(town)
            await release(town)
            assert await held(town) == ""
        async with run(settings) as town:
            assert await held(town) == ""
            await town.plan()
            await town.settled()
            assert await town.states() == {"social": "refused"}


class TestI11LostJournal:
    async def test_without_its_journal_every_consent_waits(self, settings, run):
        """Nobody can tell any more whether the database is an old one: the data-protection officer says so."""
        async with run(settings) as town:
            await town.client.withdraw(await town.consent())
            await town.consent()
        wipe(settings, "JOURNAL")
        async with run(settings) as town:
            assert "JOURNAL has lost its entries 1 to 1" in await held(town)
            await nothing_crosses(town)
            stop = {"part": "*", "begrundelse": "prøve"}
            await town.client.call("role_drift", "POST", "/v1/drift/start", json=stop)
            assert await town.fetch("social") == []
            with pytest.raises(GatewayRefused, match="role dpo"):
                await town.client.call("role_drift", "POST", "/v1/journal/frigiv", json=WHY)
            await release(town)
            await town.settled()
            assert len(await town.fetch("social")) == 1
        async with run(settings) as town:
            assert await held(town) == ""

    async def test_a_second_path_mends_it(self, settings, run, tmp_path):
        """Where the file has all of it nothing is lost: the stream is written anew, and that is on record."""
        both = settings.model_copy(update={"journal": tmp_path / "elsewhere.jsonl"})
        async with run(both) as town:
            await town.client.withdraw(await town.consent())
        wipe(settings, "JOURNAL")
        async with run(both) as town:
            assert await held(town) == ""
            assert "journal_genskabt" in {one["tilstand"] for one in await town.entries("drift")}
        async with run(settings) as town:
            assert await held(town) == ""

    async def test_a_second_path_saves_the_withdrawal(self, settings, run, tmp_path):
        """With the database restored and the stream gone, the file alone tells what was withdrawn."""
        both = settings.model_copy(update={"journal": tmp_path / "elsewhere.jsonl"})
        async with run(both) as town:
            samtykke_id = await town.consent()
            back_up(settings)
            await town.client.withdraw(samtykke_id)
            await look(town)
        restore(settings)
        wipe(settings, "JOURNAL")
        async with run(begin_a_new_log(both)) as town:
            assert "must be replayed" in await held(town)
            await replay(town)
            await release(town)
            await town.plan()
            await town.settled()
            assert await town.states() == {"social": "refused"}


class TestI11LostStream:
    async def test_delivery_made_anew_is_found_while_it_runs(self, settings, run):
        """Deleted and made again by whoever may: named, nothing crosses, and the copies in it may have been read."""
        async with run(settings) as town:
            await town.consent()
            await town.plan()
            await town.settled()
            await look(town)
            await make_anew(town, "DELIVERY")
            await look(town)
            assert "the stream DELIVERY was made anew; what it held up to sequence 1 is lost" in await held(town)
            await nothing_crosses(town)
            await release(town)
            assert await held(town) == ""
            await town.settled()
            assert [row.state.value for row in await town.rows()].count("recalled_maybe_read") == 1
            assert len(await town.fetch("social")) == 1
        async with run(settings) as town:
            assert await held(town) == ""

    @pytest.mark.parametrize("stream", ["DELIVERY", "SENT_jobcenter"])
    async def test_a_lost_folder_is_found_at_the_start(self, settings, run, stream):
        """And at every further start, until it is released."""
        async with run(settings) as town:
            await town.consent()
            await town.plan()
            await town.settled()
            await look(town)
        wipe(settings, stream)
        async with run(settings):
            pass
        async with run(settings) as town:
            assert f"the stream {stream} was made anew" in await held(town)
            assert "stroem_tabt" in {one["tilstand"] for one in await town.entries("drift")}
            await release(town)
            assert await held(town) == ""


class TestCommands:
    async def test_an_operator_sees_it_and_the_officer_releases_it(self, settings, run):
        """The doctor names the range, `journal show` too; after `journal release` both are content."""
        async with run(settings) as town:
            await town.client.withdraw(await town.consent())
        wipe(settings, "JOURNAL")
        async with run(settings):
            [found] = [one for one in await examine(settings) if one.check == "journal"]
            assert "JOURNAL has lost its entries 1 to 1" in found.problem
            assert "held: the journal: JOURNAL has lost its entries 1 to 1" in await typed(settings, "show")
            assert "tilbagekaldelse" in await typed(settings, "show")
            assert "JOURNAL has lost" in await typed(settings, "release", "--reason", "prøve")
            [found] = [one for one in await examine(settings) if one.check == "journal"]
            assert found.ok
            assert "held" not in await typed(settings, "show")


class TestJournalledAtOnce:
    async def test_a_withdrawal_is_outside_when_it_is_answered(self, settings, run):
        """No second passes in which only the database knows."""
        async with run(settings) as town:
            town.tvaers.guard.look = asyncio.Event().wait
            await town.client.withdraw(await town.consent())
            [place] = town.tvaers.journal.places
            assert (await place.look()).nummer == 1

    async def test_what_a_crash_kept_inside_is_carried_out_at_the_next_start(self, settings, run):
        """Committed, and the process ended before it was published: nothing is lost, and nothing is held."""
        async with run(settings) as town:
            samtykke_id = await town.consent()
            town.tvaers.guard.look = asyncio.Event().wait
            consents = town.tvaers.records.consents

            def withdrawn(connection: Connection) -> None:
                consents.withdraw(connection, samtykke_id, "test")

            await town.tvaers.records.database.run(withdrawn)
            [place] = town.tvaers.journal.places
            assert (await place.look()).nummer == 0
        async with run(settings) as town:
            [place] = town.tvaers.journal.places
            assert (await place.look()).nummer == 1
            assert await held(town) == ""

    async def test_nothing_personal_stands_in_it(self, settings, run, tmp_path):
        """Neither the number nor what was blocked: ids, instants and boxes."""
        both = settings.model_copy(update={"journal": tmp_path / "elsewhere.jsonl"})
        async with run(both) as town:
            await town.client.withdraw(await town.consent())
            await town.client.block("2509479989", ["familie"], ["helbred"])
        written = await Path(both.journal).read_text()
        assert written.count("\n") == 2
        assert not [one for one in ("2509479989", "familie", "helbred") if one in written]


async def typed(settings: Settings, *arguments: str) -> str:
    """Type a command of the journal and return what it prints."""
    context = Context(None, settings.data)
    result = await asyncio.to_thread(CliRunner().invoke, commands, list(arguments), obj=context)
    assert result.exit_code == 0, result.exception
    return result.stdout


def _forget_withdrawals(connection: Connection) -> None:
    """Put a database back to before anything was withdrawn."""
    for statement in (
        "DELETE FROM journal",
        "UPDATE journalsted SET nummer = 0",
        "UPDATE samtykke SET tilbagekaldt = NULL",
    ):
        connection.exec_driver_sql(statement)


async def make_anew(town: "Town", stream: str) -> None:
    """Delete a stream and make it again, with the credential of deployment."""
    server = town.tvaers.server
    ops = await connect(server.url, "ops", server.identities.seed_file("ops"))
    try:
        await call(ops.nc, f"STREAM.DELETE.{stream}")
        assert await apply(ops.nc, topology(server.parties, server.sizes)) == []
    finally:
        await ops.close()
