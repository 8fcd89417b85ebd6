"""What the watcher of deadlines remembers, and what it would tell."""

import stat
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from consent.disclosures.errors import KeyStoreError
from gateway.bus.local import LocalBus
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.frister import KEPT, Deadlines, read_table
from gateway.settings import OPS
from schemas.errors import SchemaError
from schemas.events import event_from, read_event
from schemas.export import example
from schemas.haendelser import borgerforloeb, henvendelse, moede, rettelse

pytestmark = pytest.mark.anyio

TABLE = read_table(OPS / "frister.toml")
REFERRAL = henvendelse.HenvendelseModtaget.wire_type()
CONTACT = borgerforloeb.KontaktOpnaaet.wire_type()
RECALL = rettelse.OplysningTilbagekaldt.wire_type()
CORRECTION = rettelse.OplysningRettet.wire_type()

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSED = datetime(2026, 11, 24, 23, tzinfo=UTC)


def body(kind: str, source: str = "social", name: str = "1", **data: Any) -> bytes:
    """Return a copy as it is fetched; None takes a field away. The same name is the same event."""
    value = deepcopy(example(kind))
    value |= {"source": source, "id": str(uuid5(NAMESPACE_OID, kind + name))}
    own = {"dato": "2026-11-20"} if "dato" in value["data"] else {}
    value["data"] = {key: part for key, part in (value["data"] | own | data).items() if part is not None}
    return event_from(value).as_json()


@pytest.fixture
async def watcher(tmp_path: Path) -> AsyncIterator[Deadlines]:
    """Return the memory of a watcher that has seen nothing."""
    deadlines = Deadlines(tmp_path / "frister", "fristvagt", TABLE)
    yield deadlines
    deadlines.close()


async def due(watcher: Deadlines, now: datetime = PASSED) -> list[dict[str, Any]]:
    """Return what would be told at an instant."""
    return [one.content() for one in await watcher.passed(now)]


class TestTelling:
    async def test_what_is_not_answered_is_told_when_it_has_passed(self, watcher):
        """Over a weekend: from Friday, two working days end with Tuesday, in Denmark."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        assert await due(watcher, PASSED - timedelta(microseconds=1)) == []
        [told] = await due(watcher)
        assert told["overskredet"] == "2026-11-24T23:00:00Z"
        assert (told["frist"], told["fra_type"], told["ventet"]) == (
            "foerste_kontakt",
            "henvendelse.modtaget",
            "kontakt.opnaaet",
        )
        assert told["fra_haendelse"] == read_event(body(REFERRAL)).id
        assert told["borger"] == {"cpr": "2509479989", "navn": "Ida Prøve"}
        assert (told["sag"], told["formaal"]) == ("2026-17", "koordineret indsats")
        assert "modtagere" not in told

    async def test_without_a_case_it_goes_back_to_whoever_began(self, watcher):
        """The case index could not find anybody else."""
        await watcher.take("d-1", body(REFERRAL, sag=None), FRIDAY)
        [told] = await due(watcher)
        assert told["modtagere"] == ["social"]

    async def test_the_last_day_for_items_of_an_agenda_is_told_to_nobody(self, watcher):
        """No event is expected that could fail to come."""
        await watcher.take("d-1", body(moede.MoedeIndkaldt.wire_type()), FRIDAY)
        assert await due(watcher, FRIDAY + timedelta(days=1000)) == []

    async def test_it_is_the_same_event_until_it_was_told_and_none_after(self, watcher, tmp_path):
        """Also by a watcher that was stopped in between, to the byte; so nothing is published twice."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        [first] = await watcher.passed(PASSED)
        again = Deadlines(tmp_path / "frister", "fristvagt", TABLE)
        [second] = await again.passed(PASSED + timedelta(days=3))
        assert second.as_json() == first.as_json()
        await again.told([second.id], PASSED)
        again.close()
        assert await due(watcher) == []
        await watcher.take("d-2", body(REFERRAL), PASSED)
        assert await due(watcher) == []

    async def test_each_citizen_has_deadlines_of_their_own(self, watcher):
        """Another's contact answers nothing."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(CONTACT, borger={"cpr": "0201919990"}), FRIDAY)
        assert [told["frist"] for told in await due(watcher)] == ["foerste_kontakt"]


class TestAnswers:
    @pytest.mark.parametrize("answered_first", [False, True])
    async def test_an_answered_deadline_is_not_told(self, watcher, answered_first):
        """In whichever order the two come."""
        deliveries = [("d-1", body(REFERRAL)), ("d-2", body(CONTACT, dato="2026-11-24"))]
        for delivery_id, content in reversed(deliveries) if answered_first else deliveries:
            await watcher.take(delivery_id, content, TUESDAY)
        assert await due(watcher) == []

    async def test_a_late_answer_does_not_undo_it(self, watcher):
        """The deadline was missed, whenever the watcher gets to hear of either."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(CONTACT, dato="2026-11-25"), PASSED + timedelta(days=1))
        assert [told["frist"] for told in await due(watcher)] == ["foerste_kontakt"]

    async def test_an_answer_opens_what_counts_from_it(self, watcher):
        """From the first contact the first meeting is five working days away."""
        await watcher.take("d-2", body(CONTACT), FRIDAY)
        [told] = await due(watcher, FRIDAY + timedelta(days=30))
        assert (told["frist"], told["overskredet"]) == ("foerste_moede", "2026-11-27T23:00:00Z")


