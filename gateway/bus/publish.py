"""Durable publishing with a known outcome for every message, and the fence that settles an unknown one."""

import asyncio
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import nats.errors
from nats.aio.client import Client

from gateway.bus.api import call
from gateway.bus.errors import BusRefused, BusUnavailable, PublishUnsettled
from gateway.bus.topology import FENCE, stream_of

ATOMIC_FROM = 12
"""Messages from which an atomic batch is quicker than as many concurrent singles (STACK D.1.1)."""
MAX_BATCH = 1000
"""Messages in an atomic batch; the server refuses a larger one whole."""
MAX_BATCH_BYTES = 16 * 2**20
"""Payload bytes of an atomic batch: both sides hold it in memory."""
BATCH_ATTEMPTS = 3
"""Tries of a batch that the server says it got incompletely, each under a new batch id."""
HEADER_ROOM = 4096
"""Bytes of `max_payload` left for headers: a message over the limit costs the whole connection."""
FENCE_TTL = "4h"
"""The fence outlives the de-duplication window (2 h) and then removes itself."""

TOO_LARGE, NO_RESPONDERS = 10054, 503
_DUPLICATE, _ATOMIC_OFF, _INCOMPLETE = 10201, 10174, 10176
_NO_MESSAGE = 10037


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be stored; `msg_id` is what the server knows a repetition by."""

    subject: str
    body: bytes
    msg_id: str


@dataclass(frozen=True, slots=True)
class Stored:
    """On the disk under `seq`. `duplicate`: the id was known and nothing new was stored; `seq` is the first one's.

    A duplicate is not yet proof that *this content* was stored: compare before relying on it.
    """

    seq: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Not stored and never will be; `err_code` is JetStream's error code, or 503 where no stream answered."""

    err_code: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: it may be stored already, or be stored later. Settle it before deciding anything about it."""


Outcome = Stored | Refused | Unknown


async def publish_all(nc: Client, messages: Sequence[Outgoing], timeout: float = 2.0) -> list[Outcome]:  # noqa: ASYNC109 - of each request, not of the whole
    """Store `messages` and return what became of each, in their order; each request waits `timeout` seconds at most.

    A dozen or more neighbours for the same stream go as atomic batches, fewer as concurrent singles. A batch is an
    optimisation, not a promise: where it cannot be used its messages go one by one.
    """
    outcomes: list[Outcome] = []
    for chunk in _chunks(messages):
        fits = all(_fits(nc, message) for message in chunk)
        publish = _batch if fits and len(chunk) >= ATOMIC_FROM else _singles
        outcomes += await publish(nc, chunk, timeout)
    return outcomes


async def settle(nc: Client, msg_id: str) -> int | None:
    """Decide what became of the message `msg_id` for DELIVERY whose outcome is `Unknown`.

    Returns its sequence where it landed (recall it there). None means it never will: the fence has taken its id, so a
    late arrival is dropped as a duplicate, and the id is spent. Asking again gives the same answer.

    Raises:
        PublishUnsettled: the fence got no answer, so nothing is known; ask again.
        BusRefused: DELIVERY is full or missing.
    """
    fence = await _single(nc, Outgoing(FENCE, b"", msg_id), 2.0, {"Nats-TTL": FENCE_TTL})
    if isinstance(fence, Refused):
        raise BusRefused("the fence was refused", fence.err_code)
    if isinstance(fence, Unknown):
        raise PublishUnsettled("the fence got no answer")
    if not fence.duplicate or await _subject_at(nc, fence.seq) == FENCE:
        return None
    return fence.seq


async def _subject_at(nc: Client, seq: int) -> str | None:
    """Return the subject DELIVERY has under `seq`, or None where that message is gone (fetched, or recalled)."""
    try:
        found = await call(nc, "STREAM.MSG.GET.DELIVERY", {"seq": seq})
    except BusRefused as refusal:
        if refusal.err_code == _NO_MESSAGE:
            return None
        raise
    except BusUnavailable as silence:
        raise PublishUnsettled("the message under the fence's sequence could not be read") from silence
    return str(found["message"]["subject"])


def _chunks(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Cut into runs for one stream each (a batch cannot span two), of bounded count and size."""
    for _, run in groupby(messages, key=lambda message: stream_of(message.subject)):
        chunk: list[Outgoing] = []
        size = 0
        for message in run:
            if chunk and (len(chunk) == MAX_BATCH or size + len(message.body) > MAX_BATCH_BYTES):
                yield chunk
                chunk, size = [], 0
            chunk.append(message)
            size += len(message.body)
        yield chunk


def _fits(nc: Client, message: Outgoing) -> bool:
    return len(message.body) + HEADER_ROOM <= nc.max_payload


async def _singles(nc: Client, messages: Sequence[Outgoing], patience: float) -> Sequence[Outcome]:
    return await asyncio.gather(*(_single(nc, message, patience, {}) for message in messages))


async def _single(nc: Client, message: Outgoing, patience: float, headers: dict[str, str]) -> Outcome:
    if not _fits(nc, message):
        return Refused(TOO_LARGE)
    try:
        headers = {"Nats-Msg-Id": message.msg_id, **headers}
        reply = await nc.request(message.subject, message.body, timeout=patience, headers=headers)
        answer = json.loads(reply.data)
    except nats.errors.NoRespondersError:
        return Refused(NO_RESPONDERS)
    except (nats.errors.Error, ValueError):
        return Unknown()
    if problem := answer.get("error"):
        return Refused(int(problem["err_code"]))
    return Stored(int(answer["seq"]), bool(answer.get("duplicate")))


async def _batch(nc: Client, messages: Sequence[Outgoing], patience: float) -> Sequence[Outcome]:
    """Publish one atomic batch (ADR-50), or its messages one by one where the batch itself is what does not go."""
    problem = _INCOMPLETE
    for _ in range(BATCH_ATTEMPTS):
        try:
            answer = await _send_batch(nc, messages, patience)
        except nats.errors.NoRespondersError:
            return [Refused(NO_RESPONDERS)] * len(messages)
        except (nats.errors.Error, ValueError):
            return [Unknown()] * len(messages)
        if "error" not in answer:
            first = int(answer["seq"]) - len(messages) + 1
            return [Stored(first + place) for place in range(len(messages))]
        problem = int(answer["error"]["err_code"])
        if problem != _INCOMPLETE:
            break
    if problem in {_DUPLICATE, _ATOMIC_OFF, _INCOMPLETE}:
        return await _singles(nc, messages, patience)
    return [Refused(problem)] * len(messages)


async def _send_batch(nc: Client, messages: Sequence[Outgoing], patience: float) -> dict[str, Any]:
    batch = uuid.uuid4().hex
    headers = [
        {"Nats-Msg-Id": message.msg_id, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(place)}
        for place, message in enumerate(messages, 1)
    ]
    for message, header in zip(messages[:-1], headers[:-1], strict=True):
        await nc.publish(message.subject, message.body, headers=header)
    commit = {**headers[-1], "Nats-Batch-Commit": "1"}
    reply = await nc.request(messages[-1].subject, messages[-1].body, timeout=patience, headers=commit)
    answer: dict[str, Any] = json.loads(reply.data)
    return answer
