"""What arrived: the recipients' acknowledgements, as the broker reports them, become states and entries."""

import json
from collections.abc import Sequence

from nats.aio.msg import Msg
from sqlalchemy import Connection

from consent.database import Database, host_time
from gateway import deliveries
from gateway.bus.recall import Recaller
from gateway.deliveries import State
from gateway.judging import Judge

LOOKS = 5
"""How often an event is looked at whose copy is not on record: whoever waits for a copy may acknowledge it before it is
recorded where it lies. After that the consumer's floor tells the same, later."""

RETRY_SECONDS = 1.0
"""How long after one look the next one is."""


class Ledger:
    """Moves `sent -> delivered`, from acknowledgement events and, for those that were lost, from consumer floors."""

    def __init__(self, database: Database, judge: Judge, recaller: Recaller) -> None:
        self._database = database
        self._judge = judge
        self._recaller = recaller

    async def acknowledged(self, batch: Sequence[Msg]) -> None:
        """Record a batch of acknowledgement events from the stream ACKS, then acknowledge it."""
        await self._record(batch, "kvitteret")

    async def given_up(self, batch: Sequence[Msg]) -> None:
        """Record a batch of events from the stream GIVEN_UP: the recipient was handed its copy, and turned it down.

        It has had the copy in hand, so it counts as delivered; the remark says how.
        """
        await self._record(batch, "afvist_af_modtager")

    async def _record(self, batch: Sequence[Msg], why: str) -> None:
        sequences = [seq for message in batch if (seq := _sequence(message)) is not None]

        def work(connection: Connection) -> set[int]:
            self._arrived(connection, deliveries.by_sequence(connection, sequences), why)
            return deliveries.recorded(connection, sequences)

        recorded = await self._database.run(work)
        for message in batch:
            seq = _sequence(message)
            if seq is None or seq in recorded or (message.metadata.num_delivered or 1) >= LOOKS:
                await message.ack()
            else:
                await message.nak(RETRY_SECONDS)

    async def reconcile(self, parties: Sequence[str]) -> None:
        """Settle what the events did not tell: at or below a consumer's acknowledgement floor it has arrived.

        Run at start, at reconnect and every minute. A state is never taken back because a floor went back.
        """
        for party in parties:
            floor = await self._recaller.delivered_floor(party)

            def work(connection: Connection, party: str = party, acked: int = floor.ack_floor) -> None:
                self._arrived(connection, deliveries.sent_up_to(connection, party, acked), "kvitteret_afstemt")

            await self._database.run(work)

    def _arrived(self, connection: Connection, rows: list[deliveries.Delivery], why: str) -> None:
        moved = deliveries.move(connection, [row.key for row in rows], before=State.SENT, after=State.DELIVERED)
        here = [row for row in rows if row.key in moved]
        self._judge.note_states(connection, here, State.DELIVERED, host_time(connection), why)


def _sequence(message: Msg) -> int | None:
    """Return the sequence in DELIVERY that an event is about; None where it does not say, which helps nobody twice."""
    try:
        return int(json.loads(message.data)["stream_seq"])
    except (ValueError, KeyError, TypeError):
        return None
