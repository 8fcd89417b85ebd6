"""One request to JetStream's own API, answered or turned into a `BusError`."""

import json
from collections.abc import Mapping
from typing import Any

import nats.errors
from nats.aio.client import Client

from gateway.bus.errors import BusRefused, BusUnavailable

API_TIMEOUT = 5.0
"""Seconds. A permission that is missing shows only as silence, so this is also how long that takes to be noticed."""


async def call(nc: Client, verb: str, body: Mapping[str, Any] | None = None, prefix: str = "$JS.API") -> dict[str, Any]:
    """Return the answer of `<prefix>.<verb>`; a party's prefix is `gateway.bus.config.PREFIX`.

    Raises:
        BusUnavailable: no answer within `API_TIMEOUT`, or one that is not JSON.
        BusRefused: JetStream answered with an error; `err_code` says which.
    """
    try:
        reply = await nc.request(f"{prefix}.{verb}", json.dumps(body).encode() if body else b"", timeout=API_TIMEOUT)
        answer: dict[str, Any] = json.loads(reply.data)
    except (nats.errors.Error, ValueError) as error:
        raise BusUnavailable(f"no answer to {verb}: {type(error).__name__}") from None
    if problem := answer.get("error"):
        raise BusRefused(f"{verb} was refused", int(problem["err_code"]), str(problem.get("description", "")))
    return answer
