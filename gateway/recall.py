"""Take copies back: from everyone who has not fetched theirs, and on record as perhaps read where they have."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import Connection

from consent.database import Database, host_time
from gateway import deliveries
from gateway.bus.recall import Recaller
from gateway.deliveries import Delivery, State
from gateway.judging import Judge


class Recall:
    """Deletes copies from DELIVERY and records, for each, whether it may have been read."""

    def __init__(self, database: Database, judge: Judge, recaller: Recaller) -> None:
        self._database = database
        self._judge = judge
        self._recaller = recaller
        self.held: set[str] = set()
        """Parties that are stopped: their consumers stay paused whatever is recalled."""
        self._holds: Counter[str] = Counter()

    @asynccontextmanager
    async def holding(self, parties: Collection[str]) -> AsyncIterator[None]:
        """Hand out nothing to these parties inside the block; two recalls at once do not resume each other's."""
        self._holds.update(parties)
        try:
            await self.pause(parties)
            yield
        finally:
            self._holds.subtract(parties)
            await self.resume(parties)

    async def pause(self, parties: Collection[str]) -> None:
        """Stop handing out to these parties."""
        if parties:
            await self._recaller.pause(parties)

    async def resume(self, parties: Collection[str]) -> None:
        """Hand out to these parties again, but for those that are stopped or from whom something is being recalled."""
        free = [party for party in parties if party not in self.held and not self._holds[party]]
        if free:
            await self._recaller.resume(free)

    async def remove(self, sequences: Sequence[int]) -> None:
        """Delete second copies of what was sent already; the first one stands."""
        if sequences:
            await self._recaller.delete(sequences)

    async def take_back(self, copies: Sequence[tuple[Delivery, int]], before: State) -> None:
        """Delete these copies (delivery and sequence) and move each from `before` to what became of it.

        When this returns no copy that was not fetched exists any more. One that the recipient's consumer had been
        handed may have been read: it is recorded as `recalled_maybe_read` and counts as a disclosure. That a copy was
        not acknowledged is never evidence that it was not read; nor is the word of a broker that was killed since.

        Raises:
            BusUnavailable: the broker did not answer; the intention is on record and is taken up again.
        """
        if not copies:
            return
        parties = {row.til for row, _ in copies}
        async with self.holding(parties):
            await self._recaller.delete([seq for _, seq in copies])
            floors = {party: (await self._recaller.delivered_floor(party)).delivered for party in parties}
        read = [row for row, seq in copies if row.uvis or seq <= floors[row.til]]
        unread = [row for row, seq in copies if not row.uvis and seq > floors[row.til]]

        def work(connection: Connection) -> None:
            now = host_time(connection)
            for rows, after in ((read, State.RECALLED_MAYBE_READ), (unread, State.RECALLED)):
                moved = deliveries.move(connection, [row.key for row in rows], before=before, after=after)
                self._judge.note_states(
                    connection, [row for row in rows if row.key in moved], after, now, "tilbagekaldt"
                )

        await self._database.run(work)
