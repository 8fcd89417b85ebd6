"""I9: no personal data outside payloads and sealed columns."""

import json
import stat

import httpx2
import pytest

from gateway.client import Address, waiting

pytestmark = pytest.mark.anyio

MARKS = (b"2509479989", b"M\xc3\xa6rke-navn", b"M\xc3\xa6rke-delm\xc3\xa5l", b"Maerke-sag")


class TestI9NoPersonalDataOutside:
    async def test_nothing_personal_is_readable_on_the_disk(self, town):
        """Database, keys, broker store and logs hold neither number, name, case nor content in the clear."""
        await town.consent(sag="Maerke-sag")
        await town.plan(sag="Maerke-sag")
        await town.plan(modtagere=["familie"], sag="Maerke-sag")
        await town.client.send("jobcenter", "jobcenter", b"<a>2509479989</a>", "application/xml")
        await town.settled()
        for path in town.settings.data.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not [mark for mark in MARKS if mark in content], path.name

    async def test_nothing_personal_is_in_subjects_headers_or_receipts(self, town):
        """What the broker shows of a message without opening it says nothing of the citizen."""
        await town.consent()
        await town.plan()
        await town.settled()
        async with town.client.as_party("social") as nc:
            async for message in waiting(nc, "DELIVERY", "social"):
                outside = json.dumps([message.subject, message.headers, message.reply]).encode()
                assert not [mark for mark in MARKS if mark in outside]
        receipts = json.dumps(await town.receipts("jobcenter")).encode()
        assert not [mark for mark in MARKS if mark in receipts]

    async def test_nothing_personal_is_in_metrics_answers_or_log_lines(self, town, capfd):
        """Metrics, problem answers and log lines name fields and reasons, never values."""
        await town.consent()
        await town.plan()
        borger = {"cpr": "2509479989", "2509479989": 1}
        bad = json.dumps({"id": "x", "type": "dk.tvaers.indsatsplan.opdateret.v1", "data": {"borger": borger}})
        address = Address.read(town.settings.data).http
        token = (town.settings.data / "tokens" / "jobcenter").read_text()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with httpx2.AsyncClient() as http:
            refused = await http.post(f"{address}/v1/intake/faelles", content=bad, headers=headers)
            wrong = await http.post(f"{address}/v1/samtykker/vis", json={"cpr": "2509479989", "x": 1}, headers=headers)
            metrics = await http.get(f"{address}/metrics")
        captured = capfd.readouterr()
        said = refused.content + wrong.content + metrics.content + captured.err.encode() + captured.out.encode()
        assert refused.status_code == 400
        assert not [mark for mark in MARKS if mark in said]

    async def test_secrets_are_for_their_owner_alone(self, town):
        """Every key, seed, token and database is of mode 0600, in folders of mode 0700."""
        data = town.settings.data
        secret = [
            *(data / "tokens").iterdir(),
            *(data / "bus" / "keys").iterdir(),
            data / "noegler.db",
            data / "tvaers.db",
        ]
        secret.append(data / "checkpoint.key")
        assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
        folders = [data, data / "tokens", data / "bus", data / "bus" / "keys"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
