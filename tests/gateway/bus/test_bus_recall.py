"""Taking copies back before they are fetched, and knowing when it was too late."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.bus.errors import BusRefused
from gateway.bus.fetch import Puller
from gateway.bus.local import LocalBus
from gateway.bus.publish import Outgoing, publish_all
from gateway.bus.recall import Deletion, Floor, Recaller

pytestmark = pytest.mark.anyio

NEXT = "$JS.API.CONSUMER.MSG.NEXT.DELIVERY.region"
Until = Callable[[Callable[[], object]], Awaitable[None]]
NO_WAIT = json.dumps({"batch": 1, "no_wait": True}).encode()


@pytest.fixture
async def recaller(own_bus: LocalBus) -> Recaller:
    """Return a recaller on its own connection."""
    return Recaller((await own_bus.connect("recall")).nc)


async def deliver(bus: LocalBus, count: int) -> list[int]:
    """Put `count` copies for region into DELIVERY and return their sequences."""
    gateway = (await bus.connect("gateway")).nc
    outcomes = await publish_all(gateway, [Outgoing("delivery.region.plan", b"%d" % n, f"d-{n}") for n in range(count)])
    return [outcome.seq for outcome in outcomes]


async def fetch(nc: Client) -> Msg:
    """Return the next delivery for region, or the server's word that there is none: a message without reply."""
    inbox = await nc.subscribe(nc.new_inbox())
    await nc.publish(NEXT, NO_WAIT, reply=inbox.subject)
    return await inbox.next_msg(timeout=5)


async def fetch_all(bus: LocalBus) -> list[bytes]:
    """Return what region can still fetch, acknowledged."""
    region, bodies = (await bus.connect("region")).nc, []
    while (msg := await fetch(region)).reply:
        await msg.ack_sync()
        bodies.append(msg.data)
    return bodies


@pytest.mark.parametrize("no_erase", [True, False])
async def test_an_unfetched_copy_is_gone(own_bus: LocalBus, recaller: Recaller, no_erase: bool):
    """A copy deleted before its recipient asked is never handed out, and the floor shows that it was not."""
    seqs = await deliver(own_bus, 3)
    assert await recaller.delete([seqs[1]], no_erase=no_erase) == {seqs[1]: Deletion.DELETED}
    assert await recaller.delivered_floor("region") == Floor(0, 0)
    assert await fetch_all(own_bus) == [b"0", b"2"]


async def test_a_fetched_copy_shows_in_the_floor(own_bus: LocalBus, recaller: Recaller):
    """A copy that was handed out can be deleted, but `delivered` says that it may have been read."""
    seqs = await deliver(own_bus, 2)
    region = (await own_bus.connect("region")).nc
    held = await fetch(region)
    assert held.data == b"0"
    assert await recaller.delete(seqs) == dict.fromkeys(seqs, Deletion.DELETED)
    floor = await recaller.delivered_floor("region")
    assert floor.delivered >= seqs[0]
    assert floor.delivered < seqs[1]


async def test_deleting_again_and_deleting_what_was_acknowledged_find_nothing(own_bus: LocalBus, recaller: Recaller):
    """A sequence that is gone, in the middle, before the first or after the last, is told as gone and harms nothing."""
    seqs = await deliver(own_bus, 4)
    await recaller.delete(seqs[1:2])
    assert await recaller.delete([seqs[1], 999]) == {seqs[1]: Deletion.GONE, 999: Deletion.GONE}
    await fetch_all(own_bus)
    assert set((await recaller.delete(seqs)).values()) == {Deletion.GONE}
    assert await recaller.delivered_floor("region") == Floor(4, 4)


async def test_many_copies_at_once(own_bus: LocalBus, recaller: Recaller):
    """More deletes than are sent at once all happen."""
    seqs = await deliver(own_bus, 600)
    assert set((await recaller.delete(seqs[:590])).values()) == {Deletion.DELETED}
    assert sorted(map(int, await fetch_all(own_bus))) == list(range(590, 600))


async def test_a_paused_party_gets_nothing_until_it_is_resumed(own_bus: LocalBus, recaller: Recaller, until: Until):
    """A pause holds for requests that already wait too; others are served; the resume lets everything through."""
    region, bodies = (await own_bus.connect("region")).nc, []

    async def take(batch: Sequence[Msg]) -> None:
        for msg in batch:
            bodies.append(msg.data)
            await msg.ack()

    puller = Puller(region, "DELIVERY", "region", on_error=lambda error: bodies.append(str(error).encode()))
    running = asyncio.create_task(puller.run(take))
    await asyncio.sleep(0.1)
    await recaller.pause(["region", "social"])
    seqs = await deliver(own_bus, 2)
    await asyncio.sleep(0.3)
    assert bodies == []
    assert await recaller.delete(seqs[:1]) == {seqs[0]: Deletion.DELETED}
    assert (await recaller.delivered_floor("region")).delivered < seqs[0]
    await recaller.resume(["region", "social"])
    await until(lambda: bodies)
    await puller.stop()
    await running
    assert bodies == [b"1"]


async def test_an_unknown_party_is_refused(recaller: Recaller):
    """Pausing a party that has no consumer is an error, not a silent success."""
    with pytest.raises(BusRefused):
        await recaller.pause(["nobody"])
    with pytest.raises(BusRefused):
        await recaller.delivered_floor("nobody")


async def test_nobody_else_can_delete(own_bus: LocalBus, until: Until):
    """Only the identity `recall` may take a message out of DELIVERY."""
    seqs = await deliver(own_bus, 1)
    for name in ("gateway", "intake", "ops", "watch", "region"):
        other = await own_bus.connect(name)
        await other.nc.publish("$JS.API.STREAM.MSG.DELETE.DELIVERY", json.dumps({"seq": seqs[0]}).encode())
        await until(lambda other=other: other.violations.count == 1)
    assert await fetch_all(own_bus) == [b"0"]
