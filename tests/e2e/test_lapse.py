"""A decision that rests on a declaration ends with it, at the instant, whoever asks for it or nobody."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from consent.database import instant
from consent.declarations import _lapse
from gateway import deliveries, redecide

pytestmark = pytest.mark.anyio

OTHER_CPR = "0201919990"
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


def given_to_lapse_at(end: datetime) -> str:
    """Return when a declaration must have been given to lapse at `end`; on 29 February none does."""
    days = (end - timedelta(days=days, hours=hours) for days in (365, 366) for hours in (-1, 0, 1))
    given = next((one for one in days if _lapse(one, None) == end), None)
    if given is None:
        pytest.skip("no declaration lapses at this hour of this year")
    return given.strftime(WRITTEN)


class TestLapse:
    async def test_a_waiting_copy_is_taken_back_when_its_samtykke_lapses(self, town):
        """Nobody withdraws and nobody asks: the clock is enough, and the record says that it was then."""
        end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)
        await town.consent(afgivet=given_to_lapse_at(end))
        await town.plan()
        await town.settled()
        [row] = await town.rows()
        assert (row.state.value, row.udloeber) == ("sent", instant(end))
        async with asyncio.timeout(30):
            while await town.states() != {"social": "recalled"}:  # noqa: ASYNC110 - the clock does it
                await asyncio.sleep(0.1)
        assert await town.fetch("social") == []
        [entry] = await town.entries("tilstand")
        assert entry["tid"] >= instant(end)

    async def test_a_copy_that_another_samtykke_covers_stays(self, town, monkeypatch):
        """When the ground it was sent on lapses it holds on the other one, until that one's own end."""
        soon, late = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (30, 60))
        await town.consent(samtykke_id=f"urn:uuid:{'1' * 8}-1111-4111-8111-{'1' * 12}", afgivet=given_to_lapse_at(soon))
        await town.consent(samtykke_id=f"urn:uuid:{'2' * 8}-1111-4111-8111-{'2' * 12}", afgivet=given_to_lapse_at(late))
        await town.plan()
        await town.settled()
        [row] = await town.rows()
        assert row.udloeber == instant(soon)
        monkeypatch.setattr(town.tvaers.records.consents, "now", lambda _connection, _ids: soon)
        monkeypatch.setattr(redecide, "host_time", lambda _connection: soon)
        assert await town.tvaers.redecision.lapsed() == 0
        [row] = await town.rows()
        assert (row.state.value, row.udloeber) == ("sent", instant(late))

    async def test_only_those_whose_instant_has_come_are_decided_again(self, town, monkeypatch):
        """A change that nobody told of is left to the full round; the short one asks for the clock alone."""
        await town.consent()
        await town.plan()
        await town.settled()
        after = datetime.now(UTC) + timedelta(days=400)
        monkeypatch.setattr(town.tvaers.records.consents, "now", lambda _connection, _ids: after)
        assert await town.tvaers.redecision.lapsed() == 0
        assert await town.tvaers.redecision.everyone() == 1
        assert await town.states() == {"social": "recalled"}

    async def test_everyone_is_decided_again_in_as_many_parts_as_it_takes(self, town, monkeypatch):
        """With more citizens than one transaction takes each of them is asked about."""
        monkeypatch.setattr(redecide, "CITIZENS_AT_A_TIME", 1)
        for cpr in ("2509479989", OTHER_CPR):
            await town.consent(borger=cpr)
            await town.plan(borger={"cpr": cpr})
        await town.settled()
        after = datetime.now(UTC) + timedelta(days=400)
        monkeypatch.setattr(town.tvaers.records.consents, "now", lambda _connection, _ids: after)
        assert await town.tvaers.redecision.everyone() == 2
        assert await town.fetch("social") == []

    async def test_a_row_of_an_older_release_gets_its_instant(self, town):
        """Whatever a row says of it, or does not say, the full round at each start writes what is so."""
        await town.consent()
        await town.plan()
        await town.settled()
        [before] = await town.rows()
        for wrong in (None, instant(datetime.now(UTC) + timedelta(days=9999))):
            await town.tvaers.records.database.run(
                lambda connection, wrong=wrong: connection.execute(update(deliveries.delivery).values(udloeber=wrong))
            )
            assert await town.tvaers.redecision.everyone() == 0
            assert await town.rows() == [before]
