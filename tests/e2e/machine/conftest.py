"""A whole Tværs, one or two gateways of it, and a model in plain Python of what its citizens want.

After every step the tables, the log, what lies in DELIVERY and what recipients have seen are held against the model.
"""

import asyncio
import json
import sys
import tempfile
from base64 import b64decode
from collections.abc import Callable, Coroutine
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from nats.errors import TimeoutError as NothingWaits

from connectors.contract import read_safely
from connectors.registry import CONNECTORS
from consent import database as database_module
from consent.document import write_document
from gateway import deliveries
from gateway.bus import fetch, topology
from gateway.bus.api import call
from gateway.bus.client import Connection, connect
from gateway.bus.errors import BusRefused
from gateway.errors import GatewayRefused
from gateway.process import Tvaers, open_records, running
from gateway.settings import Settings, read_settings
from gateway.summary import decisions
from ops.sample.pki import SamplePki

CITIZENS = ("2509479989", "0201919990")
RECIPIENTS, SENDERS = ("familie", "social"), ("familie", "jobcenter")
UNKNOWN = "gln:5790000000999"
AREAS = ("helbred", "misbrug")
SIGNERS = {cpr: f"{number}" * 8 + "-2222-4333-8444-555555555555" for number, cpr in enumerate(CITIZENS, 1)}
ROW = {"delmaal": "D", "indsats": "I", "ansvarlige": ["B"], "status": "bevilget"}
SERVICES = ("gateway", "recall", "intake", "watch")
SOON = timedelta(days=3)
"""A jump after which a short declaration has lapsed."""
PATIENCE_SECONDS = 30.0
LIVE = {"decided", "sent", "delivered", "recalled_maybe_read"}
"""The states in which a copy that somebody has fetched may be."""


@dataclass(frozen=True)
class Given:
    """The newest version of one declaration."""

    borger: str
    parter: frozenset[str]
    typer: frozenset[str]
    short: bool
    version: int = 1
    withdrawn: bool = False


@dataclass(frozen=True)
class Sent:
    """One event that a sender has handed in."""

    event_id: str
    native: dict[str, Any]
    fra: str
    borger: str
    typer: frozenset[str]
    modtagere: tuple[str, ...]


@dataclass
class Model:
    """What the citizens want, at what time, and what was handed in."""

    given: dict[str, Given] = field(default_factory=dict)
    blocks: set[tuple[str, str, str]] = field(default_factory=set)
    clock: timedelta = timedelta()
    newest: dict[str, timedelta] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)

    def recorded(self, borger: str) -> None:
        """Note that the citizen's time cannot be earlier than now any more."""
        self.newest[borger] = max(self.clock, self.newest.get(borger, self.clock))

    def covered(self, event_id: str, til: str) -> frozenset[str]:
        """Return what of an event may reach a recipient: nothing without the plan itself."""
        one = self.sent[event_id]
        late = max(self.clock, self.newest.get(one.borger, self.clock)) >= SOON
        open_ = {
            typ
            for each in self.given.values()
            if each.borger == one.borger and not each.withdrawn and not (each.short and late)
            for typ in each.typer
            if {one.fra, til} <= each.parter
        }
        found = one.typer & {typ for typ in open_ if (one.borger, til, typ) not in self.blocks}
        return frozenset(found) if "plan" in found else frozenset()


class Gate:
    """Holds up the next call of a method, before or after its work, until it is told to go on."""

    def __init__(self, owner: Any, name: str, *, after: bool) -> None:
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        works = getattr(owner, name)

        async def gated(*args: Any) -> Any:
            first = not self.reached.is_set()
            done = await works(*args) if after or not first else None
            if first:
                self.reached.set()
                await self.go.wait()
            return done if after or not first else await works(*args)

        setattr(owner, name, gated)


CROSSING = {
    "before it is published": ("release", "release", False),
    "before it is recorded": ("release", "_record", False),
    "before the receipts": ("crossing", "_send_receipts", False),
}
RECALLING = {
    "before it is deleted": ("recall", "delete", False),
    "before that is recorded": ("recall", "delete", True),
    "before it is resumed": ("recall", "resume", False),
}


