"""Run the process in the foreground: until a signal, or until something it rests on has failed."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn

from gateway.app import build
from gateway.bus.errors import BusUnavailable
from gateway.client import Address
from gateway.process import Tvaers, running
from gateway.settings import Settings

MAX_CONNECTIONS = 500
"""Open connections before new ones are answered 503: each may hold a body in memory."""

STOP_SECONDS = 5
"""How long an orderly stop waits for requests that are being answered."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[Tvaers, Address]]:
    """Run Tværs with its HTTP inside the block; the address is in the data folder while it answers.

    Raises:
        BusError, DatabaseUnavailable, LogError, SchemaError, ConsentRefused: it will not run on what it cannot trust.
        OSError: the HTTP port is taken.
    """
    async with running(settings) as tvaers:
        listener = socket.create_server((settings.host, settings.port))
        address = Address(f"http://{settings.host}:{listener.getsockname()[1]}", tvaers.server.url)
        config = uvicorn.Config(
            build(tvaers),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        server = uvicorn.Server(config)
        # uvicorn would take the signals for itself, and exit before the crossing has finished what is in hand.
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        serve = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        try:
            while not server.started:
                await asyncio.sleep(0.005)
                if serve.done():
                    raise BusUnavailable("the HTTP server did not start")
            address.write(settings.data)
            yield tvaers, address
        finally:
            server.should_exit = True
            await serve


async def until_stopped(tvaers: Tvaers) -> int:
    """Wait for SIGTERM or SIGINT (0), or for a failure that the process does not survive (1)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(tvaers.failed.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    if tvaers.failed.is_set():
        log.error("stopping", reason=tvaers.failure)
        return 1
    return 0
