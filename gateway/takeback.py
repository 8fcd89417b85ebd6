"""What follows a change of mind: copies are taken out of DELIVERY, and what of them may still go is sent again.

Everything that is still to be done lies in the delivery table, so it does not matter who finishes it, or when:

    1  a marked copy is looked for: where it lies in DELIVERY, or that it never landed
    2  it is kept, sealed, beside its row, and that is committed
    3  it is deleted
    4  in one transaction: what became of it is recorded, and what of it may still go is decided as the next attempt,
       a decided row with a copy of its own, while the first row lets go of its copy
    5  in one transaction: such a row is asked again; where it holds, its copy goes

A crash after 1 or 2 does them again, one after 3 finds the copy kept, one after 4 finds the row.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from consent.adjudication import Question
from consent.citizen import CitizenFile
from consent.database import Database
from consent.sealing import BoxUnopened
from consent.service import ConsentService
from gateway import deliveries
from gateway.bus.errors import BusError, BusRefused, BusUnavailable
from gateway.deliveries import Delivery, Key, State
from gateway.judging import Judge, Judgement
from gateway.metrics import RECALL_SECONDS
from gateway.recall import Recall
from gateway.release import Copy, Release
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.versions import newest

log = structlog.get_logger(__name__)

AT_A_TIME = 100
"""Copies taken out, or citizens whose copies are sent again, in one step: they are held in memory meanwhile."""


class Unfinished(BusUnavailable):
    """Nothing that was to be taken back lies in DELIVERY any more, but something waits for room there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy that lies beside its delivery, read, and the question that the delivery answered."""

    question: Question
    event: Event
    body: bytes


class TakeBack:
    """Finishes what a change of mind has marked."""

    def __init__(
        self,
        database: Database,
        consents: ConsentService,
        judge: Judge,
        release: Release,
        recall: Recall,
        *,
        held: Callable[[], object],
    ) -> None:
        """Take what it works with; while `held` is true nothing is sent again, and waits beside its delivery."""
        self._held = held
        self._database = database
        self._consents = consents
        self._judge = judge
        self._release = release
        self._recall = recall
        self._one_at_a_time = asyncio.Lock()
        self._left_since: float | None = None

    async def finish(self, since: float | None = None) -> None:
        """Take back everything that is marked, and send again what may still go, narrower.

        `since` is when it fell, by `time.monotonic` in seconds, for the measure of how long recalls take; None is now.

        Raises:
            Unfinished: a narrower copy, or word of whether a revoked one landed, waits for room in DELIVERY.
            BusUnavailable, BusRefused, DatabaseUnavailable: what is left stays marked for the next call, and its
                recipients are handed nothing until then.
        """
        began = time.monotonic() if since is None else since
        async with self._one_at_a_time:
            began = self._left_since = min(began, self._left_since or began)
            again = True
            while again:
                unknown = await self._take_back_marked(began)
                # Only now: a narrower copy must not lie in DELIVERY beside the wide one, nor wait for room it takes.
                again = not self._held() and await self._send_kept()
            if unknown:
                raise Unfinished(f"of {unknown} revoked copies nobody knows yet whether they landed")
            self._left_since = None

    async def _take_back_marked(self, began: float) -> int:
        """Do steps 1 to 4 for what is marked now; return of how many copies nobody knows whether they landed."""
        marked = await self._database.look(deliveries.to_recall)
        async with self._recall.holding({til for _, til, _ in marked}):
            parts = [marked[at : at + AT_A_TIME] for at in range(0, len(marked), AT_A_TIME)]
            unknown = sum([await self._take_back(part) for part in parts])
        if marked and not unknown:
            RECALL_SECONDS.observe(time.monotonic() - began)
        return unknown

    async def _take_back(self, keys: Sequence[Key]) -> int:
        rows, types, left = await self._database.run(lambda connection: self._marked(connection, keys))
        # 1
        copies, nowhere = await self._locate(rows, types)
        # 2
        await self._keep(copies, left)
        # 3
        read = await self._recall.delete(copies) if copies else set[Key]()
        # 4
        # A broker that was killed forgets even the ids of what it had handed out, so "not here" is no "never landed".
        read |= {row.key for row in rows if row.key in nowhere and row.uvis}
        taken = [*(row.key for row, _ in copies), *(key for key in nowhere if key in read)]
        never = [key for key in nowhere if key not in read]
        await self._database.run(lambda connection: self._record(connection, taken, never, read))
        return len(rows) - len(taken) - len(never)

    def _marked(
        self, connection: Connection, keys: Sequence[Key]
    ) -> tuple[list[Delivery], dict[str, str], AbstractSet[Key]]:
        """Return these deliveries, the types of their events, and of which of them something may still go."""
        rows = deliveries.of_keys(connection, keys)
        files = self._consents.files(connection, {row.borger_id for row in rows})
        now = self._consents.now(connection, files)
        left = {row.key for row in rows if self._judge.anything(row, files[row.borger_id], now)}
        return rows, deliveries.wire_types(connection, [row.event_id for row in rows]), left

    async def _locate(
        self, rows: Sequence[Delivery], types: Mapping[str, str]
    ) -> tuple[list[tuple[Delivery, int]], list[Key]]:
        """Find out which of the marked copies lie in DELIVERY, and where, and which never landed."""
        copies, nowhere = [], []
        for row in rows:
            try:
                seq = row.seq if row.seq is not None else await self._release.locate(row, types[row.event_id])
            except BusRefused:
                continue  # one that cannot be looked for now keeps no other from being taken back
            if seq is None:
                nowhere.append(row.key)
            else:
                copies.append((row, seq))
        return copies, nowhere

    async def _keep(self, copies: Iterable[tuple[Delivery, int]], left: AbstractSet[Key]) -> None:
        """Keep what is about to be deleted and something of which may still go, unless an interrupted run has."""
        sealed: list[tuple[Key, int, bytes | None]] = []
        for row, seq in copies:
            wanted = row.kopi is None and row.key in left
            if wanted or row.seq is None:
                body = await self._release.waiting(seq) if wanted else None
                sealed.append((row.key, seq, self._judge.seal(row, body) if body is not None else None))

        def work(connection: Connection) -> None:
            for key, seq, kopi in sealed:
                deliveries.keep(connection, key, seq, kopi)

        if sealed:
            await self._database.run(work)

    def _record(
        self, connection: Connection, taken: Sequence[Key], nowhere: Sequence[Key], read: AbstractSet[Key]
    ) -> None:
        """Record what became of each copy, and decide the narrower ones."""
        rows = deliveries.of_keys(connection, [*taken, *nowhere])
        files = self._consents.files(connection, {row.borger_id for row in rows})
        now = self._consents.now(connection, files)
        narrower = [self._narrower(connection, row, files, now) for row in rows if row.kopi is not None]
        for after in (State.RECALLED, State.RECALLED_MAYBE_READ):
            keys = {key for key in taken if (key in read) == (after is State.RECALLED_MAYBE_READ)}
            moved = {
                key
                for before in (State.SENT, State.REVOKED)
                for key in deliveries.move(connection, keys, before=before, after=after)
            }
            self._judge.note_states(connection, [row for row in rows if row.key in moved], after, now, "tilbagekaldt")
        deliveries.note_settled(connection, nowhere)
        self._judge.record(connection, [one for one in narrower if one is not None], keep=True)

    def _narrower(
        self, connection: Connection, row: Delivery, files: Mapping[str, CitizenFile], now: datetime
    ) -> Judgement | None:
        """Decide what of a copy may still go, as the next attempt: never more than the copy itself held."""
        attempts = deliveries.of_events(connection, [row.event_id])[row.event_id]
        kept = self._kept(row)
        if kept is None or deliveries.latest(attempts)[row.til].forsoeg != row.forsoeg:
            return None
        question = replace(kept.question, oplysningstyper=tuple(sorted(row.types)))
        one = self._judge.judge(newest(kept.event), question, row.forsoeg + 1, files[row.borger_id], now)
        return one if one.copy else None

    def _kept(self, row: Delivery) -> Kept | None:
        """Read the copy that lies beside a row; one that cannot be read goes no further, and stops no other."""
        try:
            copy = self._judge.kept_copy(row)
            return Kept(self._judge.question_of(row), event_from(json.loads(copy)), copy) if copy is not None else None
        except BoxUnopened:
            return None
        except (SchemaError, ValueError):
            log.error("kept_copy_unreadable", delivery=row.delivery_id)  # noqa: TRY400 - a trace could quote the copy
            return None

    async def _send_kept(self) -> bool:
        """Do step 5; return whether there is something left to be done at once."""
        if not await self._database.look(lambda connection: deliveries.citizens_held(connection, 1)):
            return False
        copies, more = await self._database.run(self._asked_again)
        try:
            over = await self._release.release(copies)
        except BusError as error:
            raise Unfinished(f"a narrower copy waits: {error}") from None
        return more or over.late or bool(over.lost)

    def _asked_again(self, connection: Connection) -> tuple[list[Copy], bool]:
        """Ask the kept copies' questions again: what holds may go, the rest is revoked and marked."""
        citizens = deliveries.citizens_held(connection, AT_A_TIME)
        files = self._consents.files(connection, citizens)
        now = self._consents.now(connection, citizens)
        copies, fallen = [], []
        for row in deliveries.held(connection, citizens):
            kept = self._kept(row) if self._judge.again(row, files[row.borger_id], now) is not None else None
            if kept is None:
                fallen.append(row)
            else:
                copies.append(Copy.of(row, kept.event.subject_type, kept.body))
        self._judge.revoke(connection, fallen, now)
        return copies, bool(fallen) or len(citizens) == AT_A_TIME
