"""Walls between the parties: every way of STACK D.5 in which one could reach another's mail."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import nats.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.bus.api import call
from gateway.bus.config import PREFIX, SERVICES
from gateway.bus.fetch import Puller
from gateway.bus.local import LocalBus, local_bus
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.bus.server import EmbeddedServer

pytestmark = pytest.mark.anyio

PARTIES = ("jobcenter", "social", "region", "laege-nord")
NEXT = "$JS.API.CONSUMER.MSG.NEXT"
EPHEMERAL = {"stream_name": "DELIVERY", "config": {"ack_policy": "none", "filter_subject": "delivery.>"}}
PUSH = {"stream_name": "DELIVERY", "config": {"ack_policy": "none", "deliver_subject": "_INBOX_region.spy"}}

FORBIDDEN_REQUESTS = [
    ("sent.jobcenter.plan", None),
    ("delivery.jobcenter.plan", None),
    ("delivery.region.plan", None),
    ("delivery.fence", None),
    ("receipt.region", None),
    ("dead.region", None),
    ("$JS.API.CONSUMER.CREATE.DELIVERY", EPHEMERAL),
    ("$JS.API.CONSUMER.CREATE.DELIVERY.spy", EPHEMERAL),
    ("$JS.API.CONSUMER.CREATE.DELIVERY.spy.delivery.>", EPHEMERAL),
    ("$JS.API.CONSUMER.DURABLE.CREATE.DELIVERY.spy", PUSH),
    ("$JS.API.CONSUMER.DURABLE.CREATE.DELIVERY.region", PUSH),
    ("$JS.API.CONSUMER.DELETE.DELIVERY.jobcenter", None),
    ("$JS.API.CONSUMER.RESET.DELIVERY.region", None),
    ("$JS.API.CONSUMER.PAUSE.DELIVERY.jobcenter", {"pause_until": "2099-01-01T00:00:00Z"}),
    ("$JS.API.CONSUMER.INFO.DELIVERY.jobcenter", None),
    ("BUS.API.CONSUMER.INFO.DELIVERY.jobcenter", None),
    ("BUS.API.CONSUMER.MSG.NEXT.DELIVERY.jobcenter", {"batch": 1}),
    ("BUS.API.STREAM.MSG.GET.DELIVERY", {"seq": 1}),
    ("$JS.API.CONSUMER.NAMES.DELIVERY", None),
    (f"{NEXT}.DELIVERY.jobcenter", {"batch": 1}),
    (f"{NEXT}.RECEIPTS.jobcenter", {"batch": 1}),
    (f"{NEXT}.SENT_region.gateway", {"batch": 1}),
    ("$JS.ACK.DELIVERY.jobcenter.1.1.1.1.0", None),
    ("$JS.API.STREAM.MSG.GET.DELIVERY", {"seq": 1}),
    ("$JS.API.STREAM.MSG.GET.SENT_region", {"seq": 1}),
    ("$JS.API.DIRECT.GET.DELIVERY", {"seq": 1}),
    ("$JS.API.DIRECT.GET.DELIVERY.delivery.jobcenter.plan", None),
    ("$JS.API.STREAM.MSG.DELETE.DELIVERY", {"seq": 1}),
    ("$JS.API.STREAM.PURGE.DELIVERY", None),
    ("$JS.API.STREAM.SNAPSHOT.DELIVERY", {"deliver_subject": "_INBOX_region.snap"}),
    ("$JS.API.STREAM.CREATE.COPY", {"name": "COPY", "sources": [{"name": "DELIVERY"}]}),
    ("$JS.API.STREAM.INFO.DELIVERY", None),
    ("$JS.API.STREAM.NAMES", None),
    ("$JS.API.INFO", None),
    ("$SYS.REQ.SERVER.PING", None),
    ("_INBOX_jobcenter.x", None),
]

FORBIDDEN_SUBSCRIPTIONS = [
    *("delivery.>", "delivery.jobcenter.>", "delivery.region.>", "sent.>", "sent.region.>", "receipt.>", "dead.>"),
    *(">", "*.*.*", "_INBOX.>", "_INBOX_jobcenter.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "$SYS.>"),
]

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture(scope="module")
async def walls(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalBus]:
    """One bus for these attacks, with mail for jobcenter and region waiting on it."""
    async with local_bus(EmbeddedServer(tmp_path_factory.mktemp("walls"), PARTIES)) as bus:
        gateway = (await bus.connect("gateway")).nc
        mail = [Outgoing(f"delivery.{party}.plan", b"secret", f"first-{party}") for party in ("jobcenter", "region")]
        assert await publish_all(gateway, mail) == [Stored(1), Stored(2)]
        yield bus


async def messages(bus: LocalBus, stream: str) -> int:
    """Return how many messages `stream` holds, as the watch sees it."""
    watch = await bus.connect("watch")
    return int((await call(watch.nc, f"STREAM.INFO.{stream}"))["state"]["messages"])


@pytest.mark.parametrize(("subject", "body"), FORBIDDEN_REQUESTS, ids=[subject for subject, _ in FORBIDDEN_REQUESTS])
async def test_a_party_may_not_ask(walls: LocalBus, subject: str, body: Mapping[str, Any] | None, until: Until):
    """Whatever reads, writes, reshapes or lists what is not the party's own is refused by the server, unanswered."""
    region = await walls.connect("region")
    payload = json.dumps(body).encode() if body else b""
    heard = await region.nc.subscribe(region.nc.new_inbox())
    await region.nc.publish(subject, payload, reply=heard.subject)
    await until(lambda: region.violations.count)
    assert [subject.lower() in text for text in region.violations.last] == [True]
    assert heard.pending_msgs == 0


