"""The fetch loop: prompt, and nothing lost by errors, stops or restarts."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.bus import fetch as fetch_module
from gateway.bus.errors import BusUnavailable
from gateway.bus.fetch import Puller
from gateway.bus.local import LocalBus
from gateway.bus.publish import Outgoing, Stored, publish_all

pytestmark = pytest.mark.anyio

Until = Callable[[Callable[[], object]], Awaitable[None]]


async def send(nc: Client, count: int, start: int = 0, body: bytes = b"") -> None:
    """Put `count` messages into SENT_region."""
    messages = [Outgoing("sent.region.plan", body or b"%d" % n, f"evt-{n}") for n in range(start, start + count)]
    assert all(isinstance(outcome, Stored) for outcome in await publish_all(nc, messages))


class Gathering:
    """A handler that acknowledges what it gets and can be waited on."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.batches: list[int] = []
        self.errors: list[Exception] = []

    async def __call__(self, batch: Sequence[Msg]) -> None:
        """Acknowledge and remember."""
        for msg in batch:
            await msg.ack_sync()
            self.bodies.append(msg.data)
        self.batches.append(len(batch))

    async def until(self, count: int) -> None:
        """Wait until `count` messages were handled."""
        for _ in range(2000):
            if len(self.bodies) >= count:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"{len(self.bodies)} of {count} messages within 20 s")


@pytest.fixture
async def intake(own_bus: LocalBus) -> Client:
    """Return the intake's plain client."""
    return (await own_bus.connect("intake")).nc


@pytest.fixture
async def gateway(own_bus: LocalBus) -> Client:
    """Return the gateway's plain client."""
    return (await own_bus.connect("gateway")).nc


