"""The watcher of deadlines: a party like any other, which tells the case when what was expected did not come.

It sees what the citizens' consents let it see, by an identity and a consumer of its own, and what it publishes crosses
as anyone's does. What it keeps is in a database of its own, personal content sealed.
"""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, delete, insert, select, update

from consent.database import Database, instant
from consent.disclosures.errors import KeyStoreError
from consent.disclosures.keys import Key, KeyStore
from consent.sealing import BoxUnopened, close_box, open_box
from gateway.bus.api import call
from gateway.bus.config import PREFIX
from gateway.bus.errors import BusUnavailable
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.client import TvaersClient, waiting
from schemas.errors import SchemaError
from schemas.events import Event, read_event
from schemas.frister import Answer, OpenDeadline, answers, closed_by, due, opened_by
from schemas.fristtabel import Fristtabel
from schemas.haendelser.frist import FristOverskredet
from schemas.haendelser.rettelse import OplysningRettet, OplysningTilbagekaldt
from schemas.ids import event_id

log = structlog.get_logger(__name__)

KEPT = timedelta(days=366)
"""How long it is known what was fetched and told of, and what might still answer something: longer than copies wait."""

metadata = MetaData()
levering = Table(
    "levering",
    metadata,
    Column("id", String(90), primary_key=True),
    Column("source", String(41), nullable=False, doc="who may withdraw it"),
    Column("tid", String(27), nullable=False),
)
frist = Table(
    "frist",
    metadata,
    Column("id", String(36), primary_key=True, doc="the event id under which it is told of"),
    Column("borger", String(64), nullable=False, index=True, doc="keyed hash of the citizen's number"),
    Column("levering", String(90), nullable=False, index=True, doc="the delivery that opened it"),
    Column("forfald", String(27), nullable=False, index=True),
    Column("box", LargeBinary, doc="the deadline, sealed, as long as it is open"),
)
svar = Table(
    "svar",
    metadata,
    Column("levering", String(90), primary_key=True),
    Column("borger", String(64), nullable=False, index=True),
    Column("tid", String(27), nullable=False),
    Column("box", LargeBinary, nullable=False, doc="the answer, sealed"),
)

_OPEN = frist.c.box.is_not(None)
_DEADLINE = TypeAdapter(OpenDeadline)
_ANSWER = TypeAdapter(Answer)


def read_table(path: Path) -> Fristtabel:
    """Read the table of deadlines that operations keep.

    Raises:
        SchemaError: it cannot be read, naming the row that is wrong.
    """
    try:
        return Fristtabel.read(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path.name} cannot be read: {error}", "fristtabel") from None


