"""What fails between two steps: found and finished, never forgotten."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from consent.database import DatabaseUnavailable
from gateway import release as release_module
from gateway.bus.errors import BusRefused, BusUnavailable
from gateway.bus.publish import Refused
from gateway.client import Address
from gateway.serving import serving

pytestmark = pytest.mark.anyio

CPR, OTHER_CPR = "2509479989", "0201919990"


class OnceBroken:
    """Fails at its first call, after telling that it was reached and being told to go on; afterwards it works."""

    def __init__(self, works: Any, error: Exception) -> None:
        self._works, self._error = works, error
        self.reached, self.go, self._first = asyncio.Event(), asyncio.Event(), True

    async def __call__(self, *args: Any) -> Any:
        """Fail once."""
        if not self._first:
            return await self._works(*args)
        self._first = False
        self.reached.set()
        await self.go.wait()
        raise self._error


class Thereafter:
    """Does its work and fails afterwards, as a process that is killed between two steps: at its first calls only."""

    def __init__(self, works: Any, error: Exception, times: int) -> None:
        self._works, self._error, self._times = works, error, times

    async def __call__(self, *args: Any) -> Any:
        """Work, and fail as long as it is to."""
        done = await self._works(*args)
        if not self._times:
            return done
        self._times -= 1
        raise self._error


class Full:
    """Publishes, or answers for a DELIVERY that has no room."""

    def __init__(self, works: Any) -> None:
        self._works, self.full = works, True

    async def __call__(self, nc: Any, messages: Any) -> Any:
        """Refuse every message while there is no room."""
        return [Refused(NO_ROOM)] * len(messages) if self.full else await self._works(nc, messages)


NO_ROOM = 10077
"""JetStream's code for a stream that has reached its bytes."""


async def shrunk(town) -> str:
    """Let a plan with a row about health cross on two declarations; return the one that covers health."""
    await town.consent(oplysningstyper=["plan", "sagsforloeb"])
    wide = await town.consent(oplysningstyper=["plan", "helbred", "sagsforloeb"])
    await town.plan(overordnet_maal="Arbejde")
    await town.settled()
    return wide


async def fetched_once(town) -> dict[str, Any]:
    """Fetch twice as the receiver; return the data of the one copy there was."""
    [event] = [*await town.fetch("social"), *await town.fetch("social")]
    return event["data"]


class TestI4Narrowed:
    async def test_a_narrower_copy_survives_a_failure_after_the_wide_one_was_deleted(self, town, monkeypatch):
        """Deleted from DELIVERY, not yet recorded: the next round decides what is left of it, from what was kept."""
        wide = await shrunk(town)
        gone = Thereafter(town.tvaers.recall.delete, DatabaseUnavailable("for an instant"), 1)
        monkeypatch.setattr(town.tvaers.recall, "delete", gone)
        with pytest.raises(DatabaseUnavailable):
            await town.tvaers.redecision.revoke(wide, "test")
        await town.tvaers.redecision.finish()
        data = await fetched_once(town)
        assert "helbred" not in data
        assert data["overordnet_maal"] == "Arbejde"
        assert [row.kopi for row in await town.rows()] == [None, None]

    async def test_a_narrower_copy_survives_a_process_that_ends_in_between(self, town, settings, monkeypatch):
        """A fresh start finds the kept copy and finishes what the process before it had begun, once."""
        wide = await shrunk(town)
        gone = Thereafter(town.tvaers.recall.delete, DatabaseUnavailable("for good"), -1)
        monkeypatch.setattr(town.tvaers.recall, "delete", gone)
        with pytest.raises(DatabaseUnavailable):
            await town.tvaers.redecision.revoke(wide, "test")
        await town.tvaers.stop()
        await town.tvaers.server.stop()
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            assert "helbred" not in await fetched_once(town)
            assert [row.state.value for row in sorted(await town.rows(), key=lambda row: row.forsoeg)] == [
                "recalled_maybe_read",
                "delivered",
            ]


