"""The life of a samtykke over HTTP: what changes takes back at once what rested on it, and is done once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from consent.paper import write_attestation
from gateway.errors import GatewayRefused
from gateway.tokens import role

pytestmark = pytest.mark.anyio

CPR = "2509479989"
SIGNER = "11111111-2222-4333-8444-555555555555"
EMPLOYEE = "0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b"
CVR = "25313763"
LETTER = {
    "modtagere": ["social"],
    "kategori": "nursing",
    "oplysningstyper": ["helbred"],
    "aktivitet": "ny",
    "meddelelse": "b9ec7cae-0001-4da8-8000-000000000001",
    "borgers_adresse": {"vej": "Grusvej 12"},
    "beskeder": [{"tekst": "Forbindingen skiftes hver anden dag"}],
}


async def post(town, path: str, who: str = "registrar", key: str | None = None, **body: Any) -> dict[str, Any]:
    """Call one of the routes about samtykker."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = await town.client.call(role(who), "POST", f"/v1/samtykker{path}", json=body, headers=headers)
    return answer.json()


async def sent(town) -> None:
    """Let a plan wait for the other department, on the citizen's samtykke."""
    await town.plan()
    await town.settled()
    assert (await town.states())["social"] == "sent"


async def refusal(town, path: str, **body: Any) -> tuple[int, str]:
    """Return status and code of a refusal."""
    with pytest.raises(GatewayRefused) as caught:
        await post(town, path, **body)
    return caught.value.status, caught.value.code


async def rechecked(town) -> set[str]:
    """Return what comes of recomputing every decision of the log."""
    why = {"begrundelse": "tilsyn"}
    found = await town.client.call(role("dpo"), "POST", "/v1/oplysninger/efterproev", json=why)
    return {one["udfald"] for one in found.json()["fund"]}


class TestChangesTakeBackAtOnce:
    async def test_a_change_and_what_follows_are_one_transaction(self, town, monkeypatch):
        """A process that dies right after the change has marked what fell with it."""
        await town.consent()
        await sent(town)

        async def dies(_borger_id: str) -> int:
            raise RuntimeError

        monkeypatch.setattr(town.tvaers.redecision, "carry_out", dies)
        with pytest.raises(GatewayRefused):
            await post(town, "/spaerringer", cpr=CPR, til=["social"], oplysningstyper=["plan"])
        assert [row.recall for row in await town.rows()] == [True]

    async def test_a_signer_found_bad(self, town):
        """What the signer's samtykke let wait is gone, and nothing more goes; a new record lets it go again."""
        await town.consent()
        await sent(town)
        bad = {"uuid": SIGNER, "cpr": CPR, "reference": "brev 3"}
        assert (await post(town, "/underskrivere/forkast", **bad))["tilbagekaldte"] == 1
        assert await town.fetch("social") == []
        assert (await refusal(town, "/underskrivere/forkast", **bad)) == (422, "ukendt_underskriver")
        await town.client.confirm_signer(SIGNER, CPR, "borger", "MitID", "sag 7")
        await town.plan()
        await town.settled()
        assert len(await town.fetch("social")) == 1
        assert await rechecked(town) == {"samme"}

    async def test_a_lifted_block_lets_go_again(self, town):
        """On the citizen's word, with a reference; the show tells that it was lifted."""
        await town.consent()
        blocked = await post(town, "/spaerringer", cpr=CPR, til=["social"], oplysningstyper=["plan"])
        await town.plan()
        await town.settled()
        assert await town.fetch("social") == []
        wish = {"cpr": CPR, "samtykke_id": blocked["samtykke_id"], "reference": "brev 9"}
        assert (await post(town, "/spaerringer/ophaev", **wish))["ophaevet"]
        await town.plan(planversion=2)
        await town.settled()
        assert len(await town.fetch("social")) == 1
        shown = await post(town, "/vis", cpr=CPR, begrundelse="spørger", samtykke_id=blocked["samtykke_id"])
        assert [bool(one["ophaevet"]) for one in shown["samtykker"]] == [True]
        assert await rechecked(town) == {"samme"}


class TestOnce:
    async def test_the_same_request_is_done_once(self, town):
        """The answer is the first one, figures included; the log has the change once."""
        samtykke_id, key = await town.consent(), str(uuid4())
        await sent(town)
        answers = [await post(town, "/tilbagekald", key=key, samtykke_id=samtykke_id) for _ in range(2)]
        assert answers[0] == answers[1] == {"samtykke_id": samtykke_id, "tilbagekaldte": 1}
        assert [one["tilstand"] for one in await town.entries("samtykke")].count("tilbagekaldt") == 1

    async def test_a_key_for_another_request_is_refused(self, town):
        """As a problem, and nothing is done."""
        key = str(uuid4())
        first = {"cpr": CPR, "til": ["social"], "oplysningstyper": ["plan"]}
        await post(town, "/spaerringer", key=key, **first)
        assert (await refusal(town, "/spaerringer", key=key, **{**first, "til": ["uu"]})) == (422, "noegle_genbrugt")
        assert (await refusal(town, "/spaerringer", key="x" * 300, **first)) == (400, "idempotensnoegle")
        assert len((await post(town, "/vis", cpr=CPR, begrundelse="spørger"))["samtykker"]) == 1

    async def test_a_refusal_is_the_same_refusal(self, town):
        """A document that was refused is kept and logged once under one key."""
        call, headers = town.client.call, {"Idempotency-Key": "k-1", "Content-Type": "application/xml"}
        for _ in range(2):
            with pytest.raises(GatewayRefused, match="ikke_xml"):
                await call(role("registrar"), "POST", "/v1/samtykker", content=b"samtykke", headers=headers)
        assert [one["tilstand"] for one in await town.entries("samtykke")] == ["afvist"]