class Deadlines:
    """What the watcher remembers: the open deadlines, what may answer them, and which deliveries it has seen.

    Two files in `folder`, both of mode 0600: the database, and the keys of what is sealed in it.
    """

    def __init__(self, folder: Path, party: str, table: Fristtabel) -> None:
        """Open the files, creating them if there are none.

        Raises:
            DatabaseUnavailable, KeyStoreError: they cannot be used.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.party = party
        self._table = table
        self._keys = KeyStore(folder / f"{party}.noegler.db")
        self._key: Key = self._keys.key_for("frister", "alle")
        self._database = Database(f"sqlite:///{folder.absolute() / party}.db")
        with self._database.write() as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Close the files."""
        self._database.close()
        self._keys.close()

    async def take(self, delivery_id: str, body: bytes, now: datetime) -> None:
        """Learn from a delivery; when this returns it may be acknowledged. One that is known is dropped.

        Raises:
            DatabaseUnavailable, KeyStoreError: nothing was learnt; the delivery must come again.
        """
        try:
            event = read_event(body)
        except SchemaError as error:
            # Of a language newer than ours: it would not be readable the next time either.
            log.warning("delivery_unreadable", delivery=delivery_id, reason=error.reason, where=error.where)
            return
        await self._database.run(lambda connection: self._take(connection, delivery_id, event, now))

    async def passed(self, now: datetime) -> list[Event]:
        """Return what is to be told of at `now`, oldest first: the same events until `tell` says that they were."""

        def work(connection: Connection) -> list[Event]:
            query = select(frist.c.id, frist.c.box).where(_OPEN, frist.c.forfald <= instant(now))
            rows = connection.execute(query.order_by(frist.c.forfald, frist.c.id)).all()
            return [self._event(row.id, self._deadline(row.id, row.box)) for row in rows]

        return await self._database.look(work)

    async def told(self, ids: list[str], now: datetime) -> None:
        """Remember that these were published, and forget what is too old to matter."""

        def work(connection: Connection) -> None:
            connection.execute(update(frist).where(frist.c.id.in_(ids)).values(box=None))
            old = instant(now - KEPT)
            connection.execute(delete(frist).where(frist.c.forfald < old, ~_OPEN))
            connection.execute(delete(svar).where(svar.c.tid < old))
            connection.execute(delete(levering).where(levering.c.tid < old))

        await self._database.run(work)

    def _take(self, connection: Connection, delivery_id: str, event: Event, now: datetime) -> None:
        if connection.execute(select(levering.c.id).where(levering.c.id == delivery_id)).first():
            return
        connection.execute(insert(levering).values(id=delivery_id, source=event.source, tid=instant(now)))
        if isinstance(event.data, OplysningTilbagekaldt | OplysningRettet):
            self._forget(connection, event.data.levering, event.source)
            return
        borger = self._keys.index_of("frister", event.data.borger.cpr)
        if answer := closed_by(event, self._table):
            box = close_box(self._key, _ANSWER.dump_json(answer), f"svar:{delivery_id}")
            connection.execute(insert(svar).values(levering=delivery_id, borger=borger, tid=instant(now), box=box))
        for deadline in opened_by(event, self._table):
            if deadline.ventet is not None:
                self._open(connection, deadline, borger, delivery_id)
        self._settle(connection, borger)

    def _forget(self, connection: Connection, delivery_id: str, source: str) -> None:
        """Strike what was learnt from a delivery, on the word of the party that it came from."""
        sent = select(levering.c.id).where(levering.c.id == delivery_id, levering.c.source == source)
        if connection.execute(sent).first():
            connection.execute(delete(frist).where(frist.c.levering == delivery_id))
            connection.execute(delete(svar).where(svar.c.levering == delivery_id))

    def _open(self, connection: Connection, deadline: OpenDeadline, borger: str, delivery_id: str) -> None:
        about = f"{deadline.frist} {deadline.sidste_dag} {','.join(deadline.oplysningstyper)}"
        key = self._keys.index_of("frister", "haendelser").encode()
        frist_id = event_id(self.party, f"{deadline.fra_haendelse} {about}", key=key)
        if connection.execute(select(frist.c.id).where(frist.c.id == frist_id)).first():
            return
        box = close_box(self._key, _DEADLINE.dump_json(deadline), f"frist:{frist_id}")
        row = {"id": frist_id, "borger": borger, "levering": delivery_id, "forfald": instant(due(deadline)), "box": box}
        connection.execute(insert(frist).values(row))

    def _settle(self, connection: Connection, borger: str) -> None:
        """Close the citizen's deadlines that are answered, in whichever order the two have come."""
        known = connection.execute(select(svar.c.levering, svar.c.box).where(svar.c.borger == borger)).all()
        given = [_ANSWER.validate_json(self._content(row.box, f"svar:{row.levering}")) for row in known]
        for row in connection.execute(select(frist.c.id, frist.c.box).where(frist.c.borger == borger, _OPEN)).all():
            deadline = self._deadline(row.id, row.box)
            if any(answers(one, deadline) for one in given):
                connection.execute(update(frist).where(frist.c.id == row.id).values(box=None))

    def _deadline(self, frist_id: str, box: bytes) -> OpenDeadline:
        return _DEADLINE.validate_json(self._content(box, f"frist:{frist_id}"))

    def _content(self, box: bytes, context: str) -> bytes:
        try:
            return open_box(self._key, box, context)
        except BoxUnopened:
            raise KeyStoreError("the watcher's database does not open with the keys that lie beside it") from None

    def _event(self, frist_id: str, deadline: OpenDeadline) -> Event:
        """Write what is told, alike however often it is written. Without a case it goes back to whoever began it."""
        data = FristOverskredet(
            borger=deadline.borger,
            sag=deadline.sag,
            formaal=deadline.formaal,
            modtagere=() if deadline.sag else (deadline.source,),
            oplysningstyper=deadline.oplysningstyper,
            frist=deadline.frist,
            overskredet=due(deadline),
            fra_haendelse=deadline.fra_haendelse,
            fra_type=deadline.fra_type,
            ventet=str(deadline.ventet),
            forbehold=deadline.forbehold,
        )
        return Event.of(frist_id, self.party, due(deadline), data)


async def watch(client: TvaersClient, deadlines: Deadlines, now: datetime) -> list[Event]:
    """Fetch all that waits for the watcher, then publish what has passed at `now`; return what was published.

    Nothing is told as long as something of the watcher's is on its way to it: an answer may lie in that.

    Raises:
        BusError, DatabaseUnavailable, KeyStoreError, GatewayRefused: what is left is done the next time, nothing twice.
    """
    try:
        async with client.as_party(deadlines.party) as nc:
            async for message in waiting(nc, "DELIVERY", deadlines.party):
                await deadlines.take(_delivery_id(message), message.data, now)
                await message.ack_sync()
            state = await call(nc, f"CONSUMER.INFO.DELIVERY.{deadlines.party}", prefix=PREFIX)
            if state["num_pending"] or state["num_ack_pending"]:
                return []
            return await _tell(nc, deadlines, now)
    except (nats.errors.Error, TimeoutError) as error:
        raise BusUnavailable(f"the bus did not answer ({type(error).__name__})") from None


async def _tell(nc: Client, deadlines: Deadlines, now: datetime) -> list[Event]:
    passed = await deadlines.passed(now)
    messages = [Outgoing(f"sent.{deadlines.party}.{one.subject_type}", one.as_json(), one.id) for one in passed]
    outcomes = await publish_all(nc, messages)
    stored = [one for one, outcome in zip(passed, outcomes, strict=True) if isinstance(outcome, Stored)]
    await deadlines.told([one.id for one in stored], now)
    if len(stored) < len(passed):
        raise BusUnavailable(f"{len(passed) - len(stored)} of {len(passed)} deadlines could not be told of now")
    return stored


def _delivery_id(message: Msg) -> str:
    return (message.headers or {}).get("Nats-Msg-Id", "")
