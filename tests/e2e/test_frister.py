"""The watcher of deadlines on the real servers: a party that tells the case what did not come."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.commands.frister import frister
from gateway.context import Context
from gateway.frister import Deadlines, read_table, watch
from gateway.settings import OPS, Settings
from schemas.haendelser import borgerforloeb, frist, henvendelse

pytestmark = pytest.mark.anyio

WATCHER = "fristvagt"
EVENTS = (henvendelse, borgerforloeb, frist)
"""Imported so that the language has them."""

# Wednesday before Easter 2026, whose Thursday, Friday and Monday are holidays.
REFERRED = "2026-04-01"
LAST = datetime(2026, 4, 8, 22, tzinfo=UTC)
"""Midnight in Denmark after the second working day, on summer time."""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings whose register has the watcher as a party of its own."""
    register = tmp_path / "parter.toml"
    own = f'\n[[parter]]\nid = "{WATCHER}"\nkind = "forvaltning"\nnavn = "Fristvagten"\n'
    register.write_text(settings.parter.read_text("utf-8") + own, "utf-8")
    return settings.model_copy(update={"parter": register})


@pytest.fixture
def deadlines(settings: Settings):
    """Return what the watcher remembers."""
    found = Deadlines(settings.data / "frister", WATCHER, read_table(OPS / "frister.toml"))
    yield found
    found.close()


async def refer(town, sag: str = "sag-1", dato: str = REFERRED) -> None:
    """Let the department refer the citizen, the watcher among the receivers."""
    referral = {"dato": dato, "modtaget_af": "Mærke-medarbejder", "sag": sag}
    assert await town.send("henvendelse.modtaget", party="social", modtagere=["jobcenter", WATCHER], **referral) == 202
    await town.settled()


async def told(town, party: str) -> list[dict]:
    """Return the passed deadlines that a party gets to know of."""
    await town.settled()
    return [one for one in await town.fetch(party) if one["type"] == "dk.tvaers.frist.overskredet.v1"]


