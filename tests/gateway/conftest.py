"""A real broker for every test of the gateway."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.bus.local import LocalBus, local_bus
from gateway.bus.server import EmbeddedServer

PARTIES = ("jobcenter", "social", "region", "laege-nord")


@pytest.fixture(scope="session")
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalBus]:
    """One bus for the whole run, shared: use message ids of your own and expect other tests' messages on it."""
    async with local_bus(EmbeddedServer(tmp_path_factory.mktemp("bus"), PARTIES)) as running:
        yield running


@pytest.fixture
async def own_bus(tmp_path: Path) -> AsyncIterator[LocalBus]:
    """A bus for this test alone, with nothing on it; some 0.4 s."""
    async with local_bus(EmbeddedServer(tmp_path / "bus", PARTIES)) as running:
        yield running


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until a condition holds; at most 20 s."""

    async def wait(condition: Callable[[], object]) -> None:
        for _ in range(2000):
            if condition():
                return
            await asyncio.sleep(0.01)
        pytest.fail("the condition did not come to hold within 20 s")

    return wait
