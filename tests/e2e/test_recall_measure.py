"""How long each recall took is exported."""

import httpx2
import pytest

from gateway.bus.errors import BusUnavailable
from gateway.client import Address
from gateway.metrics import RECALL_SECONDS

pytestmark = pytest.mark.anyio


async def measured(town) -> tuple[float, float]:
    """Return how many recalls were measured, and their seconds, as operations see them."""
    async with httpx2.AsyncClient() as http:
        page = await http.get(f"{Address.read(town.settings.data).http}/metrics")
    figures = dict(line.split(" ") for line in page.text.splitlines() if line.startswith(RECALL_SECONDS._name))
    return float(figures["tvaers_recall_seconds_count"]), float(figures["tvaers_recall_seconds_sum"])


class TestRecallSeconds:
    async def test_a_recall_is_measured_once(self, town):
        """However many copies a withdrawal takes out, it is one recall; one that takes out nothing is none."""
        samtykke_id, other = await town.consent(), await town.consent(borger="0201919990")
        for number in range(3):
            await town.plan(f"plan-{number}")
        await town.settled()
        before, _ = await measured(town)
        await town.client.withdraw(samtykke_id)
        await town.client.withdraw(other)
        after, _ = await measured(town)
        assert after - before == 1

    async def test_it_counts_from_the_withdrawal_until_no_copy_is_left(self, town, monkeypatch):
        """A recall that the broker did not answer at first is measured when it is done, from its beginning."""
        samtykke_id = await town.consent()
        await town.plan()
        await town.settled()
        count, seconds = await measured(town)
        delete = town.tvaers.recaller.delete

        async def never(_seqs) -> None:
            raise BusUnavailable("no answer")

        monkeypatch.setattr(town.tvaers.recaller, "delete", never)
        with pytest.raises(BusUnavailable, match="no answer"):
            await town.tvaers.redecision.revoke(samtykke_id, "test")
        assert await measured(town) == (count, seconds)
        town.tvaers.redecision._take_back._left_since -= 1000
        monkeypatch.setattr(town.tvaers.recaller, "delete", delete)
        await town.tvaers.redecision.finish()
        again, later = await measured(town)
        assert again - count == 1
        assert later - seconds >= 1000