class TestWaitingForRoom:
    @pytest.fixture
    async def waiting(self, town, monkeypatch) -> Full:
        """Leave a narrower copy waiting because DELIVERY has no room for it; return what says so."""
        wide = await shrunk(town)
        room = Full(release_module.publish_all)
        monkeypatch.setattr(release_module, "publish_all", room)
        await town.tvaers.redecision.revoke(wide, "test")
        assert await town.states() == {"social": "decided"}
        return room

    async def test_it_goes_when_there_is_room(self, town, waiting):
        """A narrower copy waits in the database, sealed, until DELIVERY takes it."""
        waiting.full = False
        await town.tvaers.redecision.finish()
        assert "helbred" not in await fetched_once(town)

    async def test_it_goes_on_no_decision_older_than_its_release(self, town, waiting, monkeypatch):
        """What lapsed by the clock while the copy waited is noticed in the transaction that takes it out."""
        consents = town.tvaers.records.consents
        later = datetime.now(UTC) + timedelta(days=400)
        monkeypatch.setattr(consents, "now", lambda _connection, _ids: later)
        waiting.full = False
        await town.tvaers.redecision.finish()
        assert await town.fetch("social") == []
        assert await town.states() == {"social": "revoked"}
        assert [row.kopi for row in await town.rows()] == [None, None]

    async def test_what_is_left_of_it_goes_where_less_of_it_holds(self, town, waiting):
        """A block that came while the copy waited leaves the next attempt, narrower still."""
        await town.tvaers.records.database.run(
            lambda connection: town.tvaers.records.consents.block(connection, CPR, ["social"], ["sagsforloeb"], "test")
        )
        waiting.full = False
        await town.tvaers.redecision.finish()
        assert "helbred" not in await fetched_once(town)
        assert [row.types for row in await town.rows()] == [{"plan", "helbred"}, {"plan"}]

    async def test_a_start_does_not_wait_for_room(self, town, waiting, settings):
        """Room comes when recipients fetch, which they can only do once the process has started."""
        await town.tvaers.stop()
        await town.tvaers.server.stop()
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            assert await town.states() == {"social": "decided"}
            waiting.full = False
            await tvaers.redecision.finish()
            assert "helbred" not in await fetched_once(town)


