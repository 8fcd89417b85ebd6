"""The topology as data, and finding what is not as it should be."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bus.api import call
from gateway.bus.deploy import apply, read, require, verify
from gateway.bus.errors import BusRefused
from gateway.bus.local import LocalBus, local_bus
from gateway.bus.server import EmbeddedServer
from gateway.bus.topology import MISSING, Difference, Sizes, StreamSpec, check, stream_of, topology

PARTIES = ("jobcenter", "social", "region", "laege-nord")
SIZES = Sizes()
WANTED = topology(PARTIES, SIZES)


def found() -> dict[str, StreamSpec]:
    """Return a server that is exactly as wanted."""
    return {spec.name: spec for spec in WANTED}


def test_every_stream_is_bounded_and_their_sum_is_the_total():
    """No stream may grow without bound: a full disk freezes them all."""
    assert sum(spec.config["max_bytes"] for spec in WANTED) == SIZES.total(len(PARTIES))
    assert all(spec.config["max_bytes"] > 0 for spec in WANTED)


def test_delivery_can_be_recalled_and_store_the_fence():
    """DELIVERY never denies deletes, takes every delivery subject, and hands a party its own alone."""
    delivery = found()["DELIVERY"]
    assert "deny_delete" not in delivery.config
    assert delivery.config["subjects"] == ["delivery.>"]
    assert {name: it["filter_subject"] for name, it in delivery.consumers.items()} == {
        party: f"delivery.{party}.>" for party in PARTIES
    }


@pytest.mark.parametrize("stream", ["DELIVERY", "SENT_region"])
@pytest.mark.parametrize("field", ["republish", "mirror", "sources", "deny_delete"])
def test_what_copies_personal_data_elsewhere_is_a_difference(stream: str, field: str):
    """A setting nobody asked for that leaks or bars recall is found, not only a changed one."""
    server = found()
    server[stream] = replace(server[stream], config={**server[stream].config, field: True})
    assert check(WANTED, server) == [Difference(stream, "", field, wanted=None, found=True)]


def test_an_unknown_reader_is_a_difference():
    """A consumer or stream that is not in the topology is found: whoever may create one can read."""
    server = found()
    server["COPY"] = StreamSpec("COPY", {}, {})
    server["DELIVERY"] = replace(server["DELIVERY"], consumers={**server["DELIVERY"].consumers, "spy": {}})
    assert check(WANTED, server) == [
        Difference("COPY", "", MISSING, wanted=False, found=True),
        Difference("DELIVERY", "spy", MISSING, wanted=False, found=True),
    ]


def test_an_empty_server_lacks_everything():
    """Each stream that is not there is one difference, and `require` refuses to work on such a bus."""
    differences = check(WANTED, {})
    assert [it.stream for it in differences] == [spec.name for spec in WANTED]
    with pytest.raises(BusRefused, match="SENT_jobcenter"):
        require(differences)


@pytest.mark.parametrize(
    ("subject", "stream"),
    [("sent.laege-nord.x.y", "SENT_laege-nord"), ("delivery.fence", "DELIVERY"), ("receipt.region", "RECEIPTS")],
)
def test_the_stream_of_a_subject(subject: str, stream: str):
    """A subject's stream follows from its first tokens."""
    assert stream_of(subject) == stream


def test_a_subject_of_nobody_is_refused():
    """What no stream of ours stores is not published at all."""
    with pytest.raises(BusRefused):
        stream_of("delivered.region.x")


class TestOnTheServer:
    """The same against a server."""

    pytestmark = pytest.mark.anyio

    async def test_a_changed_stream_and_consumer_are_found_and_put_right(self, own_bus: LocalBus):
        """What was changed behind our back is named field by field, and `apply` restores it."""
        ops = (await own_bus.connect("ops")).nc
        watch = (await own_bus.connect("watch")).nc
        config = dict((await read(watch))["DEAD"].config)
        await call(ops, "STREAM.UPDATE.DEAD", {**config, "max_bytes": 12345, "republish": {"src": ">", "dest": "x.>"}})
        consumer = {**WANTED[0].consumers["gateway"], "max_deliver": 3}
        body = {"stream_name": "SENT_jobcenter", "config": consumer}
        await call(ops, "CONSUMER.DURABLE.CREATE.SENT_jobcenter.gateway", body)

        differences = await verify(watch, WANTED)
        assert {(it.stream, it.consumer, it.field) for it in differences} == {
            ("DEAD", "", "max_bytes"),
            ("DEAD", "", "republish"),
            ("SENT_jobcenter", "gateway", "max_deliver"),
        }
        assert await apply(ops, WANTED) == []
        assert await verify(watch, WANTED) == []

    async def test_a_new_party_is_added_beside_the_others(self, tmp_path: Path):
        """Applying a topology with one more party leaves the others' streams alone and adds its own."""
        async with local_bus(EmbeddedServer(tmp_path, ["jobcenter", "region"])) as bus:
            ops = (await bus.connect("ops")).nc
            before = await read(ops)
            smaller = replace(SIZES, sent=2**20)
            assert await apply(ops, topology(["jobcenter"], smaller)) != []
            assert (await read(ops))["SENT_region"] == before["SENT_region"]

    async def test_a_refused_change_says_why(self, own_bus: LocalBus):
        """A change the server does not allow ends in JetStream's code and words."""
        ops = (await own_bus.connect("ops")).nc
        spec = WANTED[0]
        with pytest.raises(BusRefused, match="retention") as refusal:
            await apply(ops, [replace(spec, config={**spec.config, "retention": "interest"})])
        assert refusal.value.err_code
