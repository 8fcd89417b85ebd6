"""I3: a copy that was read before a crash and never recorded as landed is on record as perhaps read."""

from typing import Any

import psutil
import pytest

from consent.database import DatabaseUnavailable
from gateway.serving import serving

pytestmark = pytest.mark.anyio


async def read_and_forgotten(town, monkeypatch) -> None:
    """Let a recipient fetch and acknowledge a copy of which nobody records that it landed; then kill the broker."""

    async def never(*_args: Any) -> None:
        raise DatabaseUnavailable("for good")

    monkeypatch.setattr(town.tvaers.release, "_record", never)
    await town.plan(helbred=[{"delmaal": "D", "indsats": "I", "ansvarlige": ["B"], "status": "bevilget"}])
    while not await town.fetch("social"):
        pass
    psutil.Process(town.tvaers.server.pid).kill()
    await town.tvaers.failed.wait()
    await town.tvaers.stop()


class TestI3LostSight:
    async def test_what_falls_before_the_crossing_goes_on_counts_as_read(self, town, settings, monkeypatch):
        """The killed broker has forgotten even the id of the copy; that it is not there does not say it never was."""
        samtykke_id = await town.consent()
        await read_and_forgotten(town, monkeypatch)
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            await town.client.withdraw(samtykke_id)
            assert await town.states() == {"social": "recalled_maybe_read"}
            await town.settled()
            assert await town.fetch("social") == []

    async def test_what_may_still_go_of_it_goes_narrower(self, town, settings, monkeypatch):
        """When its message comes again what is left is decided as the next attempt, as after any recall."""
        await town.consent(oplysningstyper=["plan"])
        wide = await town.consent(oplysningstyper=["plan", "helbred"])
        await read_and_forgotten(town, monkeypatch)
        async with serving(settings.model_copy(update={"port": 0})) as (tvaers, _address):
            town.tvaers = tvaers
            await town.client.withdraw(wide)
            await town.settled()
            [event] = await town.fetch("social")
            assert "helbred" not in event["data"]
            first, second = sorted(await town.rows(), key=lambda row: row.forsoeg)
            assert first.state.value == "recalled_maybe_read"
            assert second.types == {"plan"}
