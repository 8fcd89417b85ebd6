"""Decisions explained and recomputed at a running gateway, and the emergencies that the DPO looks at."""

from typing import Any

import pytest

from gateway import metrics
from gateway.errors import GatewayRefused
from gateway.tokens import role

pytestmark = pytest.mark.anyio

WHY = {"begrundelse": "klage over sagen"}
EMERGENCY = {
    "paragraf": "sundhedsloven § 43 stk. 2 nr. 2 (vaerdispring)",
    "begrundelse": "Akut fare for borgeren",
    "ansvarlig": "Overlæge Ib",
}
LETTER = {
    "kategori": "psychiatry-social-disability",
    "oplysningstyper": ["helbred"],
    "aktivitet": "ny",
    "meddelelse": "m-1",
    "beskeder": [{"tekst": "Se til ham i dag"}],
}


async def _dpo(town, method, path, **request: Any) -> Any:
    return (await town.client.call(role("dpo"), method, path, **request)).json()


async def _numbers(town, art="afgoerelse") -> list[int]:
    found = await _dpo(town, "POST", "/v1/oplysninger/soeg", json={**WHY, "art": art})
    return [one["nummer"] for one in reversed(found)]


class TestExplaining:
    async def test_a_decision_is_explained_to_the_dpo_alone(self, town):
        """In plain Danish, by its number; the look-up is in the log, and nobody else is told."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.plan(modtagere=["familie"])
        await town.settled()
        permitted, refused = await _numbers(town)
        looked = len(await town.entries("opslag"))
        told = await _dpo(town, "POST", f"/v1/oplysninger/{permitted}/forklaring", json=WHY)
        assert f"Borgeren har underskrevet erklæring {samtykke_id}, version 1" in " ".join(told["afsnit"])
        told = await _dpo(town, "POST", f"/v1/oplysninger/{refused}/forklaring", json=WHY)
        assert "nævner ikke både Jobcenter Åby og Børn og familie" in " ".join(told["afsnit"])
        assert told["forslag"]["punkt"] == 1
        assert len(await town.entries("opslag")) == looked + 2
        with pytest.raises(GatewayRefused, match="needs the role dpo"):
            await town.client.call(role("drift"), "POST", f"/v1/oplysninger/{refused}/forklaring", json=WHY)
        other = (await _numbers(town, "samtykke"))[0]
        with pytest.raises(GatewayRefused, match="not a decision"):
            await _dpo(town, "POST", f"/v1/oplysninger/{other}/forklaring", json=WHY)

    async def test_what_cannot_be_asked_is_refused_and_not_repeated(self, town):
        """A number that no log reaches, a blank reason, a field nobody knows: refused as wrong, without its name."""
        paths = [f"/v1/oplysninger/{10**30}/forklaring", f"/v1/oplysninger/{10**30}/vis", "/v1/oplysninger/1/vis"]
        bodies = [WHY, WHY, {"begrundelse": " "}]
        for path, body in zip(paths, bodies, strict=True):
            with pytest.raises(GatewayRefused) as refused:
                await _dpo(town, "POST", path, json=body)
            assert refused.value.status == 400
        with pytest.raises(GatewayRefused) as refused:
            await _dpo(town, "POST", "/v1/oplysninger/soeg", json={**WHY, "2509479989": ""})
        assert refused.value.status == 400
        assert "2509479989" not in f"{refused.value.reason} {refused.value.where}"

    async def test_what_was_decided_comes_out_the_same(self, town):
        """Across a withdrawal, a recall, a narrower copy and a block, page by page.

        All its pages together are one look-up in the log.
        """
        narrow = {"punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]}]}
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        await town.consent(samtykke_id=samtykke_id, version=2, **narrow)
        await town.plan()
        await town.client.withdraw(samtykke_id)
        await town.plan()
        await town.client.block("2509479989", ["social"], ["*"])
        await town.plan()
        await town.settled()
        found, before, pages = [], None, 0
        while pages == 0 or before is not None:
            again = {**WHY, "limit": 2, "before": before}
            page = await _dpo(town, "POST", "/v1/oplysninger/efterproev", json=again)
            found, before, pages = [*found, *page["fund"]], page["naeste"], pages + 1
        assert {one["udfald"] for one in found} == {"samme"}
        assert len(found) == len(await town.entries()) >= 5
        assert pages >= 3
        assert len(await town.entries("opslag")) == 1


class TestEmergency:
    async def test_it_waits_for_the_dpo_until_it_is_closed(self, town, monkeypatch):
        """In the queue with its deadline, in the metrics, and closed with a reason that the log keeps."""
        await town.send(
            "korrespondance.modtaget", party="psykiatrien", modtagere=["social"], hjemmel=EMERGENCY, **LETTER
        )
        await town.settled()
        assert len(await town.fetch("social")) == 1
        [review] = await _dpo(town, "GET", "/v1/gennemsyn")
        assert (review["fra"], review["til"], review["paragraf"]) == ("psykiatrien", "social", EMERGENCY["paragraf"])
        monkeypatch.setattr(metrics, "_read_at", 0.0)  # figures are shown again for some seconds
        shown = (await town.client.call(role("drift"), "GET", "/metrics")).text
        assert "tvaers_reviews_open 1.0" in shown
        assert "tvaers_reviews_overdue 0.0" in shown
        verdict = {"udfald": "i_orden", "begrundelse": "Faren var reel"}
        await _dpo(town, "POST", f"/v1/gennemsyn/{review['nummer']}/luk", json=verdict)
        assert await _dpo(town, "GET", "/v1/gennemsyn") == []
        [closed] = await _dpo(town, "GET", "/v1/gennemsyn", params={"lukkede": "true"})
        assert (closed["udfald"], closed["lukket_af"]) == ("i_orden", "role_dpo")
        [entry] = [one for one in await town.entries("tilstand") if one["tilstand"] == "gennemset"]
        assert (entry["haendelse"], entry["bemaerkning"]) == (review["haendelse"], "i_orden")
        assert {"borger", "begrundelse", "bruger"} <= entry["forseglet"].keys()
        with pytest.raises(GatewayRefused, match="no review of that entry is open"):
            await _dpo(town, "POST", f"/v1/gennemsyn/{review['nummer']}/luk", json=verdict)
