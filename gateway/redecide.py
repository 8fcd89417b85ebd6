"""One verb for every change of mind: what rests on something that has changed is decided again.

Withdrawal, a block, a narrower version, expiry by the clock, a restart: all of them end here. What no longer holds is
marked in the transaction of what has changed; `gateway.takeback` recalls it and sends what is left of it again.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sqlalchemy import Connection

from consent.database import Database, host_time, instant
from consent.service import ConsentService
from gateway import deliveries
from gateway.deliveries import State
from gateway.judging import Judge, until
from gateway.takeback import TakeBack, Unfinished

CITIZENS_AT_A_TIME = 300
"""Citizens decided again in one transaction: enough to be quick, few enough to keep nothing else waiting for long."""


class Redecision:
    """Decides citizens' unsettled deliveries again and carries out what follows."""

    def __init__(
        self,
        database: Database,
        consents: ConsentService,
        judge: Judge,
        take_back: TakeBack,
        journal: Callable[[], Awaitable[None]],
    ) -> None:
        """Take what it works with; `journal` carries out of the database what was journalled in it."""
        self._journal = journal
        self._database = database
        self._consents = consents
        self._judge = judge
        self._take_back = take_back

    async def redecide(self, borger_id: str) -> int:
        """Decide this citizen's unsettled deliveries again; return how many no longer hold.

        When this returns what has changed is in the journal outside the database, too.

        Raises:
            BusUnavailable, BusRefused, DatabaseUnavailable: the intention is on record; `finish` takes it up again.
        """
        began = time.monotonic()
        fallen = await self._database.run(lambda connection: self.fall(connection, borger_id))
        await self.carry_out(began)
        return fallen

    async def revoke(self, samtykke_id: str, registrar: str) -> int:
        """Withdraw a declaration; return how many deliveries fell with it.

        When this returns no later decision rests on the declaration; every copy that was not fetched has been deleted
        from DELIVERY; one that may have been read is on record as such; and a copy on its way to the broker is deleted
        when its acknowledgement comes; and the withdrawal is in the journal outside the database. What may still go,
        narrower, goes when DELIVERY has room for it.

        Raises:
            ConsentRefused: nobody has a declaration of this id.
            BusUnavailable, BusRefused: it is withdrawn and nothing new rests on it, but the broker did not answer:
                copies not yet fetched are handed to nobody, and deleted as soon as it does. Call again, or see the
                delivery's entries.
        """

        def work(connection: Connection) -> int:
            return self.fall(connection, self._consents.withdraw(connection, samtykke_id, registrar))

        began = time.monotonic()
        fallen = await self._database.run(work)
        await self.carry_out(began)
        return fallen

    async def carry_out(self, began: float) -> None:
        """Put what was journalled outside the database and take back what is marked; `began` is `time.monotonic()`.

        Raises:
            BusUnavailable, BusRefused, DatabaseUnavailable: what is left is on record; `finish` takes it up again.
        """
        try:
            await self._journal()
        finally:
            with suppress(Unfinished):
                await self._take_back.finish(began)

    def fall(self, connection: Connection, *citizens: str) -> int:
        """Ask every unsettled delivery's question again, in the transaction of what has changed.

        What was decided is revoked here and what was sent is marked; `finish` does the rest, and no crash forgets it.
        What still holds may from now on do so until another instant.
        """
        files = self._consents.files(connection, citizens, exclusive=True)
        now = self._consents.now(connection, citizens)
        rows = [row for row in deliveries.unsettled_of(connection, citizens) if not row.recall]
        answers = [(row, self._judge.again(row, files[row.borger_id], now)) for row in rows]
        fallen = [row for row, answer in answers if answer is None]
        self._judge.revoke(connection, [row for row in fallen if row.state is State.DECIDED], now)
        deliveries.mark_recall(connection, [row.key for row in fallen if row.state is State.SENT])
        ends = {row.key: until(answer) for row, answer in answers if answer is not None}
        moved = {row.key: ends[row.key] for row in rows if row.key in ends and ends[row.key] != row.udloeber}
        deliveries.note_until(connection, moved)
        return len(fallen)

    async def finish(self) -> None:
        """Take back everything that is marked, and send again what may still go; raises as `TakeBack.finish`."""
        await self._take_back.finish()

    async def everyone(self) -> int:
        """Decide again whatever is unsettled, for every citizen; return how many deliveries no longer hold.

        At the start, and now and then in case a change was recorded and the process did not come to its `redecide`. It
        also gives a row that an older release wrote the instant until which its decision holds.
        """
        fallen = await self._again(await self._database.look(deliveries.citizens_unsettled))
        await self.finish()
        return fallen

    async def lapsed(self) -> int:
        """Decide again for whom the clock may have ended something; return how many deliveries no longer hold.

        Costs next to nothing where nothing has lapsed and nothing is left of an earlier recall.
        """
        due = await self._database.look(lambda one: deliveries.citizens_due(one, instant(host_time(one))))
        fallen = await self._again(due)
        if await self._database.look(deliveries.to_recall):
            await self.finish()
        return fallen

    async def _again(self, citizens: Sequence[str]) -> int:
        fallen = 0
        for at in range(0, len(citizens), CITIZENS_AT_A_TIME):

            def work(connection: Connection, part: Sequence[str] = citizens[at : at + CITIZENS_AT_A_TIME]) -> int:
                return self.fall(connection, *part)

            fallen += await self._database.run(work)
        return fallen
