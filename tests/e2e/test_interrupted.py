"""What fails between two steps: found and finished, never forgotten."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from consent.database import DatabaseUnavailable
from gateway import release as release_module
from gateway.bus.errors import BusUnavailable
from gateway.client import Address
from gateway.serving import serving

pytestmark = pytest.mark.anyio


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
