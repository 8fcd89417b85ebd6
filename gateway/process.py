"""The composition root: one process of broker, database, crossing, log and HTTP, wired once and stopped in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from cryptography import x509
from nats.aio.client import Client

from consent.bases import Hjemmelregister
from consent.database import Database, DatabaseUnavailable
from consent.disclosures.checkpoints import Signer, generate, load
from consent.disclosures.errors import KeyStoreError
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.disclosures.sequencer import Sequencer
from consent.private_files import sync_folder
from consent.service import ConsentService
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.client import Connection
from gateway.bus.errors import BusError
from gateway.bus.fetch import Handler, Puller
from gateway.bus.local import local_bus
from gateway.bus.recall import Recaller
from gateway.bus.server import EmbeddedServer
from gateway.bus.topology import sent_stream
from gateway.crossing import Crossing
from gateway.deadletters import DeadLetters
from gateway.intake import Intake
from gateway.judging import Judge
from gateway.recall import Recall
from gateway.reconcile import Ledger
from gateway.redecide import Redecision
from gateway.registers import base_register, party_register
from gateway.release import Release
from gateway.settings import Settings
from gateway.switch import EVERYONE, Switch
from gateway.tokens import ROLES, Tokens, role
from schemas.parties import Partregister

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 60
"""How often lost acknowledgement events and lapsed declarations are looked for."""


@dataclass(frozen=True, slots=True)
class Records:
    """What does not need the bus: settings, registers, database, keys, log."""

    settings: Settings
    register: Partregister
    bases: Hjemmelregister
    database: Database
    keys: KeyStore
    recorder: Recorder
    consents: ConsentService
    judge: Judge
    signer: Signer

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the ids of all parties."""
        return tuple(part.id for part in self.register.parter)

    def anchors(self) -> Sequence[x509.Certificate]:
        """Return the pinned certificates that a citizen's signature must chain to; with none nothing verifies."""
        path = self.settings.ankre or self.settings.data / "ankre.pem"
        return x509.load_pem_x509_certificates(path.read_bytes()) if path.is_file() else []


def open_records(settings: Settings) -> Records:
    """Open the data folder (mode 0700), bring the database to the newest schema, and read the registers.

    Raises:
        DatabaseUnavailable, LogError, SchemaError, ConsentRefused: what cannot be trusted is not used.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.data.chmod(0o700)
    database = Database(settings.database_url)
    database.check()
    migrate(database)
    keys = KeyStore(settings.data / "noegler.db")
    recorder = Recorder(keys)
    register = party_register(settings)
    bases = base_register(settings)
    signing = settings.data / "checkpoint.key"
    return Records(
        settings=settings,
        register=register,
        bases=bases,
        database=database,
        keys=keys,
        recorder=recorder,
        consents=ConsentService(keys, recorder, f"{register.version}.{bases.version}"),
        judge=Judge(keys, recorder, bases, register),
        signer=load(signing) if signing.exists() else generate(signing, settings.origin),
    )


def migrate(database: Database) -> None:
    """Bring the database to the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parents[1] / "ops" / "migrations"))
    config.attributes["engine"] = database.engine
    command.upgrade(config, "head")


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
        self.recall = Recall(self.recaller)
        self.release = Release(database, judge, gateway, self.recall)
        self.dead = DeadLetters(database, records.keys, records.recorder, gateway)
        self.redecision = Redecision(database, records.consents, judge, self.release, self.recall, gateway)
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
        self._switching = asyncio.Lock()
        self._pullers: dict[str, Puller] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Settle what an interrupted run left, then let messages cross."""
        parties = self.records.parties
        await self.switch.load()
        self.sequencer.start()
        self._spawn("sequencer", self.sequencer.run())
        self._hold_stopped()
        await self.recall.pause(self.recall.held)
        await self.ledger.reconcile(parties)
        await self.redecision.everyone()
        await self.recall.resume(parties)
        gateway = self.connections["gateway"].nc
        self._pull("acknowledged", gateway, "ACKS", "ledger", self.ledger.acknowledged)
        self._pull("given up", gateway, "GIVEN_UP", "ledger", self.ledger.given_up)
        for party in parties:
            self._pull_sent(party)
        self._spawn("watch broker", self._watch_broker())
        self._spawn("reconcile", self._reconcile())

    async def stop(self) -> None:
        """Stop fetching, finish what is in hand, sequence what is committed."""
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
                self._hold_stopped()
                await self.recall.pause(self._meant(party))
                pullers = [self._pullers.pop(one) for one in self._meant(party) if one in self._pullers]
                await asyncio.gather(*(puller.stop() for puller in pullers))

    async def go_on(self, party: str, reason: str, by: str) -> None:
        """Let crossing and delivery go on."""
        async with self._switching:
            await self.switch.start(party, reason, by)
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

    async def _reconcile(self) -> None:
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            try:
                await self.ledger.reconcile(self.records.parties)
                await self.redecision.everyone()
                await self.recall.resume()
            except (BusError, DatabaseUnavailable, KeyStoreError) as error:
                self._on_error(error)


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
