"""Step 4 of the crossing: let decided copies go, and record under which sequence each lies in DELIVERY."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from sqlalchemy import Connection

from consent.database import Database, host_time, parse_instant
from gateway import deliveries
from gateway.bus.api import call
from gateway.bus.errors import BusRefused, BusUnavailable
from gateway.bus.publish import Outgoing, Refused, Stored, publish_all, settle
from gateway.bus.topology import DUPLICATE_WINDOW
from gateway.deliveries import Delivery, Key, State
from gateway.judging import Judge
from gateway.recall import Recall
from schemas.events import PREFIX

TRUSTED_WINDOW = timedelta(microseconds=DUPLICATE_WINDOW / 1000 / 2)
"""How long the broker's own memory of ids is relied on; an older resume looks for its copy in DELIVERY first."""

_NO_MESSAGE = 10037
"""JetStream's code for "no message found"; any other refusal says nothing about what lies in DELIVERY."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that may leave: its delivery, where to, and the bytes."""

    delivery: Delivery
    subject: str
    body: bytes

    @classmethod
    def of(cls, delivery: Delivery, subject_type: str, body: bytes) -> "Copy":
        """Address a copy, of this type, to its recipient."""
        return cls(delivery, f"delivery.{delivery.til}.{subject_type}", body)


@dataclass(frozen=True, slots=True)
class Over:
    """Whose attempts ended while their copies were on their way.

    `late`: some landed though revoked, and are to be taken back. `lost`: these never landed and never will.
    """

    late: bool
    lost: Sequence[Delivery]


class Release:
    """Publishes copies and keeps the delivery table true to what DELIVERY holds."""

    def __init__(self, database: Database, judge: Judge, gateway: Client, recall: Recall) -> None:
        self._database = database
        self._judge = judge
        self._gateway = gateway
        self._recall = recall

    async def release(self, copies: Sequence[Copy]) -> Over:
        """Publish copies whose decisions are committed, and move each `decided -> sent` where it still is decided.

        One that was revoked meanwhile keeps its mark for recall; a second copy of one that another run has sent is
        deleted.

        Raises:
            BusUnavailable: some could not be stored now. They stay `decided`, and the same call later goes on.
        """
        if not copies:
            return Over(late=False, lost=())
        landed = await self._landed_before(copies)
        rest = [copy for copy in copies if copy.delivery.key not in landed]
        messages = [Outgoing(copy.subject, copy.body, copy.delivery.delivery_id) for copy in rest]
        lost: list[Delivery] = []
        refused: list[int] = []
        for copy, outcome in zip(rest, await publish_all(self._gateway, messages), strict=True):
            if isinstance(outcome, Refused):
                refused.append(outcome.err_code)
                continue
            known = isinstance(outcome, Stored) and not outcome.duplicate
            seq = outcome.seq if isinstance(outcome, Stored) and known else await self._settle(copy.delivery)
            if seq is None:
                lost.append(copy.delivery)
            else:
                landed[copy.delivery.key] = seq
        over = await self._record(landed, lost)
        if refused:
            raise BusUnavailable(f"{len(refused)} copies were not stored (JetStream error {refused[0]})")
        return over

    async def locate(self, row: Delivery, wire_type: str) -> int | None:
        """Return the sequence under which a revoked copy landed, or None: then it never will.

        Raises:
            BusUnavailable: nothing is known yet; ask again.
            BusRefused: DELIVERY is full, and it is not in it yet; ask again.
        """
        name, _, _major = wire_type.removeprefix(PREFIX).rpartition(".")
        subject = f"delivery.{row.til}.{name}.*"  # the copy may be of an older major than the event
        if self._forgotten(row):
            return await self._find(row, subject)
        try:
            return await self._settle(row)
        except BusRefused:
            # A full DELIVERY takes no fence, but lets itself be looked through.
            seq = await self._find(row, subject)
            if seq is None:
                raise
            return seq

    async def waiting(self, seq: int) -> bytes | None:
        """Return the copy that lies in DELIVERY under `seq`, or None where it is gone: acknowledged, or deleted.

        Raises:
            BusUnavailable, BusRefused: nothing is known.
        """
        message = await self._message({"seq": seq})
        return None if message is None else b64decode(message.get("data", ""))

    async def _record(self, landed: dict[Key, int], lost: Sequence[Delivery]) -> Over:
        def work(connection: Connection) -> tuple[bool, list[Delivery], list[int]]:
            moved = deliveries.mark_sent(connection, landed)
            # A kept copy is decided anew by whoever finishes recalls; the others by the crossing that has their event.
            kept = deliveries.revoke(connection, [row.key for row in lost if row.kopi])
            given_up = deliveries.move(
                connection, [row.key for row in lost if not row.kopi], before=State.DECIDED, after=State.REVOKED
            )
            rows = [row for row in lost if row.key in kept | given_up]
            self._judge.note_states(connection, rows, State.REVOKED, host_time(connection), "ikke_udgivet")
            beaten = landed.keys() - moved
            late = deliveries.mark_late(connection, {key: landed[key] for key in beaten})
            known = deliveries.of_keys(connection, beaten - late)
            twice = [landed[row.key] for row in known if row.seq != landed[row.key]]
            now = deliveries.of_keys(connection, [row.key for row in lost])
            ended = [row for row in now if row.unlanded]
            return bool(late), ended, twice

        late, ended, twice = await self._database.run(work)
        await self._recall.remove(twice)
        return Over(late, ended)

    async def _settle(self, row: Delivery) -> int | None:
        return await settle(self._gateway, row.delivery_id)

    @staticmethod
    def _forgotten(row: Delivery) -> bool:
        """Whether the broker may no longer know the id of a copy this old."""
        return parse_instant(row.tid) < datetime.now(UTC) - TRUSTED_WINDOW

    async def _landed_before(self, copies: Sequence[Copy]) -> dict[Key, int]:
        """Find copies of an interrupted run that the broker may no longer know the id of."""
        old = [copy for copy in copies if self._forgotten(copy.delivery)]
        found = {copy.delivery.key: await self._find(copy.delivery, copy.subject) for copy in old}
        return {key: seq for key, seq in found.items() if seq is not None}

    async def _find(self, row: Delivery, subject: str) -> int | None:
        """Look through what waits under the copy's subject for its id."""
        seq = 1
        while (message := await self._message({"seq": seq, "next_by_subj": subject})) is not None:
            headers = b64decode(message.get("hdrs", "")).decode("utf-8", "replace").splitlines()
            seq = int(message["seq"])
            if row.delivery_id in (line.partition(":")[2].strip() for line in headers):
                return seq
            seq += 1
        return None

    async def _message(self, which: Mapping[str, Any]) -> Mapping[str, Any] | None:
        try:
            answer = await call(self._gateway, "STREAM.MSG.GET.DELIVERY", which)
        except BusRefused as refusal:
            if refusal.err_code != _NO_MESSAGE:
                raise
            return None
        message: Mapping[str, Any] = answer["message"]
        return message


def receipt(event_id: str, outcomes: dict[str, str]) -> bytes:
    """Write the sender's receipt: the event and, per recipient, what became of it. Nothing personal, no reason."""
    return json.dumps({"haendelse": event_id, "modtagere": outcomes}, separators=(",", ":")).encode()
