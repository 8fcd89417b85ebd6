"""The crossing: the one place where something about a citizen goes from one party to another."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from sqlalchemy import Connection

from consent.citizen import CitizenFile, Sagspart
from consent.database import Database, DatabaseUnavailable, instant
from consent.disclosures.errors import KeyStoreError
from consent.disclosures.keys import KeyStore
from consent.service import ConsentService
from gateway import deliveries
from gateway.bus.errors import BusError, BusUnavailable
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.deadletters import DeadLetters
from gateway.deliveries import Delivery, State
from gateway.judging import Judge, Judgement
from gateway.redecide import Redecision
from gateway.release import Copy, Release, receipt
from gateway.routing import questions
from schemas.errors import SchemaError
from schemas.events import Event, read_event
from schemas.haendelser import KontaktpersonTildelt
from schemas.versions import newest

POISON_DELIVERIES = 3
"""How often a message that fails us alone is tried before it is buried: a passing fault is no dead letter."""

MAX_EVENT_BYTES = 7 * 1024 * 1024
"""What fits the broker's 8 MB with room for headers; a larger event could be accepted but never cross."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of SENT that could be read."""

    message: Msg
    event: Event
    indhold: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One message of SENT that cannot be crossed, and why. Neither text quotes the message."""

    message: Msg
    reason: str
    place: str


@dataclass(slots=True)
class Plan:
    """What one committed batch of decisions leaves to be done."""

    copies: list[Copy] = field(default_factory=list)
    receipts: dict[str, dict[str, str]] = field(default_factory=dict)
    dead: list[Unreadable] = field(default_factory=list)
    unsettled: bool = False
    """Something of an interrupted run was revoked here, and may have landed."""
    protected: set[str] = field(default_factory=set)
    """The citizens whose address is now known to be protected: what rested on a consent to tell it fell."""


class Crossing:
    """Crosses batches of one party's messages at a time; any number of parties at once."""

    def __init__(
        self,
        database: Database,
        keys: KeyStore,
        consents: ConsentService,
        judge: Judge,
        release: Release,
        redecision: Redecision,
        dead: DeadLetters,
        gateway: Client,
        *,
        decided: Callable[[], None],
    ) -> None:
        self._database = database
        self._keys = keys
        self._consents = consents
        self._judge = judge
        self._release = release
        self._redecision = redecision
        self._dead = dead
        self._gateway = gateway
        self._decided = decided

    async def cross(self, party: str, batch: Sequence[Msg]) -> None:
        """Cross a batch of raw messages that `party` has sent, each parsed alone.

        0. An event all of whose deliveries are settled is acknowledged and dropped, with the same receipt as the first
           time; one with deliveries still `decided` goes on with those, asked anew.
        1. Route: which parties should get it.
        2. In one transaction: lock the citizens, read the time once, decide per recipient, append one entry per
           recipient, insert the deliveries. Commit.
        3. The copies were built from the permitted categories alone before that commit, which binds their hash.
        4. Publish the copies durably and record their sequences; what was revoked meanwhile is taken back at once and
           decided again.
        5. Send the receipts and acknowledge the batch.

        A message that makes the rest fail is crossed alone, and buried if it keeps failing alone.

        Raises:
            BusUnavailable, DatabaseUnavailable: the batch was not finished and must come again; nothing is lost, and
                nothing that was published is published again.
        """
        try:
            dead = await self._cross(party, batch)
        except (BusError, DatabaseUnavailable, KeyStoreError):
            raise
        except Exception as error:  # whatever one message does to us must not stop the others
            if len(batch) > 1:
                for message in batch:
                    await self.cross(party, [message])
                return
            if (batch[0].metadata.num_delivered or 1) < POISON_DELIVERIES:
                raise
            dead = [Unreadable(batch[0], f"fejl_i_behandling {type(error).__name__}", "-")]
        unread = {id(one.message) for one in dead}
        await _acknowledge([message for message in batch if id(message) not in unread])
        for one in dead:
            await self._dead.bury(party, f"sent.{party}", one.message.data, one.reason, one.place)
            await _acknowledge([one.message])

    async def _cross(self, party: str, batch: Sequence[Msg]) -> list[Unreadable]:
        """Do the steps up to the receipts; return what is to be buried."""
        read = [self._read(party, message) for message in batch]
        received = [one for one in read if isinstance(one, Received)]
        if any((message.metadata.num_delivered or 1) > 1 for message in batch):
            # An interrupted run may have left copies of these on their way; what became of them comes first.
            await self._redecision.finish()
        # 0 to 3
        plan = await self._database.run(lambda connection: self._decide(connection, received))
        self._decided()
        for borger_id in plan.protected:
            await self._redecision.redecide(borger_id)
        # 4
        events = {one.event.id: one.event for one in received}
        if plan.unsettled:
            await self._redecision.finish()
            raise BusUnavailable("an interrupted crossing no longer holds; it comes again once its copies are settled")
        over = await self._release.release(plan.copies)
        while over.late or over.lost:
            if over.late:
                await self._redecision.finish()
            over = await self._release.release(await self._anew(over.lost, events))
        # 5
        await self._send_receipts(party, plan.receipts)
        return [*(one for one in read if isinstance(one, Unreadable)), *plan.dead]

    def _read(self, party: str, message: Msg) -> Received | Unreadable:
        if len(message.data) > MAX_EVENT_BYTES:
            return Unreadable(message, f"an event may have {MAX_EVENT_BYTES} bytes", "the whole message")
        try:
            sent = read_event(message.data)
            event = newest(sent)
        except SchemaError as error:
            return Unreadable(message, error.reason, error.where)
        if event.source != party:
            return Unreadable(message, "the source is not the party that sent it", "source")
        if message.subject != f"sent.{party}.{sent.subject_type}":
            return Unreadable(message, "the subject is not that of the event's type", "type")
        return Received(message, event, self._keys.keyed_hash(sent.as_json()))

    def _decide(self, connection: Connection, received: Sequence[Received]) -> Plan:
        """Steps 0 to 3, in one transaction."""
        plan = Plan()
        # 0
        events = self._distinct(connection, received, plan)
        known = deliveries.of_events(connection, list(events))
        citizens = {
            event_id: known[event_id][0].borger_id
            if event_id in known
            else self._consents.citizen(connection, one.event.data.borger.cpr)
            for event_id, one in events.items()
        }
        said = {
            citizens[event_id]
            for event_id, one in events.items()
            if one.event.data.adressebeskyttet and event_id not in known
        }
        files = self._consents.files(connection, citizens.values(), exclusive=bool(said))
        plan.protected = {one for one in said if not files[one].adressebeskyttet}
        if plan.protected:
            files |= self._protect(connection, plan.protected, received[0].event.source)
        now = self._consents.now(connection, citizens.values())
        known = deliveries.of_events(connection, list(events))  # as they are now that their citizens are locked
        judgements: list[Judgement] = []
        for event_id, one in events.items():
            file = files[citizens[event_id]]
            if event_id in known:
                judgements += self._resume(connection, one.event, known[event_id], file, now, plan)
            else:
                judgements += self._first(one, file, now, plan)
        # 2
        new = {one.event.id: one for one in judgements if one.event.id not in known}
        deliveries.add_events(connection, [_seen(events[event_id], now) for event_id in new])
        self._learn(connection, judgements)
        rows = self._judge.record(connection, judgements)
        plan.copies += [Copy.of(row, one.type, one.copy) for row, one in zip(rows, judgements, strict=True) if one.copy]
        for row in [*rows, *(row for before in known.values() for row in before)]:
            plan.receipts.setdefault(row.event_id, {}).update(deliveries.receipt_of([row]))
        return plan

    def _protect(self, connection: Connection, citizens: AbstractSet[str], source: str) -> dict[str, CitizenFile]:
        """Believe a sender that an address is protected, and let what no longer holds fall; return the files anew."""
        for borger_id in sorted(citizens):
            self._consents.protect_address(connection, borger_id, source)
        self._redecision.fall(connection, *sorted(citizens))
        return self._consents.files(connection, citizens, exclusive=True)

    def _distinct(self, connection: Connection, received: Sequence[Received], plan: Plan) -> dict[str, Received]:
        """Return each event once; the same id with other content is a conflict and goes to the dead letters."""
        hashes = deliveries.known_events(connection, [one.event.id for one in received])
        events: dict[str, Received] = {}
        for one in received:
            if hashes.setdefault(one.event.id, one.indhold) != one.indhold:
                plan.dead.append(Unreadable(one.message, "this id was used before, for other content", "id"))
            else:
                events.setdefault(one.event.id, one)
        return events

    def _learn(self, connection: Connection, judgements: Sequence[Judgement]) -> None:
        """Let the case index learn who takes part, from those alone whose word about it may reach somebody."""
        for one in judgements:
            data = one.event.data
            if isinstance(data, KontaktpersonTildelt) and data.sag and data.formaal and one.copy:
                part = Sagspart((data.sag, data.formaal), one.event.source, data.rolle)
                self._consents.note_part(connection, one.question.borger, part)

    def _first(self, one: Received, file: CitizenFile, now: datetime, plan: Plan) -> list[Judgement]:
        # 1
        asked = questions(one.event, file, self._judge.register)
        if not asked:
            plan.dead.append(
                Unreadable(one.message, "ingen_modtager: nobody is known to route this event to", "modtagere")
            )
        # 2 and 3
        return [self._judge.judge(one.event, question, 1, file, now) for question in asked]

    def _resume(
        self,
        connection: Connection,
        event: Event,
        rows: Sequence[Delivery],
        file: CitizenFile,
        now: datetime,
        plan: Plan,
    ) -> list[Judgement]:
        """Ask again for what an interrupted run had decided but not sent; where the answer holds the copy goes."""
        anew: list[Judgement] = []
        for row in deliveries.latest(rows).values():
            if not (row.state is State.DECIDED or row.unlanded) or row.kopi is not None:
                continue
            if row.recall:
                plan.unsettled = True
                continue
            question = self._judge.question_of(row)
            same = self._judge.judge(event, question, row.forsoeg, file, now)
            if row.state is State.DECIDED and frozenset(same.answer.permitted) == row.types and same.copy:
                plan.copies.append(Copy.of(row, same.type, same.copy))
                continue
            if row.state is State.DECIDED:
                # It may have landed before the interruption: that is found out before anything else is decided.
                deliveries.revoke(connection, [row.key])
                self._judge.note_states(connection, [row], State.REVOKED, now, "holder_ikke_laengere")
                plan.unsettled = True
                continue
            anew.append(self._judge.judge(event, question, row.forsoeg + 1, file, now))
        return anew

    async def _anew(self, over: Sequence[Delivery], events: Mapping[str, Event]) -> list[Copy]:
        """Decide again what was revoked on its way, each as the next attempt."""

        def work(connection: Connection) -> list[Copy]:
            files = self._consents.files(connection, {row.borger_id for row in over})
            now = self._consents.now(connection, files)
            judgements = [
                self._judge.judge(
                    events[row.event_id], self._judge.question_of(row), row.forsoeg + 1, files[row.borger_id], now
                )
                for row in over
            ]
            rows = self._judge.record(connection, judgements)
            return [Copy.of(row, one.type, one.copy) for row, one in zip(rows, judgements, strict=True) if one.copy]

        return await self._database.run(work)

    async def _send_receipts(self, party: str, receipts: Mapping[str, dict[str, str]]) -> None:
        messages = [
            Outgoing(f"receipt.{party}", receipt(event_id, outcomes), f"receipt:{uuid4()}")
            for event_id, outcomes in receipts.items()
        ]
        if not all(isinstance(outcome, Stored) for outcome in await publish_all(self._gateway, messages)):
            raise BusUnavailable("not every receipt could be stored")


async def _acknowledge(messages: Sequence[Msg]) -> None:
    """Acknowledge what has not been; when it does not arrive the message comes again and is known.

    Raises:
        BusUnavailable: the broker is away.
    """
    try:
        for message in messages:
            if not message.is_acked:
                await message.ack()
    except nats.errors.Error as error:
        raise BusUnavailable(f"not acknowledged: {type(error).__name__}") from None


def _seen(one: Received, now: datetime) -> dict[str, str]:
    event = one.event
    fields = {"event_id": event.id, "source": event.source, "type": event.type}
    return {**fields, "indhold": one.indhold, "modtaget": instant(now)}
