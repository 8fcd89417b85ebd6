"""The same promises on PostgreSQL."""

import asyncio

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(postgres_url) -> str:
    """Run on PostgreSQL."""
    return postgres_url


class TestOnPostgres:
    async def test_what_is_covered_crosses_and_what_is_not_does_not(self, town):
        """A covered plan is delivered, an uncovered receiver refused, and both are logged."""
        await town.consent()
        await town.plan(modtagere=["social", "familie"])
        await town.settled()
        assert len(await town.fetch("social")) == 1
        assert await town.fetch("familie") == []
        assert {one["til"]: one["tilstand"] for one in await town.entries()} == {
            "social": "decided",
            "familie": "refused",
        }

    async def test_parties_cross_at_the_same_time(self, town):
        """Many parties at once, about one citizen: each event is delivered once."""
        await town.consent(parter=["jobcenter", "social", "familie"])
        senders = ("jobcenter", "familie")
        await asyncio.gather(*(town.plan(party=party) for party in senders for _ in range(25)))
        await town.settled()
        assert len(await town.fetch("social")) == 50

    async def test_withdrawals_race_with_crossings(self, town):
        """Whatever the interleaving of four database threads, nothing can be fetched once revoke has returned."""
        for number in range(5):
            samtykke_id = await town.consent()
            sending = [asyncio.create_task(town.plan(f"kap-{number}-{one}")) for one in range(20)]
            await asyncio.sleep(0.006 * number)
            await town.client.withdraw(samtykke_id)
            await asyncio.gather(*sending)
            await town.settled()
            assert await town.fetch("social") == []
        assert {row.state.value for row in await town.rows()} <= {"recalled", "refused", "revoked"}
