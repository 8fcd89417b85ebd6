"""The composition root: one process of broker, database, crossing, log and HTTP, wired once and stopped in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from nats.aio.client import Client

from consent.database import DatabaseUnavailable
from consent.disclosures.cosigning import Cosigning, Vidne
from consent.disclosures.errors import KeyStoreError
from consent.disclosures.sequencer import Sequencer
from consent.private_files import sync_folder
from consent.replay import Replay
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.client import Connection
from gateway.bus.errors import BusError
from gateway.bus.fetch import Handler, Puller
from gateway.bus.local import local_bus
from gateway.bus.recall import Recaller
from gateway.bus.server import EmbeddedServer
from gateway.bus.topology import sent_stream, watched_streams
from gateway.crossing import Crossing
from gateway.deadletters import DeadLetters
from gateway.intake import Intake
from gateway.journal import Journal
from gateway.journal_guard import Guard
from gateway.journal_places import FilePlace, Place, StreamPlace
from gateway.journal_streams import Streams
from gateway.recall import Recall
from gateway.reconcile import Ledger
from gateway.records import Records, migrate, open_records
from gateway.redecide import Redecision
from gateway.release import Release
from gateway.settings import Settings
from gateway.switch import EVERYONE, Switch
from gateway.takeback import TakeBack, Unfinished
from gateway.tokens import ROLES, Tokens, role

__all__ = ["Records", "Tvaers", "migrate", "open_records", "running"]

log = structlog.get_logger(__name__)

LAPSE_SECONDS = 1
"""How often it is looked for decisions that the clock has ended."""

GUARD_SECONDS = 1
"""How often the journal is carried out, and it is looked whether a stream has lost something."""

RECONCILE_SECONDS = 60
"""How often lost acknowledgement events, and room for what waits for it, are looked for."""

EVERYONE_SECONDS = 3600
"""How often everything unsettled is decided again, in case a change was recorded that nobody acted on."""


class Tvaers:
    """A running gateway. Use `running`, which starts and stops it in the right order."""

    def __init__(self, records: Records, server: EmbeddedServer, connections: dict[str, Connection]) -> None:
        self.records = records
        self.server = server
        self.connections = connections
        gateway, intake = connections["gateway"].nc, connections["intake"].nc
        self.recaller = Recaller(connections["recall"].nc)
        database, judge = records.database, records.judge
        self.tokens = Tokens(records.settings.data / "tokens", [*records.parties, *(role(one) for one in ROLES)])
        self.switch = Switch(database, records.recorder)
        self.sequencer = Sequencer(database, records.signer, records.settings.origin)
        witnesses = [Vidne(one.url, one.noegle) for one in records.settings.vidner]
        self.cosigning = Cosigning(database, records.signer, witnesses)
        self.recall = Recall(self.recaller)
        self.release = Release(database, judge, gateway, self.recall)
        self.dead = DeadLetters(database, records.keys, records.recorder, gateway)
        switch = self.switch
        take_back = TakeBack(
            database, records.consents, judge, self.release, self.recall, held=lambda: bool(switch.held)
        )
        self.journal = _journal(records, gateway)
        self.redecision = Redecision(database, records.consents, judge, take_back, self.journal.publish)
        names = watched_streams(records.parties)
        streams = Streams(database, records.recorder, judge, self.recall, self.dead, gateway, names)
        self.guard = Guard(database, records.recorder, records.signer, records.settings.origin, self.journal, streams)
        self.ledger = Ledger(database, judge, self.recaller)
        self.intake = Intake(database, records.keys, records.recorder, records.register, self.dead, intake)
        self.crossing = Crossing(
            database,
            records.keys,
            records.consents,
            judge,
            self.release,
            self.redecision,
            self.dead,
            gateway,
            decided=self.sequencer.soon,
        )
        self.failed = asyncio.Event()
        self.failure = ""
        self._stopping = False
        self._switching = asyncio.Lock()
        self._pullers: dict[str, Puller] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Settle what an interrupted run left, then let messages cross."""
        parties = self.records.parties
        await self.switch.load()
        known = await self.guard.check()
        self.switch.hold(self.guard.why)
        self.sequencer.start(known)
        await self.cosigning.check()
        self._spawn("sequencer", self.sequencer.run())
        self._spawn("witnesses", self.cosigning.run())
        self._hold_stopped()
        # Nobody is handed a copy before it is known that its decision still holds.
        await self.recall.pause(parties)
        if not self.switch.held:
            await self._settle()
        await self.recall.resume(parties)
        gateway = self.connections["gateway"].nc
        self._pull("acknowledged", gateway, "ACKS", "ledger", self.ledger.acknowledged)
        self._pull("given up", gateway, "GIVEN_UP", "ledger", self.ledger.given_up)
        for party in parties:
            self._pull_sent(party)
        self._spawn("watch broker", self._watch_broker())
        self._spawn("guard", self._every(GUARD_SECONDS, self._look))
        self._spawn("reconcile", self._every(RECONCILE_SECONDS, self._unless_held(self._reconcile)))
        self._spawn("lapsed", self._every(LAPSE_SECONDS, self._unless_held(self.redecision.lapsed)))
        self._spawn("everyone", self._every(EVERYONE_SECONDS, self._unless_held(self.redecision.everyone)))

    async def stop(self) -> None:
        """Stop fetching, finish what is in hand, sequence what is committed."""
        self._stopping = True
        await asyncio.gather(*(puller.stop() for puller in self._pullers.values()))
        self.sequencer.stop()
        for task in self._tasks:
            if task.get_name() != "sequencer":
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def halt(self, party: str, reason: str, by: str) -> None:
        """Halt crossing from and delivery to a party, or everyone (`*`)."""
        async with self._switching:
            try:
                await self.switch.stop(party, reason, by)
            finally:
                await self._hand_out_nothing(party)

    async def go_on(self, party: str, reason: str, by: str) -> None:
        """Let crossing and delivery go on."""
        async with self._switching:
            await self.switch.start(party, reason, by)
            await self._hand_out(party)

    async def replay(self, reason: str, by: str) -> int:
        """Replay the journal and let go what waited for that; return how many entries it was.

        Raises:
            JournalError: an entry does not open; nothing is changed.
        """
        number = await self.guard.replay(reason, by)
        await self._heed()
        return number

    async def accept_loss(self, reason: str, by: str) -> list[str]:
        """Accept what was lost and let go what waited for that; return what it was.

        Raises:
            GatewayRefused: something must be done first.
        """
        released = await self.guard.release(reason, by)
        await self._heed()
        return released

    async def _look(self) -> None:
        await self.guard.look()
        await self._heed()

    async def _heed(self) -> None:
        """Hold everything for what was found, or let go what was held and is held no more."""
        async with self._switching:
            before, why = self.switch.held, self.guard.why
            if why or not before:
                self.switch.hold(why)
                if why and not before:
                    log.error("held", reasons=why)
                    await self._hand_out_nothing(EVERYONE)
                return
            self.switch.hold(())
            # Their consumers stay paused until everything was decided again on what is known now.
            await self._settle()
            await self._hand_out(EVERYONE)

    async def _settle(self) -> None:
        await self.ledger.reconcile(self.records.parties)
        try:
            await self.redecision.everyone()
        except Unfinished as error:
            self._on_error(error)  # it waits for room, which there is only once somebody is handed something

    async def _hand_out_nothing(self, party: str) -> None:
        self._hold_stopped()
        await self.recall.pause(self._meant(party))
        pullers = [self._pullers.pop(one) for one in self._meant(party) if one in self._pullers]
        await asyncio.gather(*(puller.stop() for puller in pullers))

    async def _hand_out(self, party: str) -> None:
        self._hold_stopped()
        await self.recall.resume(self._meant(party))
        for one in self._meant(party):
            if one not in self._pullers:
                self._pull_sent(one)

    async def waiting_sent(self) -> int:
        """Return how many accepted messages have not crossed yet, those in hand included."""
        return await self._waiting([f"{sent_stream(party)}.gateway" for party in self.records.parties])

    async def waiting_acknowledgements(self) -> int:
        """Return how many acknowledgements of recipients are not on record yet."""
        return await self._waiting(["ACKS.ledger", "GIVEN_UP.ledger"])

    async def _waiting(self, consumers: Sequence[str]) -> int:
        watch = self.connections["watch"].nc
        infos = await asyncio.gather(*(call(watch, f"CONSUMER.INFO.{consumer}") for consumer in consumers))
        return sum(int(info["num_pending"]) + int(info["num_ack_pending"]) for info in infos)

    def ready(self) -> str:
        """Return why the process cannot do its work, or an empty text."""
        broken = [name for name, one in self.connections.items() if not one.nc.is_connected]
        forbidden = [name for name, one in self.connections.items() if one.violations.count]
        if self.failed.is_set():
            return self.failure
        if broken:
            return f"not connected to the bus as {', '.join(broken)}"
        if self.switch.held:
            return "; ".join(self.switch.held)
        return f"the bus forbade something to {', '.join(forbidden)}" if forbidden else ""

    def _meant(self, party: str) -> list[str]:
        return list(self.records.parties) if party == EVERYONE else [party]

    def _hold_stopped(self) -> None:
        self.recall.held = {one for one in self.records.parties if self.switch.halted(one)}

    def _pull_sent(self, party: str) -> None:
        if self.switch.halted(party):
            return

        async def cross(batch: Sequence[Any]) -> None:
            if not self.switch.halted(party):
                await self.crossing.cross(party, batch)

        self._pull(party, self.connections["gateway"].nc, sent_stream(party), "gateway", cross)

    def _pull(self, name: str, nc: Client, stream: str, durable: str, handler: Handler) -> None:
        puller = Puller(nc, stream, durable, batch=self.records.settings.batch, on_error=self._on_error)
        self._pullers[name] = puller
        self._spawn(f"pull {name}", puller.run(handler))

    def _on_error(self, error: Exception) -> None:
        # Only the kind of error: what a library says may quote the message it failed on.
        ours = isinstance(error, BusError | DatabaseUnavailable)
        log.warning("batch_comes_again", kind=type(error).__name__, reason=str(error) if ours else "")

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        self.failure = f"{task.get_name()} ended: {type(error).__name__}"
        log.error("task_ended", task=task.get_name(), kind=type(error).__name__)
        self.failed.set()

    async def _watch_broker(self) -> None:
        await self.server.died.wait()
        self.failure = "the broker has ended"
        log.error("broker_ended")
        self.failed.set()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        # A cancellation that comes while the broker's client waits for an answer can get lost in it, hence the flag.
        while not self._stopping:
            await asyncio.sleep(seconds)
            try:
                await work()
            except (BusError, DatabaseUnavailable, KeyStoreError) as error:
                self._on_error(error)

    def _unless_held(self, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        async def unless_held() -> None:
            if not self.switch.held:
                await work()

        return unless_held

    async def _reconcile(self) -> None:
        await self.recall.resume()
        await self.ledger.reconcile(self.records.parties)
        await self.redecision.finish()


def _journal(records: Records, gateway: Client) -> Journal:
    path = records.settings.journal
    places: list[Place] = [StreamPlace(gateway), *([FilePlace(path)] if path else [])]
    return Journal(records.database, Replay(records.keys, records.recorder), records.recorder, places)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Tvaers]:
    """Run Tværs inside the block: broker, streams, connections, crossing; stopped in the opposite order.

    Raises:
        BusError, DatabaseUnavailable, LogError, SchemaError, ConsentRefused: it will not run on what it cannot trust.
    """
    records = open_records(settings)
    # Its absence at the next start says that this run did not end as it should.
    orderly = settings.data / "standset-ordentligt"
    if not orderly.exists():
        await records.database.run(deliveries.mark_uncertain)
    orderly.unlink(missing_ok=True)
    sync_folder(settings.data)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(records.keys.close)
        stack.callback(records.database.close)
        bus = await stack.enter_async_context(local_bus(EmbeddedServer(settings.data / "bus", records.parties)))
        connections = {name: await bus.connect(name) for name in ("gateway", "recall", "intake", "watch")}
        tvaers = Tvaers(records, bus.server, connections)
        stack.push_async_callback(tvaers.stop)
        await tvaers.start()
        yield tvaers
    if not tvaers.failed.is_set():
        orderly.touch(mode=0o600)