class TestI3Interrupted:
    async def test_a_copy_that_landed_unrecorded_is_found_and_taken_back(self, town, monkeypatch):
        """Published, not recorded, and revoked meanwhile: the copy is settled and deleted before anybody fetches it."""
        samtykke_id = await town.consent()
        broken = OnceBroken(town.tvaers.release._record, DatabaseUnavailable("for an instant"))
        monkeypatch.setattr(town.tvaers.release, "_record", broken)
        await town.plan()
        await broken.reached.wait()
        await town.client.withdraw(samtykke_id)
        broken.go.set()
        await town.settled()
        assert await town.fetch("social") == []
        assert {row.state.value for row in await town.rows()} <= {"recalled", "refused", "revoked"}

    async def test_a_narrowed_copy_replaces_the_wide_one_that_landed_unrecorded(self, town, monkeypatch):
        """Where the rest still holds, the receiver gets the narrow copy alone, and the wide one is on record."""
        await town.consent(oplysningstyper=["plan", "sagsforloeb"])
        wide = await town.consent(oplysningstyper=["plan", "helbred", "sagsforloeb"])
        broken = OnceBroken(town.tvaers.release._record, BusUnavailable("for an instant"))
        monkeypatch.setattr(town.tvaers.release, "_record", broken)
        await town.plan(overordnet_maal="Arbejde")
        await broken.reached.wait()
        await town.client.withdraw(wide)
        broken.go.set()
        await town.settled()
        [event] = await town.fetch("social")
        assert "helbred" not in event["data"]

    async def test_a_recall_whose_delete_was_not_answered_is_done_again(self, town, monkeypatch):
        """A late copy whose delete timed out stays marked, and is deleted with the next round."""
        samtykke_id = await town.consent()
        published, go = asyncio.Event(), asyncio.Event()
        publish_all = release_module.publish_all

        async def slow(*args: Any) -> Any:
            outcome = await publish_all(*args)
            published.set()
            await go.wait()
            return outcome

        monkeypatch.setattr(release_module, "publish_all", slow)
        broken = OnceBroken(town.tvaers.recaller.delete, BusUnavailable("no answer"))
        broken.go.set()
        monkeypatch.setattr(town.tvaers.recaller, "delete", broken)
        await town.plan()
        await published.wait()
        with pytest.raises(BusUnavailable, match="no answer"):
            await town.tvaers.redecision.revoke(samtykke_id, "test")
        go.set()
        await town.settled()
        assert await town.fetch("social") == []

    async def test_a_consumer_that_could_not_be_resumed_is_resumed_later(self, town, monkeypatch):
        """A resume that was not answered costs the receiver a while, not its mail."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        broken = OnceBroken(town.tvaers.recaller.resume, BusUnavailable("no answer"))
        broken.go.set()
        monkeypatch.setattr(town.tvaers.recaller, "resume", broken)
        await town.client.withdraw(samtykke_id)
        await town.consent()
        await town.plan()
        await town.settled()
        await town.tvaers.recall.resume()
        assert len(await town.fetch("social")) == 1

    async def test_a_copy_that_could_not_be_deleted_is_handed_to_nobody(self, town, monkeypatch):
        """While a recall is unfinished its receiver is handed nothing; what comes after it goes as ever."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        delete = town.tvaers.recaller.delete

        async def never(_seqs: Any) -> None:
            raise BusUnavailable("no answer")

        monkeypatch.setattr(town.tvaers.recaller, "delete", never)
        with pytest.raises(BusUnavailable, match="no answer"):
            await town.tvaers.redecision.revoke(samtykke_id, "test")
        await town.tvaers.recall.resume(["social"])
        assert await town.fetch("social") == []
        monkeypatch.setattr(town.tvaers.recaller, "delete", delete)
        await town.tvaers.redecision.finish()
        assert await town.states() == {"social": "recalled"}
        await town.consent()
        await town.plan()
        await town.settled()
        assert len(await town.fetch("social")) == 1

    async def test_a_copy_whose_fate_is_unknown_holds_up_no_other(self, town, monkeypatch):
        """In a full DELIVERY nobody can say of an unrecorded copy whether it landed; what lies there is deleted."""
        samtykke_id = await town.consent()
        await town.plan("landet")
        await town.settled()
        room = Full(release_module.publish_all)
        monkeypatch.setattr(release_module, "publish_all", room)
        settle = OnceBroken(release_module.settle, BusRefused("the fence was refused", NO_ROOM))
        settle.go.set()
        monkeypatch.setattr(release_module, "settle", settle)
        await town.plan("ukendt")
        while len(await town.rows()) < 2:  # noqa: ASYNC110 - the crossing writes them
            await asyncio.sleep(0.02)
        await town.tvaers.redecision.revoke(samtykke_id, "test")
        assert {row.state.value for row in await town.rows()} == {"recalled", "revoked"}
        assert await town.fetch("social") == []
        room.full = False
        await town.settled()
        assert await town.fetch("social") == []
        assert not any(row.recall for row in await town.rows())

    async def test_a_copy_that_lands_after_it_was_given_up_is_taken_back(self, town, monkeypatch):
        """A resume past the broker's memory, looked for in vain and revoked while its publish was on its way."""
        samtykke_id = await town.consent()
        publish_all = release_module.publish_all
        reached, go = asyncio.Event(), asyncio.Event()

        async def slow(*args: Any) -> Any:
            reached.set()
            await go.wait()
            return await publish_all(*args)

        monkeypatch.setattr(release_module, "publish_all", slow)
        monkeypatch.setattr(town.tvaers.release, "_forgotten", lambda _row: True)
        await town.plan()
        await reached.wait()
        await town.client.withdraw(samtykke_id)
        assert not any(row.recall for row in await town.rows())
        go.set()
        await town.settled()
        assert await town.fetch("social") == []
        assert (await town.states())["social"] in {"recalled", "revoked", "refused"}

    async def test_an_erased_citizens_copy_holds_up_nobody_elses(self, town):
        """What can no longer be asked about is taken back, and so is what another citizen withdraws."""
        await town.consent()
        other = await town.consent(borger=OTHER_CPR)
        await town.plan()
        await town.settled()
        [row] = await town.rows()
        await town.plan(borger={"cpr": OTHER_CPR})
        await town.settled()
        town.tvaers.records.keys.destroy(row.borger_id)
        await town.tvaers.redecision.everyone()
        await town.tvaers.redecision.revoke(other, "test")
        assert await town.fetch("social") == []
        assert {row.state.value for row in await town.rows()} == {"recalled"}

    async def test_a_refusal_of_the_broker_is_not_taken_for_an_absence(self, town, monkeypatch):
        """Only "no message found" says that a copy is gone; a broker that cannot answer leaves everything marked."""
        wide = await shrunk(town)
        call = release_module.call

        async def unable(nc: Any, verb: str, *args: Any) -> Any:
            if verb.startswith("STREAM.MSG.GET"):
                raise BusRefused("no leader", 10008)
            return await call(nc, verb, *args)

        monkeypatch.setattr(release_module, "call", unable)
        with pytest.raises(BusRefused):
            await town.tvaers.redecision.revoke(wide, "test")
        monkeypatch.setattr(release_module, "call", call)
        await town.tvaers.redecision.finish()
        assert "helbred" not in await fetched_once(town)


