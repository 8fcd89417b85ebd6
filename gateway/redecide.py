"""One verb for every change of mind: what rests on something that has changed is decided again.

Withdrawal, a block, a narrower version, expiry by the clock, a restart: all of them end here. What no longer holds is
recalled; what shrinks is recalled and sent again, narrower, as the next attempt.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from nats.aio.client import Client
from sqlalchemy import Connection

from consent.citizen import CitizenFile
from consent.database import Database
from consent.sealing import BoxUnopened
from consent.service import ConsentService
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.errors import BusRefused
from gateway.deliveries import Delivery, Key, State
from gateway.judging import Judge, Judgement
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

        What was decided is revoked here and what was sent is marked; `finish` does the rest, and no crash forgets it.
        """
        file = self._consents.files(connection, [borger_id], exclusive=True)[borger_id]
        now = self._consents.now(connection, [borger_id])
        rows = deliveries.unsettled_of(connection, borger_id)
        fallen = [row for row in rows if not row.recall and not self._holds(row, file, now)]
        decided = [row for row in fallen if row.state is State.DECIDED]
        deliveries.revoke(connection, [row.key for row in decided])
        self._judge.note_states(connection, decided, State.REVOKED, now, "holder_ikke_laengere")
        deliveries.mark_recall(connection, [row.key for row in fallen if row.state is State.SENT])
        return len(fallen)

    async def finish(self) -> None:
        """Take back everything that is marked, and send again what may still go, narrower.

        Whatever a crash interrupted is found here: the marks and the narrower copies lie in the delivery table.

        Raises:
            BusUnavailable, DatabaseUnavailable: what is left stays marked for the next call.
        """
        async with self._one_at_a_time:
            while await self._round():
                pass

    async def _round(self) -> bool:
        """Finish what is marked now; return whether something was revoked meanwhile."""
        marked = await self._database.run(deliveries.to_recall)
        copies, nowhere = await self._locate(marked)
        async with self._recall.holding({row.til for row, _ in copies}):
            wide = {row.key: event for row, seq in copies if (event := await self._waiting(seq)) is not None}
            read = await self._recall.delete(copies) if copies else set[Key]()
            await self._database.run(lambda connection: self._take_back(connection, copies, nowhere, read, wide))
            # Only now: the narrower copy must not lie in DELIVERY beside the wide one, nor wait for room that it takes.
            over = await self._release.release(await self._database.run(self._held))
        return over.late or bool(over.lost)

    async def _locate(self, marked: Sequence[Delivery]) -> tuple[list[tuple[Delivery, int]], list[Delivery]]:
        """Find out which of the marked copies lie in DELIVERY, and where; the others never landed."""
        types = await self._database.run(
            lambda connection: deliveries.wire_types(connection, [row.event_id for row in marked])
        )
        copies, nowhere = [], []
        for row in marked:
            seq = row.seq if row.seq is not None else await self._release.locate(row, types[row.event_id])
            if seq is None:
                nowhere.append(row)
            else:
                copies.append((row, seq))
        return copies, nowhere

    def _take_back(
        self,
        connection: Connection,
        copies: Sequence[tuple[Delivery, int]],
        nowhere: Sequence[Delivery],
        read: AbstractSet[Key],
        wide: Mapping[Key, Event],
    ) -> None:
        """Record what became of each copy, and decide the narrower ones, in one transaction."""
        rows = [row for row, _ in copies]
        files = self._consents.files(connection, {row.borger_id for row in (*rows, *nowhere)})
        now = self._consents.now(connection, files)
        for row in rows:
            after = State.RECALLED_MAYBE_READ if row.key in read else State.RECALLED
            if deliveries.move(connection, [row.key], before=row.state, after=after):
                self._judge.note_states(connection, [row], after, now, "tilbagekaldt")
        deliveries.note_settled(connection, [row.key for row in nowhere])
        kept = {row.key: event_from(json.loads(copy)) for row in nowhere if (copy := self._kept(row))}
        again = {**wide, **kept}
        judged = [
            self._narrower(connection, row, again[row.key], files, now) for row in (*rows, *nowhere) if row.key in again
        ]
        self._judge.record(connection, [one for one in judged if one is not None], keep=True)

    def _narrower(
        self, connection: Connection, row: Delivery, wide: Event, files: Mapping[str, CitizenFile], now: datetime
    ) -> Judgement | None:
        """Decide what of a copy may still go, as the next attempt: never more than the copy itself held."""
        attempts = deliveries.of_events(connection, [row.event_id])[row.event_id]
        if deliveries.latest(attempts)[row.til].forsoeg != row.forsoeg:
            return None
        question = replace(self._judge.question_of(row), oplysningstyper=tuple(sorted(row.types)))
        one = self._judge.judge(wide, question, row.forsoeg + 1, files[row.borger_id], now)
        return one if one.copy else None

    def _held(self, connection: Connection) -> list[Copy]:
        rows = [(row, self._kept(row)) for row in deliveries.held(connection)]
        return [Copy.of(row, event_from(json.loads(copy)), copy) for row, copy in rows if copy]

    def _kept(self, row: Delivery) -> bytes | None:
        try:
            return self._judge.kept_copy(row)
        except BoxUnopened:
            return None

    async def everyone(self) -> int:
        """Decide again whatever is unsettled, for every citizen: at the start, and when something general changes."""
        citizens = await self._database.run(deliveries.citizens_unsettled)
        fallen = 0
        for borger_id in citizens:
            fallen += await self._database.run(lambda connection, one=borger_id: self.fall(connection, one))  # type: ignore[misc] # a default binds the loop's value
        await self.finish()
        return fallen

    def _holds(self, row: Delivery, file: CitizenFile, now: datetime) -> bool:
        try:
            question = self._judge.question_of(row)
        except BoxUnopened:
            return False
        return row.types <= frozenset(self._judge.answer(question, file, now).permitted)

    async def _waiting(self, seq: int) -> Event | None:
        """Return the copy that lies in DELIVERY under `seq`, or None where it has been fetched and acknowledged."""
        try:
            answer = await call(self._gateway, "STREAM.MSG.GET.DELIVERY", {"seq": seq})
        except BusRefused:
            return None
        return event_from(json.loads(b64decode(answer["message"]["data"])))
