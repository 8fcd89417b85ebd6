"""The shared language for machines: the topics, and the schema and example of every event. Open to all."""

from functools import cache
from typing import Any

from fastapi import APIRouter

from gateway.errors import GatewayRefused
from schemas.export import ASYNCAPI, EXAMPLES, INDEX, SCHEMAS, exported

router = APIRouter(tags=["sprog"])

_files = cache(exported)
"""The language does not change while the process runs."""


@router.get("/asyncapi.json")
async def topics() -> dict[str, Any]:
    """Return the topics of the bus (AsyncAPI 3.0); the schemas it refers to lie beside it under /skemaer."""
    return _files()[ASYNCAPI]


@router.get("/sprog.json")
async def index() -> dict[str, Any]:
    """Return the index of the shared language: every event with its schema, example, core, senders and receivers."""
    return _files()[INDEX]


@router.get("/skemaer/{name}.json")
async def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of an event's `data`, by name and major, as in `indsatsplan.opdateret.v1`."""
    return _file(SCHEMAS, name)


@router.get("/eksempler/{name}.json")
async def an_example(name: str) -> dict[str, Any]:
    """Return a whole event of that name and major, every field filled, about a made-up citizen."""
    return _file(EXAMPLES, name)


def _file(folder: str, name: str) -> dict[str, Any]:
    found = _files().get(f"{folder}/{name}.json")
    if found is None:
        raise GatewayRefused(404, "ukendt", "the shared language has no event of that name and major; see /sprog.json")
    return found
