"""Publishing with a known outcome for every message, and settling an unknown one."""

import asyncio
import base64
import os
import re
import signal

import pytest
from nats.aio.client import Client

from gateway.bus import publish as publish_module
from gateway.bus.api import call
from gateway.bus.errors import PublishUnsettled
from gateway.bus.local import LocalBus
from gateway.bus.publish import TOO_LARGE, Outgoing, Refused, Stored, Unknown, publish_all, settle
from gateway.bus.topology import FENCE

pytestmark = pytest.mark.anyio


def mail(count: int, start: int = 0, to: str = "delivery.region.plan") -> list[Outgoing]:
    """Return `count` messages with ids of their own."""
    return [Outgoing(to, f"body {place}".encode(), f"{to}-{place}") for place in range(start, start + count)]


@pytest.fixture
async def gateway(own_bus: LocalBus) -> Client:
    """Return the gateway's plain client."""
    return (await own_bus.connect("gateway")).nc


async def state(bus: LocalBus, stream: str) -> dict[str, int]:
    """Return what the server says of `stream`."""
    return (await call((await bus.connect("watch")).nc, f"STREAM.INFO.{stream}"))["state"]


@pytest.mark.parametrize("count", [1, 11, 12, 250])
async def test_each_message_gets_its_sequence(own_bus: LocalBus, gateway: Client, count: int):
    """Few or many, each message is stored once, and under the sequence its outcome names."""
    messages = mail(count)
    outcomes = await publish_all(gateway, messages)
    assert sorted(it.seq for it in outcomes) == list(range(1, count + 1))
    assert (await state(own_bus, "DELIVERY"))["messages"] == count
    for message, outcome in list(zip(messages, outcomes, strict=True))[:: max(1, count // 5)]:
        found = await call(gateway, "STREAM.MSG.GET.DELIVERY", {"seq": outcome.seq})
        assert message.msg_id.encode() in base64.b64decode(found["message"]["hdrs"])


async def test_a_dozen_goes_as_one_atomic_batch(gateway: Client):
    """From twelve on the messages carry one batch id, and fewer carry none."""
    await publish_all(gateway, mail(12) + mail(11, to="receipt.region"))
    found = await asyncio.gather(*(call(gateway, "STREAM.MSG.GET.DELIVERY", {"seq": seq}) for seq in range(1, 13)))
    headers = [base64.b64decode(it["message"]["hdrs"]).decode() for it in found]
    assert len({re.search(r"Nats-Batch-Id: *(\S+)", text)[1] for text in headers}) == 1


async def test_more_than_a_batch_holds_is_cut(own_bus: LocalBus, gateway: Client):
    """Two thousand and some messages go in batches of at most a thousand, in their order."""
    outcomes = await publish_all(gateway, mail(2005))
    assert outcomes == [Stored(seq) for seq in range(1, 2006)]
    assert (await state(own_bus, "DELIVERY"))["messages"] == 2005


async def test_messages_for_several_streams_may_be_mixed(gateway: Client):
    """A batch cannot span streams: neighbours for the same stream go together."""
    messages = mail(15) + mail(20, to="receipt.region") + mail(15, start=15)
    outcomes = await publish_all(gateway, messages)
    expected = [*range(1, 16), *range(1, 21), *range(16, 31)]
    assert outcomes == [Stored(seq) for seq in expected]


async def test_a_batch_with_a_known_id_falls_back_to_singles(own_bus: LocalBus, gateway: Client):
    """One known id refuses a batch whole; its other messages are stored all the same, the known one is a duplicate."""
    assert await publish_all(gateway, mail(1, start=5)) == [Stored(1)]
    outcomes = await publish_all(gateway, mail(20))
    assert outcomes[5] == Stored(1, duplicate=True)
    assert sorted(it.seq for it in outcomes) == list(range(1, 21))
    assert (await state(own_bus, "DELIVERY"))["messages"] == 20


async def test_publishing_again_stores_nothing_again(own_bus: LocalBus, gateway: Client):
    """A whole batch that is repeated answers with the first sequences, each marked as a duplicate."""
    first = await publish_all(gateway, mail(30))
    again = await publish_all(gateway, mail(30))
    assert [(it.seq, it.duplicate) for it in again] == [(it.seq, True) for it in first]
    assert (await state(own_bus, "DELIVERY"))["messages"] == 30


async def test_a_message_over_the_limit_is_refused_and_its_neighbours_are_not(gateway: Client):
    """What the server would close the connection for is never sent; the others of the batch go on."""
    messages = mail(14)
    messages[3] = Outgoing("delivery.region.plan", bytes(8 * 2**20), "large")
    outcomes = await publish_all(gateway, messages)
    assert outcomes[3] == Refused(TOO_LARGE)
    assert sorted(it.seq for it in outcomes if isinstance(it, Stored)) == list(range(1, 14))


async def test_a_full_stream_refuses(own_bus: LocalBus, gateway: Client):
    """A stream at its `max_bytes` answers with JetStream's code at once, for singles and for a batch."""
    ops = (await own_bus.connect("ops")).nc
    config = (await call(ops, "STREAM.INFO.DELIVERY"))["config"]
    await call(ops, "STREAM.UPDATE.DELIVERY", {**config, "max_bytes": 100})
    assert await publish_all(gateway, mail(2)) == [Refused(10077)] * 2
    assert await publish_all(gateway, mail(12)) == [Refused(10077)] * 12


async def test_a_stopped_server_leaves_the_outcome_unknown_until_it_is_settled(own_bus: LocalBus, gateway: Client):
    """A message that timed out and landed later is found by settling, one that never arrived is fenced off."""
    os.kill(own_bus.server.pid, signal.SIGSTOP)
    try:
        assert await publish_all(gateway, mail(1), timeout=0.2) == [Unknown()]
        assert await publish_all(gateway, mail(12, start=1), timeout=0.2) == [Unknown()] * 12
    finally:
        os.kill(own_bus.server.pid, signal.SIGCONT)
    assert [await settle(gateway, message.msg_id) for message in mail(13)] == list(range(1, 14))
    assert await settle(gateway, "never-sent") is None


async def test_a_fenced_id_can_never_land(own_bus: LocalBus, gateway: Client):
    """After settling to None a late arrival of that id is dropped, alone or in a batch, and asking again agrees."""
    late = mail(1)[0]
    assert await settle(gateway, late.msg_id) is None
    assert await settle(gateway, late.msg_id) is None
    assert await publish_all(gateway, [late]) == [Stored(1, duplicate=True)]
    await publish_all(gateway, mail(12))
    assert (await state(own_bus, "DELIVERY"))["messages"] == 12  # the fence and eleven others


async def test_a_landed_message_that_was_fetched_is_settled_as_landed(own_bus: LocalBus, gateway: Client):
    """An id whose message has left the stream settles to its sequence, not to None."""
    assert await publish_all(gateway, mail(1)) == [Stored(1)]
    region = (await own_bus.connect("region")).nc
    inbox = await region.subscribe(region.new_inbox())
    await region.publish("$JS.API.CONSUMER.MSG.NEXT.DELIVERY.region", reply=inbox.subject)
    await (await inbox.next_msg(timeout=5)).ack_sync()
    assert (await state(own_bus, "DELIVERY"))["messages"] == 0
    assert await settle(gateway, mail(1)[0].msg_id) == 1


async def test_fences_remove_themselves(own_bus: LocalBus, gateway: Client, monkeypatch: pytest.MonkeyPatch):
    """A fence does not stay in DELIVERY for ever, though nobody consumes it."""
    monkeypatch.setattr(publish_module, "FENCE_TTL", "1s")
    assert await settle(gateway, "a") is None
    assert (await call(gateway, "STREAM.MSG.GET.DELIVERY", {"seq": 1}))["message"]["subject"] == FENCE
    for _ in range(50):
        if not (await state(own_bus, "DELIVERY"))["messages"]:
            break
        await asyncio.sleep(0.1)
    assert (await state(own_bus, "DELIVERY"))["messages"] == 0


async def test_without_a_server_nothing_is_kept_for_later(own_bus: LocalBus, gateway: Client):
    """While the bus is down a publish is unknown at once and settling says so; nothing lands after the restart."""
    os.kill(own_bus.server.pid, signal.SIGKILL)
    await own_bus.server.died.wait()
    assert await publish_all(gateway, mail(1), timeout=0.3) == [Unknown()]
    assert await publish_all(gateway, mail(12, start=1), timeout=0.3) == [Unknown()] * 12
    with pytest.raises(PublishUnsettled):
        await settle(gateway, "delivery.region.plan-0")
    await own_bus.server.start()
    assert (await state(own_bus, "DELIVERY"))["messages"] == 0
