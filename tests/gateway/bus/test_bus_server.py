"""The embedded broker: private, encrypted, trusted only when it deserves it, and never left behind."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import psutil
import pytest

from gateway.bus import server as server_module
from gateway.bus.client import connect
from gateway.bus.errors import BusRefused, BusUnavailable
from gateway.bus.local import LocalBus, local_bus
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.bus.server import EmbeddedServer
from gateway.bus.topology import Sizes
from gateway.bus.trust import check_binary, check_server, check_version, find_binary

pytestmark = pytest.mark.anyio

PARENT = """
import asyncio, sys
from pathlib import Path
from gateway.bus.server import EmbeddedServer

async def main():
    server = EmbeddedServer(Path(sys.argv[1]), ["region"])
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_every_file_is_private(own_bus: LocalBus):
    """Nobody else on the machine can read anything under the data directory, whatever the umask."""
    modes = {path: path.stat().st_mode & 0o777 for path in own_bus.server.data_dir.rglob("*")}
    assert len(modes) > 30
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


async def test_it_listens_on_this_machine_only(own_bus: LocalBus):
    """Both listening sockets, clients' and monitoring's, are bound to 127.0.0.1."""
    sockets = psutil.Process(own_bus.server.pid).net_connections()
    listening = {tuple(it.laddr) for it in sockets if it.status == psutil.CONN_LISTEN}
    ports = own_bus.server.ports
    assert listening == {("127.0.0.1", ports.client), ("127.0.0.1", ports.monitor)}


async def test_the_key_is_in_no_argument(own_bus: LocalBus):
    """The command line of the broker, which every user can read, holds no secret."""
    arguments = " ".join(psutil.Process(own_bus.server.pid).cmdline())
    assert own_bus.server.identities.js_key() not in arguments


async def test_what_is_stored_is_ciphertext(tmp_path: Path):
    """The bytes of a stored message, its subject and its id are found nowhere under the data directory."""
    markers = [b"MARKER-BODY-5512", b"marker-subject-5512", b"marker-id-5512"]
    async with local_bus(EmbeddedServer(tmp_path / "bus", ["region"])) as bus:
        gateway = await bus.connect("gateway")
        message = Outgoing("delivery.region.marker-subject-5512", b"MARKER-BODY-5512", "marker-id-5512")
        assert await publish_all(gateway.nc, [message]) == [Stored(1)]
    files = [path for path in (tmp_path / "bus").rglob("*") if path.is_file()]
    blocks = [path for path in files if path.suffix == ".blk" and path.stat().st_size]
    assert blocks
    assert [path.name for path in files for marker in markers if marker in path.read_bytes()] == []


async def test_kill_9_loses_neither_messages_nor_known_ids(own_bus: LocalBus):
    """After kill -9 and a start a stored message is there, its id is known, and clients are back by themselves."""
    gateway, server = await own_bus.connect("gateway"), own_bus.server
    message = Outgoing("delivery.region.plan", b"body", "evt-1")
    assert await publish_all(gateway.nc, [message]) == [Stored(1)]
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.wait_for(server.died.wait(), 5)
    await server.start()
    outcomes = []
    for _ in range(100):
        outcomes = await publish_all(gateway.nc, [message])
        if isinstance(outcomes[0], Stored):
            break
        await asyncio.sleep(0.05)
    assert outcomes == [Stored(1, duplicate=True)]
    assert not server.died.is_set()


async def test_a_wanted_stop_is_no_death(tmp_path: Path):
    """`died` tells of an unexpected end only."""
    server = EmbeddedServer(tmp_path, ["region"])
    await server.start()
    await server.stop()
    await asyncio.sleep(0.05)
    assert not server.died.is_set()
    with pytest.raises(BusUnavailable):
        _ = server.pid


async def test_the_broker_does_not_outlive_a_killed_parent(tmp_path: Path):
    """When the process that started it is killed with -9 the broker ends, and the directory can be used again."""
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    broker = psutil.Process(int(await parent.stdout.readline()))
    assert "nats-server" in broker.cmdline()[0]
    parent.kill()
    await parent.wait()
    # The start waits for the lock that the orphan holds until it has ended.
    async with EmbeddedServer(tmp_path, ["region"]):
        assert not broker.is_running() or broker.status() == psutil.STATUS_ZOMBIE


async def test_a_second_broker_on_the_same_directory_is_refused(own_bus: LocalBus, monkeypatch: pytest.MonkeyPatch):
    """While one broker keeps the directory another start gives up with a clear error."""
    monkeypatch.setattr(server_module, "LOCK_PATIENCE", 0.2)
    with pytest.raises(BusUnavailable, match="another broker"):
        await EmbeddedServer(own_bus.server.data_dir, ["region"]).start()


async def test_a_start_waits_for_the_old_broker_to_end(tmp_path: Path):
    """A start on a directory whose lock is let go a moment later succeeds."""
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server = EmbeddedServer(tmp_path, ["region"])
    start = asyncio.create_task(server.start())
    await asyncio.sleep(0.3)
    assert not start.done()
    os.close(descriptor)
    await asyncio.wait_for(start, 10)
    await server.stop()


