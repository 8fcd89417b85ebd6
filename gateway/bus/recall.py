"""Take copies back out of DELIVERY before their recipients fetch them (DESIGN section 3, STACK D.4)."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nats.aio.client import Client

from gateway.bus.api import call
from gateway.bus.errors import BusRefused, BusUnavailable

FOR_EVER = "2099-01-01T00:00:00Z"
"""A pause ends when it is ended. Were it timed, a crash in the middle of a recall would let the copies out."""

DELETES_IN_FLIGHT = 256
_NOT_FOUND = 10043
_NOT_THERE = {"no message found", "stream store EOF"}
"""What the general error 10057 says of a sequence before or after the stream; a full disk is 10057 as well."""


class Deletion(Enum):
    """What deleting a sequence did."""

    DELETED = "deleted"
    GONE = "gone"
    """It was not there: acknowledged, or deleted before. Never evidence that it was not read."""


@dataclass(frozen=True, slots=True)
class Floor:
    """How far a party's consumer is, in stream sequences: handed out up to `delivered`, finished up to `ack_floor`."""

    delivered: int
    ack_floor: int


class Recaller:
    """The one user of the identity `recall`, which may do these four things on DELIVERY and nothing else.

    The order is: `pause`, `delete`, `delivered_floor`, `resume`. A copy at or below `delivered` may have been read. A
    process that starts must finish or redo interrupted recalls and then `resume` every party.
    """

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def pause(self, parties: Iterable[str]) -> None:
        """Stop handing out to `parties`; when this returns their waiting requests get nothing either.

        Raises:
            BusUnavailable: no answer; some may be paused.
            BusRefused: a party has no consumer.
        """
        for answer in await self._on_each(parties, {"pause_until": FOR_EVER}):
            if not answer.get("paused"):
                raise BusUnavailable("a consumer was not paused")

    async def resume(self, parties: Iterable[str]) -> None:
        """Hand out to `parties` again.

        Raises:
            BusUnavailable: no answer; some may still be paused.
            BusRefused: a party has no consumer.
        """
        await self._on_each(parties, {})

    async def delete(self, seqs: Iterable[int], *, no_erase: bool = True) -> dict[int, Deletion]:
        """Delete copies by their sequence; doing it again does no harm.

        `no_erase` leaves ciphertext on the disk and is some ten times quicker; otherwise the bytes are overwritten.

        Raises:
            BusUnavailable: no answer; some may be deleted, so do it again.
        """
        wanted, done = list(seqs), dict[int, Deletion]()
        for start in range(0, len(wanted), DELETES_IN_FLIGHT):
            part = wanted[start : start + DELETES_IN_FLIGHT]
            results = await asyncio.gather(*(self._delete(seq, no_erase=no_erase) for seq in part))
            done.update(zip(part, results, strict=True))
        return done

    async def delivered_floor(self, party: str) -> Floor:
        """Return how far the consumer of `party` is.

        Raises:
            BusUnavailable: no answer.
            BusRefused: the party has no consumer.
        """
        info = await call(self._nc, f"CONSUMER.INFO.DELIVERY.{party}")
        return Floor(int(info["delivered"]["stream_seq"]), int(info["ack_floor"]["stream_seq"]))

    async def _on_each(self, parties: Iterable[str], body: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        calls = (call(self._nc, f"CONSUMER.PAUSE.DELIVERY.{party}", body) for party in parties)
        return list(await asyncio.gather(*calls))

    async def _delete(self, seq: int, *, no_erase: bool) -> Deletion:
        try:
            await call(self._nc, "STREAM.MSG.DELETE.DELIVERY", {"seq": seq, "no_erase": no_erase})
        except BusRefused as refusal:
            if refusal.err_code == _NOT_FOUND or refusal.description in _NOT_THERE:
                return Deletion.GONE
            raise
        return Deletion.DELETED