@pytest.mark.parametrize("queue", ["", "workers"])
@pytest.mark.parametrize("name", ["region", *SERVICES])
async def test_nobody_may_listen_in(walls: LocalBus, name: str, queue: str, until: Until):
    """A core subscription outside one's own inbox is refused to parties and services alike, operators included."""
    listener = await walls.connect(name)
    for subject in FORBIDDEN_SUBSCRIPTIONS:
        await listener.nc.subscribe(subject, queue=queue)
    await until(lambda: listener.violations.count == len(FORBIDDEN_SUBSCRIPTIONS))


@pytest.mark.parametrize("target", ["delivery.jobcenter.plan", "delivery.fence", "sent.jobcenter.plan", "dead.x"])
async def test_an_acknowledgement_cannot_be_sent_into_anothers_mail(walls: LocalBus, target: str):
    """The reply subject of a party's own publish stays inside its own account: no stream takes the PubAck in."""
    region = await walls.connect("region")
    before = [await messages(walls, stream) for stream in ("SENT_region", "DELIVERY", "SENT_jobcenter", "DEAD")]
    await region.nc.publish("sent.region.plan", b"1", reply=target, headers={"Nats-Msg-Id": f"trick-{target}"})
    await region.nc.flush()
    await asyncio.sleep(0.1)
    after = [await messages(walls, stream) for stream in ("SENT_region", "DELIVERY", "SENT_jobcenter", "DEAD")]
    assert after == [before[0] + 1, *before[1:]]


async def test_a_pull_cannot_be_pushed_into_anothers_inbox(own_bus: LocalBus):
    """A party's own mail, asked for with another's inbox or subject as the reply, reaches neither."""
    gateway = (await own_bus.connect("gateway")).nc
    region, jobcenter = (await own_bus.connect("region")).nc, (await own_bus.connect("jobcenter")).nc
    await publish_all(gateway, [Outgoing("delivery.region.plan", b"bait", f"bait-{n}") for n in range(3)])
    heard = await jobcenter.subscribe("_INBOX_jobcenter.>")
    await jobcenter.flush()
    for target in ("_INBOX_jobcenter.x", "delivery.jobcenter.plan"):
        await region.publish(f"{NEXT}.DELIVERY.region", b'{"batch": 1}', reply=target)
    await region.flush()
    with pytest.raises(nats.errors.TimeoutError):
        await heard.next_msg(timeout=0.3)
    assert await messages(own_bus, "DELIVERY") == 3


