"""The embedded broker: a nats-server child that is started, checked, watched, and gone when its parent is.

Under the data directory (mode 0700): `keys/` the secrets, `streams/` the encrypted store, `nats.conf`, `nats.log` and
`lock`, which the child holds for as long as it lives.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from gateway.bus import launch
from gateway.bus.config import JS_KEY_VARIABLE, Ports, render
from gateway.bus.errors import BusRefused, BusUnavailable
from gateway.bus.identities import SERVICES, Identities
from gateway.bus.topology import MAX_DISK_SHARE, Sizes
from gateway.bus.trust import check_binary, check_sync, find_binary, monitoring

LOCK_PATIENCE = 15.0
"""Seconds to wait for an old broker on the same directory to end."""
START_PATIENCE = 30.0
"""Seconds until the server must be healthy; it reads its streams to rebuild the de-duplication table."""
STOP_PATIENCE = 10.0
"""Seconds a server has to end by itself before it is killed."""


class EmbeddedServer:
    """One nats-server on 127.0.0.1, a child of this process. `async with` starts and stops it.

    MUST be started from a thread that lasts (the one of the event loop does): the child ends with it. An unexpected
    end sets `died`; `start` may then be called again and brings the same ports, streams and identities back.
    """

    def __init__(
        self, data_dir: Path, parties: Sequence[str], *, sizes: Sizes | None = None, ports: Ports | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.parties = tuple(parties)
        self.sizes = sizes or Sizes()
        self.ports = ports or _free_ports()
        self.identities = Identities(self.data_dir / "keys")
        self.died = asyncio.Event()
        self._binary = find_binary()
        self._child: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Return where clients connect."""
        return f"nats://127.0.0.1:{self.ports.client}"

    @property
    def monitor_url(self) -> str:
        """Return where the server's HTTP monitoring listens."""
        return f"http://127.0.0.1:{self.ports.monitor}"

    @property
    def pid(self) -> int:
        """Return the process id of the running child.

        Raises:
            BusUnavailable: there is none.
        """
        if self._child is None:
            raise BusUnavailable("the broker is not running")
        return self._child.pid

    async def start(self) -> None:
        """Start the server; when this returns it is healthy and syncs every write.

        Raises:
            BusRefused: too old, lazy, the streams may outgrow the disk, or the key of an existing store is missing.
            BusUnavailable: another broker keeps the directory, or the server did not become healthy.
        """
        await check_binary(self._binary)
        self._prepare()
        lock = await self._lock()
        try:
            await self._spawn(lock)
        finally:
            os.close(lock)
        try:
            async with monitoring(self.monitor_url) as monitor:
                await self._healthy(monitor)
                await check_sync(monitor)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server, kindly and then not; harmless where it is not running."""
        child, watch, self._child, self._watch = self._child, self._watch, None, None
        if child is None or watch is None:
            return
        watch.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), STOP_PATIENCE)
            except TimeoutError:
                child.kill()
        await child.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _prepare(self) -> None:
        streams = self.data_dir / "streams"
        streams.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        if any(streams.iterdir()) and not self.identities.js_key_file.exists():
            raise BusRefused("the key of the encrypted streams is missing: restore keys/jetstream.key")
        total = self.sizes.total(len(self.parties))
        if total > MAX_DISK_SHARE * shutil.disk_usage(streams).total:
            raise BusRefused(f"the streams may take {total} bytes, more than {MAX_DISK_SHARE:.0%} of the file system")
        self.identities.ensure(self.parties)
        keys = self.identities.public_keys((*SERVICES, *self.parties))
        text = render(self.parties, keys, self.ports, self.data_dir, total)
        _write_private(self.data_dir / "nats.conf", text)

    async def _lock(self) -> int:
        """Return a descriptor that holds the directory's lock, once an old broker has let go of it."""
        lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = asyncio.get_running_loop().time() + LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if asyncio.get_running_loop().time() > deadline:
                    os.close(lock)
                    raise BusUnavailable(f"another broker kept the data directory for {LOCK_PATIENCE:g} s") from None
                await asyncio.sleep(0.05)
            except BaseException:
                os.close(lock)
                raise
            else:
                return lock

    async def _spawn(self, lock: int) -> None:
        self.died.clear()
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", launch.__file__, str(os.getpid())),
            *(self._binary, "-c", self.data_dir / "nats.conf"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={JS_KEY_VARIABLE: self.identities.js_key()},
            pass_fds=(lock,),
            # Ctrl-C in a terminal must stop the gateway first and the broker after it.
            start_new_session=True,
        )
        self._watch = asyncio.create_task(self._watch_child(self._child))

    async def _watch_child(self, child: asyncio.subprocess.Process) -> None:
        await child.wait()
        self.died.set()

    async def _healthy(self, monitor: httpx2.AsyncClient) -> None:
        deadline, said = asyncio.get_running_loop().time() + START_PATIENCE, ""
        while asyncio.get_running_loop().time() < deadline:
            if self.died.is_set():
                raise BusUnavailable("the broker ended while starting; nats.log in its data directory says why")
            with contextlib.suppress(httpx2.HTTPError):
                answer = await monitor.get("/healthz")
                if answer.is_success:
                    return
                said = answer.text
            if "could not be recovered" in said:
                raise BusRefused("the broker cannot read its own streams: is keys/jetstream.key theirs?")
            await asyncio.sleep(0.02)
        raise BusUnavailable(f"the broker was not healthy after {START_PATIENCE:g} s: {said}")


def _free_ports() -> Ports:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], other.getsockname()[1])


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
