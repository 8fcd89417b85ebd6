"""Intake: what an authenticated party hands in, translated, and accepted only once it is durable."""

import asyncio
import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Column, Connection, String, Table, insert, select

from connectors.contract import MAX_NATIVE_BYTES, Connector, Hint, Malformed, NotExpressible, read_safely
from connectors.registry import CONNECTORS
from consent.database import Database, host_time, instant, metadata, parse_instant
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from gateway import deliveries
from gateway.bus.errors import BusUnavailable
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.crossing import MAX_EVENT_BYTES
from gateway.deadletters import DeadLetters
from gateway.errors import GatewayRefused
from schemas.categories import Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Bruger, Event, Hjemmel, Modtagere, read_event, read_json, schema_error
from schemas.parties import Partregister

WRAPPED = "application/vnd.tvaers.indlevering+json"
"""Content type of a native message wrapped with what its own format has no field for."""

MAX_BODY_BYTES = MAX_NATIVE_BYTES * 4 // 3 + 64 * 1024
"""A wrapped message is base64, four bytes for three, and its wrapping."""


MAX_EVENTS = 1000
"""One message is accepted whole or not at all, in one atomic batch of the broker."""


class Indlevering(BaseModel):
    """A native message (base64) with what its own format has no field for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dokument: str
    sag: str | None = None
    formaal: str | None = None
    hjemmel: Hjemmel | None = None
    bruger: Bruger | None = None
    oplysningstyper: tuple[Oplysningstype, ...] = ()
    modtagere: Modtagere = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The events a message became, durable; and the native format's acknowledgement, if the sender asked for it."""

    haendelser: tuple[str, ...]
    acknowledgement: tuple[str, bytes] | None = None


# Only of messages whose sender asks for an acknowledgement: a duplicate must get the very same one.
kvittering = Table(
    "kvittering",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column(
        "tid", String(27), nullable=False, doc="when it was first accepted: a duplicate is acknowledged identically"
    ),
)


