"""I3: after revoke() returned no later decision rests on it, and no unfetched copy remains."""

import asyncio

import psutil
import pytest

from gateway.client import waiting
from gateway.serving import serving

pytestmark = pytest.mark.anyio


class TestI3Withdrawal:
    async def test_an_unfetched_copy_is_gone_when_revoke_returns(self, town):
        """A copy that nobody has fetched is deleted, and its receiver gets nothing."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        await town.client.withdraw(samtykke_id)
        assert await town.fetch("social") == []
        assert await town.states() == {"social": "recalled"}

    async def test_a_fetched_copy_is_on_record_as_perhaps_read(self, town):
        """A copy that was handed out but not acknowledged may have been read, and is recorded as such."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        async with town.client.as_party("social") as nc:
            subscription = await nc.jetstream().pull_subscribe_bind(
                "social", "DELIVERY", inbox_prefix=b"_INBOX_social."
            )
            await subscription.fetch(1, timeout=2)
            await town.client.withdraw(samtykke_id)
            await subscription.unsubscribe()
        assert await town.states() == {"social": "recalled_maybe_read"}
        states = [entry["tilstand"] for entry in await town.entries("tilstand")]
        assert states == ["recalled_maybe_read"]

    async def test_an_acknowledged_copy_stays_delivered(self, town):
        """What arrived before the withdrawal has arrived: the past is not rewritten."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        await town.fetch("social")
        await _until_delivered(town)
        await town.client.withdraw(samtykke_id)
        assert await town.states() == {"social": "delivered"}

    async def test_nothing_crosses_on_a_withdrawn_samtykke(self, town):
        """A message after the withdrawal is refused, and the reason says that it was withdrawn."""
        samtykke_id = await town.consent()
        await town.client.withdraw(samtykke_id)
        await town.plan()
        await town.settled()
        assert await town.fetch("social") == []
        assert set((await town.entries())[-1]["tilbageholdt"].values()) == {"tilbagekaldt"}

    async def test_a_resend_after_the_withdrawal_brings_nothing_back(self, town):
        """The same message again after its copy was recalled stays recalled."""
        samtykke_id = await town.consent()
        await town.plan("besked-1")
        await town.settled()
        await town.client.withdraw(samtykke_id)
        await town.plan("besked-1")
        await town.settled()
        assert await town.fetch("social") == []

    async def test_only_what_rested_on_it_falls(self, town):
        """Where another samtykke covers the same, the copy stays: consents add up."""
        first = await town.consent()
        await town.consent()
        await town.plan()
        await town.settled()
        await town.client.withdraw(first)
        assert len(await town.fetch("social")) == 1

    async def test_what_shrinks_is_sent_again_narrower(self, town):
        """Where the rest still holds, the wide copy is recalled and a narrower one, the next attempt, is sent."""
        await town.consent(oplysningstyper=["plan", "sagsforloeb"])
        wide = await town.consent(oplysningstyper=["plan", "helbred", "sagsforloeb"])
        row = {"delmaal": "D", "indsats": "I", "ansvarlige": ["B"], "status": "bevilget"}
        await town.plan(overordnet_maal="Arbejde", helbred=[row])
        await town.settled()
        await town.client.withdraw(wide)
        [event] = await town.fetch("social")
        assert "helbred" not in event["data"]
        assert event["data"]["overordnet_maal"] == "Arbejde"
        rows = sorted(await town.rows(), key=lambda row: row.forsoeg)
        assert next(row.state.value for row in rows) == "recalled"
        assert rows[1].types == {"plan"}

    async def test_a_block_recalls_too(self, town):
        """A block registered after the crossing takes back what was not fetched, and stops what comes."""
        await town.consent()
        await town.plan()
        await town.settled()
        await town.client.block("2509479989", ["social"], ["helbred"])
        await town.plan("besked-2", helbred=[], overordnet_maal="Uden helbred")
        await town.settled()
        found = await town.fetch("social")
        assert all("helbred" not in event["data"] for event in found)
        assert found[-1]["data"]["overordnet_maal"] == "Uden helbred"

    async def test_a_narrower_version_recalls(self, town):
        """A higher version that no longer lists a category takes back the copies that rested on it."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        await town.consent(samtykke_id=samtykke_id, version=2, oplysningstyper=["fremmoede"])
        assert await town.fetch("social") == []

    async def test_withdrawals_race_with_crossings(self, town):
        """Whatever the interleaving, when revoke has returned and all has settled nothing more can be fetched."""
        for number in range(6):
            samtykke_id = await town.consent()
            sending = [asyncio.create_task(town.plan(f"kap-{number}-{one}")) for one in range(20)]
            await asyncio.sleep(0.004 * number)
            await town.client.withdraw(samtykke_id)
            await asyncio.gather(*sending)
            await town.settled()
            assert await town.fetch("social") == []
        assert {row.state.value for row in await town.rows()} <= {"recalled", "refused", "revoked"}

    async def test_a_version_signed_before_the_withdrawal_brings_nothing_back(self, town):
        """Whoever has withdrawn must sign anew: a higher version of an earlier date is refused."""
        samtykke_id = await town.consent()
        await town.client.withdraw(samtykke_id)
        with pytest.raises(Exception, match="signed before the withdrawal"):
            await town.consent(samtykke_id=samtykke_id, version=2)

    async def test_withdrawing_what_nobody_has_is_an_error(self, town):
        """An unknown samtykke_id is refused with what to do next."""
        with pytest.raises(Exception, match="no declaration has this id"):
            await town.client.withdraw("urn:uuid:findes-ikke")

    async def test_an_interrupted_recall_is_finished_at_the_next_start(self, town, settings):
        """A recall that a crash interrupted is carried out before anything is handed out; it counts as perhaps read."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        service = town.tvaers.records.consents

        def withdrawn_and_gone(connection) -> None:
            town.tvaers.redecision.fall(connection, service.withdraw(connection, samtykke_id, "test"))

        await town.tvaers.records.database.run(withdrawn_and_gone)
        await town.tvaers.stop()
        await town.tvaers.server.stop()
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            assert await town.fetch("social") == []
            assert await town.states() == {"social": "recalled_maybe_read"}

    async def test_after_a_killed_broker_a_recalled_copy_counts_as_read(self, town, settings):
        """A killed broker may have forgotten what it handed out, so a copy from before counts as perhaps read."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        psutil.Process(town.tvaers.server.pid).kill()
        await town.tvaers.failed.wait()
        await town.tvaers.stop()
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            await town.client.withdraw(samtykke_id)
            assert await town.states() == {"social": "recalled_maybe_read"}