@dataclass
class Second:
    """A second gateway on the database, the key store and the broker of the first."""

    tvaers: Tvaers
    connections: list[Connection]

    @classmethod
    async def start(cls, chosen: Settings, first: Tvaers) -> "Second":
        """Start it beside the first."""
        server = first.server
        connections = {name: await connect(server.url, name, server.identities.seed_file(name)) for name in SERVICES}
        tvaers = Tvaers(open_records(chosen), server, connections)
        await tvaers.start()
        return cls(tvaers, list(connections.values()))

    async def stop(self) -> None:
        """Stop it in order."""
        await self.tvaers.stop()
        for connection in self.connections:
            await connection.close()
        self.tvaers.records.keys.close()
        self.tvaers.records.database.close()


class World:
    """A running Tværs, its parties, and all that they have seen."""

    def __init__(self, chosen: Settings, pki: SamplePki) -> None:
        self.settings, self.model = chosen, Model()
        self.seen: dict[str, dict[str, bytes]] = {til: {} for til in RECIPIENTS}
        self.told: dict[str, list[dict[str, str]]] = {}
        self.gate: Gate | None = None
        self._pki, self._checked, self._dead, self._turn = pki, set[tuple[str, str, int]](), 0, 0
        now = datetime.now(UTC)
        month = timedelta(days=30)
        self._credentials = {
            cpr: pki.issue(uuid, "Testborger", now - month, now + month) for cpr, uuid in SIGNERS.items()
        }

    async def start(self) -> None:
        """Start, as after a crash or an orderly stop."""
        self._running = running(self.settings)
        self.tvaers: Tvaers = await self._running.__aenter__()
        self._second: Second | None = None
        self._parties: dict[str, Any] = {}
        self._in_hand: dict[str, list[Any]] = {til: [] for til in RECIPIENTS}

    async def stop(self) -> None:
        """Stop in order."""
        self.let_go()
        for connection in self._parties.values():
            await connection.close()
        if self._second is not None:
            await self._second.stop()
        await self._running.__aexit__(None, None, None)

    async def crash(self, *others: asyncio.Task[Any], later: timedelta | None = None) -> None:
        """End the broker by SIGKILL and drop whatever was under way; nothing is finished, given back or released.

        When it starts again the clock may be another.
        """
        running_now = [self.tvaers._tasks, *([self._second.tvaers._tasks] if self._second else [])]
        tasks = [*others, *(task for some in running_now for task in some if task.get_name() != "watch broker")]
        psutil.Process(self.tvaers.server.pid).kill()
        await self.tvaers.failed.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.gate = None
        await self.stop()
        if later is not None:
            CLOCK.offset = self.model.clock = later
        await self.start()

    async def kill_broker(self) -> None:
        """Kill the broker alone: the process notices, stops, and is started again."""
        psutil.Process(self.tvaers.server.pid).kill()
        await self.tvaers.failed.wait()
        await self.stop()
        await self.start()

    @property
    def acting(self) -> Tvaers:
        """The gateway that is asked: where there are two, now one and now the other."""
        self._turn += 1
        return self._second.tvaers if self._second is not None and self._turn % 2 else self.tvaers

    async def second(self) -> None:
        """Start a second gateway on the same database and bus, or stop it in order."""
        if self._second is None:
            self._second = await Second.start(self.settings, self.tvaers)
        else:
            await self._second.stop()
            self._second = None

    async def sign(self, *who: Any) -> None:
        """Let a citizen sign a new declaration."""
        await self.give(f"urn:uuid:{len(self.model.given):08x}-2222-4333-8444-555555555555", Given(*who))

    async def narrow(self, samtykke_id: str, typer: frozenset[str]) -> None:
        """Let a citizen sign a higher version of less, or of the same."""
        one = self.model.given[samtykke_id]
        less = (one.typer & typer) or one.typer
        await self.give(samtykke_id, replace(one, typer=less, version=one.version + 1))

    async def give(self, samtykke_id: str, one: Given) -> None:
        """Register a declaration as the route does."""
        ends = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
        value = {
            "samtykke_id": samtykke_id,
            "version": one.version,
            "borger": one.borger,
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": sorted(one.parter), "oplysningstyper": sorted(one.typer)}],
            "spaerringer": [],
            "afgivet": (datetime.now(UTC) - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "gyldig_til": ends if one.short else None,
        }
        tvaers = self.acting
        records = tvaers.records
        names = {part.id: part.navn for part in records.register.parter}
        document = self._pki.sign(write_document(value, names, "Sagsbehandler"), self._credentials[one.borger])
        who = {"relation": "borger", "source": "prøve", "reference": "prøve", "by": "prøve"}

        def work(connection: Any) -> Any:
            records.consents.confirm_signer(connection, SIGNERS[one.borger], one.borger, **who)
            return records.consents.register(connection, document, records.trust(), names, "prøve")

        added = await records.database.run(work)
        await tvaers.redecision.redecide(added.declaration.borger)
        self.model.given[samtykke_id] = one
        self.model.recorded(one.borger)

    async def withdraw(self, samtykke_id: str) -> None:
        """Withdraw a declaration."""
        one = self.model.given[samtykke_id]
        await self.acting.redecision.revoke(samtykke_id, "prøve")
        self.withdrawn(samtykke_id, one)

    def withdrawn(self, samtykke_id: str, one: Given) -> None:
        """Note in the model that a withdrawal has been recorded."""
        self.model.given[samtykke_id] = replace(one, withdrawn=True)
        self.model.recorded(one.borger)

    async def block(self, borger: str, til: str, typ: str) -> None:
        """Block as the route does."""
        tvaers = self.acting
        records = tvaers.records
        added = await records.database.run(lambda one: records.consents.block(one, borger, [til], [typ], "prøve"))
        await tvaers.redecision.redecide(added.declaration.borger)
        self.model.blocks.add((borger, til, typ))
        if added.new:
            self.model.recorded(borger)

    async def send(self, fra: str, borger: str, areas: frozenset[str], modtagere: tuple[str, ...]) -> None:
        """Hand in a plan."""
        named = tuple(sorted({til for til in modtagere if til != fra}))
        plan = {"plan_id": "p", "planversion": 1, "opdateret": "2026-11-20", **{area: [ROW] for area in areas}}
        of_whom = {"borger": {"cpr": borger}, "sag": "sag-1", "formaal": "rehabilitering", "modtagere": named}
        native = {
            "id": f"plan-{len(self.model.sent)}",
            "type": "dk.tvaers.indsatsplan.opdateret.v1",
            "time": "2026-11-21T09:00:00Z",
            "data": {**of_whom, **plan},
        }
        accepted = await self.hand_in(fra, native)
        [event_id] = accepted
        self.model.sent[event_id] = Sent(event_id, native, fra, borger, areas | {"plan"}, named)

    async def hand_in(self, fra: str, native: dict[str, Any]) -> tuple[str, ...]:
        """Hand in whatever this is, in the shared language."""
        body = json.dumps(native).encode()
        return (await self.acting.intake.accept(fra, "faelles", body, "application/json")).haendelser

    async def again(self, one: Sent, *, forgotten: bool) -> None:
        """Let an event come again: as the same message, or as one that the broker takes for new."""
        if not forgotten:
            assert await self.hand_in(one.fra, one.native) == (one.event_id,)
            return
        hint = self.tvaers.intake._hint(one.fra)
        events = read_safely(CONNECTORS["faelles"], json.dumps(one.native).encode(), hint)
        [event] = events if isinstance(events, list) else []
        await self.publish(one.fra, event.as_json())

    async def publish(self, fra: str, body: bytes) -> None:
        """Publish past the intake, as a party may."""
        nc = (await self._party(fra)).nc
        answer = await nc.request(f"sent.{fra}.indsatsplan.opdateret.v1", body, timeout=2)
        assert "seq" in json.loads(answer.data)

    async def _party(self, name: str) -> Any:
        if name not in self._parties:
            server = self.tvaers.server
            self._parties[name] = await connect(server.url, name, server.identities.seed_file(name))
        return self._parties[name]

    async def fetch(self, til: str, how: str) -> int:
        """Fetch all that waits, and hold each copy against the log and the model; return how many there were."""
        messages = await self._pull(til, "DELIVERY")
        log = await self.tvaers.records.database.look(decisions)
        for message in messages:
            delivery_id = message.headers["Nats-Msg-Id"]
            self._arrived(til, delivery_id, message.data, log)
            if how == "acknowledge":
                await message.ack_sync()
            elif how == "turn down":
                await message.nak()
            else:
                self._in_hand[til].append(message)
        return len(messages)

    def _arrived(self, til: str, delivery_id: str, body: bytes, log: list[dict[str, Any]]) -> None:
        event_id, _, _forsoeg = delivery_id.split(":")
        permits = [one for one in log if one["tilstand"] == "decided" and _delivery_id(one) == delivery_id]
        assert [set(one["tilladt"]) for one in permits] == [_types(body)], "I1: no entry of just these categories"
        assert _types(body) <= self.model.covered(event_id, til), "I3: what no longer holds was handed out"
        assert self.seen[til].setdefault(delivery_id, body) == body, "I5: other content under a known delivery id"

    async def acknowledge(self, til: str) -> None:
        """Acknowledge what the recipient has in hand, however late."""
        for message in self._in_hand[til]:
            await message.ack()
        self._in_hand[til].clear()
        await (await self._party(til)).nc.flush()

    async def receipts(self, fra: str) -> None:
        """Remember what a sender was told."""
        for message in await self._pull(fra, "RECEIPTS"):
            told = json.loads(message.data)
            self.told.setdefault(told["haendelse"], []).append(told["modtagere"])
            await message.ack_sync()

    async def _pull(self, name: str, stream: str) -> list[Any]:
        nc = (await self._party(name)).nc
        prefix = f"_INBOX_{name}.".encode()
        subscription = await nc.jetstream().pull_subscribe_bind(name, stream, inbox_prefix=prefix)
        found: list[Any] = []
        try:
            while True:
                found += await subscription.fetch(50, timeout=0.1)
        except (NothingWaits, TimeoutError):
            return found
        finally:
            await subscription.unsubscribe()

    async def hold(self, moment: str, doing: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something and hold up what it sets going at one of its steps; where it never comes there nothing is."""
        self.let_go()
        owner, name, after = {**CROSSING, **RECALLING}[moment]
        self.gate = gate = Gate(getattr(self.tvaers, owner), name, after=after)
        task = asyncio.create_task(doing)
        while not gate.reached.is_set() and not (task.done() and not await self.tvaers.waiting_sent()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if not gate.reached.is_set():
            self.let_go()
        return task

    def let_go(self) -> None:
        """Let what is held up go on."""
        if self.gate is not None:
            self.gate.reached.set()
            self.gate.go.set()
            self.gate = None

    async def go_on(self) -> None:
        """Let what is held up go on, as a step of its own."""
        self.let_go()

    async def settled(self) -> None:
        """Wait until all that was accepted has crossed, unless something is held up; who waits in vain sees why."""
        if self.gate is not None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await self._nothing_waits():  # noqa: ASYNC110 - another process settles
                    await asyncio.sleep(0.02)

    async def _nothing_waits(self) -> bool:
        # For an instant after it has stored a message the broker may say that none waits.
        rows, _, dead = await self.tvaers.records.database.look(_tables)
        there = self._asked() == {key[:2] for key in rows} and dead == self._dead
        return there and not await self.tvaers.waiting_sent() and not await self.tvaers.waiting_acknowledgements()

    def _asked(self) -> set[tuple[str, str]]:
        return {(one.event_id, til) for one in self.model.sent.values() for til in one.modtagere}

    async def check(self, before: Model) -> None:
        """Hold everything that can be seen against the model, as it is and as it was before this step."""
        await self.settled()
        rows, log, dead = await self.tvaers.records.database.look(_tables)
        decided = {_key(one): one for one in log if one["art"] == "afgoerelse"}
        assert decided.keys() == rows.keys(), "I6: a delivery without its entry"
        for key in sorted(decided.keys() - self._checked):
            self._decision(decided[key], rows, decided, [before, self.model])
        self._checked = set(decided)
        assert dead <= self._dead, "I7: a dead letter of something that can be read"
        for til, seen in self.seen.items():
            states = {_of(one): rows[_of(one)].state.value for one in seen}
            assert set(states.values()) <= LIVE, f"I3: fetched, and recorded as if it were not: {states}"
            for (event_id, _, forsoeg), state in states.items():
                later = any(one[0] == event_id and one[2] > forsoeg for one in states)
                assert not later or state == "recalled_maybe_read", "I5: two attempts of one event"
            for delivery_id, body in await self._waiting(til):
                covered = self.model.covered(delivery_id.split(":")[0], til)
                assert _types(body) <= covered, "I3: what no longer holds can still be fetched"
        self._receipts(decided)
        if self.gate is None:
            assert dead == self._dead, "I7: what cannot be read was lost"
            assert self._asked() == {key[:2] for key in decided}, "I6: a recipient without any entry"
            assert not any(row.state.value == "decided" for row in rows.values()), "something never went"

    def _decision(self, entry: dict[str, Any], rows: Any, decided: Any, models: list[Model]) -> None:
        event_id, til, forsoeg = key = _key(entry)
        typer, tilladt = self.model.sent[event_id].typer, frozenset(entry["tilladt"])
        wanted = {one.covered(event_id, til) if event_id in one.sent else None for one in models}
        if forsoeg > 1:
            first = frozenset(decided[event_id, til, forsoeg - 1]["tilladt"])
            wanted |= {one & first for one in wanted if one is not None}
        assert tilladt in wanted, f"I1: attempt {forsoeg} decided {set(tilladt)}, the citizen wants {wanted}"
        assert all(entry["tilbageholdt"].values()), "I6: withheld without a reason"
        if forsoeg == 1:
            assert tilladt | entry["tilbageholdt"].keys() == typer, "I6: a category without an answer"
        if til == UNKNOWN:
            assert set(entry["tilbageholdt"].values()) == {"ukendt_part"}, "I7: an unknown party"
        assert (rows[key].state.value == "refused") == (not tilladt), "I6: a refusal is one everywhere"

    def _receipts(self, decided: Any) -> None:
        for event_id, told in self.told.items():
            for one in told:
                for til, udfald in one.items():
                    first = decided[event_id, til, 1]
                    expected = "delvist" if first["tilbageholdt"] else "afleveret"
                    assert udfald == (expected if first["tilladt"] else "tilbageholdt"), "I5: the sender was told else"

    async def _waiting(self, til: str) -> list[tuple[str, bytes]]:
        """Look at what lies in DELIVERY for a recipient, without fetching it."""
        found, seq = [], 1
        while True:
            which = {"seq": seq, "next_by_subj": f"delivery.{til}.>"}
            try:
                answer = await call(self.tvaers.connections["gateway"].nc, "STREAM.MSG.GET.DELIVERY", which)
            except BusRefused:
                return found
            message = answer["message"]
            headers = b64decode(message["hdrs"]).decode().splitlines()
            [delivery_id] = [line.split(": ")[1] for line in headers if line.startswith("Nats-Msg-Id")]
            found.append((delivery_id, b64decode(message["data"])))
            seq = int(message["seq"]) + 1

    async def unknown(self, what: str) -> None:
        """Hand in what the shared language does not know, and see that it gets nowhere."""
        native = {
            "id": f"x{self._dead}",
            "type": "dk.tvaers.indsatsplan.opdateret.v1",
            "time": "2026-11-21T09:00:00Z",
            "data": {},
        }
        if what == "published":
            await self.publish("jobcenter", json.dumps(native).encode())
        else:
            wrong = {"type": {"type": "dk.tvaers.findes.ikke.v1"}, "field": {"data": {"ukendt": 1}}}[what]
            with pytest.raises(GatewayRefused):
                await self.hand_in("jobcenter", {**native, **wrong})
        self._dead += 1

    async def crash_while_crossing(self, moment: str, *plan: Any) -> None:
        """Crash between two steps of a crossing."""
        await self.hold(moment, self.send(*plan))
        await self.crash()

    async def crash_while_withdrawing(self, moment: str, samtykke_id: str) -> None:
        """Crash between two steps of a withdrawal that is on record."""
        one = self.model.given[samtykke_id]
        task = await self.hold(moment, self.withdraw(samtykke_id))
        await self.crash(task)
        self.withdrawn(samtykke_id, one)

    async def step(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Do one step, and check."""
        before = deepcopy(self.model)
        await doing
        await self.check(before)

    async def jump(self, to: timedelta) -> None:
        """Set the clock of the database's host, and let what the clock has ended be noticed."""
        CLOCK.offset = self.model.clock = to
        await self.tvaers.redecision.lapsed()

    async def end(self) -> None:
        """In the end, everybody fetches: whatever was sent is delivered, and nothing is left undone."""
        self.let_go()
        await self.check(self.model)
        for til in RECIPIENTS:
            await self.acknowledge(til)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for til in RECIPIENTS:
                    await self.fetch(til, "acknowledge")
                await self.settled()
                await self.tvaers._reconcile()
                rows, _, _ = await self.tvaers.records.database.look(_tables)
                if all(row.state.value not in {"sent", "decided"} and not row.recall for row in rows.values()):
                    break
        for fra in SENDERS:
            await self.receipts(fra)
        assert set(self.told) == set(self.model.sent), "I5: a sender was told nothing"
        await self.check(self.model)


class Clock:
    """How far the database host's clock is from ours."""

    offset = timedelta()


CLOCK = Clock()


def _tables(connection: Any) -> Any:
    rows = {row.key: row for row in deliveries._select(connection, deliveries.delivery.c.forsoeg >= 1)}
    return rows, decisions(connection), connection.exec_driver_sql("SELECT count(*) FROM dead_letter").scalar()


def _key(entry: dict[str, Any]) -> tuple[str, str, int]:
    return entry["haendelse"], entry["til"], entry["forsoeg"]


def _delivery_id(entry: dict[str, Any]) -> str:
    return ":".join(map(str, _key(entry)))


def _of(delivery_id: str) -> tuple[str, str, int]:
    event_id, til, forsoeg = delivery_id.split(":")
    return event_id, til, int(forsoeg)


def _types(body: bytes) -> set[str]:
    data = json.loads(body)["data"]
    return {"plan", *(area for area in AREAS if data.get(area))}


@pytest.fixture
def begin(new_database, pki, tmp_path, monkeypatch) -> Callable[[], World]:
    """Return what makes a new world, in which nobody waits for long and the clock can be set."""
    monkeypatch.setattr(topology, "ACK_WAIT", topology.SECOND)
    monkeypatch.setattr(topology, "PARTY_ACK_WAIT", topology.SECOND)
    monkeypatch.setattr(fetch, "KEEP_SECONDS", 0.3)
    real = database_module.host_time
    for module in list(sys.modules.values()):
        if getattr(module, "host_time", None) is real:
            monkeypatch.setattr(module, "host_time", lambda connection: real(connection) + CLOCK.offset)

    def make() -> World:
        data = Path(tempfile.mkdtemp(dir=tmp_path))
        (data / "ankre.pem").write_bytes(pki.anchors_pem)
        CLOCK.offset = timedelta()
        return World(read_settings(data=data).model_copy(update={"database": new_database()}), pki)

    return make
