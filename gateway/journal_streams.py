"""Find streams that have lost something: behind what was seen of them, or made anew behind the database's back.

How far a stream has come is recorded once it has been so for a second, so that what is recorded has reached the disk
there first. What is lost is named, and nothing crosses until that is released; then the record follows the streams.
"""

import asyncio
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from sqlalchemy import BigInteger, Column, Connection, String, Table, insert, select, update

from consent.database import Database, host_time, metadata
from consent.disclosures.recorder import Recorder
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.errors import BusRefused
from gateway.deadletters import DeadLetters
from gateway.deliveries import State
from gateway.errors import GatewayRefused
from gateway.judging import Judge
from gateway.recall import Recall
from schemas.errors import SchemaError
from schemas.events import read_event

log = structlog.get_logger(__name__)

DELIVERY = "DELIVERY"

_COPIES = "delivery.*.>"
"""The subjects of copies; the fence is none."""

_NO_STREAM, _NO_MESSAGE = 10059, 10037

stroem = Table(
    "stroem",
    metadata,
    Column("navn", String(60), primary_key=True),
    Column("oprettet", String(40), nullable=False, doc="when the stream was made, in the broker's words"),
    Column("last_seq", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream as it was found: when it was made, and its last sequence."""

    oprettet: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What a stream has lost: the sequences after `above` up to `upto`, or all of it where it was made anew."""

    stream: str
    above: int
    upto: int
    anew: bool

    def __str__(self) -> str:
        if self.anew:
            return f"the stream {self.stream} was made anew; what it held up to sequence {self.upto} is lost"
        return f"the stream {self.stream} has lost its sequences {self.above + 1} to {self.upto}"


@dataclass(frozen=True, slots=True)
class Stray:
    """A copy that lies in DELIVERY and is not on record: the database is older than it."""

    seq: int
    body: bytes


def losses(recorded: Mapping[str, Seen], found: Mapping[str, Seen]) -> list[Loss]:
    """Return what the streams that were found have lost of what is recorded; one that is gone has lost everything."""
    missing = Seen("", 0)
    return [
        Loss(name, 0 if anew else now.last_seq, before.last_seq, anew)
        for name, before in sorted(recorded.items())
        if (anew := (now := found.get(name, missing)).oprettet != before.oprettet) or now.last_seq < before.last_seq
    ]


class Streams:
    """Watches streams: `check` at the start, `look` every second, `release` when a person has seen what is lost."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        judge: Judge,
        recall: Recall,
        dead: DeadLetters,
        gateway: Client,
        names: Sequence[str],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._judge = judge
        self._recall = recall
        self._dead = dead
        self._gateway = gateway
        self._names = tuple(names)
        self._recorded: dict[str, Seen] = {}
        self._seen: dict[str, Seen] = {}
        self._losses: list[Loss] = []
        self._strays: list[Stray] = []
        self._buried = 0

    @property
    def why(self) -> list[str]:
        """Say what keeps everything from crossing, with the range that it is about."""
        found = [str(loss) for loss in self._losses]
        if self._strays:
            low, high = self._strays[0].seq, self._strays[-1].seq
            found.append(
                f"{len(self._strays)} copies in DELIVERY, sequences {low} to {high}, are not on record in the database"
            )
        if self._buried:
            # The bus drops what comes under the id of a copy that was taken out of it, until it is started anew.
            found.append(f"{self._buried} copies were taken out of DELIVERY: restart Tværs before anything goes on")
        return found

    async def check(self) -> None:
        """Compare the streams with the record, and DELIVERY with the deliveries.

        Raises:
            BusError, DatabaseUnavailable: nothing is known.
        """
        self._recorded = await self._database.look(_recorded)
        await self.look()
        if DELIVERY in self._recorded and not self._losses:
            self._strays = await self._find_strays()

    async def look(self) -> None:
        """Compare the streams with the record; where nothing is lost, record how far they were the last time."""
        found = await self._found()
        lost = losses(self._recorded, found)
        if lost and not self._losses:
            await self._database.run(lambda connection: self._mark_lost(connection, lost))
            log.error("streams_lost", lost=[str(loss) for loss in lost])
        self._losses = lost or self._losses
        if self.why:
            return
        moved = {name: seen for name, seen in self._seen.items() if self._recorded.get(name) != seen}
        if moved:
            await self._record(moved)
        self._seen = found

    async def release(self) -> str:
        """Settle what the lost range leaves behind, and let the record follow the streams; return what was lost.

        Copies that lay in the lost part may have been read. What had been taken out of DELIVERY and is back is taken
        out again. Copies that are not on record go to the dead letters, from where they can be handed in again after a
        restart, for which everything is held.

        Raises:
            GatewayRefused: a stream is not there.
        """
        about = "; ".join(self.why)
        found = await self._found()
        if missing := sorted(set(self._recorded) - set(found)):
            reason = f"{', '.join(missing)} must exist first: `tvaers topology apply`"
            raise GatewayRefused(409, "stroem_mangler", reason)
        for loss in self._losses:
            if loss.stream == DELIVERY:
                await self._settle(loss)
        await self._bury_strays()
        await self._record(found)
        self._losses, self._strays, self._seen, self._buried = [], [], found, self._buried + len(self._strays)
        return about

    async def _found(self) -> dict[str, Seen]:
        answers = await asyncio.gather(*(self._info(name) for name in self._names))
        return {name: seen for name, seen in zip(self._names, answers, strict=True) if seen is not None}

    async def _info(self, name: str) -> Seen | None:
        try:
            info = await call(self._gateway, f"STREAM.INFO.{name}")
        except BusRefused as refusal:
            if refusal.err_code != _NO_STREAM:
                raise
            return None
        return Seen(str(info["created"]), int(info["state"]["last_seq"]))

    async def _record(self, seen: Mapping[str, Seen]) -> None:
        await self._database.run(lambda connection: _write(connection, seen))
        self._recorded.update(seen)

    def _mark_lost(self, connection: Connection, lost: Sequence[Loss]) -> None:
        """Put the loss on record at once; nobody can say any more that a copy was not read."""
        if any(loss.stream == DELIVERY for loss in lost):
            deliveries.mark_uncertain(connection)
        about = "; ".join(str(loss) for loss in lost)
        self._recorder.note(connection, "drift", "stroem_tabt", host_time(connection), bemaerkning=about)

    async def _settle(self, loss: Loss) -> None:
        if not loss.anew:
            back = await self._database.look(lambda connection: deliveries.taken_out(connection, loss.above))
            await self._recall.remove(back)

        def work(connection: Connection) -> None:
            rows = deliveries.lying_above(connection, loss.above)
            keys = [row.key for row in rows]
            moved = {
                key
                for before in (State.SENT, State.REVOKED)
                for key in deliveries.move(connection, keys, before=before, after=State.RECALLED_MAYBE_READ)
            }
            here = [row for row in rows if row.key in moved]
            self._judge.note_states(connection, here, State.RECALLED_MAYBE_READ, host_time(connection), "stroem_tabt")

        await self._database.run(work)

    async def _find_strays(self) -> list[Stray]:
        """Look through what DELIVERY holds beyond the record for copies that no delivery knows."""
        known = await self._database.look(deliveries.highest_sequence)
        last = self._seen[DELIVERY].last_seq
        seq = known if known <= last else self._recorded[DELIVERY].last_seq
        strays: list[Stray] = []
        while (message := await self._message(seq + 1)) is not None:
            seq, delivery_id, body = message
            if not await self._is_known(delivery_id):
                strays.append(Stray(seq, body))
        if strays:
            log.error("copies_not_on_record", number=len(strays), first=strays[0].seq, last=strays[-1].seq)
        return strays

    async def _is_known(self, delivery_id: str) -> bool:
        event_id, til, forsoeg = (*delivery_id.split(":"), "", "", "")[:3]
        key = (event_id, til, int(forsoeg) if forsoeg.isdigit() else 0)
        return bool(await self._database.look(lambda connection: deliveries.of_keys(connection, [key])))

    async def _message(self, seq: int) -> tuple[int, str, bytes] | None:
        """Return sequence, delivery id and body of the first copy from `seq` on."""
        try:
            answer = await call(self._gateway, "STREAM.MSG.GET.DELIVERY", {"seq": seq, "next_by_subj": _COPIES})
        except BusRefused as refusal:
            if refusal.err_code != _NO_MESSAGE:
                raise
            return None
        message = answer["message"]
        headers = b64decode(message.get("hdrs", "")).decode("utf-8", "replace").splitlines()
        ids = [line.partition(":")[2].strip() for line in headers if line.lower().startswith("nats-msg-id:")]
        return int(message["seq"]), ids[0] if ids else "", b64decode(message.get("data", ""))

    async def _bury_strays(self) -> None:
        for stray in self._strays:
            try:
                source = read_event(stray.body).source
            except SchemaError:
                source = "-"
            await self._dead.bury(source, f"sent.{source}", stray.body, "ikke_paa_log", f"DELIVERY {stray.seq}")
        await self._recall.remove([stray.seq for stray in self._strays])


def _recorded(connection: Connection) -> dict[str, Seen]:
    return {row.navn: Seen(row.oprettet, row.last_seq) for row in connection.execute(select(stroem))}


def _write(connection: Connection, seen: Mapping[str, Seen]) -> None:
    for name, one in seen.items():
        values = {"oprettet": one.oprettet, "last_seq": one.last_seq}
        if not connection.execute(update(stroem).where(stroem.c.navn == name).values(values)).rowcount:
            connection.execute(insert(stroem).values(navn=name, **values))