class TestFrister:
    async def test_a_contact_that_did_not_come_is_told_to_the_case(self, town, deadlines):
        """Not an instant before two working days over Easter have ended, then once, to everyone of the case."""
        await town.consent(parter=["jobcenter", "social", WATCHER])
        await refer(town)
        assert await watch(town.client, deadlines, LAST - timedelta(microseconds=1)) == []
        [published] = await watch(town.client, deadlines, LAST)
        assert await watch(town.client, deadlines, LAST + timedelta(days=1)) == []
        for party in ("jobcenter", "social"):
            [event] = await told(town, party)
            assert (event["id"], event["source"]) == (published.id, WATCHER)
            assert event["data"]["frist"] == "foerste_kontakt"
            assert event["data"]["overskredet"] == "2026-04-08T22:00:00Z"
            assert event["data"]["borger"]["navn"] == "Mærke-navn"

    async def test_one_that_came_is_not(self, town, deadlines):
        """Even where it reaches the watcher with the referral, or before."""
        await town.consent(parter=["jobcenter", "social", WATCHER])
        contact = {"dato": "2026-04-08", "maade": "telefon"}
        await town.send("kontakt.opnaaet", party="jobcenter", modtagere=["social", WATCHER], **contact)
        await refer(town)
        assert await watch(town.client, deadlines, LAST) == []
        assert await told(town, "social") == []

    async def test_the_watcher_sees_what_the_citizen_consents_to(self, town, deadlines):
        """Where no samtykke names it, nothing reaches it, and it tells nobody of anything."""
        await town.consent(parter=["jobcenter", "social"])
        await refer(town)
        assert len(await town.fetch("jobcenter")) == 1
        assert await watch(town.client, deadlines, LAST) == []
        assert await told(town, "social") == []

    async def test_what_it_tells_is_decided_as_anything_else(self, town, deadlines):
        """A party that may not know of the casework is not told, and that is on record."""
        await town.consent(
            parter=["jobcenter", "social", WATCHER],
            spaerringer=[{"til": ["jobcenter"], "oplysningstyper": ["sagsforloeb"]}],
        )
        await refer(town)
        assert len(await watch(town.client, deadlines, LAST)) == 1
        assert len(await told(town, "social")) == 1
        assert await told(town, "jobcenter") == []
        refusals = [one for one in await town.entries() if one["fra"] == WATCHER and one["tilstand"] == "refused"]
        assert [one["til"] for one in refusals] == ["jobcenter"]

    async def test_stopped_between_publishing_and_remembering_it_tells_once(self, town, deadlines, monkeypatch):
        """The same event is published again under the same id, and crosses once."""
        await town.consent(parter=["jobcenter", "social", WATCHER])
        await refer(town)

        async def power_cut(*_: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr(Deadlines, "told", power_cut)
            with pytest.raises(RuntimeError):
                await watch(town.client, deadlines, LAST)
        assert len(await watch(town.client, deadlines, LAST)) == 1
        assert len(await told(town, "social")) == 1

    async def test_nothing_is_told_while_an_answer_may_wait(self, town, deadlines):
        """A delivery that an interrupted run had fetched is out of sight until it comes again: it may be the answer."""
        await town.consent(parter=["jobcenter", "social", WATCHER])
        await refer(town)
        assert await watch(town.client, deadlines, LAST - timedelta(days=1)) == []
        await town.send("kontakt.opnaaet", modtagere=[WATCHER], dato="2026-04-08", maade="besoeg")
        await town.settled()
        async with town.client.as_party(WATCHER) as nc:
            inbox = f"_INBOX_{WATCHER}.".encode()
            subscription = await nc.jetstream().pull_subscribe_bind(WATCHER, "DELIVERY", inbox_prefix=inbox)
            [in_hand] = await subscription.fetch(1)
            assert await watch(town.client, deadlines, LAST) == []
            await in_hand.nak()
            await subscription.unsubscribe()
        assert await watch(town.client, deadlines, LAST) == []
        assert await told(town, "social") == []

    async def test_nothing_personal_of_it_is_readable_on_the_disk(self, town, deadlines):
        """Neither in the watcher's files nor in anyone else's."""
        await town.consent(parter=["jobcenter", "social", WATCHER], sag="Maerke-sag")
        await refer(town, "Maerke-sag")
        assert len(await watch(town.client, deadlines, LAST)) == 1
        await town.settled()
        content = b"".join(path.read_bytes() for path in town.settings.data.rglob("*") if path.is_file())
        assert not [mark for mark in (b"2509479989", "Mærke-".encode(), b"Maerke-sag") if mark in content]


class TestCommand:
    async def test_it_tells_what_has_passed_by_todays_clock(self, town, monkeypatch):
        """One line for each deadline: the event's id and the deadline's name, and nothing of the citizen."""
        await town.consent(parter=["jobcenter", "social", WATCHER])
        await refer(town, dato="2020-01-02")
        result = await invoke(town, monkeypatch, "--as", WATCHER, "--once")
        [event] = await told(town, "social")
        assert (result.exit_code, result.stdout) == (0, f"{event['id']}  foerste_kontakt\n")

    async def test_a_party_that_is_none_is_refused(self, town, monkeypatch):
        """The register says whom one can be."""
        result = await invoke(town, monkeypatch, "--as", "ingen", "--once")
        assert result.exit_code == 2
        assert WATCHER in result.stderr

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    async def test_it_goes_on_until_it_is_stopped(self, town, number):
        """And that is a good end."""
        await town.consent(parter=["social", WATCHER])
        await refer(town, dato="2020-01-02")
        environment = {**os.environ, "TVAERS_DATA": str(town.settings.data), "TVAERS_PARTER": str(town.settings.parter)}
        code = "from gateway.cli import main; main()"
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, "frister", "--as", WATCHER, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(20):
            while not await told(town, "social"):  # noqa: ASYNC110 - another process tells
                await asyncio.sleep(0.05)
        child.send_signal(number)
        assert await asyncio.wait_for(child.wait(), 10) == 0


async def invoke(town, monkeypatch, *arguments: str):
    """Run the command on the town's data folder."""
    monkeypatch.setenv("TVAERS_PARTER", str(town.settings.parter))
    app = typer.Typer()
    app.command()(frister)
    context = Context(None, town.settings.data)
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), obj=context)
