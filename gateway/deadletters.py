"""Dead letters: what cannot be read or crossed is kept untouched and sealed, counted, and never spins.

The bytes lie in the stream DEAD for 30 days; this table says what there is, without content. Showing the bytes needs a
role and a reason and is a logged look-up.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid5

from nats.aio.client import Client
from sqlalchemy import Column, Connection, Integer, String, Table, insert, select, update

from consent.database import Database, host_time, instant, metadata
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.sealing import close_box, open_box
from gateway.bus.api import call
from gateway.bus.errors import BusRefused, BusUnavailable
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.errors import GatewayRefused

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("dead_id", String(36), primary_key=True),
    Column("party", String(41), nullable=False),
    Column("origin", String(80), nullable=False, doc="the connector it came in by, or the subject it was sent on"),
    Column("reason", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("count", Integer, nullable=False),
    Column("seqs", String(200), nullable=False, doc="the sequences of its pieces in DEAD, comma separated"),
    Column("state", String(10), nullable=False, doc="dead, replayed or dropped"),
    Column("first", String(27), nullable=False),
    Column("last", String(27), nullable=False),
)

PIECE_BYTES = 4 * 1024 * 1024
"""A sealed letter may be larger than the largest message; it is kept in pieces of this size."""

OWNER = "dead"
"""Owner of the keys that seal dead letters."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What may be listed of one dead letter: nothing of its content."""

    dead_id: str
    party: str
    origin: str
    reason: str
    place: str
    count: int
    seqs: str
    state: str
    first: str
    last: str


_FIELDS = tuple(DeadLetter.__dataclass_fields__)


class DeadLetters:
    """Buries, lists, shows and gives back."""

    def __init__(self, database: Database, keys: KeyStore, recorder: Recorder, gateway: Client) -> None:
        self._database = database
        self._keys = keys
        self._recorder = recorder
        self._gateway = gateway

    async def bury(self, party: str, origin: str, content: bytes, reason: str, place: str) -> DeadLetter:
        """Keep `content` sealed in DEAD, then list and log it. The same bytes again are counted, not listed twice.

        When this returns the bytes and the entry are durable, and only then may the message be acknowledged.

        Raises:
            BusUnavailable, DatabaseUnavailable: nothing is kept; the message must come again.
        """
        dead_id = str(uuid5(NAMESPACE_OID, f"{party}:{origin}:{self._keys.keyed_hash(content)}"))
        key = self._keys.key_for(OWNER, f"{datetime.now(UTC).year}")
        box = key.key_id.encode() + b"\n" + close_box(key, content, f"dead:{dead_id}")
        pieces = [box[start : start + PIECE_BYTES] for start in range(0, len(box), PIECE_BYTES)]
        messages = [Outgoing(f"dead.{party}", piece, f"{dead_id}:{place}") for place, piece in enumerate(pieces)]
        outcomes = await publish_all(self._gateway, messages)
        stored = [outcome.seq for outcome in outcomes if isinstance(outcome, Stored)]
        if len(stored) < len(messages):
            raise BusUnavailable("the dead letter could not be stored")
        seqs = ",".join(map(str, stored))
        return await self._database.run(
            lambda connection: self._list(connection, dead_id, party, origin, reason[:200], place[:200], seqs)
        )

    def listed(self, connection: Connection) -> list[DeadLetter]:
        """Return every dead letter, newest first, without content."""
        query = select(*(dead_letter.c[name] for name in _FIELDS)).order_by(dead_letter.c.last.desc())
        return [DeadLetter(*row) for row in connection.execute(query)]

    async def open(self, dead_id: str, reason: str, by: str) -> tuple[DeadLetter, bytes]:
        """Return a dead letter with its untouched bytes; that somebody looked, and why, is logged first.

        Raises:
            GatewayRefused: no such dead letter, or its bytes are no longer kept.
        """
        letter = await self._database.run(lambda connection: self._look_up(connection, dead_id, reason, by))
        try:
            answers = [
                await call(self._gateway, "STREAM.MSG.GET.DEAD", {"seq": int(seq)}) for seq in letter.seqs.split(",")
            ]
        except BusRefused:
            raise GatewayRefused(410, "ikke_bevaret", "its bytes are no longer kept: DEAD keeps them 30 days") from None
        box = b"".join(b64decode(answer["message"]["data"]) for answer in answers)
        key_id, _, sealed = box.partition(b"\n")
        key = self._keys.find(key_id.decode("ascii", "replace"))
        if key is None:
            raise GatewayRefused(410, "noegle_slettet", "the key of this dead letter has been destroyed")
        return letter, open_box(key, sealed, f"dead:{dead_id}")

    async def close(self, dead_id: str, state: str, by: str) -> None:
        """Record that a dead letter was replayed or dropped."""

        def work(connection: Connection) -> None:
            connection.execute(update(dead_letter).where(dead_letter.c.dead_id == dead_id).values(state=state))
            self._recorder.note(connection, "drift", state, host_time(connection), bemaerkning=by)

        await self._database.run(work)

    def _list(
        self, connection: Connection, dead_id: str, party: str, origin: str, reason: str, place: str, seqs: str
    ) -> DeadLetter:
        now = instant(host_time(connection))
        again = (
            update(dead_letter)
            .where(dead_letter.c.dead_id == dead_id)
            .values(count=dead_letter.c.count + 1, last=now, state="dead", seqs=seqs)
        )
        if connection.execute(again).rowcount == 0:
            row = DeadLetter(dead_id, party, origin, reason, place, 1, seqs, "dead", now, now)
            connection.execute(insert(dead_letter).values({name: getattr(row, name) for name in _FIELDS}))
        remark = "ulaeselig_eller_ukrydset"
        self._recorder.note(connection, "drift", "dead", host_time(connection), fra=party, bemaerkning=remark)
        return self._find(connection, dead_id)

    def _find(self, connection: Connection, dead_id: str) -> DeadLetter:
        columns = (dead_letter.c[name] for name in _FIELDS)
        row = connection.execute(select(*columns).where(dead_letter.c.dead_id == dead_id)).first()
        if row is None:
            raise GatewayRefused(404, "ukendt", "there is no such dead letter; `tvaers dead list` shows what there is")
        return DeadLetter(*row)

    def _look_up(self, connection: Connection, dead_id: str, reason: str, by: str) -> DeadLetter:
        letter = self._find(connection, dead_id)
        now = host_time(connection)
        self._recorder.note(connection, "opslag", "vist", now, fra=letter.party, bemaerkning=by, begrundelse=reason)
        return letter
