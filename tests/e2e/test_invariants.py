"""Invariants I1, I2, I5, I6 and I7, each a class of its name, on the whole running system."""

import asyncio
import json

import httpx2
import pytest
from sqlalchemy import event as database_event

from consent.disclosures.export import export_log
from consent.disclosures.verify import verify_export
from gateway.client import Address
from ops.sample.pki import SamplePki

pytestmark = pytest.mark.anyio

ROW = {"delmaal": "HEMMELIG", "indsats": "HEMMELIG", "ansvarlige": ["HEMMELIG"], "status": "bevilget"}


class TestI1NoLogNoCrossing:
    async def test_a_full_database_stops_crossing_and_loses_nothing(self, town):
        """While the log cannot be written nothing is published; when it can again, everything accepted crosses."""
        await town.consent()
        engine = town.tvaers.records.database.engine

        def full(connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        def roomy(connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count=1073741823")

        database_event.listen(engine, "begin", full)
        for number in range(40):
            assert await town.plan(f"fuld-{number}", overordnet_maal="x" * 2000) in {202, 503}
        await asyncio.sleep(0.5)
        seen = await town.fetch("social")
        logged = {row.event_id for row in await town.rows()}
        assert {one["id"] for one in seen} <= logged
        assert len(logged) < 40
        database_event.remove(engine, "begin", full)
        database_event.listen(engine, "begin", roomy)
        for number in range(40):
            assert await town.plan(f"fuld-{number}", overordnet_maal="x" * 2000) == 202
        await town.settled()
        await town.fetch("social")
        assert len(dict(town.seen["social"])) == 40

    async def test_every_copy_has_an_entry_that_was_there_first(self, town):
        """For each copy that a receiver fetched there is a permit in the log for that event, receiver and attempt."""
        await town.consent()
        for number in range(30):
            await town.plan(f"plan-{number}", modtagere=["social", "familie"])
        await town.settled()
        await town.fetch("social")
        permits = {
            f"{one['haendelse']}:{one['til']}:{one['forsoeg']}"
            for one in await town.entries()
            if one["tilstand"] == "decided"
        }
        assert {delivery_id for delivery_id, _ in town.seen["social"]} == permits


class TestI2NothingOutsideTheScope:
    async def test_no_byte_of_a_withheld_area_leaves(self, town):
        """Of a plan with a row under every area, the bytes that leave hold the covered areas alone."""
        await town.consent(oplysningstyper=["plan", "faglige_kompetencer"])
        open_row = {**ROW, "delmaal": "ÅBEN", "indsats": "ÅBEN", "ansvarlige": ["ÅBEN"]}
        secret = ("helbred", "misbrug", "boern", "netvaerk_familie", "bolig_oekonomi", "strafbare_forhold")
        await town.plan(faglige_kompetencer=[open_row], **{area: [ROW] for area in secret})
        await town.settled()
        await town.fetch("social")
        [(_, body)] = town.seen["social"]
        assert "ÅBEN".encode() in body
        assert b"HEMMELIG" not in body
        assert b"misbrug" not in body

    async def test_an_empty_area_and_a_withheld_one_look_the_same(self, town):
        """The receiver cannot tell a withheld area from one that was never filled."""
        await town.consent(oplysningstyper=["plan", "helbred"])
        await town.plan("med", misbrug=[ROW])
        await town.plan("uden")
        await town.settled()
        first, second = await town.fetch("social")
        assert first["data"] == second["data"]


class TestI5EachOnce:
    async def test_a_resend_is_delivered_once_with_the_same_receipt(self, town):
        """A message handed in three times reaches its receiver once, and its sender gets the same receipt each time."""
        await town.consent()
        for _ in range(3):
            assert await town.plan("samme") == 202
            await town.settled()
        assert len(await town.fetch("social")) == 1
        receipts = await town.receipts("jobcenter")
        assert len(receipts) >= 1
        assert all(one == receipts[0] for one in receipts)
        assert receipts[0]["modtagere"] == {"social": "afleveret"}

    async def test_a_resend_past_the_brokers_memory_is_delivered_once(self, town):
        """A repetition that the broker takes for new, as after its window, is known by the delivery table."""
        await town.consent()
        await town.plan("samme")
        await town.settled()
        [event] = await town.fetch("social")
        original = json.dumps({**event, "data": {**event["data"], "modtagere": ["social"]}})
        async with town.client.as_party("jobcenter") as nc:
            for _ in range(2):
                await nc.request("sent.jobcenter.indsatsplan.opdateret.v1", original.encode(), timeout=2)
        await town.settled()
        assert await town.fetch("social") == []

    async def test_two_of_one_event_in_a_batch_are_one(self, town):
        """The same event twice in one batch is decided, logged and delivered once."""
        await town.consent()
        town_stop = {"part": "jobcenter", "begrundelse": "saml en bunke"}
        await town.client.call("role_drift", "POST", "/v1/drift/stop", json=town_stop)
        await asyncio.gather(*(town.plan("samme") for _ in range(5)), *(town.plan(f"n-{one}") for one in range(20)))
        await town.client.call("role_drift", "POST", "/v1/drift/start", json=town_stop)
        await town.settled()
        assert len(await town.fetch("social")) == 21
        assert len(await town.entries()) == 21


class TestI6RefusalsAreLogged:
    async def test_each_recipient_has_an_entry_of_its_own(self, town):
        """Of three recipients, permitted, refused and unknown, each has one entry with ground or reason."""
        await town.consent()
        await town.plan(modtagere=["social", "familie", "gln:5790000000999"])
        await town.settled()
        entries = {one["til"]: one for one in await town.entries()}
        assert entries["social"]["tilladt"]["plan"]["punkt"] == 1
        assert entries["familie"]["tilbageholdt"]["plan"] == "part_ikke_navngivet"
        assert entries["gln:5790000000999"]["tilbageholdt"]["plan"] == "ukendt_part"

    async def test_the_sender_learns_the_outcome_and_no_reason(self, town):
        """The receipt says per recipient what became of it; a reason could betray a block, so it holds none."""
        await town.consent()
        await town.client.block("2509479989", ["familie"], ["*"])
        await town.plan(modtagere=["social", "familie"], misbrug=[ROW])
        await town.settled()
        [receipt] = await town.receipts("jobcenter")
        assert receipt["modtagere"] == {"social": "delvist", "familie": "tilbageholdt"}
        assert set(receipt) == {"haendelse", "modtagere"}

    async def test_the_log_verifies_off_line(self, town, tmp_path):
        """After a day of permits and refusals the exported log verifies by itself with the public key alone."""
        await town.consent()
        for number in range(10):
            await town.plan(f"plan-{number}", modtagere=["social", "familie"])
        await town.settled()
        with town.tvaers.records.database.read() as connection:
            export_log(connection, tmp_path / "log")
        verified = verify_export(tmp_path / "log", town.tvaers.records.signer.vkey)
        assert verified.size >= 20


class TestI7TheUnknownIsRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "dk.tvaers.findes.ikke.v1"},
            {"type": "dk.tvaers.indsatsplan.opdateret.v2"},
            {"data": {"borger": {"cpr": "2509479989"}, "ukendt_felt": 1}},
            {"data": {"borger": {"cpr": "3213990000"}}},
            {"data": []},
            {"specversion": "2.0"},
        ],
    )
    async def test_an_unknown_type_field_or_number_is_refused(self, town, changes):
        """What the shared language does not know is refused at the door, with a reason and a place."""
        plan = {"plan_id": "p", "planversion": 1, "opdateret": "2026-11-20", "borger": {"cpr": "2509479989"}}
        event = {
            "id": "x",
            "type": "dk.tvaers.indsatsplan.opdateret.v1",
            "time": "2026-11-21T09:00:00Z",
            "data": plan,
            **changes,
        }
        body = json.dumps(event).encode()
        assert await town.client.send("jobcenter", "faelles", body, "application/json") == 400
        assert await town.rows() == []

    async def test_an_unsigned_or_foreign_samtykke_is_no_samtykke(self, town):
        """A document that does not verify against the pinned anchors never becomes a version."""
        value = {
            "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
            "version": 1,
            "borger": "2509479989",
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}],
            "spaerringer": [],
            "afgivet": "2026-11-01T10:00:00Z",
            "gyldig_til": None,
        }
        trusted, town.pki = town.pki, SamplePki.create()
        foreign = town.sign(value)
        town.pki = trusted
        with pytest.raises(Exception, match="certifikat"):
            await town.client.register(foreign)
        await town.plan()
        await town.settled()
        assert await town.fetch("social") == []

    async def test_what_a_sender_calls_a_receiver_is_not_put_on_record(self, town):
        """A receiver of a name that nobody has is refused as `ukendt`: the name itself could be personal."""
        await town.plan(modtagere=["cpr-2509479989"])
        await town.settled()
        [entry] = await town.entries()
        assert entry["til"] == "ukendt"
        assert set(entry["tilbageholdt"].values()) == {"ukendt_part"}

    async def test_a_samtykke_id_that_could_say_something_is_refused(self, town):
        """The id of a declaration stands in the log in the clear, so nothing but a urn:uuid is accepted."""
        with pytest.raises(Exception, match="urn:uuid"):
            await town.consent(samtykke_id="samtykke-2509479989")

    async def test_an_unconfirmed_signer_permits_nothing(self, town):
        """A valid signature by somebody whom nobody has confirmed as the citizen permits nothing."""
        other = "0201919990"
        value = {
            "samtykke_id": "urn:uuid:22222222-2222-4222-8222-222222222222",
            "version": 1,
            "borger": other,
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}],
            "spaerringer": [],
            "afgivet": "2026-11-01T10:00:00Z",
            "gyldig_til": None,
        }
        await town.client.register(town.sign(value))
        await town.plan(borger={"cpr": other})
        await town.settled()
        assert await town.fetch("social") == []
        [entry] = await town.entries()
        assert entry["tilbageholdt"]["plan"] == "underskrift_ugyldig"

    @pytest.mark.parametrize("authorization", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer forkert"}])
    async def test_intake_needs_the_partys_token_on_loopback_too(self, town, authorization):
        """Without a token, or with a wrong one, nothing is accepted, from this machine either."""
        headers = {"Content-Type": "application/json", **authorization}
        async with httpx2.AsyncClient() as http:
            address = Address.read(town.settings.data).http
            answer = await http.post(f"{address}/v1/intake/faelles", content=b"{}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"

    async def test_a_role_cannot_hand_in_and_a_party_cannot_operate(self, town):
        """A role's token is no party's and a party's no role's."""
        assert await town.client.send("role_drift", "faelles", b"{}", "application/json") == 403
        with pytest.raises(Exception, match="role"):
            await town.client.call("jobcenter", "GET", "/v1/drift/doede")