class TestHostileParties:
    async def test_news_of_a_samtykke_is_what_the_samtykke_says(self, town):
        """A party that writes its own words into the news of a declaration has them replaced by the declaration's."""
        samtykke_id = await town.consent(parter=["jobcenter", "social", "familie"])
        forged = [{"punkt": 4, "parter": ["social"], "oplysningstyper": ["Løgn om borgeren"]}]
        told = {"samtykke_id": samtykke_id, "samtykkeversion": 1, "afgivet": "2020-01-01T00:00:00Z"}
        await town.send("samtykke.afgivet", party="familie", punkter=forged, **told)
        await town.settled()
        [event] = await town.fetch("social")
        assert "Løgn" not in json.dumps(event, ensure_ascii=False)
        assert event["data"]["punkter"][0]["punkt"] == 1

    async def test_a_party_that_a_samtykke_does_not_name_brings_no_news_of_it(self, town):
        """Whoever the declaration does not name has nothing to tell of it."""
        samtykke_id = await town.consent()
        told = {"samtykke_id": samtykke_id, "samtykkeversion": 1, "afgivet": "2026-11-01T00:00:00Z"}
        await town.send("samtykke.afgivet", party="familie", **told)
        await town.settled()
        assert await town.fetch("social") == []

    async def test_garbage_larger_than_a_dead_letter_does_not_stop_the_party(self, town):
        """6.5 MB of garbage past the intake is kept in pieces and given back whole; what comes after it crosses."""
        await town.consent()
        async with town.client.as_party("jobcenter") as nc:
            await nc.request("sent.jobcenter.indsatsplan.opdateret.v1", b"\xff" * 6_500_000, timeout=5)
        await town.plan()
        await town.settled()
        assert len(await town.fetch("social")) == 1
        [letter] = await town.tvaers.records.database.run(town.tvaers.dead.listed)
        _letter, content = await town.tvaers.dead.open(letter.dead_id, "prøve", "test")
        assert content == b"\xff" * 6_500_000

    async def test_nobody_talks_himself_into_a_case(self, town):
        """A contact person that reaches nobody is not learned: its sender gets nothing of the case."""
        await town.consent()
        contact = {"rolle": "primaer_tovholder", "kontaktperson": "X", "gaelder_fra": "2026-11-01"}
        await town.send("kontaktperson.tildelt", party="familie", modtagere=["social"], **contact)
        await town.settled()
        absence = {"fra": "2026-11-19", "art": "udeblevet", "registreret": "2026-11-19T12:00:00Z"}
        await town.send("fravaer.registreret", party="social", tilbud={"id": "T1"}, **absence)
        await town.settled()
        assert await town.fetch("familie") == []

    async def test_more_recipients_than_a_case_has_are_refused(self, town):
        """Each recipient is a decision and an entry of its own, so their number is bounded at the door."""
        assert await town.plan(modtagere=[f"sor:{100000000000000 + one}" for one in range(65)]) == 400


class TestTheDoor:
    async def test_a_body_without_a_token_is_not_read(self, town):
        """Whoever has no token learns so from the headers alone."""
        address = Address.read(town.settings.data).http
        async with httpx2.AsyncClient() as http:
            answer = await http.post(f"{address}/v1/samtykker/vis", content=b"x" * 1_000_000)
        assert answer.status_code == 401

    async def test_a_large_body_where_none_belongs_is_refused(self, town):
        """Only intake and registration take large bodies."""
        token = (town.settings.data / "tokens" / "role_registrar").read_text()
        address = Address.read(town.settings.data).http
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
            answer = await http.post(f"{address}/v1/samtykker/vis", content=b"x" * 100_000)
        assert answer.status_code == 413

    async def test_an_unfinished_body_does_not_hold_up_the_stop(self, settings):
        """A connection that never finishes what it began is cut off when the process stops."""
        async with asyncio.timeout(20):
            async with serving(settings) as (_tvaers, address):
                host, port = address.http.removeprefix("http://").split(":")
                _reader, writer = await asyncio.open_connection(host, int(port))
                token = (settings.data / "tokens" / "jobcenter").read_text()
                head = f"POST /v1/intake/faelles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                writer.write(f"{head}Content-Type: a/b\r\nContent-Length: 100\r\n\r\nx".encode())
                await writer.drain()
                await asyncio.sleep(0.2)
            writer.close()

    async def test_the_page_of_the_interface_needs_nothing_from_elsewhere(self, town):
        """The list of routes is written by us alone: no script, nothing that another host would be asked for."""
        async with httpx2.AsyncClient() as http:
            page = await http.get(f"{Address.read(town.settings.data).http}/docs")
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "/v1/intake/{connector}" in page.text
        assert "<script" not in page.text
        assert "http://" not in page.text.replace("https://", "http://")
