"""Take copies out of DELIVERY, and tell which of them may have been read."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import structlog

from gateway.bus.errors import BusError
from gateway.bus.recall import Recaller
from gateway.deliveries import Delivery, Key

log = structlog.get_logger(__name__)


class Recall:
    """Pauses, deletes and resumes; what it finds out is for its caller to record."""

    def __init__(self, recaller: Recaller) -> None:
        self._recaller = recaller
        self.held: set[str] = set()
        """Parties that are stopped: their consumers stay paused whatever is recalled."""
        self._holds: Counter[str] = Counter()
        self._stuck: set[str] = set()
        self._unfinished: set[str] = set()

    @asynccontextmanager
    async def holding(self, parties: Collection[str]) -> AsyncIterator[None]:
        """Hand out nothing to these parties inside the block; two recalls at once do not resume each other's.

        Where the block fails a copy that must not be fetched may still lie there, so these parties are handed nothing
        until a later block, which must name them again, has succeeded.
        """
        self._holds.update(parties)
        try:
            await self.pause(parties)
            yield
        except BaseException:
            self._unfinished.update(parties)
            raise
        else:
            self._unfinished.difference_update(parties)
        finally:
            self._holds.subtract(parties)
            await self.resume(parties)

    async def pause(self, parties: Collection[str]) -> None:
        """Stop handing out to these parties."""
        if parties:
            await self._recaller.pause(parties)

    async def resume(self, parties: Collection[str] = ()) -> None:
        """Hand out to these parties again, but for those that are stopped or from whom something is to be recalled.

        A broker that does not answer keeps nobody from what was done meanwhile: whoever could not be resumed is resumed
        with the next call.
        """
        wanted = self._stuck | set(parties)
        free = {party for party in wanted - self.held - self._unfinished if not self._holds[party]}
        self._stuck = wanted - free
        if not free:
            return
        try:
            await self._recaller.resume(free)
        except BusError as error:
            self._stuck |= free
            log.warning("not_resumed", parties=sorted(free), reason=str(error))

    async def delete(self, copies: Sequence[tuple[Delivery, int]]) -> set[Key]:
        """Delete these copies (delivery and sequence) inside `holding`; return those that may have been read.

        When this returns no copy that was not fetched exists any more. One that the recipient's consumer had been
        handed may have been read. That a copy was not acknowledged is never evidence that it was not read; nor is the
        word of a broker that was killed since.

        Raises:
            BusUnavailable: the broker did not answer; some copies may still be there.
        """
        await self._recaller.delete([seq for _, seq in copies])
        parties = {row.til for row, _ in copies}
        floors = {party: (await self._recaller.delivered_floor(party)).delivered for party in parties}
        return {row.key for row, seq in copies if row.uvis or seq <= floors[row.til]}

    async def remove(self, sequences: Sequence[int]) -> None:
        """Delete second copies of what was sent already; the first one stands."""
        if sequences:
            await self._recaller.delete(sequences)
