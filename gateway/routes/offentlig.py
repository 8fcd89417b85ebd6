"""What anyone may ask: health, and metrics."""

import json

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway.metrics import REGISTRY, refresh
from gateway.routes.access import Running

router = APIRouter(tags=["offentlig"])


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