class TestWhoMayDoWhat:
    async def test_the_login_service_tells_who_the_citizen_is(self, town):
        """And that is all: who may sign for another is for the registrar, and so is everything else."""
        who = {"uuid": SIGNER, "cpr": CPR, "kilde": "MitID", "reference": "login"}
        assert (await post(town, "/underskrivere", "login", **who, relation="borger"))["relation"] == "borger"
        assert (await refusal(town, "/underskrivere", who="login", **who, relation="vaerge"))[0] == 403
        assert (await refusal(town, "/vis", who="login", cpr=CPR, begrundelse="x"))[0] == 403
        assert (await refusal(town, "/underskrivere", who="drift", **who, relation="borger"))[0] == 403
        with pytest.raises(GatewayRefused, match="role"):
            await town.client.call(role("login"), "GET", "/v1/drift/tilstand")


class TestPaper:
    async def test_paper_is_relied_on_as_paper(self, town):
        """The decision's entry says that the samtykke is on paper."""
        names = {part.id: part.navn for part in town.tvaers.records.register.parter}
        now, hour = datetime.now(UTC), timedelta(hours=1)
        value = {
            "samtykke_id": f"urn:uuid:{uuid4()}",
            "version": 1,
            "borger": CPR,
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}],
            "spaerringer": [],
            "afgivet": "2026-11-01T10:00:00Z",
            "gyldig_til": None,
        }
        attestation = write_attestation(value, names, "Sagsbehandler", b"scan", "Eva Eksempel")
        credential = town.pki.issue(EMPLOYEE, "Eva Eksempel", now - hour, now + hour, employer=CVR)
        document = town.pki.sign(attestation, credential)
        headers = {"Content-Type": "application/xml"}
        registrar = role("registrar")
        answer = await town.client.call(registrar, "POST", "/v1/samtykker/papir", content=document, headers=headers)
        assert answer.json()["form"] == "papir"
        await sent(town)
        [decision] = await town.entries()
        assert {ground["form"] for ground in decision["tilladt"].values()} == {"papir"}
        assert await rechecked(town) == {"samme"}


class TestNo:
    async def test_a_no_is_recorded_and_shown(self, town):
        """With its day, what was asked, and that the consequences were told."""
        no = {"cpr": CPR, "sag": "sag-2", "formaal": "pension", "parter": ["social"], "oplysningstyper": ["helbred"]}
        told = {"dato": "2026-11-20", "konsekvenser_oplyst": True, "oplyst_af": "Sagsbehandler Eva"}
        await post(town, "/afslag", **no, **told)
        [kept] = (await post(town, "/vis", cpr=CPR, begrundelse="klage"))["afslag"]
        assert (kept["sag"], kept["dato"], kept["konsekvenser_oplyst"]) == ("sag-2", "2026-11-20", True)
        untold = {**told, "konsekvenser_oplyst": False}
        assert (await refusal(town, "/afslag", **no, **untold)) == (422, "konsekvenser_ikke_oplyst")
        assert [one["tilstand"] for one in await town.entries("opslag")] == ["vist"]


class TestProtectedAddress:
    async def test_any_senders_word_is_enough_and_sticks(self, town):
        """From the event that says so on, no address goes on a consent; that another says no changes nothing."""
        await town.consent(oplysningstyper=["plan", "helbred", "stamdata"])
        trial = {"cpr": CPR, "begrundelse": "prøve", "fra": "jobcenter", "til": "social", "sag": "sag-1"}
        asked = {**trial, "formaal": "rehabilitering", "oplysningstyper": ["plan", "stamdata"]}
        assert set((await post(town, "/proev", **asked))["tilladt"]) == {"plan", "stamdata"}
        await town.plan(adressebeskyttet=True)
        await town.plan(adressebeskyttet=False, planversion=2)
        await town.settled()
        found = await post(town, "/proev", **asked)
        assert (set(found["tilladt"]), found["tilbageholdt"]) == ({"plan"}, {"stamdata": "spaerret"})
        assert (await post(town, "/vis", cpr=CPR, begrundelse="prøve"))["adressebeskyttet"]
        assert all("adressebeskyttet" not in event["data"] for event in await town.fetch("social"))

    async def test_only_the_registrar_says_that_it_has_ended(self, town):
        """And what an old message said, sent again, does not bring it back."""
        await town.consent(oplysningstyper=["plan", "helbred", "stamdata"])
        await town.plan("native-1", adressebeskyttet=True)
        await town.settled()
        ended = await post(town, "/adressebeskyttelse", cpr=CPR, beskyttet=False, reference="CPR-udtræk")
        assert ended == {"adressebeskyttet": False, "ny": True, "tilbagekaldte": 0}
        await town.plan("native-1", adressebeskyttet=True)
        await town.settled()
        assert not (await post(town, "/vis", cpr=CPR, begrundelse="prøve"))["adressebeskyttet"]

    async def test_it_takes_back_what_waits(self, town):
        """A copy with an address that waits when the protection becomes known goes without it."""
        await town.consent(oplysningstyper=["helbred", "stamdata"])
        await town.send("korrespondance.modtaget", **LETTER)
        await town.settled()
        assert (await town.states())["social"] == "sent"
        await post(town, "/adressebeskyttelse", cpr=CPR, beskyttet=True, reference="CPR-udtræk")
        await town.settled()
        [event] = await town.fetch("social")
        assert "borgers_adresse" not in event["data"]
        assert event["data"]["beskeder"] == LETTER["beskeder"]
        assert [row.state.value for row in await town.rows()][:1] == ["recalled"]
        assert await rechecked(town) == {"samme"}