async def test_an_older_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A nats-server before 2.15 is not started."""
    old = tmp_path / "nats-server"
    old.write_text("#!/bin/sh\necho 'nats-server: v2.10.0'\n")
    old.chmod(0o700)
    monkeypatch.setattr(server_module, "find_binary", lambda: old)
    with pytest.raises(BusRefused, match=r"v2\.10.* too old"):
        await EmbeddedServer(tmp_path / "bus", ["region"]).start()
    old.chmod(0o600)
    with pytest.raises(BusRefused, match="cannot be run"):
        await check_binary(old)


@pytest.mark.parametrize("version", ["2.15.0", "v2.15.1", "2.15.0-RC.1", "2.100.0", "3.0.0"])
def test_a_recent_version_is_accepted(version: str):
    """From 2.15 on a server is trusted."""
    check_version(version)


@pytest.mark.parametrize("version", ["2.14.9", "2.9.15", "1.99.0", "", "latest"])
def test_an_old_or_unreadable_version_is_refused(version: str):
    """What is older, or not a version, is not trusted."""
    with pytest.raises(BusRefused):
        check_version(version)


@asynccontextmanager
async def foreign_server(directory: Path, sync: str) -> AsyncIterator[tuple[nats.NATS, str]]:
    """Run a server that we did not configure, and connect to it."""
    ports = EmbeddedServer(directory, []).ports
    text = f"""listen: "127.0.0.1:{ports.client}"
               http: "127.0.0.1:{ports.monitor}"
               jetstream {{ store_dir: "{directory}"{sync} }}"""
    (directory / "foreign.conf").write_text(text)
    child = await asyncio.create_subprocess_exec(
        find_binary(), "-c", directory / "foreign.conf", stderr=asyncio.subprocess.DEVNULL
    )

    async def ignore(_: Exception) -> None:
        """Until it listens connecting fails."""

    try:
        nc = await nats.connect(f"nats://127.0.0.1:{ports.client}", reconnect_time_wait=0.05, error_cb=ignore)
        yield nc, f"http://127.0.0.1:{ports.monitor}"
        await nc.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


async def test_a_foreign_server_that_syncs_lazily_is_refused(tmp_path: Path):
    """Without `sync_interval: always` an acknowledgement promises nothing; the check finds it over the monitoring."""
    async with foreign_server(tmp_path, sync="") as (nc, monitor_url):
        with pytest.raises(BusRefused, match="sync_interval"):
            await check_server(nc, monitor_url)
        await check_server(nc, None)


async def test_a_foreign_server_that_syncs_is_accepted(tmp_path: Path):
    """The same server with `sync_interval: always` passes, and an unreachable monitoring does not."""
    async with foreign_server(tmp_path, sync=", sync_interval: always") as (nc, monitor_url):
        await check_server(nc, monitor_url)
        with pytest.raises(BusUnavailable):
            await check_server(nc, "http://127.0.0.1:9")


async def test_streams_without_their_key_are_refused(tmp_path: Path):
    """A new key is never made for an old store, and a wrong one is told as such."""
    server = EmbeddedServer(tmp_path, ["region"])
    async with server:
        pass
    key = server.identities.js_key_file
    right = key.read_text()
    key.unlink()
    with pytest.raises(BusRefused, match="key"):
        await server.start()
    key.touch(0o600)
    key.write_text(right)
    async with server:
        pass


async def test_a_wrong_key_is_refused(tmp_path: Path):
    """A server that cannot decrypt its streams does not start as an empty one."""
    server = EmbeddedServer(tmp_path, ["region"])
    async with local_bus(server):
        pass
    server.identities.js_key_file.write_text("k" + "0" * 64)
    with pytest.raises(BusRefused, match=r"jetstream\.key"):
        await server.start()


async def test_streams_that_could_fill_the_disk_are_refused(tmp_path: Path):
    """The sum of the streams' sizes may take 70 % of the file system and no more."""
    with pytest.raises(BusRefused, match="file system"):
        await EmbeddedServer(tmp_path, ["region"], sizes=Sizes(delivery=2**60)).start()


async def test_an_unknown_identity_is_refused(own_bus: LocalBus, tmp_path: Path):
    """A seed the server has never heard of gets no connection, and the error says so."""
    stranger = EmbeddedServer(tmp_path / "other", ["region"]).identities
    stranger.ensure(["region"])
    with pytest.raises(BusRefused, match="does not know"):
        await connect(own_bus.server.url, "region", stranger.seed_file("region"), patience=1)


async def test_the_first_connect_is_bounded(tmp_path: Path):
    """Where no server answers the first connect ends in an error instead of waiting for ever."""
    server = EmbeddedServer(tmp_path, ["region"])
    server.identities.ensure(["region"])
    with pytest.raises(BusUnavailable):
        await connect(server.url, "region", server.identities.seed_file("region"), patience=0.3)
