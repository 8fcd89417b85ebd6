"""One verb for every change of mind: what rests on something that has changed is decided again.

Withdrawal, a block, a narrower version, expiry by the clock, a restart: all of them end here. What no longer holds is
recalled; what shrinks is recalled and sent again, narrower, as the next attempt.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nats.aio.client import Client
from sqlalchemy import Connection

from consent.citizen import CitizenFile
from consent.database import Database
from consent.service import ConsentService
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.errors import BusRefused
from gateway.deliveries import Delivery, State
from gateway.judging import Judge
from gateway.recall import Recall
from gateway.release import Copy, Release
from schemas.events import Event, event_from


class Redecision:
    """Decides a citizen's unsettled deliveries again and carries out what follows."""

    def __init__(
        self,
        database: Database,
        consents: ConsentService,
        judge: Judge,
        release: Release,
        recall: Recall,
        gateway: Client,
    ) -> None:
        self._database = database
        self._consents = consents
        self._judge = judge
        self._release = release
        self._recall = recall
        self._gateway = gateway
        self._one_at_a_time = asyncio.Lock()

    async def redecide(self, borger_id: str) -> int:
        """Decide this citizen's unsettled deliveries again; return how many no longer hold.

        Raises:
            BusUnavailable, DatabaseUnavailable: the intention is on record; `finish` takes it up again.
        """
        fallen = await self._database.run(lambda connection: self.fall(connection, borger_id))
        await self.finish()
        return fallen

    async def revoke(self, samtykke_id: str, registrar: str) -> int:
        """Withdraw a declaration; return how many deliveries fell with it.

        When this returns no later decision rests on the declaration; every copy that was not fetched has been deleted
        from DELIVERY; one that may have been read is on record as such; and a copy on its way to the broker is deleted
        when its acknowledgement comes.

        Raises:
            ConsentRefused: nobody has a declaration of this id.
            BusUnavailable: it is withdrawn and nothing new rests on it, but the broker did not answer: copies not yet
                fetched are deleted as soon as it does. Call again, or see the delivery's entries.
        """

        def work(connection: Connection) -> int:
            return self.fall(connection, self._consents.withdraw(connection, samtykke_id, registrar))

        fallen = await self._database.run(work)
        await self.finish()
        return fallen

    def fall(self, connection: Connection, borger_id: str) -> int:
        """Ask every unsettled delivery's question again, in the transaction of what has changed.

        What was decided but not sent is revoked here; what was sent is marked for recall, so that no crash forgets it.
        """
        file = self._consents.files(connection, [borger_id], exclusive=True)[borger_id]
        now = self._consents.now(connection, [borger_id])
        rows = deliveries.unsettled_of(connection, borger_id)
        fallen = [row for row in rows if not row.recall and not self._holds(row, file, now)]
        decided = [row for row in fallen if row.state is State.DECIDED]
        deliveries.move(connection, [row.key for row in decided], before=State.DECIDED, after=State.REVOKED)
        self._judge.note_states(connection, decided, State.REVOKED, now, "holder_ikke_laengere")
        deliveries.mark_recall(connection, [row.key for row in fallen if row.state is State.SENT])
        return len(fallen)

    async def finish(self) -> None:
        """Take back every copy that is marked for recall, and send again what may still go, narrower."""
        async with self._one_at_a_time:
            marked = await self._database.run(deliveries.to_recall)
            copies = [(row, row.seq) for row in marked if row.seq is not None]
            async with self._recall.holding({row.til for row, _ in copies}):
                await self._release.release(await self._narrower(copies))
                await self._recall.take_back(copies, before=State.SENT)

    async def everyone(self) -> int:
        """Decide again whatever is unsettled, for every citizen: at the start, and when something general changes."""
        citizens = await self._database.run(deliveries.citizens_unsettled)
        fallen = 0
        for borger_id in citizens:
            fallen += await self._database.run(lambda connection, one=borger_id: self.fall(connection, one))  # type: ignore[misc] # a default binds the loop's value
        await self.finish()
        return fallen

    def _holds(self, row: Delivery, file: CitizenFile, now: datetime) -> bool:
        answer = self._judge.answer(self._judge.question_of(row), file, now)
        return row.types <= frozenset(answer.permitted)

    async def _narrower(self, fallen: Sequence[tuple[Delivery, int]]) -> list[Copy]:
        """Decide and build the narrower copies; only of the wide copy itself, so that nothing is ever added.

        Its party's consumer is paused, so the narrower copy is not handed out before the wide one is gone.
        """
        wide = {row.key: event for row, seq in fallen if (event := await self._waiting(seq)) is not None}

        def work(connection: Connection) -> list[Copy]:
            rows = [row for row, _ in fallen if row.key in wide]
            files = self._consents.files(connection, {row.borger_id for row in rows})
            now = self._consents.now(connection, files)
            attempts = deliveries.of_events(connection, [row.event_id for row in rows])
            copies, judged = [], []
            for row in rows:
                newest = deliveries.latest(attempts[row.event_id])[row.til]
                question = replace(self._judge.question_of(row), oplysningstyper=tuple(sorted(row.types)))
                one = self._judge.judge(wide[row.key], question, row.forsoeg + 1, files[row.borger_id], now)
                if one.copy is None:
                    continue
                if newest.forsoeg == row.forsoeg:
                    judged.append(one)
                elif newest.state is State.DECIDED:
                    copies.append(Copy.of(newest, one.event, one.copy))
            pairs = zip(self._judge.record(connection, judged), judged, strict=True)
            return copies + [Copy.of(row, one.event, one.copy) for row, one in pairs if one.copy]

        return await self._database.run(work)

    async def _waiting(self, seq: int) -> Event | None:
        """Return the copy that lies in DELIVERY under `seq`, or None where it has been fetched and acknowledged."""
        try:
            answer = await call(self._gateway, "STREAM.MSG.GET.DELIVERY", {"seq": seq})
        except BusRefused:
            return None
        return event_from(json.loads(b64decode(answer["message"]["data"])))