class Intake:
    """Translates and stores what parties hand in."""

    def __init__(
        self,
        database: Database,
        keys: KeyStore,
        recorder: Recorder,
        register: Partregister,
        dead: DeadLetters,
        intake: Client,
    ) -> None:
        self._database = database
        self._keys = keys
        self._recorder = recorder
        self._register = register
        self._dead = dead
        self._intake = intake

    async def accept(
        self, party: str, connector: str, body: bytes, content_type: str, *, acknowledge: bool = False
    ) -> Accepted:
        """Translate a native message of `party` and store its events; when this returns they survive a power cut.

        With `acknowledge` the answer, good or bad, carries the native format's own acknowledgement where it has one.

        Raises:
            GatewayRefused: 404 unknown connector, 413 too large, 400 malformed (kept as a dead letter), 409 an id that
                was used for other content. Nothing of the message has been accepted then.
            BusUnavailable, DatabaseUnavailable: it could not be stored; hand it in again.
        """
        if connector not in CONNECTORS:
            raise GatewayRefused(404, "ukendt_connector", f"the connectors are {', '.join(sorted(CONNECTORS))}")
        native, hint = unwrap(body, content_type, self._hint(party))
        if len(native) > MAX_NATIVE_BYTES:
            raise GatewayRefused(413, "for_stor", f"a message may have {MAX_NATIVE_BYTES} bytes", "the whole message")
        translator = CONNECTORS[connector] if acknowledge else replace(CONNECTORS[connector], acknowledge=None)
        # Parsing a large message takes a while, and the event loop has others to serve.
        events = await asyncio.to_thread(read_safely, translator, native, hint)
        if isinstance(events, Malformed):
            letter = await self._dead.bury(party, connector, native, events.reason, events.where)
            answer = _acknowledgement(translator, native, events, parse_instant(letter.first))
            raise GatewayRefused(400, "ulaeselig", events.reason, events.where, answer)
        if len(events) > MAX_EVENTS or any(len(event.as_json()) > MAX_EVENT_BYTES for event in events):
            reason = f"a message may become {MAX_EVENTS} events of {MAX_EVENT_BYTES} bytes each"
            raise GatewayRefused(413, "for_stor", reason, "the whole message")
        first = await self._first_accepted(party, events, keep=translator.acknowledge is not None)
        await self._store(party, events)
        ids = tuple(event.id for event in events)
        return Accepted(ids, _acknowledgement(translator, native, None, first))

    async def replay(self, party: str, connector: str, content: bytes) -> Accepted:
        """Hand a dead letter in again: native bytes through their connector, a sent event as it was.

        Raises:
            GatewayRefused: 400 where it still cannot be read.
        """
        if connector in CONNECTORS:
            return await self.accept(party, connector, content, "")
        try:
            event = read_event(content)
        except SchemaError as error:
            raise GatewayRefused(400, "ulaeselig", error.reason, error.where) from None
        await self._store(party, [event], again=f":{uuid4()}")
        return Accepted((event.id,))

    def _hint(self, party: str) -> Hint:
        return Hint(source=party, register=self._register, content_key=self._keys.keyed_hash(b"indhold").encode())

    async def _first_accepted(self, party: str, events: Sequence[Event], *, keep: bool) -> datetime:
        """Refuse an id that was used for other content; return when the first of these events was first accepted."""
        hashes = {event.id: self._keys.keyed_hash(event.as_json()) for event in events}

        def work(connection: Connection) -> datetime | None:
            known = deliveries.known_events(connection, list(hashes))
            if any(known[one] != hashes[one] for one in known):
                now = host_time(connection)
                self._recorder.note(connection, "drift", "afvist", now, fra=party, bemaerkning="id_optaget")
                return None
            now = host_time(connection)
            return min([_kept(connection, one, now) for one in hashes], default=now) if keep else now

        first = await self._database.run(work)
        if first is None:
            raise GatewayRefused(409, "id_optaget", "this message id was used before, for other content", "id")
        return first

    async def _store(self, party: str, events: Sequence[Event], again: str = "") -> None:
        messages = []
        for event in events:
            body = event.as_json()
            # With the content in the id, other content under a known event id is never taken for a repetition.
            msg_id = f"{event.id}:{self._keys.keyed_hash(body)[:16]}{again}"
            messages.append(Outgoing(f"sent.{party}.{event.subject_type}", body, msg_id))
        outcomes = await publish_all(self._intake, messages)
        if not all(isinstance(outcome, Stored) for outcome in outcomes):
            raise BusUnavailable("the message could not be stored now; hand it in again")


def _kept(connection: Connection, event_id: str, now: datetime) -> datetime:
    found = connection.execute(select(kvittering.c.tid).where(kvittering.c.event_id == event_id)).scalar()
    if found is not None:
        return parse_instant(found)
    connection.execute(insert(kvittering).values(event_id=event_id, tid=instant(now)))
    return now


def _acknowledgement(
    connector: Connector, native: bytes, malformed: Malformed | None, at: datetime
) -> tuple[str, bytes] | None:
    if connector.acknowledge is None:
        return None
    written = connector.acknowledge(native, malformed, at)
    return None if isinstance(written, NotExpressible) else (connector.acknowledgement_type, written)


def unwrap(body: bytes, content_type: str, hint: Hint) -> tuple[bytes, Hint]:
    """Return the native bytes and the hint; a wrapped message adds what its wrapping says.

    Raises:
        GatewayRefused: the wrapping is not of its form.
    """
    if content_type.partition(";")[0].strip().lower() != WRAPPED:
        return body, hint
    try:
        wrapped = Indlevering.model_validate_json(json.dumps(read_json(body)))
        native = b64decode(wrapped.dokument, validate=True)
    except SchemaError as error:
        raise GatewayRefused(400, "ulaeselig", error.reason, error.where) from None
    except ValidationError as error:
        wrong = schema_error(error)
        raise GatewayRefused(400, "ulaeselig", wrong.reason, wrong.where) from None
    except (Base64Error, ValueError):
        raise GatewayRefused(400, "ulaeselig", "not base64", "dokument") from None
    fields = {name: getattr(wrapped, name) for name in Indlevering.model_fields if name != "dokument"}
    return native, replace(hint, **fields)
