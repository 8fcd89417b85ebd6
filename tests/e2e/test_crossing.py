"""The crossing, step by step, against the real broker."""

import json

import pytest

pytestmark = pytest.mark.anyio

BILLION_LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'


class TestThePlanCrosses:
    async def test_a_covered_plan_reaches_its_receiver_whole(self, town):
        """What a signed samtykke covers crosses, and the receiver sees every field of it."""
        await town.consent()
        assert await town.plan() == 202
        await town.settled()
        [event] = await town.fetch("social")
        assert event["source"] == "jobcenter"
        assert event["data"]["helbred"][0]["indsats"] == "Mærke-indsats"
        assert event["data"]["borger"]["cpr"] == "2509479989"

    async def test_nothing_crosses_without_a_samtykke(self, town):
        """Without a samtykke the receiver gets nothing, and the refusal is on record with its reason."""
        await town.plan()
        await town.settled()
        assert await town.fetch("social") == []
        [entry] = await town.entries()
        assert entry["tilstand"] == "refused"
        assert set(entry["tilbageholdt"].values()) == {"intet_samtykke"}

    async def test_what_the_samtykke_does_not_list_is_left_out(self, town):
        """A plan with a misbrug row crosses without that row where the samtykke does not list misbrug."""
        await town.consent()
        row = {"delmaal": "Hemmeligt", "indsats": "Hemmeligt", "ansvarlige": ["Borger"], "status": "bevilget"}
        await town.plan(misbrug=[row])
        await town.settled()
        [event] = await town.fetch("social")
        assert "misbrug" not in event["data"]
        assert b"Hemmeligt" not in town.seen["social"][0][1]
        [entry] = await town.entries()
        assert entry["tilbageholdt"] == {"misbrug": "oplysningstype_ikke_omfattet"}

    async def test_a_withheld_core_category_withholds_the_event(self, town):
        """A plan does not go where `plan` itself is not covered, whatever else is."""
        await town.consent(oplysningstyper=["helbred", "sagsforloeb"])
        await town.plan()
        await town.settled()
        assert await town.fetch("social") == []

    async def test_a_legal_basis_permits_without_a_samtykke(self, town):
        """A stated paragraph of the register, with a reason and a responsible person, lets its categories cross."""
        hjemmel = {"paragraf": "forvaltningsloven § 29 stk. 2", "begrundelse": "Henvisning", "ansvarlig": "Leder"}
        await town.send(
            "kontaktperson.tildelt",
            hjemmel=hjemmel,
            modtagere=["social"],
            rolle="mentor",
            kontaktperson="M. Entor",
            gaelder_fra="2026-11-01",
        )
        await town.settled()
        [event] = await town.fetch("social")
        assert "hjemmel" not in event["data"]
        [entry] = await town.entries()
        assert entry["tilladt"]["kontaktpersoner"] == {
            "ground": "hjemmel",
            "paragraf": "forvaltningsloven § 29 stk. 2",
        }

    async def test_a_request_goes_when_the_answer_could_come(self, town):
        """An LÆ request to the GP may go under point 4, decided with sender and receiver exchanged."""
        point = {"punkt": 4, "parter": ["jobcenter", "laege-099001"], "oplysningstyper": ["helbred"]}
        await town.consent(punkter=[point])
        asked = {"blanket": "LÆ 265", "lovgrundlag": "samtykke", "anmodet": "2026-11-20"}
        await town.send("laegeattest.anmodet", modtagere=["laege-099001"], oplysningstyper=["helbred"], **asked)
        await town.send("laegeattest.anmodet", modtagere=["laege-099001"], oplysningstyper=["misbrug"], **asked)
        await town.settled()
        [event] = await town.fetch("laege-099001")
        assert event["data"]["oplysningstyper"] == ["helbred"]

    async def test_news_of_a_samtykke_goes_only_to_whom_it_names(self, town):
        """`samtykke.afgivet` reaches the parties that the declaration names, each told of its own points alone."""
        samtykke_id = await town.consent(parter=["jobcenter", "social"])
        points = [
            {"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]},
            {"punkt": 1, "parter": ["jobcenter", "rusmiddel"], "oplysningstyper": ["misbrug"]},
        ]
        told = {"samtykke_id": samtykke_id, "samtykkeversion": 1, "afgivet": "2026-11-18T10:00:00Z", "punkter": points}
        await town.send("samtykke.afgivet", modtagere=["familie"], **told)
        await town.settled()
        [event] = await town.fetch("social")
        assert [point["parter"] for point in event["data"]["punkter"]] == [["jobcenter", "social"]]
        assert await town.fetch("familie") == []

    async def test_news_from_a_party_whose_name_tells_more_than_the_samtykke_permits_stays(self, town):
        """The sender stands in every copy, so what its mere name gives away must be permitted here too."""
        named = ["rusmiddel", "jobcenter"]
        samtykke_id = await town.consent(parter=named, oplysningstyper=["plan", "sagsforloeb"])
        told = {"samtykke_id": samtykke_id, "samtykkeversion": 1, "afgivet": "2026-11-18T10:00:00Z"}
        await town.send("samtykke.afgivet", party="rusmiddel", **told)
        await town.settled()
        assert await town.fetch("jobcenter") == []
        [entry] = await town.entries()
        assert entry["tilladt"] == {}
        assert entry["tilbageholdt"]["misbrug"] == "oplysningstype_ikke_omfattet"

    async def test_the_case_index_finds_the_keyworkers(self, town):
        """Absence goes to the parties whose employees are the citizen's keyworkers, without being addressed."""
        await town.consent(parter=["jobcenter", "social", "familie"])
        contact = {"kontaktperson": "T. Ovholder", "gaelder_fra": "2026-11-01", "rolle": "primaer_tovholder"}
        await town.send("kontaktperson.tildelt", party="familie", modtagere=["jobcenter"], **contact)
        await town.settled()
        absence = {"fra": "2026-11-19", "art": "udeblevet", "registreret": "2026-11-19T12:00:00Z"}
        await town.send("fravaer.registreret", party="social", tilbud={"id": "T1"}, **absence)
        await town.settled()
        [event] = await town.fetch("familie")
        assert event["type"] == "dk.tvaers.fravaer.registreret.v1"

    async def test_a_revealing_senders_category_is_core(self, town):
        """The treatment centre's name says misbrug, so nothing of it goes where misbrug is not covered."""
        await town.consent(parter=["rusmiddel", "jobcenter"])
        await town.plan(party="rusmiddel", modtagere=["jobcenter"])
        await town.settled()
        assert await town.fetch("jobcenter") == []
        [entry] = await town.entries()
        assert entry["tilbageholdt"]["misbrug"] == "oplysningstype_ikke_omfattet"


class TestBadInput:
    async def test_an_unknown_recipient_is_refused_alone(self, town):
        """A recipient that nobody knows is refused and logged; the others get theirs."""
        await town.consent()
        await town.plan(modtagere=["social", "sor:999999000016009"])
        await town.settled()
        assert len(await town.fetch("social")) == 1
        reasons = {entry["til"]: entry["tilbageholdt"] for entry in await town.entries()}
        assert set(reasons["sor:999999000016009"].values()) == {"ukendt_part"}

    async def test_a_malformed_message_is_refused_and_kept(self, town):
        """Malformed input is answered 400 with a reason, and kept as a dead letter that lists no content."""
        assert await town.client.send("jobcenter", "jobcenter", b"<Plan", "application/xml") == 400
        [letter] = await town.tvaers.records.database.run(town.tvaers.dead.listed)
        assert (letter.party, letter.origin, letter.count) == ("jobcenter", "jobcenter", 1)

    @pytest.mark.parametrize(
        ("connector", "body", "status"),
        [
            ("jobcenter", b"", 400),
            ("jobcenter", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 400),
            ("region", b"{}", 400),
            ("region", b"\xff\xfe\x00", 400),
            ("social", b'{"raekker": "nej"}', 400),
            ("social", b"[" * 100_000, 400),
            ("faelles", b"x" * (5 * 1024 * 1024 + 1), 413),
            ("findes-ikke", b"{}", 404),
            ("jobcenter", b"slet ikke XML", 400),
            ("jobcenter", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", 400),
            ("jobcenter", b'<?xml version="1.0" encoding="findes-ikke"?><a/>', 400),
            ("jobcenter", b'<?xml version="1.0" encoding="utf-8"?><a>\xe6\xf8\xe5</a>', 400),
            ("jobcenter", BILLION_LAUGHS, 400),
            ("region", b'<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>', 400),
            ("social", b'{"afsendt": "2026-11-20T10:00:00Z", "raekker": [{"cpr": "3213990000"}]}', 400),
        ],
    )
    async def test_each_kind_of_bad_input_gets_its_status(self, town, connector, body, status):
        """Empty, hostile, wrong, unknown or too large: a clear status, and the process goes on."""
        assert await town.client.send("jobcenter", connector, body, "application/octet-stream") == status
        assert town.tvaers.ready() == ""

    async def test_a_used_id_with_other_content_is_a_conflict(self, town):
        """The same message id for other content is refused with 409, and the first one stands."""
        await town.consent()
        assert await town.plan("besked-1") == 202
        await town.settled()
        assert await town.plan("besked-1", planversion=2) == 409
        await town.settled()
        assert len(await town.fetch("social")) == 1

    async def test_a_poisoned_message_on_the_bus_does_not_stop_the_batch(self, town):
        """Bytes that are no event, sent past the intake, become a dead letter; the rest of the batch crosses."""
        await town.consent()
        async with town.client.as_party("jobcenter") as nc:
            for body in (b"{", b"\xff", b'{"type": 1}', b"{}", b'{"a":1,"a":2}'):
                await nc.request("sent.jobcenter.indsatsplan.opdateret.v1", body, timeout=2)
        await town.plan()
        await town.settled()
        assert len(await town.fetch("social")) == 1
        assert len(await town.tvaers.records.database.run(town.tvaers.dead.listed)) == 5

    async def test_a_source_that_is_not_the_sender_is_refused(self, town):
        """An event that claims another source than the party that sent it never crosses."""
        await town.consent()
        await town.plan()
        await town.settled()
        [event] = await town.fetch("social")
        event["source"] = "social"
        async with town.client.as_party("jobcenter") as nc:
            await nc.request("sent.jobcenter.indsatsplan.opdateret.v1", json.dumps(event).encode(), timeout=2)
        await town.settled()
        [letter] = await town.tvaers.records.database.run(town.tvaers.dead.listed)
        assert letter.place == "source"

    async def test_a_replayed_dead_letter_is_decided_again(self, town):
        """A dead letter that is handed in again goes through every step, and crosses only on a decision of its own."""
        await town.send("kontaktperson.tildelt", rolle="mentor", kontaktperson="M", gaelder_fra="2026-11-01")
        await town.settled()
        [letter] = await town.tvaers.records.database.run(town.tvaers.dead.listed)
        assert letter.reason.startswith("ingen_modtager")
        await town.consent()
        path = f"/v1/drift/doede/{letter.dead_id}/genafspil"
        await town.client.call("role_drift", "POST", path, json={"begrundelse": "sagen er oprettet"})
        await town.settled()
        assert len(await town.fetch("social")) == 1
