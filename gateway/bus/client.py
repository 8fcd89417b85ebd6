"""Connections to the bus: FastStream's broker and the plain nats client, the known traps defused (STACK B.4)."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import nats.errors
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey
from nats.aio.client import Client

from gateway.bus.config import inbox
from gateway.bus.errors import BusRefused, BusUnavailable

FIRST_CONNECT_PATIENCE = 10.0
"""Seconds for the first connect; later ones are tried for ever."""
RECONNECT_WAIT = 0.05
"""Seconds between attempts; a killed server listens again after some 40 ms."""
GRACE = 25
"""Seconds a running handler has at the stop before it is cancelled; below any service manager's own patience."""
DRAIN = 3
"""Seconds a closing connection waits for what the server may still say; nothing that matters waits there."""
PING_INTERVAL = 10
"""Seconds between pings: a silent partition is noticed after two that are not answered."""

_PERMISSIONS, _STRANGER = "permissions violation", "authorization violation"


@dataclass(slots=True)
class Violations:
    """What the server forbade this connection: it tells nobody else, and a forbidden request only times out.

    `count` never falls; `last` has the newest texts, which name subjects. Readiness fails where `count` is not 0.
    """

    count: int = 0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=20))


@dataclass(frozen=True, slots=True)
class Connection:
    """One identity's connection: `nc` is the plain client that `broker` uses."""

    broker: NatsBroker
    nc: Client
    violations: Violations

    async def close(self) -> None:
        """Drain and close; a server that is gone does not keep us."""
        try:
            await self.broker.stop()
        except (nats.errors.Error, TimeoutError, OSError):
            with contextlib.suppress(nats.errors.Error, OSError):
                await self.nc.close()


async def connect(url: str, name: str, seed_file: Path, *, patience: float = FIRST_CONNECT_PATIENCE) -> Connection:
    """Connect as the identity `name`, whose nkey seed is in `seed_file`, within `patience` seconds.

    Afterwards the connection is restored for ever. While it is down a publish fails at once instead of being kept
    and sent later, so that no forgotten message lands after its outcome was decided.

    Raises:
        BusUnavailable: no server answers.
        BusRefused: the server does not know the identity.
    """
    await _first_contact(url, name, seed_file, patience)
    violations = Violations()

    async def on_error(error: Exception) -> None:
        if _PERMISSIONS in str(error).lower():
            violations.count += 1
            violations.last.append(str(error))

    broker = NatsBroker(
        url,
        name=f"tvaers-{name}",
        security=NatsNKey.from_file(seed_file),
        inbox_prefix=inbox(name),
        pending_size=0,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT,  # type: ignore[arg-type]  # annotated int, but only slept
        ping_interval=PING_INTERVAL,
        error_cb=on_error,
        ack_policy=AckPolicy.MANUAL,
        graceful_timeout=GRACE,
        drain_timeout=DRAIN,
        logger=None,
    )
    try:
        nc = await asyncio.wait_for(broker.connect(), patience)
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise BusUnavailable(f"no connection to the bus as {name!r}: {type(error).__name__}") from None
    return Connection(broker, nc, violations)


async def _first_contact(url: str, name: str, seed_file: Path, patience: float) -> None:
    """Log in once on a connection of our own: a client that may reconnect for ever never says that it cannot log in."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            await _log_in(url, seed_file)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            if _STRANGER in str(error).lower() or isinstance(error, nats.errors.AuthorizationError):
                raise BusRefused(f"the bus does not know the identity {name!r}") from None
            if asyncio.get_running_loop().time() > deadline:
                raise BusUnavailable(f"no server answers: {type(error).__name__}") from None
            await asyncio.sleep(RECONNECT_WAIT)
        else:
            return


async def _log_in(url: str, seed_file: Path) -> None:
    async def ignore(_: Exception) -> None:
        """The last error is raised as well."""

    client = Client()
    try:
        await client.connect(
            url,
            nkeys_seed=str(seed_file),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=ignore,
        )
    finally:
        await client.close()
