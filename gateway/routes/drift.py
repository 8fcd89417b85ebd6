"""Operations: stop and start, figures, and dead letters."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import Connection

from consent.disclosures import store
from gateway.errors import GatewayRefused
from gateway.process import Tvaers
from gateway.routes.access import Anyone, Body, Dpo, Drift, Look, Running
from gateway.summary import decisions, summary
from gateway.switch import EVERYONE

router = APIRouter(prefix="/v1/drift", tags=["drift"])


class Stop(Body):
    """Whom to stop or start, and why."""

    part: str = EVERYONE
    begrundelse: str = Field(min_length=1)


@router.post("/stop")
async def stop(wish: Stop, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Halt crossing at once."""
    _known(tvaers, wish.part)
    await tvaers.halt(wish.part, wish.begrundelse, by)
    return {"stoppet": sorted(tvaers.switch.stopped)}


@router.post("/start")
async def start(wish: Stop, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Let crossing go on."""
    _known(tvaers, wish.part)
    await tvaers.go_on(wish.part, wish.begrundelse, by)
    return {"stoppet": sorted(tvaers.switch.stopped)}


@router.get("/tilstand")
async def state(tvaers: Running, _by: Anyone) -> dict[str, Any]:
    """Return figures: what has crossed, what waits, who is stopped."""
    found = await tvaers.records.database.look(summary)
    checkpoint = await tvaers.records.database.look(store.latest_checkpoint)
    size, root = (checkpoint.size, checkpoint.root.hex()) if checkpoint else (0, "")
    waiting = {
        "sent": await tvaers.waiting_sent(),
        "kvitteringer": await tvaers.waiting_acknowledgements(),
        "oplysning": await tvaers.records.database.look(_unsequenced),
    }
    return {**found, "log": {"size": size, "root": root}, "venter": waiting, "stoppet": sorted(tvaers.switch.stopped)}


@router.get("/afgoerelser")
async def decided(tvaers: Running, _by: Dpo) -> list[dict[str, Any]]:
    """Return the open part of every decision, oldest first: nothing of it is personal."""
    return await tvaers.records.database.look(decisions)


@router.get("/doede")
async def dead(tvaers: Running, _by: Drift) -> list[dict[str, Any]]:
    """List the dead letters, without content."""
    listed = await tvaers.records.database.look(tvaers.dead.listed)
    return [{name: getattr(one, name) for name in one.__slots__} for one in listed]


@router.post("/doede/{dead_id}/vis")
async def show_dead(dead_id: str, look: Look, tvaers: Running, by: Drift) -> Response:
    """Return a dead letter's untouched bytes; that somebody looked, and why, is logged first."""
    _letter, content = await tvaers.dead.open(dead_id, look.begrundelse, by)
    return Response(content, media_type="application/octet-stream")


@router.post("/doede/{dead_id}/genafspil")
async def replay_dead(dead_id: str, look: Look, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Hand a dead letter in again: it is decided anew, like everything else."""
    letter, content = await tvaers.dead.open(dead_id, look.begrundelse, by)
    accepted = await tvaers.intake.replay(letter.party, letter.origin, content)
    await tvaers.dead.close(dead_id, "replayed", by)
    return {"haendelser": accepted.haendelser}


def _known(tvaers: Tvaers, part: str) -> None:
    if part != EVERYONE and part not in tvaers.records.register.by_id:
        raise GatewayRefused(404, "ukendt_part", "the register has no such party")


def _unsequenced(connection: Connection) -> int:
    return len(store.waiting(connection, 1))