async def test_a_batch_is_what_has_arrived(intake: Client, gateway: Client):
    """Three messages are handled together long before a batch of fifty is full or a request runs out."""
    seen = Gathering()
    puller = Puller(gateway, "SENT_region", "gateway", batch=50, on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await asyncio.sleep(0.2)
    await send(intake, 3)
    async with asyncio.timeout(fetch_module.EXPIRES / 3):
        await seen.until(3)
    assert max(seen.batches) <= 3
    await puller.stop()
    await running
    assert seen.errors == []


async def test_batches_never_exceed_their_size(intake: Client, gateway: Client):
    """A thousand waiting messages come in batches of at most the size asked for, each exactly once."""
    await send(intake, 1000)
    seen = Gathering()
    puller = Puller(gateway, "SENT_region", "gateway", batch=64, on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await seen.until(1000)
    await puller.stop()
    await running
    assert max(seen.batches) <= 64
    assert sorted(map(int, seen.bodies)) == list(range(1000))


async def test_large_messages_come_in_bounded_requests(
    intake: Client, gateway: Client, monkeypatch: pytest.MonkeyPatch
):
    """A request brings a bounded number of bytes; what does not fit comes with the next."""
    monkeypatch.setattr(fetch_module, "MAX_ASK_BYTES", 400_000)
    await send(intake, 10, body=bytes(150_000))
    seen = Gathering()
    puller = Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await seen.until(10)
    await puller.stop()
    await running
    assert max(seen.batches) <= 2
    assert len(seen.bodies) == 10


async def test_a_failing_handler_gets_the_rest_again(intake: Client, gateway: Client, monkeypatch: pytest.MonkeyPatch):
    """What a failing handler had not acknowledged is handed out again, and its exception is handed on."""
    monkeypatch.setattr(fetch_module, "RETRY_DELAY", 0.1)
    await send(intake, 5)
    seen = Gathering()

    async def once_broken(batch: Sequence[Msg]) -> None:
        if not seen.errors:
            await seen(batch[:1])
            raise ValueError("broken")
        await seen(batch)

    puller = Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(once_broken))
    await seen.until(5)
    await puller.stop()
    await running
    assert [str(error) for error in seen.errors] == ["broken"]
    assert sorted(map(int, seen.bodies)) == list(range(5))


async def test_stops_lose_nothing_and_hand_back_at_once(intake: Client, gateway: Client):
    """Stopped and started again under load, every message is handled exactly once."""
    seen = Gathering()

    async def load() -> None:
        for n in range(0, 600, 5):
            await send(intake, 5, start=n)

    sending = asyncio.create_task(load())
    for _ in range(5):
        puller = Puller(gateway, "SENT_region", "gateway", batch=7, on_error=seen.errors.append)
        running = asyncio.create_task(puller.run(seen))
        await asyncio.sleep(0.1)
        await puller.stop()
        await running
    puller = Puller(gateway, "SENT_region", "gateway", batch=100, on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await sending
    await seen.until(600)
    await puller.stop()
    await running
    assert sorted(map(int, seen.bodies)) == list(range(600))
    assert seen.errors == []


async def test_a_stop_waits_for_the_batch_in_hand(intake: Client, gateway: Client):
    """The handler that is running finishes; what was fetched ahead of it is free for others meanwhile."""
    await send(intake, 30)
    held, release = asyncio.Event(), asyncio.Event()
    seen = Gathering()

    async def slow(batch: Sequence[Msg]) -> None:
        held.set()
        await release.wait()
        await seen(batch)

    first = Puller(gateway, "SENT_region", "gateway", batch=10, on_error=seen.errors.append)
    running = asyncio.create_task(first.run(slow))
    await held.wait()
    stopping = asyncio.create_task(first.stop())
    other = Puller(gateway, "SENT_region", "gateway", batch=10, on_error=seen.errors.append)
    others = asyncio.create_task(other.run(seen))
    await seen.until(20)
    assert not stopping.done()
    release.set()
    await stopping
    await running
    await seen.until(30)
    await other.stop()
    await others
    assert sorted(map(int, seen.bodies)) == list(range(30))


async def test_a_cancelled_loop_hands_its_batch_back(intake: Client, gateway: Client):
    """Cancelling the loop in the middle of a handler frees the batch at once."""
    await send(intake, 3)
    held = asyncio.Event()

    async def stuck(_: Sequence[Msg]) -> None:
        held.set()
        await asyncio.Event().wait()

    seen = Gathering()
    running = asyncio.create_task(Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append).run(stuck))
    await held.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    puller = Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await seen.until(3)
    await puller.stop()
    await running
    assert len(seen.bodies) == 3


async def test_the_loop_survives_the_servers_kill(own_bus: LocalBus, intake: Client, gateway: Client, until: Until):
    """After kill -9 and a restart the same loop asks again and handles what was and what is new."""
    seen = Gathering()
    puller = Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await send(intake, 3)
    await seen.until(3)
    os.kill(own_bus.server.pid, signal.SIGKILL)
    await own_bus.server.died.wait()
    await own_bus.server.start()
    await until(lambda: intake.is_connected)
    await send(intake, 3, start=3)
    await until(lambda: len(set(seen.bodies)) == 6)
    await puller.stop()
    await running
    assert set(map(int, seen.bodies)) == set(range(6))


async def test_a_closed_connection_ends_the_loop_with_an_error(gateway: Client):
    """A loop whose connection is closed under it says so instead of waiting for ever."""
    seen = Gathering()
    running = asyncio.create_task(Puller(gateway, "SENT_region", "gateway", on_error=seen.errors.append).run(seen))
    await asyncio.sleep(0.05)
    await gateway.close()
    with pytest.raises(BusUnavailable):
        await asyncio.wait_for(running, 5)


async def test_a_loop_without_permission_gets_nothing_and_is_told_of(own_bus: LocalBus, until: Until):
    """Pulling from another's consumer hands out nothing, and the connection's violations say why."""
    jobcenter = await own_bus.connect("jobcenter")
    gateway = (await own_bus.connect("gateway")).nc
    await publish_all(gateway, [Outgoing("delivery.region.plan", b"secret", "x-1")])
    seen = Gathering()
    puller = Puller(jobcenter.nc, "DELIVERY", "region", on_error=seen.errors.append)
    running = asyncio.create_task(puller.run(seen))
    await until(lambda: jobcenter.violations.count)
    await puller.stop()
    await running
    assert seen.bodies == []
    assert "consumer.msg.next.delivery.region" in jobcenter.violations.last[0]
