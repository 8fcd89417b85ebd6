"""What arrived is on record, however early its acknowledgement came."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


class TestEarlyAcknowledgement:
    async def test_a_copy_that_is_acknowledged_before_it_is_recorded_counts_as_delivered(self, town, monkeypatch):
        """Its event is looked at again; an older copy that is still in the recipient's hands does not hide it."""
        await town.consent()
        await town.plan("i-haanden")
        await town.settled()
        async with town.client.as_party("social") as nc:
            subscription = await nc.jetstream().pull_subscribe_bind(
                "social", "DELIVERY", inbox_prefix=b"_INBOX_social."
            )
            await subscription.fetch(1, timeout=2)
            published, record = asyncio.Event(), town.tvaers.release._record

            async def slow(*args: Any) -> Any:
                published.set()
                await asyncio.sleep(1)
                return await record(*args)

            monkeypatch.setattr(town.tvaers.release, "_record", slow)
            await town.plan("hurtig")
            await published.wait()
            [quick] = await subscription.fetch(1, timeout=2)
            await quick.ack_sync()
            await subscription.unsubscribe()
        async with asyncio.timeout(15):
            while sorted(row.state.value for row in await town.rows()) != ["delivered", "sent"]:  # noqa: ASYNC110 - the ledger does it
                await asyncio.sleep(0.05)