class TestStop:
    async def test_stop_halts_crossing_and_start_resumes_it(self, town):
        """After `stop` nothing crosses; what was accepted meanwhile crosses after `start`."""
        await town.consent()
        stop = {"part": "jobcenter", "begrundelse": "prøve"}
        await town.client.call("role_drift", "POST", "/v1/drift/stop", json=stop)
        assert await town.plan() == 202
        await asyncio.sleep(0.3)
        assert await town.rows() == []
        await town.client.call("role_drift", "POST", "/v1/drift/start", json=stop)
        await town.settled()
        assert len(await town.fetch("social")) == 1
        assert [entry["tilstand"] for entry in await town.entries("drift")][-2:] == ["stoppet", "startet"]

    async def test_a_stopped_receiver_is_handed_nothing(self, town):
        """What waits for a stopped party is not handed out until it is started."""
        await town.consent()
        await town.plan()
        await town.settled()
        stop = {"part": "social", "begrundelse": "prøve"}
        await town.client.call("role_drift", "POST", "/v1/drift/stop", json=stop)
        assert await town.fetch("social") == []
        await town.client.call("role_drift", "POST", "/v1/drift/start", json=stop)
        assert len(await town.fetch("social")) == 1


async def _until_delivered(town) -> None:
    for _ in range(200):
        if set((await town.states()).values()) == {"delivered"}:
            return
        await asyncio.sleep(0.02)


async def test_waiting_leaves_no_subscription(town):
    """Fetching what waits gives the connection back without holding it up."""
    async with town.client.as_party("social") as nc:
        assert [message async for message in waiting(nc, "DELIVERY", "social")] == []
        assert not nc._subs or all(not one._pending_queue.qsize() for one in nc._subs.values())
