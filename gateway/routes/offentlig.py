"""What anyone may ask: the newest checkpoint, health, and metrics."""

import json

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from consent.disclosures import store
from gateway.errors import GatewayRefused
from gateway.metrics import REGISTRY, refresh
from gateway.routes.access import Running

router = APIRouter(tags=["offentlig"])


@router.get("/log/checkpoint")
async def checkpoint(tvaers: Running) -> Response:
    """Return the newest signed checkpoint of the disclosure log (C2SP signed note)."""
    found = await tvaers.records.database.look(store.latest_checkpoint)
    if found is None:
        raise GatewayRefused(404, "ingen", "nothing has been logged yet")
    return Response(found.note, media_type="text/plain; charset=utf-8")


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/health/ready")
async def ready(tvaers: Running) -> Response:
    """Say whether the process can do its work."""
    why = tvaers.ready()
    content = {"status": "klar"} if not why else {"status": "ikke klar", "grund": why}
    return Response(json.dumps(content), 503 if why else 200, media_type="application/json")


@router.get("/metrics")
async def metrics(tvaers: Running) -> Response:
    """Return Prometheus metrics; no label ever holds an id."""
    await refresh(tvaers)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
