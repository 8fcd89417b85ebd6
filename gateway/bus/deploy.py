"""Read the topology off a server, compare it, and put it there; only the identities `ops` and `watch` may."""

import asyncio
from collections.abc import Iterable
from typing import Any

from nats.aio.client import Client

from gateway.bus.api import call
from gateway.bus.errors import BusRefused
from gateway.bus.topology import Difference, StreamSpec, check


async def read(nc: Client) -> dict[str, StreamSpec]:
    """Return every stream of the account with its consumers, as the server has them.

    Raises:
        BusUnavailable: no answer.
    """
    names = await _all(nc, "STREAM.NAMES", "streams")
    return {name: await _read_stream(nc, name) for name in names}


async def verify(nc: Client, wanted: Iterable[StreamSpec]) -> list[Difference]:
    """Return how the server differs from `wanted`.

    Raises:
        BusUnavailable: no answer.
    """
    return check(wanted, await read(nc))


async def apply(nc: Client, wanted: Iterable[StreamSpec]) -> list[Difference]:
    """Create and correct the streams and consumers of `wanted`, and return what still differs.

    Nothing is ever deleted: a stream or consumer that should not be there stays among the differences.

    Raises:
        BusUnavailable: no answer.
        BusRefused: the server will not make one of the changes.
    """
    wanted = tuple(wanted)
    found = await read(nc)
    for spec in wanted:
        wrong = {difference.consumer for difference in check([spec], found) if difference.stream == spec.name}
        if "" in wrong:
            verb = "UPDATE" if spec.name in found else "CREATE"
            await call(nc, f"STREAM.{verb}.{spec.name}", spec.config)
        missing_all = spec.name not in found
        for name, config in spec.consumers.items():
            if missing_all or name in wrong:
                body = {"stream_name": spec.name, "config": config}
                await call(nc, f"CONSUMER.DURABLE.CREATE.{spec.name}.{name}", body)
    return await verify(nc, wanted)


async def _read_stream(nc: Client, name: str) -> StreamSpec:
    config = (await call(nc, f"STREAM.INFO.{name}"))["config"]
    durables = await _all(nc, f"CONSUMER.NAMES.{name}", "consumers")
    infos = await asyncio.gather(*(call(nc, f"CONSUMER.INFO.{name}.{durable}") for durable in durables))
    return StreamSpec(name, config, {info["name"]: info["config"] for info in infos})


async def _all(nc: Client, verb: str, field: str) -> list[str]:
    """Return the names under `field` of every page of a listing."""
    names: list[str] = []
    while True:
        page: dict[str, Any] = await call(nc, verb, {"offset": len(names)})
        names += page.get(field) or []
        if not page.get(field) or len(names) >= page.get("total", 0):
            return names


def require(differences: list[Difference]) -> None:
    """Refuse to work on a bus whose topology is not ours.

    Raises:
        BusRefused: there are differences; the first few are in the text.
    """
    if differences:
        raise BusRefused("the topology differs: " + "; ".join(map(str, differences[:5])))
