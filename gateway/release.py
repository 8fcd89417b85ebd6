"""Step 4 of the crossing: let decided copies go, and record under which sequence each lies in DELIVERY."""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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
from schemas.events import Event

TRUSTED_WINDOW = timedelta(microseconds=DUPLICATE_WINDOW / 1000 / 2)
"""How long the broker's own memory of ids is relied on; an older resume looks for its copy in DELIVERY first."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that may leave: its delivery, where to, and the bytes."""

    delivery: Delivery
    subject: str
    body: bytes

    @classmethod
    def of(cls, delivery: Delivery, event: Event, body: bytes) -> "Copy":
        """Address a copy to its recipient."""
        return cls(delivery, f"delivery.{delivery.til}.{event.subject_type}", body)


class Release:
    """Publishes copies and keeps the delivery table true to what DELIVERY holds."""

    def __init__(self, database: Database, judge: Judge, gateway: Client, recall: Recall) -> None:
        self._database = database
        self._judge = judge
        self._gateway = gateway
        self._recall = recall

    async def release(self, copies: Sequence[Copy]) -> list[Delivery]:
        """Publish copies whose decisions are committed, and move each `decided -> sent` where it still is decided.

        One that was revoked meanwhile is taken back at once, and a second copy of one that another run has sent is
        deleted. One of which it is certain that it never landed is
        given up. Both are returned: their attempts are over, and a decision now may permit another.

        Raises:
            BusUnavailable: some could not be stored now. They stay `decided`, and the same call later goes on.
        """
        if not copies:
            return []
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
            seq = outcome.seq if isinstance(outcome, Stored) and known else await self._settle(copy)
            if seq is None:
                lost.append(copy.delivery)
            else:
                landed[copy.delivery.key] = seq
        over = await self._record(copies, landed, lost)
        if refused:
            raise BusUnavailable(f"{len(refused)} copies were not stored (JetStream error {refused[0]})")
        return over

    async def _record(self, copies: Sequence[Copy], landed: dict[Key, int], lost: Sequence[Delivery]) -> list[Delivery]:
        def work(connection: Connection) -> tuple[set[Key], set[Key], list[int]]:
            moved = deliveries.mark_sent(connection, landed)
            given_up = deliveries.move(connection, [row.key for row in lost], before=State.DECIDED, after=State.REVOKED)
            rows = [row for row in lost if row.key in given_up]
            self._judge.note_states(connection, rows, State.REVOKED, host_time(connection), "ikke_udgivet")
            beaten = deliveries.of_keys(connection, set(landed) - moved)
            late = {row.key for row in beaten if row.state is State.REVOKED}
            twice = [landed[row.key] for row in beaten if row.seq not in (None, landed[row.key])]
            return late, given_up, twice

        late, given_up, twice = await self._database.run(work)
        await self._recall.remove(twice)
        taken = [(copy.delivery, landed[copy.delivery.key]) for copy in copies if copy.delivery.key in late]
        await self._recall.take_back(taken, before=State.REVOKED)
        return [copy.delivery for copy in copies if copy.delivery.key in late | given_up]

    async def _settle(self, copy: Copy) -> int | None:
        return await settle(self._gateway, copy.delivery.delivery_id)

    async def _landed_before(self, copies: Sequence[Copy]) -> dict[Key, int]:
        """Find copies of an interrupted run that the broker may no longer know the id of."""
        horizon = datetime.now(UTC) - TRUSTED_WINDOW
        old = [copy for copy in copies if parse_instant(copy.delivery.tid) < horizon]
        found = {copy.delivery.key: await self._find(copy) for copy in old}
        return {key: seq for key, seq in found.items() if seq is not None}

    async def _find(self, copy: Copy) -> int | None:
        """Look through what waits under the copy's subject for its id."""
        seq = 1
        while True:
            try:
                answer = await call(
                    self._gateway, "STREAM.MSG.GET.DELIVERY", {"seq": seq, "next_by_subj": copy.subject}
                )
            except BusRefused:
                return None
            headers = b64decode(answer["message"].get("hdrs", "")).decode("utf-8", "replace").splitlines()
            if copy.delivery.delivery_id in (line.partition(":")[2].strip() for line in headers):
                return int(answer["message"]["seq"])
            seq = int(answer["message"]["seq"]) + 1


def receipt(event_id: str, outcomes: dict[str, str]) -> bytes:
    """Write the sender's receipt: the event and, per recipient, what became of it. Nothing personal, no reason."""
    return json.dumps({"haendelse": event_id, "modtagere": outcomes}, separators=(",", ":")).encode()
