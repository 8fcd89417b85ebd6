"""The embedded default whole: a server, its topology, and connections for the identities it made itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.bus.client import Connection, connect
from gateway.bus.deploy import apply, require
from gateway.bus.server import EmbeddedServer
from gateway.bus.topology import topology


@dataclass(frozen=True, slots=True)
class LocalBus:
    """A running embedded server with its topology in place; connections made here are closed with it."""

    server: EmbeddedServer
    connections: list[Connection] = field(default_factory=list)

    async def connect(self, name: str) -> Connection:
        """Connect as a service identity or a party.

        Raises:
            BusUnavailable: the server does not answer.
            BusRefused: `name` has no identity here.
        """
        connection = await connect(self.server.url, name, self.server.identities.seed_file(name))
        self.connections.append(connection)
        return connection


@asynccontextmanager
async def local_bus(server: EmbeddedServer) -> AsyncIterator[LocalBus]:
    """Start `server`, put its topology there as `ops` (who then leaves), and stop it in the end.

    Raises:
        BusUnavailable: the server does not start or answer.
        BusRefused: it cannot be trusted, or its topology cannot be made ours.
    """
    async with server:
        bus = LocalBus(server)
        try:
            ops = await connect(server.url, "ops", server.identities.seed_file("ops"))
            try:
                require(await apply(ops.nc, topology(server.parties, server.sizes)))
            finally:
                await ops.close()
            yield bus
        finally:
            for connection in bus.connections:
                await connection.close()