async def test_a_party_does_its_own_business(own_bus: LocalBus, until: Until):
    """A party publishes its own, pulls its own deliveries and receipts, sees its own consumers, and breaks no rule."""
    gateway = (await own_bus.connect("gateway")).nc
    laege = await own_bus.connect("laege-nord")
    mine = [Outgoing("sent.laege-nord.plan", b"1", f"mine-{n}") for n in range(15)]
    assert await publish_all(laege.nc, mine) == [Stored(n) for n in range(1, 16)]
    names = ("delivery.laege-nord.plan", "delivery.region.plan", "receipt.laege-nord", "receipt.region")
    await publish_all(gateway, [Outgoing(subject, subject.encode(), f"id-{subject}") for subject in names])
    got: list[bytes] = []

    async def take(batch: Sequence[Msg]) -> None:
        for msg in batch:
            await msg.ack_sync()
            got.append(msg.data)

    pullers = [Puller(laege.nc, stream, "laege-nord", on_error=_fail) for stream in ("DELIVERY", "RECEIPTS")]
    running = [asyncio.create_task(puller.run(take)) for puller in pullers]
    await until(lambda: len(got) == 2)
    for puller, task in zip(pullers, running, strict=True):
        await puller.stop()
        await task
    assert sorted(got) == [b"delivery.laege-nord.plan", b"receipt.laege-nord"]
    info = await call(laege.nc, "CONSUMER.INFO.DELIVERY.laege-nord", prefix=PREFIX)
    assert info["num_pending"] == info["num_ack_pending"] == 0
    assert laege.violations.count == 0


async def test_a_standard_client_needs_only_the_prefix(own_bus: LocalBus):
    """A party's own software binds to its consumer by nats-py's usual means, told the API prefix and its inbox."""
    gateway = (await own_bus.connect("gateway")).nc
    region = await own_bus.connect("region")
    await publish_all(gateway, [Outgoing("delivery.region.plan", b"%d" % n, f"s-{n}") for n in range(3)])
    js = region.nc.jetstream(prefix=PREFIX)
    mail = await js.pull_subscribe("delivery.region.>", "region", "DELIVERY", inbox_prefix=b"_INBOX_region.")
    got = await mail.fetch(3, timeout=5)
    assert [msg.data for msg in got] == [b"0", b"1", b"2"]
    for msg in got:
        await msg.ack_sync()
    for _ in range(20):  # answered by BUS each time, never by the party's own account
        assert (await mail.consumer_info()).num_pending == 0
    assert region.violations.count == 0


async def test_one_partys_ids_do_not_touch_anothers(walls: LocalBus):
    """The same event id from two parties is two events: de-duplication is per party."""
    for party in ("social", "laege-nord"):
        nc = (await walls.connect(party)).nc
        outcomes = await publish_all(nc, [Outgoing(f"sent.{party}.plan", b"1", "evt-9")])
        assert [outcome.duplicate for outcome in outcomes] == [False]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("gateway", "sent.region.plan"),
        ("gateway", "$JS.API.STREAM.MSG.GET.SENT_region"),
        ("gateway", f"{NEXT}.DELIVERY.region"),
        ("gateway", "$JS.API.CONSUMER.CREATE.DELIVERY"),
        ("gateway", "$JS.API.STREAM.PURGE.DELIVERY"),
        ("recall", "$JS.API.STREAM.MSG.DELETE.SENT_region"),
        ("recall", "$JS.API.STREAM.MSG.GET.DELIVERY"),
        ("recall", f"{NEXT}.DELIVERY.region"),
        ("recall", "delivery.region.plan"),
        ("intake", "delivery.region.plan"),
        ("intake", "$JS.API.STREAM.INFO.DELIVERY"),
        ("ops", "$JS.API.STREAM.MSG.GET.DELIVERY"),
        ("ops", "$JS.API.STREAM.PURGE.DELIVERY"),
        ("ops", "$JS.API.STREAM.SNAPSHOT.DELIVERY"),
        ("ops", f"{NEXT}.DELIVERY.region"),
        ("ops", "sent.region.plan"),
        ("watch", "$JS.API.STREAM.MSG.GET.DELIVERY"),
        ("watch", "$JS.API.CONSUMER.CREATE.DELIVERY"),
        ("watch", "$JS.API.STREAM.UPDATE.DELIVERY"),
    ],
)
async def test_a_service_may_only_do_its_job(walls: LocalBus, name: str, subject: str, until: Until):
    """Each service is refused what is another's: reading SENT, deleting, purging, changing the topology."""
    service = await walls.connect(name)
    await service.nc.publish(subject, b"", reply=service.nc.new_inbox())
    await until(lambda: service.violations.count)
    assert [subject.lower() in text for text in service.violations.last] == [True]


async def test_without_an_identity_there_is_no_connection(walls: LocalBus):
    """A client without a key is turned away."""
    nobody = Client()
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization violation"):
        await nobody.connect(walls.server.url, allow_reconnect=False, error_cb=_ignore)
    await nobody.close()


def _fail(error: Exception) -> None:
    raise error


async def _ignore(_: Exception) -> None:
    """Connecting is expected to fail."""