class TestDeliveries:
    async def test_a_known_delivery_is_dropped(self, watcher):
        """Even one whose content would say something new."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-1", body(CONTACT), FRIDAY)
        assert [told["frist"] for told in await due(watcher)] == ["foerste_kontakt"]

    async def test_a_narrower_copy_of_the_same_event_opens_nothing_twice(self, watcher):
        """The event is the same, though the delivery is another."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(REFERRAL, misbrug=None), FRIDAY)
        assert len(await due(watcher)) == 1

    async def test_what_cannot_be_read_is_passed_over(self, watcher, capfd):
        """An event of a language newer than ours; nothing of it is written down."""
        unknown = body(REFERRAL).replace(b"henvendelse.modtaget", b"henvendelse.ukendt")
        await watcher.take("d-1", unknown, FRIDAY)
        assert await due(watcher) == []
        captured = capfd.readouterr()
        assert "2509479989" not in captured.out + captured.err

    @pytest.mark.parametrize("kind", [RECALL, CORRECTION])
    async def test_what_is_withdrawn_is_struck(self, watcher, kind):
        """A deadline that came from it is not told of; the corrected event opens its own."""
        delivery_id = f"{read_event(body(REFERRAL)).id}:fristvagt:1"
        await watcher.take(delivery_id, body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(kind, levering=delivery_id), FRIDAY)
        assert await due(watcher) == []
        await watcher.take("d-3", body(REFERRAL, name="rettet", dato="2026-11-19"), FRIDAY)
        assert [told["overskredet"] for told in await due(watcher)] == ["2026-11-23T23:00:00Z"]

    async def test_an_answer_that_is_withdrawn_answers_no_more(self, watcher):
        """What opens after that waits for another."""
        delivery_id = f"{read_event(body(CONTACT)).id}:fristvagt:1"
        await watcher.take(delivery_id, body(CONTACT), FRIDAY)
        await watcher.take("d-2", body(RECALL, levering=delivery_id), FRIDAY)
        await watcher.take("d-3", body(REFERRAL), FRIDAY)
        assert [told["frist"] for told in await due(watcher)] == ["foerste_kontakt"]

    async def test_only_who_sent_it_can_withdraw_it(self, watcher):
        """Another party cannot silence a deadline."""
        delivery_id = f"{read_event(body(REFERRAL)).id}:fristvagt:1"
        await watcher.take(delivery_id, body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(RECALL, "jobcenter", levering=delivery_id), FRIDAY)
        assert len(await due(watcher)) == 1


class TestFiles:
    async def test_they_are_the_owners_alone_and_hold_nothing_readable(self, watcher, tmp_path):
        """Mode 0600 in a folder of 0700, and neither number, name nor case in the clear."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(CONTACT), FRIDAY)
        files = list((tmp_path / "frister").iterdir())
        assert len(files) >= 2
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "frister").stat().st_mode) == 0o700
        content = b"".join(path.read_bytes() for path in files)
        assert not [mark for mark in (b"2509479989", "Ida Prøve".encode(), b"2026-17") if mark in content]

    async def test_without_its_keys_it_says_so(self, watcher, tmp_path):
        """A database beside other keys is not taken for an empty one."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        (tmp_path / "frister" / "fristvagt.noegler.db").rename(tmp_path / "noegler.db")
        other = Deadlines(tmp_path / "frister", "fristvagt", TABLE)
        with pytest.raises(KeyStoreError):
            await other.passed(PASSED)
        other.close()

    async def test_what_is_old_is_forgotten_and_what_is_open_is_not(self, watcher):
        """A delivery that came again after a year would be news; an open deadline stays until it was told."""
        await watcher.take("d-1", body(REFERRAL), FRIDAY)
        await watcher.take("d-2", body(CONTACT, sag="2026-18"), FRIDAY)
        later = PASSED + KEPT
        await watcher.told([], later)
        assert {told["frist"] for told in await due(watcher, later)} == {"foerste_kontakt", "foerste_moede"}
        await watcher.take("d-3", body(REFERRAL, name="2", sag="2026-18"), later)
        assert [told["sag"] for told in await due(watcher, later)].count("2026-18") == 2

    def test_a_table_that_cannot_be_read_is_named(self, tmp_path):
        """By its file, and without what stands in it."""
        (tmp_path / "f.toml").write_text("version = ", "utf-8")
        for name in ("f.toml", "ingen.toml"):
            with pytest.raises(SchemaError, match=f"{name} cannot be read"):
                read_table(tmp_path / name)


async def test_a_party_can_publish_many_at_once(own_bus: LocalBus):
    """After a day on which nobody was at work there may be hundreds, and each is stored."""
    party = await own_bus.connect("social")
    messages = [Outgoing("sent.social.frist.overskredet.v1", b"{}", f"frist-{number}") for number in range(40)]
    assert all(isinstance(outcome, Stored) for outcome in await publish_all(party.nc, messages))
    assert all(isinstance(outcome, Stored) for outcome in await publish_all(party.nc, messages))
